"""Answers that are wrong on purpose, to see whether the judges find what they are there to find."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from tests.practice.recording import Exchange

Json = dict[str, Any]
_ENUMS = ("status", "restoreJobType", "destinationType", "role", "tags", "type", "disableReason")


def deviations(one: Exchange) -> Iterator[tuple[str, int, Any]]:
    """(what is wrong, status, answer) for each way in which this exchange can be spoiled."""
    if one.status >= 400:
        for number, wrong in enumerate(_envelopes(one.answer or {})):
            yield f"error envelope {number}", one.status, wrong
        return
    yield "success code", 203, one.answer
    if one.answer is None:
        yield "body where none belongs", one.status, {"id": "x"}
        return
    yield "no body", one.status, None
    yield "a list", one.status, [one.answer]
    for name, spoil in _SPOILS.items():
        wrong = copy.deepcopy(one.answer)
        if spoil(wrong):
            yield name, one.status, wrong


def _envelopes(answer: Json) -> Iterator[Any]:
    error: Json = answer["error"]
    yield {"Message": error["message"]}
    yield {"error": error["message"]}
    yield {"error": {**error, "code": 400}}
    yield {"error": {key: value for key, value in error.items() if key != "message"}}
    yield {"error": {**error, "reason": "x"}}
    yield {"error": error, "value": []}
    yield None


def _extra(answer: Json) -> bool:
    answer["owner"] = "nobody"
    return True


def _extra_in_item(answer: Json) -> bool:
    items = answer.get("value")
    return isinstance(items, list) and items != [] and _extra(items[0])


def _no_value(answer: Json) -> bool:
    return answer.pop("value", None) is not None


def _bad_enum(answer: Json) -> bool:
    return _first(answer, lambda name, value: name in _ENUMS and isinstance(value, str), "dirty")


def _bad_date(answer: Json) -> bool:
    # As most pages print it (graph.md §15 item 9).
    return _first(
        answer,
        lambda name, value: name.endswith("DateTime") and isinstance(value, str),
        "2026-11-03T09-15-22Z",
    )


def _bad_type_name(answer: Json) -> bool:
    return _first(answer, lambda name, _: name == "@odata.type", "#microsoft.graph.mailbox")


def _number_for_text(answer: Json) -> bool:
    return _first(answer, lambda name, _: name in ("id", "displayName", "itemKey"), 7)


def _text_for_truth(answer: Json) -> bool:
    return _first(answer, lambda _, value: isinstance(value, bool), "yes")


def _text_for_number(answer: Json) -> bool:
    return _first(
        answer,
        lambda name, value: type(value) is int and not name.startswith("@"),
        "3",
    )


def _object_for_list(answer: Json) -> bool:
    return _first(answer, lambda _, value: isinstance(value, list), {})


_SPOILS: dict[str, Callable[[Json], bool]] = {
    "extra property": _extra,
    "extra property in an item": _extra_in_item,
    "missing value": _no_value,
    "bad enum": _bad_enum,
    "bad date-time": _bad_date,
    "bad type name": _bad_type_name,
    "number for text": _number_for_text,
    "text for true or false": _text_for_truth,
    "text for a number": _text_for_number,
    "object for a list": _object_for_list,
}


def _first(node: Any, fits: Callable[[str, Any], bool], wrong: Any) -> bool:
    """Put `wrong` at the first place that fits; False when there is none."""
    if isinstance(node, list):
        return any(_first(one, fits, wrong) for one in node)
    if not isinstance(node, dict):
        return False
    for name, value in node.items():
        if fits(name, value):
            node[name] = wrong
            return True
    return any(_first(value, fits, wrong) for value in node.values())
