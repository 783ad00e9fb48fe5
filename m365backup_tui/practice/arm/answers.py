"""ARM's answers about subscriptions, groups, providers and resources, each to a checked Call."""

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


async def subscriptions(call: Call) -> web.Response:
    """Subscriptions on which the caller has any role."""
    if call.tenant.scenarios.on("no-subscriptions"):
        return listing([])
    return listing([sub.body() for sub in SUBSCRIPTIONS if rbac.sees(call.persona, sub.id)])


async def subscription(call: Call) -> web.Response:
    """One subscription."""
    return web.json_response(subscription_of(call).body())


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
        "countryCode": "NO",
    }
    return listing([home])


async def locations(call: Call) -> web.Response:
    """Regions of the subscription."""
    sub = subscription_of(call)
    return listing([region.body(sub.id) for region in REGIONS])


async def list_groups(call: Call) -> web.Response:
    """Resource groups, PAGE at a time or `$top`."""
    sub = subscription_of(call)
    require_action(call, sub, "Microsoft.Resources/subscriptions/resourceGroups/read")
    found = groups.all_groups(call.tenant, sub.id)
    wanted = call.option("$filter")
    if wanted:
        found = _by_tag(found, wanted)
    return _paged(call, found)


async def get_group(call: Call) -> web.Response:
    """One resource group; HEAD answers 204 or 404 without a body."""
    sub = subscription_of(call)
    require_action(call, sub, "Microsoft.Resources/subscriptions/resourceGroups/read")
    found = groups.find_group(call.tenant, sub.id, call.args["group"])
    if call.request.method == "HEAD":
        return web.Response(status=204)
    return web.json_response(found)


async def put_group(call: Call) -> web.Response:
    """Create or update a resource group."""
    sub = subscription_of(call)
    require_action(call, sub, "Microsoft.Resources/subscriptions/resourceGroups/write")
    require_enabled(sub)
    group, new = groups.put_group(call.tenant, sub, call.args["group"], await call.body())
    return web.json_response(group, status=201 if new else 200)


async def list_providers(call: Call) -> web.Response:
    """Resource providers."""
    sub = subscription_of(call)
    return listing(providers.all_providers(call.tenant, sub.id))


async def get_provider(call: Call) -> web.Response:
    """One resource provider."""
    sub = subscription_of(call)
    return web.json_response(providers.find_provider(call.tenant, sub.id, call.args["namespace"]))


async def register_provider(call: Call) -> web.Response:
    """Start registering a resource provider."""
    sub = subscription_of(call)
    namespace = call.args["namespace"]
    require_action(call, sub, f"{namespace}/register/action")
    require_enabled(sub)
    providers.find_provider(call.tenant, sub.id, namespace)
    if namespace.lower() == providers.SYNTEX.lower():
        providers.register(call.tenant, sub)
    return web.json_response(providers.find_provider(call.tenant, sub.id, namespace))


async def list_resources(call: Call) -> web.Response:
    """Resources of the subscription, filtered by one resource type."""
    sub = subscription_of(call)
    require_action(call, sub, "Microsoft.Resources/subscriptions/resources/read")
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
    sub = subscription_of(call)
    kind = _kind(call, sub, "read")
    group = call.args.get("group")
    if group:
        groups.find_group(call.tenant, sub.id, group)
    found = resources.listed(call.tenant, sub.id, kind, group)
    return listing([_typed(item) for item in found])


async def get_syntex(call: Call) -> web.Response:
    """One Syntex resource."""
    sub = subscription_of(call)
    kind = _kind(call, sub, "read")
    args = call.args
    item = resources.find_resource(call.tenant, sub.id, args["group"], kind, args["name"])
    return web.json_response(_typed(item))


async def put_syntex(call: Call) -> web.Response:
    """Create or update a Syntex resource. It does not link the tenant (reference/azure.md §1.9)."""
    sub = subscription_of(call)
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
    sub = subscription_of(call)
    kind = _kind(call, sub, "delete")
    args = call.args
    gone = resources.delete_resource(call.tenant, sub.id, args["group"], kind, args["name"])
    return web.Response(status=200 if gone else 204)


def subscription_of(call: Call) -> Subscription:
    """The subscription of the path. Raises 403 or 404."""
    return find_subscription(call.tenant, call.persona, call.args["sub"])


def require_action(call: Call, sub: Subscription, action: str) -> None:
    """403 AuthorizationFailed, naming action and scope, unless the caller may."""
    scope = f"/subscriptions/{sub.id}"
    if "group" in call.args:
        scope += f"/resourceGroups/{call.args['group']}"
    require(call.persona, sub.id, action, scope)


def _kind(call: Call, sub: Subscription, verb: str) -> str:
    kind = resources.type_named(call.args["kind"])
    require_action(call, sub, f"{providers.SYNTEX}/{kind}/{verb}")
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


def listing(value: list[dict[str, Any]]) -> web.Response:
    """A list in one page."""
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
