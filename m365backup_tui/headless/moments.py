"""Times in JSON documents: one form, that of every shell tool that reads times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def iso(at: datetime) -> str: ...
@overload
def iso(at: None) -> None: ...


def iso(at: datetime | None) -> str | None:
    """`2026-11-22T01:10:25Z`: UTC and whole seconds, for `fromdate` of jq takes neither offsets nor fractions."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
