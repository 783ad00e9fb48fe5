"""The part of OData's $filter, $search and $orderby that Graph directory and backup lists take.

A filter becomes a function from a shown object to bool. Text compares without regard to case, as
Graph does. Raises GraphError 400 in Graph's shape for anything outside the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from m365backup_tui.practice.errors import GraphError

Record = dict[str, Any]
Test = Callable[[Record], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_@][\w./@-]*)"
    r"|(?P<plain>[\d-][\w:.+-]*)|(?P<mark>[():,]))"
)
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
_SEARCH = re.compile(r'\s*"(?P<name>\w+):(?P<value>[^"]*)"\s*(?P<join>AND|OR)?', re.IGNORECASE)


def unsupported(message: str) -> GraphError:
    """400 Request_UnsupportedQuery."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def terms(text: str) -> int:
    """How many comparisons a filter joins."""
    return len(re.findall(r"\b(?:and|or)\b", re.sub(r"'(?:[^']|'')*'", "", text))) + 1


def needs_advanced(text: str) -> bool:
    """Whether the filter uses ne, not or endsWith, which need ConsistencyLevel and $count."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", text)
    return re.search(r"\b(ne|not|endswith)\b", bare, re.IGNORECASE) is not None


def compile_filter(text: str, names: frozenset[str]) -> Test:
    """The test for a $filter over objects that may be filtered by these property names."""
    parser = _Parser(text, names)
    test = parser.either()
    if parser.peek() is not None:
        raise parser.refusal()
    return test


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self._text, self._names, self._at = text, {name.lower(): name for name in names}, 0
        self._tokens: list[str] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.refusal()
            self._tokens.append(match.group().strip())
            position = match.end()

    def refusal(self) -> GraphError:
        return GraphError(400, "Request_BadRequest", f"Invalid filter clause: {self._text}")

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self) -> Test:
        tests = [self._both()]
        while (self.peek() or "").lower() == "or":
            self._at += 1
            tests.append(self._both())
        return lambda record: any(test(record) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while (self.peek() or "").lower() == "and":
            self._at += 1
            tests.append(self._one())
        return lambda record: all(test(record) for test in tests)

    def _one(self) -> Test:
        token = self._next()
        if re.fullmatch(r"\(", token):
            test = self.either()
            self._expect(")")
            return test
        if token.lower() == "not":
            inner = self._one()
            return lambda record: not inner(record)
        if token.lower() in _FUNCTIONS:
            return self._function(_FUNCTIONS[token.lower()])
        if token.lower().endswith("/any"):
            return self._any(self._name(token[:-4]))
        return self._comparison(self._name(token))

    def _function(self, function: Callable[[str, str], bool]) -> Test:
        self._expect("(")
        name = self._name(self._next())
        self._expect(",")
        wanted = str(self._value(self._next())).lower()
        self._expect(")")
        return lambda record: function(str(record.get(name) or "").lower(), wanted)

    def _any(self, name: str) -> Test:
        self._expect("(")
        variable = self._next()
        self._expect(":")
        self._expect(variable)
        self._expect("eq")
        wanted = self._value(self._next())
        self._expect(")")
        return lambda record: any(_folded(item) == wanted for item in record.get(name) or [])

    def _comparison(self, name: str) -> Test:
        operator = self._next().lower()
        if operator == "in":
            return self._in(name)
        if operator not in _COMPARE:
            raise self.refusal()
        compare, wanted = _COMPARE[operator], self._value(self._next())
        return lambda record: compare(_folded(record.get(name)), wanted)

    def _in(self, name: str) -> Test:
        self._expect("(")
        wanted = [self._value(self._next())]
        while self.peek() == ",":
            self._at += 1
            wanted.append(self._value(self._next()))
        self._expect(")")
        return lambda record: _folded(record.get(name)) in wanted

    def _next(self) -> str:
        token = self.peek()
        if token is None:
            raise self.refusal()
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._next().lower() != wanted.lower():
            raise self.refusal()

    def _name(self, token: str) -> str:
        name = self._names.get(token.lower())
        if name is None:
            raise unsupported(f"Unsupported or invalid query filter clause: property '{token}'.")
        return name

    def _value(self, token: str) -> Any:
        if token.startswith("'"):
            return token[1:-1].replace("''", "'").lower()
        constants = {"true": True, "false": False, "null": None}
        if token.lower() in constants:
            return constants[token.lower()]
        if re.fullmatch("[():,]", token):
            raise self.refusal()
        return int(token) if token.isdigit() else token.lower()


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def compile_search(text: str, names: frozenset[str]) -> Test:
    """The test for `"property:value"` terms joined by AND or OR; the words of a property are
    matched from their beginnings."""
    tests: list[tuple[str, Test]] = []
    position, join = 0, "AND"
    while position < len(text):
        match = _SEARCH.match(text, position)
        if match is None or match["name"] not in names:
            raise GraphError(
                400,
                "Request_BadRequest",
                f'The search clause must look like "displayName:text": {text}',
            )
        tests.append((join, _word_test(match["name"], match["value"].lower())))
        join, position = (match["join"] or "AND").upper(), match.end()
    if not tests:
        raise GraphError(400, "Request_BadRequest", "The search clause is empty.")

    def matches(record: Record) -> bool:
        result = tests[0][1](record)
        for how, test in tests[1:]:
            result = result and test(record) if how == "AND" else result or test(record)
        return result

    return matches


def _word_test(name: str, wanted: str) -> Test:
    def matches(record: Record) -> bool:
        text = str(record.get(name) or "").lower()
        return text.startswith(wanted) or any(
            word.startswith(wanted) for word in re.split(r"[^\w]+", text)
        )

    return matches


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
