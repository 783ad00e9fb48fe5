"""The practice menu in words: pure, so every way a fault can be switched on is said somewhere here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from m365backup_tui.domain.rehearsal import (
    AllOff,
    Change,
    InForce,
    MoveClock,
    Rehearsal,
    SwitchOff,
    SwitchOn,
    Turn,
    When,
)
from m365backup_tui.screens.views import rehearsal_words as words
from tests.screens.rehearsals import BUSY, PROVIDER, QUIET, THROTTLED


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (InForce(1, "H1", "", "any", times=1), "the next request"),
        (InForce(1, "H1", "", "any", times=1, nth=3), "the 3rd request"),
        (InForce(1, "H1", "", "any", times=4), "4 requests"),
        (InForce(1, "H1", "", "any", every=True, nth=5), "every 5th request"),
        (InForce(1, "H1", "", "any", every=True), "every request"),
        (InForce(1, "H1", "", "any", rate=0.1), "10% of the requests"),
        (InForce(1, "H1", "", "any"), "every request"),
        (InForce(1, "H1", "", "any", nth=2), "from the 2nd request on"),
        (InForce(1, "H1", "", "any", lasts="PT2M"), "every request for 2 min"),
        (InForce(1, "Z3", "", "arm", lasting=True), "until it is switched off"),
        (InForce(1, "Z3", "", "arm", lasting=True, lasts="PT2M"), "for 2 min"),
        (
            InForce(1, "B8", "", "graph", lasting=True, nth=3),
            "from the 3rd request on, until it is switched off",
        ),
    ],
)
def test_how_often_a_fault_strikes_is_said(fault: InForce, said: str) -> None:
    assert words.pace_of(fault) == said


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_numbers_in_order(number: int, said: str) -> None:
    assert words.nth(number) == said


def test_what_is_on_comes_first_and_then_group_by_group() -> None:
    listed = [row.cells[:2] for row in words.rows(BUSY)]
    assert listed == [
        ("Was on", "Too many requests"),
        ("On now", "Conditional Access blocks"),
        ("Situation", "Names concealed"),
        ("Everywhere", "Too many requests"),
        ("Sign-in", "Conditional Access blocks"),
        ("Azure", "Provider never registers"),
    ]


@pytest.mark.parametrize(
    ("typed", "count"),
    [("", 6), ("429", 1), ("sign-in CONDITIONAL", 1), ("h1", 2), ("nonsense", 0)],
)
def test_the_filter_looks_at_titles_sentences_groups_and_ids(typed: str, count: int) -> None:
    assert len(words.rows(BUSY, typed)) == count


def test_a_row_is_explained_with_what_enter_does() -> None:
    assert words.about(BUSY, "on 1") == (
        "The service asks the caller to slow down and come back later (429). The next request "
        "(Microsoft Graph and Azure): over, struck 1. D takes it away."
    )
    assert words.about(QUIET, THROTTLED.row).endswith("Enter asks when and for which requests.")
    assert words.about(QUIET, PROVIDER.row).endswith("Enter asks when.")
    assert words.about(QUIET, "on 9") == ""
    assert words.about(QUIET, None) == ""


def test_what_will_be_seen_names_the_way_back() -> None:
    once = SwitchOn("H1", "", When.NEXT, "graph")
    assert words.promise(once, THROTTLED.says) == (
        f"{THROTTLED.says} It happens to the next request (Microsoft Graph). It is over after that."
    )
    often = SwitchOn("H1", "", When.EVERY, "POST /x", 3)
    assert words.promise(often, "Slow.") == (
        "Slow. It happens to every 3rd request (POST /x). To end it: F9, then D on it."
    )
    lasting = SwitchOn("Z3", "", When.TWO_MINUTES)
    assert words.promise(lasting, "Stuck.") == (
        "Stuck. It holds for two minutes. To end it: F9, then D on it."
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (SwitchOn("H1", "Slow", When.NEXT, "any"), "On: Slow, the next request."),
        (
            SwitchOn("Z3", "Stuck", When.ALWAYS),
            "On: Stuck, until it is switched off.",
        ),
        (SwitchOff(1, "Slow"), "Off: Slow."),
        (Turn("x", "X", on=True), "On: X. It holds until you end it here."),
        (Turn("x", "X", on=False), "Off: X. What it has done already stays."),
        (AllOff(), "Everything is off: the practice tenant behaves."),
        (None, ""),
    ],
)
def test_a_change_is_said(change: Change | None, said: str) -> None:
    assert words.said(change, Rehearsal()) == said


def test_time_that_passed_is_said_with_the_tenants_clock() -> None:
    clock = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
    assert words.said(MoveClock(24), Rehearsal(clock=clock)) == (
        "The practice tenant's time is 1 day ahead of before: 22 Nov 10:05 UTC."
    )
    assert words.ahead(1) == "1 hour"
    assert words.ahead(48) == "2 days"
    assert words.ahead(25) == "25 hours"


def test_how_much_is_on() -> None:
    assert words.summary(QUIET) == "Nothing is switched on: the practice tenant behaves."
    assert words.summary(BUSY) == "1 thing is switched on."
    assert QUIET.quiet
    assert not BUSY.quiet


def test_every_choice_is_said_differently() -> None:
    assert len({words.how_often(when, 3) for when in When}) == len(When)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (InForce(1, "H1", "", "any", seen=4, struck=1), "struck 1 of 4"),
        (InForce(1, "H1", "", "any", over=True, seen=4, struck=1), "over, struck 1"),
        (InForce(1, "H1", "", "any", begun=False), "still to come"),
        (InForce(1, "B1", "", "graph", lasting=True), "in force"),
        (InForce(1, "B1", "", "graph", lasting=True, begun=False), "still to come"),
        (InForce(1, "B1", "", "graph", lasting=True, begun=False, over=True), "over"),
    ],
)
def test_where_a_fault_stands_is_said_and_fits_its_column(fault: InForce, said: str) -> None:
    assert words.struck(fault) == said
    assert len(said) <= 19


def test_what_is_over_is_not_counted_as_on() -> None:
    over = InForce(1, "H1", "", "any", over=True)
    still = InForce(2, "H1", "", "any")
    nothing = "Nothing more is switched on: the practice tenant behaves."
    assert words.summary(Rehearsal(in_force=(over,))) == nothing
    assert words.summary(Rehearsal(in_force=(over, still))) == "1 thing is switched on."
