"""ArmAzure against the practice tenant: rights and how they are held, groups, registration, billing resources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from m365backup_tui.cloud.arm_calls import ArmCalls
from m365backup_tui.cloud.azure import ArmAzure
from m365backup_tui.cloud.transport import arm_client
from m365backup_tui.domain.azure import (
    BillingKind,
    Registration,
    SubscriptionState,
    missing_actions,
    refusal,
    usable,
)
from m365backup_tui.domain.errors import Conflict, Forbidden, OutcomeUnknown, Rejected
from tests.practice.cloud_ports import JumpingClock, session
from tests.practice.conftest import Controls
from tests.practice.northwind import SUB_PRODUCTION, SUB_SANDBOX, persona_by_key

Ready = dict[str, Any]


@asynccontextmanager
async def azure_of(
    ready: Ready,
    controls: Controls,
    persona: str = "global-admin",
    clock: JumpingClock | None = None,
) -> AsyncIterator[ArmAzure]:
    transport, credential = session(ready, controls, persona)
    who = persona_by_key(persona)
    assert who is not None
    calls = ArmCalls(
        lambda: arm_client(transport, credential), ready["arm"], clock or JumpingClock()
    )
    try:
        yield ArmAzure(calls, lambda: who.oid)
    finally:
        await calls.close()


async def test_subscriptions_say_what_the_person_may_do_and_how_they_hold_it(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with azure_of(fresh_practice, controls) as azure:
        found = {s.name.rpartition(" ")[2]: s for s in await azure.subscriptions()}
    assert {name: s.access for name, s in found.items()} == {
        "Production": "Owner",
        "Sandbox": "Reader",
        "Legacy": "Owner",
        "Shared": "",  # through Lighthouse, which role assignments leave out
    }
    assert not missing_actions(found["Shared"])
    assert found["Legacy"].state is SubscriptionState.DISABLED
    tenant = fresh_practice["tenant_id"]
    assert [s.name for s in usable(found.values(), tenant)] == ["Northwind Labs Production"]
    assert "another tenant" in refusal(found["Shared"], tenant)
    assert missing_actions(found["Sandbox"])


async def test_a_right_through_a_group_and_one_to_be_activated_are_told_apart(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with azure_of(fresh_practice, controls, "backup-admin") as azure:
        group = {s.name: s for s in await azure.subscriptions()}["Northwind Labs Production"]
    async with azure_of(fresh_practice, controls, "pim-eligible") as azure:
        (pim,) = await azure.subscriptions()
    assert group.access == "Contributor, through a group"
    assert not missing_actions(group)
    assert (pim.access, pim.eligible) == ("Reader", "Owner")


async def test_somebody_without_subscriptions_gets_an_empty_list(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with azure_of(fresh_practice, controls, "no-azure") as azure:
        assert await azure.subscriptions() == ()


async def test_a_group_is_created_listed_and_cannot_move(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with azure_of(fresh_practice, controls) as azure:
        before = await azure.resource_groups(SUB_PRODUCTION)
        made = await azure.create_group(SUB_PRODUCTION, "rg-m365backup", "westeurope")
        after = await azure.resource_groups(SUB_PRODUCTION)
        with pytest.raises(Conflict, match="another region"):
            await azure.create_group(SUB_PRODUCTION, "rg-m365backup", "northeurope")
        with pytest.raises(Rejected):
            await azure.create_group(SUB_PRODUCTION, "rg-elsewhere", "atlantis")
    assert set(after) - set(before) == {made}
    assert (made.name, made.location) == ("rg-m365backup", "westeurope")


async def test_the_provider_offers_regions_and_registers(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with azure_of(fresh_practice, controls) as azure:
        first = await azure.provider(SUB_PRODUCTION)
        started = await azure.register_provider(SUB_PRODUCTION)
        controls.advance("PT1H")
        last = await azure.provider(SUB_PRODUCTION)
    names = {region.name for region in first.regions}
    assert "westeurope" in names
    assert "westus2" not in names
    assert first.state is Registration.NOT_REGISTERED
    assert started is Registration.REGISTERING
    assert last.state is Registration.REGISTERED


async def test_refusals_name_the_action_and_the_policy(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with azure_of(fresh_practice, controls) as azure:
        with pytest.raises(Forbidden, match="resourceGroups/write") as role:
            await azure.create_group(SUB_SANDBOX, "rg-m365backup", "westeurope")
        controls.scenarios({"id": "policy-blocks-syntex"})
        with pytest.raises(Forbidden, match="“Allowed resource types” refuses Microsoft"):
            await azure.register_provider(SUB_PRODUCTION)
    assert "Owner" in role.value.who_can_grant


@pytest.mark.parametrize(
    ("node", "kind", "for_backup"),
    [("setup", BillingKind.DOCUMENT_PROCESSOR, None), ("billing", BillingKind.ACCOUNT, True)],
)
async def test_what_the_admin_center_leaves_in_azure_is_found_for_both_nodes(
    fresh_practice: Ready, controls: Controls, node: str, kind: BillingKind, for_backup: bool | None
) -> None:
    async with azure_of(fresh_practice, controls) as azure:
        assert await azure.billing_resources(SUB_PRODUCTION) == ()
        await azure.create_group(SUB_PRODUCTION, "rg-m365backup", "westeurope")
        answer = controls.admin_center(
            node=node,
            subscription_id=SUB_PRODUCTION,
            resource_group="rg-m365backup",
            region="westeurope",
            persona="global-admin",
        )
        assert answer.status_code < 300, answer.text
        controls.advance("P2D")
        (found,) = await azure.billing_resources(SUB_PRODUCTION)
    assert (found.kind, found.for_backup) == (kind, for_backup)
    assert (found.resource_group, found.location) == ("rg-m365backup", "westeurope")
    assert found.provisioning == "Succeeded"


async def test_a_group_whose_answer_is_lost_was_sent_once_and_its_outcome_is_unknown(
    fresh_practice: Ready, controls: Controls
) -> None:
    controls.scenarios({"id": "H6", "operation": "PUT /subscriptions/*", "nth": 1, "times": 1})
    async with azure_of(fresh_practice, controls) as azure:
        with pytest.raises(OutcomeUnknown):
            await azure.create_group(SUB_PRODUCTION, "rg-once", "westeurope")
        names = [group.name for group in await azure.resource_groups(SUB_PRODUCTION)]
    sent = [entry for entry in controls.log() if entry["method"] == "PUT"]
    assert "rg-once" in names
    assert len(sent) == 1


async def test_a_connection_that_breaks_after_registering_leaves_the_outcome_unknown(
    fresh_practice: Ready, controls: Controls
) -> None:
    controls.scenarios({"id": "T6", "operation": "POST /subscriptions/*", "nth": 1, "times": 1})
    async with azure_of(fresh_practice, controls) as azure:
        with pytest.raises(OutcomeUnknown):
            await azure.register_provider(SUB_PRODUCTION)
        seen = await azure.provider(SUB_PRODUCTION)
    assert seen.state is Registration.REGISTERING
    sent = [e for e in controls.log() if e["method"] == "POST" and "/register" in e["path"]]
    assert len(sent) == 1


async def test_reads_survive_throttling_by_waiting(
    fresh_practice: Ready, controls: Controls
) -> None:
    clock = JumpingClock()
    controls.scenarios({"id": "throttled"})
    async with azure_of(fresh_practice, controls, clock=clock) as azure:
        assert len(await azure.subscriptions()) == 4
    assert clock.waits
