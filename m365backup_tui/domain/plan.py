"""From drafts to a plan: the exact list of writes, their effects in words, and nothing else.

A plan is data. Making one writes nothing; applying one sends its writes in order and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from m365backup_tui.domain.cost import Cost, estimate
from m365backup_tui.domain.limits import UNITS_PER_REQUEST
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, ProtectionUnit

_NAMED = 5
"""Removals that a plan names; the rest is counted."""


class Power(StrEnum):
    """What a draft wants of a policy's activity."""

    KEEP = "keep"
    ACTIVATE = "activate"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the admin wants of one policy. `policy_id` is "" for a policy that does not exist yet.

    `name` is the wanted name; for an existing policy it differs from `old_name` when it is to be renamed.
    """

    product: Product
    name: str
    policy_id: str = ""
    old_name: str = ""
    add: tuple[Candidate, ...] = ()
    remove: tuple[ProtectionUnit, ...] = ()
    power: Power = Power.KEEP

    @property
    def key(self) -> str:
        """Identifies the draft while its name is still being typed."""
        return f"{self.product}:{self.policy_id or 'new:' + self.name.strip().casefold()}"

    @property
    def new(self) -> bool:
        return not self.policy_id

    @property
    def empty(self) -> bool:
        renamed = bool(self.policy_id) and self.name.strip() != self.old_name
        return not (self.add or self.remove or renamed or self.power is not Power.KEEP)


class Act(StrEnum):
    CREATE = "create"
    RENAME = "rename"
    ADD = "add"
    REMOVE = "remove"
    ACTIVATE = "activate"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit inside a write. `key` is the directory object or site id; `unit_id` only where one exists (removal)."""

    key: str
    name: str
    address: str
    unit_id: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """One request of the plan. `id` is unique in the plan and made of natural keys, so that a resumed run can
    recognise it. `policy_id` is "" when the plan itself creates the policy named `policy`."""

    id: str
    act: Act
    product: Product
    policy: str
    policy_id: str = ""
    new_name: str = ""
    units: tuple[UnitRef, ...] = ()

    @property
    def words(self) -> str:
        n = self.product.amount(len(self.units))
        match self.act:
            case Act.CREATE:
                return f"create {self.product.label} policy “{self.policy}” with {n}"
            case Act.RENAME:
                return f"rename {self.product.label} policy “{self.policy}” to “{self.new_name}”"
            case Act.ADD:
                return f"add {n} to {self.product.label} policy “{self.policy}”"
            case Act.REMOVE:
                return f"remove {n} from {self.product.label} policy “{self.policy}”"
            case Act.ACTIVATE:
                return f"activate {self.product.label} policy “{self.policy}”"
            case Act.PAUSE:
                return f"pause {self.product.label} policy “{self.policy}”"


