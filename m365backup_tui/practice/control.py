"""`/control/`: how tests and the wizard's practice mode steer the tenant. Never emulated, no token."""

import math
import re
from datetime import timedelta
from typing import Any

from aiohttp import web

from m365backup_tui.practice import billing
from m365backup_tui.practice.entra import devices
from m365backup_tui.practice.errors import ApiError
from m365backup_tui.practice.personas import DEFAULT_PERSONA_KEY, Persona, persona_by_key
from m365backup_tui.practice.tenant import tenant_of

_DURATION = re.compile(
    r"^P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)


def add_control_routes(app: web.Application) -> None:
    """Register the control table of design/command-line.md."""
    app.router.add_get("/control/requests", _requests)
    app.router.add_get("/control/state", _get_state)
    app.router.add_put("/control/state", _put_state)
    app.router.add_post("/control/reset", _reset)
    app.router.add_post("/control/clock", _clock)
    app.router.add_get("/control/scenarios", _get_scenarios)
    app.router.add_put("/control/scenarios", _put_scenarios)
    app.router.add_post("/control/device-codes/{user_code}/approve", _approve)
    app.router.add_post("/control/device-codes/{user_code}/decline", _decline)
    app.router.add_post("/control/admin-center", _admin_center)


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes and seconds. Raises ValueError."""
    found = _DURATION.match(text)
    parts = {unit: int(n) for unit, n in found.groupdict().items() if n} if found else {}
    if not parts:
        raise ValueError(f"{text!r} is not a duration such as PT15M.")
    return timedelta(**parts)


async def _requests(request: web.Request) -> web.Response:
    since = request.query.get("since", "0")
    if not since.isdigit():
        raise ValueError("since is a whole number.")
    return web.json_response(tenant_of(request).log.since(int(since)))


async def _get_state(request: web.Request) -> web.Response:
    text = tenant_of(request).state.canonical()
    return web.Response(text=text, content_type="application/json")


async def _put_state(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    data = await _json(request)
    if not isinstance(data, dict):
        raise ValueError("The state is one JSON object.")
    tenant.state.replace(data)
    tenant.scenarios.recount()
    return web.Response(status=204)


async def _reset(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    tenant.state.reset()
    tenant.scenarios.recount()
    tenant.log.clear()
    return web.Response(status=204)


async def _clock(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    body = await _object(request)
    if set(body) - {"advance", "pace"}:
        raise ValueError("The clock takes advance (a duration) and pace (a number).")
    if "advance" in body:
        tenant.clock.advance(parse_duration(str(body["advance"])))
        tenant.state.touch("clock advanced")
    if "pace" in body:
        pace = body["pace"]
        if isinstance(pace, bool) or not isinstance(pace, int | float) or not 0 < pace < math.inf:
            raise ValueError("The pace is a number above nought.")
        tenant.data["clock"]["pace"] = float(pace)
        tenant.state.touch("pace set")
    return web.json_response({"now": tenant.clock.now_iso(), "pace": tenant.clock.pace})


async def _get_scenarios(request: web.Request) -> web.Response:
    return web.json_response(tenant_of(request).scenarios.listing())


async def _put_scenarios(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    wanted = await _json(request)
    if not isinstance(wanted, list) or not all(isinstance(item, dict) for item in wanted):
        raise ValueError('Scenarios are a list of objects such as {"id": "H1"}.')
    tenant.scenarios.put(wanted)
    tenant.state.touch("scenarios set")
    return web.json_response(tenant.scenarios.listing())


async def _approve(request: web.Request) -> web.Response:
    devices.approve(tenant_of(request), request.match_info["user_code"], await _persona(request))
    return web.Response(status=204)


async def _decline(request: web.Request) -> web.Response:
    devices.decline(tenant_of(request), request.match_info["user_code"])
    return web.Response(status=204)


async def _admin_center(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    body = await _object(request)
    persona = await _persona(request)
    try:
        billing.set_up(
            tenant,
            persona,
            node=str(body.get("node", "setup")),
            subscription_id=str(body.get("subscription_id", "")),
            resource_group=str(body.get("resource_group", "")),
            region=str(body.get("region", "")),
            policy_name=str(body.get("policy_name", billing.DEFAULT_POLICY_NAME)),
        )
        if body.get("turn_on", True):
            billing.turn_on(tenant, persona)
    except ApiError as refused:
        answer = {"error": refused.message, "code": refused.code}
        return web.json_response(answer, status=refused.status)
    stored = tenant.data["billing"]
    return web.json_response({"linked": stored["linked"], "service": stored["service"]})


async def _persona(request: web.Request) -> Persona:
    body = await _object(request)
    key = str(body.get("persona") or DEFAULT_PERSONA_KEY)
    persona = persona_by_key(key)
    if persona is None:
        raise ValueError(f"There is no persona called {key!r}.")
    return persona


async def _object(request: web.Request) -> dict[str, Any]:
    body = await _json(request) if await request.read() else {}
    if not isinstance(body, dict):
        raise ValueError("The body is one JSON object.")
    return body


async def _json(request: web.Request) -> Any:
    # json.JSONDecodeError is a ValueError: the middleware answers 400 with its text.
    return await request.json()
