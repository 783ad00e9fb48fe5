"""Reading the coverage: what is read, what a gap says, that the loop stays free, what a CSV file holds."""

from __future__ import annotations

import asyncio
import csv
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.domain.coverage import Coverage, Kind, ProductCoverage
from m365backup_tui.domain.errors import CloudError, Rejected, Unreachable
from m365backup_tui.domain.groups import GroupRef, LeftOut, MemberPage
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import COVERAGE, COVERAGE_FILE, Arrived, Broke, Noted, Slot
from m365backup_tui.state import State
from m365backup_tui.store import Store
from m365backup_tui.wizard import Wizard
from m365backup_tui.work import coverage, coverage_file
from tests.unit.fakes import FakeBackup, FakeDirectory, candidate, file_runs, make_tools

MAIL = Product.EXCHANGE
SALES = GroupRef("group-1", "Sales", "", "security group")


async def read(
    tmp_path: Path,
    backup: FakeBackup,
    directory: FakeDirectory,
    state: State | None = None,
) -> tuple[Coverage | CloudError, list[str]]:
    tools = make_tools(file_runs(tmp_path), backup, directory)
    notes: list[str] = []
    result: Coverage | CloudError | None = None
    async for event in coverage.read(tools, state or State()):
        match event:
            case Noted(slot, note) if slot is COVERAGE:
                notes.append(note)
            case Arrived(slot, value, _, _) if slot is COVERAGE:
                result = value
            case Broke(slot, error) if slot is COVERAGE:
                result = error
    assert result is not None
    return result, notes


def mail(result: Coverage | CloudError) -> ProductCoverage:
    assert isinstance(result, Coverage), result
    found = result.of(MAIL)
    assert found is not None
    return found


def keys(found: ProductCoverage, kind: Kind) -> list[str]:
    return [item.key for item in found.lists[kind]]


def people(*names: str) -> tuple[Candidate, ...]:
    return tuple(candidate(MAIL, name, size=10) for name in names)


