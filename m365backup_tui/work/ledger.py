"""A run as it stands: shown at every change, recorded where an outcome is known, and every wait in it visible (R4)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.ports import Tools
from m365backup_tui.work import sending, waiting

RESUME = "Resume to go on: nothing that was done is repeated."
_NOTES = 2  # reasons for waiting told at once; the rest is counted

PolicyKey = tuple[str, str]


class Halt(Exception):
    """The run ends here in `phase`, for the reason `note`."""

    def __init__(self, phase: RunPhase, note: str) -> None:
        super().__init__(note)
        self.phase = phase
        self.note = note


class Ledger:
    """`shown` receives the run at every change. `interval`: seconds between looks at work of the service.

    Several policies may wait side by side: each has a note of its own, and `given_up` ends them all.
    """

    def __init__(self, tools: Tools, run: Run, interval: float) -> None:
        self.shown: asyncio.Queue[Run | None] = asyncio.Queue()
        self.tools = tools
        self.clock = tools.clock
        self.backup = tools.backup
        self.run = run
        self.interval = interval
        self.given_up = False
        self._notes: dict[str, str] = {}
        self._places: dict[PolicyKey, list[int]] = {}
        for n, state in enumerate(run.writes):
            self._places.setdefault(policy_key(state), []).append(n)

    def take(self, run: Run) -> None:
        """The run as it is now."""
        if run != self.run or self.shown.empty():
            self.run = run
            self.shown.put_nowait(run)

    def put(self, n: int, state: WriteState) -> None:
        writes = list(self.run.writes)
        writes[n] = state
        self.take(replace(self.run, writes=tuple(writes)))

    async def settle(self, n: int, state: WriteState) -> None:
        """Records and shows an outcome that is known by other means than the answer to the request."""
        run_id, now = self.run.id, self.clock.now()
        await sending.record(lambda: self.tools.runs.outcome(run_id, state, now))
        self.put(n, state)

    def back_to_waiting(self, n: int, policy_id: str) -> None:
        self.put(n, WriteState(self.run.writes[n].write, policy_id=policy_id))

    def note(self, text: str, of: str = "") -> None:
        """What is being waited for, in words; "" when it is over. `of`: who waits."""
        self._notes.pop(of, None)
        if text:
            self._notes[of] = text
        self.take(replace(self.run, note=self._noted()))

    def _noted(self) -> str:
        told = tuple(dict.fromkeys(self._notes.values()))
        more = len(told) - _NOTES
        shown = " ".join(told[:_NOTES])
        return f"{shown} And for {more:,} more." if more > 0 else shown

    def watched(self, policy: Policy) -> None:
        """The policy as it was seen last: its counts are the progress."""
        others = tuple(p for p in self.run.watched if p.id != policy.id)
        self.take(replace(self.run, watched=(*others, policy)))

    def stopping(self) -> bool:
        """A stop was asked for, or another policy's trouble ends the run."""
        return self.given_up or self.tools.runs.asked_to_stop()

    def stop_if_asked(self) -> None:
        if self.stopping():
            raise Halt(RunPhase.STOPPED, f"You stopped the run. {RESUME}")

    async def wait(self, error: CloudError, attempt: int) -> None:
        """A visible pause after a request that certainly was not carried out."""
        seconds = waiting.pause_after(error, attempt, self.clock)
        until = self.clock.now() + timedelta(seconds=seconds)
        self.take(replace(self.run, wait_until=until, note=error.what))
        await self.sleep(seconds)
        self.take(replace(self.run, wait_until=None, note=self._noted()))

    async def sleep(self, seconds: float) -> None:
        if await waiting.sleep(self.clock, seconds, self.stopping):
            self.stop_if_asked()

    def end(self, phase: RunPhase, note: str) -> None:
        now = self.clock.now()
        ended = replace(self.run, phase=phase, note=note, wait_until=None, ended=now)
        try:
            self.tools.runs.end(ended, now)
        except CloudError as error:
            ended = replace(ended, note=f"{note} {error.what}")
        self.take(ended)

    def failed_keys(self, product: str, policy_id: str) -> frozenset[str]:
        """Units whose removal from this policy was refused, by key: they cannot join another one."""
        states = (self.run.writes[n] for n in self._places.get((product, policy_id), ()))
        return frozenset(
            item.key.lower() for state in states if state.write.removes for item in _kept(state)
        )

    def earlier(self, n: int) -> Sequence[int]:
        """Writes before this one that are for the same policy."""
        return [i for i in self._places[policy_key(self.run.writes[n])] if i < n]

    def before(self, n: int, product: str, policy_id: str) -> Sequence[int]:
        """Writes before this one that are for that policy."""
        return [i for i in self._places.get((product, policy_id), ()) if i < n]

    def policy_id_of(self, n: int) -> str:
        """The write's policy: known from the plan, or from the write that created it."""
        write = self.run.writes[n].write
        if write.policy_id:
            return write.policy_id
        mine = (self.run.writes[i] for i in self._places[policy_key(self.run.writes[n])])
        return next((w.policy_id for w in mine if w.policy_id), "")


def policy_key(state: WriteState) -> PolicyKey:
    write = state.write
    return str(write.product or "tenant"), write.policy_id or write.policy.strip().casefold()


def _kept(state: WriteState) -> tuple[FailedItem | UnitRef, ...]:
    if state.outcome in (Outcome.REFUSED, Outcome.NOT_SENT) and not state.failed:
        return state.write.removes
    keys = {u.key.lower() for u in state.write.removes}
    return tuple(item for item in state.failed if item.key.lower() in keys)
