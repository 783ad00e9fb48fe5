"""What of a page is told: all of a new one, of the same one only what changed."""

from __future__ import annotations

from collections.abc import Callable

from m365backup_tui.plain.page_reading import Block, Reading
from m365backup_tui.plain.words import without_numbers, without_times

_MOST_TICKS = 3  # lines that only count on, told at a time


def whole(now: Reading, before: Reading | None) -> list[str]:
    """The page from its first word. Who is signed in is told when it is news."""
    head = ["", now.step] if now.step else [""]
    if now.who and (before is None or now.who != before.who):
        head.append(f"Tenant and account: {now.who}.")
    return [*head, *now.lines, *_status(now)]


def changes(before: Reading, now: Reading, *, by_hand: bool) -> list[str]:
    """What is new since `before`. `by_hand`: the person did something, so that numbers that differ are told too;
    else a count that goes on is no news."""
    if now.page != before.page or now.step != before.step:
        return whole(now, before)
    same = without_times if by_hand else without_numbers
    known = {same(line) for line in before.lines}
    lists = {block.ids for block in before.blocks}
    told = [line for block in now.blocks for line in _new_in(block, known, lists, same)]
    if len(told) > 4 and len(told) * 3 > len(now.lines) * 2:
        told = list(now.lines)  # it is another page in all but name
    if now.who and now.who != before.who:
        told.insert(0, f"Tenant and account: {now.who}.")
    if same(now.status) != same(before.status):
        told += _status(now)
    return told


def again(seen: Reading, now: Reading, before: Reading) -> list[str]:
    """A page that was told before and is shown again: its step and heading, and what is new on it."""
    new = changes(seen, now, by_hand=True)
    head = [line for line in (now.step, *now.lines[:1]) if line and line not in new]
    if now.who and now.who not in (before.who, seen.who):
        head.append(f"Tenant and account: {now.who}.")
    return ["", *head, *[line for line in new if line], "Type page to hear all of this page."]


def _new_in(
    block: Block,
    known: set[str],
    lists: set[tuple[tuple[int, str], ...]],
    same: Callable[[str], str],
) -> list[str]:
    if block.name is not None and block.ids not in lists:
        return list(block.lines)  # a number means another row now
    return [line for line in block.lines if same(line) not in known]


def ticks(before: Reading, now: Reading) -> list[str]:
    """Lines that count on: seconds of a wait, items of a run. The status line first."""
    known = set(before.lines)
    lines = [line for line in now.lines if line not in known]
    status = _status(now) if now.status != before.status else []
    return [*status, *lines][:_MOST_TICKS]


def _status(now: Reading) -> list[str]:
    return [f"Status: {now.status}"] if now.status else []
