"""The frame of the wizard's steps: keys, help, palette, leaving, sizes, the view-model."""

from __future__ import annotations

import pytest

from m365backup_tui.screens.help import HelpScreen
from m365backup_tui.screens.leave import LeaveScreen
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.terminal.profile import TerminalProfile
from tests.screens.sample import SampleApp, Sites, SitesScreen, Store, shown

SIZE = (80, 24)


async def test_a_choice_goes_to_the_store_and_comes_back() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("tab", "down", "space")
        await pilot.pause()
        text = shown(app)
        assert "Choose the sites to protect. 1 chosen." in text
        assert "› [x] ✓ 財務 North 1" in text
        assert app.store.view().chosen == {"1"}


async def test_letters_belong_to_the_entry_while_it_has_the_focus() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("r", "c", "question_mark")
        await pilot.pause()
        assert app.screen.query_one("#search", Entry).value == "rc?"
        assert "Checked again." not in shown(app)
        await pilot.press("tab", "r")
        await pilot.pause()
        assert "Checked again." in shown(app)


async def test_enter_in_a_list_with_boxes_is_the_main_thing_of_the_screen() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert "Went on." in shown(app)


async def test_f1_opens_help_even_from_an_entry() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert "What you leave out is not backed up." in shown(app)
        names = [key.shown for key in app.screen._keys]
        table = [
            line.split()[0] for line in shown(app).partition("Keys")[2].splitlines() if line.strip()
        ]
        assert [table.count(name) for name in names] == [1] * len(names)
        await pilot.press("tab")
        await pilot.pause()
        assert "Protection policy" in shown(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, SitesScreen)


async def test_a_key_that_does_not_work_now_says_why() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        app.store.put(Sites(busy=True))
        await pilot.press("tab", "r")
        await pilot.pause()
        text = shown(app)
        assert "(R Check again)" in text
        assert "! Still checking." in text


async def test_a_disabled_row_says_why_in_the_status_line() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("tab", "down", "down", "down", "space")
        await pilot.pause()
        assert "! Already in the policy Projects." in shown(app)
        assert app.store.view().chosen == frozenset()


async def test_escape_asks_the_app_to_go_back() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.went_back == ["billing"]


async def test_leaving_asks_first_and_escape_stays() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert isinstance(app.screen, LeaveScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, SitesScreen)
        await pilot.press("ctrl+c", "enter")
        await pilot.pause()
    assert app.return_code == 0


async def test_the_palette_finds_a_command_and_runs_it() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p", "c", "h", "e", "enter")
        await pilot.pause()
        assert isinstance(app.screen, SitesScreen)
        assert "Checked again." in shown(app)


@pytest.mark.parametrize("size", [(120, 30), (100, 30), (80, 24), (60, 16)])
async def test_everything_fits_from_60_by_16_on(size: tuple[int, int]) -> None:
    app = SampleApp()
    async with app.run_test(size=size) as pilot:
        await pilot.press("tab", "down")
        await pilot.pause()
        text = shown(app)
        assert "PRACTICE" in text
        assert "財務 North 1" in text
        assert "Esc Back" in text
        explains = app.screen.query_one("#explains", Prose)
        assert explains.text == "Site 1 has not been backed up yet."
        assert bool(explains.region.area) == (size[0] >= 116)


async def test_a_window_too_small_says_so_and_nothing_is_lost() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("a", "tab", "down", "down")
        await pilot.resize_terminal(50, 12)
        await pilot.pause()
        assert "Make the window larger" in shown(app)
        await pilot.resize_terminal(*SIZE)
        await pilot.pause()
        assert app.screen.query_one("#search", Entry).value == "a"
        rows = app.screen.query_one(RowList)
        assert rows.cursor == 2
        assert app.focused is rows


async def test_the_view_is_no_longer_watched_once_the_screen_is_gone() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        assert len(app.store.watchers) == 1
        await app.switch_screen(HelpScreen(SitesScreen(app.store).help(), ()))
        await pilot.pause()
        assert app.store.watchers == []


class CountingScreen(SitesScreen):
    """Counts how often it was shown."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.rendered: list[int] = []

    def render_view(self, view: Sites) -> None:
        self.rendered.append(len(view.chosen))
        super().render_view(view)


async def test_many_changes_in_one_turn_are_shown_once() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        screen = CountingScreen(app.store)
        await app.switch_screen(screen)
        await pilot.pause()
        screen.rendered.clear()
        for count in range(1, 6):
            app.store.put(Sites(frozenset(str(i) for i in range(count))))
        await pilot.pause()
        assert screen.rendered == [5]


async def test_without_utf8_nothing_but_ascii_is_drawn_by_us() -> None:
    app = SampleApp(TerminalProfile(unicode=False))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("tab", "down")
        await pilot.pause()
        frame = [line for line in shown(app).splitlines() if "/sites/" not in line]
        assert all(line.isascii() for line in frame)


async def test_ctrl_t_turns_light_and_dark() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+t")
        assert app.theme == "ansi-light"
        await pilot.press("ctrl+t")
        assert app.theme == "ansi-dark"


async def test_the_palette_has_what_no_key_bar_has_room_for() -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        before = app.theme
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press("d", "a", "r", "k", "enter")
        await pilot.pause()
        await pilot.pause()
        assert app.theme != before


@pytest.mark.parametrize(("typing", "says"), [(True, "F1 Help"), (False, "? Help")])
async def test_the_bar_names_the_help_key_that_works_where_the_cursor_is(
    typing: bool, says: str
) -> None:
    app = SampleApp()
    async with app.run_test(size=SIZE) as pilot:
        if typing:
            app.screen.query_one(Entry).focus()
        else:
            app.screen.query_one(RowList).focus()
        await pilot.pause()
        await pilot.pause()
        assert says in shown(app)
