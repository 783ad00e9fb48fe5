"""What can be made to go wrong on the practice tenant, through its control endpoint.

The tenant says what there is; this only turns its JSON into values and a change into one call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, Protocol

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.rehearsal import (
    AllOff,
    Change,
    EarlyReturn,
    Extra,
    InForce,
    Mishap,
    MoveClock,
    Rehearsal,
    SwitchOff,
    SwitchOn,
    Turn,
    When,
)

_TWO_MINUTES = "PT2M"
_RATE = 0.1
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Json = Mapping[str, Any]


class Control(Protocol):
    """One call of the control endpoint: `PracticeStandIn.control`."""

    def __call__(self, method: str, path: str, body: Any = None, /) -> Awaitable[Any]: ...


class PracticeRehearsal:
    """Fulfils `ports.Rehearsing`. Raises what `control` raises (Unreachable, Rejected, NotFound) and Broken for an
    answer that cannot be read."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def look(self) -> Rehearsal:
        """Everything there is, what is on, and who came back too early."""
        faults = await self._control("GET", "faults")
        listed = await self._control("GET", "scenarios")
        early = await self._control("GET", "early")
        try:
            return _rehearsal(faults, listed, early)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Broken("The practice tenant's list of faults cannot be read.") from error

    async def carry_out(self, change: Change) -> datetime | None:
        """Make the change; the tenant's time afterwards when that is what changed."""
        match change:
            case SwitchOn():
                await self._control("POST", "faults", fault_body(change))
            case SwitchOff(number):
                await self._control("DELETE", f"faults/{number}")
            case Turn(key, _, on):
                await self._control("PUT", f"scenarios/{key}", {"on": on})
            case AllOff():
                await self._control("PUT", "scenarios", [])  # exactly these, faults included: none
            case MoveClock(hours):
                answer = await self._control("POST", "clock", {"advance": f"PT{hours}H"})
                return _moment(answer)
        return None


def fault_body(order: SwitchOn) -> dict[str, Any]:
    """The fault as `POST /control/faults` takes it."""
    body: dict[str, Any] = {"id": order.key}
    if order.operation:
        body["operation"] = order.operation
    match order.when:
        case When.NEXT:
            body |= {"nth": 1, "times": 1}
        case When.EVERY:
            body |= {"nth": order.nth, "every": True}
        case When.ONE_IN_TEN:
            body["rate"] = _RATE
        case When.TWO_MINUTES:
            body["for"] = _TWO_MINUTES
        case When.ALWAYS:
            pass
    return body | {name: _value(text) for name, text in order.extras}


def _value(text: str) -> Any:
    """A number or true and false as such, anything else as typed."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _rehearsal(faults: Json, listed: list[Json], early: Json) -> Rehearsal:
    known = {str(item["id"]): _mishap(item) for item in faults["catalogue"]}
    named = tuple(
        Mishap(
            str(item["id"]),
            str(item.get("title") or _named(str(item["id"]))),
            str(item.get("says", "")),
            named=True,
            on=bool(item.get("on")),
        )
        for item in listed
        if item.get("kind") == "scenario" and str(item["id"]) not in known
    )
    requests = tuple(str(name) for name in faults["operations"])
    in_force = tuple(_in_force(item, known) for item in faults["in_force"])
    return Rehearsal(
        (*named, *known.values()),
        requests,
        in_force,
        tuple(_early(item) for item in early["callers"]),
    )


def _named(key: str) -> str:
    """A situation has no title of its own: `provider-stuck` is read as Provider stuck."""
    return key.replace("-", " ").capitalize()


def _mishap(item: Json) -> Mishap:
    extras = tuple(
        Extra(str(name), str(one.get("says", "")), str(one.get("takes", "")), _text(one))
        for name, one in item.get("options", {}).items()
    )
    return Mishap(
        str(item["id"]),
        str(item["title"]),
        str(item["says"]),
        str(item.get("service", "")),
        str(item.get("operation", "")),
        tuple(str(name) for name in item.get("requests", ())),
        bool(item.get("lasting")),
        extras,
    )


def _text(extra: Json) -> str:
    usual = extra.get("usual")
    if isinstance(usual, bool):
        return str(usual).lower()
    return "" if usual is None else str(usual)


def _in_force(item: Json, known: Mapping[str, Mishap]) -> InForce:
    mishap = known.get(str(item["id"]))
    times = item.get("times")
    return InForce(
        int(item["number"]),
        str(item["id"]),
        mishap.title if mishap else str(item["id"]),
        str(item.get("operation", "")),
        mishap.lasting if mishap else False,
        int(item.get("nth") or 1),
        bool(item.get("every")),
        float(item.get("rate", 1.0)),
        None if times is None else int(times),
        str(item.get("for") or ""),
        bool(item.get("over")),
        bool(item.get("open", True)),
        int(item.get("seen", 0)),
        int(item.get("struck", 0)),
    )


def _early(item: Json) -> EarlyReturn:
    """Paths without the ids in them, which tell a person nothing."""
    what = f"{item['method']} {item['path']}"
    return EarlyReturn(_ID.sub("…", what), int(item["calls"]), float(item["worst_seconds"]))


def _moment(answer: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(answer["now"]))
    except (KeyError, TypeError, ValueError):
        return None
