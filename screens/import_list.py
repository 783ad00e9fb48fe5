"""Import a list: paste lines, name a file or take a group, see what is wrong with which row, take the good ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.lists import ListCheck
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.from_group import FromGroupScreen
from m365backup_tui.screens.import_given import Given
from m365backup_tui.screens.import_help import import_help
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views.list_words import (
    none_words,
    read_words,
    result_rows,
    rule_words,
    source_words,
    summary,
)
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.pastebox import PasteBox
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State

_COLUMNS = (
    Column("Row", 6, align="right"),
    Column("Column", 10, drop=2),
    Column("Value", weight=2),
    Column("What is wrong", weight=3),
)


class ImportScreen(SubPage):
    """`taken` holds the units when the page closes after Enter; nothing else is changed by it. A unit that names a
    policy is to be moved from there."""

    def __init__(self, draft: Draft, given: Given | None = None) -> None:
        """`given`: what was here before; it follows what is here now."""
        super().__init__()
        self.taken: tuple[Candidate, ...] = ()
        self._draft = draft
        self._people = draft.product is not Product.SHAREPOINT
        self._before: Remote[ListCheck] | None = None
        self._kept_before: Remote[str] | None = None
        self._given = given or Given()
        # What became of what was given, while nothing else is to be told.
        self._still = (
            "What you gave before is still here. F7 marks all of it." if self._given.there else ""
        )
        self._again: Callable[[bool | None], None] | None = None  # the same list, read another way
        self._shown: ListCheck | None = None
        self._moving = False
        self._with_moves: tuple[ListCheck, ListCheck] | None = (
            None  # a check, and the same with its moves
        )

    def content(self) -> Iterable[Widget]:
        """Box, file and what choosing means, then the result."""
        yield PasteBox(placeholder=f"Paste {self._draft.product.units} here, one a line", id="box")
        yield Entry(
            "Or a file:", self._given.file, placeholder="~/list.csv, or a usage report", id="file"
        )
        yield Prose(source_words(self._draft.product), id="sources")
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
            group = (Key("ctrl+g", "From a group", do="group"),) if self._people else ()
            return (
                Key("ctrl+r", "Check this text", do="check"),
                Key("tab", "File line"),
                *group,
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
            *self._move_keys(view),
            *self._header_keys(check),
            Key(
                "w",
                f"Save {bad:,} others",
                do="write",
                enabled=bad > 0,
                why_not="Every row is good: there is nothing to write.",
            ),
            Key("e", "Other source" if check.of_group else "Edit", do="edit"),
        )

    def _move_keys(self, view: State) -> tuple[Key, ...]:
        moves = view.checked.value.moves if view.checked.value else 0
        if not moves:
            return ()
        words = "Move none" if self._moving else f"Move {moves:,} too"
        return (Key("t", words, do="moves"),)

    def _header_keys(self, check: ListCheck) -> tuple[Key, ...]:
        """Where the first row was only guessed to be a header, or may be one although it was read as data."""
        how = check.read_as
        if how is None:
            return ()
        if how.guessed:
            return (Key("h", f"Row {how.first_row} is data", do="header"),)
        if not how.header and any(p.row == how.first_row for p in check.problems):
            return (Key("h", f"Row {how.first_row} is a header", do="header"),)
        return ()

    def help(self) -> HelpText:
        """What is understood."""
        return import_help(people=self._people)

    def waits(self, state: State) -> Remote[Any] | None:
        """The check, once it was asked for here."""
        return state.checked if self._before is not None else None

    def at_rest(self, state: State) -> str:
        """That a check was stopped, what moves mean, or where the rows with a problem were written."""
        if self._still and self._before is None:
            return self._still
        kept = state.problems_file
        if self._kept_before is not None and kept is not self._kept_before and not kept.busy:
            return kept.error.what if kept.error is not None else f"Written to {kept.value}"
        if self._moving:
            return "Moved units leave their policy first: until they have joined, no new backups."
        return ""

    @on(RowList.Moved, "#rows")
    def _reads(self) -> None:
        self._show_rule(self._check(self.view))

    def _show_rule(self, check: ListCheck | None) -> None:
        """The row under the cursor with all its words: its columns are narrow."""
        row = self.query_one("#rows", RowList).current
        problem = check.problems[int(row.id)] if check and row and row.id.isdigit() else None
        self.query_one("#rule", Prose).show(rule_words(problem) if problem else "")

    def on_mount(self) -> None:
        """Begin in the box, with what was in it."""
        box = self.query_one("#box", PasteBox)
        box.focus()
        if self._given.text:
            self.call_later(box.fill, self._given.text)

    @on(PasteBox.Edited, "#box")
    def _pasted(self, event: PasteBox.Edited) -> None:
        self._given.text = event.text

    @on(Entry.Edited, "#file")
    def _named(self, event: Entry.Edited) -> None:
        self._given.file = event.value

    def _check(self, view: State) -> ListCheck | None:
        """The result of a check asked for on this page, once it is there; with its moves where they are wanted."""
        checked = view.checked
        fresh = self._before is not None and checked is not self._before
        if not fresh or checked.busy or checked.error is not None or checked.value is None:
            return None
        if not self._moving:
            return checked.value
        if self._with_moves is None or self._with_moves[0] is not checked.value:
            self._with_moves = (checked.value, checked.value.with_moves())
        return self._with_moves[1]

    def render_view(self, view: State) -> None:
        """The box, or the result in its place."""
        super().render_view(view)
        check = self._check(view)
        rows = self.query_one("#rows", RowList)
        for name in ("#box", "#file", "#sources"):
            self.query_one(name).display = check is None
        rows.display = self.query_one("#rule").display = check is not None
        result = self.query_one("#result", Prose)
        result.display = check is not None
        if check is not None:
            if check is not self._shown:  # counting 100,000 rows takes its time
                self._shown = check
                result.show(self._result(check))
                rows.show(result_rows(check))
            self._show_rule(check)
            if self.focused is not rows:
                rows.focus()

    def _result(self, check: ListCheck) -> list[tuple[str, str]]:
        words = [(f"{none}\n", "plain")] if (none := none_words(check)) else []
        return [*words, (read_words(check, self._draft.add), "dim")]

    # Keys

    def _begin(self, ask: Callable[[bool | None], None]) -> None:
        self._again, self._moving = ask, False
        self._before = self.view.checked
        ask(None)

    def action_check(self) -> None:
        """Ctrl+R: look up what was pasted."""
        text = self.query_one("#box", PasteBox).text
        if not text.strip():
            self.say("The box is empty: paste something first.", "warn")
            return
        self._begin(lambda header: self.wizard.check_text(self._draft, text, header))

    @on(Entry.Entered, "#file")
    def _file(self, event: Entry.Entered) -> None:
        if not event.value.strip():
            self.action_check()
            return
        path = Path(event.value.strip()).expanduser()
        self._begin(lambda header: self.wizard.check_file(self._draft, path, header))

    async def action_group(self) -> None:
        """Ctrl+G: who is in a group now."""
        page = FromGroupScreen(self._draft)
        await self.open(page, lambda _: self._from_group(page))

    def _from_group(self, page: FromGroupScreen) -> None:
        group = page.taken
        if group is not None:
            self._begin(lambda _: self.wizard.check_group(self._draft, group))

    def action_header(self) -> None:
        """H: the first row is what it was not taken for."""
        check = self.view.checked.value
        if check is not None and check.read_as is not None and self._again is not None:
            self._before, self._moving = self.view.checked, False
            self._again(not check.read_as.header)

    def action_moves(self) -> None:
        """T: with or without what other policies hold."""
        self._moving = not self._moving
        self.show_view()

    def action_edit(self) -> None:
        """E: back to the box; what was pasted is still in it."""
        self._before = self._kept_before = None
        self._still, self._moving = "", False
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
            if not (check.problems or check.of_group):  # rows with a problem can still be corrected
                self._given.forget()
            self.dismiss(None)

    def action_back(self) -> None:
        """Esc: ends a check that is going on; from the result to what was given; then away from this page."""
        if self._before is not None and self.view.checked.busy:
            self.wizard.stop_checking()
            self.action_edit()
            self._still = "The check was stopped. What you gave is still here."
            self.show_view()
        elif self._check(self.view) is not None:
            self.action_edit()
        else:
            super().action_back()
