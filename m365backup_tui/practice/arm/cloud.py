"""`GET /metadata/endpoints`: where the parts of this cloud are, in the shapes of its versions.

What `az cloud register --endpoint-resource-manager` reads with 2022-09-01: reference/azure.md §4.6.
The shapes of the older versions are general knowledge: UNVERIFIED. No token is asked for.
"""

from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm.versions import check_version
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import tenant_of

OLDEST = "2015-01-01"
LISTS = ("2018-05-01", "2019-05-01", "2020-06-01")
OBJECTS = ("2022-09-01", "2023-01-01")
_AUDIENCES = ["https://management.core.windows.net/", "https://management.azure.com/"]


def endpoints(request: web.Request) -> web.Response:
    """The metadata. Raises 405, and 400 for a version that is missing or not known."""
    if request.method not in ("GET", "HEAD"):
        raise ArmError(
            405,
            "HttpMethodNotSupported",
            f"The HTTP method '{request.method}' is not supported here.",
            headers={"Allow": "GET"},
        )
    query = {key.lower(): value for key, value in request.query.items()}
    version = query.get("api-version", "")
    check_version(version, frozenset((OLDEST, *LISTS, *OBJECTS)), by_type=False)
    base = tenant_of(request).base_url
    if version == OLDEST:
        return web.json_response(_oldest(base))
    if version in LISTS:
        return web.json_response([_cloud(base)])
    return web.json_response(_cloud(base))


def _authentication(base: str) -> dict[str, Any]:
    return {
        "loginEndpoint": f"{base}/",
        "audiences": _AUDIENCES,
        "tenant": "common",
        "identityProvider": "AAD",
    }


def _oldest(base: str) -> dict[str, Any]:
    signing_in = _authentication(base)
    return {
        "galleryEndpoint": base,
        "graphEndpoint": "https://graph.windows.net/",
        "portalEndpoint": base,
        "authentication": {key: signing_in[key] for key in ("loginEndpoint", "audiences")},
    }


def _cloud(base: str) -> dict[str, Any]:
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
        "authentication": _authentication(base),
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
