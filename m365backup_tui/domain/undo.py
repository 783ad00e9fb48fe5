"""The drafts that reverse what a run did, as far as the service's interface allows; what cannot be reversed is named.

Reversed is only what was carried out, and only where the tenant still shows it: what somebody changed since stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from m365backup_tui.domain.again import (
    Again,
    Held,
    as_candidate,
    as_unit,
    draft_of,
    named,
)
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Act, Draft, Power, UnitRef
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.rules import Rule, RuleEnd
from m365backup_tui.domain.run import COMMITTED, Outcome, Run, WriteState
from m365backup_tui.domain.units import Candidate, ProtectionUnit

Rules = Mapping[str, Sequence[Rule]]


def undo(run: Run, policies: Sequence[Policy], held: Held, rules: Rules) -> Again:
    """`policies`, `held` and `rules` (policy id -> its rules) as they are now."""
    return _Undo(run, policies, held, rules).make()


class _Undo:
    def __init__(self, run: Run, policies: Sequence[Policy], held: Held, rules: Rules) -> None:
        self._run = run
        self._policies = {p.id: p for p in policies}
        self._held = held
        self._rules = rules
        self._done = [s for s in run.writes if s.outcome in COMMITTED]
        self._made = {s.policy_id for s in self._done if s.write.act is Act.CREATE}
        self._back: dict[str, dict[str, Candidate]] = {}  # policy id -> what joins it again
        self._out: dict[str, dict[str, ProtectionUnit]] = {}  # policy id -> what leaves it again
        self._moved: set[str] = set()
        self._deleted: set[str] = set()
        self._notes: dict[str, list[UnitRef]] = {}

    def make(self) -> Again:
        for state in self._done:
            for unit in _taken(state, state.write.units):
                self._take_out(state, unit)
        for state in self._done:
            for unit in _taken(state, state.write.removes):
                self._put_back(state, unit)
        self._deleted = {pid for pid in self._made if self._only_ours(pid)}
        drafts = tuple(d for d in map(self._draft, self._touched()) if not d.empty)
        told = tuple(words for draft in drafts for words in _told(draft))
        notes = (*self._unit_notes(), *self._cannot(), *_after(drafts))
        return Again(self._run.id, True, drafts, told, tuple(dict.fromkeys(notes)))

    # --- units ----------------------------------------------------------------------------------------------------

    def _take_out(self, state: WriteState, unit: UnitRef) -> None:
        """A unit that the run added: out again, or back to the policy that it came from."""
        policy, product, key = (
            self._policies.get(state.policy_id),
            state.write.policy_product,
            unit.key.lower(),
        )
        holding = self._held.get(product, {}).get(key)
        if policy is None:
            self._note(
                f"“{state.write.policy}” does not exist any more, so these were let go", unit
            )
        elif holding is None or holding.policy_id != policy.id:
            self._note(f"Not in “{policy.name}” any more, so left as they are", unit)
        elif holding.by_rule:
            self._note(f"Held by a rule of “{policy.name}” now, so left in it", unit)
        elif not unit.source:
            self._out.setdefault(policy.id, {})[key] = as_unit(product, unit, holding)
        elif unit.source in self._policies:
            self._moved.add(key)
            self._back.setdefault(unit.source, {})[key] = as_candidate(product, unit, policy.name)
        else:
            self._moved.add(key)
            self._note(f"The policy that they came from is gone, so left in “{policy.name}”", unit)

    def _put_back(self, state: WriteState, unit: UnitRef) -> None:
        """A unit that the run removed: in again, unless something holds it now."""
        policy, product, key = (
            self._policies.get(state.policy_id),
            state.write.policy_product,
            unit.key.lower(),
        )
        if key in self._moved:
            return
        holding = self._held.get(product, {}).get(key)
        if policy is None:
            self._note(
                f"“{state.write.policy}” does not exist any more, so it cannot take back", unit
            )
        elif holding is None:
            self._back.setdefault(policy.id, {})[key] = as_candidate(product, unit)
        elif holding.policy_id != policy.id:
            where = self._policies.get(holding.policy_id)
            name = f"“{where.name}”" if where else "another policy"
            self._note(f"Protected by {name} by now, so left there", unit)

    def _only_ours(self, policy_id: str) -> bool:
        """Whether a policy that the run made holds only what the run put in, so that deleting it takes no more."""
        policy = self._policies.get(policy_id)
        if policy is None:
            return False
        ours = {
            u.key.lower() for s in self._done if s.policy_id == policy_id for u in s.write.units
        }
        others = [
            h
            for key, h in self._held.get(policy.product, {}).items()
            if h.policy_id == policy_id and key not in ours and not self._by_our_rule(h)
        ]
        if others:
            amount = policy.product.amount(len(others))
            self._notes[
                f"“{policy.name}” is not deleted: it also holds {amount} that this run did not add "
                f"({named(others)})"
            ] = []
        return not others

    def _by_our_rule(self, holding: Holding) -> bool:
        rules = {s.handle for s in self._done if s.write.act is Act.ADD_RULE}
        theirs = [r for r in self._rules.get(holding.policy_id, ()) if r.id not in rules]
        return holding.by_rule and not theirs

    # --- drafts ---------------------------------------------------------------------------------------------------

    def _touched(self) -> list[str]:
        """Policies that exist and were changed, in the order of the plan; then those that get units back."""
        ids = [*(s.policy_id for s in self._done), *self._back]
        return [pid for pid in dict.fromkeys(ids) if pid in self._policies]

    def _draft(self, policy_id: str) -> Draft:
        policy = self._policies[policy_id]
        if policy_id in self._deleted:
            return replace(draft_of(policy), power=Power.DELETE)
        draft = draft_of(
            policy,
            tuple(self._back.get(policy_id, {}).values()),
            tuple(self._out.get(policy_id, {}).values()),
        )
        return replace(
            draft,
            name=self._old_name(policy),
            power=self._old_power(policy),
            end_rules=tuple(self._rule_ends(policy_id)),
        )

    def _old_name(self, policy: Policy) -> str:
        """Its name before the run, where it still has the one that the run gave it and the old one is free."""
        for state in self._done:
            write = state.write
            if not write.new_name or state.policy_id != policy.id or policy.name != write.new_name:
                continue
            taken = (
                p.name.strip().casefold()
                for p in self._policies.values()
                if p.product is policy.product
            )
            if write.policy.strip().casefold() not in taken:
                return write.policy
            self._notes[
                f"“{policy.name}” keeps its name: another policy is called “{write.policy}” now"
            ] = []
        return policy.name

    def _old_power(self, policy: Policy) -> Power:
        acts = {s.write.act for s in self._done if s.policy_id == policy.id}
        paused = policy.status is PolicyStatus.INACTIVE
        was = next((p.paused for p in self._run.plan.observed if p.id == policy.id), True)
        if Act.ACTIVATE in acts and was and not paused and policy.id not in self._made:
            return Power.PAUSE
        if Act.PAUSE in acts and not was and paused:
            return Power.ACTIVATE
        return Power.KEEP

    def _rule_ends(self, policy_id: str) -> Iterator[RuleEnd]:
        new = {
            s.handle for s in self._done if s.write.act is Act.ADD_RULE and s.policy_id == policy_id
        }
        for rule in self._rules.get(policy_id, ()):
            if rule.id in new:
                yield RuleEnd(rule, unprotect=rule.dynamic)

    # --- words ----------------------------------------------------------------------------------------------------

    def _note(self, reason: str, unit: UnitRef) -> None:
        self._notes.setdefault(reason, []).append(unit)

    def _unit_notes(self) -> Iterator[str]:
        for reason, units in self._notes.items():
            yield f"{reason}: {named(units)}." if units else f"{reason}."

    def _cannot(self) -> Iterator[str]:
        """What the service's interface cannot take back."""
        for state in self._run.writes:
            write = state.write
            if state.outcome is Outcome.UNKNOWN:
                yield f"Nobody knows whether this happened, so it stays as it is: {write.words}."
            if state.outcome not in COMMITTED or state.policy_id in self._deleted:
                continue
            match write.act:
                case Act.DELETE:
                    yield f"A deletion cannot be undone: {write.place} can only be made anew."
                case Act.END_RULE:
                    yield (
                        f"An ended rule does not come back: in {write.place}, G makes a new one for "
                        f"{write.rule_words}."
                    )
                case Act.NOTIFY if write.notifications:
                    old = write.notifications.now.in_full
                    yield (
                        f"The e-mail notifications are not changed back here. They were: {old}. A policy file with "
                        "`notifications:` does it."
                    )
                case Act.RUN_RULE:
                    yield f"What a rule of {write.place} brought when it ran again stays: {write.rule_words}."
                case Act.ADD_RULE if not write.dynamic:
                    yield (
                        f"What a rule that applies once brought to {write.place} stays: {write.rule_words}. "
                        "Remove it by hand."
                    )


