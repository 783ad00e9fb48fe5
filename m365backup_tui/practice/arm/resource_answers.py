"""ARM's answers about resources: the general lists, the typed lists, and one resource by its id."""

from datetime import timedelta
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import operations, resources
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.groups import find_group
from m365backup_tui.practice.arm.kinds import Kind, Way, kind_named
from m365backup_tui.practice.arm.paging import listing, paged
from m365backup_tui.practice.arm.resource_filter import resource_test
from m365backup_tui.practice.arm.versions import check_type_version

_EXPANDABLE = ("createdTime", "changedTime", "provisioningState")


def _kind(call: Call, verb: str, scope: str | None = None) -> Kind:
    """The type of the path, once the caller is known to have the type's action and a good version."""
    call.require(f"{call.args['namespace']}/{call.args['kind']}/{verb}", scope)
    kind = kind_named(call.args["namespace"], call.args["kind"])
    check_type_version(kind, call.version)
    return kind


async def list_resources(call: Call) -> web.Response:
    """Resources of a subscription or group that the caller may read."""
    sub, group = call.subscription, call.args.get("group")
    if group:
        call.require("Microsoft.Resources/subscriptions/resourceGroups/read")
        find_group(call.tenant, sub.id, group)
    found = _readable(call, resources.listed(call.tenant, sub.id, group=group))
    wanted = call.option("$filter")
    if wanted:
        test = resource_test(wanted)
        found = [item for item in found if test(item)]
    expanded = {word.strip().lower() for word in (call.option("$expand") or "").split(",")}
    return paged(call, [_general(item, expanded) for item in found])


async def list_typed(call: Call) -> web.Response:
    """The typed list of a subscription or resource group, of what the caller may read."""
    sub, group = call.subscription, call.args.get("group")
    kind = kind_named(call.args["namespace"], call.args["kind"])
    check_type_version(kind, call.version)
    call.require_somewhere(f"{kind.full}/read")
    if group:
        find_group(call.tenant, sub.id, group)
    found = _readable(call, resources.listed(call.tenant, sub.id, kind, group))
    return listing([_typed(item) for item in found])


def _readable(call: Call, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in found if call.may(f"{item['type']}/read", item["id"])]


async def get_resource(call: Call) -> web.Response:
    """One resource; HEAD answers 204 or 404 without a body."""
    kind = _kind(call, "read")
    args = call.args
    item = resources.find_resource(
        call.tenant, call.subscription.id, args["group"], kind, args["resource"]
    )
    if call.request.method == "HEAD":
        return web.Response(status=204)
    return web.json_response(_typed(item))


async def put_resource(call: Call) -> web.Response:
    """Create or replace a resource. It never links the tenant to Azure (reference/azure.md §1.9)."""
    kind = _kind(call, "write")
    args, body = call.args, await call.body()
    sub = call.subscription
    item, new = resources.put_resource(
        call.tenant, sub, args["group"], kind, args["resource"], body
    )
    due = call.tenant.data["arm"]["resources"][item["id"].lower()]["ready"]
    if kind.way in (Way.BODY, Way.AT_ONCE):
        headers = operations.retry_after(call.tenant, due) if new and kind.way is Way.BODY else {}
        return web.json_response(_typed(item), status=201 if new else 200, headers=headers)
    end = call.tenant.data["arm"]["resources"][item["id"].lower()]["end"]
    headers = _started(call, kind, item, "write", due, end)
    if kind.way is Way.LOCATION:
        return web.Response(status=202, headers=headers)
    return web.json_response(_typed(item), status=201 if new else 200, headers=headers)


async def patch_resource(call: Call) -> web.Response:
    """Change tags and what else the type lets change."""
    kind = _kind(call, "write")
    args, body = call.args, await call.body()
    item = resources.patch_resource(
        call.tenant, call.subscription, args["group"], kind, args["resource"], body
    )
    return web.json_response(_typed(item))


async def delete_resource(call: Call) -> web.Response:
    """Delete: 200 or, asynchronously, 202; 204 when there was none."""
    kind = _kind(call, "delete")
    args, sub = call.args, call.subscription
    waits = kind.way in (Way.LOCATION, Way.OPERATION)
    gone = resources.delete_resource(
        call.tenant,
        sub.id,
        args["group"],
        kind,
        args["resource"],
        resources.DELETING if waits else timedelta(0),
    )
    if gone is None:
        return web.Response(status=204)
    if not waits:
        return web.Response(status=200)
    headers = _started(call, kind, gone, "delete", gone["gone"], "Succeeded")
    return web.Response(status=202, headers=headers)


def _started(
    call: Call, kind: Kind, item: dict[str, Any], verb: str, due: str, end: str
) -> dict[str, str]:
    """Start the operation; the headers that say where its end can be asked for."""
    sub = call.args["sub"].lower()
    name = operations.start(call.tenant, sub, item["id"], verb, due, end)
    root = f"{call.tenant.base_url}/subscriptions/{sub}/providers/{kind.namespace}"
    place = f"{root}/locations/{item['location']}"
    query = f"?api-version={call.version}"
    if kind.way is Way.OPERATION:
        headers = {"Azure-AsyncOperation": f"{place}/operationStatuses/{name}{query}"}
    else:
        headers = {"Location": f"{place}/operationResults/{name}{query}"}
    return headers | operations.retry_after(call.tenant, due)


def _general(item: dict[str, Any], expanded: set[str]) -> dict[str, Any]:
    shown = {key: item[key] for key in ("id", "name", "type", "location", "tags")}
    return shown | {key: item[key] for key in _EXPANDABLE if key.lower() in expanded}


def _typed(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in ("id", "name", "type", "location", "tags", "properties")}
