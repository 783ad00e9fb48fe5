"""The practice admin center page by page: what it offers, does and refuses, for any HTTP client."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from m365backup_tui.cloud.profiles import practice_profile
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token
from tests.practice.northwind import SUB_PRODUCTION

Ready = dict[str, Any]
PLACE = {
    "subscription_id": SUB_PRODUCTION,
    "resource_group": f"{SUB_PRODUCTION}/rg-m365-billing",
    "region": "westeurope",
}


class Admin:
    """Somebody at a browser: opens pages, sends their forms."""

    def __init__(self, ready: Ready, web: requests.Session, persona: str = "global-admin") -> None:
        self.portal, self._web, self.persona = ready["portal"], web, persona

    def opens(self, page: str) -> str:
        """The text of a page, which has to be there."""
        answer = self._web.get(self.portal + page, params={"persona": self.persona}, timeout=10)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def sends(self, path: str, **form: str) -> requests.Response:
        """The answer to a form."""
        values = {"persona": self.persona, **form}
        return self._web.post(self.portal + path, data=values, timeout=10)


@pytest.fixture
def admin(fresh_practice: Ready, browser: requests.Session) -> Admin:
    return Admin(fresh_practice, browser)


def billing(controls: Controls) -> dict[str, Any]:
    """The billing area of the state."""
    found: dict[str, Any] = controls.call("GET", "state").json()["billing"]
    return found


def new_policy(admin: Admin, name: str, **more: str) -> str:
    """Create a billing policy; its id as the Services page has it."""
    made = admin.sends("billing", policy_name=name, terms="yes", **{**PLACE, **more})
    assert made.status_code == 200, made.text
    boxes = re.findall(r'name="connect-([0-9a-f-]+)"[^>]*> ([^<(]+)', admin.opens("services"))
    return str(next(identity for identity, label in boxes if label.strip() == name))


def connects(admin: Admin, *policies: str) -> requests.Response:
    """Save the Services page with exactly these policies ticked."""
    return admin.sends("services", **{f"connect-{one}": "yes" for one in policies})


def test_every_link_of_the_wizard_leads_to_the_page_it_names(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    links = practice_profile(fresh_practice).links
    titles = {
        "billing_older": "Set up pay-as-you-go billing",
        "billing_newer": "Pay-as-you-go",
        "turn_on": "Backup",
        "policies": "Microsoft 365 Backup",
        "new_subscription": "Subscriptions",
        "activate_role": "My roles",
    }
    for name, title in titles.items():
        for persona in ({}, {"persona": "pim-eligible"}):
            shown = browser.get(getattr(links, name).url, params=persona, timeout=10)
            assert (shown.status_code, f"<h1>{title}</h1>" in shown.text) == (200, True), name


def test_the_menu_of_every_page_leads_somewhere(admin: Admin, browser: requests.Session) -> None:
    found = set(re.findall(r'<a href="/portal/([^"]*)"', admin.opens("billing")))
    assert len(found) > 8
    for address in found:
        text = browser.get(admin.portal + address.replace("&amp;", "&"), timeout=10).text
        assert "PRACTICE" in text
        assert '<html lang="en">' in text


def test_every_form_field_has_a_label_and_no_page_has_a_script(admin: Admin) -> None:
    new_policy(admin, "One")
    pages = ("setup", "billing", "services", "backup", "app-billing", "storage", "org-settings")
    for page in pages:
        text = admin.opens(page)
        assert "<script" not in text
        outside = re.sub(r"<label>.*?</label>", "", text, flags=re.DOTALL)
        fields = re.findall(r"<(?:input|select)[^>]*>", outside)
        assert [one for one in fields if 'type="hidden"' not in one] == [], page


def test_several_billing_policies_are_connected_exchanged_and_deleted(
    admin: Admin, controls: Controls
) -> None:
    one, two = new_policy(admin, "One"), new_policy(admin, "Two", region="northeurope")
    assert connects(admin, one).status_code == 200
    controls.advance("PT10M")
    assert "<dd>enabled</dd>" in admin.opens("")
    assert connects(admin, two).status_code == 200  # exchanged without a pause
    controls.advance("P1D")
    assert "<dd>enabled</dd>" in admin.opens("")
    refused = admin.sends("billing/delete", policy_id=two)
    assert (refused.status_code, "Disconnect the policy" in refused.text) == (409, True)
    assert admin.sends("billing/delete", policy_id=one).status_code == 200
    assert list(billing(controls)["policies"]) == [two]
    assert connects(admin).status_code == 200  # the last one: offboarding begins
    controls.advance("P1D")
    front = admin.opens("")
    assert "<dd>protectionChangeLocked</dd>" in front
    assert "<dd>userRequested</dd>" in front
    assert "Restores possible until" in front


def test_a_policys_place_can_never_be_edited(admin: Admin) -> None:
    new_policy(admin, "One")
    elsewhere = {**PLACE, "resource_group": f"{SUB_PRODUCTION}/rg-app-07"}
    again = admin.sends("billing", policy_name="one", terms="yes", **elsewhere)
    assert (again.status_code, "cannot be changed" in again.text) == (409, True)
    same = admin.sends("billing", policy_name="One", terms="yes", **PLACE)
    assert same.status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"budget_amount": "0"},
        {"budget_amount": "-5"},
        {"budget_amount": "9" * 5000},
        {"budget_amount": "100", "budget_period": "day"},
        {"budget_amount": "100", "budget_alerts": "0"},
        {"budget_amount": "100", "budget_alerts": "100"},
        {"budget_amount": "100", "budget_alerts": "1,2,3,4,5"},
        {"budget_amount": "100", "budget_alerts": "half"},
        {"policy_name": "x" * 101},
    ],
)
def test_a_wrong_policy_is_refused_and_keeps_what_was_entered(
    admin: Admin, controls: Controls, form: dict[str, str]
) -> None:
    values = {"policy_name": "One", "terms": "yes", **PLACE, **form}
    refused = admin.sends("billing", **values)
    assert refused.status_code == 400
    assert f'<option value="{PLACE["resource_group"]}" selected>' in refused.text
    assert "policies" not in billing(controls)


def test_a_budget_is_kept_and_shown(admin: Admin) -> None:
    new_policy(admin, "One", budget_amount="500", budget_alerts="80%, 50")
    assert "USD 500 a month, mail at 50 %, 80 %, 100 %" in admin.opens("billing")


def test_there_are_fifty_billing_policies_at_most(admin: Admin, controls: Controls) -> None:
    first = new_policy(admin, "First")
    state = controls.call("GET", "state").json()
    policies = state["billing"]["policies"]
    for number in range(49):
        policies[f"made-{number}"] = {
            **policies[first],
            "id": f"made-{number}",
            "name": f"P{number}",
        }
    controls.call("PUT", "state", state).raise_for_status()
    assert admin.sends("billing", policy_name="Last", terms="yes", **PLACE).status_code == 409


def test_older_billing_is_migrated_without_a_pause(admin: Admin, controls: Controls) -> None:
    assert admin.sends("setup", terms="yes", **PLACE).status_code == 200
    assert admin.sends("setup/turn-on", terms="yes").status_code == 200
    controls.advance("PT10M")
    assert admin.sends("storage/migrate").status_code == 200
    stored = billing(controls)
    assert stored["linked"] is None
    [policy] = stored["policies"].values()
    assert (policy["name"], policy["connected"], policy["region"]) == (
        "Service migration",
        True,
        "westeurope",
    )
    for later in ("PT1S", "PT10M", "P2D"):
        controls.advance(later)
        assert "<dd>enabled</dd>" in admin.opens("")
    assert admin.sends("storage/migrate").status_code == 409  # nothing is left to migrate


def test_older_and_newer_billing_do_not_mix(admin: Admin, controls: Controls) -> None:
    admin.sends("setup", terms="yes", **PLACE)
    policy = new_policy(admin, "One")
    refused = connects(admin, policy)
    assert (refused.status_code, "migrate it first" in refused.text) == (409, True)
    assert admin.sends("setup", terms="yes", **PLACE).status_code == 409


def test_disconnecting_the_subscription_begins_offboarding(
    admin: Admin, controls: Controls
) -> None:
    admin.sends("setup", terms="yes", **PLACE)
    admin.sends("setup/turn-on", terms="yes")
    controls.advance("PT10M")
    assert admin.sends("org-settings").status_code == 400  # not without saying so
    assert admin.sends("org-settings", sure="yes").status_code == 200
    controls.advance("PT10M")
    assert "<dd>invalidBillingProfile</dd>" in admin.opens("")
    assert billing(controls)["linked"] is None
    assert admin.sends("org-settings", sure="yes").status_code == 409


def test_the_backup_page_counts_policies_and_items(
    admin: Admin, fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    controls.turn_backup_on()
    assert "<dt>Exchange</dt><dd>not set up</dd>" in admin.opens("backup")
    rest = Rest(fresh_practice, graph_token(fresh_practice, controls), browser)
    me = next(one["oid"] for one in fresh_practice["personas"] if one["key"] == "global-admin")
    body = {"displayName": "Mail", "mailboxProtectionUnits": [{"directoryObjectId": me}]}
    assert rest.call("POST", "/solutions/backupRestore/exchangeProtectionPolicies", body)[0] == 201
    assert "<dt>Exchange</dt><dd>policies: 1, items: 1</dd>" in admin.opens("backup")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("setup", {"terms": "yes", **PLACE}),
        ("setup/turn-on", {"terms": "yes"}),
        ("storage/turn-off", {"sure": "yes"}),
        ("storage/migrate", {}),
        ("org-settings", {"sure": "yes"}),
        ("billing", {"terms": "yes", "policy_name": "One", **PLACE}),
        ("backup/keep", {}),
        ("app-billing", {"application": SUB_PRODUCTION, **PLACE}),
    ],
)
@pytest.mark.parametrize("persona", ["exchange-admin", "backup-admin", "pim-eligible", "no-role"])
def test_who_has_no_role_for_it_changes_nothing(
    fresh_practice: Ready,
    browser: requests.Session,
    controls: Controls,
    persona: str,
    path: str,
    form: dict[str, str],
) -> None:
    before = controls.call("GET", "state").json()
    refused = Admin(fresh_practice, browser, persona).sends(path, **form)
    assert refused.status_code == 403
    assert 'role="alert"' in refused.text
    assert controls.call("GET", "state").json() == before


@pytest.mark.parametrize(
    ("method", "path", "options", "expected"),
    [
        ("GET", "nowhere", {}, 404),
        ("POST", "nowhere", {"data": {}}, 404),
        ("POST", "setup/nothing", {"data": {"persona": "global-admin"}}, 404),
        ("POST", "setup", {"data": {}}, 400),
        ("POST", "setup", {"data": {"persona": "nobody"}}, 400),
        ("POST", "setup", {"data": b"\xff\xfe=%ZZ"}, 400),
        ("POST", "setup", {"json": {"persona": "global-admin"}}, 400),
        (
            "POST",
            "setup",
            {
                "data": b"persona=x",
                "headers": {"Content-Type": "application/x-www-form-urlencoded; charset=no"},
            },
            400,
        ),
        ("POST", "setup", {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        (
            "POST",
            "setup",
            {
                "data": b"--b\r\n\r\n",
                "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            },
            400,
        ),
        ("GET", "billing?persona=global-admin&policy=%3Cscript%3E&region=%00", {}, 200),
        ("POST", "billing/delete", {"data": {"persona": "global-admin", "policy_id": "x"}}, 404),
    ],
)
def test_strange_requests_are_answered(
    admin: Admin, browser: requests.Session, method: str, path: str, options: Any, expected: int
) -> None:
    answer = browser.request(method, admin.portal + path, timeout=10, **options)
    assert answer.status_code == expected
    assert "<script" not in answer.text
