"""Every kind of write through the real SDK and TLS: planned, sent once each, followed to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.domain.plan import Act, Draft, Plan, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleEnd, RuleRun, RuleWish, SiteWish, SiteWord
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Tools
from m365backup_tui.work import applying, planning
from tests.practice.cloud_ports import JumpingClock, graph_calls
from tests.practice.conftest import Controls
from tests.practice.test_cloud_backup import mailboxes, sites
from tests.unit.fakes import ACCOUNT, FakeBackup, file_runs, make_tools

Ready = dict[str, Any]
BACKUP = "/v1.0/solutions/backupRestore/"


class Pressing(JumpingClock):
    """Whoever waits moves the tenant's clock as well."""

    def __init__(self, controls: Controls) -> None:
        super().__init__()
        self._controls = controls

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self._controls.advance(f"PT{max(1, int(seconds * 60))}S")


@pytest.fixture
def tenant(fresh_practice: Ready, controls: Controls) -> Ready:
    controls.turn_backup_on()
    return fresh_practice


@asynccontextmanager
async def tools_for(tenant: Ready, controls: Controls, folder: Path) -> AsyncIterator[Tools]:
    clock = Pressing(controls)
    async with graph_calls(tenant, controls, clock=clock) as calls:
        yield _tools(calls, clock, folder)


def _tools(calls: GraphCalls, clock: JumpingClock, folder: Path) -> Tools:
    backup = GraphBackup(calls)
    simple = make_tools(file_runs(folder), FakeBackup())
    directory = GraphDirectory(calls, backup, lambda: ACCOUNT.object_id)
    return replace(simple, clock=clock, backup=backup, directory=directory)


def chosen(count: int, skip: int = 0, policy: str = "") -> tuple[Candidate, ...]:
    return tuple(
        Candidate(Product.EXCHANGE, u.key, u.name, u.address, size=1_000, policy=policy)
        for u in mailboxes(count, skip)
    )


async def planned(tools: Tools, *drafts: Draft) -> Plan:
    return await planning.plan_for(tools, drafts, ACCOUNT.tenant_id, "Contoso")


async def applied(tools: Tools, plan: Plan) -> Run:
    run: Run | None = None
    async for event in applying.apply(tools, plan, ACCOUNT):
        run = event.run
    assert run is not None
    return run


def writes(controls: Controls) -> list[str]:
    """Everything that was sent to change the backup, in order."""
    return [
        f"{r['method']} {r['path']}"
        for r in controls.log()
        if r["method"] != "GET" and BACKUP in r["path"]
    ]


async def test_planning_writes_nothing_and_leaves_the_tenant_as_it_was(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_for(tenant, controls, tmp_path) as tools:
        await tools.backup.policies()  # signed in, and everything that reading makes is made
        before, logged = controls.call("GET", "state").json(), len(controls.log())
        plan = await planned(
            tools, Draft(Product.EXCHANGE, "Wave", add=chosen(170), power=Power.ACTIVATE)
        )
        after = controls.call("GET", "state").json()
        log = controls.log()[logged:]
    assert plan.requests == 3
    assert writes(controls) == []
    assert [r["changed"] for r in log if r["changed"] and "token" not in r["path"]] == []
    assert {k: v for k, v in after.items() if k != "entra"} == {
        k: v for k, v in before.items() if k != "entra"
    }


async def test_a_wave_by_job_then_a_move_a_rename_and_a_deletion(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_for(tenant, controls, tmp_path) as tools:
        first = await planned(
            tools,
            Draft(Product.EXCHANGE, "Wave", add=chosen(170), power=Power.ACTIVATE),
            Draft(Product.EXCHANGE, "Rest", add=chosen(5, 170), power=Power.ACTIVATE),
        )
        assert [str(w.act) for w in first.writes] == [
            "create", "create", "bulk", "activate", "activate",
        ]  # fmt: skip
        done = await applied(tools, first)
        assert done.phase is RunPhase.DONE, (done.note, done.writes)
        assert len(writes(controls)) == first.requests

        by_name = {p.name: p for p in await tools.backup.policies()}
        assert {n: p.counts.total for n, p in by_name.items() if p.counts} == {
            "Wave": 170,
            "Rest": 5,
        }
        rest = by_name["Rest"]
        second = await planned(
            tools,
            Draft(Product.EXCHANGE, "The rest", rest.id, "Rest", chosen(20, 0, policy="Wave")),
        )
        assert [str(w.act) for w in second.writes] == ["change", "change", "change"]
        moved = await applied(tools, second)
        assert moved.phase is RunPhase.DONE, (moved.note, moved.writes)
        held = await tools.backup.protected(Product.EXCHANGE)
        assert sum(h.policy_id == rest.id for h in held.values()) == 25
        assert len(writes(controls)) == first.requests + second.requests

        third = await planned(
            tools, Draft(Product.EXCHANGE, "The rest", rest.id, "The rest", power=Power.DELETE)
        )
        gone = await applied(tools, third)
        assert gone.phase is RunPhase.DONE, (gone.note, gone.writes)
        (left,) = await tools.backup.policies()
        assert left.name == "Wave"
        assert left.status is PolicyStatus.ACTIVE


async def test_rules_are_added_run_again_and_ended(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    word = sites(1)[0].name.split()[0]
    async with tools_for(tenant, controls, tmp_path) as tools:
        groups = await tools.directory.groups("")
        group = next(g for g in groups if g.kind == "security group")
        dynamic = RuleWish(Product.EXCHANGE, True, (group,))
        once = RuleWish(Product.SHAREPOINT, False, sites=SiteWish((SiteWord(word),)))
        site = sites(1)[0]
        first = await planned(
            tools,
            Draft(
                Product.EXCHANGE, "In step", add=chosen(1), power=Power.ACTIVATE, rules=(dynamic,)
            ),
            Draft(
                Product.SHAREPOINT,
                "By name",
                add=(Candidate(Product.SHAREPOINT, site.key, site.name, site.address),),
                rules=(once,),
            ),
        )
        run = await applied(tools, first)
        assert run.phase is RunPhase.DONE, (run.note, run.writes)
        by_name = {p.name: p for p in await tools.backup.policies()}
        (kept,) = await tools.backup.rules(Product.EXCHANGE, by_name["In step"].id)
        (static,) = await tools.backup.rules(Product.SHAREPOINT, by_name["By name"].id)
        second = await planned(
            tools,
            Draft(
                Product.EXCHANGE,
                "In step",
                by_name["In step"].id,
                "In step",
                end_rules=(RuleEnd(kept, unprotect=True),),
            ),
            Draft(
                Product.SHAREPOINT,
                "By name",
                by_name["By name"].id,
                "By name",
                run_rules=(RuleRun(static),),
            ),
        )
        assert {w.act for w in second.writes} == {Act.END_RULE, Act.RUN_RULE}
        run = await applied(tools, second)
        assert run.phase is RunPhase.DONE, (run.note, run.writes)
        assert await tools.backup.rules(Product.EXCHANGE, by_name["In step"].id) == ()
    assert len(writes(controls)) == first.requests + second.requests
