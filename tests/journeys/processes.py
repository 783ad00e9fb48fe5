"""What runs on this machine because of a test, and whether it has ended."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

PATIENCE = 60.0  # seconds


def children_of(pid: int) -> list[psutil.Process]:
    """The processes that this one started, and theirs."""
    return psutil.Process(pid).children(recursive=True)


def all_gone(processes: list[psutil.Process]) -> bool:
    """Whether they all end by themselves, soon."""
    for process in processes:
        try:
            process.wait(PATIENCE)
        except psutil.TimeoutExpired:
            return False
    return True


def at_work_in(folder: Path) -> list[int]:
    """Processes whose command line names `folder`, once they had a moment to end."""
    end = time.monotonic() + PATIENCE
    while (found := _naming(str(folder))) and time.monotonic() < end:
        psutil.wait_procs(found, timeout=0.2)
    return [process.pid for process in found]


def _naming(words: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or ())
        if words in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found
