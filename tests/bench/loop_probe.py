"""Run the wizard with an event loop that notes how long each of its turns takes.

    python -m tests.bench.loop_probe OUT.jsonl [arguments of m365backup-tui]

Used by `tests.bench.stalls`. The loop's selector is asked once a turn, so the time between two questions is the time in
which the program answers nothing. A turn can also be late although the loop is idle: another thread (an import) holds
the interpreter. A tick of 10 ms makes that visible as time spent in the selector beyond what was asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import selectors
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import IO, Any

TICK = 0.01  # seconds
SHORT = 0.02  # seconds; shorter turns are not written down
_LOOK = 0.004  # seconds between two looks at the stack of a long turn


class TimedSelector(selectors.DefaultSelector):
    """Notes every turn and every late wake-up longer than SHORT, as a line of JSON."""

    def __init__(self, out: IO[str]) -> None:
        super().__init__()
        self._out = out
        self.turn_began: float | None = None
        self.stacks: Counter[str] = Counter()
        self._cpu = 0.0
        self.collected = 0.0  # seconds of garbage collection on the loop's thread in this turn

    def select(self, timeout: float | None = None) -> Any:
        """One question to the operating system = one turn of the loop."""
        now = time.monotonic()
        if self.turn_began is not None:
            took = now - self.turn_began
            if took >= SHORT:
                self._note("turn", took, time.thread_time() - self._cpu)
        self.turn_began = None
        found = super().select(timeout)
        after = time.monotonic()
        late = after - now - (timeout or 0.0)
        if timeout is not None and late >= SHORT:
            self._note("late", late, 0.0)
        self.stacks.clear()
        self.collected = 0.0
        self._cpu = time.thread_time()
        self.turn_began = after
        return found

    def _note(self, kind: str, took: float, cpu: float) -> None:
        line = {
            "kind": kind,
            "at": time.monotonic(),
            "ms": round(took * 1000, 1),
            "cpu_ms": round(cpu * 1000, 1),
            "gc_ms": round(self.collected * 1000, 1),
            "stacks": self.stacks.most_common(3),
        }
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()


def watch(selector: TimedSelector, thread: int) -> None:
    """Look at the loop's stack while a turn is long; ours and the innermost frames are kept."""
    while True:
        time.sleep(_LOOK)
        began = selector.turn_began
        if began is not None and time.monotonic() - began > SHORT / 2:
            frame = sys._current_frames().get(thread)
            stack = traceback.extract_stack(frame)
            ours = [f for f in stack if "m365backup_tui" in f.filename][-3:]
            inner = stack[-4:]
            with contextlib.suppress(RuntimeError):  # cleared by the loop meanwhile
                selector.stacks[
                    " > ".join(
                        f"{Path(f.filename).stem}:{f.lineno} {f.name}"
                        for f in [*ours, *(f for f in inner if f not in ours)]
                    )
                ] += 1


class ProbePolicy(asyncio.DefaultEventLoopPolicy):
    """Gives out loops with a timed selector and a tick."""

    def __init__(self, out: IO[str]) -> None:
        super().__init__()
        self._out = out

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """A loop that is watched from its first turn."""
        selector = TimedSelector(self._out)
        loop = asyncio.SelectorEventLoop(selector)

        def tick() -> None:
            loop.call_later(TICK, tick)

        began = 0.0

        def collecting(phase: str, info: dict[str, int]) -> None:
            nonlocal began
            if threading.get_ident() != thread:
                return
            if phase == "start":
                began = time.monotonic()
            else:
                selector.collected += time.monotonic() - began

        thread = threading.get_ident()
        gc.callbacks.append(collecting)
        loop.call_soon(tick)
        threading.Thread(target=watch, args=(selector, thread), daemon=True).start()
        return loop


def main() -> int:
    """The wizard, watched."""
    with Path(sys.argv[1]).open("a", encoding="utf-8") as out:
        asyncio.set_event_loop_policy(ProbePolicy(out))
        from m365backup_tui.cli import main as wizard

        return wizard(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
