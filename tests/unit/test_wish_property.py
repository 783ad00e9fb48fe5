"""Whatever a file asks for: once it is applied, the same file asks for nothing more."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import Entry, PolicyFile, PolicyWish, RuleEntry, Wanted
from m365backup_tui.domain.rules import Rule, RuleStatus
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.work import applying
from m365backup_tui.work.planning import plan_for
from tests.from_file import drafts_from_file
from tests.unit.fakes import ACCOUNT, FakeBackup, candidate, file_runs, make_tools
from tests.unit.test_wish_rules import ALL, FINANCE, MAIL, NOBODY, SALES, Directory, wish

PEOPLE = tuple(candidate(MAIL, key) for key in ("ann", "bob", "cyd", "dan", "eve", "fay"))
NAMES = ("A", "B", "C", "D")
DYNAMIC = {"Finance": FINANCE, "Sales": SALES}


@dataclass(frozen=True)
class Scene:
    """`before`, `after`: who is in which policy, by index into NAMES, -1 for none; D is no policy of the tenant.
    `ruled`: the group of each policy's dynamic rule now, `rules`: in the file, "" for none."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    exact: tuple[bool, ...]
    paused: tuple[bool, ...]
    wanted: tuple[Wanted, ...]
    ruled: tuple[str, ...]
    rules: tuple[str, ...]


def some_of(values: Sequence[object], count: int) -> some.SearchStrategy[tuple[object, ...]]:
    return some.tuples(*[some.sampled_from(values)] * count)


scenes = some.builds(
    Scene,
    before=some_of((-1, 0, 1, 2), len(PEOPLE)),
    after=some_of((-1, 0, 1, 2, 3), len(PEOPLE)),
    exact=some_of((False, True), 4),
    paused=some_of((False, True), 3),
    wanted=some_of(tuple(Wanted), 4),
    ruled=some_of(("", *DYNAMIC), 3),
    rules=some_of(("", *DYNAMIC), 4),
)


def tenant(scene: Scene) -> FakeBackup:
    backup = FakeBackup()
    for n, paused in enumerate(scene.paused):
        held = [p.key for p, at in zip(PEOPLE, scene.before, strict=True) if at == n]
        status = PolicyStatus.INACTIVE if paused else PolicyStatus.ACTIVE
        policy = backup.have(MAIL, NAMES[n], held, status)
        if name := scene.ruled[n]:
            expression = wish(DYNAMIC[name], dynamic=True).expression
            rule = Rule(MAIL, "rule-0", expression, True, RuleStatus.COMPLETED)
            backup.ruled[policy.id] = [rule]
    return backup


def file_of(scene: Scene) -> PolicyFile:
    wishes = []
    for n, name in enumerate(NAMES):
        stay = [Entry(p.address) for p, at in zip(PEOPLE, scene.after, strict=True) if at == n]
        gone = [
            Entry(p.address)
            for p, was, at in zip(PEOPLE, scene.before, scene.after, strict=True)
            if was == n != at
        ]
        rules = [RuleEntry(True, (scene.rules[n],))] if scene.rules[n] else []
        old = scene.ruled[n] if n < len(scene.ruled) else ""
        ends = [RuleEntry(True, (old,))] if old and old != scene.rules[n] else []
        exact = scene.exact[n] and bool(stay)
        if n == len(NAMES) - 1 and not stay and not rules:
            continue  # a new policy of nothing
        wishes.append(
            PolicyWish(
                MAIL,
                name,
                scene.wanted[n],
                tuple(stay),
                () if exact else tuple(gone),
                exact=exact,
                rules=tuple(rules),
                end_rules=tuple(ends),
            )
        )
    return PolicyFile(tuple(wishes), name="job.yaml")


async def carried_out(scene: Scene, folder: Path) -> None:
    backup, file = tenant(scene), file_of(scene)
    directory = Directory(known=PEOPLE, in_groups=dict.fromkeys(ALL, NOBODY))
    tools = make_tools(file_runs(folder), backup, directory)

    async def missing() -> tuple[Draft, ...]:
        drafts, problems = await drafts_from_file(tools, file, await backup.policies())
        assert problems == ()
        return drafts

    drafts = await missing()
    plan = await plan_for(tools, drafts, ACCOUNT.tenant_id, "Example")
    if plan.writes:
        runs = [event.run async for event in applying.apply(tools, plan, ACCOUNT)]
        assert runs[-1].phase is RunPhase.DONE, runs[-1]
    for n, name in enumerate(NAMES):
        wanted = sorted(p.key for p, at in zip(PEOPLE, scene.after, strict=True) if at == n)
        held = [
            u.key for p in backup.held.values() if p.name == name for u in backup.contents[p.id]
        ]
        assert sorted(held) == wanted
    assert await missing() == ()


@settings(max_examples=60, deadline=None)
@given(scene=scenes)
def test_a_file_that_was_applied_asks_for_nothing_more(scene: Scene) -> None:
    with tempfile.TemporaryDirectory(prefix="wish-") as folder:
        asyncio.run(carried_out(scene, Path(folder)))
