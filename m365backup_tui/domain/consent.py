"""Permissions in stages: what each is for, what is lost without it, who can grant it, and what to send to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from m365backup_tui.domain.session import Account

# "Cloud Application Admin / Application Admin can consent to all of these" (auth.md §2.6, grant-admin-consent.md).
WHO_CONSENTS = (
    "a Cloud Application Administrator, Application Administrator or Global Administrator"
)
WHO_CANNOT = "A SharePoint, Exchange or Microsoft 365 Backup Administrator cannot."

# Registered for Microsoft's command-line clients and for an own application (auth.md §1.3, §2.1).
CONSENT_REDIRECT = "http://localhost"
_GRAPH = "https://graph.microsoft.com"


class Stage(StrEnum):
    """When a permission is asked for (auth.md §2.6)."""

    READ = "when you sign in"
    LOOK = "when the check reads your roles and sizes"
    APPLY = "when you apply a plan"
    NOTIFY = "when a policy file names e-mail notifications"
    OWN_APP = "when you make an application of your own"
    AZURE = "when Azure is prepared for billing"
    REVOKE = "when you end all your sign-in sessions"


@dataclass(frozen=True, slots=True)
class Permission:
    """A delegated scope. `without`: what is lost where it is not granted, "" where nothing works without it."""

    name: str
    why: str
    stage: Stage
    without: str = ""

    @property
    def optional(self) -> bool:
        return bool(self.without)


_LIST = "is not offered; pasted lists and rules may lack names too"
PERMISSIONS: tuple[Permission, ...] = (
    Permission("User.Read", "see your own name and roles", Stage.READ),
    Permission(
        "BackupRestore-Configuration.Read.All",
        "read the backup policies and what they protect",
        Stage.READ,
    ),
    Permission(
        "RoleManagement.Read.Directory",
        "see which roles you hold and where they apply",
        Stage.READ,
    ),
    Permission(
        "Sites.Read.All",
        "list SharePoint sites to choose from",
        Stage.READ,
        f"Choosing SharePoint sites {_LIST}.",
    ),
    Permission(
        "User.ReadBasic.All",
        "list people to choose from",
        Stage.READ,
        f"Choosing people for OneDrive and Exchange {_LIST}.",
    ),
    Permission(
        "Group.ReadBasic.All",
        "find groups by name",
        Stage.READ,
        "Groups cannot be found by name: no choice by group and no rule.",
    ),
    Permission(
        "GroupMember.Read.All",
        "see who is in a group",
        Stage.READ,
        "Who is in a group is not known: no choice by group.",
    ),
    Permission(
        "Reports.Read.All",
        "read the sizes of mailboxes, drives and sites",
        Stage.LOOK,
        "Sizes and costs are not known.",
    ),
    Permission(
        "RoleEligibilitySchedule.Read.Directory",
        "see which roles you could activate",
        Stage.LOOK,
        "The check does not say which roles you could activate.",
    ),
    Permission(
        "RoleAssignmentSchedule.Read.Directory",
        "see until when an activated role holds",
        Stage.LOOK,
        "The check does not say which roles you could activate.",
    ),
    Permission(
        "BackupRestore-Configuration.ReadWrite.All",
        "create and change backup policies",
        Stage.APPLY,
    ),
    Permission(
        "BackupRestore-Control.ReadWrite.All",
        "read and change the e-mail notifications about backup",
        Stage.NOTIFY,
    ),
    Permission(
        "Application.ReadWrite.All", "look for the application and create it", Stage.OWN_APP
    ),
    Permission(
        "DelegatedPermissionGrant.ReadWrite.All",
        "grant the application its permissions",
        Stage.OWN_APP,
    ),
    Permission(
        "AppRoleAssignment.ReadWrite.All",
        "let you, and nobody else, use the application",
        Stage.OWN_APP,
    ),
    Permission("User.RevokeSessions.All", "end all your sign-in sessions", Stage.REVOKE),
    Permission(
        "user_impersonation",
        "use your own rights in Azure, no more",
        Stage.AZURE,
    ),
)
_BY_NAME = {one.name.casefold(): one for one in PERMISSIONS}


def permission(scope: str) -> Permission:
    """The permission behind a scope, with or without its resource in front; one without words for an unknown one."""
    name = scope.rpartition("/")[2]
    return _BY_NAME.get(name.casefold()) or Permission(name, "not described here", Stage.READ)


def permissions(scopes: Iterable[str]) -> tuple[Permission, ...]:
    """Each once, in the order asked."""
    return tuple(dict.fromkeys(permission(scope) for scope in scopes))


def needed_only(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes without which nothing works; those that only add comfort are left out."""
    return tuple(scope for scope in scopes if not permission(scope).optional)


