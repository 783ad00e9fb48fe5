"""Reads are repeated visibly, never for longer than said, and never for a refusal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from m365backup_tui.cloud import reads
from m365backup_tui.domain.errors import Broken, CloudError, Forbidden, Throttled, Unreachable

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Service:
    """Answers with each of `answers` in turn: exceptions are raised."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def as_it_is(exc: Exception, attempt: int, now: datetime) -> CloudError:
    if isinstance(exc, CloudError):
        return exc
    return Throttled("wait", until=now + timedelta(seconds=10 * 2**attempt))


async def test_a_throttled_read_waits_exactly_until_the_time_named() -> None:
    clock, heard = Clock(), []
    service = Service(Throttled("wait", until=START + timedelta(seconds=42)), "here")
    answer = await reads.read(
        service, as_it_is, clock=clock, on_wait=lambda why, until: heard.append((why, until))
    )
    assert answer == "here"
    assert clock.now() == START + timedelta(seconds=42)
    assert heard == [("wait", START + timedelta(seconds=42))]


async def test_guessed_waits_grow_with_every_attempt() -> None:
    clock = Clock()
    service = Service(RuntimeError(), RuntimeError(), RuntimeError(), "here")
    assert await reads.read(service, as_it_is, clock=clock) == "here"
    assert clock.now() == START + timedelta(seconds=10 + 20 + 40)


async def test_a_service_that_stays_away_is_tried_four_times() -> None:
    clock = Clock()
    service = Service(*[Unreachable(f"{n}") for n in range(9)])
    with pytest.raises(Unreachable, match="3"):
        await reads.read(service, as_it_is, clock=clock)
    assert service.calls == reads.TRIES == 4
    assert clock.now() == START + timedelta(seconds=sum(reads.BACK_OFF_SECONDS))


async def test_a_refusal_is_raised_at_once_and_keeps_its_cause() -> None:
    clock, cause = Clock(), RuntimeError("raw")
    refused = Forbidden("no")
    with pytest.raises(Forbidden) as raised:
        await reads.read(Service(cause), lambda *_: refused, clock=clock)
    assert raised.value.__cause__ is cause
    assert clock.now() == START


async def test_waiting_can_be_cancelled() -> None:
    waiting = asyncio.Event()

    class Stuck(Clock):
        async def sleep(self, seconds: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

    service = Service(Throttled("wait", until=START + timedelta(seconds=5)), "never")
    task = asyncio.ensure_future(reads.read(service, as_it_is, clock=Stuck()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert service.calls == 1


def unreadable(exc: Exception, attempt: int, now: datetime) -> CloudError:
    return exc if isinstance(exc, CloudError) else Broken("The answer could not be read.")


async def test_an_answer_that_was_cut_short_is_asked_for_again() -> None:
    clock = Clock()
    service = Service(ValueError("half a JSON"), "here")
    assert await reads.read(service, unreadable, clock=clock) == "here"
    assert clock.time == START + timedelta(seconds=1)


async def test_what_the_adapter_judged_broken_is_not_asked_for_again() -> None:
    service = Service(Broken("The service repeats a page."), "here")
    with pytest.raises(Broken):
        await reads.read(service, unreadable, clock=Clock())
    assert service.calls == 1


def test_several_refusals_wait_as_long_as_the_longest() -> None:
    later = Throttled("wait", until=START + timedelta(seconds=30))
    soon = Throttled("wait", until=START + timedelta(seconds=5))
    assert reads.longest([soon, later, Unreachable("down")]) is later
    assert reads.longest([soon, Forbidden("no")]) == Forbidden("no")
    assert reads.longest([Unreachable("down")]) == Unreachable("down")
