"""$filter of unit lists, as an SQL condition over backup_units.UNIT_VIEW.

Which fields can be filtered by, and with which operators, is UNVERIFIED (graph.md §6): choice: every
property of a unit except its identity sets, `eq ne gt ge lt le in and or not`, startsWith, endsWith
and contains. Text compares without regard to case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import backup_errors as errors
from m365backup_tui.practice.graph.backup_policies import is_guid
from m365backup_tui.practice.graph.filters import terms
from m365backup_tui.practice.graph.odata import MOST_FILTER_TERMS

_STAMP = "(SELECT moment FROM stamps WHERE id = u.{})"
_PERSON = "iif(u.product = 'sharePoint', NULL, u.key)"
_SITE = "iif(u.product = 'sharePoint', u.key, NULL)"
FIELDS = {
    "id": "u.id",
    "policyId": "u.policy",
    "status": "u.status",
    "protectionSources": "u.sources",
    "directoryObjectId": _PERSON,
    "displayName": "fold(p.display_name)",
    "email": "fold(coalesce(p.mail, p.upn))",
    "siteId": f"lower({_SITE})",
    "siteName": "fold(s.name)",
    "siteWebUrl": "fold(s.web_url)",
    "offboardRequestedDateTime": "u.offboard_requested",
    "createdDateTime": _STAMP.format("created"),
    "lastModifiedDateTime": _STAMP.format("modified"),
}
_BY_LOWER = {name.lower(): name for name in FIELDS}
_PEOPLE_UNITS = "u.id IN (unit_id('exchange', {0}), unit_id('oneDrive', {0}))"
# Equality with these finds its units by id instead of looking at all.
_PINNED = {
    "id": "u.id = ?",
    "directoryObjectId": _PEOPLE_UNITS.format("?"),
    "siteId": "u.id = unit_id('sharePoint', coalesce("
    "(SELECT id FROM company.site WHERE id = ?), ''))",
    "siteWebUrl": "u.id = unit_id('sharePoint', coalesce("
    "(SELECT id FROM company.site WHERE web_url = ?), ''))",
}
_COMPARE = {"eq": "=", "ne": "IS NOT", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_FUNCTIONS = {
    "startswith": "substr({0}, 1, length(?1)) = ?1",
    "endswith": "substr({0}, -length(?1)) = ?1",
    "contains": "instr({0}, ?1) > 0",
}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z]\w*)|(?P<plain>[\d-][\w:.+-]*)|(?P<mark>[(),]))"
)
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Clause:
    """An SQL condition and its values in order.

    `pinned`: it leads to single units by index. `policy`: it can only hold inside this policy.
    `counted`: it is about the status and the policy alone.
    """

    sql: str
    values: tuple[Any, ...] = ()
    pinned: bool = False
    policy: str | None = None
    counted: bool = False


def read_filter(text: str) -> Clause:
    """The condition. 400 FilterLengthExceeded, InvalidProtectionUnitId or BadRequest."""
    if terms(text) > MOST_FILTER_TERMS:
        raise GraphError(400, "FilterLengthExceeded", "The filter joins too many conditions.")
    return _Reader(text).whole()


def sort_order(text: str) -> str:
    """The ORDER BY of an $orderby; 400 for what cannot be sorted by."""
    parts: list[str] = []
    for clause in text.split(","):
        words = clause.split()
        if (
            not words
            or words[0].lower() not in _BY_LOWER
            or words[1:] not in ([], ["asc"], ["desc"])
        ):
            raise errors.bad_request(f"Sorting by '{clause.strip()}' is not supported.")
        parts.append(f"{FIELDS[_BY_LOWER[words[0].lower()]]} {' '.join(words[1:])}")
    return ", ".join([*parts, "u.row"])


class _Reader:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self._tokens: list[str] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._refusal()
            self._tokens.append(match.group().strip())
            position = match.end()

    def whole(self) -> Clause:
        clause = self._either()
        if self._peek():
            raise self._refusal()
        return clause

    def _refusal(self) -> GraphError:
        return errors.bad_request(f"Invalid filter clause: {self._text}")

    def _peek(self) -> str:
        return self._tokens[self._at].lower() if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise self._refusal()
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, wanted: str) -> None:
        if self._next() != wanted:
            raise self._refusal()

    def _either(self) -> Clause:
        clause = self._both()
        while self._peek() == "or":
            self._at += 1
            right = self._both()
            clause = Clause(
                f"({clause.sql} OR {right.sql})",
                clause.values + right.values,
                clause.pinned and right.pinned,
                counted=clause.counted and right.counted,
            )
        return clause

    def _both(self) -> Clause:
        clause = self._one()
        while self._peek() == "and":
            self._at += 1
            right = self._one()
            clause = Clause(
                f"({clause.sql} AND {right.sql})",
                clause.values + right.values,
                clause.pinned or right.pinned,
                clause.policy or right.policy,
                clause.counted and right.counted,
            )
        return clause

    def _one(self) -> Clause:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refusal()
        try:
            piece = self._next()
            word = piece.lower()
            if piece == "(":
                clause = self._either()
                self._expect(")")
                return clause
            if word == "not":
                inner = self._one()
                return Clause(f"NOT coalesce({inner.sql}, 0)", inner.values, counted=inner.counted)
            if word in _FUNCTIONS:
                return self._function(word)
            return self._comparison(self._name(piece))
        finally:
            self._depth -= 1

    def _name(self, piece: str) -> str:
        name = _BY_LOWER.get(piece.lower())
        if name is None:
            raise errors.bad_request(f"Could not find a property named '{piece}' to filter by.")
        return name

    def _function(self, word: str) -> Clause:
        self._expect("(")
        name = self._name(self._next())
        self._expect(",")
        value = self._value(name)
        self._expect(")")
        if not isinstance(value, str) or name.endswith("DateTime"):
            raise self._refusal()
        pattern = _FUNCTIONS[word].replace("?1", "?")
        sql = pattern.format(FIELDS[name])
        return Clause(sql, (value,) * sql.count("?"))

    def _comparison(self, name: str) -> Clause:
        operator = self._next().lower()
        if operator == "in":
            self._expect("(")
            clause = self._compare(name, "eq", self._value(name))
            while self._peek() == ",":
                self._at += 1
                right = self._compare(name, "eq", self._value(name))
                clause = Clause(
                    f"({clause.sql} OR {right.sql})",
                    clause.values + right.values,
                    clause.pinned and right.pinned,
                    counted=clause.counted and right.counted,
                )
            self._expect(")")
            return clause
        if operator not in _COMPARE:
            raise self._refusal()
        return self._compare(name, operator, self._value(name))

    def _compare(self, name: str, operator: str, value: str | None) -> Clause:
        column, counted = FIELDS[name], name in ("status", "policyId")
        if value is None:
            if operator not in ("eq", "ne"):
                raise self._refusal()
            word = "IS" if operator == "eq" else "IS NOT"
            return Clause(f"{column} {word} NULL", counted=counted)
        if operator == "eq" and name in _PINNED:
            sql = f"{_PINNED[name]} AND {column} = ?"
            return Clause(f"({sql})", (value,) * sql.count("?"), pinned=True)
        policy = value if name == "policyId" and operator == "eq" else None
        return Clause(f"{column} {_COMPARE[operator]} ?", (value,), policy=policy, counted=counted)

    def _value(self, name: str) -> str | None:
        token = self._next()
        if token.lower() == "null":
            return None
        if name.endswith("DateTime"):
            try:
                return to_iso(from_iso(token))
            except (ValueError, OverflowError):
                raise self._refusal() from None
        if not token.startswith("'"):
            raise self._refusal()
        value = token[1:-1].replace("''", "'")
        if name == "id" and not is_guid(value):
            raise errors.unit_id_malformed(value)
        return value if name in ("status", "protectionSources") else value.lower()
