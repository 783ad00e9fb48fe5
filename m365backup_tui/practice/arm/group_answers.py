"""ARM's answers about resource groups."""

import re
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import groups, operations
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.faulty import struck
from m365backup_tui.practice.arm.paging import paged
from m365backup_tui.practice.arm.world import region_named
from m365backup_tui.practice.errors import ArmError

READ = "Microsoft.Resources/subscriptions/resourceGroups/read"
_TAG_FILTER = re.compile(
    r"tagName\s+eq\s+'([^']+)'(?:\s+and\s+tagValue\s+eq\s+'([^']*)')?", re.IGNORECASE
)


async def list_groups(call: Call) -> web.Response:
    """Resource groups that the caller may read, a page at a time."""
    found = [
        group
        for group in groups.all_groups(call.tenant, call.subscription.id)
        if call.may(READ, group["id"])
    ]
    wanted = call.option("$filter")
    if wanted:
        found = _by_tag(found, wanted)
    return paged(call, found)


async def get_group(call: Call) -> web.Response:
    """One resource group; HEAD answers 204 or 404 without a body."""
    found = groups.find_group(call.tenant, call.subscription.id, call.args["group"])
    if call.request.method == "HEAD":
        return web.Response(status=204)
    return web.json_response(found)


async def put_group(call: Call) -> web.Response:
    """Create or update a resource group; the fault Z6 puts another one in the way."""
    body = await call.body()
    fault = struck(call.tenant, "Z6")
    if fault is not None:
        raise _in_the_way(call.args["group"], body, fault)
    group, new = groups.put_group(call.tenant, call.subscription, call.args["group"], body)
    return web.json_response(group, status=201 if new else 200)


def _in_the_way(name: str, body: dict[str, Any], fault: dict[str, Any]) -> ArmError:
    if fault.get("variant") == "deleting":
        return groups.being_deleted(name)
    wanted = region_named(str(body.get("location"))) or region_named("westeurope")
    named = region_named(str(fault.get("region") or ""))
    elsewhere = "northeurope" if wanted and wanted.name != "northeurope" else "uksouth"
    there = named.name if named else elsewhere
    return groups.located_elsewhere(wanted.name if wanted else "", there)


async def patch_group(call: Call) -> web.Response:
    """Replace a group's tags."""
    sub = call.subscription
    body = await call.body()
    return web.json_response(groups.patch_group(call.tenant, sub, call.args["group"], body))


async def delete_group(call: Call) -> web.Response:
    """Begin to delete a group: 202 and a Location to ask until it answers 200."""
    sub = call.subscription
    operation, due = groups.delete_group(call.tenant, sub, call.args["group"])
    where = f"/subscriptions/{sub.id}/operationresults/{operation}"
    headers = {
        "Location": f"{call.tenant.base_url}{where}?api-version={call.version}",
        **operations.retry_after(call.tenant, due),
    }
    return web.Response(status=202, headers=headers)


def _by_tag(found: list[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    tag = _TAG_FILTER.fullmatch(wanted.strip())
    if not tag:
        raise ArmError(
            400, "InvalidFilterInQueryString", f"The filter '{wanted}' is not supported."
        )
    name, value = tag.groups()
    return [group for group in found if _has_tag(group["tags"], name, value)]


def _has_tag(tags: dict[str, str], name: str, value: str | None) -> bool:
    held = {key.lower(): text for key, text in tags.items()}
    return name.lower() in held and value in (None, held[name.lower()])
