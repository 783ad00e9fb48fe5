"""Claims challenges, revoking and sign-in faults, through the real msal and azure-core."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.sign_in_pages import open_page
from tests.practice.signing_in import ARM_SCOPE, public_client, sign_in
from tests.practice.test_entra import claims_of, poll_once

Ready = dict[str, Any]
ME = "User.Read"
REVOKE = "User.RevokeSessions.All"


@pytest.fixture(autouse=True)
def _fresh(fresh_practice: Ready) -> None:
    """Every test begins with a tenant nobody has touched."""


def signed_in(
    ready: Ready, controls: Controls, scopes: list[str], claims: str | None = None
) -> Any:
    """An msal application with a signed-in global administrator."""
    app = public_client(ready)
    flow = app.initiate_device_flow(scopes=scopes, claims_challenge=claims)
    controls.approve(flow["user_code"])
    answer = app.acquire_token_by_device_flow(flow)
    assert "access_token" in answer, answer
    return app


def silently(app: Any, scopes: list[str], claims: str | None = None) -> dict[str, Any]:
    """What msal gets without asking the person."""
    answer: dict[str, Any] = app.acquire_token_silent_with_error(
        scopes, app.get_accounts()[0], claims_challenge=claims
    )
    return answer


def challenge_of(answer: requests.Response) -> str:
    """The claims of a WWW-Authenticate header."""
    header = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in header
    found = re.search(r'claims="([^"]+)"', header)
    assert found is not None, header
    return base64.b64decode(found[1]).decode()


def call(
    web: requests.Session, ready: Ready, token: str, method: str, path: str
) -> requests.Response:
    """One call with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return web.request(method, ready["base_url"] + path, headers=headers, json={}, timeout=10)


def write_to_azure(web: requests.Session, ready: Ready, token: str) -> requests.Response:
    """A resource group made in the first subscription."""
    subscription = ready["subscriptions"][0]["id"]
    path = f"/subscriptions/{subscription}/resourcegroups/rg-new?api-version=2025-04-01"
    url = ready["arm"] + path
    headers = {"Authorization": f"Bearer {token}"}
    return web.put(url, headers=headers, json={"location": "westeurope"}, timeout=10)


