"""A plan as data: the exact list of writes with their natural keys, and the state of the tenant that they rest on.

Making one writes nothing (`plan_making`); applying one sends its writes in order and no others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from m365backup_tui.domain.cost import Cost
from m365backup_tui.domain.duration import Duration
from m365backup_tui.domain.notifications import NotificationChange
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleEnd, RuleRun, RuleWish
from m365backup_tui.domain.units import Candidate, ProtectionUnit

NOTIFICATIONS = "e-mail notifications"
"""How a change of them is called, where another one names its policy."""


class Power(StrEnum):
    """What a draft wants of a policy's activity."""

    KEEP = "keep"
    ACTIVATE = "activate"
    PAUSE = "pause"
    DELETE = "delete"  # paused first when it is active: the service refuses it otherwise


@dataclass(frozen=True, slots=True)
class Draft:
    """What the admin wants of one policy. `policy_id` is "" for a policy that does not exist yet.

    `name` is the wanted name; for an existing policy it differs from `old_name` when it is to be renamed. A candidate
    in `add` that names a policy of its own moves from there.
    """

    product: Product
    name: str
    policy_id: str = ""
    old_name: str = ""
    add: tuple[Candidate, ...] = ()
    remove: tuple[ProtectionUnit, ...] = ()
    power: Power = Power.KEEP
    rules: tuple[RuleWish, ...] = ()
    end_rules: tuple[RuleEnd, ...] = ()
    run_rules: tuple[RuleRun, ...] = ()

    @property
    def key(self) -> str:
        """Identifies the draft while its name is still being typed."""
        return f"{self.product}:{self.policy_id or 'new:' + self.name.strip().casefold()}"

    @property
    def new(self) -> bool:
        return not self.policy_id

    @property
    def renamed(self) -> bool:
        return bool(self.policy_id) and self.name.strip() != self.old_name

    @property
    def empty(self) -> bool:
        ruled = self.rules or self.end_rules or self.run_rules
        changed = self.add or self.remove or ruled or self.renamed
        return not changed and self.power is Power.KEEP


