"""Activating a bulk restore: prepared in pieces between which others are answered, written at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Coroutine
from typing import Any

import pytest

from m365backup_tui.practice.backup.products import PRODUCTS
from m365backup_tui.practice.backup.seed import protect_everything
from m365backup_tui.practice.backup.world import World
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.restore import bulk, sessions
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING
from m365backup_tui.practice.tenant import open_tenant

MAILBOXES = RESTORING[0]
Activation = Coroutine[Any, Any, sqlite3.Row]


@pytest.fixture
def desk() -> Desk:
    """At a tenant in memory with everything protected."""
    tenant = open_tenant(None)
    protect_everything(tenant)
    world = World(
        state=tenant.state,
        now=tenant.clock.now(),
        pace=tenant.clock.pace,
        company=tenant.company,
        actor="somebody something",
        due=lambda fault_id: None,
        fault_on=lambda fault_id: False,
    )
    return Desk(tenant, world, PRODUCTS, evolved=False)


@pytest.fixture
def addresses(desk: Desk) -> list[str]:
    """Of mailboxes that are protected: more than two pieces."""
    found = desk.world.many(
        "SELECT p.upn FROM units u JOIN company.person p ON p.id = u.key "
        "WHERE u.product = 'exchange' LIMIT ?",
        2 * bulk.AT_ONCE + 7,
    )
    return [row["upn"] for row in found]


def begun(desk: Desk, addresses: list[str]) -> tuple[sqlite3.Row, Activation]:
    """A draft with one request, and its activation after the first piece."""
    session = sessions.create(desk, MAILBOXES, {})
    ask(desk, session, addresses)
    activation = again(desk, session)
    activation.send(None)
    return session, activation


def ask(desk: Desk, session: sqlite3.Row, addresses: list[str]) -> None:
    body = {
        "displayName": "Everybody",
        "destinationType": "new",
        MAILBOXES.addresses: addresses,
        "protectionTimePeriod": {
            "startDateTime": "2000-01-01T00:00:00Z",
            "endDateTime": "2100-01-01T00:00:00Z",
        },
    }
    bulk.create(desk, MAILBOXES, sessions.find(desk, session["id"]), body)


def again(desk: Desk, session: sqlite3.Row) -> Activation:
    return sessions.activate(desk, sessions.find(desk, session["id"]))


def ended(activation: Activation) -> sqlite3.Row:
    """What the activation comes to when it is let run."""
    try:
        while True:
            activation.send(None)
    except StopIteration as end:
        row: sqlite3.Row = end.value
        return row


def artifacts(desk: Desk) -> list[dict[str, Any]]:
    return desk.world.many("SELECT * FROM restore_artifacts ORDER BY position")


def test_nothing_is_written_before_everything_is(desk: Desk, addresses: list[str]) -> None:
    session, activation = begun(desk, addresses)
    assert not artifacts(desk)
    assert sessions.find(desk, session["id"])["activated_at"] is None
    assert ended(activation)["activated_at"] == desk.moment
    found = artifacts(desk)
    assert [one["position"] for one in found] == list(range(1, len(addresses) + 1))
    assert all(one["starts_at"] < one["ends_at"] for one in found)


def test_who_activates_meanwhile_is_quicker(desk: Desk, addresses: list[str]) -> None:
    session, first = begun(desk, addresses)
    ended(again(desk, session))
    with pytest.raises(GraphError) as refused:
        ended(first)
    assert refused.value.status == 403
    assert len(artifacts(desk)) == len(addresses)


def test_a_request_that_comes_meanwhile_is_looked_up_too(desk: Desk, addresses: list[str]) -> None:
    session, activation = begun(desk, addresses[5:])
    ask(desk, session, addresses[:5])
    ended(activation)
    requests = bulk.of_session(desk, session)
    assert [one["problems"] for one in requests] == ["[]", "[]"]
    assert len(artifacts(desk)) == len(addresses)


def test_a_draft_that_is_deleted_meanwhile_stays_deleted(desk: Desk, addresses: list[str]) -> None:
    session, activation = begun(desk, addresses)
    sessions.remove(desk, sessions.find(desk, session["id"]))
    with pytest.raises(GraphError) as refused:
        ended(activation)
    assert refused.value.status == 404
    assert not artifacts(desk)
