"""E-mail notifications: what a file wishes against what the tenant has, in words, and as Graph says them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.cloud.notifications import notifications_from
from m365backup_tui.domain.errors import Broken, ConsentNeeded
from m365backup_tui.domain.notifications import Notifications, RecipientRole
from m365backup_tui.domain.policy_file import Entry, NotificationWish
from m365backup_tui.work.notifications import change_for, change_of
from tests.unit.fakes import FakeBackup, Fault, file_runs, make_tools

ADMINS = Notifications(True, False, RecipientRole.ALL_ADMINS)
TEAM = Notifications(True, True, RecipientRole.CUSTOM, ("ops@x.com", "Ada@x.com"))
TO_GLOBAL = NotificationWish(enabled=True, all_events=True, role=RecipientRole.GLOBAL_ADMINS)


def listed(*addresses: str) -> NotificationWish:
    return NotificationWish(role=RecipientRole.CUSTOM, addresses=tuple(map(Entry, addresses)))


def test_what_a_file_does_not_name_stays() -> None:
    change = change_of(NotificationWish(all_events=True), ADMINS)
    assert change is not None
    assert change.wanted == replace(ADMINS, all_events=True)
    assert change_of(NotificationWish(), ADMINS) is None
    assert change_of(NotificationWish(enabled=True, all_events=False), ADMINS) is None


def test_addresses_are_compared_without_case_and_order() -> None:
    assert change_of(listed("ada@X.com", "OPS@x.com"), TEAM) is None
    assert change_of(listed("ada@x.com"), TEAM) is not None


def test_a_role_in_place_of_addresses_leaves_none() -> None:
    change = change_of(NotificationWish(role=RecipientRole.BACKUP_ADMINS), TEAM)
    assert change is not None
    assert change.wanted.addresses == ()
    assert list(change.effects()) == ["no longer written to: ops@x.com, Ada@x.com"]


@pytest.mark.parametrize(
    ("wish", "now", "words"),
    [
        (
            TO_GLOBAL,
            replace(ADMINS, enabled=False),
            "to Global Administrators, all events (now: off)",
        ),
        (
            NotificationWish(enabled=False),
            ADMINS,
            "off (now: to all administrators, important events only)",
        ),
        (
            listed("a@x.com", "b@x.com", "c@x.com", "d@x.com", "e@x.com"),
            ADMINS,
            "to 5 recipients, important events only (now: to all administrators, important events only)",
        ),
        (
            NotificationWish(all_events=True),
            replace(ADMINS, enabled=False),
            "off, and once they are on to all administrators, all events "
            "(now: to all administrators, important events only)",
        ),
        (
            NotificationWish(role=RecipientRole.NONE),
            replace(ADMINS, role=RecipientRole.UNKNOWN, other="globalAdmins,backupAdmins"),
            "to nobody, important events only (now: to “globalAdmins,backupAdmins” (not known to this version), "
            "important events only)",
        ),
    ],
)
def test_a_change_in_words(wish: NotificationWish, now: Notifications, words: str) -> None:
    change = change_of(wish, now)
    assert change is not None
    assert change.words == words


def test_recipients_that_the_line_has_no_room_for_are_told_below_it() -> None:
    five = [f"{letter}@x.com" for letter in "abcde"]
    change = change_of(listed(*five), ADMINS)
    assert change is not None
    assert list(change.effects()) == [f"recipients: {', '.join(five)}"]
    change = change_of(listed("ops@x.com", "new@x.com"), TEAM)
    assert change is not None
    assert list(change.effects()) == [
        "new recipients: new@x.com",
        "no longer written to: Ada@x.com",
    ]


def test_writing_to_nobody_any_more_is_warned_of() -> None:
    for wish in (NotificationWish(enabled=False), NotificationWish(role=RecipientRole.NONE)):
        change = change_of(wish, ADMINS)
        assert change is not None
        assert "writes to nobody" in "".join(change.warnings())
        assert not list(replace(change, now=replace(ADMINS, enabled=False)).warnings())


async def test_the_tenant_is_asked_only_where_a_file_names_them(tmp_path: Path) -> None:
    backup = FakeBackup(faults=[Fault("notifications", ConsentNeeded("No consent."))])
    tools = make_tools(file_runs(tmp_path), backup)
    assert await change_for(tools, None) is None
    assert await change_for(tools, NotificationWish()) is None
    assert backup.reads == []
    with pytest.raises(ConsentNeeded):
        await change_for(tools, TO_GLOBAL)
    assert await change_for(tools, TO_GLOBAL) == change_of(TO_GLOBAL, ADMINS)


def test_the_answer_of_graph() -> None:
    people = [{"email": "ops@x.com", "id": None}, {"displayName": "No address"}, "odd"]
    answer = {
        "isEnabled": True,
        "additionalEvents": "restoreAndPolicyUpdates",
        "recipients": {"role": "custom", "customRecipients": people},
    }
    assert notifications_from(answer) == Notifications(
        True, True, RecipientRole.CUSTOM, ("ops@x.com",)
    )
    several = {"isEnabled": False, "recipients": {"role": "globalAdmins, backupAdmins"}}
    assert notifications_from(several) == Notifications(
        False, False, RecipientRole.UNKNOWN, other="globalAdmins,backupAdmins"
    )
    assert notifications_from({"isEnabled": True}).role is RecipientRole.UNKNOWN
    with pytest.raises(Broken):
        notifications_from({"additionalEvents": "none"})
