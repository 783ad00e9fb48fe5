"""The browser sign-in of the practice Entra: real msal on one side, forms without scripts on the other."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.sign_in_pages import Page, open_page
from tests.practice.signing_in import ARM_SCOPE, public_client
from tests.practice.test_entra import claims_of

Ready = dict[str, Any]
HOME = "http://localhost:8400"
pytestmark = pytest.mark.filterwarnings("ignore:response_mode")


@pytest.fixture(autouse=True)
def _fresh(fresh_practice: Ready) -> None:
    """Every test begins with a tenant nobody has touched."""


def authorize(ready: Ready, web: requests.Session, **query: str) -> Page:
    """The sign-in page, asked for by hand."""
    asked = {
        "client_id": ready["client_ids"]["graph"],
        "response_type": "code",
        "redirect_uri": HOME,
        "scope": "User.Read offline_access",
        "state": "s t&a=te",
        **query,
    }
    sent = {name: value for name, value in asked.items() if value}
    return open_page(web, f"{ready['authority']}/oauth2/v2.0/authorize", **sent)


def redeem(ready: Ready, web: requests.Session, code: str, **fields: str) -> dict[str, Any]:
    """The token endpoint's answer to a code."""
    form = {
        "grant_type": "authorization_code",
        "client_id": ready["client_ids"]["graph"],
        "code": code,
        "redirect_uri": HOME,
        **fields,
    }
    answer = web.post(f"{ready['authority']}/oauth2/v2.0/token", data=form, timeout=10)
    found: dict[str, Any] = answer.json()
    return found


def test_msal_gets_tokens_with_its_own_form_post(
    practice: Ready, browser: requests.Session
) -> None:
    app = public_client(practice)
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=HOME, response_mode="form_post")
    page = open_page(browser, flow["auth_uri"]).press("approve", persona="exchange-admin")
    assert f'action="{HOME}"' in page.answer.text
    answer = app.acquire_token_by_auth_code_flow(flow, page.fields())
    assert answer["id_token_claims"]["name"] == "Dmitri Orlov"
    assert answer["id_token_claims"]["nonce"] == flow_nonce(flow)


def flow_nonce(flow: dict[str, Any]) -> str:
    """The nonce that msal expects: it keeps the nonce itself and sends its hash."""
    import hashlib

    return hashlib.sha256(flow["nonce"].encode()).hexdigest()


@pytest.mark.parametrize(("mode", "mark"), [("query", "?"), ("fragment", "#"), ("", "?")])
def test_the_answer_comes_where_it_was_asked_for(
    practice: Ready, browser: requests.Session, mode: str, mark: str
) -> None:
    page = authorize(practice, browser, response_mode=mode).press("approve", persona="no-role")
    assert page.went_to.startswith(f"{HOME}{mark}code=")
    assert page.brought["state"] == "s t&a=te"


def test_declining_is_told_to_the_application(practice: Ready, browser: requests.Session) -> None:
    page = authorize(practice, browser).press("decline", persona="no-role")
    assert page.brought["error"] == "access_denied"
    assert "AADSTS65004" in page.brought["error_description"]
    assert page.brought["state"] == "s t&a=te"


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost",
        "http://localhost:1/",
        "https://login.microsoftonline.com/common/oauth2/nativeclient",
    ],
)
def test_registered_redirect_addresses(
    practice: Ready, browser: requests.Session, address: str
) -> None:
    page = authorize(practice, browser, redirect_uri=address)
    assert "Pick an account" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:8400/elsewhere",
        "http://localhost.example",
        "https://localhost",
        "http://127.0.0.1:8400",
        "http://[::1]:8400",
        "http://[",
        "http://localhost:99999999",
        "http://localhost:8400\r\nX-Evil: yes",
        "http://localhost/\u00e9",
        "javascript:alert(1)",
    ],
)
def test_other_redirect_addresses_stay_at_the_browser(
    practice: Ready, browser: requests.Session, address: str
) -> None:
    page = authorize(practice, browser, redirect_uri=address)
    assert page.answer.status_code == 400
    assert "AADSTS50011" in page.text


@pytest.mark.parametrize(
    ("query", "error", "number"),
    [
        ({"response_type": "token"}, "unsupported_response_type", 700054),
        ({"scope": "User.Reed"}, "invalid_scope", 650053),
        ({"scope": "https://vault.azure.net/user_impersonation"}, "invalid_resource", 500011),
        ({"prompt": "please"}, "invalid_request", 90100),
        ({"claims": "[1"}, "invalid_request", 90100),
        ({"code_challenge_method": "S256"}, "invalid_request", 50147),
        ({"code_challenge": "x", "code_challenge_method": "S512"}, "invalid_request", 90100),
        ({"code_challenge": "x", "code_challenge_method": "S256"}, "invalid_request", 501491),
        ({"code_challenge": "x" * 44, "code_challenge_method": "S256"}, "invalid_request", 501491),
        ({"code_challenge": "x" * 129}, "invalid_request", 501491),
        ({"scope": "https://graph.microsoft.com/.default User.Read"}, "invalid_scope", 70011),
        ({"prompt": "none"}, "login_required", 50058),
        ({"max_age": "soon"}, "invalid_request", 90100),
    ],
)
def test_what_is_wrong_is_told_to_the_redirect_address(
    practice: Ready, browser: requests.Session, query: dict[str, str], error: str, number: int
) -> None:
    page = authorize(practice, browser, **query)
    assert page.brought["error"] == error
    assert f"AADSTS{number}" in page.brought["error_description"]
    assert "Trace ID:" in page.brought["error_description"]
    assert page.brought["error_uri"].endswith(f"code={number}")


