"""HTTP for sites: search by keyword, by URL path, by composite or collection id (graph.md §12)."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.company import Company, Site
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import context, page, read_query, reply, select
from m365backup_tui.practice.tenant import Tenant, tenant_of

READ_SITES = (
    "Sites.Read.All",
    "Sites.ReadWrite.All",
    "Sites.Manage.All",
    "Sites.FullControl.All",
)
# The page size of a site search is UNVERIFIED.
USUAL_PAGE, MOST_PAGE = 100, 999


def add_site_routes(app: web.Application) -> None:
    """Register /sites. The key may hold slashes, written plainly or as %2F."""
    app.router.add_route("GET", "/v1.0/sites", _search)
    app.router.add_route("GET", "/v1.0/sites/{key:.+}", _get_site)


def show_site(site: Site) -> Record:
    """A site as Graph shows it."""
    moved = site.last_activity or site.created
    return {
        "id": site.id,
        "name": site.web_url.rsplit("/", 1)[-1],
        "displayName": site.name,
        "webUrl": site.web_url,
        "createdDateTime": f"{site.created.isoformat()}T08:00:00Z",
        "lastModifiedDateTime": f"{moved.isoformat()}T12:00:00Z",
        "siteCollection": {"hostname": site.id.split(",")[0]},
        "root": {},
    }


def _may_open(tenant: Tenant, who: Caller, site: Site) -> bool:
    """A delegated call sees what the person may open (graph.md §12). Which sites those are is the practice tenant's
    own choice: all, or with the scenario `sites-closed` no private channel's but one's own."""
    if site.template != "Private Channel" or not tenant.scenarios.on("sites-closed"):
        return True
    return site.owner_upn.lower() == who.persona.upn.lower()


async def _search(request: web.Request) -> web.StreamResponse:
    who, tenant = caller(request), tenant_of(request)
    require_scopes(who, *READ_SITES)
    # The pages say search=, the SDK sends $search=; both are read as the same option.
    query = read_query(request, {"$search", "$select", "$top", "$skiptoken", "$filter"})
    company = tenant.company
    term, clause = query.get("$search"), query.get("$filter")
    if clause is not None and term is None:
        if clause.strip() != "siteCollection/root ne null":
            raise GraphError(400, "invalidRequest", f"Invalid filter clause: {clause}")
        found = [company.home_site()]
    elif term is None or not term.strip('"').strip():
        # All sites of the tenant are not for delegated callers (site-list page). Answer UNVERIFIED.
        raise GraphError(
            400, "invalidRequest", "Listing every site is not supported for signed-in users."
        )
    else:
        found = _matching(company, term)
    shown = [show_site(site) for site in found if _may_open(tenant, who, site)]
    return reply(page(request, "sites", shown, query, USUAL_PAGE, MOST_PAGE))


def _matching(company: Company, term: str) -> list[Site]:
    words = term.strip('"').lower().split()
    if words == ["*"]:
        return list(company.sites())
    return [
        site
        for site in company.sites()
        if all(word.rstrip("*") in f"{site.name} {site.web_url}".lower() for word in words)
    ]


async def _get_site(request: web.Request) -> web.StreamResponse:
    who, tenant = caller(request), tenant_of(request)
    require_scopes(who, *READ_SITES)
    query, key = read_query(request, {"$select"}), request.match_info["key"]
    if key.lower().startswith("getallsites"):
        raise GraphError(403, "accessDenied", "getAllSites is for applications only.")
    site = _find(tenant.company, key)
    if site is None:
        raise GraphError(404, "itemNotFound", "Requested site could not be found.")
    if not _may_open(tenant, who, site):  # status and code UNVERIFIED
        raise GraphError(403, "accessDenied", "Access denied.")
    shown = select(show_site(site), query)
    return reply({"@odata.context": context(request, "sites/$entity"), **shown})


def _find(company: Company, key: str) -> Site | None:
    if key.lower() in ("root", company.sharepoint_host):
        return company.home_site()
    if ":" in key:
        host, _, path = key.partition(":")
        return company.site_by_url(f"https://{host}{path}".lower().rstrip("/"))
    return company.site(key.lower())
