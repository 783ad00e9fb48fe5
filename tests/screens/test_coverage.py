"""Coverage by keys: from the number to the list to the thing to do, and back."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.coverage import Kind
from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.plan import Power
from m365backup_tui.domain.products import Product
from m365backup_tui.events import COVERAGE, COVERAGE_FILE, Arrived, Broke, Noted
from m365backup_tui.screens.picker import PickerScreen
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.state import Remote
from tests.screens import states_coverage as c
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated


async def go_to(seat: Seat, kind: Kind) -> None:
    """The cursor of the coverage page to OneDrive's row of this kind."""
    for _ in range(12):
        if seat.row == f"onedrive:{kind.name}":
            return
        await seat.press("down")
    raise AssertionError(f"there is no row for {kind}: {seat.text}")


async def test_the_page_reads_once_and_says_what_it_is_doing() -> None:
    async with seated(c.covered(Remote())) as seat:
        assert "being counted" in await seat.press("k")
        assert list(seat.app.asked) == ["read_coverage"]
        seat.app.wizard.happen(Noted(COVERAGE, "Counting 48,211 accounts"))
        seat.app.wizard.happen(Arrived(COVERAGE, c.counted(), NOW))
        text = await seat.settle()
        assert "Protected now: 1 of 9 (11 %, by size 20 %)." in text
        assert "not protected" in text
        await seat.press("r")
        assert list(seat.app.asked) == ["read_coverage", "read_coverage anew"]


async def test_a_count_that_goes_on_is_waited_for_and_not_begun_again() -> None:
    going_on = replace(c.FULL, since=NOW, note="Counting 48,211 accounts")
    async with seated(c.covered(going_on)) as seat:
        assert "Counting 48,211 accounts" in await seat.press("k")
        seat.app.wizard.happen(Arrived(COVERAGE, c.counted(), NOW))
        await seat.settle()
        assert list(seat.app.asked) == []


async def test_an_error_is_told_with_the_way_on_and_old_numbers_stay() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        seat.app.wizard.happen(Broke(COVERAGE, Unreachable("No connection to Microsoft Graph.")))
        text = await seat.settle()
        assert "No connection to Microsoft Graph." in text
        assert "Protected now: 1 of 9" in text


async def test_what_could_not_be_read_stands_under_the_numbers() -> None:
    async with seated(c.covered(), (120, 40)) as seat:
        assert "could not be read" in await seat.press("k")


async def test_unprotected_ones_lead_to_the_picker_of_a_new_policy_that_lists_only_them() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.UNPROTECTED)
        text = await seat.press("enter")
        assert "Adele Vance" in text
        assert "Megan Bowen" not in text
        assert "Which policy" in await seat.press("enter")
        assert seat.row == "new"
        await seat.press("enter")
        page = seat.app.screen
        assert isinstance(page, PickerScreen)
        await page.settle()
        assert "Megan Bowen" not in seat.text
        await seat.press("space", "enter")
        (draft,) = seat.state.drafts
        assert (draft.product, draft.new, draft.power) == (Product.ONEDRIVE, True, Power.ACTIVATE)
        assert len(draft.add) == 1
        assert seat.page == "CoverageListScreen"


async def test_a_new_policy_for_which_nothing_was_chosen_is_forgotten() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.UNPROTECTED)
        await seat.press("enter", "enter", "enter", "escape")
        assert seat.state.drafts == ()
        assert seat.page == "CoverageListScreen"


async def test_an_existing_policy_can_take_them() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.UNPROTECTED)
        await seat.press("enter", "enter", "down", "enter", "space", "enter")
        (draft,) = seat.state.drafts
        assert (draft.policy_id, len(draft.add)) == ("p-1", 1)


async def test_what_is_gone_is_removed_from_its_policy_and_a_mark_can_be_taken_back() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.VANISHED)
        assert "cannot be found any more" in await seat.press("enter")
        await seat.press("space")
        (draft,) = seat.state.drafts
        assert [(u.id, u.key) for u in draft.remove] == [("unit-lee-who-left", "lee-who-left")]
        assert "to be removed" in seat.text
        await seat.press("up", "space")
        assert seat.state.drafts == ()


