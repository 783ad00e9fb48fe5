"""App registrations, service principals, grants and assignments, and signing in with an own app."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msal  # type: ignore[import-untyped]  # msal ships no types
import pytest
import requests

from tests.practice.conftest import Controls, web_session
from tests.practice.graph_client import Rest, graph_token
from tests.practice.sign_in_pages import open_page
from tests.practice.test_entra import claims_of

Ready = dict[str, Any]
SCOPES = (
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Policy.ReadWrite.Authorization",
)
GRAPH_API = "00000003-0000-0000-c000-000000000000"
BACKUP = "BackupRestore-Configuration.Read.All"
BODY = {
    "displayName": "m365backup-tui",
    "signInAudience": "AzureADMyOrg",
    "isFallbackPublicClient": True,
    "publicClient": {"redirectUris": ["http://localhost"]},
    "requiredResourceAccess": [
        {
            "resourceAppId": GRAPH_API,
            "resourceAccess": [
                {"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"},
                {"id": "444ed4b6-0554-4dc6-8e9c-3f9a34ee3ff6", "type": "Scope"},
            ],
        }
    ],
    "tags": ["m365backup"],
}
UPSERT = "/applications(uniqueName='m365backup-tui')"


@pytest.fixture
def admin(fresh_practice: Ready, controls: Controls, browser: requests.Session) -> Rest:
    """Graph calls of a global administrator."""
    return Rest(fresh_practice, graph_token(fresh_practice, controls, scopes=SCOPES), browser)


@pytest.fixture
def user(fresh_practice: Ready, controls: Controls, browser: requests.Session) -> Rest:
    """Graph calls of somebody without a role, through the same application."""
    token = graph_token(fresh_practice, controls, "no-role", SCOPES)
    return Rest(fresh_practice, token, browser)


def own_client(ready: Ready, app_id: str, tenant: str | None = None) -> Any:
    """msal with the own app, by way of the tenant's own address."""
    return msal.PublicClientApplication(
        app_id,
        authority=f"{ready['base_url']}/{tenant or ready['tenant_id']}",
        instance_discovery=False,
        http_client=web_session(ready),
        http_cache={},
    )


def sign_in(ready: Ready, controls: Controls, app_id: str, scopes: list[str], who: str) -> Any:
    """A device code sign-in with an own app."""
    app = own_client(ready, app_id)
    flow = app.initiate_device_flow(scopes=scopes)
    if "user_code" not in flow:
        return flow
    controls.approve(flow["user_code"], who)
    return app.acquire_token_by_device_flow(flow)


def person(ready: Ready, key: str) -> str:
    """The object id of a persona."""
    return str(next(one["oid"] for one in ready["personas"] if one["key"] == key))


def test_the_whole_set_up_of_an_own_app_and_signing_in_with_it(
    practice: Ready, controls: Controls, admin: Rest
) -> None:
    status, app = admin.call("PATCH", UPSERT, BODY, Prefer="create-if-missing")
    assert status == 201
    assert admin.call("PATCH", UPSERT, BODY, Prefer="create-if-missing") == (204, {})
    assert admin.call("GET", UPSERT)[1]["appId"] == app["appId"]
    assert sign_in(practice, controls, app["appId"], [BACKUP], "global-admin")["error_codes"] == [
        65001
    ]
    status, principal = admin.call("POST", "/servicePrincipals", {"appId": app["appId"]})
    assert status == 201
    assert admin.code("POST", "/servicePrincipals", {"appId": app["appId"]}) == (
        409,
        "Request_MultipleObjectsWithSameKeyValue",
    )
    by_app = f"/servicePrincipals(appId='{app['appId']}')"
    assert admin.call("GET", by_app)[1]["id"] == principal["id"]
    _, found = admin.call("GET", f"/servicePrincipals?$filter=appId eq '{GRAPH_API}'&$select=id")
    grant = {
        "clientId": principal["id"],
        "consentType": "Principal",
        "principalId": person(practice, "global-admin"),
        "resourceId": found["value"][0]["id"],
        "scope": f"User.Read {BACKUP}",
    }
    status, granted = admin.call("POST", "/oauth2PermissionGrants", grant)
    assert status == 201
    assert admin.code("POST", "/oauth2PermissionGrants", grant)[0] == 409
    answer = sign_in(practice, controls, app["appId"], [BACKUP], "global-admin")
    assert claims_of(answer["access_token"])["appid"] == app["appId"]
    other = sign_in(practice, controls, app["appId"], [BACKUP], "sharepoint-admin")
    assert other["error_codes"] == [65001]
    path = f"/oauth2PermissionGrants/{granted['id']}"
    assert admin.call("PATCH", path, {"scope": "User.Read"})[0] == 204
    answer = sign_in(practice, controls, app["appId"], [BACKUP], "global-admin")
    assert answer["error_codes"] == [65001]
    assert admin.call("DELETE", path)[0] == 204
    assert admin.code("GET", path) == (404, "Request_ResourceNotFound")


