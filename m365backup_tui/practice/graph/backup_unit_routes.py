"""HTTP for protection units (graph.md §2.3)."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from m365backup_tui.practice.backup import errors, units
from m365backup_tui.practice.backup.products import PRODUCTS, Product
from m365backup_tui.practice.backup.world import Record, World, product_of
from m365backup_tui.practice.graph.backup_access import (
    Visit,
    admit_reader,
    admit_writer,
)
from m365backup_tui.practice.graph.backup_policy_routes import (
    ROOT,
    Handler,
    policy_of,
    refuse_body,
)
from m365backup_tui.practice.graph.backup_properties import properties_of
from m365backup_tui.practice.graph.backup_unit_lists import Scope, unit_page, whole_tenant
from m365backup_tui.practice.graph.odata import (
    LIST_OPTIONS,
    Query,
    context,
    read_body,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.guids import is_guid


def add_unit_routes(app: web.Application) -> None:
    """Register every unit path."""
    route = app.router.add_route
    route("GET", f"{ROOT}/protectionUnits", _list_units(None))
    for product in PRODUCTS:
        below = f"{ROOT}/{product.collection}/{{id}}/{product.unit_nav}"
        route("GET", below, _list_policy_units(product))
        route("GET", f"{below}/{{unit}}", _get_policy_unit(product))
        route("GET", f"{ROOT}/{product.unit_nav}", _list_units(product))
        route("GET", f"{ROOT}/{product.unit_nav}/{{unit}}", _get_unit(product))
        route("PATCH", f"{ROOT}/{product.unit_nav}/{{unit}}", _patch_unit(product))
        for prefix in ("graph.", "microsoft.graph."):
            cast = f"{ROOT}/protectionUnits/{prefix}{product.unit_type}"
            route("GET", cast, _list_units(product))
            one = f"{ROOT}/protectionUnits/{{unit}}/{prefix}{product.unit_type}"
            route("GET", one, _get_unit(product))
    one = f"{ROOT}/protectionUnits/{{unit}}"
    route("GET", one, _get_unit(None))
    route("POST", f"{one}/offboard", _act_on_unit(units.offboard))
    route("POST", f"{one}/cancelOffboard", _act_on_unit(units.cancel_offboard))


def _list_units(product: Product | None) -> Handler:
    properties = _properties(product)

    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, LIST_OPTIONS, properties), admit_reader(request)
        if product is not None:
            visit.require(product)
        scope = Scope((product,)) if product else whole_tenant(visit)
        what = product.unit_nav if product else "protectionUnits"
        return reply(unit_page(request, visit, query, scope, what))

    return handler


def _list_policy_units(product: Product) -> Handler:
    properties = _properties(product)

    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, LIST_OPTIONS, properties), admit_reader(request)
        policy = policy_of(visit, request, product)
        what = f"{product.collection}('{policy['id']}')/{product.unit_nav}"
        scope = Scope((product,), policy["id"])
        return reply(unit_page(request, visit, query, scope, what))

    return handler


def _properties(product: Product | None) -> frozenset[str]:
    return properties_of(*(one.unit_type for one in ((product,) if product else PRODUCTS)))


def _unit_of(visit: Visit, request: web.Request, product: Product | None) -> Record:
    key = request.match_info["unit"]
    if not is_guid(key):
        raise errors.unit_id_malformed(key)
    unit = units.find_unit(visit.world, key)
    if unit is None or (product is not None and unit["product"] != product.key):
        raise errors.unit_not_found(key)
    visit.require(product_of(unit))
    return unit


def _unit_reply(
    request: web.Request, visit: Visit, unit: Record, query: Query
) -> web.StreamResponse:
    what = "solutions/backupRestore/protectionUnits/$entity"
    shown = select(units.show_unit(visit.world, unit, visit.evolved), query)
    return reply({"@odata.context": context(request, what), **shown})


def _get_unit(product: Product | None) -> Handler:
    properties = _properties(product)

    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, {"$select"}, properties), admit_reader(request)
        return _unit_reply(request, visit, _unit_of(visit, request, product), query)

    return handler


def _get_policy_unit(product: Product) -> Handler:
    properties = _properties(product)

    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, {"$select"}, properties), admit_reader(request)
        policy, unit = policy_of(visit, request, product), _unit_of(visit, request, product)
        if unit["policy"] != policy["id"]:
            raise errors.unit_not_found(unit["id"])
        return _unit_reply(request, visit, unit, query)

    return handler


def _patch_unit(product: Product) -> Handler:
    # The page is written for beta's retention and billing properties, of which v1.0 has none
    # (graph.md §2.3, §14). Choice: a body without properties changes nothing and answers the unit,
    # any property is refused.
    async def handler(request: web.Request) -> web.StreamResponse:
        query = read_query(request)
        visit, body = admit_writer(request), await read_body(request)
        unit = _unit_of(visit, request, product)
        strange = sorted(set(body) - {"@odata.type", "id"})
        if strange or body.get("id", unit["id"]) != unit["id"]:
            name = strange[0] if strange else "id"
            raise errors.bad_request(f"The property '{name}' of a unit cannot be changed.")
        return _unit_reply(request, visit, unit, query)

    return handler


def _act_on_unit(action: Callable[[World, Record], None]) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        query = read_query(request)
        visit = admit_writer(request)
        await refuse_body(request)
        unit = _unit_of(visit, request, None)
        action(visit.world, unit)
        unit = _unit_of(visit, request, None)
        visit.world.touch(f"unit {unit['id']} {unit['status']}")
        return _unit_reply(request, visit, unit, query)

    return handler
