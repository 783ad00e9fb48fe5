"""The import page: sources, how a list was read, moves, a wrongly guessed header, members of a group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.events import Paste

from m365backup_tui.domain.groups import GroupSize
from m365backup_tui.domain.lists import ListCheck, ReadAs, RowProblem
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_preview import GroupSizes
from m365backup_tui.domain.rules import FoundGroups
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import CHECKED, GROUP_SIZES, RULE_GROUPS, Arrived, Began
from m365backup_tui.screens.import_list import ImportScreen
from m365backup_tui.screens.widgets.pastebox import PasteBox
from m365backup_tui.state import Remote
from tests.screens import states_policies as s
from tests.screens import states_rules as r
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated

HELD = Candidate(Product.ONEDRIVE, "u-9", "Nestor", "nestor@contoso.com", policy="Field staff")
AS_MOVE = RowProblem(2, "Mail", HELD.address, "Policy “Field staff” protects it already.", HELD)
READ = ReadAs("UTF-16", ";", ("Name", "Mail"), False, "Mail", 2)
MIXED = replace(s.CHECKED, rows=5, problems=(AS_MOVE, *s.CHECKED.problems), read_as=READ)
GUESSED = replace(s.CHECKED, read_as=ReadAs("UTF-8", ";", ("Ann", "annx"), True, "annx", 1))


def flat(text: str) -> str:
    return " ".join(text.split())


@asynccontextmanager
async def importing(**changes: Remote[object]) -> AsyncIterator[Seat]:
    """On the import page of a new OneDrive policy, the cursor in the box."""
    state = s.policies(onedrive=s.catalog(), **changes)
    async with seated(state) as seat:
        draft = s.FRESH
        await seat.app.push_screen(ImportScreen(draft))
        await seat.settle()
        yield seat


@asynccontextmanager
async def choosing() -> AsyncIterator[Seat]:
    """On the import page as the picker of a new OneDrive policy opens it."""
    async with seated(s.policies(onedrive=s.catalog())) as seat:
        await seat.press("enter", "enter", "i")
        assert seat.page == "ImportScreen"
        yield seat


async def checked(seat: Seat, check: ListCheck) -> str:
    await seat.type("adele")
    await seat.press("ctrl+r")
    seat.app.wizard.happen(Began(CHECKED, NOW), Arrived(CHECKED, check, NOW))
    return flat(await seat.settle())


async def test_what_a_list_takes_is_said_where_it_is_given() -> None:
    async with importing() as seat:
        text = flat(seat.text)
        assert "Takes who is in the list or group now." in text
        assert "a rule, G on the policy's page" in text
        assert "Ctrl+G From a group" in text


async def test_how_the_list_was_read_is_one_line() -> None:
    async with importing() as seat:
        text = await checked(seat, MIXED)
        assert "2 of 5 rows of people.csv can be protected; 3 have a problem." in text
        assert "people.csv: UTF-16, semicolons, header in row 2, addresses under “Mail”." in text
        assert " H " not in text  # nothing was guessed


async def test_t_takes_what_other_policies_hold_and_takes_it_back() -> None:
    async with importing() as seat:
        assert "T Move 1 too" in await checked(seat, MIXED)
        text = flat(await seat.press("t"))
        assert "Enter Take 3" in text
        assert "1 of the good ones moves here from another policy." in text
        assert "no new backups" in text
        assert "T Move none" in text
        assert "Enter Take 2" in flat(await seat.press("t"))
        await seat.press("t", "down")
        page = seat.app.screen
        assert isinstance(page, ImportScreen)
        await seat.press("enter")
        assert [(u.name, u.policy) for u in page.taken] == [
            *((u.name, "") for u in s.CHECKED.good),
            ("Nestor", "Field staff"),
        ]


async def test_without_such_rows_there_is_no_t() -> None:
    async with importing() as seat:
        assert " T " not in await checked(seat, s.CHECKED)


async def test_a_header_that_was_only_guessed_can_be_called_data() -> None:
    async with importing() as seat:
        text = await checked(seat, GUESSED)
        assert "header in row 1 (a guess)" in text
        assert "H Row 1 is data" in text
        await seat.press("h")
        assert list(seat.app.asked)[-1] == "check_text onedrive adele header False"
        bad = RowProblem(1, "", "Ann", "This is no address.")
        again = replace(GUESSED, problems=(bad,), read_as=ReadAs("UTF-8", ";"))
        seat.app.wizard.happen(Began(CHECKED, NOW), Arrived(CHECKED, again, NOW))
        text = flat(await seat.settle())
        assert "no header" in text
        assert "H Row 1 is a header" in text
        await seat.press("h")
        assert list(seat.app.asked)[-1] == "check_text onedrive adele header True"


async def test_what_is_chosen_already_is_counted() -> None:
    async with seated(s.policies(onedrive=s.catalog())) as seat:
        draft = replace(s.FRESH, add=s.CHECKED.good[:1])
        await seat.app.push_screen(ImportScreen(draft))
        assert "1 of the good ones is chosen already." in await checked(seat, s.CHECKED)


async def test_a_group_is_searched_counted_and_its_members_checked() -> None:
    async with importing() as seat:
        await seat.press("ctrl+g")
        assert seat.page == "FromGroupScreen"
        assert "search_groups " in [f"{one} " for one in seat.app.asked][-1]
        seat.app.wizard.happen(Arrived(RULE_GROUPS, FoundGroups("", r.GROUPS), NOW))
        text = flat(await seat.settle())
        assert "Finance EMEA" in text
        assert "Enter Count the people" in text
        await seat.press("down", "enter")
        assert list(seat.app.asked)[-1] == f"measure_groups {r.FINANCE.id}"
        sizes = GroupSizes().plus(r.FINANCE.id, GroupSize(212, 3))
        seat.app.wizard.happen(Arrived(GROUP_SIZES, sizes, NOW))
        text = flat(await seat.settle())
        assert "Finance: 212 people, with those of 3 groups in it." in text
        assert "Enter Look at the 212" in text
        await seat.press("enter")
        assert seat.page == "ImportScreen"
        assert list(seat.app.asked)[-1] == f"check_group onedrive {r.FINANCE.id}"
        guest = RowProblem(7, "", "Gil (gil@x.example)", "This is a guest.")
        members = ListCheck(
            Product.ONEDRIVE, "group “Finance”", 3, s.CHECKED.good, (guest,), of_group=True
        )
        seat.app.wizard.happen(Began(CHECKED, NOW), Arrived(CHECKED, members, NOW))
        text = flat(await seat.settle())
        assert "2 of 3 members of group “Finance” can be protected; 1 has a problem." in text
        assert "E Other source" in text
        assert "Row 7, Gil (gil@x.example): This is a guest." in flat(await seat.press("down"))


async def test_an_empty_group_is_not_taken_and_words_are_searched_with_enter() -> None:
    async with importing() as seat:
        await seat.press("ctrl+g")
        sizes = GroupSizes().plus(r.EMEA.id, GroupSize(0, 0))
        seat.app.wizard.happen(
            Arrived(RULE_GROUPS, FoundGroups("", r.GROUPS), NOW), Arrived(GROUP_SIZES, sizes, NOW)
        )
        await seat.settle()
        assert "Nobody is in Finance EMEA" in await seat.press("enter")
        assert seat.page == "FromGroupScreen"
        await seat.press("/")
        assert "Nordic" not in await seat.type("legal")
        await seat.press("enter")
        assert list(seat.app.asked)[-1] == "search_groups legal"
        await seat.press("escape")
        assert seat.page == "ImportScreen"


async def test_sites_are_in_no_group() -> None:
    async with seated(s.policies(sharepoint=s.catalog())) as seat:
        await seat.app.push_screen(ImportScreen(replace(s.FRESH, product=Product.SHAREPOINT)))
        text = flat(await seat.settle())
        assert "From a group" not in text
        assert "Takes the sites that the list names now." in text


async def test_with_nothing_but_moves_the_page_says_what_t_does() -> None:
    only = replace(s.CHECKED, good=(), rows=1, problems=(AS_MOVE,), read_as=READ)
    async with importing() as seat:
        text = await checked(seat, only)
        assert "Other policies hold what could be taken: T moves it here." in text
        assert "Other policies hold" not in flat(await seat.press("t"))
        assert "Enter Take 1" in flat(seat.text)


async def test_help_opens_from_the_result() -> None:
    async with importing() as seat:
        assert "F1 Help" in flat(seat.text)
        assert "? Help" in await checked(seat, MIXED)
        await seat.press("question_mark")
        assert seat.page == "HelpScreen"


async def test_esc_on_the_result_leads_to_the_text_and_esc_there_keeps_it_for_the_next_visit() -> (
    None
):
    async with choosing() as seat:
        await seat.press("tab")
        await seat.type("list.csv")
        await seat.press("shift+tab")
        await checked(seat, MIXED)
        text = await seat.press("escape")
        assert seat.page == "ImportScreen"
        assert "adele" in text
        await seat.press("escape")
        assert seat.page == "PickerScreen"
        text = await seat.press("i")
        assert "adele" in text
        assert "list.csv" in text
        assert "What you gave before is still here. F7 marks all of it." in text
        await seat.press("f7", "x", "ctrl+r")
        assert list(seat.app.asked)[-1] == "check_text onedrive x"


async def test_many_lines_are_kept_whole_and_in_order() -> None:
    lines = "\n".join(f"person{number}@contoso.com" for number in range(5_000))
    async with choosing() as seat:
        seat.app.screen.query_one(PasteBox).post_message(Paste(lines))
        await seat.settle()
        await seat.press("escape", "i")
        await seat.settle()
        assert seat.app.screen.query_one(PasteBox).text == lines
        assert not seat.app.screen.query_one(PasteBox).read_only


async def test_what_was_taken_whole_is_not_kept_and_rows_with_a_problem_are() -> None:
    async with choosing() as seat:
        await checked(seat, replace(s.CHECKED, problems=()))
        await seat.press("enter")
        assert seat.page == "PickerScreen"
        assert "adele" not in await seat.press("i")
        await checked(seat, s.CHECKED)
        await seat.press("enter")
        assert seat.page == "PickerScreen"
        await seat.press("i")
        assert seat.app.screen.query_one(PasteBox).text == "adele"
