"""Carrying out a plan: its writes in order and no others, each recorded before and after, then watched until at rest.

A run can be stopped between writes and during waits, killed anywhere, and resumed: what has an outcome is not sent
again, what was intended without one is looked up first (rules R1 to R5).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.session import Account
from m365backup_tui.events import RunMoved
from m365backup_tui.ports import Tools
from m365backup_tui.work import sending, watching
from m365backup_tui.work.job import Job
from m365backup_tui.work.ledger import Ledger
from m365backup_tui.work.planning import apart


async def apply(
    tools: Tools, plan: Plan, account: Account, *, interval: float = watching.INTERVAL
) -> AsyncIterator[RunMoved]:
    """Yields the run at every change. `interval`: seconds between looks while watching."""
    now = tools.clock.now()
    writes = tuple(WriteState(w) for w in plan.writes)
    run = Run("", plan, now, writes=writes, account=account.username)
    if plan.tenant_id.lower() != account.tenant_id.lower():
        yield _failed(run, "The plan is for another tenant than the one you signed in to.", tools)
        return
    try:
        # On a thread: the record of 100,000 units takes a second to write.
        run_id = await sending.unbroken(apart(lambda: tools.runs.begin(plan, account, now)))
        remarks = tools.runs.remarks(run_id)
        run = replace(run, id=run_id, record=tools.runs.path(run_id), remarks=remarks)
    except CloudError as error:
        yield _failed(run, f"{error.what} Nothing was written.", tools)
        return
    async for event in _carry_out(Ledger(tools, run, interval)):
        yield event


async def resume(
    tools: Tools, run_id: str, account: Account, *, interval: float = watching.INTERVAL
) -> AsyncIterator[RunMoved]:
    """Goes on with a run. One that ended in part sends again what was refused as a whole or never sent."""
    now = tools.clock.now()
    try:
        run = await sending.unbroken(apart(lambda: tools.runs.reopen(run_id, account, now)))
    except CloudError as error:
        try:
            known = tools.runs.unfinished(account.tenant_id)
        except CloudError:
            known = None
        if known is None or known.id != run_id:
            plan = Plan(account.tenant_id, account.tenant_name, now)
            known = Run(run_id, plan, now)
        yield RunMoved(replace(known, phase=RunPhase.STOPPED, note=error.what, ended=now))
        return
    writes = run.writes
    if run.phase in (RunPhase.PARTLY, RunPhase.FAILED):
        writes = tuple(WriteState(w.write) if _open_again(w) else w for w in writes)
    run = replace(
        run,
        phase=RunPhase.WRITING,
        writes=writes,
        note="",
        ended=None,
        unit_failures=(),
        needs=None,
        remarks=tools.runs.remarks(run_id),
    )
    async for event in _carry_out(Ledger(tools, run, interval)):
        yield event


def _open_again(state: WriteState) -> bool:
    """Certainly not carried out, and a person may have seen to the reason since."""
    refused = state.outcome is Outcome.REFUSED and not state.failed
    return refused or state.outcome is Outcome.NOT_SENT


def _failed(run: Run, note: str, tools: Tools) -> RunMoved:
    return RunMoved(replace(run, phase=RunPhase.FAILED, note=note, ended=tools.clock.now()))


async def _carry_out(ledger: Ledger) -> AsyncIterator[RunMoved]:
    """The job runs as a task of its own, so that every wait inside it can be shown."""
    task = asyncio.ensure_future(Job(ledger).work())
    try:
        while (run := await ledger.shown.get()) is not None:
            yield RunMoved(run)
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
