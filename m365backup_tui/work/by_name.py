"""Units of one policy by what a person types: a name, an address, a URL, or the path of a list.

The same look-up as the one-line edit of the command line (work/quick_edit.py); the answer is for a page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.wish_drafts import Compared
from m365backup_tui.events import NAMED, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools
from m365backup_tui.state import NamedUnits
from m365backup_tui.work import quick_edit

_LISTS = (".csv", ".txt", ".tsv")
_SPOKEN = 8  # problems told on the page; the rest is counted


async def look(tools: Tools, policy: Policy, words: str, *, removing: bool) -> AsyncIterator[Event]:
    """Events on NAMED. Read anew, so that it is judged by what is true now."""
    yield Began(NAMED, tools.clock.now(), f"Looking up {words.strip()}")
    try:
        path = await asyncio.to_thread(_list_named, words.strip())
        edit = _edit(policy, words.strip(), path, removing=removing)
        found = await quick_edit.draft_for(tools, edit, policy, await tools.backup.policies())
    except CloudError as error:
        yield Broke(NAMED, error)
        return
    yield Arrived(NAMED, _named(policy, words, found, removing=removing), tools.clock.now())


def _edit(policy: Policy, words: str, path: Path | None, *, removing: bool) -> quick_edit.Edit:
    names, lists = ((), (path,)) if path else ((words,), ())
    if removing:
        return quick_edit.Edit(policy.product, policy.name, remove=names, remove_from=lists)
    return quick_edit.Edit(policy.product, policy.name, add=names, add_from=lists)


def _list_named(words: str) -> Path | None:
    """The path of a list, where the words are one: by their ending, or because such a file is there."""
    try:
        path = Path(words).expanduser()
        return path if path.suffix.lower() in _LISTS or path.is_file() else None
    except (OSError, RuntimeError, ValueError):  # too long for a path, ~nobody, a NUL
        return None


def _named(policy: Policy, words: str, found: Compared, *, removing: bool) -> NamedUnits:
    draft = next(iter(found.drafts), None)
    movable = {problem for problem, _ in found.moves}
    told = [_sentence(str(p.line), p.file, p.rule) for p in found.problems if p not in movable]
    if (more := len(told) - _SPOKEN) > 0:
        told = [*told[:_SPOKEN], f"And {more:,} more rows have a problem."]
    return NamedUnits(
        policy.id,
        words,
        removing,
        add=draft.add if draft else (),
        remove=draft.remove if draft else (),
        problems=tuple(told),
        moves=tuple(unit for _, unit in found.moves),
        notes=found.notes,
    )


def _sentence(line: str, file: str, rule: str) -> str:
    return f"Row {line}: {rule}" if file and line != "0" else rule
