"""HTTP for the organisation itself: /organization and /subscribedSkus."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.company import names as words
from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.directory_scopes import READ_ORGANIZATION, READ_SKUS
from m365backup_tui.practice.graph.odata import context, page, read_query, reply, select
from m365backup_tui.practice.tenant import Tenant, tenant_of


def add_organization_routes(app: web.Application) -> None:
    """Register both."""
    app.router.add_route("GET", "/v1.0/organization", _list)
    app.router.add_route("GET", "/v1.0/organization/{id}", _get)
    app.router.add_route("GET", "/v1.0/subscribedSkus", _skus)


def _shown(tenant: Tenant) -> dict[str, object]:
    company = tenant.company
    domains = ((company.domain, True), (company.mail_domain, False))
    return {
        "id": company.tenant_id,
        "displayName": company.display_name,
        "tenantType": "AAD",
        "countryLetterCode": "NO",
        "preferredLanguage": "en",
        "createdDateTime": "2019-02-04T09:00:00Z",
        "verifiedDomains": [
            {
                "name": name,
                "isInitial": initial,
                "isDefault": not initial,
                "type": "Managed",
                "capabilities": "Email, OfficeCommunicationsOnline",
            }
            for name, initial in domains
        ],
    }


async def _list(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ORGANIZATION)
    query = read_query(request, {"$select"})
    return reply(page(request, "organization", [_shown(tenant_of(request))], query))


async def _get(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ORGANIZATION)
    query, shown = read_query(request, {"$select"}), _shown(tenant_of(request))
    if request.match_info["id"].lower() != shown["id"]:
        raise GraphError(404, "Request_ResourceNotFound", "There is no such organization.")
    return reply(
        {"@odata.context": context(request, "organization/$entity"), **select(shown, query)}
    )


async def _skus(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_SKUS)
    query, company = read_query(request, {"$select"}), tenant_of(request).company
    items = []
    for part, sku, _ in words.SKUS:
        used = company.count("SELECT count(*) FROM company.person WHERE sku_id = ?", (sku,))
        items.append(
            {
                "id": f"{company.tenant_id}_{sku}",
                "accountId": company.tenant_id,
                "accountName": company.domain.split(".")[0],
                "skuId": sku,
                "skuPartNumber": part,
                "appliesTo": "User",
                "capabilityStatus": "Enabled",
                "consumedUnits": used,
                "prepaidUnits": {
                    "enabled": used + 25,
                    "suspended": 0,
                    "warning": 0,
                    "lockedOut": 0,
                },
                "servicePlans": [
                    {
                        "servicePlanId": everywhere("plan", part, name),
                        "servicePlanName": name,
                        "provisioningStatus": "Success",
                        "appliesTo": "User",
                    }
                    for name in ("EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE")
                ],
            }
        )
    return reply(page(request, "subscribedSkus", items, query))
