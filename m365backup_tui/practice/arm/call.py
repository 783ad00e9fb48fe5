"""One ARM request as the handlers see it, and the checks that every route shares."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm.rbac import allowed, sees
from m365backup_tui.practice.arm.world import SUBSCRIPTIONS, Subscription
from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose token, api-version and query options have been checked."""

    tenant: Tenant
    caller: Caller
    request: web.Request
    path: str
    args: dict[str, str]

    @property
    def persona(self) -> Persona:
        """Who asks."""
        return self.caller.persona

    def option(self, name: str) -> str | None:
        """A query option by its name, without regard to case."""
        return next(
            (value for key, value in self.request.query.items() if key.lower() == name.lower()),
            None,
        )

    async def body(self) -> dict[str, Any]:
        """The JSON object of the request. Raises 400 InvalidRequestContent."""
        try:
            content = await self.request.json()
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise ArmError(400, "InvalidRequestContent", "The request content is not valid JSON.")
        return content


Answer = Callable[[Call], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path pattern, the api-versions it takes, and its query options."""

    method: str
    pattern: re.Pattern[str]
    versions: frozenset[str]
    options: frozenset[str]
    answer: Answer


def route(
    method: str, path: str, versions: tuple[str, ...], answer: Answer, options: tuple[str, ...] = ()
) -> Route:
    """A route; `{name}` in the path is one segment."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(
        method, re.compile(f"^{pattern}$", re.IGNORECASE), frozenset(versions),
        frozenset(options), answer,
    )  # fmt: skip


def find_subscription(tenant: Tenant, persona: Persona, subscription_id: str) -> Subscription:
    """The subscription, if the person may know of it.

    404 SubscriptionNotFound when there is none (pairing UNVERIFIED, reference/azure.md §2.2), 403
    AuthorizationFailed when the person has no role on it.
    """
    found = next((sub for sub in SUBSCRIPTIONS if sub.id == subscription_id.lower()), None)
    if found is None or tenant.scenarios.on("no-subscriptions"):
        raise ArmError(
            404,
            "SubscriptionNotFound",
            f"The subscription '{subscription_id}' could not be found.",
        )
    if not sees(persona, found.id):
        raise forbidden(
            persona, "Microsoft.Resources/subscriptions/read", f"/subscriptions/{found.id}"
        )
    return found


def require(persona: Persona, subscription_id: str, action: str, scope: str) -> None:
    """403 AuthorizationFailed unless the person's roles allow the action."""
    if not allowed(persona, subscription_id, action):
        raise forbidden(persona, action, scope)


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
