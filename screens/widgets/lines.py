"""Two small lines of the frame: a rule (with a hint when more is below) and the status line."""

from __future__ import annotations

from rich.cells import cell_len

from m365backup_tui.screens.widgets.paint import Painted, Part, marks_of
from m365backup_tui.screens.widgets.text import clean


class Rule(Painted):
    """A horizontal rule; `rule.hint("more below: PgDn")` writes into its right end."""

    _hint = ""

    def hint(self, text: str) -> None:
        """Show `text` in the rule, or nothing for the empty string."""
        if text != self._hint:
            self._hint = text
            self.refresh()

    def paint(self, y: int, width: int) -> list[Part]:
        """The rule over the whole width."""
        rule = marks_of(self).rule
        if not self._hint:
            return [Part(rule * width, "dim")]
        text = f" {self._hint} "
        left = max(0, width - cell_len(text) - 2)
        return [Part(rule * left, "dim"), Part(text), Part(rule * 2, "dim")]


class StatusLine(Painted):
    """News in place, never a toast. `line.show("Saved.", "ok")`; the tone is one of `TONES`."""

    text = ""
    _tone = "plain"

    def show(self, text: str, tone: str = "plain") -> None:
        """Show one line of text; nothing is sent when it is the same."""
        text = clean(text)
        if (text, tone) != (self.text, self._tone):
            self.text, self._tone = text, tone
            self.refresh()

    def paint(self, y: int, width: int) -> list[Part]:
        """A sign for the tone (never colour alone), then the text."""
        if not self.text:
            return []
        marks = marks_of(self)
        sign = {"ok": marks.sign("ok"), "warn": "!", "error": marks.sign("no")}.get(self._tone)
        lead = f" {sign} " if sign else " "
        return [Part(lead, self._tone), Part(self.text, self._tone)]
