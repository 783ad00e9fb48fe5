"""What every step's page does: trouble in place, ways out, waits counted, words for times."""

from __future__ import annotations

from datetime import timedelta

import pytest

from m365backup_tui.domain.errors import NotSignedIn, Unreachable
from m365backup_tui.events import GROUPS, Began, Broke, Ended
from m365backup_tui.screens.trouble import details_of
from m365backup_tui.screens.words import ended, lasting, left, listed
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW, SIZE, app_showing, text_of

SMALL = (60, 16)


async def test_the_request_id_is_shown_only_when_asked_for() -> None:
    error = Unreachable("management.azure.com could not be reached.", "", "req-42")
    app = app_showing(states.group(groups=Remote(error=error)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "req-42" not in text_of(app)
        await pilot.press("d")
        await pilot.pause()
        assert "Request id: req-42" in text_of(app)
        await pilot.press("d")
        await pilot.pause()
        assert "req-42" not in text_of(app)


async def test_s_signs_in_again_only_where_that_helps() -> None:
    for error, asked in ((NotSignedIn("Expired."), ["sign_in"]), (Unreachable("No line."), [])):
        app = app_showing(states.group(groups=Remote(error=error)))
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("s")
            await pilot.pause()
            assert [what for what in app.asked if what == "sign_in"] == asked


async def test_a_read_that_failed_is_not_begun_again_by_itself() -> None:
    app = app_showing(states.group(groups=Remote(error=Unreachable("No line."))))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Broke(GROUPS, Unreachable("Still no line.")))
        await pilot.pause()
        assert app.asked == []


async def test_the_status_line_counts_a_wait_and_is_empty_after_it() -> None:
    app = app_showing(states.group(groups=Remote()))
    async with app.run_test(size=SIZE) as pilot:
        app.wizard.clock.time = NOW + timedelta(seconds=7)
        app.wizard.happen(Began(GROUPS, NOW, "Reading resource groups"))
        await pilot.pause()
        assert "Reading resource groups: 7 s" in text_of(app)
        app.wizard.happen(Ended(GROUPS))
        await pilot.pause()
        assert "Reading resource groups: 7 s" not in text_of(app)


@pytest.mark.parametrize(
    "state",
    [
        states.welcome(),
        states.signing_in(),
        states.permissions(states.report()),
        states.subscription(),
        states.group(),
        states.region(),
        states.prepare(),
        states.turn_on(accepted=True),
    ],
    ids=lambda state: str(state.at),
)
async def test_in_a_small_window_everything_can_be_scrolled_to(state: State) -> None:
    app = app_showing(state)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        body = app.screen.query_one("#body")
        seen = text_of(app)
        for _ in range(12):
            await pilot.press("pagedown")
            await pilot.pause()
        assert body.scroll_offset.y == body.max_scroll_y
        assert body.max_scroll_y == 0 or text_of(app) != seen


@pytest.mark.parametrize(
    "state",
    [states.welcome(), states.signing_in(), states.prepare(), states.turn_on(accepted=True)],
    ids=lambda state: str(state.at),
)
async def test_every_page_explains_itself(state: State) -> None:
    app = app_showing(state)
    async with app.run_test(size=(100, 50)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        text = text_of(app)
        assert "Keys" in text
        assert "Ctrl+L" in text


def test_details_say_when_there_was_no_answer() -> None:
    assert "Code: none: there was no answer" in details_of(Unreachable("No line."))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
    ],
)
def test_how_long_something_lasts(seconds: int, words: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == words


def test_what_is_left_never_runs_below_nothing() -> None:
    assert left(timedelta(minutes=14, seconds=2)) == "14:02"
    assert left(timedelta(seconds=-1)) == "0:00"


def test_lists_of_words() -> None:
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_the_last_line_break_goes() -> None:
    assert ended([("a\n", "plain"), ("b\n", "plain")]) == [("a\n", "plain"), ("b", "plain")]
    assert ended([]) == []


async def test_f5_tries_again_wherever_messages_name_it() -> None:
    error = Unreachable("No line.")
    pages = (
        (states.signing_in(device_code=Remote(error=error)), "sign_in"),
        (states.permissions(None, readiness=Remote(error=error)), "check_access"),
        (states.group(groups=Remote(error=error)), "load_groups"),
        (states.region(provider=Remote(error=error)), "load_provider"),
        (states.prepare(prepared=Remote(error=error)), "load_provider"),
        (states.turn_on(accepted=True, billing=Remote(error=error)), "watch_billing"),
    )
    for state, wanted in pages:
        app = app_showing(state)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("f5")
            await pilot.pause()
            assert app.asked[-1] == wanted, state.at
