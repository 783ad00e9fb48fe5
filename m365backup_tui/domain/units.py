"""Protection units: things that can be protected (candidates) and things that a policy holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.products import Product


class UnitStatus(StrEnum):
    """`protectionUnitStatus` of Graph v1.0 (CSDL 2026-07-31)."""

    PROTECT_REQUESTED = "protectRequested"
    PROTECTED = "protected"
    UNPROTECT_REQUESTED = "unprotectRequested"
    UNPROTECTED = "unprotected"
    REMOVE_REQUESTED = "removeRequested"
    OFFBOARD_REQUESTED = "offboardRequested"
    OFFBOARDED = "offboarded"
    CANCEL_OFFBOARD_REQUESTED = "cancelOffboardRequested"
    UNKNOWN = "unknown to this version"  # never to be read as done (rule R7)

    @property
    def words(self) -> str:
        return {
            "protectRequested": "being protected",
            "protected": "protected",
            "unprotectRequested": "being paused",
            "unprotected": "not protected",
            "removeRequested": "being removed",
            "offboardRequested": "being deleted",
            "offboarded": "deleted",
            "cancelOffboardRequested": "deletion being undone",
        }.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be protected.

    `key` is what Graph takes: the directory object id (accounts, mailboxes) or the composite site id.
    `address` is what people know it by: a user principal name or a URL path. `size` is in bytes, None if unknown.
    """

    product: Product
    key: str
    name: str
    address: str
    size: int | None = None
    last_activity: date | None = None
    kind: str = ""  # "shared mailbox", "team site", ...
    policy: str = ""  # name of the policy that protects it already
    unsupported: str = ""  # why it cannot be protected, as a sentence
    by_rule: bool = False  # a dynamic rule of `policy` holds it: it cannot be moved by hand


@dataclass(frozen=True, slots=True)
class ProtectionUnit:
    """A unit that a policy holds. `id` is the unit's own id (what remove takes), `key` the object behind it."""

    product: Product
    id: str
    key: str
    name: str
    address: str
    status: UnitStatus
    error_code: str = ""
    error: str = ""
    by_rule: bool = False  # held by a dynamic rule: cannot be removed by hand
    since: datetime | None = field(default=None, compare=False)  # when it was added, UTC
    by: Author = field(default=NOBODY, compare=False)  # who added it


@dataclass(frozen=True, slots=True)
class ItemRefusal:
    """One item that a unit change did not take: the key or unit id that was sent, the service's code and text."""

    key: str
    code: str
    message: str
