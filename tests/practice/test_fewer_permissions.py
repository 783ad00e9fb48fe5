"""What an organization does not grant takes its own part away and no more: nothing else is blocked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.identity import READING
from m365backup_tui.domain.consent import needed_only
from m365backup_tui.domain.errors import ConsentNeeded
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.service import Probe
from m365backup_tui.domain.session import Account
from m365backup_tui.work.check_access import check
from tests.practice.conftest import Controls
from tests.practice.own_app_host import Sitting

Ready = dict[str, Any]
PERSON = "backup-admin"


@pytest.fixture
async def sitting(ready: Ready, controls: Controls, tmp_path: Path) -> AsyncIterator[Sitting]:
    made = await Sitting(ready, controls, tmp_path).open()
    yield made
    await made.close()
    controls.reset()


async def without(sitting: Sitting, *scopes: str) -> Account:
    """Signed in where nobody has consented to these, and nobody will: with what can be had."""
    state = sitting.controls.call("GET", "state").json()
    state["entra"]["policy"]["users_consent"] = False
    for grant in state["entra"]["grants"].values():
        grant["scope"] = " ".join(one for one in grant["scope"].split() if one not in scopes)
    sitting.controls.call("PUT", "state", state).raise_for_status()
    lacks = await sitting.come_in(persona=PERSON)
    assert isinstance(lacks, ConsentNeeded) or not set(scopes) & set(READING), lacks
    came = await sitting.come_in(ConsentNeeded("fewer", scopes=needed_only(READING)), PERSON)
    assert isinstance(came, Account), came
    return came


async def first(sitting: Sitting, product: Product) -> int:
    return len([one async for page in sitting.tools.directory.candidates(product) for one in page])


@pytest.mark.parametrize("scope", ["GroupMember.Read.All", "Group.ReadBasic.All"])
async def test_without_groups_people_and_sites_can_be_chosen(sitting: Sitting, scope: str) -> None:
    await without(sitting, scope)
    assert await first(sitting, Product.EXCHANGE)
    assert await first(sitting, Product.SHAREPOINT)


async def test_without_sites_people_can_be_chosen(sitting: Sitting) -> None:
    await without(sitting, "Sites.Read.All")
    assert await first(sitting, Product.EXCHANGE)
    with pytest.raises(ConsentNeeded) as caught:
        await first(sitting, Product.SHAREPOINT)
    assert caught.value.scopes == ("Sites.Read.All",), "just what is lacking is asked for"


async def test_without_reports_sizes_are_unknown_and_everything_can_be_chosen(
    sitting: Sitting,
) -> None:
    await without(sitting, "Reports.Read.All")
    found = [
        one async for page in sitting.tools.directory.candidates(Product.EXCHANGE) for one in page
    ]
    assert found
    assert {one.size for one in found} == {None}


async def test_with_the_needed_ones_alone_the_check_comes_to_an_end(sitting: Sitting) -> None:
    optional = [one for one in READING if one not in needed_only(READING)]
    account = await without(sitting, *optional, "RoleEligibilitySchedule.Read.Directory")
    report = await sitting.run(check(sitting.tools, account))
    assert isinstance(report, Readiness), report
    assert report.service.probe is Probe.ANSWERS
    assert not report.eligibility_known
    assert report.notes
