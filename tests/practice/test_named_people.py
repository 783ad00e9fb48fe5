"""Who changed something, asked of the directory by id: names where they can be read, nothing invented."""

from __future__ import annotations

import itertools
from typing import Any

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.practice.company.lookups import Company
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls

NOBODY = "00000000-0000-4000-8000-00000000dead"


async def test_people_get_their_names_by_id(
    fresh_practice: dict[str, Any], controls: Controls, company: Company
) -> None:
    people = list(itertools.islice(company.users(), 3))
    async with graph_calls(fresh_practice, controls) as calls:
        directory = GraphDirectory(calls, GraphBackup(calls), lambda: "")
        found = await directory.people([*(p.id.upper() for p in people), NOBODY])
    assert {key: who.name for key, who in found.items()} == {
        p.id.lower(): p.display_name for p in people
    }
    assert all("@" in who.mail for who in found.values())
    assert len([e for e in controls.log() if e["path"].endswith("/$batch")]) == 1
