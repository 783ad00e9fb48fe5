"""How often each fault was seen and has struck, kept with the tenant but not part of its document."""

import random
import sqlite3
from collections import Counter

from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.tables import Table

FAULT_COUNTS = Table(
    "meta",
    "fault_count",
    "number",
    "CREATE TABLE fault_count (number INTEGER PRIMARY KEY, seen INTEGER, struck INTEGER)",
    derived=True,
)


class Counts:
    """Requests a fault could have struck, and those it did, by its number."""

    def __init__(self) -> None:
        self.seen: Counter[int] = Counter()
        self.struck: Counter[int] = Counter()
        self._unsaved = False

    def see(self, number: int) -> None:
        """One more request that is meant. Saved with the next strike, or at the end."""
        self.seen[number] += 1

    def strike(self, number: int) -> None:
        """One more that was struck."""
        self.struck[number] += 1
        self._unsaved = True

    def withdraw(self, number: int) -> None:
        """One less: it had no effect."""
        self.struck[number] -= 1
        self._unsaved = True

    def put(self, number: int, seen: int, struck: int) -> None:
        """Go on from these."""
        self.seen[number], self.struck[number] = seen, struck

    def forget(self, number: int) -> None:
        """The fault is switched off."""
        self.seen.pop(number, None)
        self.struck.pop(number, None)
        self._unsaved = True

    def clear(self) -> None:
        """From nought."""
        self.seen.clear()
        self.struck.clear()
        self._unsaved = True

    def keep(self, db: sqlite3.Connection, *, also_seen: bool = False) -> None:
        """Write them, when one has struck since the last time (`also_seen`: or was seen).

        A new start must not let a fault strike once more that was to strike once.
        """
        if not self._unsaved and not (also_seen and self.seen):
            return
        db.execute("DELETE FROM fault_count")
        db.executemany(
            "INSERT INTO fault_count VALUES (?, ?, ?)",
            [(number, seen, self.struck[number]) for number, seen in self.seen.items()],
        )
        self._unsaved = False


def kept_counts(db: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    """What `keep` wrote: seen and struck by number."""
    return {
        number: (seen, struck)
        for number, seen, struck in db.execute("SELECT number, seen, struck FROM fault_count")
    }


def draw(fault: Fault, seen: int) -> float:
    """From 0 to 1, the same in every run: it depends only on the fault and how many were seen."""
    return random.Random(f"{fault['id']}:{fault['operation']}:{seen}").random()  # noqa: S311


def strikes_now(fault: Fault, seen: int, struck: int) -> bool:
    """Whether nth, every, rate and times let it strike the request that was seen last."""
    if fault["times"] is not None and struck >= fault["times"]:
        return False
    if fault["every"]:
        return bool(seen % fault["nth"] == 0)
    rate: float = fault["rate"]
    return bool(seen >= fault["nth"] and (rate >= 1 or draw(fault, seen) < rate))