def test_a_code_works_once(practice: Ready, browser: requests.Session) -> None:
    code = authorize(practice, browser).press("approve", persona="no-role").brought["code"]
    assert "access_token" in redeem(practice, browser, code)
    assert redeem(practice, browser, code)["error_codes"] == [54005]
    assert redeem(practice, browser, "guess")["error_codes"] == [70000]


def test_a_code_is_over_after_ten_minutes(
    practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    code = authorize(practice, browser).press("approve", persona="no-role").brought["code"]
    controls.advance("PT10M")
    assert redeem(practice, browser, code)["error_codes"] == [70008]


def test_a_plain_challenge_is_compared_as_it_is(practice: Ready, browser: requests.Session) -> None:
    first = authorize(practice, browser, code_challenge="v" * 43)
    code = first.press("approve", persona="no-role").brought["code"]
    assert "access_token" in redeem(practice, browser, code, code_verifier="v" * 43)
    browser.cookies.clear()
    second = authorize(practice, browser, code_challenge="v" * 43)
    code = second.press("approve", persona="no-role").brought["code"]
    assert redeem(practice, browser, code)["error_codes"] == [501481]


def test_a_verifier_needs_a_challenge(practice: Ready, browser: requests.Session) -> None:
    code = authorize(practice, browser).press("approve", persona="no-role").brought["code"]
    assert redeem(practice, browser, code, code_verifier="v" * 43)["error_codes"] == [501481]


def test_msal_can_ask_how_long_ago_the_person_signed_in(
    practice: Ready, browser: requests.Session, controls: Controls
) -> None:
    app = public_client(practice)

    def asked(max_age: int) -> tuple[dict[str, Any], Page]:
        flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=HOME, max_age=max_age)
        return flow, open_page(browser, flow["auth_uri"])

    flow, page = asked(3600)
    page = page.press("approve", persona="no-role")
    first = app.acquire_token_by_auth_code_flow(flow, page.brought)["id_token_claims"]
    flow, page = asked(3600)
    again = app.acquire_token_by_auth_code_flow(flow, page.brought)["id_token_claims"]
    assert again["auth_time"] == first["auth_time"]
    # The service's clock, ten minutes on: what was good for an hour is too old for five minutes.
    controls.call("POST", "faults", {"id": "T12", "skew": 600}).raise_for_status()
    assert "Pick an account" in asked(300)[1].text
    assert asked(3600)[1].went_to.startswith(HOME)


def test_two_resources_may_be_consented_to_together_but_not_redeemed_together(
    practice: Ready, browser: requests.Session
) -> None:
    both = f"User.Read {ARM_SCOPE}"
    code = authorize(practice, browser, scope=both).press("approve", persona="no-role").brought
    assert redeem(practice, browser, code["code"])["error_codes"] == [700022]
    code = authorize(practice, browser, scope=both).brought  # still signed in: no page
    answer = redeem(practice, browser, code["code"], scope=ARM_SCOPE)
    assert claims_of(answer["access_token"])["aud"] == "https://management.azure.com"


def test_a_browser_that_is_signed_in_is_not_asked_again_until_it_signs_out(
    practice: Ready, browser: requests.Session
) -> None:
    authorize(practice, browser).press("approve", persona="sharepoint-admin")
    for prompt in ("", "none"):
        code = authorize(practice, browser, prompt=prompt).brought["code"]
        token = redeem(practice, browser, code)["access_token"]
        assert claims_of(token)["name"] == "Chiara Moretti"
    for prompt in ("login", "select_account"):
        assert "Pick an account" in authorize(practice, browser, prompt=prompt).text
    other = authorize(practice, browser, login_hint=practice["personas"][0]["upn"])
    assert "Pick an account" in other.text
    out = f"{practice['authority']}/oauth2/v2.0/logout"
    assert open_page(browser, out, post_logout_redirect_uri=HOME, state="x").brought == {
        "state": "x"
    }
    assert authorize(practice, browser, prompt="none").brought["error"] == "login_required"


def test_signing_out_does_not_send_a_browser_anywhere(
    practice: Ready, browser: requests.Session
) -> None:
    out = f"{practice['authority']}/oauth2/v2.0/logout"
    page = open_page(browser, out, post_logout_redirect_uri="https://elsewhere.example/")
    assert page.answer.status_code == 200
    assert "signed out" in page.text


def test_the_hint_chooses_who_is_offered_first(practice: Ready, browser: requests.Session) -> None:
    upn = next(one["upn"] for one in practice["personas"] if one["key"] == "no-azure")
    page = authorize(practice, browser, login_hint=upn.upper())
    assert '<option value="no-azure" selected>' in page.answer.text


def test_pages_carry_no_script_and_nothing_from_outside(
    practice: Ready, browser: requests.Session
) -> None:
    evil = '"><script>alert(1)</script>'
    page = authorize(practice, browser, state=evil, login_hint=evil)
    assert "<script" not in page.answer.text
    assert "src=" not in page.answer.text
    back = page.press("approve", persona="no-role").went_to
    assert urlsplit(back).hostname == "localhost"
