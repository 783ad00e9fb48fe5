"""An existing policy: marks for removal, pause, rename, add; everything becomes a draft."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.plan import Power
from m365backup_tui.state import Remote
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import seated


async def test_units_show_their_state_and_errors() -> None:
    async with seated(s.detail()) as seat:
        text = await seat.press("enter")
        assert list(seat.app.asked) == ["open_policy p-1", "load_rules p-1"]
        assert "OneDrive “Everyone” is active: 48 of 50 protected, 2 failed." in text
        assert "being protected" in text
        assert "no licence" in text


async def test_units_of_another_policy_are_not_shown_while_this_one_is_read() -> None:
    async with seated(s.detail(policies=Remote((s.PROJECTS,), NOW))) as seat:
        text = await seat.press("down", "down", "home", "down", "enter")
        assert "SharePoint “Projects”" in text
        assert "Megan Bowen" not in text


async def test_d_marks_for_removal_says_what_it_costs_and_takes_the_mark_away_again() -> None:
    async with seated(s.detail()) as seat:
        text = await seat.press("enter", "d")
        assert "to be removed" in text
        assert "stay charged" in text
        assert [unit.id for unit in seat.state.drafts[0].remove] == ["u-0"]
        await seat.press("up", "space")
        assert seat.state.drafts == ()


async def test_a_unit_held_by_a_dynamic_rule_cannot_be_removed_and_says_why_and_what_can() -> None:
    async with seated(s.detail()) as seat:
        text = await seat.press("enter", "end", "d")
        assert "A rule holds it: take the person out of the group, or end the rule: G." in text
        assert seat.state.drafts == ()
        await seat.press("g")
        assert seat.page == "RuleScreen"


async def test_pause_and_resume_follow_the_policy_and_can_be_taken_back() -> None:
    async with seated(s.detail()) as seat:
        await seat.press("enter", "p")
        assert [d.power for d in seat.state.drafts] == [Power.PAUSE]
        await seat.press("p")
        assert seat.state.drafts == ()
    paused = replace(s.EVERYONE, status=s.PROJECTS.status)
    async with seated(s.detail(policies=Remote((paused,), NOW), opened=Remote())) as seat:
        assert "P Resume" in await seat.press("enter")
        await seat.press("p")
        assert [d.power for d in seat.state.drafts] == [Power.ACTIVATE]


async def test_a_policy_that_the_service_works_on_is_not_paused() -> None:
    busy = replace(s.UPDATING, product=s.EVERYONE.product)
    async with seated(s.detail(policies=Remote((busy,), NOW), opened=Remote())) as seat:
        text = await seat.press("enter", "p")
        assert "The service is working on this policy" in text
        assert seat.state.drafts == ()


async def test_rename_asks_for_another_name_and_keeps_it_as_a_draft() -> None:
    async with seated(s.detail()) as seat:
        await seat.press("enter", "n")
        await seat.type(" 2")
        text = await seat.press("enter")
        assert [(d.old_name, d.name) for d in seat.state.drafts] == [("Everyone", "Everyone 2")]
        assert "call it “Everyone 2”" in text


async def test_add_opens_the_list_and_units_wait_for_the_review() -> None:
    async with seated(s.detail(onedrive=s.catalog())) as seat:
        await seat.press("enter", "a", "space")
        text = await seat.press("enter")
        assert seat.page == "PolicyDetailScreen"
        assert "Waiting to be applied: +1" in text


async def test_search_narrows_the_units() -> None:
    async with seated(s.detail()) as seat:
        await seat.press("enter", "slash")
        text = await seat.type("lee")
        assert "Lee Gu" in text
        assert "Megan Bowen" not in text
        assert "Megan Bowen" in await seat.press("escape")
