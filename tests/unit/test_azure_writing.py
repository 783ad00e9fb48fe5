"""A write to Azure: waits as asked, looked up when no answer came, never sent again before that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from m365backup_tui.domain.errors import (
    CloudError,
    Forbidden,
    OutcomeUnknown,
    Throttled,
    Unreachable,
)
from m365backup_tui.events import PREPARED, Noted
from m365backup_tui.work.azure_writing import sent
from tests.unit.fakes import START, FakeClock

LOST = OutcomeUnknown("The connection ended before Azure answered.")
DOWN = Unreachable("Azure cannot be reached.")


class Azure:
    """Answers each write with the next of `answers`, None for done; a lost one was done when `done_at` says so."""

    def __init__(self, *answers: CloudError | None, done_at: int = 0, blind: bool = False) -> None:
        self.answers = list(answers)
        self.done_at = done_at
        self.blind = blind
        self.writes = 0
        self.looks = 0

    async def send(self) -> None:
        self.writes += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer

    async def seen(self) -> bool:
        self.looks += 1
        if self.blind:
            raise DOWN
        return bool(self.done_at) and self.writes >= self.done_at


async def carry_out(azure: Azure, clock: FakeClock) -> list[str]:
    events = [event async for event in sent(PREPARED, clock, azure.send, azure.seen)]
    return [event.note for event in events if isinstance(event, Noted)]


async def test_it_waits_until_the_moment_that_azure_names_and_says_so() -> None:
    clock = FakeClock()
    azure = Azure(Throttled("Azure asks to wait.", until=START + timedelta(seconds=30)))
    assert await carry_out(azure, clock) == ["Azure asks to wait. Trying again in 30 s"]
    assert (azure.writes, clock.now()) == (2, START + timedelta(seconds=30))


async def test_what_was_done_although_no_answer_came_is_not_sent_again() -> None:
    azure = Azure(LOST, done_at=1)
    notes = await carry_out(azure, FakeClock())
    assert notes == [f"{LOST.what} Looking whether it happened"]
    assert (azure.writes, azure.looks) == (1, 1)


async def test_what_was_not_done_is_looked_for_several_times_and_then_sent_again() -> None:
    azure = Azure(LOST, None)
    await carry_out(azure, FakeClock())
    assert (azure.writes, azure.looks) == (2, 3)


async def test_without_a_look_that_was_answered_nothing_is_sent_again() -> None:
    azure = Azure(LOST, blind=True)
    with pytest.raises(OutcomeUnknown):
        await carry_out(azure, FakeClock())
    assert azure.writes == 1


async def test_it_gives_up_with_a_kind_that_says_that_nothing_happened() -> None:
    azure = Azure(*[LOST] * 9)
    with pytest.raises(Unreachable, match="It did not happen"):
        await carry_out(azure, FakeClock())
    assert azure.writes == 4


@pytest.mark.parametrize(("error", "writes"), [(DOWN, 6), (Forbidden("No."), 1)])
async def test_what_azure_refuses_is_not_tried_again_and_a_lost_line_is(
    error: CloudError, writes: int
) -> None:
    azure = Azure(*[error] * 9)
    with pytest.raises(type(error)):
        await carry_out(azure, FakeClock())
    assert azure.writes == writes
