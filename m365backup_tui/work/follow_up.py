"""After a write was accepted: jobs and rules that the service works on, until each unit's own outcome is known.

What arrived is read from the policy itself: a job that completed says nothing of units that it passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from m365backup_tui.domain.bulk import BulkJob, BulkStatus
from m365backup_tui.domain.errors import NotFound
from m365backup_tui.domain.plan import Act, UnitRef
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus
from m365backup_tui.domain.run import FailedItem, Outcome, RunPhase, WriteState
from m365backup_tui.domain.units import ItemRefusal, ProtectionUnit
from m365backup_tui.side_by_side import side_by_side
from m365backup_tui.work import sending, waiting
from m365backup_tui.work.ledger import RESUME, Halt, Ledger
from m365backup_tui.work.read_back import still_open

LONGEST = timedelta(hours=24)  # no page says how long a job of 50,000 takes (graph.md §8)
TROUBLE = 60  # looks in a row without an answer: more than half an hour
PATIENCE = (
    5  # looks at a job or rule that is not there or in a state that this version does not know
)

_UNCOUNTED = (Act.ADD_RULE, Act.RUN_RULE, Act.END_RULE)
_VANISHED = "The job vanished before it was over: what is missing can be planned again."
_STRANGE = "The job is in a state that this version does not know."
_QUOTES = "'\"“”‘’.,;:()<>"
_PASSED_OVER = (
    "The job ended without it and gives no reason: another policy may hold it, or its address is new. "
    "Plan it again to see."
)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job that the service is done with. None: it is gone. `note`: why nobody can say how it ended."""

    job: BulkJob | None
    note: str = ""


class FollowUp:
    """Looks at accepted writes until they are over; each outcome is recorded when it is known.

    What a job brought is read only once it has ended: the policy can go on meanwhile.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._odd: dict[str, int] = {}
        self._ended: dict[int, _Ended] = {}

    async def of(self, numbers: Sequence[int]) -> None:
        """Until every outcome is known. Raises Halt when asked to stop or when it takes longer than a day; the errors
        that a sign-in mends."""
        await self.ended(numbers)
        places = {(w.write.policy_product, w.policy_id) for n, w in self._accepted(numbers)}
        await side_by_side(places, lambda place: self._settle(numbers, place))

    async def ended(self, numbers: Sequence[int]) -> None:
        """Until the service is done with these; what their jobs brought is not read yet. Raises as `of` does."""
        ledger = self._ledger
        until = ledger.clock.now() + LONGEST
        pauses = waiting.looks(ledger.interval)
        trouble = 0
        while open_ones := self.open(numbers):
            try:
                await side_by_side(open_ones, self._look)
                trouble = 0
            except waiting.TRANSIENT as error:
                trouble += 1
                if trouble > TROUBLE:
                    raise Halt(RunPhase.STOPPED, f"{error.what} {RESUME}") from None
                ledger.note(f"{error.what} Looking again.", "jobs")
                await ledger.sleep(waiting.pause_after(error, trouble, ledger.clock))
                continue
            if not self.open(numbers):
                break
            if ledger.clock.now() > until:
                raise Halt(RunPhase.STOPPED, f"The service is still working on a job. {RESUME}")
            self._tell()
            await ledger.sleep(next(pauses))
        self._tell()

    def open(self, numbers: Sequence[int]) -> list[int]:
        """Those that the service still works on, as far as is known."""
        return [n for n, _ in self._accepted(numbers) if n not in self._ended]

    def _accepted(self, numbers: Sequence[int]) -> list[tuple[int, WriteState]]:
        writes = self._ledger.run.writes
        return [(n, writes[n]) for n in numbers if writes[n].outcome is Outcome.ACCEPTED]

    def _tell(self) -> None:
        writes = self._ledger.run.writes
        found = [writes[n] for n in self.open(range(len(writes)))]
        self._ledger.note(_waiting_for(found) if found else "", "jobs")

    async def _look(self, n: int) -> None:
        state = self._ledger.run.writes[n]
        write = state.write
        if write.act is Act.BULK:
            await self._job(n, state)
        elif (over := await self._rule(state)) is not None:
            await self._ledger.settle(n, over)
        if write.act is not Act.END_RULE:
            try:
                policy = await self._ledger.backup.policy(write.policy_product, state.policy_id)
                self._ledger.watched(policy)
            except NotFound:
                pass

    async def _job(self, n: int, state: WriteState) -> None:
        try:
            job = await self._ledger.backup.bulk_job(
                state.write.policy_product, state.policy_id, state.handle
            )
        except NotFound:
            if self._patience_is_over(state):
                self._ended[n] = _Ended(None, _VANISHED)
            return
        if job.over:
            self._ended[n] = _Ended(job)
        elif job.status is not BulkStatus.ACTIVE and self._patience_is_over(state):
            self._ended[n] = _Ended(job, _STRANGE)

    async def _settle(self, numbers: Sequence[int], place: tuple[Product, str]) -> None:
        """The outcomes of all ended jobs of one policy: by its count where that says all, else from its units."""
        product, policy_id = place
        if self._all_arrived(policy_id):
            for n, state in self._accepted(numbers):
                if (state.write.product, state.policy_id) == place and n in self._ended:
                    await self._ledger.settle(n, _over(state, Outcome.DONE, (), ""))
            return
        trouble = 0
        while True:
            try:
                units = await self._ledger.backup.units(product, policy_id)
                break
            except waiting.TRANSIENT as error:
                trouble += 1
                if trouble > TROUBLE:
                    raise Halt(RunPhase.STOPPED, f"{error.what} {RESUME}") from None
                self._ledger.note(f"{error.what} Looking again.", policy_id)
                await self._ledger.sleep(waiting.pause_after(error, trouble, self._ledger.clock))
        self._ledger.note("", policy_id)
        for n, state in self._accepted(numbers):
            if (state.write.product, state.policy_id) == place and n in self._ended:
                # On a thread: 50,000 units against 100,000.
                over = await asyncio.to_thread(_outcome, state, self._ended[n], units)
                if self._ledger.run.writes[n].outcome is Outcome.ACCEPTED:
                    await self._ledger.settle(n, over)

    def _all_arrived(self, policy_id: str) -> bool:
        """Every job completed without an error, and the policy holds as many units as before and were added since.
        What takes units away, or brings an unknown number, leaves the count without meaning."""
        run = self._ledger.run
        policy = next((p for p in run.watched if p.id == policy_id), None)
        before = next((p.units for p in run.plan.observed if p.id == policy_id), 0)
        if policy is None or policy.counts is None or before < 0:
            return False
        coming = 0
        for n, state in enumerate(run.writes):
            if state.policy_id != policy_id:
                continue
            if state.write.removes or state.write.act in _UNCOUNTED:
                return False
            if state.write.units and state.outcome not in (Outcome.ACCEPTED, Outcome.DONE):
                return False
            if state.outcome is Outcome.ACCEPTED and not self._completed(n):
                return False
            coming += len(state.write.units)
        return policy.counts.total == before + coming

    def _completed(self, n: int) -> bool:
        ended = self._ended.get(n)
        job = ended.job if ended else None
        return job is not None and job.status is BulkStatus.COMPLETED and not job.failures

    async def _rule(self, state: WriteState) -> WriteState | None:
        write = state.write
        rules = await self._ledger.backup.rules(write.policy_product, state.policy_id)
        rule = next((r for r in rules if r.id == state.handle), None)
        if write.act is Act.END_RULE:
            return _over(state, Outcome.DONE, (), "") if rule is None else None
        if rule is None or rule.status is RuleStatus.UNKNOWN:
            if not self._patience_is_over(state):
                return None
            note = (
                "The rule does not exist any more: look in the Microsoft 365 admin center."
                if rule is None
                else "The rule is in a state that this version does not know."
            )
            return _over(state, Outcome.UNKNOWN, (), note)
        if not rule.status.over:
            return None
        if rule.status is RuleStatus.COMPLETED_WITH_ERRORS or rule.error_code:
            return _over(state, Outcome.PARTLY, (_rule_failure(rule),), "")
        return _over(state, Outcome.DONE, (), "")

    def _patience_is_over(self, state: WriteState) -> bool:
        seen = self._odd[state.write.id] = self._odd.get(state.write.id, 0) + 1
        return seen >= PATIENCE


def _outcome(state: WriteState, ended: _Ended, units: Sequence[ProtectionUnit]) -> WriteState:
    """What arrived is in the policy; the rest has the job's reason, or ours."""
    write, job = state.write, ended.job
    missing = still_open(units, write).units
    if not missing:
        return _over(state, Outcome.DONE, (), "")
    if ended.note:
        failed = tuple(_failed(u, None, ended.note) for u in missing)
        return _over(state, Outcome.PARTLY, failed, ended.note)
    reasons = _Reasons(job.failures if job is not None else ())
    failed = tuple(_failed(u, reasons) for u in missing)
    none = len(missing) == len(write.units)
    return _over(state, Outcome.REFUSED if none else Outcome.PARTLY, failed, "")


