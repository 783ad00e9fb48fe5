"""An own app registration: what it should be, what is there, and the writes that lead from one to the other.

Pure. What is written and why: auth.md §2.5. It is public (no secret), of one tenant, open to assigned people only, and
is never made a backup controller: nothing here calls serviceApps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from m365backup_tui.domain.consent import PERMISSIONS, Stage

UNIQUE_NAME = "m365backup-tui"  # a second run, and a second admin, find the same application
DISPLAY_NAME = "m365backup-tui"
REDIRECTS: tuple[str, ...] = (
    "http://localhost",
    "https://login.microsoftonline.com/common/oauth2/nativeclient",
)
NOTES = (
    "Signs administrators in to m365backup-tui, a wizard for Microsoft 365 Backup. Public client, no secret. "
    "It is not a backup controller."
)
GRAPH_API = "00000003-0000-0000-c000-000000000000"  # auth.md §2.5 item 3
ARM_API = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
# The role of an application without roles of its own; general knowledge, UNVERIFIED (auth.md §8 item 11).
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"

GRAPH_SCOPES: tuple[str, ...] = tuple(
    one.name for one in PERMISSIONS if one.stage in (Stage.READ, Stage.LOOK, Stage.APPLY)
)
ARM_SCOPES: tuple[str, ...] = ("user_impersonation",)
# For the sign-in itself and for staying signed in; Entra grants them like any other scope.
IDENTITY_SCOPES: tuple[str, ...] = ("openid", "profile", "offline_access")
WANTED: Mapping[str, tuple[str, ...]] = {
    GRAPH_API: (*IDENTITY_SCOPES, *GRAPH_SCOPES),
    ARM_API: ARM_SCOPES,
}
SERVICE_NAMES: Mapping[str, str] = {GRAPH_API: "Microsoft Graph", ARM_API: "Azure"}


Access = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class AppSeen:
    """An app registration of the tenant. `access`: (application id of the service, id, Scope or Role) that it lists."""

    object_id: str
    app_id: str
    name: str
    unique_name: str = ""
    public: bool = False
    single_tenant: bool = True
    redirects: tuple[str, ...] = ()
    access: frozenset[Access] = frozenset()


@dataclass(frozen=True, slots=True)
class PrincipalSeen:
    """The service principal of an application: what it is in this tenant."""

    object_id: str
    assignment_required: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class GrantSeen:
    """A delegated permission grant. `person`: object id, "" for everybody."""

    grant_id: str
    service: str  # application id of the service it is for
    person: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A service of Microsoft in this tenant: its service principal and the ids of the scopes it publishes."""

    object_id: str
    scope_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the tenant now. `assigned`: object ids of people and groups who may use the application."""

    services: Mapping[str, Service]
    app: AppSeen | None = None
    principal: PrincipalSeen | None = None
    assigned: frozenset[str] = frozenset()
    grants: tuple[GrantSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """Who will use it: the signed-in person; with `everybody` the permissions are granted tenant-wide."""

    person: str  # object id
    everybody: bool = False


class Act(StrEnum):
    """The kinds of writes, in the order in which they are sent."""

    CREATE = "create the application"
    MEND = "correct the application"
    PRINCIPAL = "add it to your organization"
    CLOSE = "let only assigned people use it"
    ASSIGN = "assign you to it"
    GRANT = "grant permissions"
    EXTEND = "add permissions to a grant"


@dataclass(frozen=True, slots=True)
class Write:
    """One write. `service` and `scopes` (all that the grant holds afterwards) for grants; `access` for the
    application; `grant_id` where a grant is extended."""

    act: Act
    service: str = ""
    person: str = ""
    scopes: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    grant_id: str = ""

    @property
    def key(self) -> str:
        return f"{self.act.name.lower()} {self.service}".strip()


def next_write(found: Found, wish: Wish) -> Write | None:
    """The first write that is still missing; None when all is as it should be."""
    return next(iter(missing(found, wish)), None)


def missing(found: Found, wish: Wish) -> tuple[Write, ...]:
    """Every write from what is there to what should be, in order. Nothing that is there is taken away."""
    writes: list[Write] = []
    if found.app is None:
        writes.append(Write(Act.CREATE))
    elif _flaws(found):
        writes.append(Write(Act.MEND))
    if found.principal is None:
        writes.append(Write(Act.PRINCIPAL))
    if found.principal is None or not found.principal.assignment_required:
        writes.append(Write(Act.CLOSE))  # before any grant: a grant alone lets everybody in
    if wish.person not in found.assigned:
        writes.append(Write(Act.ASSIGN, person=wish.person))
    writes += (w for service in WANTED if (w := _grant(found, wish, service)) is not None)
    return tuple(writes)


def _grant(found: Found, wish: Wish, service: str) -> Write | None:
    offered = offered_scopes(found, service)
    person = "" if wish.everybody else wish.person
    mine = [g for g in found.grants if g.service == service and g.person in ("", wish.person)]
    held = {s for g in mine if wish.everybody is False or g.person == "" for s in g.scopes}
    added = tuple(s for s in offered if s not in held)
    if not added:
        return None
    same = next((g for g in mine if g.person == person), None)
    if same is None:
        return Write(Act.GRANT, service, person, added, added)
    union = (*same.scopes, *(s for s in added if s not in same.scopes))
    return Write(Act.EXTEND, service, person, union, added, same.grant_id)


def offered_scopes(found: Found, service: str) -> tuple[str, ...]:
    """Of the scopes wanted those that the service has in this tenant; a name that is gone cannot be granted."""
    known = found.services[service].scope_ids if service in found.services else {}
    return tuple(s for s in WANTED[service] if s in IDENTITY_SCOPES or s in known)


def wanted_access(found: Found) -> frozenset[Access]:
    """Everything that the registration should list, in Graph's form."""
    return frozenset(
        (service, found.services[service].scope_ids[scope], "Scope")
        for service in WANTED
        if service in found.services
        for scope in WANTED[service]
        if scope in found.services[service].scope_ids
    )


def _flaws(found: Found) -> bool:
    app = found.app
    return app is not None and not (
        app.public and set(REDIRECTS) <= set(app.redirects) and wanted_access(found) <= app.access
    )


def flaws(app: AppSeen) -> tuple[str, ...]:
    """Why an application that somebody else registered cannot be used as it is, in words; empty when it can."""
    found = []
    if not app.public:
        found.append("public client flows are off")
    if REDIRECTS[0] not in app.redirects:
        found.append("http://localhost is not a redirect address of it")
    return tuple(found)


def by_name(apps: Iterable[AppSeen], words: str) -> tuple[AppSeen, ...]:
    """Those with every one of these words in the name; ours first, then by name."""
    wanted = words.casefold().split()
    hits = [a for a in apps if all(w in a.name.casefold() for w in wanted)]
    return tuple(sorted(hits, key=lambda a: (a.unique_name != UNIQUE_NAME, a.name.casefold())))


@dataclass(frozen=True, slots=True)
class OwnApp:
    """An own application as the wizard knows it: what is there, for whom, and the writes done in this sitting."""

    found: Found
    wish: Wish
    done: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Write, ...]:
        return missing(self.found, self.wish)

    @property
    def complete(self) -> bool:
        return not self.writes

    @property
    def app_id(self) -> str:
        return self.found.app.app_id if self.found.app else ""
