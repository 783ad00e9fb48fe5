"""ARM's answers about the tags of a subscription, a resource group or a resource."""

from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import groups, resources
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.kept import changing, part
from m365backup_tui.practice.arm.locks import refuse_locked
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.tags import merged, read_tags
from m365backup_tui.practice.arm.targets import require_target
from m365backup_tui.practice.errors import ArmError

_OPERATIONS = ("merge", "replace", "delete")


async def get_tags(call: Call) -> web.Response:
    """The tags of the scope."""
    require_target(call)
    return _answer(call, _tags(call))


async def put_tags(call: Call) -> web.Response:
    """Put exactly these tags in place."""
    require_target(call)
    return _set(call, read_tags(_given(await call.body())))


async def patch_tags(call: Call) -> web.Response:
    """Merge, Replace or Delete tags."""
    require_target(call)
    body = await call.body()
    operation = str(body.get("operation") or "").lower()
    if operation not in _OPERATIONS:
        raise ArmError(400, "InvalidRequestContent", "The operation is Merge, Replace or Delete.")
    return _set(call, merged(_tags(call), operation, read_tags(_given(body))))


async def delete_tags(call: Call) -> web.Response:
    """Take every tag away."""
    require_target(call)
    _set(call, {})
    return web.Response(status=200)


async def tag_names(call: Call) -> web.Response:
    """Every tag name in use in the subscription, with its values and how often they occur.

    choice: names are made by tagging; the older calls that make a bare name are left out.
    """
    sub = call.subscription.id
    read = "Microsoft.Resources/tags/read"
    found: dict[str, dict[str, int]] = {}
    for item in [*groups.all_groups(call.tenant, sub), *resources.listed(call.tenant, sub)]:
        for name, value in item["tags"].items():
            values = found.setdefault(name, {})
            values[value] = values.get(value, 0) + 1
    call.require_somewhere(read)
    return listing([_name_body(sub, name, found[name]) for name in sorted(found)])


def _name_body(sub: str, name: str, values: dict[str, int]) -> dict[str, Any]:
    identity = f"/subscriptions/{sub}/tagNames/{name}"
    return {
        "id": identity,
        "tagName": name,
        "count": {"type": "Total", "value": sum(values.values())},
        "values": [
            {
                "id": f"{identity}/tagValues/{value}",
                "tagValue": value,
                "count": {"type": "Total", "value": values[value]},
            }
            for value in sorted(values)
        ],
    }


def _given(body: dict[str, Any]) -> Any:
    properties = body.get("properties")
    if not isinstance(properties, dict) or "tags" not in properties:
        raise ArmError(400, "InvalidRequestContent", "The property 'tags' is required.")
    return properties["tags"]


def _tags(call: Call) -> dict[str, str]:
    sub, args = call.args["sub"].lower(), call.args
    found: dict[str, str]
    if "resource" in args:
        item = resources.resource_if_any(call.tenant, call.scope)
        found = item["tags"] if item else {}
    elif "group" in args:
        found = groups.find_group(call.tenant, sub, args["group"])["tags"]
    else:
        found = part(call.tenant, "subscription_tags").get(sub, {})
    return found


def _set(call: Call, tags: dict[str, str]) -> web.Response:
    refuse_locked(call.tenant, call.scope)
    sub, args = call.subscription, call.args
    if "resource" in args:
        resources.retag(call.tenant, call.scope, tags)
    elif "group" in args:
        groups.patch_group(call.tenant, sub, args["group"], {"tags": tags})
    else:
        changing(call.tenant, "subscription_tags", f"tags of {sub.name}")[sub.id] = tags
    return _answer(call, tags)


def _answer(call: Call, tags: dict[str, str]) -> web.Response:
    body = {
        "id": f"{call.scope}/providers/Microsoft.Resources/tags/default",
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": tags},
    }
    return web.json_response(body)
