"""`PUT /control/scenarios/{name}`: one scenario on or off, while everything else in force stays."""

from aiohttp import web

from m365backup_tui.practice.control.bodies import read_object
from m365backup_tui.practice.scenarios import SCENARIO_FAULTS, SCENARIOS
from m365backup_tui.practice.tenant import Tenant, tenant_of


async def turn_scenario(request: web.Request) -> web.Response:
    """Switch one scenario on or off: {"on": true}; other scenarios, faults and counts stay."""
    tenant, name = tenant_of(request), request.match_info["name"]
    body = await read_object(request)
    if set(body) != {"on"} or not isinstance(body["on"], bool):
        raise ValueError('The body is {"on": true} or {"on": false}.')
    if name not in SCENARIOS:
        return web.json_response({"error": f"There is no scenario called {name!r}."}, status=404)
    if body["on"] != tenant.scenarios.on(name):
        (_begin if body["on"] else _end)(tenant, name)
        tenant.state.touch(f"scenario {name} {'begun' if body['on'] else 'ended'}")
    return web.Response(status=204)


def _begin(tenant: Tenant, name: str) -> None:
    names = tenant.data["meta"]["scenarios"]
    names[:] = sorted({*names, name})
    if name in SCENARIO_FAULTS:
        tenant.faults.add(SCENARIO_FAULTS[name])


def _end(tenant: Tenant, name: str) -> None:
    """The fault that came with it goes too, unless somebody has switched that off already."""
    tenant.data["meta"]["scenarios"].remove(name)
    own = SCENARIO_FAULTS.get(name)
    if own is None:
        return
    for fault in tenant.faults.in_force():
        if own.items() <= fault.items():
            tenant.faults.remove(fault["number"])
            return
