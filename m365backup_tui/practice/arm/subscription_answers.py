"""ARM's answers about subscriptions, tenants, regions and reserved names."""

from aiohttp import web

from m365backup_tui.practice.arm.access import sees
from m365backup_tui.practice.arm.call import Call, as_it_stands, none_visible
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.world import LOGICAL, REGIONS, logical_body, subscriptions_of
from m365backup_tui.practice.errors import ArmError

# Reserved words of resource names are general knowledge: UNVERIFIED.
_RESERVED_ANYWHERE = ("microsoft", "windows")
_RESERVED_AT_THE_START = ("login",)
_RESERVED_WHOLE = ("azure", "office", "office365", "onedrive", "sharepoint", "skype", "xbox")


async def subscriptions(call: Call) -> web.Response:
    """Subscriptions on which, or on a part of which, the caller has a role."""
    if none_visible(call.tenant):
        return listing([])
    return listing(
        [
            as_it_stands(call.tenant, sub).body()
            for sub in subscriptions_of(call.tenant.identity)
            if sees(call.tenant, call.oid, sub.id)
        ]
    )


async def subscription(call: Call) -> web.Response:
    """One subscription."""
    return web.json_response(call.subscription.body())


async def tenants(call: Call) -> web.Response:
    """The one directory the caller belongs to."""
    company = call.tenant.identity
    home = {
        "id": f"/tenants/{company.tenant_id}",
        "tenantId": company.tenant_id,
        "displayName": company.display_name,
        "defaultDomain": company.domain,
        "domains": [company.domain],
        "tenantCategory": "Home",
        "tenantType": "AAD",
        "countryCode": "NO",
    }
    return listing([home])


async def locations(call: Call) -> web.Response:
    """Regions of the subscription."""
    call.require_somewhere("Microsoft.Resources/subscriptions/locations/read")
    sub = call.args["sub"].lower()
    physical = [region.body(sub) for region in REGIONS]
    return listing(physical + [logical_body(sub, name) for name in LOGICAL])


async def check_resource_name(call: Call) -> web.Response:
    """Whether Azure keeps a name for itself. Raises 400 ReservedResourceName (azure.md §2.2)."""
    body = await call.body()
    name, kind = body.get("name"), body.get("type")
    if not isinstance(name, str) or not name or not isinstance(kind, str) or "/" not in kind:
        raise ArmError(400, "InvalidRequestContent", "A name and a type are required.")
    low = name.lower()
    if (
        low in _RESERVED_WHOLE
        or low.startswith(_RESERVED_AT_THE_START)
        or any(word in low for word in _RESERVED_ANYWHERE)
    ):
        raise ArmError(
            400,
            "ReservedResourceName",
            f"The resource name '{name}' or a part of the name is a trademarked or reserved word.",
            target=name,
        )
    return web.json_response({"name": name, "type": kind, "status": "Allowed"})
