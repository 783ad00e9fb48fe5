"""HTTP for sites: search by keyword, by URL path, by composite or collection id (graph.md §12)."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.company.lookups import Company, site_of
from m365backup_tui.practice.company.model import Site
from m365backup_tui.practice.company.tables import SITE_COLUMNS
from m365backup_tui.practice.company.words import asked_words
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.directory_scopes import READ_SITES
from m365backup_tui.practice.graph.filter_sql import Where
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import (
    Query,
    context,
    page,
    page_from,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.graph.search_sql import combined, find_word
from m365backup_tui.practice.tenant import Tenant, tenant_of

_COLUMNS = ",".join(f"o.{name}" for name in SITE_COLUMNS)


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


def _may_open(tenant: Tenant, who: Caller) -> Where:
    """Which sites `o` a delegated call sees: those that the person may open (graph.md §12). Which
    those are is a choice: all, or with the scenario `sites-closed` no private channel's but one's
    own."""
    if not tenant.scenarios.on("sites-closed"):
        return Where("1")
    return Where("(o.template <> 'Private Channel' OR o.owner_upn = ?)", (who.persona.upn,))


async def _search(request: web.Request) -> web.StreamResponse:
    who, tenant = caller(request), tenant_of(request)
    require_scopes(who, *READ_SITES)
    # The pages say search=, the SDK sends $search=; both are read as the same option.
    query = read_query(request, {"$search", "$select", "$top", "$skiptoken", "$filter"})
    term, clause = query.get("$search"), query.get("$filter")
    if clause is not None and term is None:
        if clause.strip().lower() != "sitecollection/root ne null":
            raise GraphError(400, "invalidRequest", f"Invalid filter clause: {clause}")
        home = [show_site(tenant.company.home_site())]
        return reply(page(request, "sites", home, query))
    if clause is not None:
        raise GraphError(400, "invalidRequest", "A search cannot be filtered.")
    if term is None or not term.strip('" ').strip():
        # All sites of the tenant are not for delegated callers (site-list page). Answer UNVERIFIED.
        raise GraphError(
            400, "invalidRequest", "Listing every site is not supported for signed-in users."
        )
    return reply(_found(request, tenant.company, query, term, _may_open(tenant, who)))


def _found(
    request: web.Request, company: Company, query: Query, term: str, allowed: Where
) -> Record:
    """A page of the sites that hold every word of the term, each from the beginning of a word of
    name or address: choice, the pages say no more than "keyword". A lone * finds every site."""
    source, at = Where("company.site o"), "o.row"
    if term.strip('" ') != "*":
        words = [find_word(company.db, "site_word", word) for word in sorted(asked_words(term))]
        found = combined("INTERSECT", words) if words else Where("SELECT 0 AS row")
        at, sql = "f.row", f"({found.sql}) f CROSS JOIN company.site o ON o.row = f.row"
        source = Where(sql, found.values)

    def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
            raise ValueError(after)
        rows = company.db.execute(
            f"SELECT {_COLUMNS}, o.row FROM {source.sql} WHERE {allowed.sql} AND {at} > ? "  # noqa: S608
            f"ORDER BY {at} LIMIT ?",
            (*source.values, *allowed.values, int(after or 0), limit),
        ).fetchall()
        return [(str(row[-1]), show_site(site_of(row))) for row in rows]

    return page_from(request, "sites", query, fetch)


async def _get_site(request: web.Request) -> web.StreamResponse:
    who, tenant = caller(request), tenant_of(request)
    require_scopes(who, *READ_SITES)
    query, key = read_query(request, {"$select"}), request.match_info["key"]
    if key.lower().startswith("getallsites"):
        raise GraphError(403, "accessDenied", "getAllSites is for applications only.")
    site = _find(tenant.company, key)
    if site is None:
        raise GraphError(404, "itemNotFound", "Requested site could not be found.")
    if not _is_open(tenant, who, site):  # status and code UNVERIFIED
        raise GraphError(403, "accessDenied", "Access denied.")
    shown = select(show_site(site), query)
    return reply({"@odata.context": context(request, "sites/$entity"), **shown})


def _is_open(tenant: Tenant, who: Caller, site: Site) -> bool:
    allowed = _may_open(tenant, who)
    found = tenant.company.db.execute(
        f"SELECT 1 FROM company.site o WHERE o.id = ? AND {allowed.sql}",  # noqa: S608
        (site.id, *allowed.values),
    )
    return found.fetchone() is not None


def _find(company: Company, key: str) -> Site | None:
    if key.lower() in ("root", company.sharepoint_host):
        return company.home_site()
    if ":" in key:
        host, _, path = key.partition(":")
        return company.site_by_url(f"https://{host}{path}")
    return company.site(key)
