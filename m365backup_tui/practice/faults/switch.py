"""Reads one switched-on fault: the common options, then the fault's own; says what is wrong."""

import math
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.clock import parse_duration
from m365backup_tui.practice.faults.catalogue import CATALOGUE
from m365backup_tui.practice.faults.known import Fault, Known
from m365backup_tui.practice.faults.operations import read_operation

COUNTING = ("operation", "nth", "every", "rate", "times")
TIMING = ("after", "for")
# What the listings add: such an object may be sent back as it came.
SHOWN = ("id", "kind", "on", "number", "title", "since", "open", "over", "seen", "struck")
LONGEST = timedelta(days=36_500)


def read_fault(item: object) -> Fault:
    """One fault with every option filled in, without number. Raises ValueError in words.

    Common options: `operation`; `nth` (from the nth like request on; that one alone when neither
    `times`, `every` nor `rate` is given); `every` (true: every nth; a number: every so many);
    `rate` (0 to 1, the same requests in every run); `times` (at most so many strikes); `after` and
    `for` (ISO 8601 durations on the tenant's clock, counted from switching on and not divided by
    the pace: `POST /control/clock` moves them). A lasting fault takes `nth` (it begins with the nth
    such request and stays), `after` and `for`; `operation` says which requests `nth` counts, and for
    H2 and T12 which ones are meant at all.
    """
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise ValueError("A fault is an object with an id.")
    known = CATALOGUE.get(item["id"])
    if known is None:
        raise ValueError(f"There is no fault called {item['id']!r}.")
    own = {option.name: option for option in known.options}
    common = ("operation", "nth", *TIMING) if known.lasting else (*COUNTING, *TIMING)
    for name in item:
        if name not in own and name not in common and name not in SHOWN:
            takes = ", ".join((*common, *own))
            raise ValueError(f"{known.id} takes no {name}; it takes {takes}.")
    fault: Fault = {"id": known.id, "operation": known.operation}
    if not known.lasting:
        fault |= _counting(known, item)
    elif item.get("nth") is not None:
        fault["nth"] = _whole(item, "nth", 1)
    if item.get("operation", known.operation) != known.operation:
        if known.everywhere and "nth" not in fault:
            raise ValueError(f"{known.id} holds for everything: operation goes with nth only.")
        fault["operation"] = read_operation(item["operation"])
    for name in TIMING:
        if item.get(name) is not None:
            if parse_duration(str(item[name])) > LONGEST:
                raise ValueError(f"{name} is a hundred years at most.")
            fault[name] = str(item[name])
    for name, option in own.items():
        if name in item and item[name] is not None:
            fault[name] = option.read(known.id, item[name])
        elif option.usual is not None:
            fault[name] = option.usual
    return fault


def _counting(known: Known, item: dict[str, Any]) -> Fault:
    every = item.get("every", False)
    nth = _whole(item, "nth", 1)
    if not isinstance(every, bool):
        nth, every = _whole(item, "every", 1), True
    rate = item.get("rate", 1.0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise ValueError("rate is a number from 0 to 1.")
    times: int | None = known.times
    if "times" in item:  # null: no limit
        times = None if item["times"] is None else _whole(item, "times", 1)
    elif not every and rate >= 1 and "nth" in item:
        times = 1  # "the third" means the third, not the third and all after it
    return {"nth": nth, "every": every, "rate": float(rate), "times": times}


def _whole(item: dict[str, Any], name: str, otherwise: int) -> int:
    value = item.get(name, otherwise)
    right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not right or value < 1 or value != int(value):
        raise ValueError(f"{name} is a whole number from 1.")
    return int(value)
