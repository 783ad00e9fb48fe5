"""Faults: which are switched on, and whether one is due for this request.

They live in the state (`meta.faults`, each with its number); how often each was seen and struck is
counted beside it (counting.py), so that counting does not change the tenant's document.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from aiohttp import web

from m365backup_tui.practice.clock import from_iso, parse_duration, to_iso
from m365backup_tui.practice.faults.catalogue import CATALOGUE
from m365backup_tui.practice.faults.counting import Counts, strikes_now
from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.faults.memory import Memory
from m365backup_tui.practice.faults.operations import is_wide, strikes
from m365backup_tui.practice.faults.switch import read_fault

# Which faults struck a request, by their number.
DECIDED = web.RequestKey("practice_faults", dict[int, bool])
WRITES = ("POST", "PUT", "PATCH", "DELETE")

_request: ContextVar[web.Request | None] = ContextVar("practice_fault_request", default=None)


class Faults:
    """The switches. `meta` gives the state's meta area, `now` the tenant's time."""

    def __init__(self, meta: Callable[[], dict[str, Any]], now: Callable[[], datetime]) -> None:
        self._meta = meta
        self._now = now
        self.counts = Counts()
        self._last = 0
        self.memory = Memory()

    @contextlib.contextmanager
    def judging(self, request: web.Request) -> Iterator[None]:
        """While this request is answered: situations count it, and are logged with it when asked
        about.
        """
        token = _request.set(request)
        request[DECIDED] = {}
        for fault in self._meta()["faults"]:
            if CATALOGUE[fault["id"]].lasting and self._in_time(fault) and _means(fault, request):
                self.counts.see(fault["number"])
        try:
            yield
        finally:
            _request.reset(token)

    def in_force(self) -> list[Fault]:
        """The faults that are switched on, inside their time window or not."""
        return list(self._meta()["faults"])

    def on(self, fault_id: str) -> Fault | None:
        """The first fault of this id that is switched on and inside its time window."""
        found: Fault | None = next(
            (f for f in self._meta()["faults"] if f["id"] == fault_id and self._open(f)), None
        )
        request = _request.get()
        if found is not None and request is not None and CATALOGUE[fault_id].lasting:
            self._decide(found, request, True)
        return found

    def due(self, fault_id: str, request: web.Request) -> Fault | None:
        """The fault (its options) if it strikes this request; counts the request once."""
        hit: Fault | None = None
        for fault in self._meta()["faults"]:
            if fault["id"] == fault_id and self._decide(fault, request, hit is None):
                hit = dict(fault)
        return hit

    def strike(self, request: web.Request, fault_ids: Collection[str]) -> dict[str, Fault]:
        """Those of these faults that strike this request, by id; counts it for each of them."""
        hits: dict[str, Fault] = {}
        for fault in self._meta()["faults"]:
            fault_id = fault["id"]
            if fault_id in fault_ids and self._decide(fault, request, fault_id not in hits):
                hits[fault_id] = dict(fault)
        return hits

    def struck_by(self, request: web.Request) -> list[str]:
        """The ids of the faults that struck this request, in the order they were asked about."""
        struck = request.get(DECIDED, {})
        stored = {fault["number"]: str(fault["id"]) for fault in self._meta()["faults"]}
        return [stored[number] for number, hit in struck.items() if hit and number in stored]

    def struck(self, number: int) -> int:
        """How often this fault has struck."""
        return self.counts.struck[number]

    def withdraw(self, fault: Fault, request: web.Request) -> None:
        """The fault had nothing to strike here, so it waits for the next request."""
        self.counts.withdraw(fault["number"])
        request[DECIDED][fault["number"]] = False

    def doors_move(self) -> bool:
        """Whether T1, T3 or T4 holds by now, with this request or while it was answered."""
        doors = ("T1", "T3", "T4")
        return any(fault["id"] in doors and self._open(fault) for fault in self._meta()["faults"])

    def add(self, item: object) -> int:
        """Switch one more on; its number. Raises ValueError naming the field and the rule."""
        fault = read_fault(item)
        stored = self._meta()["faults"]
        self._last = max([self._last, *(other["number"] for other in stored)]) + 1
        fault["number"] = self._last
        if "after" in fault or "for" in fault:
            fault["since"] = to_iso(self._now())
        stored.append(fault)
        return self._last

    def remove(self, number: int) -> bool:
        """Switch one off; False when there is none of this number."""
        stored = self._meta()["faults"]
        kept = [fault for fault in stored if fault["number"] != number]
        gone = len(kept) < len(stored)
        stored[:] = kept
        self.counts.forget(number)
        self.memory.keep({fault["id"] for fault in kept})
        return gone

    def put(self, items: list[dict[str, Any]]) -> None:
        """Make exactly these the faults in force, counted from nought. Raises ValueError."""
        for item in items:
            read_fault(item)
        self._meta()["faults"] = []
        early = self.memory.early  # what clients did stays on record until the tenant is reset
        self.recount()
        self.memory.early = early
        for item in items:
            self.add(item)

    def recount(self, kept: Mapping[int, tuple[int, int]] | None = None) -> None:
        """Count from nought again: after the tenant was reset or replaced. `kept`: go on from these
        counts (seen, struck) by number, after a new start.

        What is no fault in a document from elsewhere is left out.
        """
        self.counts.clear()
        self._last = 0
        self.memory = Memory()
        stored, self._meta()["faults"] = self._meta()["faults"], []
        for item in stored:
            with contextlib.suppress(ValueError):
                number = self.add(item)
                if kept and item.get("number") in kept:
                    self.counts.put(number, *kept[item["number"]])
                if "since" in item:
                    self._meta()["faults"][-1]["since"] = to_iso(from_iso(str(item["since"])))

    def listing(self) -> list[dict[str, Any]]:
        """What is in force, with how often each was seen and struck."""
        return [
            dict(
                fault,
                title=CATALOGUE[fault["id"]].title,
                seen=self.counts.seen[fault["number"]],
                struck=self.counts.struck[fault["number"]],
                open=self._open(fault),
                over=self._over(fault),
            )
            for fault in self._meta()["faults"]
        ]

    def _open(self, fault: Fault) -> bool:
        if not self._in_time(fault):
            return False
        # A situation that begins with the nth request.
        begins = int(fault["nth"]) if CATALOGUE[fault["id"]].lasting and "nth" in fault else 0
        return self.counts.seen[fault["number"]] >= begins

    def _in_time(self, fault: Fault) -> bool:
        begin, end = self._window(fault)
        return (begin is None or begin <= self._now()) and (end is None or self._now() < end)

    def _over(self, fault: Fault) -> bool:
        _, end = self._window(fault)
        times = fault.get("times")
        spent = times is not None and self.counts.struck[fault["number"]] >= times
        return spent or (end is not None and end <= self._now())

    def _window(self, fault: Fault) -> tuple[datetime | None, datetime | None]:
        if "since" not in fault:
            return None, None
        begin = from_iso(fault["since"]) + parse_duration(fault.get("after", "PT0S"))
        return begin, begin + parse_duration(fault["for"]) if "for" in fault else None

    def _decide(self, fault: Fault, request: web.Request, free: bool) -> bool:
        """`free`: no other fault of this id has struck the request, which it is counted in anyway."""
        if DECIDED not in request:
            request[DECIDED] = {}
        decided = request[DECIDED]
        number: int = fault["number"]
        if not decided.get(number) and (number not in decided or CATALOGUE[fault["id"]].lasting):
            decided[number] = self._judge(fault, request, free)
        return decided[number]

    def _judge(self, fault: Fault, request: web.Request, free: bool) -> bool:
        number, lasting = fault["number"], CATALOGUE[fault["id"]].lasting
        if lasting:
            asked = CATALOGUE[fault["id"]].everywhere or _means(fault, request)
            hit = free and asked and self._open(fault)
        else:
            if not self._open(fault) or not _means(fault, request):
                return False
            self.counts.see(number)
            hit = free and strikes_now(fault, self.counts.seen[number], self.counts.struck[number])
        if hit:
            self.counts.strike(number)
        return hit


def _means(fault: Fault, request: web.Request) -> bool:
    """Whether this fault is about such a request."""
    operation = fault["operation"]
    if operation == "connection":
        operation = "any"
    if CATALOGUE[fault["id"]].changing and is_wide(operation) and request.method not in WRITES:
        return False
    return strikes(operation, request.method, request.path)
