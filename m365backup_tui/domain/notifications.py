"""E-mail notifications about backup: whom Microsoft writes to, and about what (graph.md §2.6, admin-center.md §7).

They belong to the tenant, not to a policy. Microsoft writes once a day, and only when something happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MOST_RECIPIENTS = 20
"""SETUP26 (admin-center.md §7)."""
WHO_MAY_CHANGE = "a Global Administrator or Microsoft 365 Backup Administrator"
"""Whose role allows it (admin-center.md §7)."""
_NAMED = 3
"""Addresses that a line names; more are counted, and told below it."""


class RecipientRole(StrEnum):
    """`notificationRecipients.role` of Graph v1.0 (CSDL 2026-07-31)."""

    NONE = "none"
    GLOBAL_ADMINS = "globalAdmins"
    BACKUP_ADMINS = "backupAdmins"
    ALL_ADMINS = "allAdmins"
    CUSTOM = "custom"
    UNKNOWN = "unknown to this version"


_ROLES = {
    RecipientRole.NONE: "nobody",
    RecipientRole.GLOBAL_ADMINS: "Global Administrators",
    RecipientRole.BACKUP_ADMINS: "Microsoft 365 Backup Administrators",
    RecipientRole.ALL_ADMINS: "all administrators",
}


@dataclass(frozen=True, slots=True)
class Notifications:
    """As the tenant has them. `all_events`: also when policies change and restores run, not only what may harm.
    `other`: the service's own word where `role` is UNKNOWN (it allows several at once)."""

    enabled: bool
    all_events: bool
    role: RecipientRole
    addresses: tuple[str, ...] = ()
    other: str = ""

    def same_as(self, other: Notifications) -> bool:
        """By meaning: the case and the order of addresses say nothing."""
        mine = (self.enabled, self.all_events, self.role, self.other, _folded(self.addresses))
        theirs = (other.enabled, other.all_events, other.role, other.other)
        return mine == (*theirs, _folded(other.addresses))

    @property
    def words(self) -> str:
        """`to Global Administrators, all events`; `off` where nobody is written to."""
        return self.in_full if self.enabled else "off"

    @property
    def in_full(self) -> str:
        """Also whom it would be to once they are on."""
        return self._told if self.enabled else f"off, and once they are on {self._told}"

    @property
    def _told(self) -> str:
        events = "all events" if self.all_events else "important events only"
        return f"to {self._recipients}, {events}"

    @property
    def _recipients(self) -> str:
        if self.role is RecipientRole.UNKNOWN:
            return f"“{self.other}” (not known to this version)"
        if self.role is not RecipientRole.CUSTOM:
            return _ROLES[self.role]
        if len(self.addresses) > _NAMED:
            return f"{len(self.addresses)} recipients"
        return ", ".join(self.addresses) or "nobody"


@dataclass(frozen=True, slots=True)
class NotificationChange:
    """What a plan changes about them. `now`: as they were when the plan was made."""

    now: Notifications
    wanted: Notifications

    @property
    def words(self) -> str:
        """`to Global Administrators, all events (now: off)`."""
        if not (self.now.enabled or self.wanted.enabled):  # what is written about once they are on
            return f"{self.wanted.in_full} (now: {self.now._told})"
        return f"{self.wanted.words} (now: {self.now.words})"

    def effects(self) -> Iterator[str]:
        """Who is written to from now on, and who no more, where addresses are named one by one."""
        before, after = _folded(self.now.addresses), _folded(self.wanted.addresses)
        joins = [a for a in self.wanted.addresses if a.casefold() not in before]
        leaves = [a for a in self.now.addresses if a.casefold() not in after]
        if joins and before:
            yield f"new recipients: {', '.join(joins)}"
        elif len(joins) > _NAMED:
            yield f"recipients: {', '.join(joins)}"
        if leaves:
            yield f"no longer written to: {', '.join(leaves)}"

    def warnings(self) -> Iterator[str]:
        """What is lost by it."""
        silent = not self.wanted.enabled or self.wanted.role is RecipientRole.NONE
        if silent and self.now.enabled and self.now.role is not RecipientRole.NONE:
            yield (
                "from then on Microsoft writes to nobody when backup is turned off or paused, or when its billing stops"
            )


def _folded(addresses: tuple[str, ...]) -> frozenset[str]:
    return frozenset(address.casefold() for address in addresses)
