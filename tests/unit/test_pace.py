"""Rate and time left: nothing before it was seen, steady afterwards, withdrawn when nothing moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.domain.pace import WINDOW, Pace, roughly

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def steady(per_second: float, seconds: int, every: int = 5) -> Pace:
    pace = Pace()
    for second in range(0, seconds + 1, every):
        pace = pace.seen("units", int(per_second * second), after(second))
    return pace


def test_there_is_no_estimate_before_something_was_seen() -> None:
    pace = Pace().seen("units", 0, START)
    assert pace.per_minute(after(60)) is None
    pace = pace.seen("units", 50, after(60))
    assert pace.left(100, after(60)) is None  # one step tells nothing
    assert steady(10, 15).left(1000, after(15)) is None  # too soon


def test_a_steady_rate_gives_the_time_that_is_left() -> None:
    pace = steady(10, 60)
    assert pace.per_minute(after(60)) == pytest.approx(600)
    assert pace.left(1200, after(60)) == timedelta(seconds=60)


def test_time_without_a_step_lowers_the_rate_and_then_withdraws_it() -> None:
    pace = steady(10, 60)
    assert pace.per_minute(after(120)) == pytest.approx(300)
    assert pace.still(after(120)) is None
    assert pace.per_minute(after(200)) is None
    assert pace.still(after(200)) == timedelta(seconds=140)


def test_something_else_or_a_count_that_fell_starts_over() -> None:
    assert steady(10, 60).seen("requests", 700, after(65)).per_minute(after(65)) is None
    assert (
        steady(10, 60).seen("units", 3, after(65)).samples
        == Pace().seen("units", 3, after(65)).samples
    )


def test_only_the_last_minutes_count() -> None:
    pace = steady(10, 600)
    for second in range(605, 1_205, 5):
        pace = pace.seen("units", 6_000 + (second - 600), after(second))
    assert pace.per_minute(after(1_200)) == pytest.approx(60, rel=0.05)


@given(st.lists(st.tuples(st.floats(0.001, 90), st.integers(0, 900)), max_size=300))
def test_samples_stay_few_and_the_time_left_is_never_negative(
    steps: list[tuple[float, int]],
) -> None:
    pace, now, count = Pace(), START, 0
    for seconds, more in steps:
        now, count = now + timedelta(seconds=seconds), count + more
        pace = pace.seen("units", count, now)
        assert len(pace.samples) <= WINDOW.total_seconds() / 2 + 4
        rest = pace.left(count + 10, now)
        assert rest is None or rest >= timedelta()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (61, "2 minutes"),
        (600, "10 minutes"),
        (601, "15 minutes"),
        (3_200, "55 minutes"),
        (3_500, "1 hour"),
        (3_700, "1.5 hours"),
        (36_000, "10 hours"),
    ],
)
def test_the_words_are_as_coarse_as_the_estimate(seconds: int, words: str) -> None:
    assert roughly(timedelta(seconds=seconds)) == words
