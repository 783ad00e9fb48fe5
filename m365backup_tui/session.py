"""The composition of one sitting: a cloud profile, its adapters, the journal, and what must be closed again.

Both faces use it: the wizard opens it after its first frame, the headless commands before they begin.
Imports of SDKs happen inside, off the first frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from m365backup_tui.domain.errors import Broken, CloudError, Conflict
from m365backup_tui.events import Paused
from m365backup_tui.options import Options
from m365backup_tui.state import Links, Pause, Place
from m365backup_tui.wizard import Wizard

if TYPE_CHECKING:
    from m365backup_tui.cloud.practice import PracticeProcess
    from m365backup_tui.cloud.profiles import Profile
    from m365backup_tui.ports import Rehearsing, StandIn

_LOOK_SECONDS = 1.0  # how soon a practice tenant that was killed is noticed

# What a sitting is made of; imported on a thread, because they take the loop 50 ms (tests/bench/stalls.py).
_PARTS = (
    "m365backup_tui.cloud.connect",
    "m365backup_tui.cloud.redact",
    "m365backup_tui.journal.lock",
    "m365backup_tui.journal.runs",
    "m365backup_tui.settings_file",
)


class CannotStart(Exception):
    """There is nothing to sit down at; the message says why and what to do, in sentences."""


class Session:
    """`open` equips the wizard; `close` ends everything that `open` started, in reverse order.

    `holder`: what this process is, in the words of whoever comes second. `alone`: no other sitting with the same
    folder and cloud at the same time; the practice tenant always serves one alone. `on_lost` hears, in sentences,
    that the practice tenant ended under us: it does not come back, so nothing can go on.
    """

    def __init__(
        self,
        options: Options,
        wizard: Wizard,
        holder: str,
        *,
        alone: bool,
        on_lost: Callable[[str], None] | None = None,
    ) -> None:
        self.options = options
        self.wizard = wizard
        self._holder = holder
        self._on_lost = on_lost
        self._alone = alone or options.practice
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Raises CannotStart; then nothing is left running."""
        from m365backup_tui.cloud.loading import load

        await asyncio.to_thread(load, *_PARTS)
        try:
            self._take_folder(self.options.folder / self.options.place)
            await self._open()
        except CloudError as error:
            await self._stack.aclose()
            raise CannotStart(self._why(error)) from error
        except OSError as error:
            await self._stack.aclose()
            raise CannotStart(unusable(self.options.folder, error)) from error
        except BaseException:
            await self._stack.aclose()
            raise

    async def close(self) -> None:
        await self._stack.aclose()

    def _why(self, error: CloudError) -> str:
        if not (self.options.practice and isinstance(error, Broken)):
            return error.what
        return (
            f"{error.what}\nTry again. If it stays, `m365backup-tui practice reset` starts the practice "
            f"tenant over; it is kept in {self.options.folder / 'practice-tenant'}."
        )

    def _take_folder(self, folder: Path) -> None:
        """Raises OSError, Conflict. Found out here, before anything was typed or sent."""
        from m365backup_tui.journal.lock import SittingLock
        from m365backup_tui.journal.record import make_folder, try_folder

        make_folder(folder)
        try_folder(folder)
        if not self._alone:
            return
        lock = SittingLock(folder, self._holder)
        try:
            lock.take(datetime.now(UTC))
        except Conflict as error:
            raise Conflict(
                f"{error.what} Leave that one first, or name another folder with --state-dir."
            ) from None
        self._stack.callback(lock.give_back)

    async def _open(self) -> None:
        from m365backup_tui.cloud.profiles import global_profile, practice_profile
        from m365backup_tui.cloud.redact import quiet_sdks

        quiet_sdks()
        if not self.options.practice:
            await self._equip(global_profile(self.options.tenant))
            return
        from m365backup_tui.cloud.practice import PracticeStandIn, start_practice
        from m365backup_tui.cloud.practice_rehearsal import PracticeRehearsal
        from m365backup_tui.cloud.transport import tls_context

        folder = self.options.folder / "practice-tenant"
        process = await self._stack.enter_async_context(
            await start_practice(folder, scenarios=self.options.scenarios)
        )
        if self._on_lost is not None:
            watching = asyncio.create_task(self._watch(process, self._on_lost))
            self._stack.callback(watching.cancel)
        profile = practice_profile(process.ready)
        stand_in = PracticeStandIn(process.ready, tls_context(profile, {}))
        self._stack.push_async_callback(stand_in.close)
        await self._equip(profile, stand_in, PracticeRehearsal(stand_in.control))

    async def _watch(self, process: PracticeProcess, on_lost: Callable[[str], None]) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not process.running:
                break
        on_lost(
            "The practice tenant ended unexpectedly, so the wizard had to stop. What you chose and what was done "
            f"are kept: start it again to go on. Its log: {process.log_file}"
        )

    async def _equip(
        self,
        profile: Profile,
        stand_in: StandIn | None = None,
        rehearsing: Rehearsing | None = None,
    ) -> None:
        from m365backup_tui.cloud.connect import connect
        from m365backup_tui.journal.host_lock import shared_place
        from m365backup_tui.journal.runs import FileRuns
        from m365backup_tui.journal.tenant_locks import Meeting
        from m365backup_tui.settings_file import read_settings

        # Everybody's practice tenant is their own, although all have the same id.
        meeting = None if profile.stand_in else Meeting(shared_place(), profile.key)
        runs = FileRuns(self.options.folder / profile.key, self._holder, meeting=meeting)
        self._stack.callback(runs.close)
        settings = await asyncio.to_thread(read_settings, self.options.folder, profile.key)
        tools, close = await connect(
            profile, self.options.folder, runs, stand_in, self._waits, settings
        )
        self._stack.push_async_callback(close)
        self.wizard.equip(replace(tools, rehearsing=rehearsing), place(profile))

    def _waits(self, reason: str, until: datetime) -> None:
        """Waits before repeated reads are told, never silent (rule R4)."""
        self.wizard.store.send(Paused(Pause(reason, until)))


def unusable(folder: Path, error: OSError) -> str:
    """Why nothing can be kept in the state folder, for the person who has to mend it."""
    why = error.strerror or type(error).__name__
    return (
        f"The state folder {folder} cannot be used: {why}. Nothing was changed. "
        "Mend that, or name another folder with --state-dir."
    )


def place(profile: Profile) -> Place:
    """What screens may know of a profile."""
    links = profile.links
    return Place(
        key=profile.key,
        label=profile.label if profile.stand_in else "",
        stand_in=profile.stand_in,
        links=Links(
            billing_node=links.billing_newer.url,
            setup_node=links.billing_older.url,
            turn_on=links.turn_on.url,
            policies=links.policies.url,
            create_subscription=links.new_subscription.url,
            pim=links.activate_role.url,
            azure_pim=links.activate_role.url,
        ),
    )
