"""By rule: the three ways, groups and words chosen, what it would take, into the draft; rules ended and run again."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.groups import GroupSize
from m365backup_tui.domain.rule_preview import GroupSizes
from m365backup_tui.domain.rules import FoundGroups, PolicyRules, RuleEnd
from m365backup_tui.events import GROUP_SIZES, RULE_GROUPS, RULE_PREVIEW, RULES, Arrived, Broke
from m365backup_tui.state import Remote
from tests.screens import states_policies as s
from tests.screens import states_rules as r
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated

NO_RULES = Remote(PolicyRules("p-1"), NOW)
TO_ONCE = ("enter", "g", "down")
TO_STEP = (*TO_ONCE, "down")


def flat(text: str) -> str:
    return " ".join(text.split())


def drafted(seat: Seat) -> list[str]:
    return [wish.words for draft in seat.state.drafts for wish in draft.rules]


async def test_the_difference_is_told_at_the_moment_of_choice() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        first = flat(await seat.press("enter", "g"))
        assert "Nothing changes by itself" in first
        once = flat(await seat.press("down"))
        assert "Who joins later is not protected" in once
        step = flat(await seat.press("down"))
        assert "Who joins a group becomes protected" in step
        assert "2026-08-21" in step


async def test_groups_are_ticked_measured_and_become_a_rule_in_the_draft() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        await seat.press(*TO_STEP, "enter")
        assert seat.page == "RuleGroupsScreen"
        text = await seat.press("down", "space")
        assert "Members of Finance, kept in step." in flat(text)
        assert f"measure_groups {r.FINANCE.id}" in seat.app.asked
        await seat.press("enter")
        assert seat.page == "RulePreviewScreen"
        assert "preview_rule members of Finance, kept in step for Everyone" in seat.app.asked
        seat.app.wizard.happen(Arrived(RULE_PREVIEW, r.COUNTED, NOW))
        text = flat(await seat.settle())
        assert "212 that no policy protects yet: 310" in text
        assert "8 in “Field staff”" in text
        assert "3 shared mailboxes" in text
        text = await seat.press("enter")
        assert seat.page == "RuleScreen"
        assert drafted(seat) == ["members of Finance, kept in step"]
        assert "new: waits for the review" in text
        assert seat.row == f"wish:{r.STEP.key}"


async def test_a_rule_is_taken_out_again_before_the_review() -> None:
    draft = replace(s.CHANGED, add=(), remove=(), rules=(r.ONCE,))
    async with seated(r.ruled(rules=NO_RULES, drafts=(draft,))) as seat:
        await seat.press("enter", "g", "end")
        assert "It is not in Microsoft 365 yet" in flat(seat.text)
        text = await seat.press("d")
        assert seat.state.drafts == ()
        assert "Taken out: " in text
        assert "Z Put it back" in text
        text = await seat.press("z")
        assert drafted(seat) == [r.ONCE.words]
        assert "Taken out" not in text
        assert seat.row == f"wish:{r.ONCE.key}"


async def test_a_limit_is_said_as_soon_as_it_is_broken_and_enter_does_not_go_on() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        await seat.press(*TO_ONCE, "enter")
        for place in range(4):
            await seat.press("home", *["down"] * place, "space")
        text = flat(seat.text)
        assert "4 groups: a rule that runs once takes 3 at most" in text
        await seat.press("enter")
        assert seat.page == "RuleGroupsScreen"


async def test_nested_groups_are_a_problem_for_a_rule_that_keeps_in_step_only() -> None:
    sizes = Arrived(GROUP_SIZES, GroupSizes(((r.FINANCE.id, GroupSize(40, 2)),)), NOW)
    for keys, said in ((TO_STEP, True), (TO_ONCE, False)):
        async with seated(r.ruled(rules=NO_RULES)) as seat:
            await seat.press(*keys, "enter", "down", "space")
            seat.app.wizard.happen(sizes)
            text = flat(await seat.settle())
            assert ("Finance has groups inside" in text) is said
            assert " 40" in text


async def test_a_microsoft_365_group_is_said_to_be_unverified_and_may_be_chosen() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        await seat.press(*TO_ONCE, "enter", "end", "space")
        assert "Project Falcon: Microsoft's pages name" in flat(seat.text)
        assert "UNVERIFIED" in seat.text
        await seat.press("enter")
        assert seat.page == "RulePreviewScreen"


async def test_a_search_asks_the_directory_and_what_was_ticked_stays() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        await seat.press(*TO_ONCE, "enter", "down", "space", "slash")
        await seat.type("nor")
        text = seat.text
        assert "Nordic" in text
        assert "Finance" in text
        assert "Legal" not in text
        await seat.press("enter")
        assert "search_groups nor" in seat.app.asked
        seat.app.wizard.happen(Arrived(RULE_GROUPS, FoundGroups("nor", (r.NORDIC,)), NOW))
        assert "[x] Finance" in await seat.settle()


async def test_what_was_ticked_survives_esc() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        await seat.press(*TO_ONCE, "enter", "down", "space", "escape")
        assert seat.page == "RuleScreen"
        assert "[x] Finance" in await seat.press("enter")


async def test_a_second_rule_that_keeps_in_step_is_refused_before_it_is_sent() -> None:
    async with seated(r.ruled()) as seat:
        await seat.press(*TO_STEP, "enter", "down", "space")
        text = flat(seat.text)
        assert "A policy takes one rule that keeps in step" in text
        assert "members of Legal and Compliance" in text


async def test_ending_a_rule_with_its_units_kept_makes_room_for_another_at_once() -> None:
    for key, free in (("e", True), ("u", False)):
        async with seated(r.ruled()) as seat:
            await seat.press("enter", "g", "down", "down", "down", key, "up", "enter", "space")
            await seat.press("enter")
            assert (seat.page == "RulePreviewScreen") is free, key


async def test_a_draft_says_how_many_rules_it_changes() -> None:
    draft = replace(s.CHANGED, rules=(r.ONCE,), end_rules=(RuleEnd(r.IN_STEP),))
    async with seated(r.ruled(drafts=(draft,))) as seat:
        assert "+1 -1 +1 rule -1 rule" in flat(seat.text)
        assert "+1 -1, +1 rule -1 rule" in flat(await seat.press("enter"))


async def test_rules_of_the_tenant_are_listed_in_words_with_their_state() -> None:
    async with seated(r.ruled()) as seat:
        text = await seat.press("enter")
        assert "Rules: 1 keeps in step, 2 run once." in flat(text)
        text = await seat.press("g", "end", "up")
        assert "Members of Nordic, looked up once" in text
        assert "done, with errors" in text
        assert "There is no group" in flat(text)


async def test_a_rule_that_keeps_in_step_is_ended_in_two_ways_and_kept_again() -> None:
    async with seated(r.ruled()) as seat:
        await seat.press("enter", "g", "down", "down", "down")
        text = flat(await seat.press("e"))
        assert "What it protects now stays in the policy" in text
        assert [(e.rule.id, e.unprotect) for e in seat.state.drafts[0].end_rules] == [
            ("r-1", False)
        ]
        text = flat(await seat.press("u"))
        assert "new backups stop" in text
        assert [(e.rule.id, e.unprotect) for e in seat.state.drafts[0].end_rules] == [("r-1", True)]
        await seat.press("u")
        assert seat.state.drafts == ()


async def test_a_rule_that_ran_once_is_run_again_and_cannot_let_go() -> None:
    async with seated(r.ruled()) as seat:
        await seat.press("enter", "g", "end", "up", "a")
        assert [run.rule.id for run in seat.state.drafts[0].run_rules] == ["r-2"]
        assert "to be run again" in seat.text
        text = flat(await seat.press("u"))
        assert "Only a rule that keeps in step can let go" in text
        await seat.press("e")
        assert seat.state.drafts[0].run_rules == ()
        assert [end.rule.id for end in seat.state.drafts[0].end_rules] == ["r-2"]


async def test_a_rule_at_work_is_left_alone() -> None:
    async with seated(r.ruled()) as seat:
        text = flat(await seat.press("enter", "g", "end", "e"))
        assert "The service says of this rule: running now" in text
        assert seat.state.drafts == ()


async def test_rules_of_another_policy_are_not_shown() -> None:
    other = Remote(replace(r.RULES, policy_id="p-77"), NOW)
    async with seated(r.ruled(rules=other)) as seat:
        text = await seat.press("enter", "g")
        assert "Nordic" not in text
        seat.app.wizard.happen(Arrived(RULES, r.RULES, NOW))
        assert "Nordic" in await seat.settle()


async def test_a_new_policy_can_be_made_of_a_rule_alone_and_is_warned() -> None:
    async with seated(r.fresh()) as seat:
        await seat.press("enter", "down", "down", "down", "enter")
        assert seat.page == "RuleScreen"
        text = flat(await seat.press("down", "enter", "space", "enter"))
        assert "UNVERIFIED: choose at least one from the list" in text
        await seat.press("enter", "escape")
        assert "1 runs once" in seat.text
        await seat.press("escape")
        assert drafted(seat) == ["members of Finance EMEA, looked up once"]


async def test_the_list_leads_to_the_picker() -> None:
    async with seated(r.ruled(onedrive=s.catalog())) as seat:
        await seat.press("enter", "g", "enter")
        assert seat.page == "PickerScreen"


async def test_g_in_the_picker_leads_to_rules_and_back_and_ticks_stay() -> None:
    async with seated(r.fresh(onedrive=s.catalog())) as seat:
        await seat.press("enter", "enter", "space", "g")
        assert seat.page == "RuleScreen"
        await seat.press("down", "enter", "space", "enter", "enter")
        assert drafted(seat) == ["members of Finance EMEA, looked up once"]
        await seat.press("home", "enter")
        assert seat.page == "PickerScreen"
        assert [unit.name for unit in seat.state.drafts[0].add] == ["Adele Vance"]


async def test_trouble_with_the_search_is_told_in_place_and_what_was_ticked_stays() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        await seat.press(*TO_ONCE, "enter", "down", "space")
        lost = Unreachable("No connection to Microsoft Graph.", request_id="r-9")
        seat.app.wizard.happen(Broke(RULE_GROUPS, lost))
        text = await seat.settle()
        assert "No connection to Microsoft Graph." in text
        assert "[x] Finance" in text
        await seat.press("r")
        assert seat.app.asked.count("search_groups") == 2


async def test_rules_that_cannot_be_read_are_trouble_and_ways_stay_open() -> None:
    lost = Unreachable("No connection to Microsoft Graph.", request_id="r-9")
    async with seated(r.ruled(rules=Remote(error=lost))) as seat:
        text = await seat.press("enter", "g")
        assert "No connection to Microsoft Graph." in text
        await seat.press("down", "enter")
        assert seat.page == "RuleGroupsScreen"


async def test_a_count_that_fails_does_not_forbid_the_rule() -> None:
    async with seated(r.ruled(rules=NO_RULES)) as seat:
        await seat.press(*TO_ONCE, "enter", "down", "space", "enter")
        seat.app.wizard.happen(Broke(RULE_PREVIEW, Unreachable("No connection.", request_id="")))
        text = flat(await seat.settle())
        assert "No connection." in text
        assert "Not counted yet." in text
        await seat.press("enter")
        assert drafted(seat) == ["members of Finance, looked up once"]


async def test_leaving_a_count_stops_it() -> None:
    async with seated(r.ruled(rules=NO_RULES, rule_preview=r.COUNTING)) as seat:
        await seat.press(*TO_STEP, "enter", "down", "space", "enter")
        assert "you need not wait" in flat(seat.text)
        await seat.press("escape")
        assert seat.page == "RuleGroupsScreen"
        assert not seat.state.rule_preview.busy
