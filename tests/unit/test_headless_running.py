"""A run as lines on the error stream: each thing once, only what changed looked at, waits and accepted work told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import FailedItem, Outcome, Run, WriteState
from m365backup_tui.headless.running import News, as_text
from tests.unit.fakes import START, FakeBackup, candidate, plan_of

DRAFT = Draft(Product.ONEDRIVE, "All", add=tuple(candidate(Product.ONEDRIVE, k) for k in "ab"))


def run() -> Run:
    plan = plan_of([DRAFT], FakeBackup())
    return Run(
        "r", plan, START, writes=tuple(WriteState(w) for w in plan.writes), record="/r.jsonl"
    )


def told(news: News, run: Run) -> list[str]:
    return [line for line in news.of(run) if news.fresh(line)]


def test_each_change_is_told_once_with_its_units() -> None:
    news, now = News(), run()
    assert told(news, now) == []
    bad = FailedItem("a", "A", "a@example.com", "x", "Not ready.")
    partly = replace(now.writes[0], outcome=Outcome.PARTLY, failed=(bad,))
    later = replace(now, writes=(partly,))
    assert told(news, later) == [f"partly: {partly.write.words}", "  not taken: A: Not ready."]
    assert told(news, later) == []
    assert "Not taken: 1 of the units, each with its reason above and in the record" in as_text(
        later
    )


def test_an_accepted_request_says_that_the_service_works_on_it() -> None:
    now = run()
    state = replace(now.writes[0], outcome=Outcome.ACCEPTED)
    now = replace(now, writes=(state,))
    assert told(News(), now) == [f"accepted: {state.write.words}: the service works on it"]
    assert f"Accepted, the service works on it: {state.write.words}" in as_text(now)


def test_a_pause_is_told_with_its_end_and_a_wait_with_its_reason() -> None:
    news = News()
    until = START + timedelta(seconds=40)
    pause = replace(run(), wait_until=until, note="Too many requests.")
    assert told(news, pause) == [f"waiting until {until.astimezone():%H:%M:%S}: Too many requests."]
    wait = replace(run(), note="The service is working on 1 job with 300 units.")
    assert told(news, wait) == ["waiting: The service is working on 1 job with 300 units."]
