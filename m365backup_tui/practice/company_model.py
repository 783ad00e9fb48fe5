"""What the practice company consists of: users, groups, sites, and look-ups over them.

Sizes are bytes. Nothing here is stored: the tenant's state names these objects by id.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

TENANT_ID = "5e0c5f0e-3a52-5a6e-9d0d-6a1f4c0f7b21"
DISPLAY_NAME = "Northwind Labs"
DOMAIN = "northwindlabs.onmicrosoft.com"
MAIL_DOMAIN = "northwindlabs.example"

SHAREPOINT_HOST = "northwindlabs.sharepoint.com"
ONEDRIVE_HOST = "northwindlabs-my.sharepoint.com"
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
    """One group. `members` are direct members: ids of users and of other groups."""

    id: str
    display_name: str
    kind: GroupKind
    members: tuple[str, ...]
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


@dataclass(frozen=True)
class Company:
    """The whole organisation. Look-ups give None when unknown and disregard case."""

    tenant_id: str
    display_name: str
    domain: str
    mail_domain: str
    sharepoint_host: str
    all_users: tuple[User, ...]
    all_groups: tuple[Group, ...]
    all_sites: tuple[Site, ...]
    today: date = TODAY
    _memo: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _by_id(self) -> dict[str, User]:
        return {user.id: user for user in self.all_users}

    @cached_property
    def _by_address(self) -> dict[str, User]:
        table = {user.mail.lower(): user for user in self.all_users if user.mail}
        return table | {user.upn.lower(): user for user in self.all_users}

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return {group.id: group for group in self.all_groups}

    @cached_property
    def _sites(self) -> dict[str, Site]:
        table = {site.collection_id: site for site in self.all_sites}
        return table | {site.id.lower(): site for site in self.all_sites}

    @cached_property
    def _urls(self) -> dict[str, Site]:
        return {site.web_url.lower().rstrip("/"): site for site in self.all_sites}

    def users(self) -> Iterator[User]:
        """Every user object."""
        return iter(self.all_users)

    def groups(self) -> Iterator[Group]:
        """Every group."""
        return iter(self.all_groups)

    def sites(self) -> Iterator[Site]:
        """Every site collection, the home site first."""
        return iter(self.all_sites)

    def home_site(self) -> Site:
        """The tenant's root site."""
        return self.all_sites[0]

    def user(self, object_id: str) -> User | None:
        """The user with this object id."""
        return self._by_id.get(object_id.lower())

    def user_by_address(self, address: str) -> User | None:
        """The user with this userPrincipalName or mail."""
        return self._by_address.get(address.lower())

    def find_user(self, key: str) -> User | None:
        """The user with this object id, userPrincipalName or mail address."""
        return self.user(key) or self.user_by_address(key)

    def group(self, group_id: str) -> Group | None:
        """The group with this object id."""
        return self._groups.get(group_id.lower())

    def site(self, key: str) -> Site | None:
        """The site with this composite id or collection id."""
        return self._sites.get(key.lower())

    def site_by_url(self, url: str) -> Site | None:
        """The site with this URL; a slash at the end does not count."""
        return self._urls.get(url.lower().rstrip("/"))

    def members(self, group_id: str) -> tuple[str, ...]:
        """Ids of the direct members, users and groups, in order; none for an unknown group."""
        group = self.group(group_id)
        return group.members if group else ()

    def transitive_members(self, group_id: str) -> frozenset[str]:
        """Every user and group id below the group, itself left out even when groups form a ring."""
        known = self._memo.get(group_id)
        if known is not None:
            return known
        seen: set[str] = set()
        waiting = [group_id]
        while waiting:
            fresh = [member for member in self.members(waiting.pop()) if member not in seen]
            seen.update(fresh)
            waiting.extend(member for member in fresh if member in self._groups)
        seen.discard(group_id)
        self._memo[group_id] = frozenset(seen)
        return self._memo[group_id]


def stable_guid(*parts: str) -> str:
    """A GUID that depends only on the words given."""
    return str(uuid.uuid5(uuid.UUID(TENANT_ID), "/".join(parts)))
