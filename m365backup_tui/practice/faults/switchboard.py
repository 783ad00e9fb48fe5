"""Faults: which are switched on, and whether one is due for this request.

They live in the state (`meta.faults`, each with its number); how often each was seen and struck is
kept beside it in memory, so that counting does not change the tenant's document.
"""

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from aiohttp import web

from m365backup_tui.practice.clock import from_iso, parse_duration, to_iso
from m365backup_tui.practice.faults.catalogue import CATALOGUE
from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.faults.memory import Memory
from m365backup_tui.practice.faults.operations import strikes
from m365backup_tui.practice.faults.switch import read_fault

# Which faults struck a request, by their number.
DECIDED = web.RequestKey("practice_faults", dict[int, bool])


class Faults:
    """The switches. `meta` gives the state's meta area, `now` the tenant's time."""

    def __init__(self, meta: Callable[[], dict[str, Any]], now: Callable[[], datetime]) -> None:
        self._meta = meta
        self._now = now
        self._seen: Counter[int] = Counter()
        self._struck: Counter[int] = Counter()
        self._last = 0
        self.memory = Memory()

    def in_force(self) -> list[Fault]:
        """The faults that are switched on, inside their time window or not."""
        return list(self._meta()["faults"])

    def on(self, fault_id: str) -> Fault | None:
        """The first fault of this id that is switched on and inside its time window."""
        return next(
            (f for f in self._meta()["faults"] if f["id"] == fault_id and self._open(f)), None
        )

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
        return self._struck[number]

    def withdraw(self, fault: Fault, request: web.Request) -> None:
        """The fault had nothing to strike here, so it waits for the next request."""
        self._struck[fault["number"]] -= 1
        request[DECIDED][fault["number"]] = False

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

    def recount(self) -> None:
        """Count from nought again: after the tenant was reset or replaced.

        What is no fault in a document from elsewhere is left out.
        """
        self._seen.clear()
        self._struck.clear()
        self._last = 0
        self.memory = Memory()
        stored, self._meta()["faults"] = self._meta()["faults"], []
        for item in stored:
            with contextlib.suppress(ValueError):
                self.add(item)
                if "since" in item:
                    self._meta()["faults"][-1]["since"] = to_iso(from_iso(str(item["since"])))

    def listing(self) -> list[dict[str, Any]]:
        """What is in force, with how often each was seen and struck."""
        return [
            dict(
                fault,
                title=CATALOGUE[fault["id"]].title,
                seen=self._seen[fault["number"]],
                struck=self._struck[fault["number"]],
                open=self._open(fault),
            )
            for fault in self._meta()["faults"]
        ]

    def _open(self, fault: Fault) -> bool:
        if "since" not in fault:
            return True
        start = from_iso(fault["since"])
        if "after" in fault:
            start += parse_duration(fault["after"])
        if self._now() < start:
            return False
        return "for" not in fault or self._now() < start + parse_duration(fault["for"])

    def _decide(self, fault: Fault, request: web.Request, free: bool) -> bool:
        """`free`: no other fault of this id has struck the request, which it is counted in anyway."""
        if DECIDED not in request:
            request[DECIDED] = {}
        decided = request[DECIDED]
        number: int = fault["number"]
        if number not in decided:
            decided[number] = self._judge(fault, request, free)
        return decided[number]

    def _judge(self, fault: Fault, request: web.Request, free: bool) -> bool:
        if not self._open(fault) or not strikes(fault["operation"], request.method, request.path):
            return False
        number = fault["number"]
        self._seen[number] += 1
        lasting = CATALOGUE[fault["id"]].lasting
        hit = free and (lasting or _counted(fault, self._seen[number], self._struck[number]))
        self._struck[number] += hit
        return hit


def draw(fault: Fault, seen: int) -> float:
    """From 0 to 1, the same in every run: it depends only on the fault and how many were seen."""
    return random.Random(f"{fault['id']}:{fault['operation']}:{seen}").random()  # noqa: S311


def _counted(fault: Fault, seen: int, struck: int) -> bool:
    if fault["times"] is not None and struck >= fault["times"]:
        return False
    if fault["every"]:
        return bool(seen % fault["nth"] == 0)
    rate: float = fault["rate"]
    return bool(seen >= fault["nth"] and (rate >= 1 or draw(fault, seen) < rate))
