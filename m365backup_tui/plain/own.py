"""Commands that only plain mode has: they tell more of a page and change nothing of it."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from textual.screen import Screen

from m365backup_tui.plain.grammar import HELP, PART, Say
from m365backup_tui.plain.page_reading import (
    Reading,
    field_of,
    keys_of,
    list_lines,
    list_of,
    typed_name,
)
from m365backup_tui.plain.words import row_of, spoken
from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList

Starts = WeakKeyDictionary[RowList, int]
"""Of each list the first row that is told."""

_NO_LIST = "There is no list on this page."


def answer(page: Screen[Any], wish: Say, now: Reading, starts: Starts) -> tuple[str, ...]:
    """The lines that answer a command; `more`, `less` and `list` move on in `starts`."""
    if wish.what == "help":
        return HELP
    if wish.what == "keys":
        return all_keys(page)
    if wish.what == "status":
        return (f"Status: {now.status or 'no news'}",)
    if wish.what == "copy":
        text = page.copyable() if isinstance(page, Page) else ""
        return (text or "There is nothing to copy on this page.",)
    return _part(list_of(page), wish, starts)


def all_keys(page: Screen[Any]) -> tuple[str, ...]:
    """Every command of the page, and why one does nothing now."""
    keys = (*keys_of(page), *(page.app_keys if isinstance(page, Page) else ()))
    colon = ":" if field_of(page) is not None else ""
    return tuple(
        f"{colon}{typed_name(key)}: {key.label}"
        + ("" if key.enabled else f" (not now: {key.why_not or 'it does nothing here yet'})")
        for key in keys
    )


def is_row(listing: RowList, wanted: str) -> bool:
    """Whether the list has a row of this number."""
    return wanted.isdecimal() and 1 <= int(wanted) <= len(listing.shown.rows)


def no_such_row(listing: RowList | None, word: str) -> str:
    """What to type instead."""
    if listing is None:
        return _NO_LIST
    many = len(listing.shown.rows)
    return (
        f"Type {word} and the number of a row, from 1 to {many:,}."
        if many
        else "The list is empty."
    )


def all_about(page: Screen[Any], listing: RowList, now: Reading) -> str:
    """The row under the cursor, and what the page explains about it; not what the page says anyway."""
    row = listing.current
    if row is None:
        return "The list is empty."
    first = row_of(listing.shown, listing.cursor)
    asides = page.query("#explains").results(Prose)
    more = [spoken(line) for aside in asides for line in aside.text.splitlines()]
    known = {"", first, *now.lines}
    return "\n".join([first, *(line for line in more if line not in known)])


def _part(listing: RowList | None, wish: Say, starts: Starts) -> tuple[str, ...]:
    if listing is None:
        return (_NO_LIST,)
    many, start = len(listing.shown.rows), starts.get(listing, 0)
    if wish.what == "list" and wish.rest:
        wanted = wish.rest.replace(",", "")
        if not is_row(listing, wanted):
            return (no_such_row(listing, "list"),)
        start = int(wanted) - 1
    elif wish.what == "more":
        if start + PART >= many:
            return ("That was the last part of the list.",)
        start += PART
    elif wish.what == "less":
        if start == 0:
            return ("This is the first part of the list.",)
        start = max(0, start - PART)
    starts[listing] = start
    return list_lines(listing, start) or ("The list is empty.",)
