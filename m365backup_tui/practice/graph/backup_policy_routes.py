"""HTTP for protection policies (graph.md §2.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from m365backup_tui.practice.backup import errors, faults, policies
from m365backup_tui.practice.backup.patch import patch_policy
from m365backup_tui.practice.backup.products import PRODUCTS, Product
from m365backup_tui.practice.backup.world import Record, World, product_of
from m365backup_tui.practice.graph.backup_access import (
    Visit,
    admit_reader,
    admit_writer,
)
from m365backup_tui.practice.graph.backup_expand import expand
from m365backup_tui.practice.graph.backup_properties import properties_of
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
from m365backup_tui.practice.tenant import tenant_of

ROOT = "/v1.0/solutions/backupRestore"
# Which fields a backup list can be filtered and sorted by is UNVERIFIED (graph.md §6).
POLICY_FIELDS = frozenset({"id", "displayName", "status", "isEnabled", "createdDateTime"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_policy_routes(app: web.Application) -> None:
    """Register every policy path."""
    route = app.router.add_route
    route("GET", f"{ROOT}/protectionPolicies", _list_policies(None))
    route("GET", f"{ROOT}/protectionPolicies/{{id}}", _get_policy(None))
    route("DELETE", f"{ROOT}/protectionPolicies/{{id}}", _delete_policy(None))
    route("POST", f"{ROOT}/protectionPolicies/{{id}}/activate", _act(policies.activate))
    route("POST", f"{ROOT}/protectionPolicies/{{id}}/deactivate", _act(policies.deactivate))
    for product in PRODUCTS:
        path = f"{ROOT}/{product.collection}"
        route("GET", path, _list_policies(product))
        route("POST", path, _create_policy(product))
        route("GET", f"{path}/{{id}}", _get_policy(product))
        route("PATCH", f"{path}/{{id}}", _patch_policy(product))
        route("DELETE", f"{path}/{{id}}", _delete_policy(product))
        for prefix in ("graph.", "microsoft.graph."):
            cast = f"protectionPolicies/{{id}}/{prefix}{product.policy_type}"
            route("GET", f"{ROOT}/{cast}", _get_policy(product))
            route(
                "GET",
                f"{ROOT}/protectionPolicies/{prefix}{product.policy_type}",
                _list_policies(product),
            )


def policy_of(visit: Visit, request: web.Request, product: Product | None) -> Record:
    """The policy in the path, with the caller's role checked. Writers may find it deleted by
    somebody else (fault B21)."""
    if product is not None:
        visit.require(product)
    policy = policies.find_policy(visit.world, request.match_info["id"], product)
    visit.require(product_of(policy))
    if request.method != "GET":
        faults.deleted_by_another(visit.world, policy)
    return policy


def _properties(product: Product | None) -> frozenset[str]:
    return properties_of(*(one.policy_type for one in ((product,) if product else PRODUCTS)))


def _content_location(request: web.Request, policy: Record) -> dict[str, str]:
    base = tenant_of(request).base_url
    return {"Content-Location": f"{base}{ROOT}/ProtectionPolicies/{policy['id']}"}


def _list_policies(product: Product | None) -> Handler:
    properties = _properties(product)

    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, LIST_OPTIONS, properties), admit_reader(request)
        if product is not None:
            visit.require(product)
        counts = policies.count_units(visit.world)
        # The mixed list shows only what the caller's roles cover.
        records = [
            policies.show_policy(visit.world, one, counts[one["id"]])
            for one in policies.policies_of(visit.world, (product,) if product else visit.products)
        ]
        name = product.collection if product else "protectionPolicies"
        shown = shape(records, query, POLICY_FIELDS)
        what = f"solutions/backupRestore/{name}"
        return reply(page(request, what, shown, query))

    return handler


def _get_policy(product: Product | None) -> Handler:
    properties = _properties(product)

    async def handler(request: web.Request) -> web.StreamResponse:
        query = read_query(request, {"$select", "$expand"}, properties)
        visit = admit_reader(request)
        policy = policy_of(visit, request, product)
        shown = select(policies.show_policy(visit.world, policy), query)
        shown |= expand(request, visit, policy, query)
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
        await refuse_body(request)
        policy = policy_of(visit, request, None)
        action(visit.world, policy)
        shown = policies.show_policy(visit.world, policy)
        return reply(shown, 202, _content_location(request, policy))

    return handler


async def refuse_body(request: web.Request) -> None:
    """An action takes no parameters: anything but an empty body or object is a 400."""
    strange = sorted(await read_body(request))
    if strange:
        raise errors.bad_request(f"The parameter '{strange[0]}' does not exist.")
