"""After a run, through the real SDK and TLS: undo brings back what was there; the failed alone are sent again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.domain.again import Again, lost_count, retriable
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.events import Arrived
from m365backup_tui.ports import Tools
from m365backup_tui.work import again
from tests.practice.conftest import Controls
from tests.practice.test_apply_all_acts import applied, chosen, planned, tools_for, writes

Ready = dict[str, Any]


@pytest.fixture
def tenant(fresh_practice: Ready, controls: Controls) -> Ready:
    controls.turn_backup_on()
    return fresh_practice


async def carried_out(tools: Tools, *drafts: Draft) -> Run:
    run = await applied(tools, await planned(tools, *drafts))
    assert run.phase is RunPhase.DONE, (run.note, run.writes, run.unit_failures)
    return run


async def prepared(tools: Tools, run: Run, *, reverse: bool) -> Again:
    events = [event async for event in again.make(tools, run, reverse=reverse)]
    assert isinstance(events[-1], Arrived), events[-1]
    assert isinstance(events[-1].value, Again)
    return events[-1].value


async def picture(tools: Tools) -> dict[str, tuple[bool, frozenset[str]]]:
    """Policy -> (paused, what it holds): what an undo has to bring back."""
    held = await tools.backup.protected(Product.EXCHANGE)
    return {
        p.name: (
            p.status is PolicyStatus.INACTIVE,
            frozenset(key for key, holding in held.items() if holding.policy_id == p.id),
        )
        for p in await tools.backup.policies()
    }


async def test_undo_brings_back_names_units_moves_power_and_ends_what_is_new(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_for(tenant, controls, tmp_path) as tools:
        await carried_out(
            tools,
            Draft(Product.EXCHANGE, "Wave", add=chosen(60), power=Power.ACTIVATE),
            Draft(Product.EXCHANGE, "Rest", add=chosen(5, 60)),
        )
        before = await picture(tools)
        by_name = {p.name: p for p in await tools.backup.policies()}
        wave, rest = by_name["Wave"], by_name["Rest"]
        group = next(g for g in await tools.directory.groups("") if g.kind == "security group")
        gone = (await tools.backup.units(Product.EXCHANGE, wave.id))[-2:]
        run = await carried_out(
            tools,
            Draft(
                Product.EXCHANGE,
                "New",
                add=(*chosen(10, 65), *chosen(5, 0, policy="Wave")),
                power=Power.ACTIVATE,
            ),
            Draft(
                Product.EXCHANGE,
                "The rest",
                rest.id,
                "Rest",
                power=Power.ACTIVATE,
                rules=(RuleWish(Product.EXCHANGE, True, (group,)),),
            ),
            Draft(Product.EXCHANGE, "Wave", wave.id, "Wave", remove=gone),
        )
        assert set(await picture(tools)) == {"Wave", "The rest", "New"}
        found = await prepared(tools, run, reverse=True)
        sent = len(writes(controls))
        back = await planned(tools, *found.drafts)
        assert len(writes(controls)) == sent  # nothing is undone before it is applied
        ended = await applied(tools, back)
        assert ended.phase is RunPhase.DONE, (ended.note, ended.writes)
        after = await picture(tools)
        assert await tools.backup.rules(Product.EXCHANGE, rest.id) == ()
    assert after == before
    print(f"undo: {back.requests} requests, {len(found.notes)} notes")


async def test_only_what_the_service_refused_is_sent_again(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_for(tenant, controls, tmp_path) as tools:
        await carried_out(
            tools, Draft(Product.EXCHANGE, "Wave", add=chosen(2), power=Power.ACTIVATE)
        )
        (wave,) = await tools.backup.policies()
        controls.scenarios({"id": "B12", "count": 3, "code": "UnknownError"})
        run = await applied(
            tools,
            await planned(tools, Draft(Product.EXCHANGE, "Wave", wave.id, "Wave", chosen(30, 2))),
        )
        assert run.phase is RunPhase.PARTLY
        assert retriable(run) == lost_count(run) == 3
        controls.scenarios()
        found = await prepared(tools, run, reverse=False)
        (draft,) = found.drafts
        assert {u.key for u in draft.add} == {item.key for item in run.writes[0].failed}
        sent = len(writes(controls))
        ended = await applied(tools, await planned(tools, replace(draft)))
        assert ended.phase is RunPhase.DONE, (ended.note, ended.writes)
        assert len(writes(controls)) - sent == 1
        assert len(await tools.backup.protected(Product.EXCHANGE)) == 32
        assert (await prepared(tools, run, reverse=False)).drafts == ()
