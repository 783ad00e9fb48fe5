"""Sign-in without a network: where it is kept, and what happens before anybody is signed in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.daemon import DaemonWorker, call_with_deadline
from m365backup_tui.cloud.profiles import SCOPES_READ, Resource, global_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.tokens import TokenFile
from m365backup_tui.domain.errors import NotSignedIn
from m365backup_tui.domain.session import DeviceCode, KeptIn
from tests.unit.rings import Hanging, Ring

Make = Callable[..., SignIn]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[SignIn] = []

    def build(ring: Ring | None, **kwargs: Any) -> SignIn:
        backends = () if ring is None else (("a test keyring", lambda: ring),)
        kwargs.setdefault("environ", {})
        one = SignIn(global_profile(), tmp_path, backends=backends, **kwargs)
        made.append(one)
        return one

    yield build
    for one in made:
        one.close()


async def test_with_a_keyring_the_screen_names_it(make: Make) -> None:
    home = await make(Ring()).token_home()
    assert home.kept_in is KeptIn.KEYRING
    assert "a test keyring" in home.why


async def test_a_hanging_keyring_means_memory_only_and_says_so(make: Make) -> None:
    home = await make(Hanging(), keyring_seconds=0.05).token_home()
    assert home.kept_in is KeptIn.MEMORY
    assert "did not answer" in home.why
    assert "memory only" in home.why


async def test_the_keyring_is_asked_once(make: Make) -> None:
    ring = Ring()
    one = make(ring)
    await one.token_home()
    asked = ring.asked
    await asyncio.gather(one.token_home(), one.accounts(), one.resume())
    assert ring.asked == asked


async def test_through_sudo_the_keyring_is_not_even_asked(make: Make) -> None:
    ring = Ring()
    home = await make(ring, environ={"SUDO_USER": "somebody"}).token_home()
    assert home.kept_in is KeptIn.MEMORY
    assert "sudo" in home.why
    assert ring.asked == 0


async def test_a_folder_open_to_others_means_memory_only(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "global" / "signin"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    home = await make(Ring()).token_home()
    assert home.kept_in is KeptIn.MEMORY
    assert str(folder) in home.why


async def test_a_file_sealed_with_a_lost_key_is_put_aside_and_said(
    make: Make, tmp_path: Path
) -> None:
    await make(Ring()).token_home()
    path = tmp_path / "global" / "signin" / "tokens-14d82eec.bin"
    path.write_bytes(b"sealed with a key that is gone")
    one = make(Ring())
    home = await one.token_home()
    assert home.kept_in is KeptIn.KEYRING
    assert "put aside" in home.why
    assert await one.accounts() == ()
    assert not path.exists()


async def test_signing_out_deletes_the_key_also_where_the_file_stays(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = Ring()
    one = make(ring)
    await one.token_home()

    def kept(_: TokenFile) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(TokenFile, "delete", kept)
    await one.sign_out()
    assert ring.items == {}


async def test_nobody_is_signed_in_at_first_and_nothing_is_asked_of_the_network(
    make: Make,
) -> None:
    one = make(None)
    assert await one.accounts() == ()
    assert await one.resume() is None
    assert one.account is None
    for resource in Resource:
        with pytest.raises(NotSignedIn):
            await one.token(resource, SCOPES_READ)


async def test_jobs_run_in_order_on_one_thread_even_when_nobody_waits() -> None:
    worker = DaemonWorker("test")
    gate = threading.Event()
    done: list[int] = []

    def held() -> None:
        gate.wait(5)
        done.append(1)

    first = asyncio.create_task(worker.run(held))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert done == []
    worker.post(lambda: done.append(2))
    gate.set()
    assert await worker.run(lambda: threading.current_thread().daemon)
    assert done == [1, 2]
    worker.close()


async def test_a_failing_job_raises_where_it_is_awaited_and_the_worker_lives_on() -> None:
    worker = DaemonWorker("test")
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)
    assert await worker.run(lambda: 7) == 7
    worker.close()


async def test_a_call_with_a_deadline_gives_its_value_error_or_timeout() -> None:
    assert await call_with_deadline(lambda: 7, 5) == 7
    with pytest.raises(ZeroDivisionError):
        await call_with_deadline(lambda: 1 // 0, 5)
    with pytest.raises(TimeoutError):
        await call_with_deadline(threading.Event().wait, 0.02)


@pytest.mark.parametrize(
    ("code", "grouped"),
    [("ABCDEFGH", "ABCD EFGH"), ("F7QJ8RNL2", "F7Q J8R NL2"), ("ABCDE", "ABCD E"), ("", "")],
)
def test_a_code_is_grouped_for_reading_aloud(code: str, grouped: str) -> None:
    made = DeviceCode(code, "https://example.com", datetime.now(UTC), 5, "")
    assert made.grouped == grouped
