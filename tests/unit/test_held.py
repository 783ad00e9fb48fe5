"""What is read to learn where units are held: the product for additions, the one policy for removals."""

from __future__ import annotations

from pathlib import Path

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.work import planning
from m365backup_tui.work.held import held_for_drafts, held_for_plan
from tests.unit.fakes import TENANT, FakeBackup, candidate, file_runs, make_tools

MAIL = Product.EXCHANGE


def draft_of(backup: FakeBackup, *, adds: bool) -> Draft:
    policy = backup.have(MAIL, "Mail", ["ann", "bob"])
    add = (candidate(MAIL, "cyd"),) if adds else ()
    return Draft(MAIL, "Mail", policy.id, "Mail", add, (backup.contents[policy.id][1],))


async def test_a_removal_reads_the_units_of_its_policy_alone(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Other", ["eve"])
    tools = make_tools(file_runs(tmp_path), backup)
    draft = draft_of(backup, adds=False)
    plan = await planning.plan_for(tools, [draft], TENANT, "Example")
    assert [w.size for w in plan.writes] == [1]
    assert ("protected" in backup.reads, backup.reads.count("units")) == (False, 1)
    held = await held_for_plan(tools, plan, tuple(backup.held.values()))
    assert set(held[MAIL]) == {"ann", "bob"}
    assert held[MAIL]["bob"].unit_id == "unit-bob"


async def test_an_addition_reads_the_whole_product(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Other", ["eve"])
    tools = make_tools(file_runs(tmp_path), backup)
    draft = draft_of(backup, adds=True)
    held = await held_for_drafts(tools, [draft], tuple(backup.held.values()))
    assert set(held[MAIL]) == {"ann", "bob", "eve"}
    assert "units" not in backup.reads


async def test_a_policy_that_was_deleted_meanwhile_holds_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    tools = make_tools(file_runs(tmp_path), backup)
    draft = draft_of(backup, adds=False)
    policies = tuple(backup.held.values())
    del backup.held[draft.policy_id]
    assert await held_for_drafts(tools, [draft], policies) == {MAIL: {}}
    assert await held_for_drafts(tools, [draft], ()) == {}
