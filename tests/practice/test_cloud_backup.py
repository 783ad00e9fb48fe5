"""GraphBackup against the practice tenant: policies from nothing to protected, refusals, lost answers, roles."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.domain.bulk import BulkStatus
from m365backup_tui.domain.errors import (
    Conflict,
    Forbidden,
    Limit,
    NotFound,
    OutcomeUnknown,
    ServiceOff,
)
from m365backup_tui.domain.plan import Power, UnitRef
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import Wanted
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.service import Probe
from m365backup_tui.domain.units import UnitStatus
from m365backup_tui.domain.wish_power import power_for
from m365backup_tui.practice.company.model import MailboxKind
from m365backup_tui.practice.company.opening import build_company
from m365backup_tui.practice.tenant import DEFAULT_SEED
from tests.practice.cloud_ports import JumpingClock, graph_calls
from tests.practice.conftest import Controls

Ready = dict[str, Any]
COMPANY = build_company(DEFAULT_SEED, "MEDIUM")


def mailboxes(count: int, skip: int = 0) -> list[UnitRef]:
    users = [u for u in COMPANY.users() if u.mailbox is MailboxKind.USER and not u.hybrid]
    return [UnitRef(u.id, u.display_name, u.upn) for u in users[skip : skip + count]]


def sites(count: int) -> list[UnitRef]:
    return [UnitRef(s.id, s.name, s.web_url) for s in COMPANY.sites() if s.protectable][:count]


def drives(count: int) -> list[UnitRef]:
    return [UnitRef(u.id, u.display_name, u.upn) for u in COMPANY.users() if u.drive_url][:count]


@pytest.fixture
def tenant(fresh_practice: Ready, controls: Controls) -> Ready:
    controls.turn_backup_on()
    return fresh_practice


async def test_a_service_that_is_off_is_told_from_one_that_answers(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with graph_calls(fresh_practice, controls) as calls:
        backup = GraphBackup(calls)
        off = await backup.probe()
        controls.turn_backup_on()
        on = await backup.probe()
    assert (off.probe, off.on) == (Probe.OFF, False)
    assert (on.probe, on.on, on.status) == (Probe.ANSWERS, True, "")


@pytest.mark.parametrize(
    ("product", "units"),
    [
        (Product.EXCHANGE, mailboxes(3)),
        (Product.ONEDRIVE, drives(3)),
        (Product.SHAREPOINT, sites(3)),
    ],
)
async def test_a_policy_is_created_activated_and_becomes_protected(
    tenant: Ready, controls: Controls, product: Product, units: Sequence[UnitRef]
) -> None:
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        made, request_id = await backup.create_policy(product, "First wave", units)
        assert made.status is PolicyStatus.INACTIVE
        assert request_id in {entry["client_request_id"] for entry in controls.log()}
        await backup.activate(product, made.id)
        under_work = await backup.policy(product, made.id)
        assert (made.enabled, under_work.enabled) == (False, True)
        assert under_work.status is PolicyStatus.UPDATING
        assert power_for(under_work, Wanted.ACTIVE) is Power.KEEP
        assert power_for(under_work, Wanted.PAUSED) is Power.PAUSE
        controls.advance("PT2H")
        seen = await backup.policy(product, made.id)
        held = await backup.units(product, made.id)
        protected = await backup.protected(product)
    assert seen.status is PolicyStatus.ACTIVE
    assert seen.counts is not None
    assert (seen.counts.total, seen.counts.protected) == (3, 3)
    assert {unit.status for unit in held} == {UnitStatus.PROTECTED}
    assert {unit.key for unit in held} == {unit.key.lower() for unit in units}
    assert all(unit.name and unit.address for unit in held)
    assert {k: h.policy_id for k, h in protected.items()} == {u.key.lower(): made.id for u in units}
    assert {h.unit_id for h in protected.values()} == {u.id for u in held}


async def test_units_are_added_and_removed_and_refusals_name_what_was_sent(
    tenant: Ready, controls: Controls
) -> None:
    first, other = mailboxes(2), mailboxes(2, skip=2)
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        taken, _ = await backup.create_policy(Product.EXCHANGE, "Theirs", other[:1])
        policy, _ = await backup.create_policy(Product.EXCHANGE, "Ours", first)
        held = await backup.units(Product.EXCHANGE, policy.id)
        gone = UnitRef(held[0].key, "", "", unit_id=held[0].id)
        refused, _ = await backup.change_policy(
            Product.EXCHANGE, policy.id, add=other, remove=[gone]
        )
        after = await backup.units(Product.EXCHANGE, policy.id)
    assert [(item.key, item.code) for item in refused] == [
        (other[0].key, "ProtectionUnitAlreadyExists")
    ]
    assert {unit.key for unit in after} == {held[1].key, other[1].key}
    assert taken.id != policy.id


async def test_rename_and_pause(tenant: Ready, controls: Controls) -> None:
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        policy, _ = await backup.create_policy(Product.SHAREPOINT, "Old name", sites(1))
        await backup.change_policy(Product.SHAREPOINT, policy.id, name="New name")
        await backup.activate(Product.SHAREPOINT, policy.id)
        controls.advance("PT2H")
        await backup.pause(Product.SHAREPOINT, policy.id)
        controls.advance("PT2H")
        (seen,) = await backup.policies()
    assert (seen.name, seen.status) == ("New name", PolicyStatus.INACTIVE)


async def test_refused_writes_come_as_kinds_a_person_can_act_on(
    tenant: Ready, controls: Controls
) -> None:
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        await backup.create_policy(Product.EXCHANGE, "First", mailboxes(1))
        with pytest.raises(Conflict, match="“First”"):
            await backup.create_policy(Product.EXCHANGE, "Second", mailboxes(1))
        with pytest.raises(Limit):
            await backup.create_policy(Product.EXCHANGE, "Big", mailboxes(51))
        with pytest.raises(NotFound):
            await backup.activate(Product.EXCHANGE, "5e0c5f0e-3a52-5a6e-9d0d-6a1f4c0f7b21")
        controls.turn_backup_on(status="protectionChangeLocked")
        with pytest.raises(ServiceOff, match="locked"):
            await backup.create_policy(Product.EXCHANGE, "Third", mailboxes(1, skip=1))
        assert len(await backup.policies()) == 1


@pytest.mark.parametrize("scenario", ["commit-then-504", "reset-after-commit"])
async def test_a_create_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown(
    tenant: Ready, controls: Controls, scenario: str
) -> None:
    controls.scenarios({"id": scenario})
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        with pytest.raises(OutcomeUnknown) as lost:
            await backup.create_policy(Product.EXCHANGE, "Once", mailboxes(1))
        found = await backup.policies()
    sent = [e for e in controls.log() if e["method"] == "POST" and "rotectionPolicies" in e["path"]]
    assert [policy.name for policy in found] == ["Once"]
    assert len(sent) == 1
    assert lost.value.request_id


async def test_reads_wait_as_long_as_the_service_says_and_say_so(
    tenant: Ready, controls: Controls
) -> None:
    clock, heard = JumpingClock(), []
    controls.scenarios({"id": "throttled"})
    async with graph_calls(
        tenant, controls, clock=clock, on_wait=lambda why, until: heard.append(why)
    ) as calls:
        backup = GraphBackup(calls)
        answers = await asyncio.gather(*(backup.policies() for _ in range(12)))
    assert all(answer == () for answer in answers)
    assert heard
    assert max(clock.waits) <= 1.0


async def test_a_sharepoint_admin_sees_only_their_products_and_no_error(
    tenant: Ready, controls: Controls
) -> None:
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        await backup.create_policy(Product.EXCHANGE, "Mail", mailboxes(1))
        await backup.create_policy(Product.SHAREPOINT, "Sites", sites(1))
    async with graph_calls(tenant, controls, "sharepoint-admin") as calls:
        backup = GraphBackup(calls)
        assert (await backup.probe()).probe is Probe.ANSWERS
        assert [policy.name for policy in await backup.policies()] == ["Sites"]
        with pytest.raises(Forbidden):
            await backup.create_policy(Product.EXCHANGE, "Mine", mailboxes(1, skip=1))


async def test_somebody_without_a_role_is_told_so_by_the_probe(
    tenant: Ready, controls: Controls
) -> None:
    async with graph_calls(tenant, controls, "no-role") as calls:
        assert (await GraphBackup(calls).probe()).probe is Probe.NO_ROLE


async def test_every_page_of_units_is_read(tenant: Ready, controls: Controls) -> None:
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        policy, _ = await backup.create_policy(Product.EXCHANGE, "Many", mailboxes(50))
        for start in range(50, 250, 50):
            batch = mailboxes(50, skip=start)
            refused, _ = await backup.change_policy(
                Product.EXCHANGE, policy.id, add=batch, remove=[]
            )
            assert refused == ()
        held = await backup.units(Product.EXCHANGE, policy.id)
        assert len({unit.key for unit in held}) == 250
        assert set(await backup.protected(Product.EXCHANGE)) == {unit.key for unit in held}
        assert [await backup.protected(p) for p in ALL_PRODUCTS if p is not Product.EXCHANGE] == [
            {},
            {},
        ]


@pytest.mark.parametrize("product", ALL_PRODUCTS)
async def test_a_bulk_addition_job_brings_what_exists_and_is_found_by_its_name(
    tenant: Ready, controls: Controls, product: Product
) -> None:
    take = {
        Product.EXCHANGE: mailboxes,
        Product.ONEDRIVE: drives,
        Product.SHAREPOINT: sites,
    }[product]
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        many = take(60)
        policy, _ = await backup.create_policy(product, "Bulk", many[:1])
        made, request_id = await backup.add_in_bulk(product, policy.id, "wave 1", many)
        assert (made.status, made.name) == (BulkStatus.ACTIVE, "wave 1")
        assert request_id
        controls.advance("PT2H")
        job = await backup.bulk_job(product, policy.id, made.id)
        assert job.status is BulkStatus.COMPLETED
        assert [j.id for j in await backup.bulk_jobs(product, policy.id)] == [made.id]
        held = await backup.protected(product)
    assert {h.key for h in held.values() if h.policy_id == policy.id} == {
        u.key.lower() for u in many
    }
