"""Choosing units: ticks, search, filter, order, all, undo, import; nothing is lost on Esc."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.products import Product
from m365backup_tui.events import CATALOGS, CHECKED, PROBLEMS_FILE, Arrived, Began, Broke
from m365backup_tui.screens.picker import PickerScreen
from m365backup_tui.screens.picker_list import with_hints
from m365backup_tui.state import Remote, State
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated


def picking(**changes: object) -> State:
    return s.policies(**{"onedrive": s.catalog(), **changes})


def chosen(seat: Seat) -> list[str]:
    return [unit.name for draft in seat.state.drafts for unit in draft.add]


async def test_space_ticks_moves_down_and_counts_in_the_heading() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter", "space", "space")
        assert "Choose for “OneDrive”: 2 accounts, 42.7 GB, of 7." in text
        assert seat.row == s.DIEGO.key
        await seat.press("up", "space")
        assert chosen(seat) == ["Adele Vance"]


async def test_search_takes_words_in_any_order_and_case_over_name_and_address() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "slash")
        text = await seat.type("VANCE ad")
        assert "Adele Vance" in text
        assert "Alex Wilber" not in text
        await seat.press("enter", "space", "enter")
        assert chosen(seat) == ["Adele Vance"]


async def test_letters_belong_to_the_search_line_while_typing() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "slash", "a")
        assert chosen(seat) == []
        await seat.press("escape")
        assert seat.page == "PickerScreen"
        assert "7 match" in seat.text


async def test_the_bar_names_no_letter_while_letters_are_typed() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter", "slash")
        bar = text.splitlines()[-1]
        assert "Enter To the list" in bar
        assert "F1 Help" in bar
        assert "Space Choose" not in bar
        assert "A All" not in bar
        bar = (await seat.press("enter")).splitlines()[-1]
        assert "Space Choose" in bar


async def test_many_rows_at_one_key_say_how_many_and_how_to_take_it_back() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter", "slash", "v", "a", "enter", "a")
        assert "1 more chosen: U takes that back." in text
        assert "All of them are chosen already." in await seat.press("a")
        assert "1 dropped: U takes that back." in await seat.press("x")
        assert "None of these was chosen." in await seat.press("x")


async def test_enter_in_the_filter_means_the_row_that_one_went_to() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "f", *["down"] * 6, "enter")
        assert "F shows: 1 to 10 GB" in seat.text
        await seat.press("f", "enter")
        assert "F shows: 1 to 10 GB" in seat.text


async def test_what_another_policy_or_draft_holds_cannot_be_chosen_and_says_why() -> None:
    other = Draft(Product.ONEDRIVE, "Other", add=(s.ADELE,), power=Power.ACTIVATE)
    async with seated(picking(drafts=(other,))) as seat:
        text = await seat.press("down", "enter", "enter", "space")
        assert "It is in “Other” already" in text
        text = await seat.press("end", "up", "space")
        assert "Guests have no OneDrive" in text
        text = await seat.press("up", "space")
        assert "“Everyone” holds it. M moves it: no new backups for a while." in text
        assert chosen(seat) == ["Adele Vance"]  # the other draft's own


async def test_a_takes_all_that_match_and_u_takes_it_back() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "a")
        assert chosen(seat) == [u.name for u in (s.ADELE, s.ALEX, s.DIEGO, s.NESTOR, s.JIRO)]
        await seat.press("u")
        assert chosen(seat) == []
        assert "Nothing to undo" in await seat.press("u")


async def test_f_lists_the_chosen_or_the_unprotected_only() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter", "space", "f")
        assert "Which accounts to list." in text
        text = await seat.press("space", "enter")  # the cursor waits on "not protected yet"
        assert "F shows: not protected   O: as listed   5 match" in text
        assert "Megan Bowen" not in text
        text = await seat.press("f", "down", "space", "enter")
        assert "F shows: chosen   O: as listed   1 match" in text
        assert "Adele Vance" in text
        assert "Alex Wilber" not in text
        text = await seat.press("space")  # unticked, it stays in the list
        assert chosen(seat) == []
        assert "[ ] Adele Vance" in text
        text = await seat.press("f", "x", "enter")
        assert "F shows: everything" in text
        assert "Megan Bowen" in text


async def test_filters_are_lists_and_hold_together_with_the_search() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter", "f")
        assert "Protected by    [ ] any" not in text
        assert "“Everyone”" in text
        await seat.press(*["down"] * 3, "space")  # from "not protected yet" to “Everyone”
        text = await seat.press("enter")
        assert "F shows: in “Everyone”   O: as listed   1 match" in text
        await seat.press("f", "x", "home", *["down"] * 8, "space")
        text = await seat.press("enter")
        assert "F shows: 10 to 100 GB   O: as listed   2 match" in text
        await seat.press("slash")
        assert "1 match" in await seat.type("adele")


async def test_a_filter_that_was_not_confirmed_changes_nothing() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter", "f", "space", "escape")
        assert "F shows: everything" in text


async def test_m_moves_what_another_policy_holds_and_takes_it_back() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter", "m")
        assert "No policy holds it: Space chooses it." in text
        text = await seat.press(*["down"] * 4, "m")
        assert "It leaves “Everyone”; until it is in here, no new backups are made." in text
        assert "[x] Megan Bowen" in text
        assert "moves from" in text
        (moved,) = seat.state.drafts[0].add
        assert (moved.name, moved.policy) == ("Megan Bowen", "Everyone")
        assert "1 account, 12.0 GB, of 7." in text
        await seat.press("m")
        assert chosen(seat) == []
        await seat.press("m", "space")
        assert chosen(seat) == []


async def test_what_a_rule_holds_can_neither_be_chosen_nor_moved() -> None:
    held = replace(s.MEGAN, by_rule=True)
    async with seated(picking(onedrive=s.catalog((held,)))) as seat:
        for key in ("space", "m"):
            text = (
                await seat.press("enter", "enter", key) if key == "space" else await seat.press(key)
            )
            assert "A rule of “Everyone” holds it: end the rule, or change whom it takes." in text
        assert "Nothing" not in await seat.press("a")
        assert chosen(seat) == []


async def test_under_the_filter_of_a_policy_a_asks_once_more_and_moves_all() -> None:
    held = tuple(replace(u, policy="Everyone") for u in (s.ADELE, s.ALEX))
    rows = (*held, s.DIEGO, replace(s.NESTOR, policy="Everyone", by_rule=True))
    async with seated(picking(onedrive=s.catalog(rows))) as seat:
        await seat.press("enter", "enter", "f", *["down"] * 3, "space", "enter")
        text = await seat.press("a")
        assert "A again moves all of them from “Everyone”." in text
        assert chosen(seat) == []
        text = await seat.press("a")
        assert "2 more chosen; 1 not: held by a rule or not supported." in text
        assert chosen(seat) == ["Adele Vance", "Alex Wilber"]


async def test_v_and_v_choose_a_range_and_u_undoes_step_by_step() -> None:
    async with seated(picking(onedrive=s.catalog(s.many(30)))) as seat:
        await seat.press("enter", "enter", "space", "down")
        text = await seat.press("v")
        assert "Go to the other end and press V" in text
        await seat.press("down", "down", "v")
        assert [name[7:13] for name in chosen(seat)] == ["000000", "000002", "000003", "000004"]
        await seat.press("end", "v", "up", "v")  # the other way round
        assert len(chosen(seat)) == 6
        text = await seat.press("u")
        assert len(chosen(seat)) == 4
        assert "4 accounts, 9.0 GB, of 30." in text
        await seat.press("u", "u")
        assert chosen(seat) == []
        assert "Nothing to undo" in await seat.press("u")


async def test_what_was_taken_back_elsewhere_does_not_come_again_with_the_next_tick() -> None:
    """The draft is gone when it wants nothing any more; the picker still knows how it was when it was opened."""
    draft = replace(s.CHANGED, add=())
    policies = Remote(s.POLICIES, NOW)
    async with seated(picking(policies=policies, drafts=(draft,))) as seat:
        await seat.app.push_screen(PickerScreen(draft))
        await seat.settle()
        seat.app.wizard.put_draft(replace(draft, remove=()))
        assert not seat.state.drafts
        await seat.press("space")
        (after,) = seat.state.drafts
        assert (len(after.add), after.remove, after.key) == (1, (), draft.key)


async def test_a_mark_stays_while_the_list_fills() -> None:
    async with seated(picking(onedrive=s.catalog(s.many(10), complete=False))) as seat:
        await seat.press("enter", "enter", "v")
        more = Arrived(CATALOGS[Product.ONEDRIVE], Catalog.of(s.many(20)), NOW)
        seat.app.wizard.happen(more)
        await seat.settle()
        await seat.press(*["down"] * 14, "v")
        assert len(chosen(seat)) == 15


async def test_a_mark_does_not_outlive_the_list_it_was_made_in() -> None:
    async with seated(picking(onedrive=s.catalog(s.many(30)))) as seat:
        await seat.press("enter", "enter", "v", "o", "down", "v")
        assert chosen(seat) == []
        await seat.press("v")
        assert len(chosen(seat)) == 1


async def test_x_takes_what_matches_out_of_the_choice() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "a", "slash")
        await seat.type("wil")
        await seat.press("enter", "x")
        assert chosen(seat) == ["Adele Vance", "Diego Siciliani", "田中 二郎"]


async def test_more_than_a_policy_holds_is_refused_with_how_many_too_many() -> None:
    draft = Draft(Product.ONEDRIVE, "Everyone", "p-1", "Everyone", add=s.many(99_948)[2:])
    state = picking(
        onedrive=s.catalog(s.many(10)), drafts=(draft,), policies=Remote(s.POLICIES, NOW)
    )
    async with seated(state) as seat:
        await seat.press("enter", "a")  # the policy's own page, then add: it holds 50 already
        assert seat.page == "PickerScreen"
        await seat.press("space", "space")
        assert len(chosen(seat)) == 99_948
        await seat.press("u")
        assert len(chosen(seat)) == 99_947
        fresh = tuple(replace(u, key=f"other-{u.key}") for u in s.many(5))
        seat.app.wizard.happen(Arrived(CATALOGS[Product.ONEDRIVE], Catalog.of(fresh), NOW))
        await seat.settle()
        text = await seat.press("a")
        assert "2 too many: a policy holds 100,000 accounts. F or / lists fewer." in text
        await seat.press("home", "space", "space", "space")
        assert "1 too many" in await seat.press("space")
        assert len(chosen(seat)) == 99_950


async def test_choosing_all_of_a_long_list_shows_how_far_it_is_and_esc_waits_for_it() -> None:
    async with seated(picking(onedrive=s.catalog(s.many(60_000)))) as seat:
        await seat.press("enter", "enter", "a")
        page = seat.app.screen
        assert isinstance(page, PickerScreen)
        await seat.press("escape")
        await page.settle()
        await seat.settle()
        assert seat.page == "PolicyEditorScreen"
        assert len(chosen(seat)) == 60_000


async def test_a_long_search_is_counted_while_it_runs_and_newer_ones_win() -> None:
    async with seated(picking(onedrive=s.catalog(s.many(100_000)))) as seat:
        await seat.press("enter", "enter", "slash")
        await seat.type("per 0999")
        page = seat.app.screen
        assert isinstance(page, PickerScreen)
        await page.settle()
        text = await seat.settle()
        numbers = [n for n in range(100_000) if "0999" in f"{n:06}"]
        assert f"{len(numbers):,} match" in text
        assert "Person 000999" in text


async def test_o_orders_by_name_then_size() -> None:
    async with seated(picking()) as seat:
        by_name = await seat.press("enter", "enter", "o")
        assert by_name.index("Diego") < by_name.index("Megan") < by_name.index("Nestor")
        by_size = await seat.press("o")
        assert by_size.index("Adele") < by_size.index("Megan") < by_size.index("Guest")


async def test_escape_keeps_the_choice_in_the_draft() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "space", "escape", "escape")
        assert chosen(seat) == ["Adele Vance"]
        assert "1 account" in seat.text


async def test_the_catalog_is_read_once_and_the_list_works_while_it_fills() -> None:
    async with seated(picking(onedrive=Remote())) as seat:
        await seat.press("enter", "enter")
        assert list(seat.app.asked) == ["load_catalog onedrive"]
    async with seated(picking(onedrive=s.catalog(complete=False))) as seat:
        text = await seat.press("enter", "enter", "space")
        assert "7 accounts so far" in text
        assert chosen(seat) == ["Adele Vance"]
        assert list(seat.app.asked) == []


async def test_a_check_that_takes_too_long_can_be_stopped_and_the_text_stays() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "i")
        await seat.type("adele")
        await seat.press("ctrl+r")
        seat.app.wizard.happen(Began(CHECKED, NOW, "Looking up 0 of 1 account"))
        assert "Stop checking" in await seat.settle()
        text = await seat.press("escape")
        assert seat.page == "ImportScreen"
        assert "The check was stopped" in text
        assert "adele" in text
        assert not seat.state.checked.busy
        await seat.press("escape")
        assert seat.page == "PickerScreen"


async def test_enter_takes_the_good_rows_from_any_row_as_the_key_bar_says() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "i")
        await seat.type("adele")
        await seat.press("ctrl+r")
        seat.app.wizard.happen(Began(CHECKED, NOW), Arrived(CHECKED, s.CHECKED, NOW))
        assert "Enter Take 2" in await seat.press("down", "down")
        await seat.press("enter")
        assert seat.page == "PickerScreen"
        assert [u.name for d in seat.state.drafts for u in d.add] == [
            u.name for u in s.CHECKED.good
        ]


async def test_where_the_problem_rows_went_is_said_whatever_row_the_cursor_is_on() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "i")
        await seat.type("adele")
        await seat.press("ctrl+r")
        seat.app.wizard.happen(Began(CHECKED, NOW), Arrived(CHECKED, s.CHECKED, NOW))
        await seat.press("down", "w")
        assert seat.app.asked[-1] == "keep_problems 2"
        seat.app.wizard.happen(
            Began(PROBLEMS_FILE, NOW), Arrived(PROBLEMS_FILE, "/home/a.csv", NOW)
        )
        assert "Written to /home/a.csv" in await seat.settle()


async def test_import_checks_the_list_and_takes_the_good_rows() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "i")
        await seat.type("adele")
        assert "Checking" not in await seat.press("ctrl+r")
        assert list(seat.app.asked) == ["check_text onedrive adele"]
        seat.app.wizard.happen(Began(CHECKED, NOW), Arrived(CHECKED, s.CHECKED, NOW))
        text = await seat.settle()
        assert "2 of 4 rows of people.csv can be protected; 2 have a problem." in text
        assert "nobody@contoso" in text
        assert (
            "Row 3, nobody@contoso.com: Nobody has this address: correct it."
            in await seat.press("down")
        )
        await seat.press("up")
        await seat.press("enter")
        assert seat.page == "PickerScreen"
        assert chosen(seat) == ["Adele Vance", "Diego Siciliani"]


async def test_an_empty_box_is_not_checked() -> None:
    async with seated(picking()) as seat:
        assert "The box is empty" in await seat.press("enter", "enter", "i", "ctrl+r")
        assert list(seat.app.asked) == []


async def test_an_older_check_of_another_list_is_not_shown() -> None:
    async with seated(picking(checked=Remote(s.CHECKED, NOW))) as seat:
        text = await seat.press("enter", "enter", "i")
        assert "people.csv" not in text


async def test_a_file_is_checked_from_its_line_and_trouble_leaves_the_path_there() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "i", "tab")
        await seat.type("/tmp/list.csv")
        await seat.press("enter")
        assert list(seat.app.asked) == ["check_file onedrive /tmp/list.csv"]
        seat.app.wizard.happen(Broke(CHECKED, Unreachable("/tmp/list.csv cannot be read.")))
        text = await seat.settle()
        assert "/tmp/list.csv cannot be read." in text
        assert "Or a file: /tmp/list.csv" in text


async def test_with_nothing_good_the_reason_is_shown_and_e_goes_back_to_the_text() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "i")
        await seat.type("x")
        await seat.press("ctrl+r")
        seat.app.wizard.happen(Arrived(CHECKED, s.NONE_GOOD, NOW))
        assert "Nothing can be taken." in await seat.settle()
        text = await seat.press("e")
        assert "Paste accounts for" in text
        assert " x" in text


async def test_the_line_above_the_list_names_the_keys_that_the_bar_has_no_room_for() -> None:
    async with seated(picking()) as seat:
        text = await seat.press("enter", "enter")
        assert "7 match   M move  V range  G rule  T ask" in text


def test_the_line_above_the_list_names_what_has_room_and_never_breaks() -> None:
    line = "F shows: everything   O: as listed   2,048 match"
    assert with_hints(line, 78) == f"{line}   M move V range G rule T ask"
    assert with_hints(line, 77) == f"{line}   M move   V range   G rule"
    assert with_hints(line, 58) == f"{line}   M move"
    assert with_hints(line, 0) == line
    wide = "F shows: in “東京”   O: as listed   9 match"
    assert all(cell_len(with_hints(wide, width)) <= width for width in range(50, 120))
