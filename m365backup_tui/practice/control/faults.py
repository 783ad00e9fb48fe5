"""`/control/faults` and `/control/early`: switching faults on and off, and clients that hurried."""

from aiohttp import web

from m365backup_tui.practice.control.bodies import read_json
from m365backup_tui.practice.control.scenario import turn_scenario
from m365backup_tui.practice.faults import CATALOGUE
from m365backup_tui.practice.faults.operations import NAMED, SERVICES, WIDE
from m365backup_tui.practice.tenant import tenant_of


def add_fault_routes(app: web.Application) -> None:
    """Register the fault requests."""
    route = app.router.add_route
    route("GET", "/control/faults", _list)
    route("POST", "/control/faults", _add)
    route("DELETE", "/control/faults", _clear)
    route("DELETE", "/control/faults/{number}", _remove)
    route("GET", "/control/early", _early)
    route("PUT", "/control/scenarios/{name}", turn_scenario)


async def _list(request: web.Request) -> web.Response:
    """The faults that can be switched on, and those in force with how often they were seen."""
    answer = {
        "catalogue": [known.describe() for known in CATALOGUE.values()],
        "operations": [*SERVICES, *WIDE, *NAMED],
        "in_force": tenant_of(request).faults.listing(),
    }
    return web.json_response(answer)


async def _add(request: web.Request) -> web.Response:
    """Switch one fault on: {"id": "H1", "operation": "create policy", "nth": 3, ...}."""
    tenant = tenant_of(request)
    number = tenant.faults.add(await read_json(request))
    tenant.state.touch("fault switched on")
    added = next(fault for fault in tenant.faults.listing() if fault["number"] == number)
    return web.json_response(added, status=201)


async def _remove(request: web.Request) -> web.Response:
    """Switch one fault off by its number."""
    tenant, number = tenant_of(request), request.match_info["number"]
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise ValueError("The number of a fault is a whole number.")
    if not tenant.faults.remove(int(number)):
        return web.json_response({"error": f"No fault has the number {number}."}, status=404)
    tenant.state.touch("fault switched off")
    return web.Response(status=204)


async def _clear(request: web.Request) -> web.Response:
    """Switch every fault off; scenarios stay as they are."""
    tenant = tenant_of(request)
    tenant.faults.put([])
    tenant.state.touch("faults switched off")
    return web.Response(status=204)


async def _early(request: web.Request) -> web.Response:
    """Who came back before the time a Retry-After asked for, how often and by how much."""
    return web.json_response(tenant_of(request).faults.memory.early.summary())
