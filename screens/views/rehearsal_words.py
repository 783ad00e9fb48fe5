"""The practice menu in words: its rows, what a row means, how often a fault strikes, what a change has done."""

from __future__ import annotations

from collections.abc import Iterable

from m365backup_tui.domain.rehearsal import (
    AllOff,
    Change,
    EarlyReturn,
    InForce,
    Mishap,
    MoveClock,
    Rehearsal,
    SwitchOff,
    SwitchOn,
    Turn,
    When,
)
from m365backup_tui.screens.widgets.rows import Row

ON_NOW = "On now"
_OVER = "Was on"
_SITUATION = "Situation"
_REQUESTS = {"any": "All requests", "service": "Microsoft Graph and Azure"}
_SERVICES = {
    "any": "Everywhere",
    "graph": "Microsoft Graph",
    "arm": "Azure",
    "entra": "Sign-in",
    "portal": "Admin center",
}
"""The services by the short names of the control endpoint; another one is shown as it is."""

_WAY_BACK = "To end it: F9, then D on it."


def where(mishap: Mishap) -> str:
    """The group a row stands in."""
    return _SITUATION if mishap.named else _SERVICES.get(mishap.service, mishap.service)


def scope(operation: str) -> str:
    """Which requests: a service, a kind such as `create policy`, or a pattern such as `POST /v1.0/*`."""
    return _REQUESTS.get(operation) or _SERVICES.get(operation) or upper(operation)