async def test_everything_is_read_and_counted(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Everyone", ["ann", "zoe"])
    result, notes = await read(tmp_path, backup, FakeDirectory(people("ann", "ben", "cat")))
    found = mail(result)
    assert keys(found, Kind.PROTECTED) == ["ann"]
    assert keys(found, Kind.UNPROTECTED) == ["ben", "cat"]
    assert keys(found, Kind.VANISHED) == ["zoe"]
    assert "Counting 3 mailboxes" in notes
    assert any("Reading mailboxes" in note for note in notes)


async def test_what_seems_gone_is_looked_up_and_counted_when_it_is_there(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Everyone", ["ann", "hid"])

    class Forgetful(FakeDirectory):
        """Lists less than it knows, as a report that is two days old."""

        async def candidates(self, product: Product):  # type: ignore[no-untyped-def]  # as its base
            yield tuple(c for c in self.known if c.product is product and c.key != "hid")

    result, _ = await read(tmp_path, backup, Forgetful(people("ann", "hid")))
    found = mail(result)
    assert keys(found, Kind.PROTECTED) == ["ann", "hid"]
    assert keys(found, Kind.VANISHED) == []
    assert found.amount(Kind.PROTECTED).bytes == 20


async def test_drafts_and_rules_that_want_the_same_are_named(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Everyone", ["ann"])
    page = MemberPage(people("ann", "ben"), (LeftOut("Guest", "", "Guests have none."),))
    directory = FakeDirectory(people("ann", "ben"), in_groups={SALES: (page,)})
    drafts = (
        Draft(MAIL, "Legal", add=people("ben")),
        Draft(MAIL, "Sales", rules=(RuleWish(MAIL, True, (SALES,)),)),
    )
    result, notes = await read(tmp_path, backup, directory, State(drafts=drafts))
    twice = {item.key: item.note for item in mail(result).lists[Kind.TWICE]}
    assert twice == {
        "ann": "“Everyone” and a rule of your change “Sales”",
        "ben": "your change “Legal” and a rule of your change “Sales”",
    }
    assert "Reading who is in the groups of rules: 1 of 1" in notes


async def test_a_unit_that_one_change_lets_go_may_be_taken_by_another(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(MAIL, "Everyone", ["ann"])
    unit = backup.contents[policy.id][0]
    drafts = (
        Draft(MAIL, "Everyone", policy.id, "Everyone", remove=(unit,)),
        Draft(MAIL, "Legal", add=people("ann")),
    )
    result, _ = await read(tmp_path, backup, FakeDirectory(people("ann")), State(drafts=drafts))
    assert keys(mail(result), Kind.TWICE) == []


async def test_a_group_that_cannot_be_read_is_a_gap_and_no_error(tmp_path: Path) -> None:
    drafts = (Draft(MAIL, "Sales", rules=(RuleWish(MAIL, True, (SALES,)),)),)
    state = State(drafts=drafts)
    result, _ = await read(tmp_path, FakeBackup(), FakeDirectory(people("ann")), state)
    assert isinstance(result, Coverage)
    assert len(result.gaps) == 1
    assert "does not exist any more" in result.gaps[0]


async def test_a_list_that_breaks_off_calls_nothing_gone(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Everyone", ["zoe"])

    class Broken(FakeDirectory):
        async def candidates(self, product: Product):  # type: ignore[no-untyped-def]  # as its base
            yield self.known
            raise Unreachable("No connection.")

    result, _ = await read(tmp_path, backup, Broken(people("ann")))
    assert isinstance(result, Coverage)
    assert keys(mail(result), Kind.VANISHED) == []
    assert len(result.gaps) == 3  # a product each
    assert "broke off: No connection." in result.gaps[0]


async def test_the_file_holds_every_line_and_runs_no_formula(tmp_path: Path) -> None:
    rows = (*people("ann"), replace(people("ben")[0], name="=cmd()", size=None))
    result, _ = await read(tmp_path, FakeBackup(), FakeDirectory(rows))
    found = mail(result)
    names: dict[str, str] = {}
    path = tmp_path / "list.csv"
    written = coverage_file.write(path, found, (Kind.UNPROTECTED,), names)
    again = coverage_file.write(path, found, (Kind.UNPROTECTED,), names)
    assert (written.name, again.name) == ("list.csv", "list-2.csv")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    with written.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["name"] for line in lines] == ["Ann", "'=cmd()"]
    assert [line["bytes"] for line in lines] == ["10", ""]
    assert {line["state"] for line in lines} == {"not protected"}


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    result, _ = await read(tmp_path, FakeBackup(), FakeDirectory())
    with pytest.raises(Rejected, match="cannot be written"):
        coverage_file.write(tmp_path / "no" / "x.csv", mail(result), (Kind.TWICE,), {})


async def settled(wizard: Wizard, slot: Slot[Any]) -> None:
    """Waits until something has arrived there."""
    arrived = asyncio.Event()

    def look(state: State) -> None:
        if getattr(state, slot.name).value is not None:
            arrived.set()

    stop = wizard.store.subscribe(look)
    async with asyncio.timeout(30):
        await arrived.wait()
    stop()


def addresses(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [line["address"] for line in csv.DictReader(file)]


async def test_the_wizard_keeps_what_was_read_and_writes_the_list_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    backup = FakeBackup()
    backup.have(MAIL, "Everyone", ["ann"])
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(people("ann", "ben")))
    wizard = Wizard(Store(State()), tools)
    wizard.save_coverage(MAIL, (Kind.UNPROTECTED,))  # nothing was read yet: nothing to write
    wizard.read_coverage()
    await settled(wizard, COVERAGE)
    assert len(wizard.state.exchange.value or ()) == 2
    wizard.save_coverage(MAIL, (Kind.UNPROTECTED,))
    await settled(wizard, COVERAGE_FILE)
    assert wizard.state.coverage_file.value == str(tmp_path / "m365backup-exchange-coverage.csv")
    lines = addresses(tmp_path / "m365backup-exchange-coverage.csv")
    assert lines == ["ben@example.com"]
    await wizard.store.close()
