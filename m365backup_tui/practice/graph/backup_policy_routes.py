"""HTTP for protection policies and protection units (graph.md §2.2, §2.3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from m365backup_tui.practice.graph import backup_errors as errors
from m365backup_tui.practice.graph import backup_policies as policies
from m365backup_tui.practice.graph import backup_units as units
from m365backup_tui.practice.graph.backup_access import Visit, admit_reader, admit_writer
from m365backup_tui.practice.graph.backup_patch import patch_policy
from m365backup_tui.practice.graph.backup_world import Record, World, product_of
from m365backup_tui.practice.graph.odata import (
    LIST_OPTIONS,
    context,
    no_content,
    page,
    read_body,
    read_query,
    reply,
    select,
    shape,
)
from m365backup_tui.practice.graph.products import PRODUCTS, Product
from m365backup_tui.practice.tenant import tenant_of

ROOT = "/v1.0/solutions/backupRestore"
# Page sizes and $top maxima of backup lists are UNVERIFIED (graph.md §17 C).
USUAL_PAGE, MOST_PAGE = 100, 999
# Which fields a backup list can be filtered and sorted by is UNVERIFIED (graph.md §6).
POLICY_FIELDS = frozenset({"id", "displayName", "status", "isEnabled", "createdDateTime"})
UNIT_FIELDS = frozenset(
    {
        "id",
        "policyId",
        "status",
        "directoryObjectId",
        "displayName",
        "email",
        "siteId",
        "siteName",
        "siteWebUrl",
        "createdDateTime",
        "lastModifiedDateTime",
    }
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_policy_routes(app: web.Application) -> None:
    """Register every policy and unit path."""
    route = app.router.add_route
    route("GET", f"{ROOT}/protectionPolicies", _list_policies(None))
    route("GET", f"{ROOT}/protectionPolicies/{{id}}", _get_policy(None))
    route("DELETE", f"{ROOT}/protectionPolicies/{{id}}", _delete_policy(None))
    route("POST", f"{ROOT}/protectionPolicies/{{id}}/activate", _act(policies.activate))
    route("POST", f"{ROOT}/protectionPolicies/{{id}}/deactivate", _act(policies.deactivate))
    route("GET", f"{ROOT}/protectionUnits", _list_units(None))
    for product in PRODUCTS:
        path = f"{ROOT}/{product.collection}"
        route("GET", path, _list_policies(product))
        route("POST", path, _create_policy(product))
        route("GET", f"{path}/{{id}}", _get_policy(product))
        route("PATCH", f"{path}/{{id}}", _patch_policy(product))
        route("DELETE", f"{path}/{{id}}", _delete_policy(product))
        route("GET", f"{path}/{{id}}/{product.unit_nav}", _list_policy_units(product))
        route("GET", f"{path}/{{id}}/{product.unit_nav}/{{unit}}", _get_policy_unit(product))
        route("GET", f"{ROOT}/{product.unit_nav}", _list_units(product))
        route("GET", f"{ROOT}/{product.unit_nav}/{{unit}}", _get_unit(product))
        for prefix in ("graph.", "microsoft.graph."):
            cast = f"{ROOT}/protectionUnits/{prefix}{product.unit_type}"
            route("GET", cast, _list_units(product))
            one = f"{ROOT}/protectionUnits/{{unit}}/{prefix}{product.unit_type}"
            route("GET", one, _get_unit(product))
    route("GET", f"{ROOT}/protectionUnits/{{unit}}", _get_unit(None))
    route("POST", f"{ROOT}/protectionUnits/{{unit}}/offboard", _act_on_unit(units.offboard))
    route(
        "POST",
        f"{ROOT}/protectionUnits/{{unit}}/cancelOffboard",
        _act_on_unit(units.cancel_offboard),
    )


def policy_of(visit: Visit, request: web.Request, product: Product | None) -> Record:
    """The policy in the path, with the caller's role checked."""
    if product is not None:
        visit.require(product)
    policy = policies.find_policy(visit.world, request.match_info["id"], product)
    visit.require(product_of(policy))
    return policy


def _content_location(request: web.Request, policy: Record) -> dict[str, str]:
    base = tenant_of(request).base_url
    return {"Content-Location": f"{base}{ROOT}/ProtectionPolicies/{policy['id']}"}


