"""Keeps on disk what was read of a tenant, so that the next quick edit shows it at once, and Tab knows its policies.

Written a moment after it was read, on a thread, and only while its account is signed in: signing out removes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from m365backup_tui import last_seen_file, last_seen_names
from m365backup_tui.domain.last_seen import (
    UNITS_KEPT,
    SeenPolicies,
    SeenUnits,
    after_run,
)
from m365backup_tui.domain.session import Account, KeptIn
from m365backup_tui.state import State
from m365backup_tui.store import Store

if TYPE_CHECKING:
    from m365backup_tui.domain.policies import Policy
    from m365backup_tui.domain.run import Run
    from m365backup_tui.domain.units import ProtectionUnit

_OPENS_ALONE = (KeptIn.KEYRING, KeptIn.LOGOUT)
# Seconds that the end of a command waits for a slow disk; usually it is some milliseconds.
_WAITS = 0.25
_UNITS = "units of "
_log = logging.getLogger(__name__)


class SeenKeeper:
    """`folder`: that of one cloud profile. `flush` before the program ends.

    What comes into the state is kept by itself; a command without a screen also says what it read on its way.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._due: dict[str, Callable[[], None]] = {}  # by what is written; the newest of each
        self._writing: asyncio.Task[None] | None = None
        self._taken: tuple[object, object] = (None, None)  # policies and opened policy
        self._known: SeenPolicies | None = None  # as written, or about to be
        self._run: Run | None = None  # the one whose outcome is in there
        self._stop = store.watch(self._changed)

    def policies_read(self, policies: tuple[Policy, ...], at: datetime) -> None:
        """All that this person may see, read at `at` (aware)."""
        signed_in = self._store.state.signed_in
        if signed_in is None or policies is self._taken[0]:
            return
        self._taken = policies, self._taken[1]
        self._keep(SeenPolicies(signed_in.account, at, _alone(self._store.state), policies))

    def units_read(self, policy_id: str, units: tuple[ProtectionUnit, ...], at: datetime) -> None:
        """All units of one policy, read at `at` (aware) although nobody opened it."""
        if (signed_in := self._store.state.signed_in) is not None:
            seen = SeenUnits(at, units[:UNITS_KEPT], max(0, len(units) - UNITS_KEPT))
            self._keep_units(signed_in.account, policy_id, seen, opened=False)

    def _changed(self, old: State, new: State) -> None:
        if new.signed_in is None:
            self._due.clear()
            self._known = None
            if old.signed_in is not None and self._writing is not None:
                # What is being written now would come after its removal.
                gone = old.signed_in.account.key
                self._writing.add_done_callback(
                    lambda _: last_seen_names.forget(self._folder, gone)
                )
            return
        if new.seen is None:
            self._take(new)
        if new.run is not old.run and new.run is not None and new.run.over:
            self._take_run(new)
        before, now = old.token_home.value, new.token_home.value
        if before is not None and now is not None and before.kept_in is not now.kept_in:
            # Whether the next sitting may begin with what was seen is another matter there.
            self._amend("moved", new, lambda seen: replace(seen, opens_alone=_alone(new)))

    def _take(self, state: State) -> None:
        assert state.signed_in is not None  # noqa: S101 - the caller looked
        policies, opened = state.policies, state.opened
        if policies.value is not None and policies.at is not None and not policies.busy:
            self.policies_read(policies.value, policies.at)
        held = opened.value
        whole = held is not None and not opened.busy and opened.error is None
        if held is not None and whole and opened.at is not None and held is not self._taken[1]:
            self._taken = self._taken[0], held
            seen = SeenUnits(opened.at, held.units, held.left_out)
            self._keep_units(state.signed_in.account, held.policy.id, seen, opened=True)

    def _take_run(self, state: State) -> None:
        """Names that a run gave, policies that it made or deleted: what is kept of them is old now."""
        run = state.run
        if run is None or run is self._run:
            return
        self._run = run
        self._amend(
            "run", state, lambda seen: replace(seen, policies=after_run(seen.policies, run))
        )

    def _amend(
        self, why: str, state: State, change: Callable[[SeenPolicies], SeenPolicies]
    ) -> None:
        """Change what is kept of who is signed in; nothing where nothing is."""
        if state.signed_in is None:
            return
        key = state.signed_in.account.key
        if self._known is not None and self._known.account.key == key:
            self._keep(change(self._known))
        else:
            self._due[why] = lambda: _amend_on_disk(self._folder, key, change)
            self._begin()

    def _keep(self, seen: SeenPolicies) -> None:
        self._known = seen
        self._due["policies"] = lambda: last_seen_file.write_policies(self._folder, seen)
        self._begin()

    def _keep_units(
        self, account: Account, policy_id: str, seen: SeenUnits, *, opened: bool
    ) -> None:
        write = partial(last_seen_file.write_units, self._folder, account.key, policy_id, seen)
        self._due[f"{_UNITS}{policy_id}"] = partial(write, opened=opened)
        self._begin()

    def _begin(self) -> None:
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        while self._due:
            names = (what for what in self._due if not what.startswith(_UNITS))
            write = self._due.pop(next(names, next(iter(self._due))))
            try:
                await asyncio.to_thread(write)
            except Exception as error:  # it costs quickness at the next start, nothing else
                _log.debug("What was seen could not be kept: %s", type(error).__name__)
        self._writing = None

    async def flush(self) -> None:
        """Until all is written; then stop watching."""
        self._stop()
        if self._writing is not None:
            await self._writing

    async def end(self) -> None:
        """As `flush`, for a command that ends: names come first, and what takes too long is left out."""
        self._take_run(self._store.state)  # also one that was interrupted
        late = asyncio.get_running_loop().call_later(_WAITS, self._leave_out)
        await self.flush()
        late.cancel()

    def _leave_out(self) -> None:
        for what in [one for one in self._due if one.startswith(_UNITS)]:
            del self._due[what]


def _amend_on_disk(
    folder: Path, key: tuple[str, str], change: Callable[[SeenPolicies], SeenPolicies]
) -> None:
    seen = last_seen_file.read_policies(folder, key)
    if seen is not None:
        last_seen_file.write_policies(folder, change(seen))


def _alone(state: State) -> bool:
    """Whether the sign-in opens without a question, where it is kept now."""
    home = state.token_home.value or (state.signed_in.home if state.signed_in else None)
    return home is not None and home.kept_in in _OPENS_ALONE
