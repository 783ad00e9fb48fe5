"""What a page asks for now: a line that was typed for another question is not used on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.screen import Screen

from m365backup_tui.plain.page_reading import Reading, field_of, keys_of, number_of
from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.entry import EntryInput


@dataclass(frozen=True, slots=True)
class Question:
    """`main`: what an empty line does. `field`: the field that waits for a text. A box for many lines is one question
    however much is in it."""

    page: int
    step: str = ""
    main: str = ""
    field: str = ""


def question(page: Screen[Any], now: Reading) -> Question:
    """Of this page, which was read as `now`."""
    number, field = number_of(page), field_of(page)
    if field is not None and not isinstance(field, EntryInput):
        return Question(number, now.step, field="box")
    main = next((key for key in keys_of(page) if key.key == "enter" and key.enabled), None)
    where = field.parent.parent if field is not None and field.parent is not None else None
    return Question(
        number,
        now.step,
        main.label if main is not None else "",
        f"field {getattr(where, 'id', '')}" if field is not None else "",
    )


def is_for_another(line: str, asked: Question, now: Question) -> bool:
    """Whether a line must not be used: another page, or a text or an empty line where that means something else now."""
    if asked.page != now.page:
        return True
    risky = not line.strip() or (bool(now.field) and not line.startswith(":"))
    return asked != now and risky


def wrong(page: Screen[Any], now: Reading) -> list[str]:
    """Why the text of the field is not taken: told each time, as it stands beside the field where it is drawn."""
    if not isinstance(page, Page) or field_of(page) is None:
        return []
    return [line for line in now.lines if line.startswith("not ok: ")]
