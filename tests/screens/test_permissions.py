"""Permissions: every answer of the check in words, and what Enter does with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from m365backup_tui.domain.applications import AZURE_CLI, GRAPH_TOOLS, NAMES
from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    ConsentNeeded,
    Forbidden,
    NotSignedIn,
    SignInRefused,
    Unreachable,
)
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.roles import How
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.domain.session import Way
from m365backup_tui.events import READINESS, Arrived, Broke, SignedInNow
from m365backup_tui.screens.views import permissions as shown
from m365backup_tui.screens.views import permissions_about as meaning
from m365backup_tui.screens.views import sign_in as signing_in
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW, SIZE, app_showing, text_of

SHAREPOINT = states.held("SharePoint Administrator")
AZURE_ALONE = NotSignedIn("Azure needs a sign-in of its own.", "sign_in_for_azure")
EXCHANGE_ELIGIBLE = states.held("Exchange Administrator", How.ELIGIBLE)


async def test_the_check_begins_once_when_the_page_opens() -> None:
    app = app_showing(states.permissions())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "press R to check again" in text_of(app)
        app.wizard.happen(Arrived(READINESS, states.report(), NOW))
        await pilot.pause()
        assert app.asked == ["check_access"]
        assert "You can set up everything." in text_of(app)


async def test_enter_continues_to_billing() -> None:
    app = app_showing(states.permissions(states.report()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.at() is StepId.SUBSCRIPTION


async def test_what_is_missing_is_named_with_who_can_grant_it_and_a_link() -> None:
    app = app_showing(states.permissions(states.report(SHAREPOINT, EXCHANGE_ELIGIBLE)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down")
        await pilot.pause()
        text = text_of(app)
        assert "You can set up everything except Exchange." in text
        assert "Continue without Exchange" in text
        assert "Exchange Administrator is eligible but not active" in text
        assert "Privileged Identity Management" in text
        assert states.LINKS.pim in text
        assert app.screen.copyable() == states.LINKS.pim  # type: ignore[attr-defined]  # our page


async def test_r_checks_again_also_after_it_failed() -> None:
    app = app_showing(states.permissions())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Broke(READINESS, Unreachable("graph.microsoft.com did not answer.")))
        await pilot.press("r", "f5")
        assert app.asked == ["check_access"] * 3
        assert "Your permissions could not be checked." in text_of(app)
        assert "did not answer" in text_of(app)


async def test_a_check_that_stalls_says_how_long_it_may_and_can_be_started_over() -> None:
    waiting: Remote[Readiness] = Remote(since=NOW, note="Reading your roles")
    app = app_showing(states.permissions(None, readiness=waiting))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("r")
        assert app.asked == []
        assert "The check is running." in text_of(app)
        app.wizard.clock.time = NOW + timedelta(seconds=75)
        app.screen.tick(app.wizard.state)  # type: ignore[attr-defined]  # our page
        await pilot.pause()
        assert "Still reading, 1 min 15 s. A try ends after 60 s. R starts over, Esc leaves." in (
            text_of(app)
        )
        await pilot.press("r")
        assert app.asked == ["check_access"]


@pytest.mark.parametrize("probe", list(Probe))
def test_every_answer_of_the_service_has_words(probe: Probe) -> None:
    report = states.report(service=BackupService(probe))
    row = next(r for r in shown.rows(report) if r.id == "service")
    state = states.permissions(report)
    assert len(str(row.cells[2])) > 10
    assert meaning.about(state, "service")


def test_a_locked_service_says_until_when_grace_lasts() -> None:
    service = BackupService(Probe.LOCKED, grace_until=NOW)
    row = next(r for r in shown.rows(states.report(service=service)) if r.id == "service")
    assert "grace until 21 Nov 10:42" in row.cells[2]


def test_reads_that_failed_are_listed() -> None:
    rows = shown.rows(states.report(notes=("Azure could not be read: 403",)))
    assert rows[-1].cells == ("Note", "Not read", "Azure could not be read: 403")


def test_unknown_eligibility_is_said_and_not_taken_for_none() -> None:
    report = Readiness(states.TENANT, (SHAREPOINT,), (), states.OFF, NOW, eligibility_known=False)
    assert "eligible" in {row.id for row in shown.rows(report)}


def test_without_any_role_the_heading_says_so() -> None:
    nobody = replace(states.report(), roles=())
    assert shown.heading(states.permissions(nobody)).startswith("You cannot manage policies yet.")


def test_eligible_roles_alone_are_to_be_activated_first() -> None:
    state = states.permissions(states.report(states.held("Global Administrator", How.ELIGIBLE)))
    assert "Activate what you need, then press R." in shown.heading(state)
    assert "Privileged Identity Management" in meaning.about(state, "set-up")
    cells = {row.id: row.cells for row in shown.rows(_report(state))}
    assert cells["set-up"][2] == "after you activate Global Administrator"


def test_who_cannot_open_the_set_up_pages_is_not_promised_everything() -> None:
    state = states.permissions(states.report(states.held("Microsoft 365 Backup Administrator")))
    assert shown.heading(state).endswith("and prepare billing, but not turn backup on.")
    assert "SharePoint Administrators and Global Administrators" in meaning.about(state, "set-up")
    assert "next steps" not in meaning.about(state, "service")


def test_no_subscription_at_all_does_not_point_to_identity_management() -> None:
    links = replace(states.LINKS, pim=states.LINKS.create_subscription)  # as on the practice tenant
    place = replace(states.PLACE, links=links)
    state = states.permissions(states.report(subscriptions=()), place=place)
    assert "Identity Management" not in meaning.about(state, "azure")


@pytest.mark.parametrize("at", [StepId.PERMISSIONS, StepId.SUBSCRIPTION])
async def test_azure_without_a_token_is_one_key_from_a_sign_in_of_its_own(at: StepId) -> None:
    report = replace(states.report(subscriptions=()), azure_error=AZURE_ALONE)
    app = app_showing(states.permissions(report, at=at))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "S Azure sign-in" in text_of(app)
        await pilot.press("s")
        await pilot.pause()
        assert app.at() is StepId.SIGN_IN
        assert app.wizard.state.needs == AZURE_ALONE
        later = replace(states.SIGNED_IN, at=NOW + timedelta(minutes=1))
        app.wizard.happen(SignedInNow(later))
        await pilot.pause()
        await pilot.pause()
        assert app.at() is at
        assert app.asked[-1] == "check_access"
        assert app.asked.count("check_access") == 1


@pytest.mark.parametrize("at", [StepId.PERMISSIONS, StepId.SUBSCRIPTION])
async def test_a_sign_in_that_was_revoked_is_not_told_as_a_matter_of_azure(at: StepId) -> None:
    revoked = NotSignedIn("Your sign-in was revoked.", "AADSTS50173")
    report = replace(states.report(subscriptions=()), azure_error=revoked)
    app = app_showing(states.permissions(report, at=at))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        shown = " ".join(text_of(app).split())
        assert "Your sign-in was revoked." in shown
        assert "S Sign in again" in shown
        assert "of its own" not in shown
        assert "does not take" not in shown


def test_the_sign_in_for_azure_names_its_own_application() -> None:
    code = Remote(states.CODE, NOW, NOW)
    state = states.signed_in(needs=AZURE_ALONE)
    state = replace(state, device_code=code)
    assert "for Azure" in signing_in.heading(state, Way.CODE)
    words = "".join(text for text, _ in signing_in.instructions(state))
    assert NAMES[AZURE_CLI] in words
    assert NAMES[GRAPH_TOOLS] not in words


def _report(state: State) -> Readiness:
    assert state.readiness.value is not None
    return state.readiness.value


def test_without_a_subscription_the_heading_says_that_billing_is_missing() -> None:
    state = states.permissions(states.report(subscriptions=(states.SANDBOX,)))
    assert "cannot set up billing yet" in shown.heading(state)
    assert "Owner or Contributor" in meaning.about(state, "subscription-s-2")


def test_a_tenant_that_is_on_needs_no_subscription() -> None:
    state = states.permissions(states.report(subscriptions=(), service=states.ON))
    assert shown.heading(state) == "You can set up everything."


@pytest.mark.parametrize("probe", [p for p in Probe if p not in (Probe.ANSWERS, Probe.OFF)])
def test_everything_is_not_promised_when_the_service_did_not_answer_well(probe: Probe) -> None:
    said = shown.heading(states.permissions(states.report(service=BackupService(probe))))
    assert "everything" not in said
    assert len(said) <= 76  # one line at 80 columns


def test_a_service_in_a_state_that_is_new_is_not_headed_everything() -> None:
    odd = BackupService(Probe.ANSWERS, status="practiceInvented")
    assert "practiceInvented" in shown.heading(states.permissions(states.report(service=odd)))


def test_a_service_that_ended_because_of_billing_says_so() -> None:
    ended = BackupService(Probe.OFF, "disabled", disable_reason="invalidBillingProfile")
    state = states.permissions(states.report(service=ended))
    row = next(r for r in shown.rows(_report(state)) if r.id == "service")
    assert row.cells[2] == "disabled: its billing is not healthy"
    assert "Owner of the billing subscription" in meaning.about(state, "service")


def test_off_without_a_reason_does_not_claim_to_know_it() -> None:
    said = meaning.about(states.permissions(states.report()), "service")
    assert "never turned on here, or it was disabled because of billing" in said


def test_subscriptions_that_were_not_read_are_not_taken_for_none() -> None:
    report = replace(states.report(subscriptions=()), azure_error=Broken("Odd answer."))
    said = shown.heading(states.permissions(report))
    assert said == "You may manage all policies, but Azure could not be read. Press R."


@pytest.mark.parametrize(
    "error",
    [Broken("The answer could not be read."), ConsentNeeded("No consent."), Forbidden("No.")],
)
async def test_a_check_that_fails_later_keeps_the_findings_and_says_how_old_they_are(
    error: CloudError,
) -> None:
    app = app_showing(states.permissions(states.report()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Broke(READINESS, error))
        await pilot.pause()
        text = text_of(app)
        assert "The check failed. Below is what was found at" in text
        assert "You can set up everything" not in text
        assert error.what in text
        assert "F5" not in text
        assert "Global Administrator" in text  # the findings are still there


async def test_a_sign_in_refused_in_the_middle_has_its_key_on_the_page() -> None:
    app = app_showing(states.permissions(states.report()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        blocked = "A Conditional Access policy of your organization blocks this sign-in."
        app.wizard.happen(Broke(READINESS, SignInRefused(blocked, "AADSTS53003")))
        await pilot.pause()
        assert "press S to sign in again" in " ".join(text_of(app).split())
        assert "S Sign in again" in text_of(app)
        await pilot.press("s")
        await pilot.pause()
        assert app.at() is StepId.SIGN_IN


async def test_the_key_that_the_words_name_is_in_the_bar_before_any_report() -> None:
    mismatch = SignInRefused("The token belongs to another account.", "account_mismatch")
    app = app_showing(states.permissions(readiness=Remote(error=mismatch)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "(Enter Continue) S Sign in again" in " ".join(text_of(app).split())


def test_a_quick_edit_of_a_tenant_that_is_off_goes_through_billing() -> None:
    state = states.permissions(states.report(), quick=True)
    assert shown.continue_label(state) == "Continue with billing"
