"""`POST /control/admin-center`: what a person does in the admin center's pages, for tests without a
browser. Refusals are those of the pages, as one sentence under `error`."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from m365backup_tui.practice.control.bodies import read_object, read_persona
from m365backup_tui.practice.errors import ApiError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.portal.backup import guid_of
from m365backup_tui.practice.service import billing, billing_policies, switching
from m365backup_tui.practice.service.billing_azure import put_app_policy
from m365backup_tui.practice.service.billing_budget import read_budget
from m365backup_tui.practice.tenant import Tenant, tenant_of

Body = dict[str, Any]
Act = Callable[[Tenant, Persona, Body], object]
BUDGET = ("budget_amount", "budget_period", "budget_alerts")
PLACE = ("subscription_id", "resource_group", "region")


def add_admin_center_route(app: web.Application) -> None:
    """Register the control."""
    app.router.add_route("POST", "/control/admin-center", _admin_center)


async def _admin_center(request: web.Request) -> web.Response:
    """Do what the admin center's pages do: without "do" billing is set up and Backup turned on.

    The others are named by the 400 that any other "do" gets.
    """
    tenant, body = tenant_of(request), await read_object(request)
    action = body.get("do", "set_up")
    if not isinstance(action, str) or action not in _ACTIONS:
        raise ValueError(f"do is one of {', '.join(_ACTIONS)}.")
    act, known = _ACTIONS[action]
    if strange := sorted(set(body) - {"do", "persona", *known}):
        raise ValueError(f"{action} knows no {strange[0]!r}.")
    persona = await read_persona(request)
    try:
        act(tenant, persona, body)
    except ApiError as refused:
        answer = {"error": refused.message, "code": refused.code}
        return web.json_response(answer, status=refused.status)
    stored = tenant.data["billing"]
    policies = list(stored.get("policies", {}).values())
    return web.json_response(
        {"linked": stored["linked"], "policies": policies, "service": stored["service"]}
    )


def _set_up(tenant: Tenant, persona: Persona, body: Body) -> None:
    on = body.get("turn_on", True)
    if not isinstance(on, bool):
        raise ValueError("turn_on is true or false.")
    budget = read_budget({part: str(body[part]) for part in BUDGET if part in body})
    node, name = str(body.get("node", "setup")), _policy_name(body)
    billing.set_up(tenant, persona, node, *_place(body), name, budget)
    if on:
        billing.turn_on(tenant, persona)


def _app_billing(tenant: Tenant, persona: Persona, body: Body) -> None:
    put_app_policy(tenant, persona, guid_of(str(body.get("application", ""))), _place(body))


def _place(body: Body) -> tuple[str, str, str]:
    subscription_id, resource_group, region = (str(body.get(part, "")) for part in PLACE)
    return subscription_id, resource_group, region


def _policy_name(body: Body) -> str:
    return str(body.get("policy_name", billing.DEFAULT_POLICY_NAME))


def _whole(act: Callable[[Tenant, Persona], object]) -> Act:
    """An action on the tenant as it is, which needs nothing from the body."""
    return lambda tenant, persona, body: act(tenant, persona)


def _on_policy(act: Callable[[Tenant, Persona, str], object]) -> Act:
    """An action on the billing policy that the body names."""
    return lambda tenant, persona, body: act(
        tenant, persona, billing_policies.identity_of(tenant, _policy_name(body))
    )


# What an action does, and what it reads from the body besides `do` and `persona`.
_ACTIONS: dict[str, tuple[Act, tuple[str, ...]]] = {
    "set_up": (_set_up, ("node", *PLACE, *BUDGET, "policy_name", "turn_on")),
    "turn_on": (_whole(billing.turn_on), ()),
    "turn_off": (_whole(billing.turn_off), ()),
    "unlink": (_whole(billing.unlink), ()),
    "migrate": (_whole(billing.migrate), ()),
    "connect": (_on_policy(billing_policies.connect), ("policy_name",)),
    "disconnect": (_on_policy(billing_policies.disconnect), ("policy_name",)),
    "delete": (_on_policy(billing_policies.delete), ("policy_name",)),
    "app_billing": (_app_billing, ("application", *PLACE)),
    "keep": (_whole(switching.cancel_change), ()),
}
