"""Choosing from a group and from a CSV file in a real terminal: what a policy holds already is moved when asked for."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.admin import at_a_quick_edit


def test_a_group_and_a_list_into_a_new_policy_with_a_move(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_bytes(
        "#TYPE System.Object\r\nName;Mail\r\n"
        "Adele;adele.vance@northwindlabs.onmicrosoft.com\r\n"
        "Nobody;nobody@northwindlabs.onmicrosoft.com\r\n"
        "Site;https://northwindlabs.sharepoint.com/sites/x\r\n".encode("utf-16")
    )
    with at_a_quick_edit(tmp_path) as admin:
        admin.press("down", "enter")
        admin.sees("Name the new OneDrive policy")
        admin.press("enter")
        admin.sees("2,048 match")
        admin.press("i")
        admin.sees("Ctrl+G")
        admin.press("ctrl+g")
        admin.sees("Take the accounts of everybody")
        admin.press("/")
        admin.type("sg legal")
        admin.press("enter")
        admin.sees("SG Legal leads")
        admin.press("enter")
        admin.sees("people, with those of 1 group in it")
        admin.press("enter")
        admin.sees("117 of 124 members of group “SG Legal” can be protected; 7 have a problem.")
        admin.press("enter")
        admin.sees("Choose for “OneDrive”: 117 accounts")
        admin.press("i")
        admin.sees("Or a file:")
        admin.press("tab")
        admin.type(str(people))
        admin.press("enter")
        admin.reads(
            "UTF-16, semicolons, header in row 2, addresses under “Mail”",
            "0 of 3 rows of people.csv can be protected; 3 have a problem.",
        )
        admin.sees("T Move 1 too")
        admin.press("t")
        admin.sees("Take 1 account")
        admin.sees("no new backups")
        admin.press("enter")
        admin.sees("Choose for “OneDrive”: 118 accounts")
        admin.press("/")
        admin.type("adele vance")
        admin.reads("1 match", "[x] Adele Vance", "moves from")
        admin.press("escape", "escape", "ctrl+q")
