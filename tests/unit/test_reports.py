"""Usage reports are read by column name, whatever else they bring along."""

from __future__ import annotations

from datetime import date

import pytest

from m365backup_tui.cloud.reports import (
    Row,
    read_report,
    recipient_problem,
    template_problem,
    template_words,
)

HIDDEN = "0123456789ABCDEF0123456789ABCDEF"


def csv(*lines: str) -> bytes:
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n"


def test_a_site_report_with_a_byte_order_mark_and_an_empty_url() -> None:
    report = read_report(
        csv(
            "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,"
            "Last Activity Date,Storage Used (Byte),Root Web Template",
            '2026-11-19,ABC,,"Legal, the team",False,2026-11-01,2048,Group',
            "2026-11-19,DEF,https://x.sharepoint.com/sites/d,Old,True,,1,Group",
        )
    )
    assert report.rows == (Row("", "abc", "", "Legal, the team", 2048, date(2026, 11, 1), "Group"),)
    assert report.by_site() == {"abc": report.rows[0]}
    assert (report.concealed, report.refreshed) == (False, date(2026, 11, 19))


def test_columns_may_come_in_any_order_and_more_of_them() -> None:
    report = read_report(
        csv(
            "Storage Used (Byte),Brand New,user principal name,Recipient Type",
            "7,x,Ann@X.example,Shared",
        )
    )
    assert report.by_address()["ann@x.example"].size == 7
    assert report.rows[0].recipient == "Shared"


def test_concealed_names_leave_sizes_and_ids_only() -> None:
    report = read_report(
        csv(
            "Site Id,Site URL,Owner Display Name,Owner Principal Name,Storage Used (Byte)",
            f"abc,{HIDDEN},{HIDDEN},{HIDDEN},9",
        )
    )
    assert report.concealed
    assert report.rows == (Row(site_id="abc", size=9),)
    assert report.by_address() == {}


def test_a_file_that_is_no_usage_report_is_refused() -> None:
    with pytest.raises(ValueError, match="usage report"):
        read_report(b"<html>sign in to the proxy</html>")
    with pytest.raises(ValueError, match="usage report"):
        read_report(b"")


def test_a_row_with_unreadable_numbers_keeps_its_place() -> None:
    report = read_report(
        csv("User Principal Name,Storage Used (Byte),Last Activity Date", "a@b,,never")
    )
    assert report.rows == (Row("a@b"),)


@pytest.mark.parametrize(
    ("template", "words", "unsupported"),
    [
        ("Group", "group site", False),
        ("Team Site", "team site", False),
        ("Private Channel", "private channel site", False),
        ("CSPCONTAINER#0", "cspcontainer#0 site", True),
        ("policyctr", "policyctr site", True),
        ("", "", False),
    ],
)
def test_templates(template: str, words: str, unsupported: bool) -> None:
    assert template_words(template) == words
    assert bool(template_problem(template)) is unsupported


@pytest.mark.parametrize(
    ("recipient", "unsupported"),
    [("User", False), ("Shared", False), ("Room", True), ("EquipmentMailbox", True), ("", False)],
)
def test_recipients(recipient: str, unsupported: bool) -> None:
    assert bool(recipient_problem(recipient)) is unsupported
