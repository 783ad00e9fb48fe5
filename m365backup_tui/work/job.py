"""One run being carried out: what is sent, waited for, looked up and recorded, write by write.

Rules R1 to R5: nothing is sent again blindly but after "wait until" (429); a lost answer is looked up first.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.errors import CloudError, OutcomeUnknown, Throttled, Unreachable
from m365backup_tui.domain.plan import Act
from m365backup_tui.domain.plan_stale import differences, shortened
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.run import Outcome, RunPhase, WriteState
from m365backup_tui.work import messages, read_back, sending, waiting, watching
from m365backup_tui.work.before import Before, MustWait
from m365backup_tui.work.follow_up import FollowUp
from m365backup_tui.work.held import held_for_plan
from m365backup_tui.work.lanes import Lanes
from m365backup_tui.work.ledger import RESUME, Halt, Ledger, PolicyKey, policy_key
from m365backup_tui.work.notifications import notifications_of
from m365backup_tui.work.planning import apart
from m365backup_tui.work.read_back import Finding, Open, Seen, all_of

SETTLED = (
    Outcome.ACCEPTED,
    Outcome.DONE,
    Outcome.PARTLY,
    Outcome.REFUSED,
    Outcome.NOT_SENT,
)
_IN_DOUBT = (Outcome.SENDING, Outcome.READING_BACK, Outcome.UNKNOWN)
_THROTTLES = 20  # in a row, before a person is asked
_BUSIES = 5  # refusals of one write because the service works on its policy
_RESENDS = 3  # after "certainly not carried out"
_NEEDS_REST = (Act.ACTIVATE, Act.PAUSE, Act.DELETE)


class Job:
    """One run being carried out. The ledger's `shown` receives the run at every change, and None at the end."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._tools = ledger.tools
        fresh = all(w.outcome is Outcome.WAITING for w in ledger.run.writes)
        self._fresh = fresh
        self._before = Before(ledger, fresh=fresh)
        self._follow_up = FollowUp(ledger)
        self._lanes = Lanes(ledger, self._write, self._after)
        self._line = asyncio.Lock()  # one request at a time
        self._not_before = ledger.clock.now()  # what the service asked for, whichever policy it was
        self._busy: set[int] = set()
        self._refusals: Counter[int] = Counter()
        self._renames = [n for n, w in enumerate(ledger.run.writes) if w.write.new_name]

    async def work(self) -> None:
        try:
            await self._work()
        finally:
            self._ledger.shown.put_nowait(None)

    async def _work(self) -> None:
        ledger = self._ledger
        try:
            await self._all()
        except Halt as halt:
            ledger.end(halt.phase, halt.note)
        except sending.NotRecorded as error:
            ledger.end(RunPhase.STOPPED, f"{error} Nothing more was sent. {RESUME}")
        except sending.SIGN_IN as error:
            ledger.run = replace(ledger.run, needs=error)
            then = messages.sign_in_advice(error, keys=False, interrupted=True)
            ledger.end(RunPhase.STOPPED, f"{error.what} {then}")
        except CloudError as error:
            ledger.end(RunPhase.STOPPED, f"{error.what} {RESUME}")
        finally:
            if not ledger.run.over:
                ledger.end(RunPhase.STOPPED, f"Interrupted. {RESUME}")

    # --- the run --------------------------------------------------------------------------------------------------

    async def _all(self) -> None:
        ledger = self._ledger
        ledger.take(ledger.run)
        if self._fresh:
            await self._refuse_if_moved_on()
        writes = ledger.run.writes
        await self._lanes.run([n for n, w in enumerate(writes) if w.outcome not in SETTLED])
        await self._follow_up.of(range(len(writes)))
        ledger.take(replace(ledger.run, phase=RunPhase.WATCHING, note="", wait_until=None))
        watched = await watching.watch(self._tools, ledger.run, ledger.take, ledger.interval)
        ledger.run = watched.run
        if watched.stopped:
            raise Halt(RunPhase.STOPPED, f"You stopped watching. {RESUME}")
        if watched.gave_up:
            raise Halt(RunPhase.STOPPED, f"{watched.gave_up} Resume to go on watching.")
        ledger.end(*self._verdict(watched.notes))

    async def _refuse_if_moved_on(self) -> None:
        plan = self._ledger.run.plan
        if not plan.writes:
            return
        self._ledger.note("Comparing the tenant with the plan.")
        policies = await self._tools.backup.policies()
        held = await held_for_plan(self._tools, plan, policies)
        notified = await notifications_of(self._tools, plan)
        found = await apart(lambda: differences(plan, policies, held, notified))
        if found:
            told = "\n".join(shortened(found))
            raise Halt(
                RunPhase.FAILED,
                f"Nothing was written: the tenant has changed since this plan was made.\n{told}\n"
                "Make the plan again.",
            )
        self._ledger.note("")

    def _verdict(self, notes: tuple[str, ...]) -> tuple[RunPhase, str]:
        run = self._ledger.run
        bad = [w for w in run.writes if w.outcome is not Outcome.DONE]
        note = " ".join(notes)
        if not bad and not run.unit_failures and not notes:
            return RunPhase.DONE, ""
        if run.writes and len(bad) == len(run.writes) and not run.written:
            return RunPhase.FAILED, f"Nothing was written. {bad[0].note}".strip()
        return RunPhase.PARTLY, note

    # --- one write ------------------------------------------------------------------------------------------------

    async def _write(self, n: int, *, patient: bool) -> None:
        ledger = self._ledger
        state = ledger.run.writes[n]
        write = state.write
        ledger.stop_if_asked()
        while self._others(n):
            if not patient:
                raise MustWait
            await ledger.sleep(1.0)
        if blocker := self._blocker(n):
            await ledger.settle(n, WriteState(write, Outcome.NOT_SENT, note=f"Not sent: {blocker}"))
            return
        policy_id = state.policy_id or ledger.policy_id_of(n)
        if write.act in _NEEDS_REST and self._follow_up.open(earlier := ledger.earlier(n)):
            if not patient:
                raise MustWait
            await self._follow_up.ended(earlier)
        if n in self._busy:
            await self._before.at_rest(write, policy_id)
            self._busy.discard(n)
        still = all_of(write)
        resends = throttles = failures = 0
        in_doubt = state.outcome in _IN_DOUBT or await self._may_stand(state)
        while True:
            if in_doubt:
                seen = await self._look(n, policy_id)
                if seen is None:
                    return
                still, policy_id = seen
                in_doubt = False
                resends += 1
                if resends > _RESENDS:
                    note = "The service did not carry it out, and does not say why. Resume to try again."
                    await ledger.settle(n, WriteState(write, Outcome.REFUSED, note=note))
                    return
            try:
                ready = await self._before.ready(n, policy_id, still, patient=patient)
                if ready is None:
                    return
                async with self._line:
                    while (wait := self._not_before - ledger.clock.now()) > timedelta(0):
                        await ledger.sleep(wait.total_seconds())
                    ledger.stop_if_asked()
                    ledger.put(n, replace(state, outcome=Outcome.SENDING))
                    sent = sending.send(self._tools, ledger.run.id, write, policy_id, ready)
                    ledger.put(n, await sending.unbroken(sent))
                return
            except Throttled as error:
                throttles += 1
                self._not_before = max(self._not_before, error.until or self._not_before)
                ledger.back_to_waiting(n, policy_id)
                if throttles > _THROTTLES:
                    raise
                await ledger.wait(error, throttles)
            except Unreachable as error:
                failures += 1
                ledger.back_to_waiting(n, policy_id)
                if failures > waiting.ATTEMPTS:
                    raise
                await ledger.wait(error, failures)
            except OutcomeUnknown as error:
                in_doubt = True
                ledger.put(n, replace(state, outcome=Outcome.READING_BACK, note=error.what))
            except sending.Busy as busy:
                ledger.back_to_waiting(n, policy_id)
                self._refusals[n] += 1
                policy = await self._tools.backup.policy(write.policy_product, policy_id)
                if policy.status is not PolicyStatus.UPDATING or self._refusals[n] > _BUSIES:
                    await ledger.settle(n, sending.refused(write, busy.error))
                    return
                if not patient:
                    self._busy.add(n)
                    raise MustWait from None
                await self._before.at_rest(write, policy_id)
            except sending.SIGN_IN:
                ledger.back_to_waiting(n, policy_id)
                raise

    async def _look(self, n: int, policy_id: str) -> tuple[Open, str] | None:
        """Reads back. None when the write turns out done; else what is left to send, and to which policy."""
        ledger = self._ledger
        write = ledger.run.writes[n].write
        note = "No answer came. Looking whether it happened."
        ledger.put(n, WriteState(write, Outcome.READING_BACK, note=note, policy_id=policy_id))
        seen = await read_back.settle(
            self._tools.backup,
            ledger.clock,
            write,
            policy_id,
            self._tools.runs.asked_to_stop,
            ledger.run.started,
        )
        ledger.stop_if_asked()
        match seen.finding:
            case Finding.CARRIED_OUT:
                await ledger.settle(n, _found(seen, self._ledger.run.writes[n]))
                return None
            case Finding.CANNOT_TELL:
                unknown = "It was sent, no answer came, and looking for it failed too."
                await ledger.settle(
                    n, WriteState(write, Outcome.UNKNOWN, note=unknown, policy_id=policy_id)
                )
                raise Halt(
                    RunPhase.STOPPED,
                    f"Nobody can say whether this happened: {write.words}. {RESUME}",
                )
            case Finding.IN_PART:
                return seen.open, seen.policy_id
        return all_of(write), policy_id

    def _others(self, n: int) -> bool:
        """Whether this write rests on one of another policy that has no outcome yet: one that lets go of a unit that
        moves, or that gives a name back."""
        writes = self._ledger.run.writes
        write = writes[n].write
        sources = {u.source for u in write.units if u.source}
        wanted = [i for s in sources for i in self._ledger.before(n, str(write.product), s)]
        if write.act is Act.CREATE or write.new_name:
            same = (i for i in self._renames if writes[i].write.product is write.product)
            wanted += [i for i in same if i < n]
        return any(writes[i].outcome not in SETTLED for i in wanted)

    async def _may_stand(self, state: WriteState) -> bool:
        """A resumed create is looked for by its name although the record says that it was never sent: a disk may have
        lost what it confirmed, and a second policy of one name cannot be told from the first."""
        write = state.write
        if self._fresh or write.act is not Act.CREATE or state.policy_id:
            return False
        name = write.policy.strip().casefold()
        try:
            policies = await self._tools.backup.policies()
        except CloudError:
            return True  # looking for it properly tells
        return any(
            p.product is write.product and p.name.strip().casefold() == name for p in policies
        )

    def _blocker(self, n: int) -> str:
        """Why this write must not be sent: an earlier one of its policy was refused as a whole."""
        writes = self._ledger.run.writes
        for i in self._ledger.earlier(n):
            whole = not writes[i].failed or writes[i].write.act is Act.CREATE
            if writes[i].outcome is Outcome.REFUSED and whole:
                return f"“{writes[i].write.words}” was refused."
        return ""

    async def _after(self, key: PolicyKey) -> None:
        """What the jobs of a policy brought is read while others still wait."""
        writes = self._ledger.run.writes
        await self._follow_up.of([n for n, w in enumerate(writes) if policy_key(w) == key])


def _found(seen: Seen, state: WriteState) -> WriteState:
    """Carried out although no answer came; a job or rule is followed to its end like any other."""
    outcome = Outcome.ACCEPTED if seen.handle else Outcome.DONE
    note = "" if seen.handle else "Found carried out when looking."
    return WriteState(state.write, outcome, (), note, "", seen.policy_id, seen.handle)
