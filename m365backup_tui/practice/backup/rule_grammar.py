"""The expressions of inclusion rules, and nothing beyond the documented grammar (graph.md §7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MOST_KEYWORDS = 10
KEYWORD_LENGTH = (3, 255)
DEEPEST = 20  # choice: no page says; ten keywords need no more


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition over `company.site` as s, and its values in order."""

    sql: str
    values: tuple[Any, ...]


_GROUPS = re.compile(r"\(\s*memberOf\s+-any\s+\(\s*group\.id\s+-in\s+\[(?P<ids>[^\]]*)\]\s*\)\s*\)")
_ID = re.compile(r"'([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})'")
_TOKEN = re.compile(r"\s*(?:(?P<text>'[^']*')|(?P<word>[A-Za-z]+)|(?P<op>-[a-z]+)|(?P<mark>[()]))")


class ExpressionError(ValueError):
    """The expression is outside the grammar; the text says where."""


def group_ids(expression: str) -> list[str]:
    """The group ids of a mailbox or drive expression, lower-cased, in order."""
    match = _GROUPS.fullmatch(expression.strip())
    if match is None:
        raise ExpressionError("Expected (memberOf -any (group.id -in ['<group id>', ...])).")
    parts = [part.strip() for part in match["ids"].split(",")]
    found = [_ID.fullmatch(part) for part in parts]
    if not all(found):
        raise ExpressionError("The list must hold group ids in single quotes.")
    ids = [one[1].lower() for one in found if one]
    if len(set(ids)) != len(ids):
        raise ExpressionError("A group id appears twice.")
    return ids


def site_condition(expression: str) -> Condition:
    """The sites that an expression selects: comparisons in brackets, joined by -or and -and."""
    tokens: list[str] = []
    position, text = 0, expression.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"Cannot read '{text[position : position + 12]}'.")
        tokens.append(match.group().strip())
        position = match.end()
    reader = _Reader(tokens)
    if reader.peek() != "(":
        raise ExpressionError("The expression must be in brackets.")
    test = reader.group()
    if reader.peek() is not None:
        raise ExpressionError("There is more after the closing bracket.")
    if reader.keywords > MOST_KEYWORDS:
        raise ExpressionError(f"A site rule may have {MOST_KEYWORDS} keywords.")
    return test


class _Reader:
    """Recursive descent: group = "(" (comparison | group {join group}) ")"."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at, self.keywords, self._depth = tokens, 0, 0, 0

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        token = self.peek()
        if token is None:
            raise ExpressionError("The expression ends too early.")
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._next() != wanted:
            raise ExpressionError(f"Expected '{wanted}'.")

    def group(self) -> Condition:
        self._expect("(")
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError("There are too many brackets inside each other.")
        test = self._joined() if self.peek() == "(" else self._comparison()
        self._depth -= 1
        self._expect(")")
        return test

    def _joined(self) -> Condition:
        test = self.group()
        while self.peek() in ("-or", "-and"):
            test = _join(self._next(), test, self.group())
        return test

    def _comparison(self) -> Condition:
        name, operator, value = self._next(), self._next(), self._next()
        if not (value.startswith("'") and value.endswith("'") and len(value) > 1):
            raise ExpressionError("The value must be in single quotes.")
        value = value[1:-1]
        if name in ("displayName", "webUrl") and operator == "-contains":
            shortest, longest = KEYWORD_LENGTH
            if not shortest <= len(value) <= longest:
                raise ExpressionError(f"A keyword has {shortest} to {longest} characters.")
            self.keywords += 1
            return _contains(name, value.lower())
        if name == "lastModifiedDateTime" and operator == "-ge":
            return _since(value)
        raise ExpressionError(f"'{name} {operator}' is not supported.")


def _join(how: str, left: Condition, right: Condition) -> Condition:
    word = "OR" if how == "-or" else "AND"
    return Condition(f"({left.sql} {word} {right.sql})", (*left.values, *right.values))


def _contains(name: str, value: str) -> Condition:
    column = "s.name" if name == "displayName" else "s.web_url"
    return Condition(f"instr(fold({column}), ?) > 0", (value,))


def _since(value: str) -> Condition:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ExpressionError(f"'{value}' is not a date and time.") from None
    # The company knows days only; a site without activity has none.
    return Condition("coalesce(s.last_activity, '') >= ?", (moment.date().isoformat(),))
