"""Which sites a rule's words would select, judged on this side: an estimate, the service decides by its own reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

from m365backup_tui.domain.catalog import Chunk, fold
from m365backup_tui.domain.rule_expression import Compare, Condition, SiteField

Test = Callable[[str, str, date | None], bool | None]
"""(name, web address, last activity) -> selected; None where that is not known."""


def site_test(condition: Condition) -> Test:
    """A test of (name, web address, last activity). None: not known, because the site has no date of last activity.

    "Changed" is judged by the day of the last activity: what the service compares is lastModifiedDateTime.
    """
    if isinstance(condition, Compare):
        return _compare_test(condition)
    tests = [site_test(part) for part in condition.parts]
    every = condition.every

    def test(name: str, address: str, active: date | None) -> bool | None:
        unsure = False
        for one in tests:
            found = one(name, address, active)
            if found is None:
                unsure = True
            elif found is not every:
                return not every
        return None if unsure else every

    return test


def _compare_test(compare: Compare) -> Test:
    wanted = fold(compare.text)
    match compare.field:
        case SiteField.NAME:
            return lambda name, address, active: wanted in fold(name)
        case SiteField.ADDRESS:
            return lambda name, address, active: wanted in fold(address)
        case SiteField.CHANGED:
            since = datetime.fromisoformat(compare.text).date()
            return lambda name, address, active: None if active is None else active >= since


def words_of(condition: Condition) -> tuple[str, ...]:
    """Every word that is looked for in a name or an address."""
    if isinstance(condition, Compare):
        return () if condition.field is SiteField.CHANGED else (condition.text,)
    return tuple(word for part in condition.parts for word in words_of(part))


def rows_in_question(chunk: Chunk, words: Sequence[str]) -> Iterator[int]:
    """The rows that have one of the words in name or address, in order: no others can match a wish that has words.
    Without words every row. Finding a word in 4,096 rows at once is a hundred times quicker than row by row."""
    if not words:
        return iter(range(len(chunk)))
    found: set[int] = set()
    for word in words:
        found.update(chunk.with_word(fold(word).encode()))
    return iter(sorted(found))


def row_text(chunk: Chunk, row: int) -> tuple[str, str, date | None]:
    """(name, address, last activity) of a row; the texts folded."""
    name, _, address = chunk.line(row).decode().rstrip("\n").partition("\t")
    day = chunk.days[row]
    return name, address, date.fromordinal(day) if day else None
