"""$filter and $orderby of unit lists, as SQL over backup.units.UNIT_VIEW.

Which fields can be filtered by, and with which operators, is UNVERIFIED (graph.md §6): choice: every
property of a unit except its identity sets, `eq ne gt ge lt le in and or not`, startsWith, endsWith
and contains. Text compares without regard to case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

from m365backup_tui.practice.backup import errors
from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import filter_grammar as grammar
from m365backup_tui.practice.graph.filters import terms
from m365backup_tui.practice.graph.odata import MOST_FILTER_TERMS
from m365backup_tui.practice.guids import is_guid

_STAMP = "(SELECT moment FROM stamps WHERE id = u.{})"
_PERSON = "iif(u.product = 'sharePoint', NULL, u.key)"
_SITE = "iif(u.product = 'sharePoint', u.key, NULL)"
FIELDS = {
    "id": "u.id",
    "policyId": "u.policy",
    "status": "u.status COLLATE NOCASE",
    "protectionSources": "u.sources COLLATE NOCASE",
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
_STATUSES = frozenset(
    status.lower()
    for status in (
        *("protectRequested", "protected", "unprotectRequested", "unprotected", "removeRequested"),
        *("offboardRequested", "offboarded", "cancelOffboardRequested", "unknownFutureValue"),
    )
)
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
    "startswith": "substr({0}, 1, length(?)) = ?",
    "endswith": "substr({0}, -length(?)) = ?",
    "contains": "instr({0}, ?) > 0",
}


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

    def __and__(self, other: Clause) -> Clause:
        return Clause(
            f"({self.sql} AND {other.sql})",
            self.values + other.values,
            self.pinned or other.pinned,
            self.policy or other.policy,
            self.counted and other.counted,
        )

    def __or__(self, other: Clause) -> Clause:
        return Clause(
            f"({self.sql} OR {other.sql})",
            self.values + other.values,
            self.pinned and other.pinned,
            counted=self.counted and other.counted,
        )


def read_filter(text: str) -> Clause:
    """The condition. 400 FilterLengthExceeded, InvalidProtectionUnitId or BadRequest."""
    if terms(text) > MOST_FILTER_TERMS:
        raise GraphError(400, "FilterLengthExceeded", "The filter joins too many conditions.")
    try:
        found = grammar.parse(text)
    except GraphError as refused:
        raise errors.bad_request(refused.message) from None
    return _clause(found, text)


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


def _clause(node: grammar.Condition, text: str) -> Clause:
    match node:
        case grammar.Joined(word, parts):
            made = (_clause(part, text) for part in parts)
            return reduce(Clause.__and__ if word == "and" else Clause.__or__, made)
        case grammar.Not(inner):
            found = _clause(inner, text)
            return Clause(f"NOT coalesce({found.sql}, 0)", found.values, counted=found.counted)
        case grammar.Compare(name, operator, value):
            return _compare(_name(name), operator, value, text)
        case grammar.In(name, values):
            alternatives = (_compare(_name(name), "eq", value, text) for value in values)
            return reduce(Clause.__or__, alternatives)
        case grammar.Call(function, name, value):
            known = _name(name)
            part = _value(known, value, text)
            if part is None or known.endswith("DateTime"):
                raise _refusal(text)
            sql = _FUNCTIONS[function].format(FIELDS[known])
            return Clause(sql, (part,) * sql.count("?"))
        case grammar.AnyOf():
            raise _refusal(text)


def _refusal(text: str) -> GraphError:
    return errors.bad_request(grammar.refusal(text).message)


def _name(given: str) -> str:
    name = _BY_LOWER.get(given.lower())
    if name is None:
        raise errors.bad_request(f"Could not find a property named '{given}' to filter by.")
    return name


def _compare(name: str, operator: str, given: grammar.Value, text: str) -> Clause:
    column, counted = FIELDS[name], name in ("status", "policyId")
    value = _value(name, given, text)
    if value is None:
        if operator not in ("eq", "ne"):
            raise _refusal(text)
        word = "IS" if operator == "eq" else "IS NOT"
        return Clause(f"{column} {word} NULL", counted=counted)
    if name == "status" and value.lower() not in _STATUSES:
        raise errors.bad_request(f"'{value}' is no status of a protection unit.")
    if operator == "eq" and name in _PINNED:
        sql = f"{_PINNED[name]} AND {column} = ?"
        return Clause(f"({sql})", (value,) * sql.count("?"), pinned=True)
    policy = value if name == "policyId" and operator == "eq" else None
    return Clause(f"{column} {_COMPARE[operator]} ?", (value,), policy=policy, counted=counted)


def _value(name: str, given: grammar.Value, text: str) -> str | None:
    if given.kind == "null":
        return None
    if name.endswith("DateTime") and given.kind == "word":
        try:
            return to_iso(from_iso(str(given.value).upper()))
        except (ValueError, OverflowError):
            raise _refusal(text) from None
    if name.endswith("DateTime") or given.kind != "text":
        raise _refusal(text)
    value = str(given.value)
    if name == "id" and not is_guid(value):
        raise errors.unit_id_malformed(value)
    return value
