"""Entra and the content that can be protected, through Microsoft Graph: fulfils `ports.Directory`."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from m365backup_tui.cloud import candidates as picking
from m365backup_tui.cloud import directory_requests as requests
from m365backup_tui.cloud.graph_calls import GraphCalls, Json
from m365backup_tui.cloud.groups import GraphGroups
from m365backup_tui.cloud.named_groups import NamedGroups
from m365backup_tui.cloud.named_people import NamedPeople
from m365backup_tui.cloud.profiles import (
    SCOPES_PIM,
    SCOPES_REVOKE,
    SCOPES_ROLES,
    SCOPES_SIGN_IN,
)
from m365backup_tui.cloud.resolving import resolve
from m365backup_tui.cloud.searching import GraphSearch
from m365backup_tui.domain.errors import Forbidden, NotFound, Rejected
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.roles import HeldRole, How
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Backup

_OWN_ROLES = (*SCOPES_SIGN_IN, *SCOPES_ROLES)  # with User.Read alone roles may come without values


async def _nobody_listens(_: str) -> None:
    return


class GraphDirectory(GraphGroups, NamedGroups, NamedPeople, GraphSearch):
    """Build it with the profile's `GraphCalls`, the `Backup` port (which policy protects what), and a function that
    tells the signed-in person's object id ("" when not known: then scoped roles are not looked for)."""

    def __init__(
        self,
        calls: GraphCalls,
        backup: Backup,
        object_id: Callable[[], str],
        named: Callable[[str], Awaitable[None]] = _nobody_listens,
    ) -> None:
        """`named` hears what the organization is called."""
        self._calls = calls
        self._backup = backup
        self._object_id = object_id
        self._known = {}
        self._named = named

    def forget(self) -> None:
        """Another person asks from now on, maybe of another tenant."""
        self._known = {}

    def beside(self, backup: Backup) -> GraphDirectory:
        """The same, asking this `backup` who holds what it finds."""
        other = copy.copy(self)
        other._backup = backup
        return other

    async def tenant_name(self) -> str:
        items = await self._calls.all(
            SCOPES_SIGN_IN, requests.organization, "reading the name of your organization"
        )
        name = next((str(i["displayName"]) for i in items if i.get("displayName")), "")
        await self._named(name)
        return name

    async def end_my_sessions(self) -> None:
        """Every refresh token of this person, everywhere; it takes minutes and does nothing for guests (auth.md §5.5).
        Sent once."""
        doing = "ending your sign-in sessions"
        answer, _ = await self._calls.write(SCOPES_REVOKE, requests.end_my_sessions, doing)
        if answer.get("value") is False:
            raise Rejected("Microsoft Entra did not end your sign-in sessions.")

    async def active_roles(self) -> tuple[HeldRole, ...]:
        """Directory roles in force: direct, through groups, and those of an administrative unit only."""
        doing = "reading your roles"
        direct = await self._calls.all(_OWN_ROLES, requests.direct_roles, doing)
        every = await self._calls.all(_OWN_ROLES, requests.all_roles, doing)
        mine = {_template(item) for item in direct}
        found = [
            HeldRole(
                _template(item), _name(item), How.DIRECT if _template(item) in mine else How.GROUP
            )
            for item in _once([*direct, *every])
        ]
        return (*found, *await self._scoped_roles({role.template_id for role in found}))

    async def eligible_roles(self) -> tuple[HeldRole, ...]:
        """Roles that could be activated in Privileged Identity Management. Raises what the service says where the
        tenant has no license for it or the permission is missing: the caller notes it."""
        items = await self._calls.all(
            SCOPES_PIM, requests.eligible_roles, "reading the roles that you could activate"
        )
        return tuple(_held(item, How.ELIGIBLE) for item in items)

    def candidates(self, product: Product) -> AsyncIterator[tuple[Candidate, ...]]:
        """Everything of one product that can be protected, page by page."""
        if product is Product.SHAREPOINT:
            return picking.sites(self._calls, self._backup)
        return picking.people(self._calls, self._backup, product)

    async def resolve(
        self, product: Product, addresses: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
        """(found, not found as typed). One address that turns up twice is found once."""
        return await resolve(self._calls, self._backup, product, addresses)

    async def _scoped_roles(self, known: set[str]) -> tuple[HeldRole, ...]:
        """Assignments for a part of the tenant: memberOf does not show them, and they do not manage Backup."""
        oid = self._object_id()
        if not oid:
            return ()
        try:
            items = await self._calls.all(
                SCOPES_ROLES,
                lambda c: requests.assignments(c, oid),
                "reading where your roles apply",
            )
        except (Forbidden, NotFound):
            return ()
        held = (_held(item, How.DIRECT) for item in items)
        return tuple(r for r in held if not r.tenant_wide and r.template_id not in known)


def _held(item: Json, how: How) -> HeldRole:
    """From a role assignment or schedule instance. roleDefinitionId equals the template id of built-in roles
    (UNVERIFIED), so the expanded definition's own templateId comes first."""
    definition: dict[str, Any] = item.get("roleDefinition") or {}
    template = str(definition.get("templateId") or item.get("roleDefinitionId") or "").lower()
    name = str(definition.get("displayName") or "a role without a name")
    return HeldRole(template, name, how, tenant_wide=item.get("directoryScopeId") == "/")


def _template(item: Json) -> str:
    return str(item.get("roleTemplateId") or "").lower()


def _name(item: Json) -> str:
    return str(item.get("displayName") or "a role without a name")


def _once(items: Sequence[Json]) -> list[Json]:
    seen: dict[str, Json] = {}
    for item in items:
        if _template(
            item
        ):  # with too few permissions roles come without their values (graph.md §11.2)
            seen.setdefault(_template(item), item)
    return list(seen.values())
