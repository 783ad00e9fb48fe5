"""Run a coroutine on a loop that notes how long it answers nothing, with the memory that the work took.

`turn`: the loop itself was busy. `late`: it was idle, and another thread (or process) kept it from waking up. Both in
milliseconds, the worst of the run; `over` counts those above 50 ms. See `loop_probe` for how it is measured.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import os
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psutil

from tests.bench.loop_probe import TICK, TimedSelector, watch

T = TypeVar("T")
LIMIT = 50.0  # milliseconds, the promise


@dataclass(frozen=True, slots=True)
class Watched:
    """`seconds` of the clock, `cpu` of the processor for the whole process. `long_turns`: the worst ones."""

    seconds: float
    cpu: float
    turn: float
    turn_cpu: float
    late: float
    over: int
    collected: (
        float  # milliseconds of the longest garbage collection, of any thread: it holds all of them
    )
    long_turns: tuple[dict[str, Any], ...] = field(repr=False, default=())

    @property
    def words(self) -> str:
        return (
            f"{self.seconds:7.2f} s, cpu {self.cpu:6.2f} s, longest turn {self.turn:4.0f} ms "
            f"(most cpu in one {self.turn_cpu:.0f}), latest wake {self.late:4.0f} ms, "
            f"over {LIMIT:.0f} ms: {self.over}, longest collection {self.collected:.0f} ms"
        )

    def worst(self, top: int = 3) -> str:
        """The long turns with the lines that were running, most telling first."""
        found = sorted(self.long_turns, key=lambda n: float(n["ms"]), reverse=True)[:top]
        return "\n".join(
            f"    {n['ms']:6.1f} ms cpu {n['cpu_ms']:.1f} gc {n['gc_ms']:.1f} {n['kind']} "
            + "; ".join(f"{count}x {stack}" for stack, count in n["stacks"][:2])
            for n in found
        )


@dataclass(slots=True)
class _Figures:
    """What is known of the run so far. Seconds."""

    notes: io.StringIO = field(default_factory=io.StringIO)
    began: float = field(default_factory=time.perf_counter)
    used: float = field(default_factory=time.process_time)
    collected: float = 0.0


_running: list[_Figures] = []


def begin_here() -> None:
    """What the work did until now (imports, signing in) does not count."""
    figures = _running[-1]
    figures.notes.seek(0)
    figures.notes.truncate()
    figures.began, figures.used = time.perf_counter(), time.process_time()
    figures.collected = 0.0


def run(work: Coroutine[Any, Any, T]) -> tuple[T, Watched]:
    """The result of `work`, and how the loop fared meanwhile."""
    figures = _Figures()
    notes = figures.notes
    _running.append(figures)
    selector = TimedSelector(notes)
    loop = asyncio.SelectorEventLoop(selector)
    thread = threading.get_ident()
    began_collecting = 0.0

    def collecting(phase: str, info: dict[str, int]) -> None:
        nonlocal began_collecting
        if phase == "start":
            began_collecting = time.monotonic()
            return
        took = time.monotonic() - began_collecting
        figures.collected = max(figures.collected, took)
        if threading.get_ident() == thread:
            selector.collected += took

    def tick() -> None:
        loop.call_later(TICK, tick)

    gc.callbacks.append(collecting)
    threading.Thread(target=watch, args=(selector, thread), daemon=True).start()
    loop.call_soon(tick)
    try:
        result = loop.run_until_complete(work)
        seconds = time.perf_counter() - figures.began
        cpu = time.process_time() - figures.used
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        gc.callbacks.remove(collecting)
        _running.remove(figures)
        selector.turn_began = None
        loop.close()
    lines = [json.loads(line) for line in notes.getvalue().splitlines()]
    return result, _told(lines, seconds, cpu, figures.collected * 1000)


def _told(lines: list[dict[str, Any]], seconds: float, cpu: float, collected: float) -> Watched:
    turns = [n for n in lines if n["kind"] == "turn"]
    longest = max((float(n["ms"]) for n in turns), default=0.0)
    busiest = max((float(n["cpu_ms"]) for n in turns), default=0.0)
    late = max((float(n["ms"]) for n in lines if n["kind"] == "late"), default=0.0)
    over = [n for n in lines if n["ms"] > LIMIT]
    return Watched(
        seconds,
        cpu,
        longest,
        busiest,
        late,
        len(over),
        collected,
        tuple(over),
    )


def memory() -> float:
    """MiB that this process holds now."""
    return float(psutil.Process().memory_info().rss / 2**20)


def noise() -> str:
    """What else the machine was doing: the load of the last minute on so many processors."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
