"""How a cell of the fault matrix is judged, and the board on which the verdicts are counted."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from m365backup_tui.domain.errors import CloudError
from tests.practice.matrix_cells import Cell, Kind
from tests.practice.matrix_reads import Flow, Told
from tests.practice.matrix_stage import DOORS, Stage
from tests.practice.matrix_table_writes import COMMITTED_THEN_LOST

DONE, SAID, REFUSED, RESUMED = "done", "said", "refused", "resumed"
# What must never be in a sentence: tokens, and a person's sign-in code.
_SECRET = re.compile(r"eyJ|Bearer |refresh_token|device_code|client_secret")
_UNKNOWN = ("unknown to this version", "practiceInvented", "Unknown")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wrong`: what is wrong with it, "" when nothing is. `ms`: real milliseconds."""

    name: str
    wrong: str = ""
    ms: float = 0.0


@dataclass
class Board:
    """Counts the verdicts of one file."""

    title: str
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest: dict[str, tuple[float, str]] = field(default_factory=dict)
    ms: list[float] = field(default_factory=list)
    committed: int = 0
    intended: int = 0
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, cell: Cell, verdict: Verdict) -> None:
        """One cell more."""
        self.verdicts[cell.kind.name, "WRONG" if verdict.wrong else verdict.name] += 1
        self.ms.append(verdict.ms)
        self.slowest[str(cell)] = (verdict.ms, verdict.name)

    def count(self, cell: Cell, committed: int, intended: int) -> None:
        """What the server's log says of a cell's writes."""
        self.committed += committed
        self.intended += intended
        if cell.words in COMMITTED_THEN_LOST:
            self.lost[cell.kind.name, "committed"] += committed
            self.lost[cell.kind.name, "intended"] += intended

    def table(self) -> str:
        """The figures, for whoever runs pytest with -s."""
        columns = sorted({name for _, name in self.verdicts})
        kinds = list(dict.fromkeys(kind for kind, _ in self.verdicts))
        lines = [f"\nFault matrix, {self.title}: {len(self.ms)} cells"]
        lines.append(f"  {'':36}" + "".join(f"{name:>9}" for name in columns))
        for kind in kinds:
            row = "".join(f"{self.verdicts[kind, name] or '':>9}" for name in columns)
            lines.append(f"  {kind:36}{row}")
        total = "".join(
            f"{sum(n for (_, c), n in self.verdicts.items() if c == name):>9}" for name in columns
        )
        lines.append(f"  {'all':36}{total}")
        if self.ms:
            ordered = sorted(self.ms)
            lines.append(
                f"  ms per cell: p50 {ordered[len(ordered) // 2]:.0f}, "
                f"p95 {ordered[len(ordered) * 95 // 100]:.0f}, worst {ordered[-1]:.0f}; "
                f"all {sum(ordered) / 1000:.1f} s"
            )
            for name, (ms, _) in sorted(self.slowest.items(), key=lambda kv: -kv[1][0])[:5]:
                lines.append(f"    {ms:6.0f} ms  {name}")
        if self.intended:
            ratio = self.committed / self.intended
            lines.append(
                f"  committed writes per intended write: {self.committed}/{self.intended} = {ratio:.3f}"
            )
        for kind in dict.fromkeys(kind for kind, _ in self.lost):
            done, wanted = self.lost[kind, "committed"], self.lost[kind, "intended"]
            lines.append(
                f"    the answer lost, {kind}: {done}/{wanted} = {done / max(wanted, 1):.3f}"
            )
        return "\n".join(lines)


