"""After a write was accepted: jobs and rules that the service works on, until each unit's own outcome is known.

What arrived is read from the policy itself: a job that completed says nothing of units that it passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from m365backup_tui.domain.bulk import BulkJob, BulkStatus
from m365backup_tui.domain.errors import NotFound
from m365backup_tui.domain.plan import Act, UnitRef
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus
from m365backup_tui.domain.run import FailedItem, Outcome, RunPhase, WriteState
from m365backup_tui.domain.units import ItemRefusal
from m365backup_tui.work import sending, waiting
from m365backup_tui.work.ledger import RESUME, Halt, Ledger
from m365backup_tui.work.read_back import still_open

LONGEST = timedelta(hours=24)  # no page says how long a job of 50,000 takes (graph.md §8)
PATIENCE = (
    5  # looks at a job or rule that is not there or in a state that this version does not know
)

_PASSED_OVER = (
    "The job ended without it and gives no reason: another policy may hold it, or its address is new. "
    "Plan it again to see."
)


class FollowUp:
    """Looks at accepted writes until they are over; each outcome is recorded when it is known."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._odd: dict[str, int] = {}

    async def of(self, numbers: Sequence[int]) -> None:
        """Raises Halt when asked to stop or when it takes longer than a day; the errors that a sign-in mends."""
        ledger = self._ledger
        until = ledger.clock.now() + LONGEST
        trouble = 0
        pauses = waiting.looks(ledger.interval)
        while open_ones := [n for n in numbers if self._accepted(n)]:
            try:
                for n in open_ones:
                    await self._look(n)
                trouble = 0
            except waiting.TRANSIENT as error:
                trouble += 1
                ledger.note(f"{error.what} Looking again.")
                await ledger.sleep(waiting.pause_after(error, trouble, ledger.clock))
                continue
            if not any(self._accepted(n) for n in numbers):
                break
            if ledger.clock.now() > until:
                raise Halt(RunPhase.STOPPED, f"The service is still working on a job. {RESUME}")
            ledger.note(_waiting_for([ledger.run.writes[n] for n in numbers if self._accepted(n)]))
            await ledger.sleep(next(pauses))
        ledger.note("")

    def _accepted(self, n: int) -> bool:
        return self._ledger.run.writes[n].outcome is Outcome.ACCEPTED

    async def _look(self, n: int) -> None:
        state = self._ledger.run.writes[n]
        write = state.write
        over = await (self._job(state) if write.act is Act.BULK else self._rule(state))
        if over is not None:
            self._ledger.settle(n, over)
        if write.act is not Act.END_RULE:
            try:
                policy = await self._ledger.backup.policy(write.product, state.policy_id)
                self._ledger.watched(policy)
            except NotFound:
                pass

    async def _job(self, state: WriteState) -> WriteState | None:
        write, backup = state.write, self._ledger.backup
        job: BulkJob | None = None
        try:
            job = await backup.bulk_job(write.product, state.policy_id, state.handle)
        except NotFound:
            if not self._patience_is_over(state):
                return None
        if job is not None and job.status is BulkStatus.ACTIVE:
            return None
        if job is not None and not job.over and not self._patience_is_over(state):
            return None
        units = await backup.units(write.product, state.policy_id)
        missing = still_open(units, write).units
        if missing and (job is None or not job.over):
            note = (
                "The job vanished before it was over: what is missing can be planned again."
                if job is None
                else "The job is in a state that this version does not know."
            )
            failed = tuple(_failed(write.product, u, (), note) for u in missing)
            return _ended(state, Outcome.PARTLY, failed, note)
        failures = job.failures if job is not None else ()
        failed = tuple(_failed(write.product, u, failures, _PASSED_OVER) for u in missing)
        if not failed:
            return _ended(state, Outcome.DONE, (), "")
        none = len(missing) == len(write.units)
        return _ended(state, Outcome.REFUSED if none else Outcome.PARTLY, failed, "")

    async def _rule(self, state: WriteState) -> WriteState | None:
        write = state.write
        rules = await self._ledger.backup.rules(write.product, state.policy_id)
        rule = next((r for r in rules if r.id == state.handle), None)
        if write.act is Act.END_RULE:
            return _ended(state, Outcome.DONE, (), "") if rule is None else None
        if rule is None or rule.status is RuleStatus.UNKNOWN:
            if not self._patience_is_over(state):
                return None
            note = (
                "The rule does not exist any more: look in the Microsoft 365 admin center."
                if rule is None
                else "The rule is in a state that this version does not know."
            )
            return _ended(state, Outcome.UNKNOWN, (), note)
        if not rule.status.over:
            return None
        if rule.status is RuleStatus.COMPLETED_WITH_ERRORS or rule.error_code:
            return _ended(state, Outcome.PARTLY, (_rule_failure(rule),), "")
        return _ended(state, Outcome.DONE, (), "")

    def _patience_is_over(self, state: WriteState) -> bool:
        seen = self._odd[state.write.id] = self._odd.get(state.write.id, 0) + 1
        return seen >= PATIENCE


def _ended(
    state: WriteState, outcome: Outcome, failed: tuple[FailedItem, ...], note: str
) -> WriteState:
    return WriteState(
        state.write, outcome, failed, note, state.request_id, state.policy_id, state.handle
    )


def _failed(
    product: Product, unit: UnitRef, failures: Sequence[ItemRefusal], otherwise: str
) -> FailedItem:
    """The unit with the job's reason for it: named by its id or address as target, for sites inside the message."""
    names = [n.casefold() for n in (unit.key, unit.address) if n]
    for one in failures:
        text = one.message.casefold()
        if one.key.casefold() in names or any(name in text for name in names):
            return sending.failed_item(one, unit)
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
