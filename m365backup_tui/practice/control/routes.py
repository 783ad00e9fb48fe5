"""`/control/`: how tests and the wizard's practice mode steer the tenant. Never emulated, no token.

Every wrong request is answered 400 (404 for a name nobody has) with `{"error": "<one sentence>"}`.
Faults and scenarios in force have their own module, control/faults.py.
"""

import asyncio
from typing import Any

from aiohttp import web

from m365backup_tui.practice.clock import check_settings
from m365backup_tui.practice.company.identity import refuse_other_company
from m365backup_tui.practice.control import admin_center, clock
from m365backup_tui.practice.control.bodies import read_json, read_persona
from m365backup_tui.practice.entra import devices
from m365backup_tui.practice.snapshots import Snapshots
from m365backup_tui.practice.tenant import TENANT, Tenant, tenant_of

SNAPSHOTS = web.AppKey("snapshots", Snapshots)
# The state goes out in pieces of this size: more costs memory, less costs system calls.
PIECE = 256 * 1024


def add_control_routes(app: web.Application) -> None:
    """Register the control table of design/command-line.md, and what issue 3 adds to it."""
    app[SNAPSHOTS] = Snapshots(app[TENANT].state)
    route = app.router.add_route
    route("GET", "/control/", _index)
    route("GET", "/control/requests", _requests)
    route("GET", "/control/state", _get_state)
    route("PUT", "/control/state", _put_state)
    route("POST", "/control/reset", _reset)
    route("GET", "/control/snapshots", _list_snapshots)
    route("POST", "/control/snapshots/{name}", _take_snapshot)
    route("POST", "/control/snapshots/{name}/restore", _restore_snapshot)
    route("DELETE", "/control/snapshots/{name}", _remove_snapshot)
    route("GET", "/control/scenarios", _get_scenarios)
    route("PUT", "/control/scenarios", _put_scenarios)
    route("GET", "/control/device-codes", _device_codes)
    route("POST", "/control/device-codes/{user_code}/approve", _approve)
    route("POST", "/control/device-codes/{user_code}/decline", _decline)
    admin_center.add_admin_center_route(app)
    clock.add_clock_routes(app)


async def _index(request: web.Request) -> web.Response:
    """This list."""
    rows = {
        (route.resource.canonical, route.method): (route.handler.__doc__ or "").partition("\n")[0]
        for route in request.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
        if route.resource.canonical.startswith("/control/")
    }
    answer = [
        {"request": f"{method} {path.removeprefix('/control/')}", "does": does}
        for (path, method), does in sorted(rows.items())
    ]
    return web.json_response(answer)


async def _requests(request: web.Request) -> web.Response:
    """Every request in order, after ?since=N."""
    since = request.query.get("since", "0")
    if not (since.isascii() and since.isdigit()):
        raise ValueError("since is a whole number.")
    return web.json_response(tenant_of(request).log.since(int(since)))


async def _get_state(request: web.Request) -> web.StreamResponse:
    """The whole tenant as canonical JSON: the same text for the same tenant."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    pieces = tenant_of(request).state.export()
    waiting, size, begun = [next(pieces)], 0, False
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE:
            if not begun:
                await answer.prepare(request)
                begun = True
            await answer.write("".join(waiting).encode())
            await asyncio.sleep(0)  # a write into a fast connection gives way to nobody
            waiting, size = [], 0
    if not begun:
        return web.Response(text="".join(waiting), content_type="application/json")
    await answer.write("".join(waiting).encode())
    await answer.write_eof()
    return answer


async def _put_state(request: web.Request) -> web.Response:
    """Put a tenant that GET state gave in place of this one."""
    tenant = tenant_of(request)
    data = await read_json(request)
    if not isinstance(data, dict):
        raise ValueError("The state is one JSON object.")
    if isinstance(data.get("meta"), dict):
        refuse_other_company("That state", data["meta"], tenant.data["meta"])
    if "clock" in data:
        check_settings(data["clock"])
    tenant.state.replace(data)
    tenant.faults.recount()  # what was counted belonged to the tenant before
    return web.Response(status=204)


async def _reset(request: web.Request) -> web.Response:
    """Start over as a tenant nobody has touched; snapshots stay."""
    tenant = tenant_of(request)
    tenant.state.reset()
    tenant.faults.recount()  # what was counted belonged to the tenant before
    tenant.log.clear()
    return web.Response(status=204)


async def _list_snapshots(request: web.Request) -> web.Response:
    """The snapshots that were taken: name, bytes, taken."""
    return web.json_response(request.app[SNAPSHOTS].listing())


async def _take_snapshot(request: web.Request) -> web.Response:
    """Keep the tenant as it is now under this name; one of the same name is replaced."""
    try:
        taken = request.app[SNAPSHOTS].take(request.match_info["name"])
    except OSError as wrong:
        return web.json_response({"error": f"The snapshot was not taken: {wrong}."}, status=500)
    return web.json_response(taken, status=201)


async def _restore_snapshot(request: web.Request) -> web.Response:
    """Put the tenant back as it was; the request log and the snapshot stay."""
    tenant = tenant_of(request)
    try:
        request.app[SNAPSHOTS].restore(request.match_info["name"])
    except LookupError as unknown:
        return _unknown(unknown)
    tenant.faults.recount()  # what was counted belonged to the tenant before
    return web.Response(status=204)


async def _remove_snapshot(request: web.Request) -> web.Response:
    """Delete a snapshot."""
    try:
        request.app[SNAPSHOTS].remove(request.match_info["name"])
    except LookupError as unknown:
        return _unknown(unknown)
    return web.Response(status=204)


async def _get_scenarios(request: web.Request) -> web.Response:
    """The scenarios, and which are on."""
    return web.json_response(tenant_of(request).scenarios.listing())


async def _put_scenarios(request: web.Request) -> web.Response:
    """Make exactly these the scenarios and faults in force."""
    tenant = tenant_of(request)
    wanted = await read_json(request)
    if not isinstance(wanted, list) or not all(isinstance(item, dict) for item in wanted):
        raise ValueError('Scenarios are a list of objects such as {"id": "H1"}.')
    tenant.scenarios.put(wanted)
    tenant.state.touch("scenarios set")
    return web.json_response(tenant.scenarios.listing())


async def _device_codes(request: web.Request) -> web.Response:
    """The device codes that were asked for: user_code, client_id, scope, expires, status."""
    tenant = tenant_of(request)
    return web.json_response(
        [
            {
                "user_code": user_code,
                "client_id": code["client_id"],
                "scope": code["scope"],
                "expires": code["expires"],
                "status": _standing(tenant, code),
                "persona": code["persona"],
            }
            for user_code, code in tenant.data["entra"]["device_codes"].items()
        ]
    )


async def _approve(request: web.Request) -> web.Response:
    """Sign in with this device code: {"persona": KEY}, usually the Global Administrator."""
    devices.approve(
        tenant_of(request), request.match_info["user_code"], await read_persona(request)
    )
    return web.Response(status=204)


async def _decline(request: web.Request) -> web.Response:
    """Say no to this device code."""
    devices.decline(tenant_of(request), request.match_info["user_code"])
    return web.Response(status=204)


def _standing(tenant: Tenant, code: dict[str, Any]) -> str:
    if code["status"] == "pending" and tenant.clock.reached(code["expires"]):
        return "expired"
    return str(code["status"])


def _unknown(unknown: LookupError) -> web.Response:
    return web.json_response({"error": str(unknown.args[0])}, status=404)
