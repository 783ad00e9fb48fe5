"""Consent by scope: what a person may accept, what needs an administrator, where it is kept."""

from typing import Any

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest
from tests.practice.sign_in_pages import open_page
from tests.practice.signing_in import public_client, sign_in
from tests.practice.test_entra import claims_of

Ready = dict[str, Any]
BACKUP = "BackupRestore-Configuration.ReadWrite.All"
HOME = "http://localhost:8400"


@pytest.fixture(autouse=True)
def _missing(fresh_practice: Ready, controls: Controls) -> None:
    """Nobody has consented to the backup permissions."""
    controls.scenarios({"id": "consent-missing"})


def device(ready: Ready, web: requests.Session, scopes: list[str]) -> tuple[Any, Any, Any]:
    """msal, its flow, and the page that asks who signs in."""
    app = public_client(ready)
    flow = app.initiate_device_flow(scopes=scopes)
    page = open_page(web, flow["verification_uri"]).press("", user_code=flow["user_code"])
    return app, flow, page


def test_the_page_names_the_application_before_anybody_signs_in(
    practice: Ready, browser: requests.Session
) -> None:
    _, _, page = device(practice, browser, [BACKUP])
    assert "Microsoft Graph Command Line Tools" in page.text


def test_an_administrator_accepts_for_one_person_only(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    app, flow, page = device(practice, browser, [BACKUP])
    asks = page.press("approve", persona="global-admin")
    assert f"{BACKUP} (Microsoft Graph)" in asks.text
    assert "signed in" in asks.press("accept").text
    assert "access_token" in app.acquire_token_by_device_flow(flow)
    assert sign_in(practice, controls, [BACKUP], "sharepoint-admin")["error_codes"] == [65001]
    assert "access_token" in sign_in(practice, controls, [BACKUP])


def test_an_administrator_accepts_for_everybody(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    _, _, page = device(practice, browser, [BACKUP])
    page.press("approve", persona="global-admin").press("accept", everybody="yes")
    assert "access_token" in sign_in(practice, controls, [BACKUP], "sharepoint-admin")


def test_others_are_told_that_an_administrator_must(
    practice: Ready, browser: requests.Session
) -> None:
    app, flow, page = device(practice, browser, [BACKUP])
    stopped = page.press("approve", persona="sharepoint-admin")
    assert "AADSTS90094" in stopped.text
    forced = browser.post(
        flow["verification_uri"],
        data={**stopped.fields(), "persona": "sharepoint-admin", "consent": "accept"},
        timeout=10,
    )
    assert forced.status_code == 400
    stopped.press("refuse")
    assert app.acquire_token_by_device_flow(flow)["error"] == "authorization_declined"


def test_refusing_in_the_browser_flow_is_told_to_the_application(
    practice: Ready, browser: requests.Session
) -> None:
    query = {
        "client_id": practice["client_ids"]["graph"],
        "response_type": "code",
        "redirect_uri": HOME,
        "scope": BACKUP,
    }
    page = open_page(browser, f"{practice['authority']}/oauth2/v2.0/authorize", **query)
    asks = page.press("approve", persona="global-admin")
    assert asks.press("refuse").brought["error"] == "access_denied"
    assert "code" in asks.press("accept").brought
    silent = open_page(
        browser, f"{practice['authority']}/oauth2/v2.0/authorize", **query, prompt="none"
    )
    assert "code" in silent.brought


def test_silence_is_not_consent(practice: Ready, browser: requests.Session) -> None:
    query = {
        "client_id": practice["client_ids"]["graph"],
        "response_type": "code",
        "redirect_uri": HOME,
        "scope": "User.Read",
    }
    page = open_page(browser, f"{practice['authority']}/oauth2/v2.0/authorize", **query)
    assert "code" in page.press("approve", persona="global-admin").brought
    silent = open_page(
        browser,
        f"{practice['authority']}/oauth2/v2.0/authorize",
        **{**query, "scope": BACKUP, "prompt": "none"},
    )
    assert silent.brought["error"] == "interaction_required"
    assert "AADSTS65001" in silent.brought["error_description"]


def test_the_admin_consent_page_can_be_refused(practice: Ready, browser: requests.Session) -> None:
    page = open_page(
        browser,
        f"{practice['base_url']}/{practice['tenant_id']}/v2.0/adminconsent",
        client_id=practice["client_ids"]["graph"],
        scope=f"https://graph.microsoft.com/{BACKUP}",
        redirect_uri=HOME,
        state="abc",
    )
    brought = page.press("refuse").brought
    assert brought["error"] == "consent_required"
    assert brought["state"] == "abc"
    assert "AADSTS65004" in brought["error_description"]


def test_dot_default_gives_what_is_granted_and_no_more(practice: Ready, controls: Controls) -> None:
    every = ["https://graph.microsoft.com/.default"]
    scope = sign_in(practice, controls, every)
    held = claims_of(scope["access_token"])["scp"].split()
    assert "User.Read" in held
    assert BACKUP not in held
    controls.scenarios()
    held = claims_of(sign_in(practice, controls, every)["access_token"])["scp"].split()
    assert BACKUP in held


def test_the_grant_is_kept_where_graph_shows_it(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    _, _, page = device(practice, browser, [BACKUP])
    page.press("approve", persona="global-admin").press("accept")
    token = sign_in(practice, controls, ["Directory.Read.All"])["access_token"]
    rest = Rest(practice, token, browser)
    oid = next(one["oid"] for one in practice["personas"] if one["key"] == "global-admin")
    _, answer = rest.call("GET", f"/oauth2PermissionGrants?$filter=principalId eq '{oid}'")
    assert [(one["consentType"], one["scope"]) for one in answer["value"]] == [
        ("Principal", BACKUP)
    ]
    _, answer = rest.call("GET", "/oauth2PermissionGrants?$filter=consentType eq 'AllPrincipals'")
    assert not any(BACKUP in one["scope"] for one in answer["value"])
