"""Frozen dataclasses to plain JSON data and back, driven by their type hints: one way for every record on disk."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class Foreign(ValueError):
    """The data does not have the shape that is read here (another version, or another program's file)."""


def to_data(value: object) -> Any:
    """Dataclasses become objects, enums their value, times ISO text, tuples lists."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [to_data(v) for v in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_data(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(f"no way to write {type(value).__name__}")


def from_data(kind: type[T], data: object) -> T:
    """The value that `to_data` wrote. Fields unknown to this version are passed over; absent ones take their default.

    Raises Foreign when a field has another shape.
    """
    return typing.cast(T, _read(kind, data, kind.__name__))


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _read(hint: Any, data: object, place: str) -> object:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        if data is None:
            return None
        (inner,) = (a for a in typing.get_args(hint) if a is not type(None))
        return _read(inner, data, place)
    if origin is tuple:
        if not isinstance(data, list):
            raise Foreign(f"{place}: a list was expected")
        item = typing.get_args(hint)[0]
        return tuple(_read(item, d, f"{place}[{n}]") for n, d in enumerate(data))
    if is_dataclass(hint):
        return _read_object(typing.cast(type, hint), data, place)
    return _read_plain(hint, data, place)


def _read_object(kind: type, data: object, place: str) -> object:
    if not isinstance(data, dict):
        raise Foreign(f"{place}: an object was expected")
    hints = _hints(kind)
    given = {
        f.name: _read(hints[f.name], data[f.name], f"{place}.{f.name}")
        for f in fields(kind)
        if f.name in data
    }
    try:
        return kind(**given)
    except TypeError as error:
        raise Foreign(f"{place}: a field is missing") from error


def _read_plain(hint: Any, data: object, place: str) -> object:
    try:
        if issubclass(hint, Enum):
            return hint(data)
        if issubclass(hint, datetime | date) and isinstance(data, str):
            return hint.fromisoformat(data)
    except ValueError as error:
        raise Foreign(f"{place}: {data!r} is unknown to this version") from error
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if type(data) is not hint:
        raise Foreign(f"{place}: {hint.__name__} was expected")
    return data
