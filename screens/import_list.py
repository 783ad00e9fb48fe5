"""Import a list: paste lines or name a file, see what is good and what is wrong with the rest, take the good."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.limits import CSV_ROWS
from m365backup_tui.domain.lists import ListCheck
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.base import BACK, HelpText, Key
from m365backup_tui.screens.sub_page import HELP_WHILE_TYPING, SubPage
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.pastebox import PasteBox
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, LazyRows, Row
from m365backup_tui.state import Remote, State

_COLUMNS = (
    Column("Row", 6, align="right"),
    Column("Column", 10, drop=2),
    Column("Value", weight=2),
    Column("What is wrong", weight=3),
)


class ImportScreen(SubPage):
    """`taken` holds the units when the page closes after Enter; nothing else is changed by it."""

    ALWAYS = (HELP_WHILE_TYPING, BACK)

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.taken: tuple[Candidate, ...] = ()
        self._draft = draft
        self._before: Remote[ListCheck] | None = None
        self._kept_before: Remote[str] | None = None
        self._stopped = False  # a check, by Esc

    def content(self) -> Iterable[Widget]:
        """Box and file, then the result."""
        yield PasteBox(placeholder=f"Paste {self._draft.product.units} here, one a line", id="box")
        yield Entry("Or a file:", placeholder="~/list.csv", id="file")
        yield Prose(id="result")
        yield RowList(_COLUMNS, id="rows")
        yield Prose(id="rule", classes="above")

    def heading(self, view: State) -> str:
        """What this is for."""
        check = self._check(view)
        if check is None:
            return (
                f"Paste {self._draft.product.units} for “{self._draft.name}”, or name a CSV file."
            )
        return summary(check)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Check first, then take."""
        check = self._check(view)
        if check is None and self._before is not None and view.checked.busy:
            return (Key("escape", "Stop checking", do="back"),)
        if check is None:
            return (
                Key("ctrl+r", "Check what I pasted", do="check"),
                Key("tab", "To the file line"),
                *self.trouble_keys(view),
            )
        bad = len(check.problems)
        return (
            Key(
                "enter",
                f"Take {len(check.good):,}",
                enabled=bool(check.good),
                why_not="No row is good: E goes back to the text.",
            ),
            Key(
                "w",
                f"Save the {bad:,} others",
                do="write",
                enabled=bad > 0,
                why_not="Every row is good: there is nothing to write.",
            ),
            Key("e", "Edit the list", do="edit"),
        )

    def help(self) -> HelpText:
        """What is understood."""
        return HelpText(
            "Addresses or links, one a line; a CSV file with or without a header; or a usage report of the "
            "Microsoft 365 admin center. Every row is looked up; rows with a problem are shown, never dropped.",
            f"The admin center takes at most {CSV_ROWS:,} rows a file (Learn, 2026-08-21).",
            (("Ctrl+R", "check what is in the box"), ("Enter", "in the file line: check the file")),
        )

    def waits(self, state: State) -> Remote[Any] | None:
        """The check, once it was asked for here."""
        return state.checked if self._before is not None else None

    def at_rest(self, state: State) -> str:
        """That a check was stopped, or where the rows with a problem were written."""
        if self._stopped and self._before is None:
            return "The check was stopped. What you gave is still here."
        kept = state.problems_file
        if self._kept_before is None or kept is self._kept_before or kept.busy:
            return ""
        return kept.error.what if kept.error is not None else f"Written to {kept.value}"

    @on(RowList.Moved, "#rows")
    def _reads(self) -> None:
        self._show_rule(self._check(self.view))

    def _show_rule(self, check: ListCheck | None) -> None:
        """The row under the cursor with all its words: its columns are narrow."""
        row = self.query_one("#rows", RowList).current
        rule = self.query_one("#rule", Prose)
        problem = check.problems[int(row.id)] if check and row and row.id.isdigit() else None
        rule.show(f"Row {problem.row}, {problem.value}: {problem.rule}" if problem else "")

    def on_mount(self) -> None:
        """Begin in the box."""
        self.query_one("#box", PasteBox).focus()

    def _check(self, view: State) -> ListCheck | None:
        """The result of a check asked for on this page, once it is there."""
        checked = view.checked
        fresh = self._before is not None and checked is not self._before
        if not fresh or checked.busy or checked.error is not None:
            return None
        return checked.value

    def render_view(self, view: State) -> None:
        """The box, or the result in its place."""
        super().render_view(view)
        check = self._check(view)
        box, file, rows = (
            self.query_one("#box"),
            self.query_one("#file"),
            self.query_one("#rows", RowList),
        )
        box.display = file.display = check is None
        rows.display = self.query_one("#rule").display = check is not None
        result = self.query_one("#result", Prose)
        result.show(none_words(check) if check else "")
        result.display = check is not None and not check.good
        if check is not None:
            rows.show(result_rows(check))
            self._show_rule(check)
            if self.focused is not rows:
                rows.focus()

    # Keys

    def action_check(self) -> None:
        """Ctrl+R: look up what was pasted."""
        text = self.query_one("#box", PasteBox).text
        if not text.strip():
            self.say("The box is empty: paste something first.", "warn")
            return
        self._before = self.view.checked
        self.wizard.check_text(self._draft.product, text)

    @on(Entry.Entered, "#file")
    def _file(self, event: Entry.Entered) -> None:
        if not event.value.strip():
            self.action_check()
            return
        self._before = self.view.checked
        self.wizard.check_file(self._draft.product, Path(event.value.strip()).expanduser())

    def action_edit(self) -> None:
        """E: back to the box; what was pasted is still in it."""
        self._before = self._kept_before = None
        self._stopped = False
        self.show_view()
        self.query_one("#box", PasteBox).focus()

    def action_write(self) -> None:
        """W: the rows with a problem, as a CSV file that can be corrected and imported."""
        check = self._check(self.view)
        if check is not None:
            self._kept_before = self.view.problems_file
            self.wizard.keep_problems(check)

    @on(RowList.Chosen, "#rows")
    def _chosen(self) -> None:
        check = self._check(self.view)
        if check is not None and check.good:  # on whatever row: the key bar promises it
            self.taken = check.good
            self.dismiss(None)

    def action_back(self) -> None:
        """Esc: ends a check that is going on; then, or without one, away from this page."""
        if self._before is not None and self.view.checked.busy:
            self.wizard.stop_checking()
            self.action_edit()
            self._stopped = True
            self.show_view()
        else:
            super().action_back()


def summary(check: ListCheck) -> str:
    """`38 of 40 rows of list.csv are good.`"""
    found = f"{len(check.good):,} of {check.rows:,} rows of {check.source} can be protected"
    if not check.problems:
        return f"{found}: press Enter to take them."
    return f"{found}; {len(check.problems):,} have a problem."


def none_words(check: ListCheck) -> str:
    """Why there is nothing to take, when there is nothing."""
    if check.good:
        return ""
    if check.problems:
        return (
            "Nothing can be taken. The list below says for each row why; E goes back to the text."
        )
    return (
        "No address was found: the list is empty, or holds only a header. E goes back to the text."
    )


def result_rows(check: ListCheck) -> LazyRows:
    """First the good ones in one row, then every problem."""
    head = int(bool(check.good))

    def row_at(index: int) -> Row:
        if index < head:
            words = f"Take {check.product.amount(len(check.good))}"
            return Row("take", ("", "", words, "Press Enter"), tone="accent")
        problem = check.problems[index - head]
        cells = (str(problem.row), problem.column, problem.value, problem.rule)
        return Row(str(index - head), cells)

    return LazyRows(head + len(check.problems), row_at)
