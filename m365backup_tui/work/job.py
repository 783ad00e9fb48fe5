"""One run being carried out: what is sent, waited for, looked up and recorded, write by write.

Rules R1 to R5: nothing is sent again blindly but after "wait until" (429); a lost answer is looked up first.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import chain

from m365backup_tui.domain.errors import (
    CloudError,
    NotFound,
    OutcomeUnknown,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.plan import Act, UnitRef, Write, observed_digest
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.units import ProtectionUnit
from m365backup_tui.ports import Tools
from m365backup_tui.work import messages, read_back, sending, waiting, watching
from m365backup_tui.work.read_back import Finding

SETTLED = (Outcome.DONE, Outcome.PARTLY, Outcome.REFUSED, Outcome.NOT_SENT)
_IN_DOUBT = (Outcome.SENDING, Outcome.READING_BACK, Outcome.UNKNOWN)
_THROTTLES = 20  # in a row, before a person is asked
_RESENDS = 3  # after "certainly not carried out"
_REST = timedelta(hours=2)  # Microsoft names up to an hour for a policy to become active
_RESUME = "Resume to go on: nothing that was done is repeated."
ALREADY = "It was so already: nothing was sent."


class _Halt(Exception):
    """The run ends here in `phase`, for the reason `note`."""

    def __init__(self, phase: RunPhase, note: str) -> None:
        super().__init__(note)
        self.phase = phase
        self.note = note


class Job:
    """One run being carried out. `shown` receives the run at every change, and None at the end."""

    def __init__(self, tools: Tools, run: Run, interval: float) -> None:
        self.shown: asyncio.Queue[Run | None] = asyncio.Queue()
        self._tools = tools
        self._clock = tools.clock
        self._run = run
        self._interval = interval
        self._units: dict[str, tuple[ProtectionUnit, ...]] = {}

    async def work(self) -> None:
        try:
            await self._work()
        finally:
            self.shown.put_nowait(None)

    async def _work(self) -> None:
        try:
            await self._all()
        except _Halt as halt:
            self._end(halt.phase, halt.note)
        except sending.NotRecorded as error:
            self._end(RunPhase.STOPPED, f"{error} Nothing more was sent. {_RESUME}")
        except sending.SIGN_IN as error:
            self._run = replace(self._run, needs=error)
            self._end(RunPhase.STOPPED, f"{error.what} {messages.advice(error, keys=False)}")
        except CloudError as error:
            self._end(RunPhase.STOPPED, f"{error.what} {_RESUME}")
        finally:
            if not self._run.over:
                self._end(RunPhase.STOPPED, f"Interrupted. {_RESUME}")

    # --- the run --------------------------------------------------------------------------------------------------

    async def _all(self) -> None:
        self._take(self._run)
        if all(w.outcome is Outcome.WAITING for w in self._run.writes):
            await self._refuse_if_moved_on()
        for n in range(len(self._run.writes)):
            if self._run.writes[n].outcome not in SETTLED:
                await self._write(n)
        self._take(replace(self._run, phase=RunPhase.WATCHING, note="", wait_until=None))
        watched = await watching.watch(self._tools, self._run, self._take, self._interval)
        self._run = watched.run
        if watched.stopped:
            raise _Halt(RunPhase.STOPPED, f"You stopped watching. {_RESUME}")
        if watched.gave_up:
            raise _Halt(RunPhase.STOPPED, f"{watched.gave_up} Resume to go on watching.")
        self._end(*self._verdict(watched.notes))

    async def _refuse_if_moved_on(self) -> None:
        policies = await self._tools.backup.policies()
        if observed_digest(policies) != self._run.plan.observed:
            raise _Halt(
                RunPhase.FAILED,
                "The tenant's policies have changed since this plan was made. Nothing was written. "
                "Make the plan again.",
            )

    def _verdict(self, notes: tuple[str, ...]) -> tuple[RunPhase, str]:
        run = self._run
        bad = [w for w in run.writes if w.outcome is not Outcome.DONE]
        note = " ".join(notes)
        if not bad and not run.unit_failures and not notes:
            return RunPhase.DONE, ""
        if run.writes and len(bad) == len(run.writes) and not run.written:
            return RunPhase.FAILED, f"Nothing was written. {bad[0].note}".strip()
        return RunPhase.PARTLY, note

    # --- one write ------------------------------------------------------------------------------------------------

    async def _write(self, n: int) -> None:
        state = self._run.writes[n]
        write = state.write
        self._stop_if_asked()
        if blocker := self._blocker(write):
            self._settle(n, WriteState(write, Outcome.NOT_SENT, note=f"Not sent: {blocker}"))
            return
        policy_id = state.policy_id or self._policy_id(write)
        units = write.units
        resends = throttles = failures = 0
        in_doubt = state.outcome in _IN_DOUBT
        while True:
            if in_doubt:
                seen = await self._look(n, policy_id)
                if seen is None:
                    return
                units, policy_id = seen
                in_doubt = False
                resends += 1
                if resends > _RESENDS:
                    note = "The service did not carry it out, and does not say why. Resume to try again."
                    self._settle(n, WriteState(write, Outcome.REFUSED, note=note))
                    return
            try:
                if (ready := await self._ready(n, policy_id, units)) is None:
                    return
                units = ready
                self._stop_if_asked()
                self._put(n, replace(state, outcome=Outcome.SENDING))
                sent = sending.send(self._tools, self._run.id, write, policy_id, units)
                self._put(n, await sending.unbroken(sent))
                return
            except Throttled as error:
                throttles += 1
                self._back_to_waiting(n, policy_id)
                if throttles > _THROTTLES:
                    raise
                await self._wait(error, throttles)
            except Unreachable as error:
                failures += 1
                self._back_to_waiting(n, policy_id)
                if failures > waiting.ATTEMPTS:
                    raise
                await self._wait(error, failures)
            except OutcomeUnknown as error:
                in_doubt = True
                self._put(n, replace(state, outcome=Outcome.READING_BACK, note=error.what))
            except sending.Busy as busy:
                self._back_to_waiting(n, policy_id)
                policy = await self._tools.backup.policy(write.product, policy_id)
                if policy.status is not PolicyStatus.UPDATING:
                    self._settle(n, sending.refused(write, busy.error))
                    return
                await self._at_rest(write, policy_id)
            except sending.SIGN_IN:
                self._back_to_waiting(n, policy_id)
                raise

    async def _look(self, n: int, policy_id: str) -> tuple[tuple[UnitRef, ...], str] | None:
        """Reads back. None when the write turns out done; else what is left to send, and to which policy."""
        write = self._run.writes[n].write
        note = "No answer came. Looking whether it happened."
        self._put(n, WriteState(write, Outcome.READING_BACK, note=note, policy_id=policy_id))
        seen = await read_back.settle(
            self._tools.backup, self._clock, write, policy_id, self._tools.runs.asked_to_stop
        )
        self._stop_if_asked()
        match seen.finding:
            case Finding.CARRIED_OUT:
                found = "Found carried out when looking."
                self._settle(n, WriteState(write, Outcome.DONE, (), found, "", seen.policy_id))
                return None
            case Finding.CANNOT_TELL:
                unknown = "It was sent, no answer came, and looking for it failed too."
                self._settle(
                    n, WriteState(write, Outcome.UNKNOWN, note=unknown, policy_id=policy_id)
                )
                raise _Halt(
                    RunPhase.STOPPED,
                    f"Nobody can say whether this happened: {write.words}. {_RESUME}",
                )
            case Finding.IN_PART:
                return seen.missing, seen.policy_id
        return write.units, policy_id

    async def _ready(
        self, n: int, policy_id: str, units: tuple[UnitRef, ...]
    ) -> tuple[UnitRef, ...] | None:
        """What still has to be sent; None when the tenant shows it already, or its policy is gone."""
        write = self._run.writes[n].write
        done = WriteState(write, Outcome.DONE, (), ALREADY, "", policy_id)
        try:
            if write.act in (Act.ACTIVATE, Act.PAUSE):
                policy = await self._at_rest(write, policy_id)
                if _stands(policy.status, write.act):
                    self._settle(n, done)
                    return None
            elif write.act in (Act.ADD, Act.REMOVE) and write.policy_id:
                units = await self._still_open(write, units)
                if not units:
                    self._settle(n, done)
                    return None
        except (*waiting.TRANSIENT, *sending.SIGN_IN) as error:
            if isinstance(error, OutcomeUnknown):  # only a read: nothing was sent
                raise Unreachable(error.what, error.code, error.request_id) from error
            raise
        except CloudError as error:
            self._settle(n, sending.refused(write, error))
            return None
        return units

    async def _still_open(self, write: Write, units: tuple[UnitRef, ...]) -> tuple[UnitRef, ...]:
        if write.policy_id not in self._units:
            held = await self._tools.backup.units(write.product, write.policy_id)
            self._units[write.policy_id] = held
        still = {u.key for u in read_back.still_open(self._units[write.policy_id], write)}
        return tuple(u for u in units if u.key in still)

    async def _at_rest(self, write: Write, policy_id: str) -> Policy:
        """The policy once the service has stopped working on it: what comes next is refused before (B14)."""
        until = self._clock.now() + _REST
        absent = 0
        for pause in chain((0.0,), waiting.looks(self._interval)):
            await self._sleep(pause)
            try:
                policy = await self._tools.backup.policy(write.product, policy_id)
            except NotFound:
                absent += 1  # a policy that was just created may not be listed everywhere yet (H14)
                if absent > waiting.ATTEMPTS:
                    raise
                continue
            if policy.status is not PolicyStatus.UPDATING:
                break
            if self._clock.now() > until:
                raise _Halt(
                    RunPhase.STOPPED, f"The service is still working on “{policy.name}”. {_RESUME}"
                )
            note = f"Waiting until the service is done with “{policy.name}”."
            self._take(replace(self._run, note=note))
        self._take(replace(self._run, note=""))
        return policy

    # --- look-ups and bookkeeping ---------------------------------------------------------------------------------

    def _policy_id(self, write: Write) -> str:
        return write.policy_id or next(
            (w.policy_id for w in self._run.writes if _key(w.write) == _key(write) and w.policy_id),
            "",
        )

    def _blocker(self, write: Write) -> str:
        """Why this write must not be sent: an earlier one of its policy was refused as a whole."""
        for state in self._run.writes:
            if state.write.id == write.id:
                return ""
            if _key(state.write) != _key(write):
                continue
            if state.outcome is Outcome.REFUSED and not state.failed:
                return f"“{state.write.words}” was refused."
        return ""

    def _stop_if_asked(self) -> None:
        if self._tools.runs.asked_to_stop():
            raise _Halt(RunPhase.STOPPED, f"You stopped the run. {_RESUME}")

    async def _wait(self, error: CloudError, attempt: int) -> None:
        """A visible pause after a request that certainly was not carried out."""
        seconds = waiting.pause_after(error, attempt, self._clock)
        until = self._clock.now() + timedelta(seconds=seconds)
        self._take(replace(self._run, wait_until=until, note=error.what))
        await self._sleep(seconds)
        self._take(replace(self._run, wait_until=None, note=""))

    async def _sleep(self, seconds: float) -> None:
        if await waiting.sleep(self._clock, seconds, self._tools.runs.asked_to_stop):
            self._stop_if_asked()

    def _settle(self, n: int, state: WriteState) -> None:
        """Records and shows an outcome that no answer of the service stands for."""
        run_id, now = self._run.id, self._clock.now()
        sending.record(lambda: self._tools.runs.outcome(run_id, state, now))
        self._put(n, state)

    def _back_to_waiting(self, n: int, policy_id: str) -> None:
        self._put(n, WriteState(self._run.writes[n].write, policy_id=policy_id))

    def _put(self, n: int, state: WriteState) -> None:
        writes = list(self._run.writes)
        writes[n] = state
        self._take(replace(self._run, writes=tuple(writes)))

    def _take(self, run: Run) -> None:
        if run != self._run or self.shown.empty():
            self._run = run
            self.shown.put_nowait(run)

    def _end(self, phase: RunPhase, note: str) -> None:
        now = self._clock.now()
        ended = replace(self._run, phase=phase, note=note, wait_until=None, ended=now)
        try:
            self._tools.runs.end(ended, now)
        except CloudError as error:
            ended = replace(ended, note=f"{note} {error.what}")
        self._take(ended)


def _key(write: Write) -> tuple[Product, str]:
    return write.product, write.policy_id or write.policy.strip().casefold()


def _stands(status: PolicyStatus, act: Act) -> bool:
    """Whether a policy at rest is as the act wants it."""
    if act is Act.ACTIVATE:
        return status in (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)
    return status is PolicyStatus.INACTIVE
