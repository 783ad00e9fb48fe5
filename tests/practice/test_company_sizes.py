"""The company in every size: exactly so many units, made once, whole or not at all."""

import sqlite3
from dataclasses import astuple
from pathlib import Path

import pytest

from m365backup_tui.practice.company import opening
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import MailboxKind
from m365backup_tui.practice.company.opening import attach, build_company
from m365backup_tui.practice.company.size import read_size


def _units(company: Company) -> tuple[int, int, int]:
    users = list(company.users())
    mailboxes = sum(
        user.mailbox in (MailboxKind.USER, MailboxKind.SHARED) and not user.hybrid for user in users
    )
    drives = sum(user.drive_url is not None for user in users)
    return mailboxes, drives, sum(site.protectable for site in company.sites())


@pytest.mark.parametrize("number", [50, 51, 99, 1234])
def test_a_number_means_exactly_so_many_units_that_can_be_backed_up(number: int) -> None:
    units = _units(build_company(365, str(number)))
    assert sum(units) == number
    assert min(units) > number // 10


def test_less_than_the_least_is_the_least() -> None:
    assert sum(_units(build_company(365, "1"))) == sum(_units(build_company(365, "50"))) == 50


@pytest.mark.parametrize("text", ["0", "1000001", "-5", "big", "", "1e3", "٣", "9" * 30])
def test_a_size_that_is_none_is_refused_with_what_is_possible(text: str) -> None:
    with pytest.raises(ValueError, match="SMALL, MEDIUM, LARGE or a number of units from 1 to"):
        read_size(text)


def test_the_case_of_a_size_does_not_count() -> None:
    assert read_size("large") == read_size(" LARGE ")
    assert list(build_company(1, "small").users()) == list(build_company(1, "SMALL").users())


def test_big_departments_have_teams_inside_their_group() -> None:
    company = build_company(365, "40000")
    groups = {group.display_name: group.id for group in company.groups()}
    teams = [key for name, key in groups.items() if name.startswith("SG Legal team ")]
    assert len(teams) > 10
    assert set(teams) < set(company.groups_below(groups["SG Legal"]))
    person = next(key for key in company.members(teams[0]) if company.user(key))
    above = company.groups_above(person)
    assert {teams[0], groups["SG Legal"], groups["SG All staff"]} <= set(above)


def test_it_is_made_once_and_opened_afterwards(tmp_path: Path) -> None:
    first, second = _connection(), _connection()
    made = attach(first, tmp_path, 7, "300")
    file = tmp_path / "company-7-300.db"
    written = file.stat().st_mtime_ns
    opened = attach(second, tmp_path, 7, "300")
    assert file.stat().st_mtime_ns == written
    assert [astuple(u) for u in opened.users()] == [astuple(u) for u in made.users()]
    assert [astuple(s) for s in opened.sites()] == [
        astuple(s) for s in build_company(7, "300").sites()
    ]
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    first.close()
    second.close()


def test_nobody_can_write_into_the_company(tmp_path: Path) -> None:
    db = _connection()
    attach(db, tmp_path, 7, "50")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM company.person")
    db.close()


def test_an_interrupted_making_leaves_no_half_company(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    db = _connection()
    with monkeypatch.context() as patched:
        patched.setattr(opening, "build", stopped)
        with pytest.raises(KeyboardInterrupt):
            attach(db, tmp_path, 7, "50")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "company-7-50.making").write_bytes(b"what a power cut left")
    assert attach(db, tmp_path, 7, "50").fact("users") > 20
    assert [file.name for file in tmp_path.iterdir()] == ["company-7-50.db"]
    db.close()


def test_a_damaged_company_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "company-7-50.db"
    file.write_bytes(b"no database at all" * 400)
    db = _connection()
    assert attach(db, tmp_path, 7, "50").fact("site_units") == 10
    db.close()


def _connection() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", uri=True)
