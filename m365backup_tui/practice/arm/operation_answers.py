"""Where asynchronous operations are asked for: Location and Azure-AsyncOperation (azure.md §2.3)."""

from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import operations
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.resources import resource_if_any
from m365backup_tui.practice.errors import ArmError


def _found(call: Call) -> dict[str, Any]:
    return operations.find(call.tenant, call.subscription.id, call.args["name"])


async def result(call: Call) -> web.Response:
    """Behind Location: 202 until it is over, then 200, with the resource when there is one.

    An operation that ended badly answers with its error (409; the status is UNVERIFIED).
    """
    one = _found(call)
    if not operations.is_over(call.tenant, one):
        headers = operations.retry_after(call.tenant, one["due"])
        headers["Location"] = f"{call.tenant.base_url}{call.path}?api-version={call.version}"
        return web.Response(status=202, headers=headers)
    if one["end"] != "Succeeded":
        failure = operations.failure(one)
        raise ArmError(409, failure["code"], failure["message"])
    item = resource_if_any(call.tenant, one["target"])
    if item is None or one["verb"] == "delete":
        return web.Response(status=200)
    shown = ("id", "name", "type", "location", "tags", "properties")
    return web.json_response({key: item[key] for key in shown})


async def state(call: Call) -> web.Response:
    """Behind Azure-AsyncOperation: always 200, with the status in the body."""
    one = _found(call)
    over = operations.is_over(call.tenant, one)
    headers = {} if over else operations.retry_after(call.tenant, one["due"])
    body = operations.status(call.tenant, call.path, call.args["name"], one)
    return web.json_response(body, headers=headers)