class Clean:
    """What each use case finds while nothing is wrong."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._known: dict[tuple[str, tuple[str, ...]], Told] = {}

    def of(self, kind: Kind, flow: Flow) -> Told:
        """Asked once for each use case."""
        key = (kind.flow, kind.first)
        if key not in self._known:
            self._stage.new_store()
            for words in kind.first:
                self._stage.on(words)
            told = self._stage.run(flow(self._stage))
            self._stage.off()
            assert told.error is None, (kind.name, told)
            self._known[key] = told
        return self._known[key]


MINUTES = 400.0  # between two cells: longer than any Retry-After, as nobody may come back too early


NOTHING_STRUCK = "the fault found nothing to strike"
TRIES = 3


def judge_read(stage: Stage, clean: Clean, flow: Flow, cell: Cell) -> Verdict:
    """Run the cell, then once more without its fault. A cell whose fault met no request never took place: on a busy
    machine a connection that the cell before broke may spoil an optional read before it is asked. It is run anew."""
    for _ in range(TRIES):
        verdict = _judge_read(stage, clean, flow, cell)
        if verdict.wrong != NOTHING_STRUCK:
            break
    return verdict


def _judge_read(stage: Stage, clean: Clean, flow: Flow, cell: Cell) -> Verdict:
    right = clean.of(cell.kind, flow)
    stage.clock.later(MINUTES)
    stage.new_store()
    for words in cell.kind.first:
        stage.on(words)
    stage.on(cell.switch)
    seq, began = stage.seq(), time.monotonic()
    try:
        found = stage.run(flow(stage))
        told: Told | None = found
        name, wrong = _named(found, right, cell)
    except TimeoutError:
        told, name, wrong = None, "hang", "it hangs"
    except CloudError as error:
        told, name, wrong = None, "", f"{type(error).__name__} escaped: {error}"
    except Exception as error:
        told, name, wrong = None, "", f"{type(error).__name__} escaped: {error!r}"
    ms = (time.monotonic() - began) * 1000
    wrong = wrong or seen(stage, cell, seq) or secrets(told.said if told else ())
    wrong = wrong or written(stage, seq)
    stage.off()
    if os.environ.get("MATRIX_CELLS"):
        print(f"{ms:8.0f} ms  {name:8} {cell}  {wrong}"[:300], file=sys.stderr, flush=True)
    if not wrong and name != DONE and cell.fault != "A5":  # a sign-in that was withdrawn stays so
        stage.clock.later(MINUTES)
        stage.new_store()
        for words in cell.kind.first:
            stage.on(words)
        again = stage.run(flow(stage))
        stage.off()
        if again.value != right.value:
            wrong = f"after the fault it is not as it was: {again.said}"
    return Verdict(name, wrong, ms)


def _named(told: Told, right: Told, cell: Cell) -> tuple[str, str]:
    if told.error is not None:
        what, advice = (*told.said, "", "")[:2]
        if cell.passing:
            return REFUSED, f"it passes by itself, and the person is told: {what}"
        if not what or not advice:
            return REFUSED, f"no next step: {told.error!r} {told.said}"
        return REFUSED, ""
    if told.value == right.value:
        return DONE, ""
    if cell.kind.optional:
        return DONE, ""
    if cell.passing:
        return SAID, f"it passes by itself, and something is missing: {told.said}"
    if set(told.said) - set(right.said) or _names_unknown(told.value, right.value):
        return SAID, ""
    return (
        "",
        f"something else is shown, and nothing is said: {_difference(told.value, right.value)}",
    )


def _names_unknown(value: Any, right: Any) -> bool:
    return any(repr(value).count(word) > repr(right).count(word) for word in _UNKNOWN)


def _difference(value: Any, right: Any) -> str:
    if not isinstance(value, tuple) or not isinstance(right, tuple) or len(value) != len(right):
        return f"{value!r:.300}"
    pairs = [(a, b) for a, b in zip(value, right, strict=True) if a != b]
    return "; ".join(f"{a!r:.150} for {b!r:.150}" for a, b in pairs[:2])


def seen(stage: Stage, cell: Cell, seq: int) -> str:
    """Whether the fault struck at all, and whether anybody came back too early."""
    log = stage.controls.log(seq)
    if cell.fault in DOORS:
        struck = any(cell.kind.is_of(one["method"], one["path"]) for one in log)
    else:
        struck = any(cell.fault in one["faults"] for one in log) or _counted(stage, cell.fault)
    early = [one["path"] for one in log if one["early"]]
    if not struck:
        return NOTHING_STRUCK
    return f"came back too early: {early[0]}" if early else ""


def _counted(stage: Stage, fault: str) -> bool:
    """By the switches: a connection that was reset may be written down after the client has gone on."""
    in_force = stage.controls.call("GET", "faults").json()["in_force"]
    return any(one["id"] == fault and one["struck"] > 0 for one in in_force)


def written(stage: Stage, seq: int) -> str:
    """What was changed, where nothing may be."""
    # A read settles what time has brought about meanwhile; signing in keeps a session: neither is a write.
    found = [
        f"{one['method']} {one['path']}"
        for one in stage.controls.log(seq)
        if one["changed"] and one["method"] != "GET" and "/oauth2/" not in one["path"]
    ]
    return f"it wrote: {found[0]}" if found else ""


def secrets(said: tuple[str, ...]) -> str:
    """A sentence that holds what must not be shown."""
    found = [text for text in said if _SECRET.search(text)]
    return f"a secret is shown: {found[0]}" if found else ""
