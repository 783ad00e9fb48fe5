"""$filter over tables: a condition becomes SQL, under the rules for directory objects.

Which operators a property takes, and which of them need the advanced query parameters, is
Microsoft's table "Advanced query capabilities on Microsoft Entra ID objects".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal as OneOf

from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import filter_grammar as grammar
from m365backup_tui.practice.graph.filters import unsupported

# After every text that begins with something.
_LAST = "\U0010ffff"
_OPERATORS = {
    "text": frozenset({"eq", "ne", "ge", "le", "in", "startswith", "not"}),
    "address": frozenset({"eq", "ne", "ge", "le", "in", "startswith", "endswith", "not"}),
    "id": frozenset({"eq", "ne", "in", "not"}),
    "bool": frozenset({"eq", "ne", "in", "not"}),
    "date": frozenset({"eq", "ne", "ge", "le", "in", "not"}),
    "collection": frozenset({"any", "not"}),
    "size": frozenset({"eq", "ne"}),
}
_NEED_ADVANCED = frozenset({"ne", "not", "endswith"})
# Microsoft's limit on the members of an `or` and of an `in`; the error is a choice.
MOST_ALTERNATIVES = 15
_SIGNS = {"eq": "=", "ge": ">=", "le": "<="}


@dataclass(frozen=True, slots=True)
class Column:
    """A property that may be filtered by.

    `sql` is the column; for a "collection" a condition with one `?` for the value, `part` being
    the property of its members; for a "size" the number of members. `null`: how `eq null` is
    taken. `advanced`: every operator needs the advanced query parameters.
    """

    sql: str
    kind: OneOf["text", "address", "id", "bool", "date", "collection", "size"] = "text"
    null: OneOf["advanced", "no"] = "advanced"
    advanced: bool = False
    part: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """A condition in SQL with its values."""

    sql: str
    values: tuple[str | int, ...] = ()


def compile_where(text: str, columns: Mapping[str, Column], resource: str, advanced: bool) -> Where:
    """The SQL of a $filter over the properties in `columns`, by lower-cased name.

    `resource` is the type in messages; `advanced` says whether ConsistencyLevel: eventual and
    $count=true are there. Raises GraphError 400.
    """
    return _Compiler(text, columns, resource, advanced).where(grammar.parse(text))


class _Compiler:
    def __init__(
        self, text: str, columns: Mapping[str, Column], resource: str, advanced: bool
    ) -> None:
        self._text, self._columns = text, columns
        self._resource, self._advanced = resource, advanced

    def where(self, node: grammar.Condition) -> Where:
        match node:
            case grammar.Joined(word, parts):
                if word == "or":
                    _check_alternatives(len(parts))
                made = [self.where(part) for part in parts]
                sql = f" {word.upper()} ".join(part.sql for part in made)
                return Where(f"({sql})", tuple(one for part in made for one in part.values))
            case grammar.Not(inner):
                self._need("not")
                made_inner = self.where(inner)
                return Where(f"NOT ifnull({made_inner.sql}, 0)", made_inner.values)
            case grammar.Compare(name, operator, value):
                return self._compare(name, operator, value)
            case grammar.In(name, values):
                column = self._column(name, "in")
                _check_alternatives(len(values))
                wanted = tuple(self._value(name, column, value) for value in values)
                return Where(f"{column.sql} IN ({','.join('?' * len(wanted))})", wanted)
            case grammar.Call(function, name, value):
                return self._call(function, name, value)
            case grammar.AnyOf(name, part, value):
                column = self._column(name, "any")
                if part.lower() != column.part.lower() or value.kind not in ("text", "word"):
                    raise self._not_for(name)
                return Where(column.sql, (str(value.value),))

    def _compare(self, name: str, operator: str, value: grammar.Value) -> Where:
        column = self._column(name, operator)
        if value.kind == "null":
            if operator not in ("eq", "ne") or column.null == "no":
                raise self._not_for(name)
            self._need("eq null")
            return Where(f"{column.sql} IS {'NOT ' if operator == 'ne' else ''}NULL")
        wanted = self._value(name, column, value)
        if operator == "ne":
            return Where(f"{column.sql} IS NOT ?", (wanted,))
        return Where(f"{column.sql} {_SIGNS[operator]} ?", (wanted,))

    def _call(self, function: str, name: str, value: grammar.Value) -> Where:
        column = self._column(name, function)
        part = self._value(name, column, value)
        if function == "startswith":
            return Where(f"({column.sql} >= ? AND {column.sql} < ?)", (part, f"{part}{_LAST}"))
        if not part:
            return Where(f"{column.sql} IS NOT NULL")
        end = f"substr({column.sql}, -length(?)) = ? COLLATE NOCASE"
        return Where(f"({end})", (part, part))

    def _column(self, name: str, operator: str) -> Column:
        column = self._columns.get(name.lower())
        if column is None or operator not in _OPERATORS[column.kind]:
            raise self._not_for(name)
        if column.advanced or operator in _NEED_ADVANCED:
            self._need(operator)
        return column

    def _need(self, operator: str) -> None:
        if not self._advanced:
            raise unsupported(
                f"Operator '{operator}' is not supported because the required parameters might be "
                "missing. Try adding $count=true query parameter and ConsistencyLevel:eventual "
                "header."
            )

    def _not_for(self, name: str) -> GraphError:
        return unsupported(
            f"Unsupported or invalid query filter clause specified for property '{name}' of "
            f"resource '{self._resource}'."
        )

    def _value(self, name: str, column: Column, value: grammar.Value) -> str | int:
        kind = value.kind
        if column.kind in ("text", "address", "id") and kind == "text":
            return sound(str(value.value), self._text)
        if column.kind == "bool" and kind == "bool":
            return int(bool(value.value))
        if column.kind == "date" and kind == "word":
            return self._moment(str(value.value))
        if column.kind == "size" and kind == "number":
            if value.value != 0:  # "eq 1" is not offered for these collections
                raise self._not_for(name)
            return 0
        # Choice: a value of another type than the property's is a clause that cannot be read.
        raise grammar.refusal(self._text)

    def _moment(self, text: str) -> str:
        try:
            moment = datetime.fromisoformat(text.upper())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError):
            raise grammar.refusal(self._text) from None


def _check_alternatives(count: int) -> None:
    if count > MOST_ALTERNATIVES:
        raise unsupported(
            "Too many child clauses specified in search filter expression containing 'OR' "
            f"operators: {count}. Max allowed: {MOST_ALTERNATIVES}."
        )


def sound(part: str, whole: str) -> str:
    """The text, if it can be stored at all: half a surrogate pair cannot. Raises GraphError 400."""
    try:
        part.encode()
    except UnicodeEncodeError:
        raise grammar.refusal(ascii(whole)) from None
    return part
