"""From the tenant to a policy file: a file that asks for nothing, and what is waiting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import (
    Entry,
    PolicyFile,
    PolicyWish,
    Wanted,
)
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.events import SAVED, Arrived, Broke
from m365backup_tui.state import State
from m365backup_tui.work import exporting, policy_file
from tests.unit.fakes import (
    FakeBackup,
    FakeDirectory,
    Fault,
    candidate,
    file_runs,
    make_tools,
)

MAIL = Product.EXCHANGE
PEOPLE = tuple(candidate(MAIL, key) for key in ("ann", "bob", "cyd", "dan"))


async def test_the_tenant_is_saved_as_a_file_that_asks_for_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    board = backup.have(MAIL, "Board", ["ann", "bob"])
    backup.have(MAIL, "Others", ["cyd"], PolicyStatus.INACTIVE)
    rule = replace(backup.contents[board.id][1], by_rule=True)
    backup.contents[board.id][1] = rule
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(PEOPLE))
    path = tmp_path / "out.yaml"
    events = [e async for e in exporting.save(tools, State(), path)]
    assert events[-1] == Arrived(SAVED, str(path), tools.clock.now())
    text = path.read_text()
    assert "1 mailbox more through a dynamic rule" in text
    file = policy_file.load(path)
    assert isinstance(file, PolicyFile)
    assert [(w.name, w.state) for w in file.policies] == [
        ("Board", Wanted.ACTIVE),
        ("Others", Wanted.PAUSED),
    ]
    assert await policy_file.drafts_from_file(tools, file, tuple(backup.held.values())) == ((), ())


async def test_an_existing_file_is_kept_and_trouble_is_said(tmp_path: Path) -> None:
    backup = FakeBackup()
    tools = make_tools(file_runs(tmp_path), backup)
    path = tmp_path / "out.yaml"
    path.write_text("mine")
    kept = [e async for e in exporting.save(tools, State(), path)][-1]
    assert isinstance(kept, Broke)
    assert "exists already" in kept.error.what
    assert path.read_text() == "mine"
    done = [e async for e in exporting.save(tools, State(), path, overwrite=True)][-1]
    assert isinstance(done, Arrived)
    backup.faults = [Fault("policies", Forbidden("Your role is missing."))]
    denied = [e async for e in exporting.save(tools, State(), path, overwrite=True)][-1]
    assert denied == Broke(SAVED, Forbidden("Your role is missing."))


def test_a_file_saved_before_applying_holds_what_is_waiting() -> None:
    there = PolicyFile(
        (
            PolicyWish(Product.EXCHANGE, "Mail", Wanted.ACTIVE, (Entry("amy@x"), Entry("bob@x"))),
            PolicyWish(Product.SHAREPOINT, "Sites", Wanted.PAUSED, (Entry("https://x/a"),)),
        )
    )
    amy = ProtectionUnit(Product.EXCHANGE, "unit", "key-amy", "Amy", "amy@x", UnitStatus.PROTECTED)
    cat = Candidate(Product.EXCHANGE, "key-cat", "Cat", "cat@x")
    edited = Draft(
        Product.EXCHANGE, "Post", "p-1", "Mail", add=(cat,), remove=(amy,), power=Power.PAUSE
    )
    dan = Candidate(Product.ONEDRIVE, "key-dan", "Dan", "dan@x")
    made = Draft(Product.ONEDRIVE, "Drives", add=(dan,), power=Power.ACTIVATE)
    file = exporting.with_drafts(there, (edited, made))
    assert file.policies == (
        PolicyWish(Product.EXCHANGE, "Post", Wanted.PAUSED, (Entry("bob@x"), Entry("cat@x"))),
        there.policies[1],
        PolicyWish(Product.ONEDRIVE, "Drives", Wanted.ACTIVE, (Entry("dan@x"),)),
    )


def test_what_moves_leaves_its_old_policy_and_what_is_deleted_is_not_in_the_file() -> None:
    there = PolicyFile(
        (
            PolicyWish(Product.EXCHANGE, "Old", Wanted.ACTIVE, (Entry("amy@x"), Entry("bob@x"))),
            PolicyWish(Product.EXCHANGE, "Gone", Wanted.PAUSED, (Entry("eve@x"),)),
        )
    )
    amy = Candidate(Product.EXCHANGE, "key-amy", "Amy", "amy@x", policy="Old")
    new = Draft(Product.EXCHANGE, "New", add=(amy,), power=Power.ACTIVATE)
    gone = Draft(Product.EXCHANGE, "Gone", "p-2", "Gone", power=Power.DELETE)
    assert exporting.with_drafts(there, (new, gone)).policies == (
        PolicyWish(Product.EXCHANGE, "Old", Wanted.ACTIVE, (Entry("bob@x"),)),
        PolicyWish(Product.EXCHANGE, "New", Wanted.ACTIVE, (Entry("amy@x"),)),
    )


async def test_rules_that_a_file_cannot_hold_are_named_in_it(tmp_path: Path) -> None:
    rule = RuleWish(Product.EXCHANGE, True, (GroupRef("g", "Sales", "", "security group"),))
    amy = Candidate(Product.EXCHANGE, "key-amy", "Amy", "amy@x")
    state = State(drafts=(Draft(Product.EXCHANGE, "New", add=(amy,), rules=(rule,)),))
    tools = make_tools(file_runs(tmp_path), FakeBackup())
    done = [e async for e in exporting.save(tools, state, tmp_path / "kept.yaml")][-1]
    assert isinstance(done, Arrived)
    text = (tmp_path / "kept.yaml").read_text(encoding="utf-8")
    assert "# Not in this file: “New”: members of Sales, kept in step." in text
