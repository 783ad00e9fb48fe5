"""From drafts to the least list of writes: 50 units a PATCH, or a bulk addition job where that is fewer.

The order is by kind, so that the service works on all policies side by side: first what lets units go, then what
takes them up, then rules, then the policies are switched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from m365backup_tui.domain.cost import Cost, estimate
from m365backup_tui.domain.duration import expected
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.limits import UNITS_PER_BULK_JOB, UNITS_PER_REQUEST
from m365backup_tui.domain.notifications import NotificationChange
from m365backup_tui.domain.plan import Act, Draft, Plan, Power, SeenPolicy, UnitRef, Write
from m365backup_tui.domain.plan_effects import changes_of, gains_of, notified
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product

Held = Mapping[Product, Mapping[str, Holding]]


def make_plan(
    drafts: Sequence[Draft],
    policies: Sequence[Policy],
    *,
    tenant_id: str,
    tenant_name: str,
    made_at: datetime,
    held: Held | None = None,
    notifications: NotificationChange | None = None,
) -> Plan:
    """`held`: key in lower case -> where it is held, by product; needed only for moves. `notifications` come last:
    whatever becomes of them, the policies are done."""
    wanted = [d for d in drafts if not d.empty or d.new]
    stamp = f"{made_at:%Y%m%d-%H%M%S}"
    intents = _intents(wanted, policies, held or {}, stamp)
    writes = (
        *(w for i in intents if i.gives for w in i.changes()),
        *(w for i in intents if not i.gives for w in i.changes()),
        *(w for i in intents for w in i.taking_up()),
        *(w for i in intents for w in i.ruling()),
        *(w for i in intents for w in i.switching()),
        *_notifying(notifications),
    )
    products = {w.product for w in writes}
    gains = gains_of(wanted, policies)
    return Plan(
        tenant_id=tenant_id,
        tenant_name=tenant_name,
        made_at=made_at,
        observed=tuple(seen(p) for p in policies if p.product in products),
        changes=(*changes_of(wanted, policies, held or {}), *notified(notifications)),
        writes=tuple(writes),
        cost=sum(
            (estimate((u.size for u in d.add if not u.policy), d.product) for d in wanted), Cost()
        ),
        duration=expected(gains),
    )


def _notifying(change: NotificationChange | None) -> Iterator[Write]:
    if change is not None:
        yield Write("notifications", Act.NOTIFY, None, "", notifications=change)


def seen(policy: Policy) -> SeenPolicy:
    units = policy.counts.total if policy.counts else -1
    paused = policy.status is PolicyStatus.INACTIVE
    return SeenPolicy(policy.product, policy.id, policy.name, paused, units)


@dataclass(frozen=True, slots=True)
class _Intent:
    """Everything wanted of one policy. `moved` units wait for another policy to let go of them; `gives`: this
    policy is one that others take units from."""

    draft: Draft
    plain: tuple[UnitRef, ...]
    moved: tuple[UnitRef, ...]
    removes: tuple[UnitRef, ...]
    paused: bool
    stamp: str
    gives: bool = False

    @property
    def _name(self) -> str:
        return self.draft.name.strip()

    def _base(self, act: Act, label: str, number: int = 0) -> Write:
        draft = self.draft
        place = f"{draft.product}:{draft.policy_id or self._name}"
        ident = f"{label}:{place}" + (f":{number}" if number else "")
        return Write(ident, act, draft.product, draft.old_name or self._name, draft.policy_id)

    def changes(self) -> Iterator[Write]:
        """The create, or the PATCHes that rename and remove, filled up with additions."""
        if self.draft.new:
            yield replace(self._base(Act.CREATE, "create"), units=self._head())
            return
        new_name = self._name if self.draft.renamed else ""
        removes, room = list(_chunks(self.removes)), 0
        if new_name and not removes:
            removes = [()]
        rest = self.plain
        for n, chunk in enumerate(removes, 1):
            room = UNITS_PER_REQUEST - len(chunk)
            fill, rest = rest[:room], rest[room:]
            yield replace(
                self._base(Act.CHANGE, "change", n),
                new_name=new_name if n == 1 else "",
                units=fill,
                removes=chunk,
            )

    def taking_up(self) -> Iterator[Write]:
        """What is still to be added: PATCHes, or bulk addition jobs where that is fewer requests."""
        rest = self._still_to_add()
        patches = -(-len(rest) // UNITS_PER_REQUEST)
        jobs = -(-len(rest) // UNITS_PER_BULK_JOB)
        if jobs < patches:
            for n, chunk in enumerate(_chunks(rest, UNITS_PER_BULK_JOB), 1):
                yield replace(self._base(Act.BULK, "bulk", n), units=chunk, job=self._job(chunk, n))
            return
        for n, chunk in enumerate(_chunks(rest), 1):
            yield replace(self._base(Act.CHANGE, "add", n), units=chunk)

    def ruling(self) -> Iterator[Write]:
        draft = self.draft
        for n, end in enumerate(draft.end_rules, 1):
            rule = end.rule
            yield replace(
                self._base(Act.END_RULE, "end-rule", n),
                rule=rule.expression,
                rule_words=rule.words,
                rule_id=rule.id,
                dynamic=rule.dynamic,
                unprotect=end.unprotect,
            )
        for n, wish in enumerate(draft.rules, 1):
            yield replace(
                self._base(Act.ADD_RULE, "add-rule", n),
                rule=wish.expression,
                rule_words=wish.words,
                dynamic=wish.dynamic,
            )
        for n, run in enumerate(draft.run_rules, 1):
            yield replace(
                self._base(Act.RUN_RULE, "run-rule", n),
                rule=run.rule.expression,
                rule_words=run.rule.words,
                rule_id=run.rule.id,
                rule_seen=run.rule.modified.isoformat() if run.rule.modified else "",
            )

    def switching(self) -> Iterator[Write]:
        match self.draft.power:
            case Power.ACTIVATE:
                yield self._base(Act.ACTIVATE, "activate")
            case Power.PAUSE:
                yield self._base(Act.PAUSE, "pause")
            case Power.DELETE:
                if not self.paused:
                    yield self._base(Act.PAUSE, "pause")
                yield self._base(Act.DELETE, "delete")

    def _head(self) -> tuple[UnitRef, ...]:
        """The units that a new policy begins with; moved ones only when there are no others."""
        return self.plain[:UNITS_PER_REQUEST] or self.moved[:UNITS_PER_REQUEST]

    def _still_to_add(self) -> tuple[UnitRef, ...]:
        if self.draft.new:
            return self._after_head(self._head())
        slots = -(-len(self.removes) // UNITS_PER_REQUEST) or int(self.draft.renamed)
        room = slots * UNITS_PER_REQUEST - len(self.removes)
        return (*self.plain[room:], *self.moved)

    def _after_head(self, head: tuple[UnitRef, ...]) -> tuple[UnitRef, ...]:
        gone = {u.key for u in head}
        return tuple(u for u in (*self.plain, *self.moved) if u.key not in gone)

    def _job(self, units: tuple[UnitRef, ...], number: int) -> str:
        """A name by which the job is found again: no other plan gives the same one."""
        keys = "\n".join(u.key for u in units)
        digest = hashlib.sha256(f"{self.draft.key}\n{number}\n{keys}".encode()).hexdigest()
        return f"m365backup-tui {self.stamp} {digest[:12]}"


def _intents(
    drafts: Sequence[Draft], policies: Sequence[Policy], held: Held, stamp: str
) -> list[_Intent]:
    by_id = {p.id: p for p in policies}
    made: dict[str, _Intent] = {}
    leaving: dict[str, list[UnitRef]] = {}
    for draft in drafts:
        plain, moved = _split(draft, held)
        for ref in moved:
            holding = held[draft.product][ref.key.lower()]
            leaving.setdefault(ref.source, []).append(
                replace(ref, unit_id=holding.unit_id, source="")
            )
        policy = by_id.get(draft.policy_id)
        paused = policy is not None and policy.status is PolicyStatus.INACTIVE
        removes = tuple(UnitRef(u.key, u.name, u.address, u.id) for u in draft.remove)
        made[draft.key] = _Intent(draft, plain, moved, removes, paused, stamp)
    for source, refs in leaving.items():
        policy = by_id[source]
        blank = Draft(policy.product, policy.name, policy.id, policy.name)
        giver = made.get(blank.key) or _Intent(blank, (), (), (), False, stamp)
        known = {u.unit_id for u in giver.removes}
        more = tuple(r for r in refs if r.unit_id not in known)
        made[blank.key] = replace(giver, removes=(*giver.removes, *more), gives=True)
    return list(made.values())


def _split(draft: Draft, held: Held) -> tuple[tuple[UnitRef, ...], tuple[UnitRef, ...]]:
    """(units that are free, units that another policy holds and that were chosen knowing it)."""
    holdings = held.get(draft.product, {})
    plain: list[UnitRef] = []
    moved: list[UnitRef] = []
    for unit in draft.add:
        ref = UnitRef(unit.key, unit.name, unit.address)
        holding = holdings.get(unit.key.lower()) if unit.policy else None
        if holding is None:
            plain.append(ref)
        else:
            moved.append(replace(ref, source=holding.policy_id))
    return tuple(plain), tuple(moved)


def _chunks(
    units: tuple[UnitRef, ...], most: int = UNITS_PER_REQUEST
) -> Iterator[tuple[UnitRef, ...]]:
    for start in range(0, len(units), most):
        yield units[start : start + most]
