"""Text that wraps: plain words from anywhere, no markup, repainted only when they change."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from m365backup_tui.screens.widgets.text import clean_lines

Span = tuple[str, str]
"""A piece of text and its tone, such as `("Not yet.", "warn")`; see paint.TONES."""

_STYLES = {
    "plain": "",
    "strong": "bold",
    "dim": "dim",
    "off": "dim",
    "accent": "$accent",
    "ok": "$success",
    "warn": "$warning",
    "error": "$error",
    "badge": "reverse",
    "cursor": "reverse",
}


class Prose(Static):
    """Wrapping text. `text.show("Nothing has been written yet.")` or a sequence of spans.

    Brackets in data stay brackets: nothing is read as markup. Example::

        Prose("You can set up everything except Exchange.", id="summary")
        self.query_one("#summary", Prose).show([("Ready. ", "ok"), ("Press Enter.", "plain")])
    """

    def __init__(
        self,
        text: str | Sequence[Span] = "",
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        self._spans = _spans(text)
        super().__init__(_content(self._spans), markup=False, id=id, classes=classes)

    @property
    def text(self) -> str:
        """The words without their tones."""
        return "".join(text for text, _ in self._spans)

    def show(self, text: str | Sequence[Span]) -> None:
        """Replace the text; nothing happens when it is the same as before."""
        spans = _spans(text)
        if spans == self._spans:
            return
        before, self._spans = self.text, spans
        self.update(_content(spans), layout=self.text != before)


def _spans(text: str | Sequence[Span]) -> tuple[Span, ...]:
    pieces = [(text, "plain")] if isinstance(text, str) else text
    return tuple((_clean(words), tone) for words, tone in pieces)


def _clean(words: str) -> str:
    end = "\n" if words.endswith("\n") else ""
    return clean_lines(words) + end


def _content(spans: tuple[Span, ...]) -> Content:
    return Content.assemble(*((words, _STYLES.get(tone, "")) for words, tone in spans))
