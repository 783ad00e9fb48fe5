"""The wizard signs somebody in by browser: real tools, and the stand-in as the person at the browser."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from m365backup_tui.cloud.connect import tools_of
from m365backup_tui.domain.errors import NotSignedIn
from m365backup_tui.domain.session import BrowserSignIn, Way
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.state import Place, Remote, State
from m365backup_tui.store import Store
from m365backup_tui.wizard import Wizard
from tests.practice.browser_desk import ADMIN, Desk, listens

SECONDS = 20.0


class Sitting:
    """A wizard on real tools, as the program has it."""

    def __init__(self, desk: Desk, tools: Tools) -> None:
        self.desk = desk
        self.tools = tools
        self.crashed: list[BaseException] = []
        self.store = Store(on_crash=self.crashed.append)
        self.wizard = Wizard(self.store, tools)

    @property
    def state(self) -> State:
        return self.store.state

    async def until(self, holds: Callable[[State], bool]) -> State:
        """The first state of which this is true."""
        there = asyncio.Event()
        stop = self.store.watch(lambda _, new: there.set() if holds(new) else None)
        if not holds(self.state):
            await asyncio.wait_for(there.wait(), SECONDS)
        stop()
        assert not self.crashed
        return self.state

    async def begun(self) -> BrowserSignIn:
        self.wizard.sign_in_by_browser()
        found = (await self.until(lambda state: state.browser.value is not None)).browser.value
        assert found is not None
        return found

    async def signed_in(self) -> State:
        return await self.until(lambda state: state.signed_in is not None)


@pytest.fixture
async def sitting(ready: dict[str, Any], tmp_path: Any) -> AsyncIterator[Sitting]:
    desk = Desk(ready, tmp_path)
    runs = FileRuns(tmp_path / "runs", "a test")
    tools, close = await tools_of(
        desk.sign_in(), desk.profile, runs, desk.stand_in, lambda *_: None
    )
    made = Sitting(desk, tools)
    yield made
    await made.store.close()
    await close()
    await desk.close()


async def test_the_person_comes_back_through_the_listener(sitting: Sitting) -> None:
    begun = await sitting.begun()
    assert begun.why_not_listening == ""
    sitting.wizard.play_person(ADMIN)
    state = await sitting.signed_in()
    assert state.signed_in is not None
    assert state.signed_in.way is Way.BROWSER
    assert (state.browser.value, state.browser.error) == (None, None)
    assert not listens(sitting.desk.port)


async def test_where_nothing_listens_the_person_pastes(sitting: Sitting) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", sitting.desk.port))
        other.listen()
        begun = await sitting.begun()
        assert begun.why_not_listening
        sitting.wizard.play_person(ADMIN)
        await sitting.signed_in()


async def test_who_declines_is_told_why_nobody_is_in(sitting: Sitting) -> None:
    await sitting.begun()
    sitting.wizard.decline_person()
    state = await sitting.until(lambda state: state.browser.error is not None)
    assert state.browser.error is not None
    assert state.browser.error.code == "AADSTS65004"
    assert state.browser.value is None


async def test_what_the_browser_alone_shows_does_not_end_the_wait(sitting: Sitting) -> None:
    begun = await sitting.begun()
    await sitting.desk.control("POST", "faults", {"id": "A3", "operation": "sign in"})
    sitting.wizard.play_person(ADMIN)
    state = await sitting.until(lambda state: state.browser.error is not None)
    assert state.browser.error is not None
    assert state.browser.error.code == "AADSTS53003"
    assert state.browser.value == begun
    await sitting.desk.control("DELETE", "faults")
    sitting.wizard.play_person(ADMIN)
    await sitting.signed_in()


async def test_a_wrong_paste_is_said_and_the_right_one_counts(sitting: Sitting) -> None:
    begun = await sitting.begun()
    sitting.wizard.paste_address(begun.url)
    state = await sitting.until(lambda state: state.pasted.error is not None)
    assert state.pasted.error is not None
    assert state.pasted.error.code == "not_the_end"
    assert state.browser.value == begun
    sitting.wizard.paste_address(await sitting.desk.browse(begun))
    await sitting.signed_in()


async def test_giving_up_leaves_nothing_behind(sitting: Sitting) -> None:
    await sitting.begun()
    sitting.wizard.cancel_sign_in()
    assert sitting.state.browser == Remote()
    for _ in range(3):
        await asyncio.sleep(0)
    assert not listens(sitting.desk.port)


async def test_from_one_way_to_the_other_and_back(sitting: Sitting) -> None:
    await sitting.begun()
    sitting.wizard.sign_in()
    state = await sitting.until(lambda state: state.device_code.value is not None)
    assert state.browser == Remote()
    assert not listens(sitting.desk.port)
    begun = await sitting.begun()
    assert sitting.state.device_code == Remote()
    assert begun.why_not_listening == ""
    sitting.wizard.play_person(ADMIN)
    await sitting.signed_in()


async def test_a_second_sign_in_for_azure_alone(sitting: Sitting) -> None:
    sitting.wizard.equip(sitting.tools, Place(stand_in=True))
    if sitting.wizard.found is not None:
        await sitting.wizard.found
    await sitting.begun()
    sitting.wizard.play_person(ADMIN)
    await sitting.signed_in()
    await sitting.desk.control("PUT", "scenarios", [{"id": "graph-client-no-arm"}])
    with pytest.raises(NotSignedIn) as caught:
        await sitting.tools.azure.subscriptions()
    sitting.wizard.sign_in_for(caught.value)
    begun = await sitting.begun()
    assert "management.azure.com" in begun.url
    assert "login_hint" in begun.url
    sitting.wizard.play_person(ADMIN)
    await sitting.until(lambda state: state.needs is None and state.browser.value is None)
    assert await sitting.tools.azure.subscriptions()


async def test_leaving_in_the_middle_closes_the_port(sitting: Sitting) -> None:
    await sitting.begun()
    assert listens(sitting.desk.port)
    with suppress(asyncio.CancelledError):
        await sitting.store.close()
    assert not listens(sitting.desk.port)
