"""From the start of `edit exchange POLICY` to the policy's first unit on the screen, on a warm cache, in a pty.

    python -m tests.bench.edit [--runs 10]

Prepares a practice tenant with policies and a sign-in kept until the logout (Linux), visits the policy once so that it
was seen before, and measures the starts after that: time runs from fork to the first byte that makes the 80x24 screen
show the first unit. "cpu" is the processor time of the program's main thread until then: on a busy machine it says
more than the clock. "read anew" is when it is no longer the picture of last time. "one widget" is the smallest
Textual program, started in turn with the other, for comparison. Prints the load of the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench import startup
from tests.bench.startup import processor
from tests.journeys.terminal import Terminal

POLICY = ("exchange", "All mailboxes")
ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "m365backup_tui")


def prepare(folder: Path) -> Mapping[str, str]:
    """Policies in the practice tenant of `folder / "state"`, and a kept sign-in; the environment for later starts."""
    state, runtime = folder / "state", folder / "run"
    state.mkdir(mode=0o700)
    runtime.mkdir(mode=0o700)
    (state / "settings.toml").write_text('[practice.sign_in]\nkeep = "until-logout"\n', "utf-8")
    env = {
        "DBUS_SESSION_BUS_ADDRESS": "",
        "XDG_RUNTIME_DIR": str(runtime),
        "HOME": str(folder),
        "M365BACKUP_TUI_STATE_DIR": str(state),
    }
    job = [*PROGRAM, "apply", str(ROOT / "examples" / "onboarding.yaml"), "--practice", "--yes"]
    subprocess.run(job, check=True, capture_output=True, timeout=120, env={**os.environ, **env})
    return env


def start(env: Mapping[str, str]) -> Terminal:
    """The quick edit of POLICY in a terminal of 80 by 24."""
    return Terminal([*PROGRAM, "edit", *POLICY, "--practice"], env=env, cwd=str(ROOT))


def leave(terminal: Terminal) -> None:
    """As a person does."""
    terminal.press("ctrl+q")
    terminal.wait_for("Leave now?")
    terminal.press("enter")
    terminal.wait_exit(20)


def measure(env: Mapping[str, str], first_unit: str) -> tuple[float, float, float, bool]:
    """Seconds to the first unit, processor seconds until then, seconds until it was read anew, and whether it was dated
    at first."""
    begin = time.perf_counter()
    with start(env) as terminal:
        text = terminal.wait_for(first_unit, 40)
        shown = time.perf_counter() - begin
        cpu = processor(terminal.pid)
        dated = "As it was on" in text
        terminal.wait_until(lambda now: first_unit in now and "As it was on" not in now, 40)
        anew = time.perf_counter() - begin
        leave(terminal)
    return shown, cpu, anew, dated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        env = prepare(Path(name))
        with start(env) as terminal:  # the policy is seen for the first time
            text = terminal.wait_for("[ ] ", 60)
            first_unit = text.split("[ ] ", 1)[1].split("  ")[0].strip()
            terminal.settle(0.5)
            leave(terminal)
        measured, trivial = [], []
        for _ in range(runs):
            measured.append(measure(env, first_unit))
            trivial.append(startup.measure(startup.TRIVIAL, "one widget"))
    for what, at in (("first unit", 0), ("  cpu", 1), ("read anew", 2)):
        _line(what, [found[at] for found in measured])
    _line("one widget", [one.seconds for one in trivial])
    _line("  cpu", [one.cpu for one in trivial])
    print(
        f"dated in {sum(found[3] for found in measured)} of {runs}; load {os.getloadavg()[0]:.1f}"
    )


def _line(what: str, seconds: list[float]) -> None:
    print(
        f"{what:<11} median {statistics.median(seconds) * 1000:5.0f} ms   worst of {len(seconds)} "
        f"{max(seconds) * 1000:5.0f} ms   best {min(seconds) * 1000:5.0f} ms"
    )


if __name__ == "__main__":
    main()