class Act(StrEnum):
    CREATE = "create"
    CHANGE = "change"  # one PATCH: a name, additions, removals
    BULK = "bulk"  # a bulk addition job
    ADD_RULE = "add rule"
    RUN_RULE = "run rule"
    END_RULE = "end rule"
    ACTIVATE = "activate"
    PAUSE = "pause"
    DELETE = "delete"
    NOTIFY = "change notifications"  # of the tenant, not of a policy


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit inside a write. `key` is the directory object or site id; `unit_id` only where one exists (removal).
    `source`: id of the policy that has to let go of it before it can be added (a move)."""

    key: str
    name: str
    address: str
    unit_id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """One request of the plan. `id` is unique in the plan and made of natural keys, so that a resumed run can
    recognise it. `policy_id` is "" when the plan itself creates the policy named `policy`. A change of the tenant's
    `notifications` is of no policy: it has neither `product` nor `policy`.

    `units` are added, `removes` removed. `job`: name of the bulk addition job, unique to this plan. `rule`: the
    expression of an inclusion rule, with `rule_words` for people; `rule_id` where the rule exists already, and then
    `rule_seen` is when it was changed last (ISO), "" where the service did not say.
    """

    id: str
    act: Act
    product: Product | None
    policy: str
    policy_id: str = ""
    new_name: str = ""
    units: tuple[UnitRef, ...] = ()
    removes: tuple[UnitRef, ...] = ()
    job: str = ""
    rule: str = ""
    rule_words: str = ""
    rule_id: str = ""
    rule_seen: str = ""
    dynamic: bool = False
    unprotect: bool = False
    notifications: NotificationChange | None = None

    @property
    def policy_product(self) -> Product:
        """The product of its policy. ValueError for a write that is of no policy."""
        if self.product is None:
            raise ValueError(f"{self.id} is of no policy")
        return self.product

    @property
    def size(self) -> int:
        """How many units it touches."""
        return len(self.units) + len(self.removes)

    @property
    def place(self) -> str:
        if self.product is None:
            return NOTIFICATIONS
        return f"{self.product.label} policy “{self.policy}”"

    @property
    def words(self) -> str:
        if self.notifications is not None:
            return f"change {self.place}: {self.notifications.words}"
        n = self.policy_product.amount(len(self.units))
        match self.act:
            case Act.CREATE:
                return f"create {self.place} with {n}" if self.units else f"create {self.place}"
            case Act.CHANGE:
                return self._change_words()
            case Act.BULK:
                return f"add {n} to {self.place}, as one job"
            case Act.ADD_RULE:
                kept = "keeps in step" if self.dynamic else "applies once"
                return f"add a rule that {kept} to {self.place}: {self.rule_words}"
            case Act.RUN_RULE:
                return f"run a rule of {self.place} again: {self.rule_words}"
            case Act.END_RULE:
                what = "stop protecting what it brought" if self.unprotect else "keep its units"
                return f"end a rule of {self.place} and {what}: {self.rule_words}"
            case Act.ACTIVATE:
                return f"activate {self.place}"
            case Act.PAUSE:
                return f"pause {self.place}"
            case Act.DELETE:
                return f"delete {self.place}"
            case Act.NOTIFY:  # without its change: a record of a version that knows more
                return f"change {self.place}"

    def _change_words(self) -> str:
        amount = self.policy_product.amount
        parts = []
        if self.new_name:
            parts.append(f"rename {self.place} to “{self.new_name}”")
        if self.units:
            where = "" if parts else f" to {self.place}"
            parts.append(f"add {amount(len(self.units))}{where}")
        if self.removes:
            where = "" if parts else f" from {self.place}"
            parts.append(f"remove {amount(len(self.removes))}{where}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Change:
    """One policy's part of the plan, for a person: what happens and what cannot be undone. `moves`: units that come
    from another policy, counted in `adds` too; `leaves`: how many of `removes` go to another policy.

    A change of the tenant's e-mail notifications has no `product` and no `policy`; `what` says what becomes of them.
    """

    product: Product | None
    policy: str
    sign: str  # "+" create, "~" change, "-" delete
    adds: int
    removes: int
    cost: Cost
    effects: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    moves: int = 0
    leaves: int = 0
    rules: int = 0
    what: str = ""

    @property
    def place(self) -> str:
        """`Exchange “Finance”`, or `e-mail notifications`."""
        return f"{self.product.label} “{self.policy}”" if self.product else NOTIFICATIONS

    @property
    def lost(self) -> str:
        """`3 mailboxes`: what leaves the policy."""
        return self.product.amount(self.removes) if self.product else ""


@dataclass(frozen=True, slots=True)
class SeenPolicy:
    """A policy as it was when the plan was made. `units`: how many it held, -1 where the service did not say."""

    product: Product
    id: str
    name: str
    paused: bool
    units: int = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """`observed`: the policies of the products it touches. A plan is refused when they, or the units that it names,
    have changed since (`plan_stale`)."""

    tenant_id: str
    tenant_name: str
    made_at: datetime
    observed: tuple[SeenPolicy, ...] = ()
    changes: tuple[Change, ...] = ()
    writes: tuple[Write, ...] = ()
    cost: Cost = field(default_factory=Cost)
    duration: Duration = field(default_factory=Duration)

    @property
    def requests(self) -> int:
        return len(self.writes)

    @property
    def products(self) -> tuple[Product, ...]:
        """Those that it writes to, each once."""
        return tuple(dict.fromkeys(w.product for w in self.writes if w.product))

    @property
    def notifications(self) -> NotificationChange | None:
        """What it changes about the tenant's e-mail notifications."""
        return next((w.notifications for w in self.writes if w.notifications), None)

    @property
    def removals(self) -> tuple[str, ...]:
        """Names of the policies that lose units or end: each asks for its name to be typed."""
        return tuple(c.policy for c in self.changes if c.removes or c.sign == "-")
