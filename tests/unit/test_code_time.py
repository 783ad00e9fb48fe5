"""How long a code is waited for: whatever the host's clock does, as long as Entra asks, and past what is harmless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.errors import SignInRefused
from tests.unit.test_signin_entra import PENDING, Entra, entra

__all__ = ["entra"]  # the fixture
pytestmark = pytest.mark.filterwarnings("ignore:Attempted too soon")
CONFIRM = (400, {"error": "interaction_required", "error_codes": [50199]})
BUSY = (429, {"error": "temporarily_unavailable", "error_codes": [90055]})


class Host:
    """A clock that somebody puts right while a code is waited for. `jump`: by how much, at the next wait."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 9, tzinfo=UTC)
        self.jump = timedelta(0)
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += timedelta(seconds=seconds) + self.jump
        self.jump = timedelta(0)
        await asyncio.sleep(0)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
async def one(entra: Entra, host: Host, tmp_path: Path) -> AsyncIterator[SignIn]:
    made = SignIn(
        entra.profile, tmp_path, backends=(), clock=host.now, sleep=host.sleep, environ={}
    )
    yield made
    made.close()


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)])
async def test_a_clock_that_is_put_right_does_not_end_the_code(
    one: SignIn, entra: Entra, host: Host, jump: timedelta
) -> None:
    entra.next_answers = [PENDING, PENDING]
    code = await one.device_code(SCOPES_SIGN_IN)
    host.jump = jump
    account = await one.wait_for_sign_in(code)
    assert account.username == "a@b.c"
    assert host.waits == [1, 1, 1]


async def test_a_code_that_nobody_uses_ends_after_its_time(
    one: SignIn, entra: Entra, host: Host
) -> None:
    entra.next_answers = [(400, {"error": "slow_down"})] * 30  # 5 s more each time
    with pytest.raises(SignInRefused) as caught:
        await one.wait_for_sign_in(await one.device_code(SCOPES_SIGN_IN))
    assert caught.value.code == "expired_token"
    assert sum(host.waits) >= 900


async def test_a_question_in_the_browser_is_no_end(one: SignIn, entra: Entra) -> None:
    """50199: the person confirms which application it is (auth.md §1.5)."""
    entra.next_answers = [CONFIRM, PENDING, CONFIRM]
    account = await one.wait_for_sign_in(await one.device_code(SCOPES_SIGN_IN))
    assert account.username == "a@b.c"


async def test_a_busy_entra_is_left_alone_for_as_long_as_it_asks(
    one: SignIn, entra: Entra, host: Host
) -> None:
    entra.next_answers = [BUSY, BUSY]
    account = await one.wait_for_sign_in(await one.device_code(SCOPES_SIGN_IN))
    assert account.username == "a@b.c"
    assert host.waits == [1, 5, 10]  # it names no time, so the guess grows
