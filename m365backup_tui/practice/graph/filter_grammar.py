"""The grammar of OData's $filter as Graph takes it: text to a tree of conditions.

Raises GraphError 400 in Graph's shape for anything outside the grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from m365backup_tui.practice.errors import GraphError

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_@][\w./@$-]*)"
    r"|(?P<plain>[\d-][\w:.+-]*)|(?P<mark>[():,]))"
)
FUNCTIONS = frozenset({"startswith", "endswith", "contains"})
COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
# Choice: deeper or longer filters than anybody writes are refused before they cost anything.
MOST_DEPTH, MOST_TOKENS = 20, 2000


@dataclass(frozen=True, slots=True)
class Value:
    """A literal: "text" in lower case, "bool", "null", "number", or a bare "word" (date, GUID)."""

    kind: OneOf["text", "bool", "null", "number", "word"]
    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    """`name operator value`, the operator in lower case. `name/$count` counts a collection."""

    name: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """`name in (values)`."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`function(name,value)`."""

    function: str
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`name/any(x:x eq value)`, or `x/part eq value` for a collection of objects."""

    name: str
    part: str
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """`not inner`."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by `and` or by `or`."""

    word: OneOf["and", "or"]
    parts: tuple[Condition, ...]


Condition = Compare | In | Call | AnyOf | Not | Joined


def parse(text: str) -> Condition:
    """The condition that the text of a $filter means."""
    return _Parser(text).whole()


def refusal(text: str) -> GraphError:
    """400 for a filter that cannot be read."""
    return GraphError(400, "Request_BadRequest", f"Invalid filter clause: {text}")


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self._tokens: list[str] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or len(self._tokens) >= MOST_TOKENS:
                raise self._refusal()
            self._tokens.append(match.group().strip())
            position = match.end()

    def whole(self) -> Condition:
        found = self._either()
        if self._peek() is not None:
            raise self._refusal()
        return found

    def _refusal(self) -> GraphError:
        return refusal(self._text)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self) -> Condition:
        parts = [self._both()]
        while (self._peek() or "").lower() == "or":
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _both(self) -> Condition:
        parts = [self._one()]
        while (self._peek() or "").lower() == "and":
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise self._refusal()
        try:
            return self._condition(self._next())
        finally:
            self._depth -= 1

    def _condition(self, first: str) -> Condition:
        if first == "(":
            found = self._either()
            self._expect(")")
            return found
        word = first.lower()
        if word == "not":
            return Not(self._one())
        if not re.match(r"[A-Za-z_@]", first):
            raise self._refusal()
        if word in FUNCTIONS and self._peek() == "(":
            return self._call(word)
        if word.endswith("/any"):
            return self._any(first[:-4])
        operator = self._next().lower()
        if operator == "in":
            return self._in(first)
        if operator not in COMPARISONS:
            raise self._refusal()
        return Compare(first, operator, self._value(self._next()))

    def _call(self, function: str) -> Condition:
        self._expect("(")
        name = self._next()
        self._expect(",")
        value = self._value(self._next())
        self._expect(")")
        return Call(function, name, value)

    def _any(self, name: str) -> Condition:
        self._expect("(")
        variable = self._next()
        self._expect(":")
        start, _, part = self._next().partition("/")
        if start.lower() != variable.lower():
            raise self._refusal()
        self._expect("eq")
        value = self._value(self._next())
        self._expect(")")
        return AnyOf(name, part, value)

    def _in(self, name: str) -> Condition:
        self._expect("(")
        values = [self._value(self._next())]
        while self._peek() == ",":
            self._at += 1
            values.append(self._value(self._next()))
        self._expect(")")
        return In(name, tuple(values))

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise self._refusal()
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._next().lower() != wanted.lower():
            raise self._refusal()

    def _value(self, token: str) -> Value:
        if token.startswith("'"):
            return Value("text", token[1:-1].replace("''", "'").lower())
        word = token.lower()
        if word in ("true", "false"):
            return Value("bool", word == "true")
        if word == "null":
            return Value("null", None)
        if token in ("(", ")", ":", ","):
            raise self._refusal()
        if token.isascii() and token.isdigit():
            # Longer numbers than fit a column are compared as words, and so equal nothing.
            return Value("number", int(token)) if len(token) < 19 else Value("word", token)
        return Value("word", word)
