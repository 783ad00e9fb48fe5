"""What the tenant's log knows of a run's record: how many lines it had, and with which hash the last one ended.

A record alone cannot show that whole lines were cut off its end, or that all of it was written anew. The log stands
beside it; it is noted there at each beginning, resuming and end. Whoever changes both is found out only by an evidence
report that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from m365backup_tui.journal import log
from m365backup_tui.journal.chain import Chain

KIND = "run record"


@dataclass(frozen=True, slots=True)
class Anchor:
    """At `at` (ISO text) the record had `lines` lines, the last with the hash `end`."""

    at: str
    lines: int
    end: str


def mark(folder: Path, run_id: str, lines: int, end: str, at: datetime) -> None:
    """Durable when it returns; raises OSError."""
    log.write(folder, KIND, {"run": run_id, "lines": str(lines), "end": end}, at)


def anchors(folder: Path, run_id: str) -> tuple[Anchor, ...]:
    """Oldest first; entries that say nothing readable are passed over. Raises OSError."""
    found = (e for e in log.entries(folder) if e.get("kind") == KIND and e.get("run") == run_id)
    return tuple(
        Anchor(str(e.get("at", "")), int(e["lines"]), str(e.get("end", "")))
        for e in found
        if str(e.get("lines", "")).isdecimal() and int(e["lines"]) > 0
    )


def faults(known: tuple[Anchor, ...], chain: Chain) -> Iterator[str]:
    """Where the record is not what the log knows of it, in the words of `Chain.breaks`."""
    have = _lines(chain)
    most = max(known, key=lambda a: a.lines, default=None)
    if most is not None and most.lines > have:
        gone = most.lines - have
        lines = "1 line is" if gone == 1 else f"{gone} lines are"
        yield f"{lines} missing at the end: the tenant's log knows {most.lines} (noted {most.at})"
    if chain.breaks:
        return  # lines that stand elsewhere or were changed are named already
    for one in known:
        if one.lines <= have and chain.hashes[one.lines - 1] != one.end:
            yield f"line {one.lines} is not the one that the tenant's log knows (noted {one.at})"
            return


def too_short(known: tuple[Anchor, ...], chain: Chain) -> str:
    """Why a run cannot go on from this record; "" when it can.

    One missing line is harmless: what is noted are beginnings, resumings and ends, and none of them is a write.
    """
    have = _lines(chain)
    if all(a.lines <= have + 1 for a in known):
        known = tuple(a for a in known if a.lines <= have)
    return next(faults(known, chain), "")


def _lines(chain: Chain) -> int:
    """How many lines the record had as far as it can tell: by the highest number in it."""
    return max((line.n + 1 for line in chain.lines), default=0)
