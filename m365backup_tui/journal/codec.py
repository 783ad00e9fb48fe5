"""Frozen dataclasses to plain JSON data and back, driven by their type hints: one way for every record on disk.

Writers and readers are built once per class and kept: a plan of 100,000 units is a hundred thousand objects.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
_Reader = Callable[[Any], Any]
_PLAIN = frozenset({str, int, bool, float, type(None)})
_ABSENT = object()


class Foreign(ValueError):
    """The data does not have the shape that is read here (another version, or another program's file)."""


def to_data(value: object) -> Any:
    """Dataclasses become objects, enums their value, times ISO text, tuples lists."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, tuple | list):
        return [to_data(v) for v in value]
    if is_dataclass(value) and not isinstance(value, type):
        names, get = _fields(typing.cast(Any, kind))
        return {
            n: v if type(v) in _PLAIN else to_data(v)
            for n, v in zip(names, get(value), strict=True)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"no way to write {kind.__name__}")


def from_data(kind: type[T], data: object) -> T:
    """The value that `to_data` wrote. Fields unknown to this version are passed over; absent ones take their default.

    Raises Foreign, naming the place, when a field has another shape.
    """
    try:
        return typing.cast(T, _reader(typing.cast(Any, kind))(data))
    except Foreign as error:
        raise Foreign(f"{kind.__name__}{error}") from error


@cache
def _fields(kind: type) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    names = tuple(f.name for f in fields(kind))
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, n) for n in names)


@cache
def _reader(hint: Any) -> _Reader:
    """What reads one kind of value. Its Foreign begins with the place below that value."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (a for a in typing.get_args(hint) if a is not type(None))
        read = _reader(inner)
        return lambda data: None if data is None else read(data)
    if origin is tuple:
        return _tuple_reader(_reader(typing.get_args(hint)[0]))
    if is_dataclass(hint):
        return _object_reader(typing.cast(type, hint))
    return _plain_reader(hint)


def _tuple_reader(read: _Reader) -> _Reader:
    def tuple_of(data: Any) -> Any:
        if not isinstance(data, list):
            raise Foreign(": a list was expected")
        found: list[Any] = []
        try:
            found.extend(read(item) for item in data)
        except Foreign as error:
            raise Foreign(f"[{len(found)}]{error}") from error
        return tuple(found)

    return tuple_of


def _object_reader(kind: type) -> _Reader:
    hints = typing.get_type_hints(kind)
    parts = tuple(
        (
            f.name,
            hints[f.name] if hints[f.name] in (str, int, bool) else None,  # as they stand
            _reader(hints[f.name]),
            f.default is not MISSING or f.default_factory is not MISSING,
        )
        for f in fields(kind)
    )

    def object_of(data: Any) -> Any:
        if not isinstance(data, dict):
            raise Foreign(": an object was expected")
        get = data.get
        given: dict[str, Any] = {}
        for name, plain, read, optional in parts:
            value = get(name, _ABSENT)
            if type(value) is plain:
                given[name] = value
            elif value is not _ABSENT:
                try:
                    given[name] = read(value)
                except Foreign as error:
                    raise Foreign(f".{name}{error}") from error
            elif not optional:
                raise Foreign(": a field is missing")
        return kind(**given)

    return object_of


def _plain_reader(hint: Any) -> _Reader:
    timely = issubclass(hint, datetime | date)
    listed = issubclass(hint, Enum)

    def plain_of(data: Any) -> Any:
        if type(data) is hint:
            return data
        try:
            if listed:
                return hint(data)
            if timely and isinstance(data, str):
                return hint.fromisoformat(data)
        except ValueError as error:
            raise Foreign(f": {data!r} is unknown to this version") from error
        if hint is float and isinstance(data, int) and not isinstance(data, bool):
            return float(data)
        raise Foreign(f": {hint.__name__} was expected")

    return plain_of