def _list_policies(product: Product | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, LIST_OPTIONS), admit_reader(request)
        if product is not None:
            visit.require(product)
        # The mixed list shows only what the caller's roles cover.
        seen = {product.key} if product else {one.key for one in visit.products}
        records = [
            policies.show_policy(visit.world, one)
            for one in visit.world.table("policies").values()
            if one["product"] in seen
        ]
        name = product.collection if product else "protectionPolicies"
        shown = shape(records, query, POLICY_FIELDS)
        what = f"solutions/backupRestore/{name}"
        return reply(page(request, what, shown, query, USUAL_PAGE, MOST_PAGE))

    return handler


def _get_policy(product: Product | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, {"$select"}), admit_reader(request)
        policy = policy_of(visit, request, product)
        shown = select(policies.show_policy(visit.world, policy), query)
        what = "solutions/backupRestore/protectionPolicies/$entity"
        return reply({"@odata.context": context(request, what), **shown})

    return handler


def _create_policy(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit, body = admit_writer(request), await read_body(request)
        visit.require(product)
        policy = policies.create_policy(visit.world, product, body)
        what = f"solutions/backupRestore/{product.collection}/$entity"
        shown = {
            "@odata.context": context(request, what),
            **policies.show_policy(visit.world, policy),
        }
        return reply(shown, 201, _content_location(request, policy))

    return handler


def _patch_policy(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit, body = admit_writer(request), await read_body(request)
        policy = policy_of(visit, request, product)
        return reply(patch_policy(visit.world, policy, body, visit.evolved))

    return handler


def _delete_policy(product: Product | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit = admit_writer(request)
        policies.delete_policy(visit.world, policy_of(visit, request, product))
        return no_content()

    return handler


def _act(action: Callable[[World, Record], None]) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit = admit_writer(request)
        policy = policy_of(visit, request, None)
        action(visit.world, policy)
        shown = policies.show_policy(visit.world, policy)
        return reply(shown, 202, _content_location(request, policy))

    return handler


def _show_units(
    request: web.Request, visit: Visit, records: list[Record], what: str
) -> web.StreamResponse:
    query = read_query(request, LIST_OPTIONS)
    # Showing a unit is dear; without filter or order only the page's own units need it, but the
    # practice tenant's lists are short enough to show them all.
    shown = [units.show_unit(visit.world, unit, visit.evolved) for unit in records]
    shown = shape(shown, query, UNIT_FIELDS)
    return reply(
        page(request, f"solutions/backupRestore/{what}", shown, query, USUAL_PAGE, MOST_PAGE)
    )


def _list_units(product: Product | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request, LIST_OPTIONS)
        visit = admit_reader(request)
        if product is not None:
            visit.require(product)
        seen = {product.key} if product else {one.key for one in visit.products}
        records = [unit for unit in visit.world.table("units").values() if unit["product"] in seen]
        return _show_units(
            request, visit, records, product.unit_nav if product else "protectionUnits"
        )

    return handler


def _list_policy_units(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request, LIST_OPTIONS)
        visit = admit_reader(request)
        policy = policy_of(visit, request, product)
        records = visit.world.units_of(policy["id"])
        what = f"{product.collection}('{policy['id']}')/{product.unit_nav}"
        return _show_units(request, visit, records, what)

    return handler


def _unit_of(visit: Visit, request: web.Request, product: Product | None) -> Record:
    key = request.match_info["unit"]
    if not policies.is_guid(key):
        raise errors.unit_id_malformed(key)
    unit = visit.world.table("units").get(key.lower())
    if unit is None or (product is not None and unit["product"] != product.key):
        raise errors.unit_not_found(key)
    visit.require(product_of(unit))
    return unit


def _unit_reply(request: web.Request, visit: Visit, unit: Record) -> web.StreamResponse:
    what = "solutions/backupRestore/protectionUnits/$entity"
    shown = units.show_unit(visit.world, unit, visit.evolved)
    return reply({"@odata.context": context(request, what), **shown})


def _get_unit(product: Product | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request, {"$select"})
        visit = admit_reader(request)
        return _unit_reply(request, visit, _unit_of(visit, request, product))

    return handler


def _get_policy_unit(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request, {"$select"})
        visit = admit_reader(request)
        policy, unit = policy_of(visit, request, product), _unit_of(visit, request, product)
        if unit["policy"] != policy["id"]:
            raise errors.unit_not_found(unit["id"])
        return _unit_reply(request, visit, unit)

    return handler


def _act_on_unit(action: Callable[[World, Record], None]) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit = admit_writer(request)
        unit = _unit_of(visit, request, None)
        action(visit.world, unit)
        visit.world.touch(f"unit {unit['id']} {unit['status']}")
        return _unit_reply(request, visit, unit)

    return handler
