"""Watching for "Turn on": a refusal of the practice tenant's admin center is noted, and the watch goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.events import Arrived, Broke, Event
from m365backup_tui.ports import StandIn, Tools
from m365backup_tui.state import State
from m365backup_tui.work import turn_on
from tests.unit.fakes import FakeBackup, file_runs, make_tools

REFUSAL = Forbidden("Only a Global or SharePoint Administrator may set up billing.")


class Refusing:
    def personas(self) -> tuple[()]:
        return ()

    async def play_admin_center(self, *_: str) -> None:
        raise REFUSAL


class TurnedOnLater(FakeBackup):
    """Off for two looks, then on: somebody else went to the admin center."""

    looks = 0

    async def probe(self) -> BackupService:
        self.looks += 1
        return BackupService(Probe.ANSWERS if self.looks > 2 else Probe.OFF)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    made = make_tools(file_runs(tmp_path), TurnedOnLater())
    return replace(made, stand_in=cast(StandIn, Refusing()))


async def played(tools: Tools, *, go_on: bool) -> list[Event]:
    work = turn_on.play_admin_center(tools, State(), go_on=go_on)
    return [event async for event in work]


async def test_a_refusal_is_noted_at_every_look_until_backup_is_on(tools: Tools) -> None:
    events = await played(tools, go_on=True)
    notes = [event.value.notes for event in events if isinstance(event, Arrived)]
    refused = (f"The admin center refused: {REFUSAL.what}",)
    assert notes == [refused, refused, ()]
    assert not any(isinstance(event, Broke) for event in events)


async def test_a_command_hears_the_refusal_and_does_not_wait(tools: Tools) -> None:
    (event,) = await played(tools, go_on=False)
    assert isinstance(event, Broke)
    assert event.error is REFUSAL
