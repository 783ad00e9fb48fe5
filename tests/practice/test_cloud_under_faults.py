"""What the permission check's reads make of odd answers: the probe and the roles, fault by fault."""

from __future__ import annotations

from typing import Any

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.azure import SubscriptionState, refusal
from m365backup_tui.domain.errors import Broken, CloudError, ConsentNeeded, Forbidden
from m365backup_tui.domain.service import Probe
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.test_cloud_azure import azure_of

Ready = dict[str, Any]


@pytest.mark.parametrize(
    ("fault", "probe"),
    [
        ({"id": "T8"}, Probe.UNKNOWN),
        ({"id": "T9", "status": 200}, Probe.UNKNOWN),
        ({"id": "H9"}, Probe.NO_CONSENT),
        ({"id": "H10"}, Probe.NO_ROLE),
        ({"id": "B2"}, Probe.PREPARING),
        ({"id": "B8"}, Probe.OFF),
        ({"id": "B7"}, Probe.ANSWERS),  # locked for changes: a read does not show it to this client
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else "",
)
async def test_the_probe_takes_no_odd_answer_for_another(
    fresh_practice: Ready, controls: Controls, fault: dict[str, Any], probe: Probe
) -> None:
    controls.turn_backup_on()
    async with graph_calls(fresh_practice, controls) as calls:
        assert (await GraphBackup(calls).probe()).probe is Probe.ANSWERS
        controls.scenarios(fault)
        assert (await GraphBackup(calls).probe()).probe is probe


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"id": "T8"}, Broken),
        ({"id": "T9", "status": 200}, Broken),
        ({"id": "H9"}, ConsentNeeded),
        ({"id": "H10"}, Forbidden),
        ({"id": "H13", "variant": "repeating"}, Broken),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else "",
)
async def test_roles_that_cannot_be_read_are_an_error_of_the_right_kind(
    fresh_practice: Ready, controls: Controls, fault: dict[str, Any], kind: type[CloudError]
) -> None:
    async with graph_calls(fresh_practice, controls) as calls:
        directory = GraphDirectory(calls, GraphBackup(calls), lambda: "")
        assert await directory.active_roles()
        controls.scenarios(fault)
        with pytest.raises(CloudError) as caught:
            await directory.active_roles()
    assert type(caught.value) is kind


async def test_a_subscription_in_an_unknown_state_is_not_taken_for_a_good_one(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with azure_of(fresh_practice, controls) as azure:
        before = await azure.subscriptions()
        assert any(not refusal(s, s.tenant_id) for s in before)
        controls.scenarios({"id": "H11", "property": "state"})
        after = await azure.subscriptions()
    assert {s.state for s in after} == {SubscriptionState.UNKNOWN}
    assert all("does not know" in refusal(s, s.tenant_id) for s in after)
