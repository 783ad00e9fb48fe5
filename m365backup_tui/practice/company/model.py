"""What the practice company consists of: users, groups and sites. Sizes are bytes.

The tenant's state names these objects by id and stores nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

TODAY = date(2026, 11, 2)


class MailboxKind(StrEnum):
    """What a user object has in Exchange Online."""

    USER = "user"
    SHARED = "shared"
    ROOM = "room"
    NONE = "none"


class GroupKind(StrEnum):
    """The three kinds of group that a directory search turns up."""

    SECURITY = "security"
    DISTRIBUTION = "distribution"
    UNIFIED = "unified"


@dataclass(frozen=True, slots=True)
class User:
    """One user object. `hybrid` = the primary mailbox is on premises. Sizes in bytes."""

    id: str
    display_name: str
    upn: str
    mail: str | None = None
    given_name: str | None = None
    surname: str | None = None
    account_enabled: bool = True
    user_type: str = "Member"
    department: str | None = None
    job_title: str | None = None
    office: str | None = None
    mailbox: MailboxKind = MailboxKind.USER
    hybrid: bool = False
    mailbox_bytes: int = 0
    mailbox_items: int = 0
    archive_bytes: int | None = None
    drive_url: str | None = None
    drive_site_id: str | None = None
    drive_bytes: int = 0
    drive_files: int = 0
    last_activity: date | None = None
    created: date = date(2021, 3, 1)
    sku_id: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One group. Its members are rows of the table `member`."""

    id: str
    display_name: str
    kind: GroupKind
    mail: str | None = None
    role_assignable: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One site collection. `id` is the composite "host,collection guid,web guid"."""

    id: str
    collection_id: str
    web_id: str
    name: str
    web_url: str
    template: str
    protectable: bool
    bytes: int
    files: int
    owner_name: str
    owner_upn: str
    created: date
    last_activity: date | None
