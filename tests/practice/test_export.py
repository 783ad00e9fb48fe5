"""A tenant as a policy file, against that same tenant: nothing is left to do, whatever state the tenant is in."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.errors import NotSignedIn
from m365backup_tui.domain.notifications import RecipientRole
from m365backup_tui.domain.plan import Power, UnitRef
from m365backup_tui.domain.policy_file import PolicyFile, RuleEntry, Wanted
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleWish, SiteWish, SiteWord
from m365backup_tui.ports import Azure, Identity, Runs, Tools
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.work import exporting, policy_file
from m365backup_tui.work.policy_file_disk import MOST_INLINE, keep
from tests.from_file import drafts_from_file
from tests.practice.cloud_ports import JumpingClock, graph_calls
from tests.practice.conftest import Controls
from tests.practice.test_cloud_backup import drives, mailboxes, sites
from tests.practice.test_cloud_rules import group

Ready = dict[str, Any]
EX, OD, SP = Product.EXCHANGE, Product.ONEDRIVE, Product.SHAREPOINT
ODD_NAMES = ["2026", "true", "null", "No", 'it\'s: a "name"', "Über #1 – 東京", "- x", "a, [b] {c}"]


@pytest.fixture
def tenant(fresh_practice: Ready, controls: Controls) -> Ready:
    controls.turn_backup_on()
    return fresh_practice


class ClosedAzure:
    """A sign-in without Azure."""

    async def subscriptions(self) -> tuple[()]:
        raise NotSignedIn("Not signed in to Azure.")


@asynccontextmanager
async def tools_of(tenant: Ready, controls: Controls) -> AsyncIterator[Tools]:
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        yield Tools(
            clock=JumpingClock(),
            identity=cast(Identity, None),
            directory=GraphDirectory(calls, backup, lambda: ""),
            azure=cast(Azure, ClosedAzure()),
            backup=backup,
            runs=cast(Runs, None),
        )


async def exported(tools: Tools, folder: Path) -> tuple[PolicyFile, exporting.Exported]:
    """The tenant on disk, read again; a plan of it has to be empty. While the service is still changing a policy, the
    plan may only ask for the state that it is on its way to."""
    found = await exporting.export(tools, None)
    kept = await keep(folder / f"{uuid.uuid4().hex}.yaml", found.file, found.head("here"))
    file = policy_file.load(kept.path)
    assert isinstance(file, PolicyFile), file
    policies = await tools.backup.policies()
    drafts, problems = await drafts_from_file(tools, file, policies)
    at_work = {p.name for p in policies if not p.resting}
    drafts = tuple(
        d for d in drafts if not replace(d, power=Power.KEEP).empty or d.name not in at_work
    )
    assert (drafts, problems) == ((), ())
    return file, found


async def make(
    tools: Tools, product: Product, name: str, units: list[UnitRef], active: bool = True
) -> str:
    policy, _ = await tools.backup.create_policy(product, name, units[:50])
    for start in range(50, len(units), 50):
        await tools.backup.change_policy(product, policy.id, add=units[start : start + 50])
    if active:
        await tools.backup.activate(product, policy.id)
    return policy.id


async def test_a_tenant_without_policies_is_an_empty_file(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_of(tenant, controls) as tools:
        file, found = await exported(tools, tmp_path)
    assert file.policies == ()
    assert file.notifications is not None
    assert file.notifications.role is RecipientRole.ALL_ADMINS
    assert found.remarks == ("billing. Azure could not be read: Not signed in to Azure.",)


async def test_states_and_odd_names_come_back(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_of(tenant, controls) as tools:
        for n, name in enumerate(ODD_NAMES):
            await make(tools, EX, name, mailboxes(2, 2 * n), active=n % 2 == 0)
        await make(tools, OD, "2026", drives(2))
        await make(tools, SP, "2026", sites(3), active=False)
        early, _ = await exported(tools, tmp_path)  # while it is being activated
        controls.advance("PT3H")
        file, _ = await exported(tools, tmp_path)
    assert early == file
    assert {w.name: w.state for w in file.policies if w.product is EX} == {
        name: Wanted.ACTIVE if n % 2 == 0 else Wanted.PAUSED for n, name in enumerate(ODD_NAMES)
    }
    assert {w.product for w in file.policies if w.name == "2026"} == {EX, OD, SP}


async def test_hundreds_of_units_stand_in_a_list_beside_the_file(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_of(tenant, controls) as tools:
        await make(tools, EX, "Many", mailboxes(300))
        await make(tools, EX, "Few", mailboxes(MOST_INLINE, 300))
        file, _ = await exported(tools, tmp_path)
    by_name = {w.name: w for w in file.policies}
    assert by_name["Many"].units == ()
    (source,) = by_name["Many"].sources
    assert len((tmp_path / source.path).read_text().splitlines()) == 301
    assert len(by_name["Few"].units) == MOST_INLINE


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("product", [EX, OD])
async def test_rules_of_groups_come_back_by_name(
    tenant: Ready,
    controls: Controls,
    company: Company,
    tmp_path: Path,
    product: Product,
    dynamic: bool,
) -> None:
    wish = RuleWish(product, dynamic, (group(company, "SG Legal"), group(company, "SG Finance")))
    async with tools_of(tenant, controls) as tools:
        policy = await make(tools, product, "Ruled", mailboxes(1) if product is EX else drives(1))
        made, _ = await tools.backup.add_rule(product, policy, wish.expression, dynamic)
        await exported(tools, tmp_path)  # while it is looked up
        controls.advance("PT1H")
        file, found = await exported(tools, tmp_path)
        units = await tools.backup.units(product, policy)
        await tools.backup.end_rule(product, policy, made.id, unprotect=dynamic)
        ending, told = await exported(tools, tmp_path)
        controls.advance("PT3H")
        ended, _ = await exported(tools, tmp_path)
    rule = RuleEntry(dynamic=dynamic, groups=("SG Legal", "SG Finance"))
    assert file.policies[0].rules == (rule,)
    assert ended.policies[0].rules == ()
    assert len(units) > 1
    assert any("through a dynamic rule" in one for one in found.remarks) is dynamic
    if dynamic:
        assert ending.policies[0].rules == ()
        assert any("being ended now" in one for one in told.remarks)


async def test_rules_of_sites_come_back_as_words(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    words = (SiteWord("legal"), SiteWord("finance", address=True))
    wishes = [
        SiteWish(words, changed_since=date(2026, 1, 31)),
        SiteWish(words, every=True),
        SiteWish((SiteWord("marketing"),)),
    ]
    async with tools_of(tenant, controls) as tools:
        for n, sites_wish in enumerate(wishes):
            policy = await make(tools, SP, f"Sites {n}", [sites(3)[n]])
            text = RuleWish(SP, False, sites=sites_wish).expression
            await tools.backup.add_rule(SP, policy, text, False)
        file, _ = await exported(tools, tmp_path)
    rules = {w.name: w.rules for w in file.policies}
    pair = RuleEntry(words=("legal",), address_words=("finance",))
    assert rules == {
        "Sites 0": (replace(pair, changed_since=date(2026, 1, 31)),),
        "Sites 1": (replace(pair, every=True),),
        "Sites 2": (RuleEntry(words=("marketing",)),),
    }


async def test_a_removal_under_way_and_a_person_who_left_are_told(
    tenant: Ready, controls: Controls, tmp_path: Path
) -> None:
    async with tools_of(tenant, controls) as tools:
        policy = await make(tools, EX, "Mail", mailboxes(4))
        controls.advance("PT3H")
        first = (await tools.backup.units(EX, policy))[0]
        await tools.backup.change_policy(
            EX, policy, remove=[UnitRef(first.key, first.name, first.address, first.id)]
        )
        controls.call("PUT", "state", _without_a_person(controls, mailboxes(2)[1].key))
        file, found = await exported(tools, tmp_path)
    assert len(file.policies[0].units) in (2, 3)
    assert first.address not in {entry.address for entry in file.policies[0].units}
    assert "“Mail” has 1 mailbox being taken out now." in found.remarks


def _without_a_person(controls: Controls, key: str) -> Any:
    """The tenant's state with one unit of somebody whom the directory does not know any more."""
    state = controls.call("GET", "state").json()
    text = {one: row for one, row in state["backup"]["units"].items() if key in str(row)}
    assert text
    for one, row in text.items():
        state["backup"]["units"][one] = {
            name: "00000000-0000-4000-8000-00000000dead" if value == key else value
            for name, value in row.items()
        }
    return state
