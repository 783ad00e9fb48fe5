"""The installed azure-mgmt-resource as a judge of JSON. It has models for what it calls and no more:
resource groups, resources, providers, tags and errors; none for subscriptions, rights, locks and policies.
"""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any

from azure.mgmt.resource.resources import models

from tests.practice.sdk_models import is_moment


@cache
def fields(kind: type) -> dict[str, Any]:
    """The JSON names of a model with the types of its attributes."""
    known: Any = kind
    known({})  # the first instance collects the fields
    # Their modules know each other as `_models` while types are checked only.
    hints = typing.get_type_hints(kind, localns={"_models": models, "JSON": Any})
    return {rest._rest_name: hints[name] for name, rest in known._attr_to_rest_field.items()}


def problems(hint: Any, value: Any, at: str = "$") -> Iterator[str]:
    """What in this JSON does not fit the type."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if value is None or hint is Any:
        return
    if origin in (typing.Union, types.UnionType):
        yield from _one_of(parts, value, at)
    elif origin is list:
        if not isinstance(value, list):
            yield f"{at}: is no list"
        else:
            for number, one in enumerate(value):
                yield from problems(parts[0], one, f"{at}[{number}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{at}: is no object"
        else:
            for name, one in value.items():
                yield from problems(parts[1], one, f"{at}.{name}")
    elif isinstance(hint, type) and issubclass(hint, models.ErrorDetail.__mro__[1]):
        yield from _object(hint, value, at)
    elif hint is datetime.datetime:
        if not isinstance(value, str) or not is_moment(value):
            yield f"{at}: is no moment but {value!r}"
    elif isinstance(hint, type) and issubclass(hint, Enum):
        if value not in {member.value for member in hint}:
            yield f"{at}: {value!r} is no member of {hint.__name__}"
    elif type(value) is not hint:
        yield f"{at}: is no {hint} but {value!r:.60}"


def _one_of(parts: tuple[Any, ...], value: Any, at: str) -> Iterator[str]:
    real = [part for part in parts if part is not type(None)]
    enums = [one for one in real if isinstance(one, type) and issubclass(one, Enum)]
    # Enums are open (Union[str, Enum]); here only what they list is right.
    yield from problems(enums[0] if enums else real[0], value, at)


def _object(kind: type, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: is no object"
        return
    known = fields(kind)
    for name, content in value.items():
        if name in known:
            yield from problems(known[name], content, f"{at}.{name}")
        else:
            yield f"{at}.{name}: {kind.__name__} has no such field"
