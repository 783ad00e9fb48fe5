"""E-mail notifications about backup: whom Microsoft writes to, and about what (graph.md §2.6, admin-center.md §7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_RECIPIENTS = 20
"""SETUP26 (admin-center.md §7)."""


class RecipientRole(StrEnum):
    """`notificationRecipients.role` of Graph v1.0 (CSDL 2026-07-31)."""

    NONE = "none"
    GLOBAL_ADMINS = "globalAdmins"
    BACKUP_ADMINS = "backupAdmins"
    ALL_ADMINS = "allAdmins"
    CUSTOM = "custom"
    UNKNOWN = "unknown to this version"


@dataclass(frozen=True, slots=True)
class Notifications:
    """As the tenant has them. `all_events`: also when policies change and restores run, not only what may harm."""

    enabled: bool
    all_events: bool
    role: RecipientRole
    addresses: tuple[str, ...] = ()
