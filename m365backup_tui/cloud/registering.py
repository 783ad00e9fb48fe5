"""An own app registration through Microsoft Graph, and who may consent to what: fulfils `ports.Registrar`.

Never calls serviceApps: the application is not made a backup controller. Writes are sent once (rules R1, R2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from m365backup_tui.cloud import registering_requests as requests
from m365backup_tui.cloud.graph_calls import Build, GraphCalls, Json
from m365backup_tui.cloud.graph_errors import NO_SCOPE_CODE
from m365backup_tui.domain.app_registration import (
    ARM_API,
    GRAPH_API,
    Act,
    AppSeen,
    Found,
    GrantSeen,
    PrincipalSeen,
    Service,
    Write,
    wanted_access,
)
from m365backup_tui.domain.consent import PERMISSIONS, WHO_CONSENTS, Stage
from m365backup_tui.domain.errors import Broken, ConsentNeeded, Forbidden, NotFound

T = TypeVar("T")

# Asked for together, so that one sign-in is enough; only while the application is made (auth.md §2.5).
SCOPES_OWN_APP: tuple[str, ...] = tuple(p.name for p in PERMISSIONS if p.stage is Stage.OWN_APP)


class GraphRegistrations:
    """Build it with the profile's `GraphCalls`. Importing this module loads no SDK."""

    def __init__(self, calls: GraphCalls) -> None:
        self._calls = calls
        self._services: dict[str, Service] = {}

    def forget(self) -> None:
        """Another person asks from now on: service principals have other ids in another tenant."""
        self._services = {}

    async def find(self) -> Found:
        """What is there of our application. Raises ConsentNeeded, Forbidden."""
        services = await self._read_services()
        seen = await self._maybe(requests.ours)
        if seen is None:
            return Found(services)
        app = _app(seen)
        held = await self._maybe(lambda c: requests.principal(c, app.app_id))
        if held is None:
            return Found(services, app)
        principal = PrincipalSeen(
            str(held["id"]),
            held.get("appRoleAssignmentRequired") is True,
            held.get("accountEnabled") is not False,
        )
        assigned, grants = await asyncio.gather(
            self._all(lambda c: requests.assigned(c, principal.object_id)),
            self._all(lambda c: requests.grants(c, principal.object_id)),
        )
        by_object = {service.object_id: key for key, service in services.items()}
        return Found(
            services,
            app,
            principal,
            frozenset(str(one.get("principalId") or "") for one in assigned),
            tuple(_grant(one, by_object) for one in grants),
        )

    async def applications(self) -> tuple[AppSeen, ...]:
        """The registrations of the tenant, to choose one from."""
        return tuple(_app(one) for one in await self._all(requests.applications))

    async def carry_out(self, write: Write, found: Found) -> str:
        """Send it once; the request id. `found`: what was there when the write was planned."""
        return await self._write(_build(write, found), _doing(write))

    async def delete(self, app: AppSeen) -> str:
        """Delete it; its service principal, grants and assignments go with it."""
        return await self._write(lambda c: requests.delete(c, app), "deleting the application")

    async def _read_services(self) -> dict[str, Service]:
        for key in (GRAPH_API, ARM_API):
            if key in self._services:
                continue
            found = await self._maybe(lambda c, key=key: requests.service(c, key))  # type: ignore[misc]
            if found is not None:  # Azure's is missing in a tenant that never used Azure
                scopes = found.get("oauth2PermissionScopes") or ()
                ids = {str(s["value"]): str(s["id"]).lower() for s in scopes if s.get("value")}
                self._services[key] = Service(str(found["id"]), ids)
        return dict(self._services)

    async def _maybe(self, build: Build) -> Json | None:
        try:
            return await _by_role(self._calls.get(SCOPES_OWN_APP, build, _READING), _READING)
        except NotFound:
            return None

    async def _all(self, build: Build) -> list[Json]:
        return await _by_role(self._calls.all(SCOPES_OWN_APP, build, _READING), _READING)

    async def _write(self, build: Build, doing: str) -> str:
        sent = self._calls.write(SCOPES_OWN_APP, build, doing)
        return (await _by_role(sent, doing))[1]


_READING = "reading the applications of your organization"


async def _by_role(call: Awaitable[T], doing: str) -> T:
    """The token has every permission, or there would be none: a 403 from here on is about the person's roles."""
    try:
        return await call
    except ConsentNeeded as error:
        if error.code.lower() != NO_SCOPE_CODE:
            raise
        raise Forbidden(
            f"Your roles do not allow {doing}.", error.code, error.request_id, WHO_CONSENTS
        ) from error


def _build(write: Write, found: Found) -> Build:
    access = wanted_access(found)
    app, principal = found.app, found.principal
    if write.act is Act.CREATE:
        return lambda c: requests.create(c, access)
    if app is None:
        raise Broken("There is no application to work on.")
    if write.act is Act.MEND:
        return lambda c: requests.mend(c, app, access)
    if write.act is Act.PRINCIPAL:
        return lambda c: requests.create_principal(c, app.app_id)
    if principal is None:
        raise Broken("The application is not in your organization yet.")
    key = principal.object_id
    match write.act:
        case Act.CLOSE:
            return lambda c: requests.close(c, key)
        case Act.ASSIGN:
            return lambda c: requests.assign(c, key, write.person)
        case Act.GRANT:
            service = found.services[write.service].object_id
            return lambda c: requests.grant(c, key, service, write.person, write.scopes)
        case _:
            return lambda c: requests.extend(c, write.grant_id, write.scopes)


def _doing(write: Write) -> str:
    return {
        Act.CREATE: "creating the application",
        Act.MEND: "correcting the application",
        Act.PRINCIPAL: "adding the application to your organization",
        Act.CLOSE: "closing the application to everybody who is not assigned",
        Act.ASSIGN: "assigning you to the application",
        Act.GRANT: "granting the application its permissions",
        Act.EXTEND: "adding permissions to the application's grant",
    }[write.act]


def _app(item: Json) -> AppSeen:
    public = item.get("publicClient") or {}
    return AppSeen(
        object_id=str(item.get("id") or ""),
        app_id=str(item.get("appId") or "").lower(),
        name=str(item.get("displayName") or ""),
        unique_name=str(item.get("uniqueName") or ""),
        public=item.get("isFallbackPublicClient") is True,
        single_tenant=item.get("signInAudience") == "AzureADMyOrg",
        redirects=tuple(str(one) for one in public.get("redirectUris") or ()),
        access=frozenset(
            (str(one.get("resourceAppId")).lower(), str(e.get("id")).lower(), str(e.get("type")))
            for one in item.get("requiredResourceAccess") or ()
            for e in one.get("resourceAccess") or ()
        ),
    )


def _grant(item: Json, services: dict[str, str]) -> GrantSeen:
    return GrantSeen(
        str(item.get("id") or ""),
        services.get(str(item.get("resourceId")), ""),
        str(item.get("principalId") or ""),
        tuple(str(item.get("scope") or "").split()),
    )