def test_assignment_required_keeps_others_out(
    practice: Ready, controls: Controls, admin: Rest
) -> None:
    _, app = admin.call("POST", "/applications", BODY)
    _, principal = admin.call("POST", "/servicePrincipals", {"appId": app["appId"]})
    path = f"/servicePrincipals/{principal['id']}"
    assert admin.call("PATCH", path, {"appRoleAssignmentRequired": True})[0] == 204
    assert admin.call("GET", path)[1]["appRoleAssignmentRequired"] is True
    refused = sign_in(practice, controls, app["appId"], ["User.Read"], "no-role")
    assert refused["error_codes"] == [50105]
    role = {
        "principalId": person(practice, "no-role"),
        "resourceId": principal["id"],
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    }
    status, made = admin.call("POST", f"{path}/appRoleAssignedTo", role)
    assert (status, made["principalDisplayName"]) == (201, "Femi Adeyemi")
    assert admin.code("POST", f"{path}/appRoleAssignedTo", role) == (400, "Request_BadRequest")
    assert len(admin.call("GET", f"{path}/appRoleAssignedTo")[1]["value"]) == 1
    answer = sign_in(practice, controls, app["appId"], ["User.Read"], "no-role")
    assert "access_token" in answer
    assert admin.call("DELETE", f"{path}/appRoleAssignedTo/{made['id']}")[0] == 204
    refused = sign_in(practice, controls, app["appId"], ["User.Read"], "no-role")
    assert refused["error_codes"] == [50105]


def test_microsofts_own_application_can_be_closed_to_those_not_assigned(
    practice: Ready, controls: Controls, admin: Rest
) -> None:
    tools = practice["client_ids"]["graph"]
    path = f"/servicePrincipals(appId='{tools}')"
    assert admin.call("PATCH", path, {"appRoleAssignmentRequired": True})[0] == 204
    refused = sign_in(practice, controls, tools, ["User.Read"], "no-role")
    assert refused["error_codes"] == [50105]
    assert admin.call("PATCH", path, {"accountEnabled": False})[0] == 204
    assert sign_in(practice, controls, tools, ["User.Read"], "no-role")["error_codes"] == [7000112]
    assert admin.code("DELETE", path) == (400, "Request_BadRequest")


def test_an_app_of_one_tenant_must_not_come_by_way_of_organizations(
    practice: Ready, admin: Rest
) -> None:
    _, app = admin.call("POST", "/applications", BODY)
    flow = own_client(practice, app["appId"], "organizations").initiate_device_flow(["User.Read"])
    assert flow["error_codes"] == [50194]


def test_an_app_that_is_no_public_client_gets_no_device_code_tokens(
    practice: Ready, controls: Controls, admin: Rest
) -> None:
    _, app = admin.call("POST", "/applications", {"displayName": "Half made"})
    refused = sign_in(practice, controls, app["appId"], ["User.Read"], "no-role")
    assert (refused["error"], refused["error_codes"]) == ("invalid_client", [7000218])