async def test_all_at_once_leaves_what_a_rule_holds_and_says_why() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.VANISHED)
        await seat.press("enter")
        text = await seat.press("a")
        assert [u.key for d in seat.state.drafts for u in d.remove] == ["lee-who-left"]
        assert "1 stay: a dynamic rule holds them." in text
        await seat.press("a")
        assert seat.state.drafts == ()
        assert "A dynamic rule holds it" in await seat.press("down", "space")


async def test_a_protected_one_opens_its_policy() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k", "enter", "enter")
        assert seat.page == "PolicyDetailScreen"
        assert "open_policy p-1" in seat.app.asked


async def test_named_twice_says_by_whom_and_opens_the_holder() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.TWICE)
        text = await seat.press("enter")
        assert "“Everyone” and your change “Projects”" in " ".join(text.split())
        await seat.press("enter")
        assert seat.page == "PolicyDetailScreen"


async def test_one_that_waits_in_a_new_draft_opens_the_draft() -> None:
    claim = replace(c.TWICE, place=s.FRESH.key, keys=frozenset({"key-1"}))
    coverage = Remote(c.counted(s.ACCOUNTS, c.HELD, claim), NOW)
    async with seated(c.covered(coverage, drafts=(s.FRESH,))) as seat:
        await seat.press("k")
        await go_to(seat, Kind.CHOSEN)
        await seat.press("enter", "enter")
        assert seat.page == "PolicyEditorScreen"


async def test_lists_are_written_and_the_place_is_told() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.UNPROTECTED)
        await seat.press("w", "enter", "w")
        asked = [what for what in seat.app.asked if what.startswith("save_coverage")]
        assert asked[0].startswith("save_coverage onedrive protected, ")
        assert asked[1] == "save_coverage onedrive not protected"
        seat.app.wizard.happen(Arrived(COVERAGE_FILE, "/home/ada/coverage.csv", NOW))
        assert "Written to /home/ada/coverage.csv" in await seat.settle()


async def test_a_hundred_thousand_are_listed_and_only_what_is_seen_is_made() -> None:
    people = s.many(100_000)
    made: list[int] = []

    class Watched(tuple):  # type: ignore[type-arg]  # a tuple that tells which rows were looked at
        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            made.append(index)
            return super().__getitem__(index)

    coverage = c.counted(Watched(people), {})
    async with seated(c.covered(Remote(coverage, NOW))) as seat:
        await seat.press("k")
        await go_to(seat, Kind.UNPROTECTED)
        made.clear()
        assert "100,000 accounts are in no policy" in await seat.press("enter")
        await seat.press("end", "pageup")
        assert seat.app.screen.query_one(RowList).cursor > 99_000
        assert 0 < len(made) < 1_000


async def test_what_was_chosen_from_the_list_is_marked_there_and_counted_anew() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.UNPROTECTED)
        text = await seat.press("enter", "enter", "enter", "space", "enter")
        assert seat.page == "CoverageListScreen"
        (draft,) = seat.state.drafts
        assert draft.add[0].name == "Adele Vance"
        assert "What you chose is marked." in text
        (line,) = (line for line in text.splitlines() if "in your “" in line)
        assert "Adele Vance" in line
        assert f"You chose it for “{draft.name}”" in " ".join(text.split())
        assert list(seat.app.asked) == ["read_coverage"]
        await seat.press("escape")
        assert list(seat.app.asked) == ["read_coverage", "read_coverage"]


async def test_nothing_is_counted_anew_when_nothing_was_chosen() -> None:
    async with seated(c.covered()) as seat:
        await seat.press("k")
        await go_to(seat, Kind.UNPROTECTED)
        text = await seat.press("enter", "enter", "enter", "escape")
        assert "What you chose" not in text
        assert "in your “" not in text
        await seat.press("escape")
        assert list(seat.app.asked) == ["read_coverage"]
