"""Which restore points there are: held against a list made by brute force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from m365backup_tui.practice.restore.times import (
    EVERY,
    Moment,
    Span,
    Window,
    at_second,
    newest_first,
    oldest,
)

FIRST = datetime(2026, 1, 31, 10, 7, 23, 456789, UTC)
MINUTES = st.integers(-3 * 1440, 450 * 1440)


def brute(span: Span, now: datetime, window: Window, fast: bool) -> list[Moment]:
    """Every point ever made, then those that are there and asked for; newest first."""
    last, found, number = min(now, span.last or now), [], 0
    while (at := span.first + number * EVERY) <= last:
        weekly, daily = number % 1008 == 0, number % 144 == 0
        kept = Moment(at, at + timedelta(days=365 if weekly else 14), fast and daily)
        if (
            kept.expires > now
            and window.start <= at <= window.end
            and (kept.express or not window.express)
        ):
            found.append(kept)
        number += 1
    return found[::-1]


@settings(max_examples=150, deadline=None)
@given(MINUTES, MINUTES, MINUTES, st.none() | MINUTES, st.booleans(), st.booleans())
def test_the_points_are_those_that_were_made_and_not_yet_dropped(
    age: int, start: int, end: int, stopped: int | None, express: bool, fast: bool
) -> None:
    def moment(minutes: int) -> datetime:
        return FIRST + timedelta(minutes=minutes, seconds=17)

    last = None if stopped is None else moment(max(stopped, 0))
    span, now = Span(FIRST, last), moment(max(age, 0))
    window = Window(moment(start), moment(end), express)
    expected = brute(span, now, window, fast)
    assert list(newest_first(span, now, window, fast)) == expected
    assert oldest(span, now, window, fast) == (expected[-1] if expected else None)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400 * 144), st.integers(0, 400 * 1440))
def test_a_point_is_found_again_by_its_second(number: int, age: int) -> None:
    span, now = Span(FIRST, None), FIRST + timedelta(minutes=age)
    at = FIRST + number * EVERY
    there = any(one.at == at for one in newest_first(span, now, Window(at, at), True))
    found = at_second(span, now, int(at.timestamp()), True)
    assert (found is not None and found.at == at) is there
    assert at_second(span, now, int(at.timestamp()) + 1, True) is None
