"""Policies of one run side by side: none waits for the work of another; trouble of one ends all; lists save reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from m365backup_tui.domain.bulk import BulkJob, BulkStatus
from m365backup_tui.domain.errors import NotSignedIn, Throttled
from m365backup_tui.domain.plan import Act, Draft, Plan, Power
from m365backup_tui.domain.policies import Counts, Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase
from m365backup_tui.ports import Tools
from m365backup_tui.work import applying, planning
from tests.unit.fakes import (
    ACCOUNT,
    START,
    TENANT,
    FakeBackup,
    Fault,
    candidate,
    file_runs,
    make_tools,
)

PAIR = (Product.EXCHANGE, Product.ONEDRIVE)


class Uneven(FakeBackup):
    """The first job ends only after a policy was switched on. Policies tell their counts when `counting`."""

    counting = False

    async def bulk_job(self, product: Product, policy_id: str, job_id: str) -> BulkJob:
        if job_id == "job-1" and not any(w.startswith("activate") for w in self.writes):
            self._work[job_id] = 2
        return await super().bulk_job(product, policy_id, job_id)

    async def policy(self, product: Product, policy_id: str) -> Policy:
        policy = await super().policy(product, policy_id)
        held = len(self.contents[policy_id])
        return replace(policy, counts=Counts(held, held)) if self.counting else policy


def waves(count: int = 170) -> list[Draft]:
    return [
        Draft(
            product,
            f"{product.label} wave",
            add=tuple(candidate(product, f"{product}-{n}") for n in range(count)),
            power=Power.ACTIVATE,
        )
        for product in PAIR
    ]


async def plan_for(tools: Tools, drafts: list[Draft]) -> Plan:
    return await planning.plan_for(tools, drafts, TENANT, "Example")


async def last(events: Any) -> Run:
    run: Run | None = None
    async for event in events:
        run = event.run
    assert run is not None
    return run


async def test_a_policy_is_switched_on_while_another_ones_job_still_runs(tmp_path: Path) -> None:
    backup = Uneven()
    tools = make_tools(file_runs(tmp_path), backup)
    plan = await plan_for(tools, waves())
    run = await last(applying.apply(tools, plan, ACCOUNT))
    assert run.phase is RunPhase.DONE
    first, second = (w.policy for w in plan.writes if w.act is Act.CREATE)
    switched = [s for s in backup.sent if s.startswith("activate")]
    assert [second in switched[0], first in switched[1]] == [True, True]
    assert len(backup.sent) == len(set(backup.sent)) == plan.requests


async def test_the_end_of_a_sign_in_at_one_policy_ends_the_waits_of_all(tmp_path: Path) -> None:
    backup = Uneven(faults=[Fault("activate", NotSignedIn("Your sign-in has ended."))])
    tools = make_tools(file_runs(tmp_path), backup)
    plan = await plan_for(tools, waves())
    run = await last(applying.apply(tools, plan, ACCOUNT))
    assert run.phase is RunPhase.STOPPED
    assert isinstance(run.needs, NotSignedIn)
    assert backup.jobs[next(iter(backup.jobs))]["job-1"].status is BulkStatus.ACTIVE
    again = await last(applying.resume(tools, run.id, ACCOUNT))
    assert again.phase is RunPhase.DONE
    assert sorted(backup.writes) == sorted(set(backup.writes))
    assert len(backup.writes) == plan.requests


async def test_a_stop_reaches_every_policy_that_waits(tmp_path: Path) -> None:
    backup = Uneven()
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    plan = await plan_for(tools, waves())
    stopped: Run | None = None
    async for event in applying.apply(tools, plan, ACCOUNT):
        stopped = event.run
        if sum(w.outcome is Outcome.ACCEPTED for w in stopped.writes) == len(PAIR):
            journal.ask_to_stop()
    assert stopped is not None
    assert stopped.phase is RunPhase.STOPPED
    assert not any(s.startswith("activate") for s in backup.sent)
    assert (await last(applying.resume(tools, stopped.id, ACCOUNT))).phase is RunPhase.DONE
    assert len(backup.writes) == plan.requests


async def test_a_pause_that_the_service_asks_for_holds_back_every_policy(tmp_path: Path) -> None:
    until = START + timedelta(minutes=30)  # after both jobs have ended
    backup = Uneven(faults=[Fault("activate", Throttled("Busy.", "429", until=until))])
    tools = make_tools(file_runs(tmp_path), backup)
    run = await last(applying.apply(tools, await plan_for(tools, waves()), ACCOUNT))
    assert run.phase is RunPhase.DONE
    times = [t for s, t in zip(backup.sent, backup.sent_at, strict=True) if "activate" in s]
    assert len(times) == 3
    assert all(t >= until for t in times[1:])


async def test_a_count_that_says_all_arrived_spares_reading_every_unit(tmp_path: Path) -> None:
    backup = Uneven()
    backup.counting = True
    tools = make_tools(file_runs(tmp_path), backup)
    run = await last(applying.apply(tools, await plan_for(tools, waves()), ACCOUNT))
    assert run.phase is RunPhase.DONE
    assert "units" not in backup.reads


async def test_a_count_that_falls_short_has_the_missing_units_named(tmp_path: Path) -> None:
    backup = Uneven()
    backup.counting = True
    tools = make_tools(file_runs(tmp_path), backup)
    plan = await plan_for(tools, waves())
    backup.have(Product.SHAREPOINT, "Elsewhere", ["exchange-160"])  # passed over without a word
    run = await last(applying.apply(tools, plan, ACCOUNT))
    bulk = next(w for w in run.writes if w.write.id.startswith("bulk:exchange"))
    assert (bulk.outcome, [f.key for f in bulk.failed]) == (Outcome.PARTLY, ["exchange-160"])


async def test_many_policies_are_looked_at_in_one_list(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=6)
    tools = make_tools(file_runs(tmp_path), backup)
    drafts = [
        Draft(
            Product.EXCHANGE,
            f"Wave {n}",
            add=(candidate(Product.EXCHANGE, f"m{n}"),),
            power=Power.ACTIVATE,
        )
        for n in range(20)
    ]
    plan = await plan_for(tools, drafts)
    backup.reads.clear()
    run = await last(applying.apply(tools, plan, ACCOUNT))
    assert run.phase is RunPhase.DONE
    assert backup.reads.count("policy") == 0
    # Once to compare, once before switching, then the looks.
    assert backup.reads.count("policies") <= 2 + 6
