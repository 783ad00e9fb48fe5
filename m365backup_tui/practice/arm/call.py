"""One ARM request as the handlers see it, and the checks that every route shares."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm.access import allowed, allowed_somewhere, sees
from m365backup_tui.practice.arm.faulty import struck
from m365backup_tui.practice.arm.scopes import ROOT, group_scope, subscription_scope
from m365backup_tui.practice.arm.world import Subscription, subscriptions_of
from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose token, api-version and query options have been checked.

    `args` are the parts of the path: sub, group, namespace, kind, resource, name, place.
    """

    tenant: Tenant
    caller: Caller
    request: web.Request
    path: str
    args: dict[str, str]
    version: str

    @property
    def persona(self) -> Persona:
        """Who asks."""
        return self.caller.persona

    @property
    def oid(self) -> str:
        """Object id of who asks."""
        return self.caller.oid

    @property
    def subscription(self) -> Subscription:
        """The subscription of the path. Raises 400, 403 or 404."""
        return find_subscription(self.tenant, self.persona, self.args["sub"])

    @property
    def scope(self) -> str:
        """What the path is about, without its last provider part: root, subscription, group, resource."""
        args = self.args
        if "sub" not in args:
            return ROOT
        if "group" not in args:
            return subscription_scope(args["sub"].lower())
        scope = group_scope(args["sub"].lower(), args["group"])
        if "resource" in args:
            scope += f"/providers/{args['namespace']}/{args['kind']}/{args['resource']}"
        return scope

    def may(self, action: str, scope: str | None = None) -> bool:
        """Whether the caller may do this at the scope (by default the path's own)."""
        sub = self.args["sub"].lower()
        return allowed(self.tenant, self.oid, sub, scope or self.scope, action)

    def require(self, action: str, scope: str | None = None) -> None:
        """403 AuthorizationFailed, naming action and scope, unless the caller may."""
        if not self.may(action, scope):
            raise forbidden(self.persona, action, scope or self.scope)

    def require_somewhere(self, action: str) -> None:
        """403 unless the caller may do this in the subscription or anywhere in it.

        choice: what describes the subscription itself (its regions, its providers) may be read by
        everybody who has a role on a part of it.
        """
        if not allowed_somewhere(self.tenant, self.oid, self.args["sub"].lower(), action):
            raise forbidden(self.persona, action, self.scope)

    def option(self, name: str) -> str | None:
        """A query option by its name, without regard to case."""
        return next(
            (value for key, value in self.request.query.items() if key.lower() == name.lower()),
            None,
        )

    async def body(self) -> dict[str, Any]:
        """The JSON object of the request. Raises 400 InvalidRequestContent."""
        try:
            # The bytes, not request.json(): that believes whatever charset the header names.
            content = json.loads(await self.request.read())
            # Python reads NaN and half a character (a lone surrogate); no state could keep those.
            json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError):  # ValueError: of JSON and of UTF-8
            content = None
        if not isinstance(content, dict):
            raise ArmError(400, "InvalidRequestContent", "The request content is not valid JSON.")
        return content


Answer = Callable[[Call], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path pattern, the api-versions it takes, and its query options.

    `action` is the Azure action it needs at the path's scope; None when the handler judges itself.
    `by_type`: `versions` are those of every resource type, and the handler asks the type's own.
    `writes`: refused while the subscription is disabled. `unseen`: the handler judges also whether
    the caller may know of the subscription.
    """

    method: str
    pattern: re.Pattern[str]
    versions: frozenset[str]
    options: frozenset[str]
    answer: Answer
    action: str | None = None
    by_type: bool = False
    writes: bool = False
    unseen: bool = False


def find_subscription(tenant: Tenant, persona: Persona, subscription_id: str) -> Subscription:
    """The subscription, if the person may know of it.

    400 InvalidSubscriptionId for what is no GUID, 404 SubscriptionNotFound when there is none (both
    pairings UNVERIFIED, reference/azure.md §2.2), 403 AuthorizationFailed when the person has no
    role on it or in it.
    """
    if not is_guid(subscription_id):
        raise ArmError(
            400,
            "InvalidSubscriptionId",
            f"The provided subscription identifier '{subscription_id}' is malformed or invalid.",
        )
    known = subscriptions_of(tenant.identity)
    found = next((sub for sub in known if sub.id == subscription_id.lower()), None)
    if found is None or none_visible(tenant):
        raise ArmError(
            404,
            "SubscriptionNotFound",
            f"The subscription '{subscription_id}' could not be found.",
        )
    if not sees(tenant, persona.oid, found.id):
        scope = subscription_scope(found.id)
        raise forbidden(persona, "Microsoft.Resources/subscriptions/read", scope)
    return as_it_stands(tenant, found)


def none_visible(tenant: Tenant) -> bool:
    """The scenario no-subscriptions or the fault Z1: nobody sees any subscription."""
    return tenant.scenarios.on("no-subscriptions") or struck(tenant, "Z1") is not None


def as_it_stands(tenant: Tenant, sub: Subscription) -> Subscription:
    """The subscription with what the fault Z7 does to it: disabled, maybe by its spending limit."""
    fault = struck(tenant, "Z7")
    if fault is None:
        return sub
    limited = fault.get("variant") == "spending-limit"
    return replace(sub, state="Disabled", spending_limit="On" if limited else sub.spending_limit)


def require_enabled(subscription: Subscription) -> None:
    """409 ReadOnlyDisabledSubscription (pairing UNVERIFIED) for a write to a disabled one."""
    if subscription.state == "Disabled":
        raise ArmError(
            409,
            "ReadOnlyDisabledSubscription",
            f"The subscription '{subscription.id}' is disabled and therefore marked as read only. "
            "You cannot perform any write actions on it until it is re-enabled.",
        )


def forbidden(persona: Persona, action: str, scope: str) -> ArmError:
    """The 403 that names the action and the scope."""
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{persona.upn}' with object id '{persona.oid}' does not have authorization "
        f"to perform action '{action}' over scope '{scope}' or the scope is invalid. If access "
        "was recently granted, please refresh your credentials.",
    )
