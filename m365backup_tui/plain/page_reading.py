"""A page of the wizard as lines in reading order. Reads the widgets that are shown; decides nothing about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import Widget

from m365backup_tui.plain.grammar import PART
from m365backup_tui.plain.words import columns_line, row_of, spoken
from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.address_box import AddressBox
from m365backup_tui.screens.widgets.address_link import AddressLink
from m365backup_tui.screens.widgets.entry import Entry, EntryInput
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.lines import StatusLine
from m365backup_tui.screens.widgets.progress import ProgressLine
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.qr import QrCode
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.stepbar import StepBar, StepState
from m365backup_tui.screens.widgets.titlebar import TitleBar

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")

StartOf = Callable[[RowList], int]


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines that belong together. Of a list: its name, and which row (by number from 1) was told as what."""

    lines: tuple[str, ...]
    name: str | None = None
    ids: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A page as it was at one moment. `page` tells one page from another."""

    page: int
    who: str = ""
    step: str = ""
    blocks: tuple[Block, ...] = ()
    status: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines of the page."""
        return tuple(line for block in self.blocks for line in block.lines)

    def heard(self, listing: RowList) -> dict[int, str]:
        """Which row of a list was told under which number: number -> id of the row."""
        return {n: key for b in self.blocks if b.name == (listing.id or "") for n, key in b.ids}


_numbers: WeakKeyDictionary[Screen[Any], int] = WeakKeyDictionary()
_next_number = count(1)


def number_of(screen: Screen[Any]) -> int:
    """A number of its own for each page (`id` is given to another one when a page is gone)."""
    if screen not in _numbers:
        _numbers[screen] = next(_next_number)
    return _numbers[screen]


def read(screen: Screen[Any], start_of: StartOf) -> Reading:
    """What the page says now. `start_of`: the first row that is told of a list."""
    number = number_of(screen)
    if isinstance(screen, Page) and screen.is_mounted:  # else it is still being put together
        with suppress(NoMatches):  # or is being taken apart
            return _read(screen, number, start_of)
    return Reading(number)


def _read(page: Page[Any], number: int, start_of: StartOf) -> Reading:
    blocks = tuple(_blocks(page.query_one("#body"), start_of))
    if alone := tuple(_alone(blocks, page.copyable())):
        blocks = (*blocks, Block(alone))
    status = page.query_one("#status", StatusLine)
    return Reading(number, _who(page), _step(page), blocks, spoken(status.text))


def _blocks(widget: Widget, start_of: StartOf) -> Iterator[Block]:
    for child in widget.children:
        if not child.display or isinstance(child, QrCode):
            continue  # a picture: the link it stands for is on the page too
        if isinstance(child, Prose):
            yield from _some(tuple(filter(None, map(spoken, child.text.splitlines()))))
        elif isinstance(child, RowList):
            yield _list(child, start_of(child))
        elif isinstance(child, Entry):
            yield from _some(tuple(_entry(child)))
        elif isinstance(child, AddressLink | ProgressLine):
            yield from _some(child.as_lines())
        elif hasattr(child, "takes_text"):
            text = str(getattr(child, "text", ""))
            lines = len([line for line in text.splitlines() if line.strip()])
            yield Block((f"Box for many lines: {lines:,} so far.",))
        else:
            yield from _blocks(child, start_of)


def _alone(blocks: tuple[Block, ...], copyable: str) -> Iterator[str]:
    """Links, and the code or id that the page offers to copy, each on a line of its own."""
    lines = [line for block in blocks for line in block.lines]
    links = [
        link for line in lines if not line.startswith("Field ") for link in _LINK.findall(line)
    ]
    wanted = [one for one in dict.fromkeys([*links, copyable]) if one and one not in lines]
    if wanted:
        yield "On lines of their own, to copy:"
        yield from wanted


def _some(lines: tuple[str, ...]) -> Iterator[Block]:
    if lines:
        yield Block(lines)


def _list(rows: RowList, start: int) -> Block:
    part = range(start, min(len(rows.shown.rows), start + PART))
    ids = tuple((i + 1, rows.shown.rows[i].id) for i in part)
    return Block(list_lines(rows, start), rows.id or "", ids)


def list_lines(rows: RowList, start: int) -> tuple[str, ...]:
    """One part of a list, with what the columns are and how much there is."""
    shown = rows.shown
    total = len(shown.rows)
    if not total:
        return (spoken(shown.empty),) if shown.empty else ()
    last = min(total, start + PART)
    lines = [columns_line(shown.columns)] if shown.header else []
    lines += [row_of(shown, i) for i in range(start, last)]
    if total > PART:
        lines.append(
            f"Rows {start + 1:,} to {last:,} of {total:,}; more, less, or list and a number."
        )
    return tuple(lines)


def _entry(entry: Entry) -> Iterator[str]:
    field = next(iter(entry.query(EntryInput)), None)
    if field is None:  # its page is still being put together
        return
    value = ("(not shown)" if field.value else "") if field.password else field.value
    label = name_of(entry)
    yield f"{f'Field {label}' if label else 'Field for your text'}: {value or 'empty'}."
    for trouble in entry.query("#entry-error").results(Prose):
        if trouble.display and trouble.text:
            yield f"not ok: {spoken(trouble.text)}"


