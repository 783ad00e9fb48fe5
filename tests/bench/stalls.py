"""The longest times in which the wizard answers nothing, from start to three protected products.

    python -m tests.bench.stalls [--top 12] [--paste 20000]

Drives the real program through the onboarding journey in a pty with `tests.bench.loop_probe` and prints, for every
step, the longest turn of the loop, then the worst of all with the lines that were running. "turn": the loop itself was
busy; "late": it was idle, but another thread or process kept it from waking up. cpu: processor time of the loop's
thread in that turn (a busy machine adds to ms, not to cpu); gc: garbage collection in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.journeys.admin import Admin
from tests.journeys.terminal import Terminal

LIMIT = 50.0  # milliseconds, the promise


class Journey:
    """The steps by name, each with the time at which it ended."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.seconds: list[float] = []
        self.ends: list[float] = []

    def step(self, name: str, walk: Callable[[], object]) -> None:
        """Walk, then remember when it ended."""
        began = time.monotonic()
        walk()
        self.seconds.append(time.monotonic() - began)
        self.names.append(name)
        self.ends.append(time.monotonic())

    def name_at(self, at: float) -> str:
        """Which step a moment belongs to."""
        place = bisect_left(self.ends, at)
        return self.names[place] if place < len(self.names) else "leaving"


def onboard(admin: Admin, journey: Journey, lines: int) -> None:
    """First start to protected; on the way a search in a long list, a long paste and a page of help."""
    journey.step("first frame", lambda: admin.sees("Guided set-up"))
    journey.step("sign in", admin.signs_in)
    journey.step("check, Azure", admin.prepares_billing)
    journey.step("turn on", admin.turns_on)
    journey.step("help", lambda: look_at_help(admin))
    if lines:
        journey.step("paste", lambda: paste_sites(admin, lines))
        return
    journey.step("choose", admin.chooses_three_of_each)
    journey.step("review", admin.reviews)
    journey.step("apply", lambda: apply(admin))
    journey.step("leave", lambda: leave(admin))


def look_at_help(admin: Admin) -> None:
    """Open it, page down, close it."""
    admin.press("f1")
    admin.sees("Esc Close")
    admin.press("pagedown", "escape")
    admin.sees("Enter Continue")
    admin.terminal.settle(first=0.5)


def paste_sites(admin: Admin, lines: int) -> None:
    """A list of links that lead nowhere, pasted and thrown away."""
    admin.press("enter")
    admin.sees("Choose what to protect")
    admin.press("down", "enter")
    admin.sees("Name the new SharePoint policy")
    admin.press("enter")
    admin.sees("[ ]")
    admin.press("i")
    admin.sees("Check this text")
    host = "https://contoso.sharepoint.com/sites"
    admin.terminal.paste("\n".join(f"{host}/nowhere-{n}" for n in range(lines)))
    admin.sees(f"nowhere-{lines - 1}", 120)
    admin.press("ctrl+r")
    admin.sees("have a problem", 300)
    admin.press("e", "escape")
    admin.sees("I Import")


def apply(admin: Admin) -> None:
    """To the end, and on to the last page."""
    admin.applies()
    admin.sees("Done: everything you asked for is in place")
    admin.press("enter")
    admin.sees("Record of this run")


def leave(admin: Admin) -> None:
    """Out."""
    admin.press("ctrl+q")
    admin.sees("Leave now?")
    admin.press("enter")
    admin.terminal.wait_exit(20)


def report(journey: Journey, notes: list[dict[str, Any]], top: int) -> None:
    """The figures."""
    for note in notes:
        note["step"] = journey.name_at(note["at"] - note["ms"] / 2000)
    print(
        f"{'step':<14}{'took':>8}{'longest turn':>14}{'its cpu':>10}{'latest wake':>14}{'over 50 ms':>12}"
    )
    for name, seconds in [*zip(journey.names, journey.seconds, strict=True), ("leaving", 0.0)]:
        here = [n for n in notes if n["step"] == name]
        turn = max((n for n in here if n["kind"] == "turn"), key=lambda n: n["ms"], default=None)
        late = max((n["ms"] for n in here if n["kind"] == "late"), default=0.0)
        over = sum(n["ms"] > LIMIT for n in here)
        ms, cpu = (turn["ms"], turn["cpu_ms"]) if turn else (0.0, 0.0)
        print(f"{name:<14}{seconds:>6.1f} s{ms:>11.0f} ms{cpu:>7.0f} ms{late:>11.0f} ms{over:>12}")
    print()
    for note in sorted(notes, key=lambda n: n["ms"], reverse=True)[:top]:
        print(
            f"{note['ms']:7.1f} ms  cpu {note['cpu_ms']:6.1f}  gc {note['gc_ms']:6.1f}"
            f"  {note['kind']:<5} {note['step']}"
        )
        for stack, count in note["stacks"]:
            print(f"      {count:3}x {stack}")


def main() -> None:
    """One journey, one report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--top", type=int, default=12)
    parser.add_argument("--paste", type=int, default=0, help="paste so many lines, and end there")
    parser.add_argument("--option", action="append", default=[], help="for m365backup-tui")
    options = parser.parse_args()
    journey = Journey()
    with tempfile.TemporaryDirectory() as folder:
        out, state = Path(folder) / "turns.jsonl", Path(folder) / "state"
        argv = [sys.executable, "-m", "tests.bench.loop_probe", str(out), "--practice"]
        argv += ["--state-dir", str(state), *options.option]
        try:
            with Terminal(argv, cwd=str(Path(__file__).parents[2])) as terminal:
                onboard(Admin(terminal, state), journey, options.paste)
        finally:
            lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
            report(journey, [json.loads(line) for line in lines], options.top)


if __name__ == "__main__":
    main()