@dataclass(frozen=True, slots=True)
class Change:
    """One policy's part of the plan, for a person: what happens and what cannot be undone."""

    product: Product
    policy: str
    sign: str  # "+" create, "~" change
    adds: int
    removes: int
    cost: Cost
    effects: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`observed` is the digest of the policies it rests on: a plan is refused when the tenant has moved on."""

    tenant_id: str
    tenant_name: str
    made_at: datetime
    observed: str
    changes: tuple[Change, ...] = ()
    writes: tuple[Write, ...] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def requests(self) -> int:
        return len(self.writes)

    @property
    def removals(self) -> tuple[str, ...]:
        """Names of the policies that lose units: each asks for its name to be typed."""
        return tuple(c.policy for c in self.changes if c.removes)


def observed_digest(policies: Iterable[Policy]) -> str:
    """What must not have changed between plan and apply: which policies exist, their names and states."""
    lines = sorted(f"{p.product}|{p.id}|{p.name}|{p.status}" for p in policies)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def make_plan(
    drafts: Sequence[Draft],
    policies: Sequence[Policy],
    *,
    tenant_id: str,
    tenant_name: str,
    made_at: datetime,
) -> Plan:
    """The least list of writes: 50 units a request (Graph: 413 above), create and activate once."""
    by_id = {p.id: p for p in policies}
    wanted = [d for d in drafts if not d.empty or d.new]
    writes = tuple(w for d in wanted for w in _writes(d, by_id))
    changes = tuple(_change(d, by_id) for d in wanted)
    return Plan(
        tenant_id=tenant_id,
        tenant_name=tenant_name,
        made_at=made_at,
        observed=observed_digest(policies),
        changes=changes,
        writes=writes,
        cost=estimate(c.size for d in wanted for c in d.add),
    )


def problems(drafts: Sequence[Draft], policies: Sequence[Policy]) -> tuple[str, ...]:
    """Why these drafts cannot become a plan, one sentence each; empty if they can."""
    found: list[str] = []
    seen: dict[str, str] = {}
    for draft in drafts:
        if draft.new and not draft.add:
            found.append(
                f"{draft.product.label} “{draft.name}”: choose at least one {draft.product.unit}."
            )
        for unit in draft.add:
            place = seen.setdefault(f"{draft.product}|{unit.key}", draft.name)
            if place != draft.name:
                found.append(
                    f"{unit.name} is in “{place}” and in “{draft.name}”: a {draft.product.unit} can be in "
                    "one policy only."
                )
            if unit.policy and unit.policy not in (draft.name, draft.old_name):
                found.append(
                    f"{unit.name} is protected by “{unit.policy}” already: remove it there first."
                )
    return tuple(found)


def _refs(units: Iterable[Candidate]) -> tuple[UnitRef, ...]:
    return tuple(UnitRef(u.key, u.name, u.address) for u in units)


def _chunks(units: tuple[UnitRef, ...]) -> Iterator[tuple[int, tuple[UnitRef, ...]]]:
    for start in range(0, len(units), UNITS_PER_REQUEST):
        yield start // UNITS_PER_REQUEST + 1, units[start : start + UNITS_PER_REQUEST]


def _writes(draft: Draft, by_id: Mapping[str, Policy]) -> Iterator[Write]:
    name = draft.name.strip()
    label = f"{draft.product}:{draft.policy_id or name}"
    base = Write("", Act.ADD, draft.product, name, draft.policy_id)
    adds = _refs(draft.add)
    if draft.new:
        head, adds = adds[:UNITS_PER_REQUEST], adds[UNITS_PER_REQUEST:]
        yield replace(base, id=f"create:{label}", act=Act.CREATE, units=head)
    elif name != draft.old_name:
        yield replace(
            base, id=f"rename:{label}", act=Act.RENAME, policy=draft.old_name, new_name=name
        )
    for n, chunk in _chunks(adds):
        yield replace(base, id=f"add:{label}:{n}", units=chunk)
    removes = tuple(UnitRef(u.key, u.name, u.address, u.id) for u in draft.remove)
    for n, chunk in _chunks(removes):
        yield replace(base, id=f"remove:{label}:{n}", act=Act.REMOVE, units=chunk)
    if draft.power is Power.ACTIVATE:
        yield replace(base, id=f"activate:{label}", act=Act.ACTIVATE)
    elif draft.power is Power.PAUSE:
        yield replace(base, id=f"pause:{label}", act=Act.PAUSE)


def _change(draft: Draft, by_id: Mapping[str, Policy]) -> Change:
    effects: list[str] = []
    warnings: list[str] = []
    policy = by_id.get(draft.policy_id)
    if draft.policy_id and draft.name.strip() != draft.old_name:
        effects.append(f"renamed from “{draft.old_name}”")
    if draft.power is Power.ACTIVATE:
        effects.append("backups start after activation")
    elif draft.power is Power.PAUSE:
        warnings.append("pausing stops new backups; the ones already made stay, and stay charged")
    elif draft.new:
        warnings.append("stays paused: nothing is backed up until it is activated")
    elif policy is not None and not policy.resting:
        warnings.append("the service is still working on this policy and may refuse changes now")
    warnings.extend(_removals(draft))
    return Change(
        product=draft.product,
        policy=draft.name.strip(),
        sign="+" if draft.new else "~",
        adds=len(draft.add),
        removes=len(draft.remove),
        cost=estimate(c.size for c in draft.add),
        effects=tuple(effects),
        warnings=tuple(warnings),
    )


def _removals(draft: Draft) -> Iterator[str]:
    """What removing means, unit by unit; each line short enough for 80 columns."""
    shown = draft.remove[:_NAMED]
    yield from (f"no new backups of {u.address or u.name}" for u in shown)
    if more := len(draft.remove) - len(shown):
        yield f"and of {draft.product.amount(more)} more"
    if shown:
        yield "the backups already made stay, and stay charged until they expire"
