"""$filter and $orderby over lists short enough to be built: a filter becomes a test of a shown
object. Text compares without regard to case, as Graph does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import filter_grammar as grammar
from m365backup_tui.practice.graph.filter_grammar import refusal

Record = dict[str, Any]
Test = Callable[[Record], bool]

_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left is not None and left > right,
    "ge": lambda left, right: left is not None and left >= right,
    "lt": lambda left, right: left is not None and left < right,
    "le": lambda left, right: left is not None and left <= right,
}


def unsupported(message: str) -> GraphError:
    """400 Request_UnsupportedQuery."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def terms(text: str) -> int:
    """How many comparisons a filter joins."""
    return len(re.findall(r"\b(?:and|or)\b", re.sub(r"'(?:[^']|'')*'", "", text))) + 1


def compile_filter(text: str, names: frozenset[str]) -> Test:
    """The test for a $filter over objects that may be filtered by these property names."""
    known = {name.lower(): name for name in names}
    return _test(grammar.parse(text), known, text)


def _test(node: grammar.Condition, known: dict[str, str], text: str) -> Test:
    match node:
        case grammar.Joined(word, parts):
            tests = [_test(part, known, text) for part in parts]
            if word == "and":
                return lambda record: all(test(record) for test in tests)
            return lambda record: any(test(record) for test in tests)
        case grammar.Not(inner):
            test = _test(inner, known, text)
            return lambda record: not test(record)
        case grammar.Compare(name, operator, value):
            key, compare, wanted = _known(name, known), _COMPARE[operator], value.value
            return lambda record: compare(_folded(record.get(key)), wanted)
        case grammar.In(name, values):
            key, among = _known(name, known), [value.value for value in values]
            return lambda record: _folded(record.get(key)) in among
        case grammar.Call(function, name, value):
            key, call, part = _known(name, known), _FUNCTIONS[function], str(value.value).lower()
            return lambda record: call(str(record.get(key) or "").lower(), part)
        case grammar.AnyOf(name, part, value):
            if part:
                raise refusal(text)
            key, wanted = _known(name, known), value.value
            return lambda record: any(_folded(item) == wanted for item in record.get(key) or [])


def _known(name: str, known: dict[str, str]) -> str:
    found = known.get(name.lower())
    if found is None:
        raise unsupported(f"Unsupported or invalid query filter clause: property '{name}'.")
    return found


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def order(items: list[Record], text: str, names: frozenset[str]) -> list[Record]:
    """Sorted as $orderby says: names with optional asc or desc, first one first."""
    for clause in reversed(text.split(",")):
        words = clause.split()
        if not words or words[0] not in names or words[1:] not in ([], ["asc"], ["desc"]):
            raise unsupported(f"Sorting by '{clause.strip()}' is not supported.")
        name = words[0]
        items = sorted(
            items, key=lambda item: str(item.get(name) or "").lower(), reverse="desc" in words
        )
    return items