def _over(
    state: WriteState, outcome: Outcome, failed: tuple[FailedItem, ...], note: str
) -> WriteState:
    return WriteState(
        state.write, outcome, failed, note, state.request_id, state.policy_id, state.handle
    )


class _Reasons:
    """The job's reasons by unit: named by its id or address as target, for sites inside the message."""

    def __init__(self, failures: Sequence[ItemRefusal]) -> None:
        self._by_target = {one.key.casefold(): one for one in reversed(failures) if one.key}
        self._by_word = {
            word.strip(_QUOTES): one
            for one in reversed(failures)
            for word in one.message.casefold().split()
        }
        self._rest = [one for one in failures if not one.key]

    def of(self, unit: UnitRef) -> ItemRefusal | None:
        names = [n.casefold() for n in (unit.key, unit.address) if n]
        for known in (self._by_target, self._by_word):
            for name in names:
                if name in known:
                    return known[name]
        texts = ((one, one.message.casefold()) for one in self._rest)
        return next((one for one, text in texts if any(n in text for n in names)), None)


def _failed(unit: UnitRef, reasons: _Reasons | None, otherwise: str = _PASSED_OVER) -> FailedItem:
    found = reasons.of(unit) if reasons else None
    if found is not None:
        return sending.failed_item(found, unit)
    return FailedItem(unit.key, unit.name, unit.address, "", otherwise)


def _rule_failure(rule: Rule) -> FailedItem:
    refusal = ItemRefusal(rule.id, rule.error_code or "completedWithErrors", rule.error)
    found = sending.failed_item(refusal, None)
    return FailedItem(rule.id, f"the rule for {rule.words}", "", found.code, found.reason)


def _waiting_for(states: Sequence[WriteState]) -> str:
    jobs = sum(s.write.act is Act.BULK for s in states)
    units = sum(len(s.write.units) for s in states)
    rules = len(states) - jobs
    parts = []
    if jobs:
        parts.append(f"{jobs} {'job' if jobs == 1 else 'jobs'} with {units:,} units")
    if rules:
        parts.append(f"{rules} {'rule' if rules == 1 else 'rules'}")
    return f"The service is working on {' and '.join(parts)}. No page says how long that takes."
