"""$search of directory objects: `"property:text"` clauses to SQL that gives row numbers.

Microsoft's page on $search: clauses stand in double quotes and are joined by AND, OR and
parentheses; displayName is searched by words in any order, every other property from its
beginning. AND binding stronger than OR is a choice.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from m365backup_tui.practice.company.words import asked_words
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.filter_sql import Where, sound
from m365backup_tui.practice.graph.filters import unsupported

_TOKEN = re.compile(r'\s*(?:"(?P<clause>(?:[^"\\]|\\.)*)"|(?P<word>AND|OR)\b|(?P<mark>[()]))')
_LAST = "\U0010ffff"
MOST_CLAUSES, MOST_DEPTH = 50, 20


@dataclass(frozen=True, slots=True)
class Searched:
    """What may be searched: the table of people or groups, and its columns by lower-cased name."""

    table: str
    columns: Mapping[str, str]


def compile_search(db: sqlite3.Connection, text: str, searched: Searched) -> Where:
    """A SELECT of the `row`s that the text finds. Raises GraphError 400."""
    return _Parser(db, text, searched).whole()


class _Parser:
    def __init__(self, db: sqlite3.Connection, text: str, searched: Searched) -> None:
        self._db, self._text, self._searched = db, text, searched
        self._at, self._depth = 0, 0
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or len(self._tokens) > 4 * MOST_CLAUSES:
                raise self._refusal()
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            position = match.end()

    def whole(self) -> Where:
        found = self._joined("OR")
        if self._at < len(self._tokens):
            raise self._refusal()
        return found

    def _refusal(self) -> GraphError:
        return GraphError(
            400,
            "Request_BadRequest",
            f'The search clause must look like "displayName:text": {self._text!a}',
        )

    def _joined(self, word: str) -> Where:
        parts = [self._operand(word)]
        while self._at < len(self._tokens) and self._tokens[self._at] == ("word", word):
            self._at += 1
            parts.append(self._operand(word))
        return combined("UNION" if word == "OR" else "INTERSECT", parts)

    def _operand(self, word: str) -> Where:
        return self._joined("AND") if word == "OR" else self._one()

    def _one(self) -> Where:
        if self._at >= len(self._tokens):
            raise self._refusal()
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "clause":
            return self._clause(re.sub(r"\\(.)", r"\1", token))
        if (kind, token) != ("mark", "(") or self._depth >= MOST_DEPTH:
            raise self._refusal()
        self._depth += 1
        found = self._joined("OR")
        self._depth -= 1
        if self._at >= len(self._tokens) or self._tokens[self._at] != ("mark", ")"):
            raise self._refusal()
        self._at += 1
        return found

    def _clause(self, clause: str) -> Where:
        name, colon, wanted = clause.partition(":")
        wanted = sound(wanted.strip(), self._text)
        if not colon or not name.strip() or not wanted:
            raise self._refusal()
        table, column = self._searched.table, self._searched.columns.get(name.strip().lower())
        if column is None:
            raise unsupported(f"Unsupported or invalid search clause: property '{name.strip()}'.")
        words = asked_words(wanted) if column == "display_name" else set()
        if words:
            return combined(
                "INTERSECT", [find_word(self._db, f"{table}_word", one) for one in words]
            )
        sql = f"SELECT row FROM company.{table} WHERE {column} >= ? AND {column} < ?"  # noqa: S608
        return Where(sql, (wanted, f"{wanted}{_LAST}"))


def find_word(db: sqlite3.Connection, table: str, word: str) -> Where:
    """The rows of a table of words that have one beginning like this, each once."""
    if len(word) == 1:
        return Where(f"SELECT row FROM company.{table} WHERE word = ?", (f"{word}*",))  # noqa: S608
    between, values = "word >= ? AND word < ?", (word, f"{word}{_LAST}")
    ends = "SELECT {}(word) FROM company.{} WHERE " + between  # noqa: S608
    first, last = (
        db.execute(ends.format(end, table), values).fetchone()[0] for end in ("min", "max")
    )
    if first == last:  # one word has its rows in order: a page needs only so many of them
        return Where(f"SELECT row FROM company.{table} WHERE word = ?", (first or word,))  # noqa: S608
    sql = f"SELECT DISTINCT row FROM company.{table} WHERE {between}"  # noqa: S608
    return Where(sql, values)


def combined(how: str, parts: list[Where]) -> Where:
    """The rows of all parts joined by UNION or INTERSECT."""
    if len(parts) == 1:
        return parts[0]
    sql = f" {how} ".join(f"SELECT row FROM ({part.sql})" for part in parts)  # noqa: S608
    return Where(sql, tuple(value for part in parts for value in part.values))
