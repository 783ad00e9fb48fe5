"""The tenant's log outside runs: what a person accepted or set up, one line each, in `log.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from m365backup_tui.journal.record import append_line


def write(folder: Path, kind: str, facts: Mapping[str, str], at: datetime) -> None:
    """Durable when it returns; raises OSError."""
    append_line(folder / "log.jsonl", {"at": at.isoformat(), "kind": kind, **facts})


def entries(folder: Path) -> tuple[dict[str, str], ...]:
    """What was noted, oldest first. Lines that a crash cut off are passed over."""
    try:
        lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    found: list[dict[str, str]] = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return tuple(found)
