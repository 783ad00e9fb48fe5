"""Which application signs in, and one of your own: what is said, what is asked, and that nothing is written unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m365backup_tui.cloud import profiles
from m365backup_tui.domain import applications as domain
from m365backup_tui.domain.app_registration import PrincipalSeen, Wish
from m365backup_tui.domain.errors import ConsentNeeded, Forbidden, NotSignedIn
from m365backup_tui.domain.session import CliSession
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.events import (
    APPLICATIONS,
    OWN_APP,
    Arrived,
    Began,
    Broke,
    Noted,
    SettingsKnown,
    SignInNeeded,
)
from m365backup_tui.screens.applications import ApplicationsScreen
from m365backup_tui.screens.own_app import OwnAppScreen
from m365backup_tui.screens.own_apps import OwnAppsScreen
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens import states_applications as s
from tests.screens.harness import NOW
from tests.screens.looking import seated

OWN = s.APP.app_id
NEEDS = ConsentNeeded(
    "This application may not use the permissions yet.",
    "AADSTS65001",
    scopes=("Application.ReadWrite.All",),
)


def test_the_ids_are_those_of_the_profile() -> None:
    assert profiles.GRAPH_TOOLS_CLIENT == domain.GRAPH_TOOLS
    assert profiles.AZURE_CLI_CLIENT == domain.AZURE_CLI


async def test_from_the_permission_page_a_leads_to_the_choices_and_esc_back() -> None:
    async with seated(s.checked()) as seat:
        text = await seat.press("a")
        assert seat.page == "ApplicationsScreen"
        assert text.count("in use") == 2
        await seat.press("escape")
        assert seat.page == "PermissionsScreen"


async def test_enter_on_what_is_in_use_changes_nothing() -> None:
    async with s.before(s.checked(), ApplicationsScreen()) as seat:
        assert "in use already" in await seat.press("enter")
        assert not [one for one in seat.app.asked if one.startswith("use_")]


async def test_azure_cli_is_chosen_for_azure_alone() -> None:
    async with s.before(s.checked(), ApplicationsScreen()) as seat:
        await seat.press("down", "down", "enter")
        assert seat.app.asked[-1] == f"use_applications - {domain.AZURE_CLI} -"


async def test_az_s_own_session_says_why_it_cannot_be_used() -> None:
    async with s.before(s.checked(), ApplicationsScreen()) as seat:
        text = await seat.press("down", "down", "down", "enter")
        assert "Nobody is signed in with az" in text
        assert "look_for_azure_cli" in seat.app.asked
        assert not [one for one in seat.app.asked if one.startswith("use_")]


async def test_az_s_own_session_is_a_choice_where_it_can_be_used() -> None:
    session = Remote(CliSession("adele.vance@contoso.com", states.TENANT, "Production"), NOW)
    async with s.before(s.checked(azure_cli=session), ApplicationsScreen()) as seat:
        await seat.press("down", "down", "down", "enter")
        assert seat.app.asked[-1] == "use_applications - az -"


async def test_an_own_application_takes_the_tenant_with_it_and_leaving_it_leaves_it_for_both() -> (
    None
):
    async with s.before(s.own(s.COMPLETE), ApplicationsScreen()) as seat:
        await seat.press("end", "enter")
        assert seat.app.asked[-1] == f"use_applications {OWN} {OWN} {states.TENANT}"
        seat.app.wizard.happen(SettingsKnown(s.OWN_IN_USE))
        await seat.settle()
        await seat.press("home", "enter")
        assert seat.app.asked[-1] == "use_applications - - -"


async def test_one_that_is_in_use_from_an_earlier_sitting_is_shown_although_its_name_is_not_known() -> (
    None
):
    async with s.before(replace(s.checked(), how=s.OWN_IN_USE), ApplicationsScreen()) as seat:
        assert "An application of your organization" in seat.text
        assert seat.text.count("in use") == 1


async def test_a_new_sign_in_closes_the_pages_above_the_sign_in_page() -> None:
    async with s.before(
        states.signed_in(at=StepId.SIGN_IN, how=SignInSettings()), ApplicationsScreen()
    ) as seat:
        await seat.press("n")
        assert seat.page == "OwnAppScreen"
        seat.app.wizard.happen(SignInNeeded(NotSignedIn("Changed.", "application_changed")))
        await seat.settle()
        await seat.settle()
        assert seat.page == "SignInScreen"


async def test_who_is_not_signed_in_can_choose_but_not_make() -> None:
    page = ApplicationsScreen()
    async with s.before(states.signing_in(), page) as seat:
        assert "Sign in first" in await seat.press("n")
        await seat.press("down", "down", "enter")
        assert page.changed
        seat.app.wizard.happen(SettingsKnown(SignInSettings(azure_application=domain.AZURE_CLI)))
        assert "next sign-in uses it" in await seat.settle()


# --- one of your own


async def test_the_plan_names_each_write_and_enter_asks_before_anything_is_written() -> None:
    async with s.before(s.own(s.FRESH), OwnAppScreen()) as seat:
        assert "6 writes. Nothing has been written yet." in seat.text
        assert "never made a Microsoft 365 Backup controller" in " ".join(seat.text.split())
        text = await seat.press("enter")
        assert seat.page == "MakeAppPage"
        assert "1  create the application" in text
        assert "grant permissions, Microsoft Graph: " in text
        assert "grant permissions, Azure: 1" in text
        await seat.press("escape")
        assert "make_own_app" not in seat.app.asked
        await seat.press("enter", "enter")
        assert seat.app.asked[-1] == "make_own_app"


async def test_permissions_are_listed_with_their_reasons() -> None:
    async with s.before(s.own(s.FRESH), OwnAppScreen()) as seat:
        text = await seat.press("down", "down", "down", "down")
        assert "Sites.Read.All: list SharePoint sites to choose from" in text


async def test_a_half_made_one_says_how_much_is_left() -> None:
    open_to_all = replace(s.HALF, found=replace(s.HALF.found, principal=PrincipalSeen("sp-1")))
    async with s.before(s.own(open_to_all), OwnAppScreen()) as seat:
        assert "half made. 3 writes would complete it" in seat.text


async def test_a_second_administrator_finds_it_and_what_is_missing_for_them() -> None:
    async with s.before(s.own(s.HALF), OwnAppScreen()) as seat:
        assert "The application is there. 2 writes would let you use it." in seat.text


async def test_for_everybody_only_after_a_key() -> None:
    async with s.before(s.own(s.FRESH), OwnAppScreen()) as seat:
        assert "for you alone" in seat.text
        await seat.press("e")
        assert seat.app.asked[-1] == "look_at_own_app everybody"
        everybody = replace(s.FRESH, wish=Wish(s.ME, everybody=True))
        seat.app.wizard.happen(Arrived(OWN_APP, everybody, NOW))
        assert "for everybody who is assigned" in await seat.settle()
        assert "without asking them" in " ".join((await seat.press("enter")).split())


async def test_a_complete_one_signs_in_with_enter() -> None:
    async with s.before(s.own(s.COMPLETE), OwnAppScreen()) as seat:
        await seat.press("enter")
        assert seat.app.asked[-1] == f"use_applications {OWN} {OWN} {states.TENANT}"


async def test_progress_is_told_and_no_key_writes_meanwhile() -> None:
    async with s.before(s.own(s.HALF), OwnAppScreen()) as seat:
        note = "Entra does not show it everywhere yet: 97 s left to wait"
        seat.app.wizard.happen(Began(OWN_APP, NOW), Noted(OWN_APP, note))
        assert "97 s left to wait" in await seat.settle()
        await seat.press("enter", "e", "x", "r")
        assert seat.page == "OwnAppScreen"
        assert seat.app.asked == []


async def test_without_consent_it_says_what_for_and_s_signs_in_for_just_that() -> None:
    async with s.before(s.own(None, own_app=Remote(error=NEEDS)), OwnAppScreen()) as seat:
        text = " ".join(seat.text.split())
        assert "takes 3 permissions" in text
        assert "Cloud Application Administrator" in text
        await seat.press("s")
        assert seat.state.needs == NEEDS
        assert seat.state.at is StepId.SIGN_IN


async def test_without_the_role_it_says_who_has_it_and_saves_the_commands() -> None:
    no = Forbidden("Your roles do not allow creating the application.", "x", "r", "a Somebody")
    async with s.before(
        s.own(s.FRESH, own_app=Remote(s.FRESH, NOW, error=no)), OwnAppScreen()
    ) as seat:
        assert "Who may: a Somebody. W saves the commands" in " ".join(seat.text.split())
        await seat.press("w")
        assert seat.page == "SaveAppCommandsScreen"
        await seat.press("enter")
        assert seat.app.asked[-1].endswith("m365backup-application.txt")
        assert "~" not in seat.app.asked[-1]


async def test_deleting_takes_the_typed_word() -> None:
    async with s.before(s.own(s.COMPLETE), OwnAppScreen()) as seat:
        await seat.press("x")
        assert seat.page == "DeleteAppPage"
        assert "Type delete, or press Esc" in await seat.press("n", "o", "enter")
        await seat.press("backspace", "backspace")
        await seat.type("delete")
        await seat.press("enter")
        assert seat.app.asked[-1] == "delete_own_app"


async def test_the_one_that_signs_in_is_not_deleted() -> None:
    async with s.before(replace(s.own(s.COMPLETE), how=s.OWN_IN_USE), OwnAppScreen()) as seat:
        assert "choose another application first" in await seat.press("x")
        assert seat.page == "OwnAppScreen"


async def test_one_that_was_switched_off_stays_off() -> None:
    off = replace(s.COMPLETE, found=replace(s.FULL, principal=PrincipalSeen("sp-1", True, False)))
    async with s.before(s.own(off), OwnAppScreen()) as seat:
        assert "switched off for signing in" in seat.text


# --- one that is there


async def test_one_that_is_there_is_found_by_words_and_taken() -> None:
    async with s.before(s.checked(), ApplicationsScreen()) as seat:
        await seat.press("f")
        assert seat.app.asked[-1] == "list_applications"
        seat.app.wizard.happen(Arrived(APPLICATIONS, (s.PAYROLL, s.BACKUP_TOOL), NOW))
        await seat.settle()
        await seat.press("slash")
        await seat.type("back")
        await seat.press("enter", "enter")
        assert seat.page == "ApplicationsScreen"
        id_ = s.BACKUP_TOOL.app_id
        assert seat.app.asked[-1] == f"use_applications {id_} {id_} {states.TENANT}"


async def test_one_that_cannot_sign_in_says_why() -> None:
    known = s.checked(applications=Remote((s.PAYROLL,), NOW))
    async with s.before(known, OwnAppsScreen()) as seat:
        text = " ".join((await seat.press("enter")).split())
        assert "public client flows are off and http://localhost is not" in text
        assert seat.page == "OwnAppsScreen"


@pytest.mark.parametrize("page", [OwnAppScreen, OwnAppsScreen])
async def test_trouble_is_told_in_place(page: type[OwnAppScreen] | type[OwnAppsScreen]) -> None:
    async with s.before(s.checked(), page()) as seat:
        seat.app.wizard.happen(Broke(OWN_APP, NEEDS), Broke(APPLICATIONS, NEEDS))
        text = await seat.settle()
        assert "may not use the permissions yet" in text
        assert "Sign in again" in text
        await seat.press("h")
        assert seat.page == "ConsentScreen"
