"""`status` with the real SDK on the practice tenant: each person, restore points, faults, and how much is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.cloud.restore_points import POINTS_AN_ANSWER, GraphRestorePoints
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    Forbidden,
    NotController,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.service import Probe
from m365backup_tui.domain.status import CountedBy, StatusReport
from m365backup_tui.domain.units import UnitStatus
from m365backup_tui.ports import Azure, Identity, Runs, Tools
from m365backup_tui.work import status as use
from tests.practice.cloud_ports import JumpingClock, graph_calls
from tests.practice.conftest import Controls
from tests.practice.sequence_people import people

MAIL, SITES = Product.EXCHANGE, Product.SHAREPOINT
SEARCH = "/restorePoints/search"
SEARCHES = f"POST /v1.0/solutions/backupRestore{SEARCH}"


class NoAzure:
    async def subscriptions(self) -> tuple[()]:
        return ()


@asynccontextmanager
async def tools_of(
    ready: dict[str, Any], controls: Controls, persona: str = "global-admin"
) -> AsyncIterator[Tools]:
    async with graph_calls(ready, controls, persona) as calls:
        backup = GraphBackup(calls)
        yield Tools(
            clock=JumpingClock(),
            identity=cast(Identity, None),
            directory=GraphDirectory(calls, backup, lambda: ""),
            azure=cast(Azure, NoAzure()),
            backup=backup,
            runs=cast(Runs, None),
            restore_points=GraphRestorePoints(calls),
        )


def refs(product: Product, count: int) -> list[UnitRef]:
    found = list(people()[product].values())[:count]
    return [UnitRef(unit.key, unit.name, unit.address) for unit in found]


async def protect(tools: Tools, controls: Controls, product: Product, count: int = 3) -> str:
    """An active policy with so many units, two hours later."""
    policy, _ = await tools.backup.create_policy(product, "All", refs(product, count))
    await tools.backup.activate(product, policy.id)
    controls.advance("PT2H")
    return policy.id


async def ids(tools: Tools, product: Product, policy_id: str) -> list[str]:
    return [unit.id for unit in await tools.backup.units(product, policy_id)]


def asked(controls: Controls, since: int) -> list[dict[str, Any]]:
    return [e for e in controls.log(since) if "/v1.0/" in e["path"]]


def newest(controls: Controls) -> int:
    log = controls.log()
    return int(log[-1]["seq"]) if log else 0


# --- restore points ----------------------------------------------------------------------------------------------


async def test_the_latest_point_is_found_whatever_this_hosts_clock_says(
    ready: dict[str, Any], controls: Controls
) -> None:
    async with tools_of(ready, controls) as tools:
        assert tools.restore_points is not None
        units = await ids(tools, MAIL, await protect(tools, controls, MAIL, 8))
        first = await tools.restore_points.latest(units)
        controls.advance("P30D")
        later = await tools.restore_points.latest(units)
    assert isinstance(first, datetime)
    assert isinstance(later, datetime)
    assert timedelta(days=29, hours=23) < later - first <= timedelta(days=30, minutes=10)
    sent = [e for e in controls.log() if e["path"].endswith(SEARCH)]
    assert {e["method"] for e in sent} == {"POST"}
    assert [e for e in sent if e["changed"]] == []


async def test_a_unit_without_a_point_yet_has_none(
    ready: dict[str, Any], controls: Controls
) -> None:
    async with tools_of(ready, controls) as tools:
        assert tools.restore_points is not None
        policy, _ = await tools.backup.create_policy(MAIL, "Paused", refs(MAIL, 1))
        controls.advance("PT2H")
        assert await tools.restore_points.latest(await ids(tools, MAIL, policy.id)) is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"id": "H9", "operation": SEARCHES}, ConsentNeeded),
        ({"id": "H10", "operation": SEARCHES}, Forbidden),
        ({"id": "H1", "operation": SEARCHES, "retry_after": 1}, Throttled),
        ({"id": "H3", "operation": SEARCHES}, Unreachable),
        ({"id": "B5"}, NotController),
    ],
)
async def test_each_kind_of_refusal_is_told_for_what_it_is(
    ready: dict[str, Any],
    controls: Controls,
    fault: dict[str, Any],
    error: type[CloudError],
) -> None:
    async with tools_of(ready, controls) as tools:
        assert tools.restore_points is not None
        units = await ids(tools, MAIL, await protect(tools, controls, MAIL, 1))
        controls.scenarios(fault)
        with pytest.raises(error):
            await tools.restore_points.latest(units)


async def test_a_search_that_fails_once_is_asked_again(
    ready: dict[str, Any], controls: Controls
) -> None:
    async with tools_of(ready, controls) as tools:
        assert tools.restore_points is not None
        units = await ids(tools, MAIL, await protect(tools, controls, MAIL, 1))
        controls.scenarios({"id": "H5", "operation": SEARCHES, "times": 1})
        assert await tools.restore_points.latest(units) is not None


# --- the whole ---------------------------------------------------------------------------------------------------


async def look(
    ready: dict[str, Any], controls: Controls, persona: str = "global-admin"
) -> StatusReport:
    async with tools_of(ready, controls, persona) as tools:
        return await use.look(tools)


async def test_it_tells_all_of_it_writes_nothing_and_asks_little(
    ready: dict[str, Any], controls: Controls
) -> None:
    async with tools_of(ready, controls) as tools:
        await protect(tools, controls, MAIL)
        await tools.backup.create_policy(SITES, "Paused", refs(SITES, 2))
        before = newest(controls)
        report = await use.look(tools)
    assert report.told
    assert report.left_out == {}
    by_name = {one.policy.name: one for one in report.policies}
    mail, sites = by_name["All"], by_name["Paused"]
    assert mail.units.counted_by is CountedBy.SERVICE
    assert (mail.units.total, mail.units.protected) == (3, 3)
    assert mail.units.by_status == {UnitStatus.PROTECTED: 3}
    assert mail.point is not None
    assert mail.asked == min(3, POINTS_AN_ANSWER)
    assert mail.policy.changed_by.known
    assert sites.point is None
    requests = asked(controls, before)
    assert [e for e in requests if e["changed"]] == []
    about_backup = [e for e in requests if "/backupRestore" in e["path"]]
    # The probe (with the root), the policies, the units of two policies, the points of one.
    assert len(about_backup) <= 6, [e["path"] for e in about_backup]


async def test_a_person_with_one_service_sees_that_and_hears_of_the_others(
    ready: dict[str, Any], controls: Controls
) -> None:
    async with tools_of(ready, controls) as tools:
        await protect(tools, controls, MAIL)
        await tools.backup.create_policy(SITES, "Paused", refs(SITES, 2))
    report = await look(ready, controls, "exchange-admin")
    assert report.told
    assert [one.policy.product for one in report.policies] == [MAIL]
    assert set(report.left_out or {}) == set(ALL_PRODUCTS) - {MAIL}


async def test_a_person_without_a_role_is_told_so(
    ready: dict[str, Any], controls: Controls
) -> None:
    report = await look(ready, controls, "no-role")
    assert not report.told
    assert report.policies == ()
    assert isinstance(report.refused, Forbidden)


@pytest.mark.parametrize(
    ("fault", "probe", "told"),
    [
        ("B1", Probe.OFF, False),
        ("B2", Probe.PREPARING, False),
        ("B5", Probe.NOT_CONTROLLER, False),
        ("B8", Probe.OFF, False),
        ("B7", Probe.ANSWERS, True),
    ],
)
async def test_a_service_in_trouble_is_told_for_what_it_is(
    ready: dict[str, Any], controls: Controls, fault: str, probe: Probe, told: bool
) -> None:
    async with tools_of(ready, controls) as tools:
        await protect(tools, controls, MAIL)
        controls.scenarios({"id": fault})
        report = await use.look(tools)
    assert (report.service.probe, report.told) == (probe, told)


async def test_states_that_this_version_does_not_know_are_named_as_unknown(
    ready: dict[str, Any], controls: Controls
) -> None:
    async with tools_of(ready, controls) as tools:
        await protect(tools, controls, MAIL)
        controls.scenarios({"id": "H11"})
        report = await use.look(tools)
    (mail,) = report.policies
    assert mail.units.by_status is not None
    assert mail.units.by_status.get(UnitStatus.UNKNOWN, 0) > 0 or (
        mail.policy.status.words == "unknown to this version"
    )
