"""What a typed line means: a few values, worked out from the line and from whether a text field waits for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

PART = 20
"""Rows of a list that are told at a time."""

START = (
    "Plain mode: every page of the wizard as text. Type a line and press Enter.",
    "A number chooses that row; a word or letter from the list of commands does what it says; an empty line "
    "does the main thing.",
    "Where a text is asked for, your line is the text, and commands begin with a colon, as in :back. "
    "Type help (or :help) for more.",
)

HELP = (
    "How to type in plain mode",
    "An empty line does the main thing of the page: what is named after the words Empty line.",
    "A number, such as 3, chooses that row of the list. In a list with several choices it chooses the row or takes "
    "it back; 1 4 6-9 does that with several rows.",
    "A letter or word from the commands of the page does what it says: r, v, f8, or the words themselves.",
    "back: one page back (the same as Esc). leave: leave the wizard; it asks first, as Ctrl+C does.",
    "page: read the page again. list: read this part of the list again; list 200 reads from row 200.",
    f"more and less: the next or the last {PART} rows. at 7: go to row 7 and hear all about it, choosing nothing.",
    "find WORDS: search in the list. keys: all commands of this page. ?: what this page is for. status: the news "
    "line again. next: the next field or list of the page. copy: the code or link on a line of its own.",
    "Where a text is asked for, the whole line is the text and takes the place of what was there; an empty line "
    "keeps what is there. Then each command needs a colon in front: :back, :help, :next, :3. A text that itself "
    "begins with a colon needs two. :put WORDS fills the field and stays on the page; :put alone empties it.",
    "A passphrase is not shown while you type it. Ctrl+C asks whether to leave. Ctrl+D leaves at once; what is "
    "kept is told.",
)

_KEYS = {
    "esc": "escape",
    "escape": "escape",
    "enter": "enter",
    "space": "space",
    "tab": "tab",
    "del": "delete",
    "delete": "delete",
    "up": "up",
    "down": "down",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "home": "home",
    "end": "end",
}
_ROWS = re.compile(r"[\d,]+(?:\s*-\s*[\d,]+)?(?:[\s;]+[\d,]+(?:\s*-\s*[\d,]+)?)*$")
MOST_ROWS = 1000
"""Rows that one line may name: a choice, so that a slip of the hand is no long wait."""


@dataclass(frozen=True, slots=True)
class Say:
    """One of our own commands: help, keys, page, list, more, less, status, copy."""

    what: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Choose these rows, by number from 1."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """A key by Textual's name, or what a command of the page is called."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text for the field that waits; `enter` to go on with it."""

    text: str
    enter: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that cannot be understood, and why."""

    why: str


Asked = Say | Rows | Press | Text | Wrong

_OWN = frozenset({"help", "keys", "page", "list", "more", "less", "status", "copy", "at", "find"})


_IN_SECRET = frozenset({"help", "keys", "page", "status", "back", "leave", "next", "put"})


def asked(line: str, *, typing: bool, secret: bool = False) -> Asked:
    """What a line means. `typing`: a text field waits for it. `secret`: what is no command for certain is the text,
    so that no answer ever repeats it."""
    if any(ord(char) < ord(" ") and char != "\t" for char in line):
        return _control(line.strip(" \t"))
    if typing:
        if not line.startswith(":"):
            return Press("enter") if not line.strip() else Text(line)
        if line.startswith("::"):
            return Text(line[1:])
        if secret and line[1:].partition(" ")[0].casefold() not in _IN_SECRET:
            return Text(line)
    words = line.strip().removeprefix(":").strip()
    if not words:
        return Press("enter")
    first, _, rest = words.partition(" ")
    rest = rest.strip()
    name = first.casefold()
    if name == "put":
        return (
            Text(rest, enter=False) if typing else Wrong("put needs a field that waits for text.")
        )
    if name in _OWN and (not rest or name in {"list", "at", "find"}):
        return Say(name, rest)
    if not rest and name == "back":
        return Press("escape")
    if not rest and name in {"leave", "quit", "exit"}:
        return Press("ctrl+q")
    if not rest and name == "next":
        return Press("tab")
    if _ROWS.match(words):
        return _rows(words)
    return Press(_KEYS.get(words.casefold(), words))


def _control(line: str) -> Asked:
    """A key that a terminal turns into characters: Esc and Ctrl with a letter are meant as they are pressed."""
    if line == "\x1b":
        return Press("escape")
    if len(line) == 1:
        return Press(f"ctrl+{chr(ord(line) + 96)}")
    return Wrong(
        "That line held a key that plain mode cannot use, such as an arrow. It was not used: type it again."
    )


def _rows(words: str) -> Asked:
    numbers: list[int] = []
    for piece in re.split(r"[\s;]+", re.sub(r"\s*-\s*", "-", words)):
        # "1,200" is one number, "1,2" are two: thousands have three digits behind the comma.
        parts = [piece] if re.fullmatch(r"\d{1,3}(,\d{3})+(-[\d,]+)?", piece) else piece.split(",")
        for part in filter(None, parts):
            low, _, high = part.replace(",", "").partition("-")
            first, last = int(low), int(high or low)
            if last - first >= MOST_ROWS:
                return Wrong(f"That names too many rows: at most {MOST_ROWS:,} at a time.")
            numbers += range(first, last + 1)
    if len(numbers) > MOST_ROWS:
        return Wrong(f"That names too many rows: at most {MOST_ROWS:,} at a time.")
    return Rows(tuple(dict.fromkeys(numbers)))
