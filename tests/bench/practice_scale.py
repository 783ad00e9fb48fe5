"""Measures the practice tenant at a million units; one command prints every figure.

    python -m tests.bench.practice_scale [--size 1000000] [--state-dir DIR] [--plain | --protected]

Twice, with nothing protected and with `--scenario all-protected`: the first start, a later start,
stopping, memory, then each list call of the product (first, p50, p95, worst of some repetitions in
milliseconds until the last byte over the real socket, and the server's processor time for one; `*`
marks more than 50 ms of the processor, `+` a p50 above it: on a busy machine they differ), and with
everything protected also the heavy requests, each with the worst time that a small request beside it
had to wait. A state folder that is kept saves the making of the company the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tests.bench.practice_heavy import heavy
from tests.bench.practice_lists import lists
from tests.bench.practice_measure import Measure

START_SECONDS = 600.0


def start(
    folder: Path, size: str, *options: str
) -> tuple[subprocess.Popen[bytes], dict[str, Any], float]:
    """A server on this folder, its ready document, the seconds until it was there."""
    ready_file = folder / "ready.json"
    ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "m365backup_tui.practice", "serve", "--port", "0"]
    command += ["--state-dir", str(folder / "state"), "--ready-file", str(ready_file)]
    command += ["--watch-stdin", "--size", size, *options]
    began = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    while not ready_file.exists():
        if server.poll() is not None or time.perf_counter() - began > START_SECONDS:
            stop(server)
            raise RuntimeError("The practice tenant did not start.")
        time.sleep(0.005)
    return server, json.loads(ready_file.read_text(encoding="utf-8")), time.perf_counter() - began


def stop(server: subprocess.Popen[bytes]) -> float:
    """Close its standard input; seconds until it was gone."""
    began = time.perf_counter()
    if server.stdin is not None:
        server.stdin.close()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    return time.perf_counter() - began


def measure_all(folder: Path, size: str, *options: str) -> dict[str, Any]:
    """Start, stop, start again, the lists, the heavy requests if anything is protected, stop."""
    folder.mkdir(parents=True, exist_ok=True)
    server, _, first = start(folder, size, *options)
    memory = psutil.Process(server.pid).memory_info().rss / 2**20
    stop(server)
    server, ready, later = start(folder, size, *options)
    measure = Measure(ready, psutil.Process(server.pid))
    for name, figure in (("first start", first), ("later start", later)):
        measure.note(name, figure, "s")
    measure.note("memory after the first start", memory, "MiB")
    try:
        lists(measure, protected=bool(options))
        measure.note("memory after the lists", measure.memory(), "MiB")
        if options:
            heavy(measure)
            measure.note("memory after the heavy requests", measure.memory(), "MiB")
    finally:
        measure.note("stopping", stop(server), "s")
    return measure.figures


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1000000")
    parser.add_argument("--state-dir", type=Path, default=None)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--plain", action="store_true", help="only with nothing protected")
    only.add_argument("--protected", action="store_true", help="only with everything protected")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="practice-scale-") as made:
        folder = options.state_dir or Path(made)
        if not options.protected:
            figures["plain"] = measure_all(folder / "plain", options.size)
            _share_company(folder)
        if not options.plain:
            figures["protected"] = measure_all(
                folder / "protected", options.size, "--scenario", "all-protected"
            )
    print(json.dumps(figures, indent=1))


def _share_company(folder: Path) -> None:
    """The second tenant has the same company: it is only read, so one file will do."""
    state = folder / "protected" / "state"
    state.mkdir(parents=True, exist_ok=True)
    for file in (folder / "plain" / "state").glob("company-*.db"):
        if not (state / file.name).exists():
            os.link(file, state / file.name)


if __name__ == "__main__":
    main()
