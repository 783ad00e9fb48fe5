"""E-mail notifications through the real SDK and TLS: read, changed, refused, and under faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    Forbidden,
    OutcomeUnknown,
    Rejected,
    Throttled,
)
from m365backup_tui.domain.notifications import NotificationChange, Notifications, RecipientRole
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policy_file import Entry, NotificationWish
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.work import messages, planning
from m365backup_tui.work.notifications import change_for, change_of
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.own_app_host import Sitting
from tests.practice.test_fewer_permissions import without

Ready = dict[str, Any]
PATH = "/v1.0/solutions/backupRestore/emailNotificationsSetting"
AT_FIRST = Notifications(True, False, RecipientRole.ALL_ADMINS)
EVERYTHING = NotificationWish(
    enabled=False,
    all_events=True,
    role=RecipientRole.CUSTOM,
    addresses=(Entry("ops@northwindlabs.com"), Entry("second@northwindlabs.com")),
)


def change(
    wish: NotificationWish = EVERYTHING, now: Notifications = AT_FIRST
) -> NotificationChange:
    found = change_of(wish, now)
    assert found is not None
    return found


def patches(controls: Controls) -> list[dict[str, Any]]:
    return [r for r in controls.log() if r["method"] == "PATCH" and PATH in r["path"]]


async def test_it_is_read_and_every_part_of_it_changed(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with graph_calls(fresh_practice, controls) as calls:
        backup = GraphBackup(calls)
        assert await backup.notifications() == AT_FIRST
        wanted = change()
        assert await backup.set_notifications(wanted)
        assert await backup.notifications() == wanted.wanted
        back = NotificationChange(wanted.wanted, AT_FIRST)
        await backup.set_notifications(back)
        assert await backup.notifications() == AT_FIRST
    assert len(patches(controls)) == 2


async def test_only_what_differs_is_sent(fresh_practice: Ready, controls: Controls) -> None:
    """What another administrator sets meanwhile beside it stays."""
    async with graph_calls(fresh_practice, controls) as calls:
        backup = GraphBackup(calls)
        events_only = change(NotificationWish(all_events=True))
        await backup.set_notifications(change(NotificationWish(enabled=False)))
        await backup.set_notifications(events_only)
        assert await backup.notifications() == replace(AT_FIRST, enabled=False, all_events=True)


@pytest.mark.parametrize("persona", ["sharepoint-admin", "no-role"])
async def test_a_role_that_may_not_change_it_is_told_which_one_may(
    fresh_practice: Ready, controls: Controls, persona: str
) -> None:
    async with graph_calls(fresh_practice, controls, persona) as calls:
        with pytest.raises(Forbidden, match="Microsoft 365 Backup Administrator") as caught:
            await GraphBackup(calls).set_notifications(change())
    assert "changing the e-mail notifications" in caught.value.what
    assert caught.value.who_can_grant


async def test_a_backup_administrator_may(fresh_practice: Ready, controls: Controls) -> None:
    async with graph_calls(fresh_practice, controls, "backup-admin") as calls:
        backup = GraphBackup(calls)
        await backup.set_notifications(change())
        assert await backup.notifications() == change().wanted


async def test_for_a_third_party_controller_recipients_are_read_only_and_the_rest_is_not(
    fresh_practice: Ready, controls: Controls
) -> None:
    """graph.md §2.6. What differs is sent alone, so a file that leaves the recipients can be carried out."""
    controls.turn_backup_on()
    state = controls.call("GET", "state").json()
    state["billing"]["service"]["consumer"] = "thirdparty"
    controls.call("PUT", "state", state).raise_for_status()
    async with graph_calls(fresh_practice, controls) as calls:
        backup = GraphBackup(calls)
        with pytest.raises(Rejected, match="read-only"):
            await backup.set_notifications(change())
        events = change(NotificationWish(enabled=False, all_events=True))
        await backup.set_notifications(events)
        assert await backup.notifications() == events.wanted


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"id": "H1", "retry_after": 5}, Throttled),
        ({"id": "H3"}, OutcomeUnknown),
        ({"id": "H6"}, OutcomeUnknown),
        ({"id": "T5"}, OutcomeUnknown),
        ({"id": "T6"}, OutcomeUnknown),
        ({"id": "H9"}, ConsentNeeded),
        ({"id": "H10"}, Forbidden),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else "",
)
async def test_a_change_is_sent_once_whatever_is_answered(
    fresh_practice: Ready, controls: Controls, fault: dict[str, Any], kind: type[CloudError]
) -> None:
    """What a run makes of each is in the fault matrix."""
    async with graph_calls(fresh_practice, controls) as calls:
        backup = GraphBackup(calls)
        await backup.notifications()
        controls.scenarios({**fault, "operation": f"PATCH {PATH}"})
        with pytest.raises(kind):
            await backup.set_notifications(change())
        controls.scenarios()
        done = fault["id"] in ("H6", "T6")  # the service did it, and its answer got lost
        assert await backup.notifications() == (change().wanted if done else AT_FIRST)
    assert len(patches(controls)) == 1


async def test_without_the_permission_nobody_is_asked_and_the_plan_says_who_can_grant_it(
    ready: Ready, controls: Controls, tmp_path: Path
) -> None:
    """Nothing else of the sitting needs it: the same drafts are planned without it."""
    scope = "BackupRestore-Control.ReadWrite.All"
    sitting = await Sitting(ready, controls, tmp_path).open()
    try:
        await without(sitting, scope)
        with pytest.raises(ConsentNeeded) as caught:
            await change_for(sitting.tools, EVERYTHING)
        assert caught.value.scopes == (scope,)
        assert "Take `notifications:` out of the file" in caught.value.what
        assert "Application Administrator" in messages.advice(caught.value, keys=False)
        policies = await sitting.tools.backup.policies()
        new = Draft(Product.EXCHANGE, "New", add=(_somebody(),))
        plan = await planning.plan_for(sitting.tools, [new], "", "")
        assert (policies, plan.requests) == ((), 1)
    finally:
        await sitting.close()
        controls.reset()


def _somebody() -> Candidate:
    return Candidate(Product.EXCHANGE, "0b5f3c52-3f0c-4a70-9b0e-6a7f4f7d1c01", "Ann", "a@x.com")