def test_azure_writes_ask_for_a_second_factor_and_a_token_with_it_passes(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    controls.call("POST", "faults", {"id": "A2", "operation": "arm"}).raise_for_status()
    app = signed_in(practice, controls, [ME])
    token = silently(app, [ARM_SCOPE])["access_token"]
    read = call(browser, practice, token, "GET", "/subscriptions?api-version=2022-12-01")
    assert read.status_code == 200
    refused = write_to_azure(browser, practice, token)
    assert refused.status_code == 401
    claims = challenge_of(refused)
    assert json.loads(claims)["access_token"]["acrs"]["essential"] is True
    needs = silently(app, [ARM_SCOPE], claims)
    assert needs["error"] == "invalid_grant"
    assert needs["classification"] == "basic_action"
    assert needs["error_codes"] == [50076]
    assert json.loads(needs["claims"])["access_token"]["acrs"]
    flow = app.initiate_device_flow(scopes=[ARM_SCOPE], claims_challenge=claims)
    page = open_page(browser, flow["verification_uri"]).press("", user_code=flow["user_code"])
    assert "second factor" in page.text
    assert page.press("approve", persona="global-admin").answer.status_code == 200
    fresh = app.acquire_token_by_device_flow(flow, claims_challenge=claims)
    assert claims_of(fresh["access_token"])["amr"] == ["pwd", "mfa"]
    assert write_to_azure(browser, practice, fresh["access_token"]).status_code == 201


def test_signing_in_for_azure_itself_is_challenged_at_the_first_write_too(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    controls.call("POST", "faults", {"id": "A2", "operation": "arm"}).raise_for_status()
    answer = sign_in(practice, controls, [ARM_SCOPE], client="arm")
    assert claims_of(answer["access_token"])["amr"] == ["pwd"]
    refused = write_to_azure(browser, practice, answer["access_token"])
    assert refused.status_code == 401
    assert "acrs" in challenge_of(refused)


def test_a_second_factor_for_azure_alone_leaves_graph_signed_in(
    practice: Ready, controls: Controls
) -> None:
    controls.call("POST", "faults", {"id": "A2"}).raise_for_status()
    app = signed_in(practice, controls, [ME])
    needs = silently(app, [ARM_SCOPE])
    assert needs["error_codes"] == [50076]
    assert needs["suberror"] == "basic_action"
    assert "capolids" in json.loads(needs["claims"])["access_token"]
    graph = silently(app, [ME, REVOKE])
    assert claims_of(graph["access_token"])["aud"] == "https://graph.microsoft.com"
    flow = app.initiate_device_flow(scopes=[ARM_SCOPE], claims_challenge=needs["claims"])
    controls.approve(flow["user_code"])
    assert "access_token" in app.acquire_token_by_device_flow(flow)


@pytest.mark.parametrize("audience", ["graph", "arm"])
def test_revoking_ends_refresh_tokens_and_is_told_to_clients_that_can_hear_it(
    practice: Ready, controls: Controls, browser: requests.Session, audience: str
) -> None:
    app = signed_in(practice, controls, [ME, REVOKE])
    graph = silently(app, [ME, REVOKE])["access_token"]
    arm = silently(app, [ARM_SCOPE])["access_token"]
    token, path = {
        "graph": (graph, "/v1.0/me"),
        "arm": (arm, "/subscriptions?api-version=2022-12-01"),
    }[audience]
    assert call(browser, practice, token, "GET", path).status_code == 200
    done = call(browser, practice, graph, "POST", "/v1.0/me/revokeSignInSessions")
    assert (done.status_code, done.json()["value"]) == (200, True)
    refused = call(browser, practice, token, "GET", path)
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "InvalidAuthenticationToken"
    claims = challenge_of(refused)
    assert int(json.loads(claims)["access_token"]["nbf"]["value"]) > 1_700_000_000
    again = silently(app, [ME], claims)
    assert again["error"] == "invalid_grant"
    assert again["error_codes"] == [50173]
    later = signed_in(practice, controls, [ME])
    assert call(browser, practice, silently(later, [ME])["access_token"], "GET", "/v1.0/me").ok


def test_a_client_that_does_not_know_challenges_keeps_its_token_to_its_end(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    form = {"client_id": practice["client_ids"]["graph"], "scope": f"{ME} {REVOKE} offline_access"}
    started = browser.post(
        f"{practice['authority']}/oauth2/v2.0/devicecode", data=form, timeout=10
    ).json()
    controls.approve(started["user_code"])
    form = {
        "client_id": form["client_id"],
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": started["device_code"],
    }
    answer = browser.post(
        f"{practice['authority']}/oauth2/v2.0/token", data=form, timeout=10
    ).json()
    token = answer["access_token"]
    assert "xms_cc" not in claims_of(token)
    assert call(browser, practice, token, "POST", "/v1.0/me/revokeSignInSessions").ok
    assert call(browser, practice, token, "GET", "/v1.0/me").status_code == 200
    form = {**form, "grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    again = browser.post(f"{practice['authority']}/oauth2/v2.0/token", data=form, timeout=10)
    assert again.json()["error_codes"] == [50173]


def test_an_administrator_ends_the_sessions_of_somebody_else_and_others_may_not(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    theirs = sign_in(practice, controls, [ME], "no-role")["access_token"]
    other = next(one["oid"] for one in practice["personas"] if one["key"] == "no-role")
    path = f"/v1.0/users/{other}/revokeSignInSessions"
    for persona, status in (("sharepoint-admin", 403), ("global-admin", 200)):
        token = sign_in(practice, controls, [REVOKE], persona)["access_token"]
        assert call(browser, practice, token, "POST", path).status_code == status
    assert call(browser, practice, theirs, "GET", "/v1.0/me").status_code == 401


def test_a_refresh_token_lasts_ninety_days_and_the_older_one_stays_good(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    first = sign_in(practice, controls, [ME])["refresh_token"]
    form = {
        "client_id": practice["client_ids"]["graph"],
        "grant_type": "refresh_token",
        "scope": f"{ME} offline_access",
    }
    token = f"{practice['authority']}/oauth2/v2.0/token"
    controls.advance("P89D")
    second = browser.post(token, data={**form, "refresh_token": first}, timeout=10).json()
    assert second["refresh_token"] != first
    assert browser.post(token, data={**form, "refresh_token": first}, timeout=10).ok
    controls.advance("P2D")
    old = browser.post(token, data={**form, "refresh_token": first}, timeout=10).json()
    assert (old["error_codes"], old["suberror"]) == ([700082], "token_expired")
    assert browser.post(
        token, data={**form, "refresh_token": second["refresh_token"]}, timeout=10
    ).ok


@pytest.mark.parametrize(
    ("variant", "error"),
    [
        ("pending", "authorization_pending"),
        ("slow_down", "slow_down"),
        ("expired", "expired_token"),
        ("declined", "authorization_declined"),
    ],
)
def test_A1_a_poll_hears_what_was_chosen_and_the_next_one_the_truth(
    practice: Ready, controls: Controls, variant: str, error: str
) -> None:
    controls.call("POST", "faults", {"id": "A1", "variant": variant, "times": 1}).raise_for_status()
    app = public_client(practice)
    flow = app.initiate_device_flow(scopes=[ME])
    controls.approve(flow["user_code"])
    assert poll_once(app, flow)["error"] == error
    assert "access_token" in poll_once(app, flow)


def test_A3_blocks_at_the_browser_only_or_at_the_terminal_only(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    blocked = {"id": "A3", "operation": "POST /common/oauth2/deviceauth"}
    controls.call("POST", "faults", blocked).raise_for_status()
    app = public_client(practice)
    flow = app.initiate_device_flow(scopes=[ME])
    page = open_page(browser, flow["verification_uri"]).press("", user_code=flow["user_code"])
    assert "AADSTS53003" in page.text
    assert poll_once(app, flow)["error"] == "authorization_pending"
    controls.call("DELETE", "faults")
    controls.call("POST", "faults", {"id": "A3", "operation": "get token"}).raise_for_status()
    refused = sign_in(practice, controls, [ME])
    assert (refused["error_codes"], refused["suberror"]) == ([53003], "message_only")


def test_A4_the_account_is_another_tenants_and_nobody_here_knows_it(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    controls.call("POST", "faults", {"id": "A4"}).raise_for_status()
    answer = sign_in(practice, controls, [ME])
    assert answer["id_token_claims"]["tid"] != practice["tenant_id"]
    refused = call(browser, practice, answer["access_token"], "GET", "/v1.0/me")
    assert refused.status_code == 401
    answer = sign_in(practice, controls, [ARM_SCOPE], client="arm")
    path = "/subscriptions?api-version=2022-12-01"
    refused = call(browser, practice, answer["access_token"], "GET", path)
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "InvalidAuthenticationTokenTenant"


@pytest.mark.parametrize(("fault", "number"), [("A5", 50173), ("A6", 70000)])
def test_A5_and_A6_a_kept_sign_in_no_longer_works(
    practice: Ready, controls: Controls, fault: str, number: int
) -> None:
    app = signed_in(practice, controls, [ME])
    controls.call("POST", "faults", {"id": fault}).raise_for_status()
    refused = silently(app, [ARM_SCOPE])
    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [number])


# The numbers of reference/auth.md §1.5, all of them.
# fmt: off
NUMBERS = (
    50076, 50074, 50078, 50079, 50072, 53004, 53010, 50158, 50199, 53000, 53001, 50097, 50005,
    53003, 530032, 530035, 530036, 530084, 65001, 90094, 90095, 65004, 65002, 650057, 650052,
    500011, 700016, 700011, 7000218, 700025, 50105, 50011, 50194, 50020, 90072, 50034, 50014,
    50173, 700082, 70008, 70043, 50133, 70016, 70018, 70019, 90119, 90120, 50196, 90055, 50053,
    700022, 50057, 50055, 53011,
)
# fmt: on


def test_any_number_of_the_reference_can_be_asked_for(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    form = {"client_id": practice["client_ids"]["graph"], "grant_type": "refresh_token"}
    for number in NUMBERS:
        controls.call("DELETE", "faults")
        fault = {"id": "A", "aadsts": number, "operation": "get token"}
        controls.call("POST", "faults", fault).raise_for_status()
        answer = browser.post(f"{practice['authority']}/oauth2/v2.0/token", data=form, timeout=10)
        found = answer.json()
        assert found["error_codes"] == [number]
        assert found["error_description"].startswith(f"AADSTS{number}: ")
        assert "The sign-in was refused." not in found["error_description"], "not in the table"
        assert answer.status_code in (400, 401, 429)
    controls.reset()
