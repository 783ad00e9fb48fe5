"""The answers of ARM's routes: each takes a checked Call and gives the response."""

import re
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from m365backup_tui.practice.arm import groups, providers, rbac, resources
from m365backup_tui.practice.arm.call import (
    Call,
    find_subscription,
    require,
    require_enabled,
)
from m365backup_tui.practice.arm.world import REGIONS, SUBSCRIPTIONS, Subscription
from m365backup_tui.practice.company_model import DISPLAY_NAME, DOMAIN, TENANT_ID
from m365backup_tui.practice.errors import ArmError

PAGE = 20
_TYPE_FILTER = re.compile(r"resourceType\s+eq\s+'([^']+)'", re.IGNORECASE)
_ASSIGNED = re.compile(r"(?:atScope\(\)\s+and\s+)?assignedTo\('([^']+)'\)", re.IGNORECASE)


async def subscriptions(call: Call) -> web.Response:
    """Subscriptions on which the caller has any role."""
    if call.tenant.scenarios.on("no-subscriptions"):
        return _list(call, [])
    return _list(call, [sub.body() for sub in SUBSCRIPTIONS if rbac.sees(call.persona, sub.id)])


async def subscription(call: Call) -> web.Response:
    """One subscription."""
    return web.json_response(_subscription(call).body())


async def tenants(call: Call) -> web.Response:
    """The one directory the caller belongs to."""
    home = {
        "id": f"/tenants/{TENANT_ID}",
        "tenantId": TENANT_ID,
        "displayName": DISPLAY_NAME,
        "defaultDomain": DOMAIN,
        "domains": [DOMAIN],
        "tenantCategory": "Home",
        "tenantType": "AAD",
        "countryCode": "NL",
    }
    return _list(call, [home])


async def locations(call: Call) -> web.Response:
    """Regions of the subscription."""
    sub = _subscription(call)
    return _list(call, [region.body(sub.id) for region in REGIONS])


async def list_groups(call: Call) -> web.Response:
    """Resource groups, PAGE at a time or `$top`."""
    sub = _subscription(call)
    _require(call, sub, "Microsoft.Resources/subscriptions/resourceGroups/read")
    found = groups.all_groups(call.tenant, sub.id)
    wanted = call.option("$filter")
    if wanted:
        found = _by_tag(found, wanted)
    return _paged(call, found)


async def get_group(call: Call) -> web.Response:
    """One resource group; HEAD answers 204 or 404 without a body."""
    sub = _subscription(call)
    _require(call, sub, "Microsoft.Resources/subscriptions/resourceGroups/read")
    found = groups.find_group(call.tenant, sub.id, call.args["group"])
    if call.request.method == "HEAD":
        return web.Response(status=204)
    return web.json_response(found)


async def put_group(call: Call) -> web.Response:
    """Create or update a resource group."""
    sub = _subscription(call)
    _require(call, sub, "Microsoft.Resources/subscriptions/resourceGroups/write")
    require_enabled(sub)
    group, new = groups.put_group(call.tenant, sub, call.args["group"], await call.body())
    return web.json_response(group, status=201 if new else 200)


async def list_providers(call: Call) -> web.Response:
    """Resource providers."""
    sub = _subscription(call)
    return _list(call, providers.all_providers(call.tenant, sub.id))


async def get_provider(call: Call) -> web.Response:
    """One resource provider."""
    sub = _subscription(call)
    return web.json_response(providers.find_provider(call.tenant, sub.id, call.args["namespace"]))


async def register_provider(call: Call) -> web.Response:
    """Start registering a resource provider."""
    sub = _subscription(call)
    namespace = call.args["namespace"]
    _require(call, sub, f"{namespace}/register/action")
    require_enabled(sub)
    providers.find_provider(call.tenant, sub.id, namespace)
    if namespace.lower() == providers.SYNTEX.lower():
        providers.register(call.tenant, sub)
    return web.json_response(providers.find_provider(call.tenant, sub.id, namespace))


async def permissions(call: Call) -> web.Response:
    """What the caller may do at the scope: subscription or resource group."""
    sub = _subscription(call)
    if "group" in call.args:
        groups.find_group(call.tenant, sub.id, call.args["group"])
    return _list(call, rbac.permissions(call.persona, sub.id))


async def role_assignments(call: Call) -> web.Response:
    """Role assignments: `assignedTo('{oid}')`, with or without `atScope()`, or `atScope()`."""
    sub = _subscription(call)
    _require(call, sub, "Microsoft.Authorization/roleAssignments/read")
    wanted = (call.option("$filter") or "").strip()
    named = _ASSIGNED.fullmatch(wanted)
    if named:
        return _list(call, rbac.assignments_of(named.group(1), sub.id))
    if wanted.lower() not in ("", "atscope()"):
        raise ArmError(400, "UnsupportedFilter", f"The filter '{wanted}' is not supported.")
    everyone = {
        item["id"]: item
        for user in call.tenant.company.users[:40]
        for item in rbac.assignments_of(user.id, sub.id)
    }
    return _list(call, list(everyone.values()))


async def role_definition(call: Call) -> web.Response:
    """One built-in role."""
    sub = _subscription(call)
    found = rbac.definition(sub.id, call.args["role"])
    if found is None:
        raise ArmError(
            404,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{call.args['role']}' does not exist.",
        )
    return web.json_response(found)


async def eligibilities(call: Call) -> web.Response:
    """PIM: what the caller may activate. Only `asTarget()` is offered."""
    sub = _subscription(call)
    wanted = (call.option("$filter") or "").replace(" ", "").lower()
    if wanted != "astarget()":
        raise ArmError(400, "UnsupportedFilter", "Only $filter=asTarget() is supported here.")
    return _list(call, rbac.eligibilities(call.persona, sub.id))