def test_a_user_consents_to_an_own_app_in_the_browser(
    practice: Ready, controls: Controls, admin: Rest, browser: requests.Session
) -> None:
    _, app = admin.call("POST", "/applications", BODY)
    client = own_client(practice, app["appId"])
    flow = client.initiate_device_flow(scopes=["User.Read"])
    page = open_page(browser, flow["verification_uri"]).press("", user_code=flow["user_code"])
    asks = page.press("approve", persona="no-role")
    assert "m365backup-tui would like to" in asks.text
    assert "on behalf of your organization" not in asks.text
    asks.press("accept")
    assert "access_token" in client.acquire_token_by_device_flow(flow)
    _, principal = admin.call("GET", f"/servicePrincipals(appId='{app['appId']}')")
    path = f"/servicePrincipals/{principal['id']}/oauth2PermissionGrants"
    _, listed = admin.call("GET", path)
    assert [one["scope"] for one in listed["value"]] == ["User.Read"]
    policy = "/policies/authorizationPolicy"
    closed: Any = {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": []}}
    assert admin.call("PATCH", policy, closed)[0] == 204
    flow = client.initiate_device_flow(scopes=["User.ReadBasic.All"])
    page = open_page(browser, flow["verification_uri"]).press("", user_code=flow["user_code"])
    assert "AADSTS90094" in page.press("approve", persona="no-role").text


def test_dot_default_asks_for_what_is_registered(
    practice: Ready, admin: Rest, browser: requests.Session
) -> None:
    _, app = admin.call("POST", "/applications", BODY)
    page = open_page(
        browser,
        f"{practice['base_url']}/{practice['tenant_id']}/v2.0/adminconsent",
        client_id=app["appId"],
        scope="https://graph.microsoft.com/.default",
        redirect_uri="http://localhost",
    )
    assert f"to: {BACKUP} (Microsoft Graph) User.Read (Microsoft Graph) Who" in page.text
    assert page.press("accept", persona="global-admin").brought["admin_consent"] == "True"
    _, listed = admin.call("GET", "/oauth2PermissionGrants?$filter=consentType eq 'AllPrincipals'")
    assert f"{BACKUP} User.Read" in [one["scope"] for one in listed["value"]]


def test_who_may(practice: Ready, admin: Rest, user: Rest) -> None:
    status, theirs = user.call("POST", "/applications", {"displayName": "Mine"})
    assert status == 201, "everybody may, unless the policy says otherwise"
    _, ours = admin.call("POST", "/applications", {"displayName": "Ours"})
    denied = (403, "Authorization_RequestDenied")
    assert user.code("PATCH", f"/applications/{ours['id']}", {"displayName": "x"}) == denied
    assert user.code("DELETE", f"/applications/{ours['id']}") == denied
    assert user.call("PATCH", f"/applications/{theirs['id']}", {"displayName": "My"})[0] == 204
    assert user.call("POST", "/servicePrincipals", {"appId": theirs["appId"]})[0] == 201
    assert user.code("POST", "/servicePrincipals", {"appId": ours["appId"]}) == denied
    assert user.code("POST", "/oauth2PermissionGrants", {}) == denied
    policy = "/policies/authorizationPolicy"
    closed = {"defaultUserRolePermissions": {"allowedToCreateApps": False}}
    assert user.code("PATCH", policy, closed) == denied
    assert admin.call("PATCH", policy, closed)[0] == 204
    assert (
        admin.call("GET", policy)[1]["defaultUserRolePermissions"]["allowedToCreateApps"] is False
    )
    assert user.code("POST", "/applications", {"displayName": "Another"}) == denied
    assert user.code("PATCH", UPSERT, BODY)[0] in (403, 404)
    assert user.call("DELETE", f"/applications/{theirs['id']}")[0] == 204
    assert admin.call("POST", "/applications", {"displayName": "Still"})[0] == 201


def test_a_deleted_app_cannot_sign_in_any_more(
    practice: Ready, controls: Controls, admin: Rest
) -> None:
    _, app = admin.call("POST", "/applications", BODY)
    assert "access_token" in sign_in(practice, controls, app["appId"], ["User.Read"], "no-role")
    assert admin.call("DELETE", f"/applications(appId='{app['appId']}')")[0] == 204
    gone = sign_in(practice, controls, app["appId"], ["User.Read"], "no-role")
    assert gone["error_codes"] == [700016]
    assert admin.code("GET", f"/servicePrincipals(appId='{app['appId']}')")[0] == 404


def test_finding_applications(practice: Ready, admin: Rest) -> None:
    for name in ("One", "Two"):
        admin.call("POST", "/applications", {"displayName": name})
    _, found = admin.call("GET", "/applications?$filter=displayName eq 'Two'&$select=displayName")
    assert [one["displayName"] for one in found["value"]] == ["Two"]
    _, found = admin.call("GET", "/applications?$top=1&$count=true", ConsistencyLevel="eventual")
    assert (len(found["value"]), found["@odata.count"]) == (1, 2)
    assert "@odata.nextLink" in found
    assert "owner" not in found["value"][0]
    escaped = quote(f"(appId='{found['value'][0]['appId']}')", safe="")
    assert admin.call("GET", f"/applications{escaped}")[1]["id"] == found["value"][0]["id"]
    assert admin.code("GET", "/applications(name='x')") == (400, "BadRequest")
    assert admin.code("GET", "/applications/nothing") == (404, "Request_ResourceNotFound")
    assert admin.code("PATCH", UPSERT, BODY) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": ""},
        {"displayName": 7},
        {"displayName": "x" * 257},
        {"displayName": "x", "appId": GRAPH_API},
        {"displayName": "x", "signInAudience": ["AzureADMyOrg"]},
        {"displayName": "x", "isFallbackPublicClient": "yes"},
        {"displayName": "x", "publicClient": {"redirectUris": "http://localhost"}},
        {"displayName": "x", "publicClient": {"redirectUris": ["http://example.com"]}},
        {"displayName": "x", "publicClient": {"redirectUris": ["javascript:alert(1)"]}},
        {"displayName": "x", "publicClient": {"redirectUris": ["http://["]}},
        {"displayName": "x", "publicClient": {"redirectUris": [None]}},
        {"displayName": "x", "requiredResourceAccess": [{}]},
        {"displayName": "x", "requiredResourceAccess": [{"resourceAccess": [1]}]},
        {"displayName": "x", "tags": [{}]},
        {"displayName": "x", "passwordCredentials": [{"displayName": "a secret"}]},
        {"displayName": "x", "keyCredentials": None},
    ],
)
def test_what_cannot_be_registered(admin: Rest, body: dict[str, Any]) -> None:
    assert admin.code("POST", "/applications", body) == (400, "Request_BadRequest")


