"""Units of a policy by what a person types: added, removed, offered as a move, or told why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.events import NAMED, Arrived, Began, Broke
from m365backup_tui.state import NamedUnits
from m365backup_tui.work import by_name
from tests.unit.fakes import FakeBackup, FakeDirectory, candidate, file_runs, make_tools

MAIL = Product.EXCHANGE
KNOWN = tuple(candidate(MAIL, key) for key in ("adele", "bruno", "diego", "diego2", "zoe"))


@pytest.fixture
def backup() -> FakeBackup:
    return FakeBackup()


@pytest.fixture
def policy(backup: FakeBackup) -> Policy:
    backup.have(MAIL, "Sales", ["zoe"])
    return backup.have(MAIL, "Finance", ["adele", "bruno"])


async def looked(
    folder: Path, backup: FakeBackup, policy: Policy, words: str, *, removing: bool = False
) -> NamedUnits:
    tools = make_tools(file_runs(folder), backup, FakeDirectory(KNOWN))
    events = [e async for e in by_name.look(tools, policy, words, removing=removing)]
    assert isinstance(events[0], Began)
    arrived = events[-1]
    assert isinstance(arrived, Arrived)
    assert arrived.slot is NAMED
    assert isinstance(arrived.value, NamedUnits)
    assert backup.sent == []
    return arrived.value


async def test_an_address_is_added(tmp_path: Path, backup: FakeBackup, policy: Policy) -> None:
    found = await looked(tmp_path, backup, policy, " diego@example.com ")
    assert [unit.key for unit in found.add] == ["diego"]
    assert (found.problems, found.moves, found.policy_id) == ((), (), policy.id)


async def test_a_list_is_added_and_its_bad_rows_are_told(
    tmp_path: Path, backup: FakeBackup, policy: Policy
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mail\ndiego@example.com\nnobody@example.com\nadele@example.com\n")
    found = await looked(tmp_path, backup, policy, str(path))
    assert [unit.key for unit in found.add] == ["diego"]
    assert len(found.problems) == 1
    assert found.problems[0].startswith("Row 3: nobody@example.com: ")


async def test_a_list_that_is_not_there_is_told(
    tmp_path: Path, backup: FakeBackup, policy: Policy
) -> None:
    found = await looked(tmp_path, backup, policy, str(tmp_path / "no.csv"))
    assert found.add == ()
    assert "does not exist" in found.problems[0]


async def test_many_bad_rows_are_counted(
    tmp_path: Path, backup: FakeBackup, policy: Policy
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mail\n" + "".join(f"nobody{n}@example.com\n" for n in range(20)))
    found = await looked(tmp_path, backup, policy, str(path))
    assert found.problems[-1] == "And 12 more rows have a problem."
    assert len(found.problems) == 9


async def test_what_another_policy_holds_is_a_move_and_no_problem(
    tmp_path: Path, backup: FakeBackup, policy: Policy
) -> None:
    found = await looked(tmp_path, backup, policy, "zoe@example.com")
    assert (found.add, found.problems) == ((), ())
    assert [(unit.key, unit.policy) for unit in found.moves] == [("zoe", "Sales")]


async def test_what_it_holds_is_removed_by_address_and_by_list(
    tmp_path: Path, backup: FakeBackup, policy: Policy
) -> None:
    held = backup.contents[policy.id]
    address = held[1].address
    found = await looked(tmp_path, backup, policy, address, removing=True)
    assert [unit.key for unit in found.remove] == ["bruno"]
    path = tmp_path / "gone.txt"
    path.write_text("\n".join(unit.address for unit in held))
    found = await looked(tmp_path, backup, policy, str(path), removing=True)
    assert [unit.key for unit in found.remove] == ["adele", "bruno"]


async def test_what_is_there_already_is_a_note(
    tmp_path: Path, backup: FakeBackup, policy: Policy
) -> None:
    address = backup.contents[policy.id][0].address
    found = await looked(tmp_path, backup, policy, address)
    assert (found.add, found.problems) == ((), ())
    assert "already" in found.notes[0]


async def test_a_read_that_fails_is_told(
    tmp_path: Path, backup: FakeBackup, policy: Policy
) -> None:
    error = Unreachable("No network.")
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(KNOWN, error=error))
    look = by_name.look(tools, policy, "diego@example.com", removing=False)
    events = [e async for e in look]
    assert events[-1] == Broke(NAMED, error)
