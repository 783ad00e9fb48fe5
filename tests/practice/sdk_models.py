"""The installed msgraph-sdk as a judge of JSON: field names, enum members, `@odata.type` names, kinds of values.

The SDK itself is lenient: an unknown field goes to additional_data, an unknown enum member becomes
None (graph.md §13). Here both are findings. Nothing is typed by hand: what a model has is asked
from its own deserializers.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Any

import msgraph.generated.models as models

Json = dict[str, Any]

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DURATION = re.compile(
    r"-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Instance annotations of the OData JSON format 4.01 §4.5 and §8.5; no model has them as fields.
_ANNOTATION = re.compile(r"[A-Za-z]*@(odata|microsoft\.graph|Core)\.[A-Za-z.]+|@contentId")
_TEXTS = {"datetime": _DATE_TIME, "date": _DATE, "timedelta": _DURATION, "uuid": _GUID}


@dataclass(frozen=True, slots=True)
class Field:
    """What a deserializer reads: `kind` as in kiota's `get_<kind>_value`, `of` the class or None."""

    kind: str
    of: Any = None
    many: bool = False


class _Asked:
    """Stands where a ParseNode would and notes what it is asked for."""

    def __init__(self) -> None:
        self.found = Field("unknown")

    def __getattr__(self, name: str) -> Any:
        one = re.fullmatch(r"get_(\w+)_value", name)
        many = re.fullmatch(r"get_collection_of_(\w+)_values", name)

        def ask(of: Any = None) -> None:
            kind = (many or one)[1]  # type: ignore[index]  # kiota has no other getters
            if kind == "primitive":
                kind = getattr(of, "__name__", "str").lower()
            self.found = Field(kind, of, many is not None)

        return ask


@cache
def fields(kind: type) -> dict[str, Field]:
    """The JSON fields of a model with those that it inherits."""
    found = {}
    for name, read in kind().get_field_deserializers().items():
        node = _Asked()
        read(node)
        found[name] = node.found
    return found


@cache
def members(kind: type[Enum]) -> frozenset[str]:
    """The members of an enum as JSON has them."""
    return frozenset(str(member.value) for member in kind)


@cache
def modules() -> dict[str, str]:
    """Module names of the models by their squeezed name: `mailboxprotectionunit`."""
    names = (info.name for info in pkgutil.iter_modules(models.__path__))
    return {name.replace("_", ""): name for name in names}


@cache
def model(name: str) -> type | None:
    """The class of a type name such as `exchangeProtectionPolicy`, None when the SDK has none."""
    module = modules().get(name.lower())
    if module is None:
        return None
    return _class_in(importlib.import_module(f"{models.__name__}.{module}"), name)


def _class_in(module: ModuleType, name: str) -> type | None:
    for cls_name, cls in inspect.getmembers(module, inspect.isclass):
        if cls_name.lower() == name.lower() and cls.__module__ == module.__name__:
            return cls
    return None


def problems(kind: type, value: Any, at: str = "$") -> Iterator[str]:
    """What in this JSON object does not fit the model."""
    if not isinstance(value, dict):
        yield f"{at}: is no object but {value!r:.60}"
        return
    named = value.get("@odata.type")
    if named is not None:
        derived = model(str(named).removeprefix("#microsoft.graph."))
        if not str(named).startswith("#microsoft.graph.") or derived is None:
            yield f"{at}: {named!r} is no type of the SDK"
            return
        if not issubclass(derived, kind):
            yield f"{at}: {named!r} is not one of {kind.__name__}"
            return
        kind = derived
    elif kind.__name__.endswith("Base"):
        yield f"{at}: says not which {kind.__name__} it is"
    known = fields(kind)
    if kind.__name__.endswith("Response") and "value" in known and "value" not in value:
        yield f"{at}: has no value"
    for name, content in value.items():
        yield from _field_problems(known, name, content, f"{at}.{name}", kind)


def _field_problems(
    known: dict[str, Field], name: str, content: Any, at: str, kind: type
) -> Iterator[str]:
    delta = name.removesuffix("@delta")
    if delta != name and delta in known:
        yield from _delta_problems(known[delta].of, content, at)
    elif name in known:
        yield from _value_problems(known[name], content, at)
    elif name == "@Core.DataModificationException":
        yield from _failure_problems(content, at)
    elif not _ANNOTATION.fullmatch(name):
        yield f"{at}: {kind.__name__} has no such field"


def _delta_problems(of: type, content: Any, at: str) -> Iterator[str]:
    """The SDK does not model deltas; entries are units, removals or failures (graph.md §3)."""
    if not isinstance(content, list):
        yield f"{at}: is no list"
        return
    for number, entry in enumerate(content):
        rest = {key: one for key, one in entry.items() if key not in ("@removed",)}
        yield from problems(of, rest, f"{at}[{number}]")


def _failure_problems(content: Any, at: str) -> Iterator[str]:
    """What went wrong with one entry of a delta, as graph.md §3 prints it."""
    kinds = {"info": dict, "failedOperation": str, "responseCode": int}
    if not isinstance(content, dict) or {k: type(v) for k, v in content.items()} != kinds:
        yield f"{at}: is no failure of an entry"
    elif {k: type(v) for k, v in content["info"].items()} != {"code": str, "message": str}:
        yield f"{at}.info: is no error"


def _value_problems(field: Field, content: Any, at: str) -> Iterator[str]:
    if content is None:
        return
    if field.many and field.kind != "enum":
        if not isinstance(content, list):
            yield f"{at}: is no list but {content!r:.60}"
            return
        for number, one in enumerate(content):
            yield from _value_problems(Field(field.kind, field.of), one, f"{at}[{number}]")
    elif field.kind == "object":
        yield from problems(field.of, content, at)
    elif field.kind == "enum":
        # Flags are one text, separated by commas (graph.md §2.6).
        parts = str(content).split(",") if field.many else [content]
        if not isinstance(content, str) or any(one not in members(field.of) for one in parts):
            yield f"{at}: {content!r:.60} is no member of {field.of.__name__}"
    elif not _fits(field.kind, content):
        yield f"{at}: is no {field.kind} but {content!r:.60}"


def is_moment(text: str) -> bool:
    """Whether a text is a date, a time and an offset."""
    return _DATE_TIME.fullmatch(text) is not None


def _fits(kind: str, content: Any) -> bool:
    if kind in _TEXTS:
        return isinstance(content, str) and _TEXTS[kind].fullmatch(content) is not None
    if kind == "bool":
        return isinstance(content, bool)
    if kind in ("int", "float"):
        number = (int,) if kind == "int" else (int, float)
        return isinstance(content, number) and not isinstance(content, bool)
    return isinstance(content, str)
