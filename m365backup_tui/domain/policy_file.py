"""The policy file: the whole job as text that people read, keep and use for the next tenant. Names, never ids.

Version 1: `tenant` (a guard), `billing`, `notifications`, and `policies` by product, each with a name, a state,
addresses, CSV files beside it, and inclusion rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.notifications import RecipientRole
from m365backup_tui.domain.products import Product

VERSION = 1
UNITS_KEY = {
    Product.EXCHANGE: "mailboxes",
    Product.ONEDRIVE: "accounts",
    Product.SHAREPOINT: "sites",
}


class Wanted(StrEnum):
    """The state that a policy is to end up in."""

    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One address, and the line of the file that it stands in (1 = first)."""

    address: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A CSV with more addresses, as the file names it: relative to the file's own folder."""

    path: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """An inclusion rule as people write it. Mailboxes and accounts go by `groups` (names or mail addresses), sites by
    `words` in their name, `address_words` in their address (any of them, all of them with `every`) and
    `changed_since`. `unprotect`: of a rule to be ended, what only it holds leaves the policy too.
    """

    dynamic: bool = False
    groups: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    address_words: tuple[str, ...] = ()
    every: bool = False
    changed_since: date | None = None
    unprotect: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PolicyWish:
    """One policy as the file wants it.

    `exact`: what the policy holds by hand and the file does not name is taken out. `rules` are added where they are
    missing, `end_rules` ended where they exist; a rule that the file does not name stays.
    """

    product: Product
    name: str
    state: Wanted = Wanted.ACTIVE
    units: tuple[Entry, ...] = ()
    remove: tuple[Entry, ...] = ()
    sources: tuple[Source, ...] = ()
    remove_sources: tuple[Source, ...] = ()
    exact: bool = False
    rules: tuple[RuleEntry, ...] = ()
    end_rules: tuple[RuleEntry, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def place(self) -> str:
        """How problems name it: `policies.exchange “Mail”`."""
        return f"policies.{self.product} “{self.name}”"


@dataclass(frozen=True, slots=True)
class BillingWish:
    """Names as people know them; a region by its name or its display name. `lines`: where each key stands."""

    subscription: str
    resource_group: str
    region: str
    node: Node = Node.BILLING
    line: int = field(default=0, compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class NotificationWish:
    """E-mail notifications of the tenant as the file wants them; None keeps what the tenant has.

    `recipients`: a role, or addresses (then the role is CUSTOM and `addresses` has them).
    """

    enabled: bool | None = None
    all_events: bool | None = None
    role: RecipientRole | None = None
    addresses: tuple[Entry, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """`tenant`: domain, name or id that the file is meant for, "" for any. `name`: the file's, for messages."""

    policies: tuple[PolicyWish, ...] = ()
    tenant: str = ""
    billing: BillingWish | None = None
    notifications: NotificationWish | None = None
    name: str = field(default="", compare=False)
    tenant_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong with a file: where, which field, and the rule as a sentence with the way out."""

    file: str
    line: int
    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.field}: {self.rule}"
