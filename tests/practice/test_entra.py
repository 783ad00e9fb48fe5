"""The practice Entra through the real msal: device code, refresh, browser sign-in, refusals."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.signing_in import ARM_SCOPE, public_client, sign_in

Ready = dict[str, Any]
BACKUP = "BackupRestore-Configuration.ReadWrite.All"


DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def claims_of(token: str) -> dict[str, Any]:
    """The claims in a JWT, unchecked."""
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def poll_once(app: Any, flow: dict[str, Any]) -> dict[str, Any]:
    """One poll of the token endpoint, as the wizard does it."""
    answer: dict[str, Any] = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
    return answer


def test_an_approved_device_code_gives_tokens_of_that_person(
    fresh_practice: Ready, controls: Controls
) -> None:
    answer = sign_in(fresh_practice, controls, ["User.Read", BACKUP], "backup-admin")
    assert answer["token_type"] == "Bearer"
    assert 3600 <= answer["expires_in"] < 5400
    claims = claims_of(answer["access_token"])
    assert claims["upn"] == "bruno.keller@northwindlabs.onmicrosoft.com"
    assert set(claims["scp"].split()) == {"User.Read", BACKUP}
    assert claims["tid"] == fresh_practice["tenant_id"]
    assert answer["id_token_claims"]["oid"] == claims["oid"]


def test_one_refresh_token_serves_azure_as_well(fresh_practice: Ready, controls: Controls) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_device_flow(scopes=["User.Read"])
    controls.approve(flow["user_code"])
    app.acquire_token_by_device_flow(flow)
    answer = app.acquire_token_silent_with_error([ARM_SCOPE], app.get_accounts()[0])
    assert answer is not None
    assert claims_of(answer["access_token"])["aud"] == "https://management.azure.com"
    grants = [entry["path"] for entry in controls.log() if entry["path"].endswith("token")]
    assert len(grants) == 2


def test_an_undecided_code_stays_pending_and_then_succeeds(
    fresh_practice: Ready, controls: Controls
) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_device_flow(scopes=["User.Read"])
    assert flow["interval"] == 1
    pending = poll_once(app, flow)
    assert pending["error"] == "authorization_pending"
    assert pending["error_codes"] == [70016]
    for part in ("AADSTS70016", "Trace ID", "Correlation ID", "Timestamp"):
        assert part in pending["error_description"]
    controls.approve(flow["user_code"])
    assert "access_token" in app.acquire_token_by_device_flow(flow)


def test_polling_at_once_again_is_told_to_slow_down(fresh_practice: Ready) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_device_flow(scopes=["User.Read"])
    assert poll_once(app, flow)["error"] == "authorization_pending"
    assert poll_once(app, flow)["error"] == "slow_down"


def test_a_declined_code_says_so(fresh_practice: Ready, controls: Controls) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_device_flow(scopes=["User.Read"])
    controls.call("POST", f"device-codes/{flow['user_code']}/decline").raise_for_status()
    assert poll_once(app, flow)["error"] == "authorization_declined"


def test_a_code_expires_after_fifteen_minutes(fresh_practice: Ready, controls: Controls) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_device_flow(scopes=["User.Read"])
    assert flow["expires_in"] == 900
    controls.advance("PT15M")
    assert poll_once(app, flow)["error"] == "expired_token"
    late = controls.call("POST", f"device-codes/{flow['user_code']}/approve")
    assert late.status_code == 400
    assert "expired" in late.json()["error"]


def test_scopes_of_two_resources_are_refused(fresh_practice: Ready) -> None:
    flow = public_client(fresh_practice).initiate_device_flow(scopes=["User.Read", ARM_SCOPE])
    assert flow["error"] == "invalid_request"
    assert flow["error_codes"] == [700022]


def test_the_azure_client_may_not_ask_for_backup_permissions(fresh_practice: Ready) -> None:
    flow = public_client(fresh_practice, "arm").initiate_device_flow(scopes=[BACKUP])
    assert flow["error_codes"] == [65002]


def test_missing_consent_is_told_with_its_suberror(
    fresh_practice: Ready, controls: Controls
) -> None:
    controls.scenarios({"id": "consent-missing"})
    refused = sign_in(fresh_practice, controls, [BACKUP])
    assert refused["error"] == "invalid_grant"
    assert refused["suberror"] == "consent_required"
    assert refused["error_codes"] == [65001]
    assert "access_token" in sign_in(fresh_practice, controls, ["User.Read"])


def test_a_global_administrator_can_grant_what_is_missing(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    controls.scenarios({"id": "consent-missing"})
    page = f"{fresh_practice['base_url']}/{fresh_practice['tenant_id']}/v2.0/adminconsent"
    query = {
        "client_id": fresh_practice["client_ids"]["graph"],
        "scope": f"https://graph.microsoft.com/{BACKUP}",
        "redirect_uri": "http://localhost:8400",
        "state": "abc",
    }
    assert BACKUP in browser.get(page, params=query, timeout=10).text
    form = {**query, "persona": "sharepoint-admin"}
    assert browser.post(page, data=form, timeout=10).status_code == 400
    form["persona"] = "global-admin"
    granted = browser.post(page, data=form, allow_redirects=False, timeout=10)
    values = parse_qs(urlsplit(granted.headers["Location"]).query)
    assert values["admin_consent"] == ["True"]
    assert values["state"] == ["abc"]
    assert "access_token" in sign_in(fresh_practice, controls, [BACKUP], "sharepoint-admin")


def test_an_unknown_client_and_an_unknown_tenant_are_refused(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    base = fresh_practice["base_url"]
    form = {"client_id": "6f2f6a0b-0000-4000-8000-000000000000", "scope": "User.Read"}
    answer = browser.post(f"{base}/organizations/oauth2/v2.0/devicecode", data=form, timeout=10)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [700016])
    answer = browser.get(
        f"{base}/elsewhere.example/v2.0/.well-known/openid-configuration", timeout=10
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_tenant")


def test_the_browser_sign_in_works_from_a_pasted_address(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_auth_code_flow(
        ["User.Read"], redirect_uri="http://localhost:8400", response_mode="query"
    )
    shown = browser.get(flow["auth_uri"], timeout=10)
    assert "Adele Vance" in shown.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(flow["auth_uri"]).query).items()}
    chosen = browser.post(
        flow["auth_uri"],
        data={**query, "persona": "sharepoint-admin", "decision": "approve"},
        allow_redirects=False,
        timeout=10,
    )
    assert chosen.status_code == 302
    pasted = parse_qs(urlsplit(chosen.headers["Location"]).query)
    given = {name: values[0] for name, values in pasted.items()}
    answer = app.acquire_token_by_auth_code_flow(flow, given)
    assert claims_of(answer["access_token"])["name"] == "Chiara Moretti"


def test_a_code_is_worthless_without_its_verifier(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri="http://localhost:8400")
    query = {name: values[0] for name, values in parse_qs(urlsplit(flow["auth_uri"]).query).items()}
    query["response_mode"] = "query"
    chosen = browser.post(
        flow["auth_uri"],
        data={**query, "persona": "global-admin", "decision": "approve"},
        allow_redirects=False,
        timeout=10,
    )
    code = parse_qs(urlsplit(chosen.headers["Location"]).query)["code"][0]
    answer = browser.post(
        f"{fresh_practice['base_url']}/organizations/oauth2/v2.0/token",
        data={
            "grant_type": "authorization_code",
            "client_id": fresh_practice["client_ids"]["graph"],
            "code": code,
            "redirect_uri": "http://localhost:8400",
            "code_verifier": "guessed",
        },
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_the_device_page_takes_the_code_typed_in_lower_case_with_a_gap(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    app = public_client(fresh_practice)
    flow = app.initiate_device_flow(scopes=["User.Read"])
    typed = f"{flow['user_code'][:4]} {flow['user_code'][4:]}".lower()
    form = {"user_code": typed, "persona": "exchange-admin", "decision": "approve"}
    assert browser.post(flow["verification_uri"], data=form, timeout=10).status_code == 200
    answer = app.acquire_token_by_device_flow(flow)
    assert claims_of(answer["access_token"])["name"] == "Dmitri Orlov"
    again = browser.post(flow["verification_uri"], data=form, timeout=10)
    assert again.status_code == 400


@pytest.mark.parametrize("path", ["/v1.0/nothing-here", "/subscriptions"])
def test_a_request_without_a_token_never_gets_an_answer(
    fresh_practice: Ready, browser: requests.Session, path: str
) -> None:
    answer = browser.get(fresh_practice["base_url"] + path, timeout=10)
    assert answer.status_code in (400, 401)
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("name", ["organizations", "common", "northwindlabs.onmicrosoft.com"])
@pytest.mark.parametrize("version", ["/v2.0", ""])
def test_discovery_names_endpoints_that_are_there(
    fresh_practice: Ready, browser: requests.Session, name: str, version: str
) -> None:
    base = fresh_practice["base_url"]
    document = browser.get(f"{base}/{name}{version}/.well-known/openid-configuration", timeout=10)
    found = document.json()
    own = name not in ("organizations", "common")
    tid = fresh_practice["tenant_id"] if own else "{tenantid}"
    assert found["issuer"] == (
        f"{base}/{tid}/v2.0" if version else f"https://sts.windows.net/{tid}/"
    )
    assert browser.get(found["jwks_uri"], timeout=10).json()["keys"]
    for end in ("token_endpoint", "device_authorization_endpoint"):
        assert browser.post(found[end], timeout=10).json()["error_codes"] == [900144]
        assert browser.get(found[end], timeout=10).json()["error_codes"] == [900561]
    assert browser.get(found["authorization_endpoint"], timeout=10).status_code == 400
    assert browser.get(found["end_session_endpoint"], timeout=10).status_code == 200


def test_tokens_are_signed_by_the_published_key(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    base, tid = fresh_practice["base_url"], fresh_practice["tenant_id"]
    answer = sign_in(fresh_practice, controls, ["User.Read"], "backup-admin")
    keys = browser.get(f"{base}/{tid}/discovery/v2.0/keys", timeout=10).json()
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(answer["access_token"])["kid"]]
    access = jwt.decode(
        answer["access_token"],
        key,
        algorithms=["RS256"],
        audience="https://graph.microsoft.com",
        issuer=f"https://sts.windows.net/{tid}/",
    )
    person = jwt.decode(
        answer["id_token"],
        key,
        algorithms=["RS256"],
        audience=fresh_practice["client_ids"]["graph"],
        issuer=f"{base}/{tid}/v2.0",
    )
    assert person["oid"] == access["oid"]
    assert person["sub"] != access["sub"], "pairwise"
    assert access["wids"] == person["wids"] == ["1707125e-0aa2-4d4d-8655-a7c786c76a25"]
    assert access["xms_cc"] == ["CP1"]


@pytest.mark.parametrize(
    ("fields", "status", "number"),
    [
        ({"grant_type": ""}, 400, 900144),
        ({"client_id": ""}, 400, 900144),
        ({"grant_type": "password"}, 400, 70003),
        ({"grant_type": "client_credentials"}, 401, 7000218),
        ({"client_secret": "secret"}, 401, 700025),
        ({"claims": "no JSON"}, 400, 90100),
        ({"refresh_token": "unknown"}, 400, 70000),
        ({"refresh_token": ""}, 400, 900144),
        ({"grant_type": "authorization_code"}, 400, 900144),
        ({"grant_type": DEVICE_GRANT}, 400, 900144),
    ],
)
def test_token_requests_that_cannot_be_met(
    fresh_practice: Ready,
    browser: requests.Session,
    fields: dict[str, str],
    status: int,
    number: int,
) -> None:
    form = {
        "client_id": fresh_practice["client_ids"]["graph"],
        "grant_type": "refresh_token",
        **fields,
    }
    url = f"{fresh_practice['authority']}/oauth2/v2.0/token"
    answer = browser.post(url, data=form, timeout=10)
    assert (answer.status_code, answer.json()["error_codes"]) == (status, [number])


def test_a_refresh_without_scopes_gives_those_of_the_sign_in(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    scopes = ["User.Read", "BackupRestore-Configuration.Read.All"]
    form = {
        "client_id": fresh_practice["client_ids"]["graph"],
        "grant_type": "refresh_token",
        "refresh_token": sign_in(fresh_practice, controls, scopes)["refresh_token"],
    }
    url = f"{fresh_practice['authority']}/oauth2/v2.0/token"
    answer = browser.post(url, data=form, timeout=10).json()
    assert set(claims_of(answer["access_token"])["scp"].split()) == set(scopes)
    assert set(scopes) <= set(answer["scope"].split())
    assert "refresh_token" in answer


def test_the_tenants_name_may_come_after_two_slashes(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    base = fresh_practice["base_url"]
    found = browser.get(f"{base}//{fresh_practice['domain']}/.well-known/openid-configuration")
    assert f"/{fresh_practice['tenant_id']}/" in found.json()["issuer"]
    refused = browser.get(f"{base}//nowhere.example/.well-known/openid-configuration")
    assert refused.json()["error_codes"] == [90002]


def test_tokens_are_as_long_as_entras(fresh_practice: Ready, controls: Controls) -> None:
    # reference/auth.md §3.5: what a client's cache has to hold.
    answer = sign_in(fresh_practice, controls, ["User.Read"])
    assert 2200 <= len(answer["access_token"]) <= 2900
    assert 1600 <= len(answer["refresh_token"]) <= 1800
    assert 1100 <= len(answer["id_token"]) <= 1400


def test_scopes_used_are_in_the_log(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    answer = sign_in(fresh_practice, controls, ["User.Read", "Sites.Read.All"])
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    browser.get(fresh_practice["graph"] + "/me", headers=headers, timeout=10)
    entry = controls.log()[-1]
    assert entry["scopes_used"] == ["User.Read"]
    assert entry["scopes"] == ["Sites.Read.All", "User.Read"]


def test_default_is_answered_with_the_scopes_that_it_stood_for(
    fresh_practice: Ready, controls: Controls
) -> None:
    answer = sign_in(
        fresh_practice, controls, ["https://management.core.windows.net//.default"], client="arm"
    )
    assert answer["scope"].split()[0] == "https://management.core.windows.net/user_impersonation"
    assert "https://management.core.windows.net//.default" in answer["scope"].split()