def name_of(entry: Entry) -> str:
    """What a field is called; "" for one without a name."""
    words = "".join(prose.text for prose in entry.query("#entry-label").results(Prose))
    label = words.strip().rstrip(":").strip()
    return label if any(char.isalnum() for char in label) else ""


def _who(page: Page[Any]) -> str:
    bars = page.query(TitleBar)
    if not bars:
        return ""
    facts = bars.first().facts
    parts = ["practice" if facts.practice else "", facts.tenant, facts.account]
    return "; ".join(part for part in parts if part)


def _step(page: Page[Any]) -> str:
    bars = page.query("#steps").results(StepBar)
    steps = next(iter(bars)).steps if page.query("#steps") else ()
    for number, step in enumerate(steps, 1):
        if step.state is StepState.CURRENT:
            return f"Step {number} of {len(steps)}: {step.title}"
    return ""


# What can be typed


def field_of(page: Screen[Any]) -> Widget | None:
    """The field or box that the cursor is in."""
    focused = page.focused
    return focused if getattr(focused, "takes_text", False) else None


def is_secret(page: Screen[Any]) -> bool:
    """Whether what is typed next must not be seen."""
    field = field_of(page)
    address = field is not None and any(isinstance(one, AddressBox) for one in field.ancestors)
    return bool(getattr(field, "password", False)) or address


def list_of(page: Screen[Any]) -> RowList | None:
    """The list that numbers mean: where the cursor is, else the first that is shown."""
    if isinstance(page.focused, RowList):
        return page.focused
    return next((rows for rows in page.query(RowList) if _visible(rows)), None)


def is_only_read(page: Screen[Any]) -> bool:
    """Whether the rows of the page are no choice: Enter does what it does whichever row the cursor is on."""
    listing = list_of(page)
    main = next((key for key in keys_of(page) if key.key == "enter"), None)
    return listing is not None and not listing.shown.boxes and main is not None and bool(main.do)


def _visible(widget: Widget) -> bool:
    return all(getattr(one, "display", True) for one in widget.ancestors_with_self)


def keys_of(page: Screen[Any]) -> tuple[Key, ...]:
    """The keys that the page names now, the main one first, each once."""
    if not isinstance(page, Page) or not page.is_mounted:
        return ()
    found: dict[str, Key] = {}
    with suppress(NoMatches):  # it may be taken apart just now
        own = page.typing_keys() if field_of(page) is not None else page.page_keys()
        for key in (*own, *page.all_keys()):
            found.setdefault(key.key, key)
    return tuple(found.values())


def offer(page: Screen[Any]) -> str:
    """One line: what an empty line does, and what else can be typed."""
    field, keys = field_of(page), keys_of(page)
    colon = ":" if field is not None else ""
    main = next((key for key in keys if key.key == "enter"), None)
    words = [_asks(page, field, keys)] if field is not None else []
    if main is not None and main.enabled:
        words.append(f"Empty line: {main.label}{'' if main.do else _here(page)}.")
    elif main is None and field is None and _here(page):
        words.append(f"Empty line: choose{_here(page)}.")
    if isinstance(page.focused, RowList) and page.focused.shown.boxes:
        does = next((key.label for key in keys if key.key == "space"), "Mark the row, or not")
        words.append(f"A number: {does}.")
    names = [
        f"{colon}{typed_name(key)}: {key.label}"
        for key in keys
        if key.key not in {"enter", "space", "pagedown", "pageup"}
        and key.enabled
        and (field is None or len(key.key) > 1)
    ]
    return " ".join(
        [*words, "Commands:", "; ".join([*names, f"{colon}keys", f"{colon}help"]) + "."]
    )


def _asks(page: Screen[Any], field: Widget, keys: tuple[Key, ...]) -> str:
    entry = field.parent.parent if isinstance(field.parent, Widget) else None
    hidden = " It is not shown." if is_secret(page) else ""
    if isinstance(entry, Entry):
        value = "" if is_secret(page) else entry.value
        now = f" (now: {value})" if value else ""
        name = name_of(entry)
        return f"Type {f'a text for the field {name}' if name else 'your text'}{now}.{hidden}"
    main = next((key for key in keys if key.enabled), None)
    then = f" An empty line: {main.label}." if main is not None else ""
    return f"Type or paste lines.{then}"


def typed_name(key: Key) -> str:
    """What to type for a key."""
    return {"escape": "back", "ctrl+q": "leave"}.get(key.key, key.shown.casefold())


def _here(page: Screen[Any]) -> str:
    rows = page.focused
    if not isinstance(rows, RowList) or rows.shown.boxes or rows.current is None:
        return ""
    line = row_of(rows.shown, rows.cursor)
    number, _, words = line.partition(". ")
    if rows.current.disabled:
        return f" (row {number}, which cannot be chosen)"
    return f" (row {number}, {'; '.join(words.split('; ')[:2])})"
