"""What a run did not achieve, unit by unit, and the drafts that try just those again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Draft, UnitRef, Write
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import FailedItem, Outcome, Run, WriteState
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus

Held = Mapping[Product, Mapping[str, Holding]]

_NAMED = 5
"""Units that a sentence names; the rest is counted."""
_NOTHING = (Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_SENT)


@dataclass(frozen=True, slots=True)
class Again:
    """Drafts made from a run, not put anywhere yet. `told`: what they come to; `notes`: what they leave out or
    cannot bring back, and why; a sentence each. `undo`: they reverse the run instead of completing it."""

    run_id: str
    undo: bool = False
    drafts: tuple[Draft, ...] = ()
    told: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """One unit that did not make it, with what was wanted of it: `add` or `remove`, "" where it was taken and the
    service failed to protect it later."""

    product: Product
    policy: str
    wanted: str
    item: FailedItem


def lost(run: Run) -> Iterator[Lost]:
    """Every unit that did not make it: refused one by one, in requests that changed nothing, or failed later."""
    for state in run.writes:
        write = state.write
        if state.failed:
            removed = {u.key.lower() for u in write.removes}
            for item in state.failed:
                wanted = "remove" if item.key.lower() in removed else "add"
                yield Lost(write.policy_product, write.policy, wanted, item)
        elif state.outcome in _NOTHING:
            for wanted, units in (("add", write.units), ("remove", write.removes)):
                for unit in units:
                    why = state.note or "The request was not carried out."
                    item = FailedItem(unit.key, unit.name, unit.address, "", why)
                    yield Lost(write.policy_product, write.policy, wanted, item)
    if run.unit_failures:
        places = _places(run)
        for item in run.unit_failures:
            product, policy = places.get(item.key.lower(), _only(run))
            yield Lost(product, policy, "", item)


def lost_count(run: Run) -> int:
    """How many `lost` gives, without making them."""
    count = len(run.unit_failures)
    for state in run.writes:
        if state.failed:
            count += len(state.failed)
        elif state.outcome in _NOTHING:
            count += state.write.size
    return count


def retriable(run: Run) -> int:
    """Units that were refused one by one: a request for just them can be made. Failures of rules are none."""
    return sum(len(s.failed) for s in run.writes if s.failed and s.write.size)


def try_again(run: Run, policies: Sequence[Policy], held: Held) -> Again:
    """`policies` and `held` as they are now: what has come right meanwhile is left out."""
    maker = _Retry({p.id: p for p in policies}, held)
    for state in run.writes:
        if state.failed and state.write.size:
            maker.take(state)
    drafts = tuple(maker.drafts())
    told = tuple(_told(draft) for draft in drafts)
    notes = [*maker.notes()]
    if run.unit_failures:
        notes.append(
            f"{counted(run.unit_failures)} did join the policy, and the service failed to back up: there is nothing "
            "to send again. See to the reason that is told for each."
        )
    return Again(run.id, False, drafts, told, tuple(notes))


def _told(draft: Draft) -> str:
    amount = draft.product.amount
    parts = []
    if draft.add:
        parts.append(f"add {amount(len(draft.add))} to")
    if draft.remove:
        parts.append(f"remove {amount(len(draft.remove))} from")
    return f"{' and '.join(parts)} {draft.product.label} “{draft.name}”"


@dataclass(slots=True)
class _Wanted:
    add: dict[str, Candidate] = field(default_factory=dict)
    remove: dict[str, ProtectionUnit] = field(default_factory=dict)


class _Retry:
    def __init__(self, policies: Mapping[str, Policy], held: Held) -> None:
        self._policies = policies
        self._held = held
        self._wanted: dict[str, _Wanted] = {}
        self._left: dict[str, list[UnitRef]] = {}  # reason -> units

    def take(self, state: WriteState) -> None:
        write = state.write
        failed = {item.key.lower() for item in state.failed}
        policy = self._policies.get(state.policy_id or write.policy_id)
        if policy is None:
            gone = [u for u in (*write.units, *write.removes) if u.key.lower() in failed]
            self._leave(f"Left out, as “{write.policy}” does not exist any more", *gone)
            return
        wanted = self._wanted.setdefault(policy.id, _Wanted())
        for unit in write.units:
            if unit.key.lower() in failed:
                self._add(write, unit, policy, wanted)
        for unit in write.removes:
            if unit.key.lower() in failed:
                self._remove(write, unit, policy, wanted)

    def _add(self, write: Write, unit: UnitRef, policy: Policy, wanted: _Wanted) -> None:
        key = unit.key.lower()
        holding = self._held.get(write.policy_product, {}).get(key)
        if holding is None:
            wanted.add[key] = as_candidate(write.policy_product, unit)
        elif holding.policy_id == policy.id:
            self._leave(f"In “{policy.name}” by now", unit)
        elif holding.policy_id == unit.source and holding.policy_id in self._policies:
            source = self._policies[holding.policy_id]
            wanted.add[key] = as_candidate(write.policy_product, unit, source.name)
        else:
            where = self._policies.get(holding.policy_id)
            name = f"“{where.name}”" if where else "another policy"
            self._leave(f"Protected by {name} by now; choose it in the picker to move it", unit)

    def _remove(self, write: Write, unit: UnitRef, policy: Policy, wanted: _Wanted) -> None:
        key = unit.key.lower()
        holding = self._held.get(write.policy_product, {}).get(key)
        if holding is None or holding.policy_id != policy.id:
            self._leave(f"Not in “{policy.name}” any more", unit)
        elif holding.by_rule:
            self._leave(
                f"Held by a rule of “{policy.name}”: end the rule or change whom it takes", unit
            )
        else:
            wanted.remove[key] = as_unit(write.policy_product, unit, holding)

    def _leave(self, reason: str, *units: UnitRef) -> None:
        self._left.setdefault(reason, []).extend(units)

    def drafts(self) -> Iterator[Draft]:
        for policy_id, wanted in self._wanted.items():
            policy = self._policies[policy_id]
            draft = draft_of(policy, tuple(wanted.add.values()), tuple(wanted.remove.values()))
            if not draft.empty:
                yield draft

    def notes(self) -> Iterator[str]:
        for reason, units in self._left.items():
            yield f"{reason}: {named(units)}."


def draft_of(
    policy: Policy, add: tuple[Candidate, ...] = (), remove: tuple[ProtectionUnit, ...] = ()
) -> Draft:
    return Draft(policy.product, policy.name, policy.id, policy.name, add, remove)


def as_candidate(product: Product, unit: UnitRef, policy: str = "") -> Candidate:
    return Candidate(product, unit.key, unit.name, unit.address, policy=policy)


def as_unit(product: Product, unit: UnitRef, holding: Holding) -> ProtectionUnit:
    """A unit to be removed, under the id that it has now."""
    return ProtectionUnit(
        product,
        holding.unit_id or unit.unit_id,
        unit.key,
        unit.name or holding.name,
        unit.address or holding.address,
        holding.status if holding.unit_id else UnitStatus.UNKNOWN,
    )


def named(units: Sequence[UnitRef | FailedItem | Holding]) -> str:
    """`megan@contoso.com, lee@contoso.com and 12 more`."""
    names = [u.address or u.name or u.key for u in units[:_NAMED]]
    more = len(units) - len(names)
    return f"{', '.join(names)} and {more:,} more" if more > 0 else ", ".join(names)


def counted(items: Sequence[object]) -> str:
    return "1 unit" if len(items) == 1 else f"{len(items):,} units"


def _places(run: Run) -> dict[str, tuple[Product, str]]:
    """Key in lower case -> the policy whose unit it is, as far as the run's own requests name it."""
    return {
        u.key.lower(): (w.write.policy_product, w.write.new_name or w.write.policy)
        for w in run.writes
        for u in w.write.units
    }


def _only(run: Run) -> tuple[Product, str]:
    """For a unit that the run did not name: where it has one policy only, that is the one."""
    places = dict.fromkeys((p, w.write.policy) for w in run.writes if (p := w.write.product))
    first = next(iter(places), (Product.EXCHANGE, ""))
    return first if len(places) == 1 else (first[0], "")