def _taken(state: WriteState, units: Sequence[UnitRef]) -> Iterator[UnitRef]:
    """Those of a request that the service took."""
    failed = {item.key.lower() for item in state.failed}
    return (u for u in units if u.key.lower() not in failed)


def _told(draft: Draft) -> Iterator[str]:
    amount, label = draft.product.amount, f"{draft.product.label} “{draft.old_name}”"
    if draft.power is Power.DELETE:
        yield f"pause and delete {label}"
    if draft.renamed:
        yield f"call {label} “{draft.name}” again"
    moves = sum(bool(u.policy) for u in draft.add)
    if moves:
        yield f"move {amount(moves)} back to {label}"
    if more := len(draft.add) - moves:
        yield f"add {amount(more)} to {label} again"
    if draft.remove:
        yield f"remove {amount(len(draft.remove))} from {label}"
    for end in draft.end_rules:
        yield f"in {label}: {end.words}"
    if draft.power is Power.PAUSE:
        yield f"pause {label}"
    if draft.power is Power.ACTIVATE:
        yield f"activate {label}"


def _after(drafts: Sequence[Draft]) -> Iterator[str]:
    """What stays although it is undone."""
    if any(not u.policy for d in drafts for u in d.add) or any(
        d.power is Power.ACTIVATE for d in drafts
    ):
        yield "The time without new backups stays: there are no restore points of it."
    losing = (Power.DELETE, Power.PAUSE)
    if any(d.remove or d.power in losing or d.end_rules for d in drafts):
        yield "Backups that were made meanwhile stay, and stay charged until they expire."