def stage_scopes(stage: Stage = Stage.READ) -> tuple[str, ...]:
    """The scopes of one stage."""
    return tuple(one.name for one in PERMISSIONS if one.stage is stage)


@dataclass(frozen=True, slots=True)
class HandOff:
    """What somebody who may consent needs to know. `link` holds no secret: ids and names of permissions."""

    application: str
    link: str
    scopes: tuple[str, ...]
    asked_by: str = ""  # user principal name
    tenant: str = ""  # for people

    @property
    def permissions(self) -> tuple[Permission, ...]:
        return permissions(self.scopes)


@dataclass(frozen=True, slots=True)
class ConsentSeen:
    """The answer of "check again": the scopes that were asked for, and whether they are granted now."""

    scopes: tuple[str, ...]
    granted: bool


def admin_consent_link(authority: str, tenant: str, client_id: str, scopes: Iterable[str]) -> str:
    """The address at which an administrator consents for everybody (Entra page v2-admin-consent, auth.md §2.6).

    `authority`: scheme and host, as `https://login.microsoftonline.com`. `tenant`: id or domain, or `organizations`
    where it is not known yet. Scopes without a resource are those of Graph.
    """
    full = (one if "://" in one else f"{_GRAPH}/{one}" for one in scopes)
    query = {
        "client_id": client_id,
        "scope": " ".join(full),
        "redirect_uri": CONSENT_REDIRECT,
    }
    return f"{authority}/{quote(tenant, safe='')}/v2.0/adminconsent?{urlencode(query, quote_via=quote)}"


def hand_off_text(hand_off: HandOff) -> str:
    """The message to send, one paragraph a line: it is wrapped by whatever shows it."""
    who = hand_off.asked_by or "An administrator of Microsoft 365 Backup"
    where = f" in {hand_off.tenant}" if hand_off.tenant else ""
    lines = [
        f"{who} sets up Microsoft 365 Backup{where} with m365backup-tui and needs your consent.",
        "",
        f'Application: "{hand_off.application}". Permissions (delegated: they never reach further than the '
        "signed-in person's own roles):",
        *(f"  {one.name}: {one.why}" for one in hand_off.permissions),
        "",
        f"Who can do this: {WHO_CONSENTS}. {WHO_CANNOT}",
        "",
        "Open this address, sign in, compare the permissions with those above, and accept:",
        "",
        hand_off.link,
        "",
        "Afterwards the browser goes to an address on localhost and says that it cannot connect. That is fine: "
        "the consent is given by then.",
        "",
        f'The consent holds for everybody who may use "{hand_off.application}" in your organization, until it is '
        "removed. If it should hold for one person only, create a delegated permission grant with consentType "
        "Principal for that person instead (Microsoft Graph: POST /oauth2PermissionGrants).",
    ]
    return "\n".join(lines) + "\n"


def tenant_of(account: Account | None, authority_tenant: str) -> str:
    """The tenant for the link: the signed-in person's, else the one that the sign-in was asked for."""
    return account.tenant_id if account is not None else authority_tenant or "organizations"