async def locks(call: Call) -> web.Response:
    """Locks of the subscription or of a resource group."""
    sub = _subscription(call)
    _require(call, sub, "Microsoft.Authorization/locks/read")
    if "group" in call.args:
        groups.find_group(call.tenant, sub.id, call.args["group"])
    return _list(call, groups.locks(sub.id, call.args.get("group")))


async def list_resources(call: Call) -> web.Response:
    """Resources of the subscription, filtered by one resource type."""
    sub = _subscription(call)
    _require(call, sub, "Microsoft.Resources/subscriptions/resources/read")
    wanted = (call.option("$filter") or "").strip()
    found = resources.listed(call.tenant, sub.id)
    if wanted:
        named = _TYPE_FILTER.fullmatch(wanted)
        if not named:
            # The code's name is general knowledge: UNVERIFIED.
            raise ArmError(
                400, "InvalidFilterInQueryString", f"The filter '{wanted}' is not supported."
            )
        found = [item for item in found if item["type"].lower() == named.group(1).lower()]
    expanded = {word.strip().lower() for word in (call.option("$expand") or "").split(",")}
    return _paged(call, [_generic(item, expanded) for item in found])


async def list_syntex(call: Call) -> web.Response:
    """The typed list of a subscription or resource group."""
    sub = _subscription(call)
    kind = _kind(call, sub, "read")
    group = call.args.get("group")
    if group:
        groups.find_group(call.tenant, sub.id, group)
    found = resources.listed(call.tenant, sub.id, kind, group)
    return _list(call, [_typed(item) for item in found])


async def get_syntex(call: Call) -> web.Response:
    """One Syntex resource."""
    sub = _subscription(call)
    kind = _kind(call, sub, "read")
    args = call.args
    item = resources.find_resource(call.tenant, sub.id, args["group"], kind, args["name"])
    return web.json_response(_typed(item))


async def put_syntex(call: Call) -> web.Response:
    """Create or update a Syntex resource. It does not link the tenant (reference/azure.md §1.9)."""
    sub = _subscription(call)
    kind = _kind(call, sub, "write")
    require_enabled(sub)
    args = call.args
    item, new = resources.put_resource(
        call.tenant, sub, args["group"], kind, args["name"], await call.body()
    )
    headers = {"Retry-After": "1"} if new else {}
    return web.json_response(_typed(item), status=201 if new else 200, headers=headers)


async def delete_syntex(call: Call) -> web.Response:
    """Delete a Syntex resource: 200, or 204 when there was none."""
    sub = _subscription(call)
    kind = _kind(call, sub, "delete")
    args = call.args
    gone = resources.delete_resource(call.tenant, sub.id, args["group"], kind, args["name"])
    return web.Response(status=200 if gone else 204)


def _subscription(call: Call) -> Subscription:
    return find_subscription(call.tenant, call.persona, call.args["sub"])


def _require(call: Call, sub: Subscription, action: str) -> None:
    require(call.persona, sub.id, action, call.path)


def _kind(call: Call, sub: Subscription, verb: str) -> str:
    kind = resources.type_named(call.args["kind"])
    _require(call, sub, f"{providers.SYNTEX}/{kind}/{verb}")
    version = call.option("api-version") or ""
    if version.lower() not in providers.TYPES[kind]:
        # The real service answers 400 NoRegisteredProviderFound: general knowledge, UNVERIFIED.
        raise ArmError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for type '{kind}' and API version "
            f"'{version}'. The supported api-versions are '{', '.join(providers.TYPES[kind])}'.",
        )
    return kind


def _generic(item: dict[str, Any], expanded: set[str]) -> dict[str, Any]:
    shown = {key: item[key] for key in ("id", "name", "type", "location", "tags")}
    for key in ("createdTime", "changedTime", "provisioningState"):
        if key.lower() in expanded:
            shown[key] = item[key]
    return shown


def _typed(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in ("id", "name", "type", "location", "tags", "properties")}


def _by_tag(found: list[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    tag = re.fullmatch(
        r"tagName\s+eq\s+'([^']+)'(?:\s+and\s+tagValue\s+eq\s+'([^']*)')?", wanted, re.IGNORECASE
    )
    if not tag:
        raise ArmError(
            400, "InvalidFilterInQueryString", f"The filter '{wanted}' is not supported."
        )
    name, value = tag.groups()
    return [
        group for group in found if name in group["tags"] and value in (None, group["tags"][name])
    ]


def _list(call: Call, value: list[dict[str, Any]]) -> web.Response:
    return web.json_response({"value": value})


def _paged(call: Call, value: list[dict[str, Any]]) -> web.Response:
    top = call.option("$top")
    if top is not None and (not top.isdigit() or int(top) < 1):
        raise ArmError(400, "InvalidTopInQueryString", f"$top '{top}' is not above nought.")
    size = min(int(top), PAGE) if top else PAGE
    token = call.option("$skiptoken") or "0"
    if not token.isdigit():
        raise ArmError(400, "InvalidSkipToken", "The $skiptoken was not issued here.")
    start = int(token)
    answer: dict[str, Any] = {"value": value[start : start + size]}
    if start + size < len(value):
        kept = [
            (key, text) for key, text in call.request.query.items() if key.lower() != "$skiptoken"
        ]
        query = urlencode([*kept, ("$skiptoken", str(start + size))])
        answer["nextLink"] = f"{call.tenant.base_url}{call.path}?{query}"
    return web.json_response(answer)