def test_az_sends_an_empty_list_of_keys(admin: Rest) -> None:
    body = {
        "displayName": "by az",
        "isFallbackPublicClient": True,
        "publicClient": {"redirectUris": ["http://localhost"]},
        "keyCredentials": [],
    }
    assert admin.call("POST", "/applications", body)[0] == 201


@pytest.mark.parametrize("body", [{"displayName": "\ud800"}, {"displayName": "x", "\ud800": 1}])
def test_text_that_is_no_unicode_is_refused(admin: Rest, body: dict[str, Any]) -> None:
    assert admin.call("POST", "/applications", body)[0] == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"clientId": "x"}, 400),
        ({"clientId": GRAPH_API}, 404),
        ({"consentType": "Everybody"}, 400),
        ({"consentType": "AllPrincipals"}, 400),
        ({"principalId": GRAPH_API}, 404),
        ({"principalId": None}, 400),
        ({"scope": "Mail.Steal"}, 400),
        ({"scope": ""}, 400),
        ({"colour": "red"}, 400),
    ],
)
def test_what_cannot_be_granted(
    practice: Ready, admin: Rest, change: dict[str, Any], status: int
) -> None:
    tools = practice["client_ids"]["graph"]
    _, client = admin.call("GET", f"/servicePrincipals(appId='{tools}')")
    _, resource = admin.call("GET", f"/servicePrincipals(appId='{GRAPH_API}')")
    grant = {
        "clientId": client["id"],
        "consentType": "Principal",
        "principalId": person(practice, "no-role"),
        "resourceId": resource["id"],
        "scope": "User.Read",
    }
    assert admin.call("POST", "/oauth2PermissionGrants", grant | change)[0] == status
