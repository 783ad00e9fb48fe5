"""What must have come of a run: the model carried on, and the figures of all sequences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.run import Outcome, Run
from tests.practice.sequence_model import Held, Model


@dataclass
class Tally:
    """What all sequences came to."""

    sequences: int = 0
    plans: int = 0
    refused_plans: int = 0
    moved_on: int = 0
    planned: int = 0
    sent: int = 0
    committed: int = 0
    resumes: int = 0
    struck: int = 0
    refused_items: int = 0
    files: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        phases = ", ".join(f"{n} {phase}" for phase, n in sorted(self.phases.items()))
        acts = ", ".join(f"{n} {act}" for act, n in sorted(self.acts.items()))
        return (
            f"{self.sequences} sequences: {self.plans} plans with {self.planned} writes ({acts}; "
            f"{self.refused_plans} wishes refused before a plan, {self.moved_on} plans refused because the tenant had "
            f"moved on); runs ended {phases}; {self.sent} requests to change something, {self.committed} carried out, "
            f"{self.struck} met a fault, {self.resumes} resumes, {self.refused_items} items refused, "
            f"{self.files} policy files fulfilled"
        )


def expect(model: Model, drafts: list[Draft], run: Run) -> int:
    """The model after the run: every wish carried out but for the items that the run says were refused. How many."""
    kept, lost = _refused(run)
    unsent = {
        (w.write.product, w.write.policy)
        for w in run.writes
        if w.outcome in (Outcome.REFUSED, Outcome.NOT_SENT) and not w.failed
    }
    pairs: list[tuple[Draft, Held]] = []
    for draft in drafts:
        if draft.new and (draft.product, draft.name) not in unsent:
            model.policies.append(Held(draft.product, draft.name))
        held = model.called(draft.product, draft.old_name or draft.name)
        if held is not None:  # else somebody deleted or renamed it: nothing can be expected
            pairs.append((draft, held))
    for draft, held in pairs:
        held.keys -= {unit.key for unit in draft.remove} - kept
        for one in draft.add:
            source = model.called(draft.product, one.policy) if one.policy else None
            if source is not None and one.key not in kept:
                source.keys.discard(one.key)
    for draft, held in pairs:
        for one in draft.add:
            if one.key not in lost:
                model.add(held, one.key)
    for draft, held in pairs:
        _expect_rules(model, draft, held)
        held.name = draft.name
        if draft.power is Power.DELETE:
            model.policies.remove(held)
        elif draft.power is not Power.KEEP:
            held.on = draft.power is Power.ACTIVATE
    return len(kept | lost)


def _expect_rules(model: Model, draft: Draft, held: Held) -> None:
    groups = {group.id: group for group in model.groups}
    for end in draft.end_rules:
        (group_id,) = end.rule.group_ids
        group = (held.dynamic if end.rule.dynamic else held.static).pop(group_id)
        if end.rule.dynamic and not end.unprotect:
            held.keys |= group.members[held.product]
    for wish in draft.rules:
        group = groups[wish.groups[0].id]
        if wish.dynamic:
            held.dynamic[group.id] = group
        else:
            held.static[group.id] = group
            held.keys |= group.members[held.product]


def _refused(run: Run) -> tuple[set[str], set[str]]:
    """(keys that were not removed, keys that were not added), as the run says it item by item."""
    kept: set[str] = set()
    lost: set[str] = set()
    for state in run.writes:
        failed = {item.key for item in state.failed}
        kept |= failed & {unit.key for unit in state.write.removes}
        lost |= failed & {unit.key for unit in state.write.units}
    return kept, lost
