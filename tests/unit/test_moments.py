"""Times in documents: one form, whatever zone and however fine they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from m365backup_tui.headless.moments import iso

AT = datetime(2026, 11, 22, 1, 10, 25, 210608, UTC)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=30))])
def test_it_is_utc_in_whole_seconds(zone: timezone) -> None:
    assert iso(AT.astimezone(zone)) == "2026-11-22T01:10:25Z"


def test_no_time_is_null() -> None:
    assert iso(None) is None
