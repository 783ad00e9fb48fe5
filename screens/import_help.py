"""What ? shows on the import page: what is understood, and every key that works."""

from __future__ import annotations

from m365backup_tui.domain.limits import CSV_ROWS
from m365backup_tui.screens.help_text import HelpText


def import_help(*, people: bool) -> HelpText:
    """`people`: accounts or mailboxes, which can be in a group."""
    group = (("Ctrl+G", "take who is in a group now"),) if people else ()
    return HelpText(
        "Addresses or links, one a line; a CSV file with or without a header; or a usage report of the "
        "Microsoft 365 admin center. Every row is looked up; rows with a problem are shown, never dropped.",
        f"The admin center takes at most {CSV_ROWS:,} rows a file (Learn, 2026-08-21).",
        (
            ("Ctrl+R", "check what is in the box"),
            ("Enter", "in the file line: check the file"),
            *group,
            ("T", "take what other policies hold as well: it leaves them and joins this one"),
            ("H", "the first row was taken for a header and is none, or the other way round"),
            (
                "Esc",
                "from the result to what you gave; it is kept until you leave the list of units",
            ),
        ),
    )
