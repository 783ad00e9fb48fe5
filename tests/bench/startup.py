"""Time to the first frame and memory of a command, beside a Textual app with one widget.

    python -m tests.bench.startup [--runs 9] [--until TEXT] -- python -m m365backup_tui

Prints the minimum and the median of each and the ratio. The terminal is 80x24 under a pty; time
runs from fork to the first output that makes the screen show TEXT (any text when not given). "cpu" is the processor
time of the program's main thread until then: on a busy machine it says more than the clock.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.terminal import Terminal

TRIVIAL = (
    sys.executable,
    "-c",
    "from textual.app import App\n"
    "from textual.widgets import Static\n"
    "class One(App):\n"
    "    def compose(self):\n"
    "        yield Static('one widget')\n"
    "One().run(mouse=False)\n",
)


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds to the first frame, processor seconds, bytes resident and bytes sent then."""

    seconds: float
    cpu: float
    memory: int
    sent: int


def measure(argv: Sequence[str], until: str = "", timeout: float = 30.0) -> Start:
    """Start `argv` once and read until the screen shows `until`."""
    begin = time.perf_counter()
    with Terminal(argv) as terminal:
        terminal.wait_until(lambda text: until in text if until else bool(text.strip()), timeout)
        seconds = time.perf_counter() - begin
        return Start(seconds, processor(terminal.pid), terminal.memory(), terminal.mark())


def processor(pid: int) -> float:
    """Seconds that the main thread has run (Linux: /proc)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def line(name: str, starts: Sequence[Start]) -> str:
    """One line of the report."""
    seconds = [start.seconds * 1000 for start in starts]
    cpu = [start.cpu * 1000 for start in starts]
    memory = [start.memory / 2**20 for start in starts]
    return (
        f"{name:<12} first frame min {min(seconds):6.0f} ms, median "
        f"{statistics.median(seconds):6.0f} ms   cpu min {min(cpu):4.0f}, median "
        f"{statistics.median(cpu):4.0f} ms   memory median {statistics.median(memory):5.1f} MiB"
        f"   sent {statistics.median(start.sent for start in starts):6.0f} bytes"
    )


def main() -> None:
    """Measure both, turn by turn, so that a busy machine is busy for both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--until", default="", help="text that the first frame shows")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    trivial, command = [], []
    for _ in range(options.runs):
        trivial.append(measure(TRIVIAL, "one widget"))
        command.append(measure(options.command, options.until))
    print(line("one widget", trivial))
    print(line("command", command))
    for what, of in (("min", min), ("median", statistics.median)):
        time_ratio = of(s.seconds for s in command) / of(s.seconds for s in trivial)
        cpu_ratio = of(s.cpu for s in command) / of(s.cpu for s in trivial)
        memory_ratio = of(s.memory for s in command) / of(s.memory for s in trivial)
        print(
            f"ratio of {what:<6}  time {time_ratio:.2f}   cpu {cpu_ratio:.2f}"
            f"   memory {memory_ratio:.2f}"
        )


if __name__ == "__main__":
    main()
