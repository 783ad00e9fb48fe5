"""The practice company: the same every time, realistic, and with the traps a real tenant has."""

import csv
import io
import time
from datetime import date

from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import GroupKind, MailboxKind
from m365backup_tui.practice.company.opening import build_company
from m365backup_tui.practice.graph.report_files import report_csv
from m365backup_tui.practice.graph.search_sql import find_word
from tests.practice.northwind import BACKUP_GROUP_ID, PERSONAS


def test_the_same_seed_makes_the_same_company(company: Company) -> None:
    again = build_company(365, "MEDIUM")
    assert list(again.users()) == list(company.users())
    assert list(again.groups()) == list(company.groups())
    assert list(again.sites()) == list(company.sites())
    assert list(build_company(366, "MEDIUM").users()) != list(company.users())


def test_every_id_address_and_url_is_unique(company: Company) -> None:
    ids = [user.id for user in company.users()] + [group.id for group in company.groups()]
    assert len(set(ids)) == len(ids)
    assert len({user.upn.lower() for user in company.users()}) == len(list(company.users())) == 2400
    assert (
        len({site.web_url.lower() for site in company.sites()}) == len(list(company.sites())) == 600
    )
    assert all(site.id.count(",") == 2 for site in company.sites())


def test_personas_are_people_of_the_company(company: Company) -> None:
    for persona in PERSONAS:
        user = company.user(persona.oid.upper())
        assert user is not None
        assert user.upn == persona.upn
    members = company.members(BACKUP_GROUP_ID)
    assert members == tuple(one.oid for one in PERSONAS if one.key == "backup-admin")


def test_every_trap_of_a_real_tenant_is_present(company: Company) -> None:
    kinds = {user.mailbox for user in company.users()}
    assert kinds == set(MailboxKind)
    assert any(user.hybrid for user in company.users())
    assert any(user.drive_url is None for user in company.users() if user.hybrid is False)
    assert any(user.user_type == "Guest" for user in company.users())
    assert any(not site.protectable for site in company.sites())
    assert {group.kind for group in company.groups()} == set(GroupKind)
    shared = {user.id for user in company.users() if user.mailbox is MailboxKind.SHARED}
    lists = [group for group in company.groups() if group.kind is GroupKind.DISTRIBUTION]
    assert any(shared.intersection(company.members(group.id)) for group in lists)


def test_nested_groups_reach_people_that_direct_members_do_not(company: Company) -> None:
    staff = next(group for group in company.groups() if group.display_name == "SG All staff")
    assert not any(company.user(key) for key in company.members(staff.id))
    below = company.transitive_members(staff.id)
    assert len([key for key in below if company.user(key)]) > 2000
    assert staff.id not in below


def test_reports_are_as_fresh_as_real_ones_whatever_the_day(company: Company) -> None:
    """Data is one to two days old (usage-reports.md); the company's own days never move."""
    day = date(2027, 5, 20)
    text = report_csv(company, "getMailboxUsageDetail", "D30", today=day).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["Report Refresh Date"] for row in rows} == {"2027-05-18"}
    used = [row["Last Activity Date"] for row in rows if row["Last Activity Date"]]
    assert max(used) == "2027-05-19"
    assert min(used) > "2025-01-01"


def test_the_standard_company_is_made_quickly() -> None:
    best = min(_seconds() for _ in range(3))
    assert best < 10, f"{best:.3f} s"


def _seconds() -> float:
    started = time.perf_counter()
    build_company(1, "MEDIUM")
    return time.perf_counter() - started


def test_few_rows_are_listed_and_many_are_not() -> None:
    company = build_company(size="SMALL")
    statement = "SELECT o.row FROM company.person o WHERE o.row <= ?"
    assert company.few(statement, (3,)) == "[1, 2, 3]"
    assert company.few("SELECT a.row FROM company.person a, company.person b") is None


def test_a_beginning_that_one_word_or_several_have_finds_each_row_once() -> None:
    company = build_company(size="MEDIUM")
    words = company.db.execute("SELECT DISTINCT word FROM company.person_word").fetchall()
    for length in (1, 2, 3, 20):
        for beginning in {word[:length] for (word,) in words if "*" not in word}:
            found = find_word(company.db, "person_word", beginning)
            rows = [row for (row,) in company.db.execute(found.sql, found.values)]
            known = company.db.execute(
                "SELECT DISTINCT row FROM company.person_word WHERE instr(word, ?) = 1",
                (beginning,),
            )
            assert sorted(rows) == sorted(row for (row,) in known), beginning
