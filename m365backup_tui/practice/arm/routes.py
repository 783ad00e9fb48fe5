"""ARM's table of routes, and the way from a raw request to one of them.

Paths are matched without regard to case, doubled slashes are tolerated, and api-version is demanded
and checked (reference/azure.md §4.5).
"""

import re

from aiohttp import web

from m365backup_tui.practice.arm import access_answers, answers
from m365backup_tui.practice.arm.call import Call, Route, route
from m365backup_tui.practice.auth import caller
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import tenant_of

# Versions seen on the wire (reference/azure.md §4.5), newest first, and the usual older ones.
_RESOURCES = ("2025-04-01", "2024-11-01", "2022-09-01", "2021-04-01", "2020-06-01", "2016-02-01")
_SUBSCRIPTIONS = ("2022-12-01", "2022-09-01", "2021-01-01", "2020-01-01", "2019-11-01")
_AUTHORIZATION = ("2022-04-01", "2018-07-01", "2015-07-01")
_DEFINITIONS = ("2022-05-01-preview", "2022-04-01", "2018-01-01-preview")
_PIM = ("2020-10-01", "2020-10-01-preview")
_LOCKS = ("2020-05-01", "2016-09-01")
_SYNTEX = ("2023-01-04-preview", "2022-09-15-preview", "2022-06-15-preview", "2021-10-20-preview")

_SUB = "/subscriptions/{sub}"
_GROUP = "/subscriptions/{sub}/resourcegroups/{group}"
_AUTH = "/providers/Microsoft\\.Authorization"
_KIND = "/providers/Microsoft\\.Syntex/{kind}"

ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions", _SUBSCRIPTIONS, answers.subscriptions),
    route("GET", "/tenants", _SUBSCRIPTIONS, answers.tenants),
    route("GET", _SUB, _SUBSCRIPTIONS, answers.subscription),
    route("GET", f"{_SUB}/locations", _SUBSCRIPTIONS, answers.locations),
    route(
        "GET",
        f"{_SUB}/resourcegroups",
        _RESOURCES,
        answers.list_groups,
        ("$filter", "$top", "$skiptoken"),
    ),
    route("GET", _GROUP, _RESOURCES, answers.get_group),
    route("HEAD", _GROUP, _RESOURCES, answers.get_group),
    route("PUT", _GROUP, _RESOURCES, answers.put_group),
    route(
        "GET",
        f"{_SUB}/resources",
        _RESOURCES,
        answers.list_resources,
        ("$filter", "$top", "$expand", "$skiptoken"),
    ),
    route("GET", f"{_SUB}/providers", _RESOURCES, answers.list_providers, ("$expand",)),
    route("GET", f"{_SUB}/providers/{{namespace}}", _RESOURCES, answers.get_provider, ("$expand",)),
    route(
        "POST", f"{_SUB}/providers/{{namespace}}/register", _RESOURCES, answers.register_provider
    ),
    route("GET", f"{_SUB}{_AUTH}/permissions", _AUTHORIZATION, access_answers.permissions),
    route("GET", f"{_GROUP}{_AUTH}/permissions", _AUTHORIZATION, access_answers.permissions),
    route(
        "GET",
        f"{_SUB}{_AUTH}/roleAssignments",
        _AUTHORIZATION,
        access_answers.role_assignments,
        ("$filter",),
    ),
    route(
        "GET",
        f"{_SUB}{_AUTH}/roleDefinitions",
        _DEFINITIONS,
        access_answers.role_definitions,
        ("$filter",),
    ),
    route(
        "GET",
        f"{_SUB}{_AUTH}/roleDefinitions/{{role}}",
        _DEFINITIONS,
        access_answers.role_definition,
    ),
    route(
        "GET",
        f"{_SUB}{_AUTH}/roleEligibilityScheduleInstances",
        _PIM,
        access_answers.eligibilities,
        ("$filter",),
    ),
    route("GET", f"{_SUB}{_AUTH}/locks", _LOCKS, access_answers.locks, ("$filter",)),
    route("GET", f"{_GROUP}{_AUTH}/locks", _LOCKS, access_answers.locks, ("$filter",)),
    route("GET", f"{_SUB}{_KIND}", _SYNTEX, answers.list_syntex),
    route("GET", f"{_GROUP}{_KIND}", _SYNTEX, answers.list_syntex),
    route("GET", f"{_GROUP}{_KIND}/{{name}}", _SYNTEX, answers.get_syntex),
    route("PUT", f"{_GROUP}{_KIND}/{{name}}", _SYNTEX, answers.put_syntex),
    route("DELETE", f"{_GROUP}{_KIND}/{{name}}", _SYNTEX, answers.delete_syntex),
)


async def answer_arm(request: web.Request) -> web.Response:
    """Find the route and answer. Raises ArmError."""
    path = re.sub(r"/{2,}", "/", request.path).rstrip("/") or "/"
    if path.lower() == "/metadata/endpoints" and request.method == "GET":
        return web.json_response(_cloud(tenant_of(request).base_url))
    who = caller(request, "arm")
    matches = [(known, found) for known in ROUTES if (found := known.pattern.match(path))]
    if not matches:
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type could not be found for the path '{path}'.",
        )
    chosen = next(((r, found) for r, found in matches if r.method == request.method), None)
    if chosen is None:
        raise ArmError(
            405,
            "HttpMethodNotSupported",
            f"The HTTP method '{request.method}' is not supported at scope '{path}'.",
            headers={"Allow": ", ".join(sorted({known.method for known, _ in matches}))},
        )
    known, found = chosen
    _check_options(request, known)
    call = Call(tenant_of(request), who, request, path, found.groupdict())
    return await known.answer(call)


def _check_options(request: web.Request, known: Route) -> None:
    given = {key.lower(): value for key, value in request.query.items()}
    version = given.pop("api-version", "")
    if not version:
        raise ArmError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if version.lower() not in known.versions:
        raise ArmError(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. The supported versions are "
            f"'{','.join(sorted(known.versions, reverse=True))}'.",
        )
    unknown = sorted(set(given) - known.options)
    if unknown:
        # The practice tenant is strict where ARM may be lenient: the code's name is UNVERIFIED.
        raise ArmError(
            400, "InvalidQueryParameter", f"The query option '{unknown[0]}' is not supported here."
        )


def _cloud(base: str) -> dict[str, object]:
    # What `az cloud register --endpoint-resource-manager` reads (reference/azure.md §4.6).
    audiences = ["https://management.core.windows.net/", "https://management.azure.com/"]
    return {
        "name": "PracticeCloud",
        "portal": base,
        "media": base,
        "gallery": base,
        "vmImageAliasDoc": base,
        "activeDirectoryDataLake": base,
        "sqlManagement": base,
        "resourceManager": f"{base}/",
        "batch": "https://batch.core.windows.net/",
        "authentication": {
            "loginEndpoint": f"{base}/",
            "audiences": audiences,
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": "https://graph.windows.net/",
        "graphAudience": "https://graph.windows.net/",
        "microsoftGraphResourceId": f"{base}/",
        "appInsightsResourceId": "",
        "logAnalyticsResourceId": "",
        "suffixes": {
            "storage": "core.localhost",
            "keyVaultDns": "vault.localhost",
            "acrLoginServer": "azurecr.localhost",
            "sqlServerHostname": "database.localhost",
            "azureDataLakeStoreFileSystem": "adls.localhost",
            "azureDataLakeAnalyticsCatalogAndJob": "adla.localhost",
            "mhsmDns": "mhsm.localhost",
        },
    }
