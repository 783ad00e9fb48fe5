"""Undo as a property: whatever a run did to policies, units and switches, its undo brings back what was there."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from m365backup_tui.domain.again import Again
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.events import Arrived
from m365backup_tui.ports import Tools
from m365backup_tui.work import again, applying
from tests.unit.fakes import ACCOUNT, FakeBackup, candidate, file_runs, make_tools
from tests.unit.test_again import plan, put_policy, shape

ONE = Product.ONEDRIVE
KEYS = [f"k{n:02}" for n in range(14)]
HELD = {"A": KEYS[:5], "B": KEYS[5:9]}
"""Two policies at the start; the other keys are free."""
GROUP = GroupRef("9f0c8a34-0000-4000-8000-000000000001", "Finance", "", "security group", 3)


class Tenant(FakeBackup):
    """Its work goes on also when all policies are looked at in one list."""

    async def policies(self) -> tuple[Policy, ...]:
        for policy in tuple(self.held.values()):
            await self.policy(policy.product, policy.id)
        return await super().policies()


@st.composite
def wishes(
    draw: st.DrawFn,
) -> tuple[frozenset[str], list[tuple[str, list[str], list[str], str, Power, bool]]]:
    """(paused policies, (policy, joins, leaves, new name, power, a rule) for each that is changed)."""
    paused = draw(st.frozensets(st.sampled_from("AB")))
    left = draw(st.permutations(KEYS))
    found = []
    for name in draw(st.lists(st.sampled_from(["A", "B", "N", "M"]), unique=True, min_size=1)):
        count = draw(st.integers(0, 5))
        joins = [key for key in left[:count] if key not in HELD.get(name, [])]
        left = left[count:]
        leaves = draw(st.lists(st.sampled_from(HELD[name]), unique=True)) if name in HELD else []
        new_name = draw(st.sampled_from(["", "Z" + name])) if name in HELD else ""
        powers = [Power.KEEP, Power.ACTIVATE]
        if name in HELD:
            powers = [Power.KEEP, Power.ACTIVATE if name in paused else Power.PAUSE]
        found.append(
            (name, joins, leaves, new_name, draw(st.sampled_from(powers)), draw(st.booleans()))
        )
    return paused, found


def drafts_of(
    backup: FakeBackup, wanted: list[tuple[str, list[str], list[str], str, Power, bool]]
) -> list[Draft]:
    names = {u.key: p.name for p in backup.held.values() for u in backup.contents[p.id]}
    taken = {key for _, _, leaves, *_ in wanted for key in leaves}
    found = []
    for name, joins, leaves, new_name, power, ruled in wanted:
        add = tuple(
            candidate(ONE, key, policy=names.get(key, "")) for key in joins if key not in taken
        )
        rules = (RuleWish(ONE, True, (GROUP,)),) if ruled else ()
        if name not in HELD:
            found.append(Draft(ONE, name, add=add, power=power, rules=rules))
            continue
        policy = backup.held[f"id-{name}"]
        remove = tuple(u for u in backup.contents[policy.id] if u.key in leaves)
        found.append(Draft(ONE, new_name or name, policy.id, name, add, remove, power, rules))
    return found


async def carried_out(tools: Tools, drafts: list[Draft] | tuple[Draft, ...]) -> Run:
    made = await plan(tools, *drafts)
    return [e.run async for e in applying.apply(tools, made, ACCOUNT)][-1]


async def done_and_undone(
    folder: Path,
    paused: frozenset[str],
    wanted: list[tuple[str, list[str], list[str], str, Power, bool]],
) -> str:
    backup = Tenant()
    tools = make_tools(file_runs(folder), backup)
    for name, keys in HELD.items():
        put_policy(backup, name, *keys, paused=name in paused)
    before = shape(backup)
    tools.directory.in_groups[GROUP] = ()  # type: ignore[attr-defined]  # the fake's own
    try:
        run = await carried_out(tools, drafts_of(backup, wanted))
    except Rejected as error:
        assert shape(backup) == before
        return f"refused: {error.what.split(':')[-1].strip()[:40]}"
    assert run.phase is RunPhase.DONE, (run.note, run.writes)
    events = [e async for e in again.make(tools, run, reverse=True)]
    assert isinstance(events[-1], Arrived), events[-1]
    found = events[-1].value
    assert isinstance(found, Again)
    if not run.writes:
        assert found.drafts == ()
        return "nothing"
    back = await carried_out(tools, found.drafts)
    assert back.phase is RunPhase.DONE, (back.note, back.writes, found)
    assert shape(backup) == before, found
    assert not any(backup.ruled.get(pid) for pid in backup.held), backup.ruled
    second = [e async for e in again.make(tools, run, reverse=True)][-1]
    assert isinstance(second, Arrived)
    assert second.value.drafts == ()
    return "undone"


# Without `explain`: it traces every line, which makes this ten times slower.
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
@given(wishes())
def test_what_was_there_is_there_again(
    given_wishes: tuple[frozenset[str], list[tuple[str, list[str], list[str], str, Power, bool]]],
) -> None:
    # In memory where there is such a folder: the run's record is flushed to disk at every step.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        event(asyncio.run(done_and_undone(Path(folder), *given_wishes)))
