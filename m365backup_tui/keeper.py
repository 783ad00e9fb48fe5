"""Keeps on disk what the wizard needs to go on where it stopped, and gives it back to whom it belongs.

Saved a moment after each change, on a thread, so that typing never waits for a disk.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from m365backup_tui import progress
from m365backup_tui.domain.session import Account
from m365backup_tui.events import AccountKnown, Restored
from m365backup_tui.progress_units import UnitLogs
from m365backup_tui.state import Answers, State
from m365backup_tui.store import Store

_DELAY = 0.25  # seconds after a change until it is written


class Keeper:
    """`path` is the progress file of one cloud profile. `flush` before the program ends."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store = store
        self._path = path
        self._waiting: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._restored = False
        self._reading: asyncio.Task[None] | None = None
        self._latest = store.state  # what is to be written: of whoever was signed in then
        self._logs = UnitLogs(path)
        self.trouble = ""
        self._stop = store.watch(self._changed)
        account = self._whose = progress.known_account(path)
        if account is not None and store.state.signed_in is None:
            store.send(AccountKnown(account))

    def _changed(self, old: State, new: State) -> None:
        if new.signed_in is None:
            return
        account = new.signed_in.account
        if self._others(account):
            self._whose, self._restored = account, True
            unsaved = None if self._waiting is None else self._latest
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None
            self._reading = asyncio.create_task(self._turn_to(account, unsaved, self._reading))
        elif not self._restored:
            self._whose, self._restored = account, True
            self._restore(account)
            if new.drafts:  # begun while what was seen last was shown
                self._latest = new
                self._later()
        elif _kept(old) != _kept(new):
            self._latest = new
            self._later()

    def _others(self, account: Account) -> bool:
        """Whether what is kept is another one's, or what is kept of `account` was put aside."""
        if self._whose is not None:
            return not account.same_as(self._whose)
        return not self._restored and progress.was_put_aside(self._path, account)

    def _restore(self, account: Account) -> None:
        """At once; where drafts have 100,000 units, beside the screen: reading them takes a second."""
        if progress.has_logs(self._path):
            self._reading = asyncio.create_task(self._read(account))
        else:
            self._take(progress.load(self._path, account))

    async def _turn_to(
        self, account: Account, unsaved: State | None, earlier: asyncio.Task[None] | None
    ) -> None:
        """Another person: theirs is taken up, and what was of the one before stays for when they come back."""
        if earlier is not None:
            await earlier
        if self._writing is not None:
            await self._writing
        if unsaved is not None:
            await self._save(unsaved)
        try:
            await asyncio.to_thread(progress.turn_to, self._path, account)
        except OSError as error:
            self.trouble = f"Your answers could not be saved: {error.strerror or error}."
        self._logs.forget()
        await self._read(account)

    async def _read(self, account: Account) -> None:
        left = await asyncio.to_thread(progress.load, self._path, account)
        signed_in = self._store.state.signed_in
        if self._reading is asyncio.current_task():
            self._reading = None
        if signed_in is not None and account.same_as(signed_in.account):
            self._take(left)

    def _take(self, left: Restored | None) -> None:
        """Only into an empty sitting: what is on screen is newer than what is on disk."""
        state = self._store.state
        if left is not None and not state.drafts and state.answers == Answers():
            self._store.send(left)

    def _later(self) -> None:
        # Not put off by the next change: whoever works fast and is cut off loses a moment, not the whole way.
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_later(_DELAY, self._write)

    def _write(self) -> None:
        self._waiting = None
        busy = self._writing is not None and not self._writing.done()
        if busy or self._reading is not None:  # what is being read must not be written over
            self._later()
            return
        self._writing = asyncio.create_task(self._save(self._latest))

    async def _save(self, state: State) -> None:
        try:
            await asyncio.to_thread(progress.save, self._path, state, self._logs)
            self.trouble = ""
        except OSError as error:  # a full disk must not end the wizard; what is on screen stays
            self.trouble = f"Your answers could not be saved: {error.strerror or error}."

    async def settled(self) -> None:
        """Until what is on disk of who signed in last has been read."""
        while self._reading is not None:
            await self._reading

    async def flush(self) -> None:
        """Write what is not written yet; then stop watching."""
        await self.settled()
        self._stop()
        if self._writing is not None:
            await self._writing
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            await self._save(self._latest)


def _kept(state: State) -> tuple[object, ...]:
    return (state.answers, state.drafts, state.at)