def nth(number: int) -> str:
    """`2nd`, `3rd`, `11th`."""
    ending = (
        "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{ending}"


def how_often(when: When, every: int = 2, *, lasting: bool = False) -> str:
    """The choice in a few words; a lasting one strikes no request in particular."""
    if lasting:
        return "for two minutes" if when is When.TWO_MINUTES else "until it is switched off"
    return {
        When.NEXT: "the next request",
        When.EVERY: f"every {nth(every)} request" if every > 1 else "every request",
        When.ONE_IN_TEN: "one request in ten",
        When.TWO_MINUTES: "every request for two minutes",
        When.ALWAYS: "every request until it is switched off",
    }[when]


def pace_of(fault: InForce) -> str:
    """How often a fault in force strikes, whoever switched it on."""
    if fault.lasting:
        words = "until it is switched off"
        if fault.nth > 1:
            words = f"from the {nth(fault.nth)} request on, {words}"
    elif fault.every:
        words = how_often(When.EVERY, fault.nth)
    elif fault.rate < 1:
        words = f"{fault.rate:.0%} of the requests"
    elif fault.times == 1:
        words = "the next request" if fault.nth == 1 else f"the {nth(fault.nth)} request"
    elif fault.times is not None:
        words = f"{fault.times} requests"
    else:
        words = "every request" if fault.nth == 1 else f"from the {nth(fault.nth)} request on"
    if not fault.lasts:
        return words
    span = f"for {lasts(fault.lasts)}"
    return span if fault.lasting else f"{words} {span}"


def lasts(iso: str) -> str:
    """`PT2M` as `2 min`; any other duration without its P and T."""
    return iso.removeprefix("PT").removeprefix("P").lower().replace("m", " min").replace("s", " s")


def struck(fault: InForce) -> str:
    """How often it has struck, or that it is over, or to come."""
    if fault.over:
        return "over" if fault.lasting else f"over, struck {fault.struck}"
    if not fault.begun:
        return "still to come"
    return "in force" if fault.lasting else f"struck {fault.struck} of {fault.seen}"


def rows(rehearsal: Rehearsal, words: str = "") -> tuple[Row, ...]:
    """What is on first, then all there is, group by group; those that have the words."""
    wanted = words.casefold().split()

    def matching(*texts: str) -> bool:
        text = " ".join(texts).casefold()
        return all(word in text for word in wanted)

    on = [
        Row(
            f"on {fault.number}",
            (_OVER if fault.over else ON_NOW, fault.title, struck(fault)),
            mark="dot" if fault.over else "current",
        )
        for fault in rehearsal.in_force
        if matching(ON_NOW, fault.title, fault.key, fault.operation)
    ]
    rest = [
        Row(
            mishap.row,
            (where(mishap), mishap.title, "on" if mishap.on else ""),
            mark="current" if mishap.on else "",
        )
        for mishap in grouped(rehearsal.mishaps)
        if matching(where(mishap), mishap.title, mishap.says, mishap.key)
    ]
    return (*on, *rest)


def grouped(mishaps: Iterable[Mishap]) -> list[Mishap]:
    """Group by group, in the order in which the groups come first."""
    order: dict[str, list[Mishap]] = {}
    for mishap in mishaps:
        order.setdefault(where(mishap), []).append(mishap)
    return [mishap for group in order.values() for mishap in group]


def found(rehearsal: Rehearsal, row_id: str | None) -> Mishap | InForce | None:
    """What a row of the menu stands for."""
    kind, _, key = (row_id or "").partition(" ")
    if kind == "on":
        return next((f for f in rehearsal.in_force if str(f.number) == key), None)
    return next((m for m in rehearsal.mishaps if m.row == row_id), None)


def about(rehearsal: Rehearsal, row_id: str | None) -> str:
    """What the row under the cursor means, and what Enter does there."""
    thing = found(rehearsal, row_id)
    if thing is None:
        return ""
    if isinstance(thing, InForce):
        mishap = next((m for m in rehearsal.mishaps if m.key == thing.key and not m.named), None)
        says = f"{mishap.says} " if mishap else ""
        which = "" if thing.lasting else f" ({scope(thing.operation)})"
        end = "D takes it away." if thing.over else "D switches it off."
        return f"{says}{upper(pace_of(thing))}{which}: {struck(thing)}. {end}"
    if thing.named:
        then = "Enter ends it." if thing.on else "Enter begins it; it holds until you end it here."
        return f"{thing.says} {then}"
    return f"{thing.says} Enter asks when{'' if thing.lasting else ' and for which requests'}."


def promise(order: SwitchOn, says: str) -> str:
    """What will be seen once this is switched on, and the way back."""
    if not order.operation:
        return f"{says} It holds {how_often(order.when, lasting=True)}. {_WAY_BACK}"
    kind = scope(order.operation)
    then = "It is over after that." if order.when is When.NEXT else _WAY_BACK
    return f"{says} It happens to {how_often(order.when, order.nth)} ({kind}). {then}"


def said(change: Change | None, rehearsal: Rehearsal) -> str:
    """What a change has done; "" when nothing was changed."""
    match change:
        case SwitchOn(_, title, when, operation, every):
            often = how_often(when, every, lasting=not operation)
            return f"On: {title}, {often}."
        case SwitchOff(_, title):
            return f"Off: {title}."
        case Turn(_, title, on):
            then = "It holds until you end it here" if on else "What it has done already stays"
            return f"{'On' if on else 'Off'}: {title}. {then}."
        case AllOff():
            return "Everything is off: the practice tenant behaves."
        case MoveClock(hours):
            at = rehearsal.clock
            now = f": {at.day} {at:%b %H:%M} UTC" if at else ""
            return f"The practice tenant's time is {ahead(hours)} ahead of before{now}."
        case None:
            return ""


def ahead(hours: int) -> str:
    """`1 hour`, `1 day`."""
    days, rest = divmod(hours, 24)
    if days and not rest:
        return f"{days} day{'s' if days > 1 else ''}"
    return f"{hours} hour{'s' if hours > 1 else ''}"


def summary(rehearsal: Rehearsal) -> str:
    """How many things are on, and how many of those in the list are over."""
    over = sum(fault.over for fault in rehearsal.in_force)
    count = len(rehearsal.in_force) - over + sum(m.named and m.on for m in rehearsal.mishaps)
    if not count:
        nothing = "more " if over else ""
        return f"Nothing {nothing}is switched on: the practice tenant behaves."
    things = "1 thing is" if count == 1 else f"{count} things are"
    return f"{things} switched on."


def early_rows(early: tuple[EarlyReturn, ...]) -> tuple[Row, ...]:
    """What was repeated too early, the worst first."""
    ordered = sorted(early, key=lambda one: one.seconds, reverse=True)
    return tuple(
        Row(str(index), (one.what, times(one.calls), f"{one.seconds:.1f} s"))
        for index, one in enumerate(ordered)
    )


def times(count: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def upper(words: str) -> str:
    """The sentence with a capital."""
    return words[:1].upper() + words[1:]
