"""The policies page, the editor and how they lead to the review, driven by keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.plan import Power
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.events import POLICIES, Arrived
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import seated


async def test_policies_are_read_when_the_page_is_shown_and_only_once() -> None:
    async with seated(s.policies(policies=Remote())) as seat:
        assert "being read" in seat.text
        assert list(seat.app.asked) == ["load_policies"]
        seat.app.wizard.happen(Arrived(POLICIES, s.POLICIES, NOW))
        assert "Everyone" in await seat.settle()
        assert list(seat.app.asked) == ["load_policies"]


async def test_a_reading_of_policies_that_stalls_says_when_a_try_ends_and_can_be_started_over() -> (
    None
):
    waiting: Remote[tuple[Policy, ...]] = Remote(since=NOW, note="Reading policies")
    async with seated(s.policies(policies=waiting)) as seat:
        seat.app.wizard.clock.time = NOW + timedelta(seconds=75)
        seat.app.screen.tick(seat.app.wizard.state)  # type: ignore[attr-defined]  # our page
        told = "Still reading, 1 min 15 s. A try ends after 60 s. R starts over, Esc leaves."
        assert told in await seat.settle()


async def test_policies_read_before_the_last_run_ended_are_read_again() -> None:
    run = replace(s.FINISHED, ended=NOW + timedelta(minutes=1))
    async with seated(s.policies(run=run)) as seat:
        assert list(seat.app.asked) == ["load_policies"]


async def test_three_policies_with_three_units_each_take_ten_keys_a_policy_at_most() -> None:
    mailboxes = tuple(map(s.mailbox, s.ACCOUNTS))
    sites = tuple(replace(unit, product=Product.SHAREPOINT) for unit in s.ACCOUNTS)
    state = s.policies(
        onedrive=s.catalog(), sharepoint=s.catalog(sites), exchange=s.catalog(mailboxes)
    )
    async with seated(state) as seat:
        keys = 0
        for _ in Product:
            one = ("enter", "enter", "space", "space", "space", "enter")
            await seat.press(*one)
            keys += len(one)
        assert [(d.product, d.name, len(d.add)) for d in seat.state.drafts] == [
            (Product.ONEDRIVE, "OneDrive", 3),
            (Product.SHAREPOINT, "SharePoint", 3),
            (Product.EXCHANGE, "Exchange", 3),
        ]
        assert all(d.power is Power.ACTIVATE for d in seat.state.drafts)
        assert seat.row == "review"
        await seat.press("enter")
        assert seat.state.at is StepId.REVIEW
        assert keys <= 30


async def test_review_is_not_offered_without_a_change_and_says_why() -> None:
    async with seated(s.policies()) as seat:
        assert "Nothing to review yet" in await seat.press("v")
        assert seat.state.at is StepId.POLICIES


async def test_a_product_without_a_role_is_shown_with_the_reason() -> None:
    async with seated(s.only_sharepoint()) as seat:
        text = await seat.press("end")
        assert "cannot be managed" in text
        assert "None of your roles manages it" in await seat.press("enter")
        assert seat.page == "PoliciesScreen"


async def test_new_changes_after_a_stopped_run_are_reviewed_first() -> None:
    async with seated(s.policies(drafts=(s.FRESH,), run=s.STOPPED)) as seat:
        await seat.press("v")
        assert seat.state.at is StepId.REVIEW


async def test_a_change_to_a_policy_that_was_deleted_is_shown_and_can_be_forgotten() -> None:
    async with seated(s.policies(drafts=(s.CHANGED,))) as seat:
        assert "no longer there" in seat.text
        assert "Somebody deleted this policy" in await seat.press("enter")
        await seat.press("x")
        assert not seat.state.drafts


async def test_forgetting_a_change_can_be_undone() -> None:
    async with seated(s.policies(drafts=(s.FRESH,))) as seat:
        assert "Forgotten: OneDrive" in await seat.press("x")
        assert not seat.state.drafts
        await seat.press("u")
        assert seat.state.drafts == (s.FRESH,)


async def test_the_editor_offers_a_free_name_and_refuses_a_taken_one() -> None:
    taken = replace(s.EVERYONE, name="OneDrive")
    async with seated(s.policies(policies=Remote((taken,), NOW))) as seat:
        assert "Name OneDrive 2" in await seat.press("down", "enter")
        text = await seat.press("backspace", "backspace", "enter")
        assert "Another policy has this name" in text
        assert seat.page == "PolicyEditorScreen"
        assert seat.state.drafts == ()


async def test_a_name_over_twenty_characters_is_refused_in_place() -> None:
    async with seated(s.policies()) as seat:
        await seat.press("enter")
        text = await seat.type(" for everybody here")
        assert "20 at most" in await seat.press("enter"), text
        assert seat.state.drafts == ()


async def test_escape_from_the_editor_with_nothing_chosen_leaves_no_draft() -> None:
    async with seated(s.policies(onedrive=s.catalog())) as seat:
        await seat.press("enter", "enter", "escape", "escape")
        assert seat.page == "PoliciesScreen"
        assert seat.state.drafts == ()


async def test_renaming_a_new_policy_keeps_its_units() -> None:
    async with seated(s.policies(drafts=(s.FRESH,), onedrive=s.catalog())) as seat:
        await seat.press("enter")
        await seat.type(" A")
        await seat.press("escape")
        assert [(d.name, d.add) for d in seat.state.drafts] == [("OneDrive A", s.FRESH.add)]


async def test_a_new_policy_can_be_made_paused() -> None:
    async with seated(s.policies(drafts=(s.FRESH,))) as seat:
        text = await seat.press("enter", "down", "down", "enter")
        assert "Stays paused" in text
        assert [d.power for d in seat.state.drafts] == [Power.KEEP]
        await seat.press("enter")
        assert [d.power for d in seat.state.drafts] == [Power.ACTIVATE]


async def test_trouble_says_what_to_do_and_d_shows_details() -> None:
    async with seated(s.policies(policies=s.OFFLINE)) as seat:
        assert "No connection to Microsoft Graph." in seat.text
        assert "Request id" not in seat.text
        assert "Request id" in await seat.press("d")
        await seat.press("r")
        assert list(seat.app.asked) == ["load_policies"]


async def test_enter_is_named_after_what_it_does_on_the_row() -> None:
    async with seated(s.policies(drafts=(s.FRESH,))) as seat:
        assert "Enter Open" in seat.text
        assert "Enter Review" in await seat.press("end")
        await seat.press("enter")
        assert seat.state.at is StepId.REVIEW


async def test_after_a_run_esc_leads_to_before_the_policies_and_l_to_the_run() -> None:
    way = (StepId.PERMISSIONS, StepId.POLICIES, StepId.REVIEW, StepId.APPLY)
    async with seated(s.applying(s.FINISHED, at=StepId.DONE, drafts=(), history=way)) as seat:
        await seat.press("q")
        assert seat.page == "PoliciesScreen"
        assert "L Last run" in seat.text
        await seat.press("l")
        assert seat.app.at() is StepId.DONE
        await seat.press("q", "escape")
        assert seat.app.at() is StepId.PERMISSIONS


async def test_without_a_run_there_is_no_l() -> None:
    async with seated(s.policies()) as seat:
        assert "Last run" not in seat.text
