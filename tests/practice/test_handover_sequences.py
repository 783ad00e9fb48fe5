"""Generated sequences of what applications do about control, against the table of graph.md §1 item 7.

The model beside the tenant is written from the table alone: a status for each application, and at
most one change that is on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.service import apps, handover
from m365backup_tui.practice.service.status import service_now
from m365backup_tui.practice.tenant import Tenant, open_tenant
from tests.practice.northwind import persona_by_key

CLIENTS = [f"0a1b2c3d-0000-4000-8000-{number:012d}" for number in range(3)]
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FIRST_PARTY = "firstparty"
DAYS = st.integers(min_value=1, max_value=35)


def caller_of(client_id: str) -> Caller:
    """The global administrator, working through this application."""
    who = persona_by_key("global-admin")
    assert who is not None
    return Caller(who, frozenset(), client_id, who.oid, "")


class Tenants:
    """One tenant for all sequences, started over for each: building its company takes a second."""

    def __init__(self) -> None:
        self._tenant: Tenant | None = None
        self._now: Callable[[], datetime] = lambda: START

    def opened(self, now: Callable[[], datetime]) -> Tenant:
        """The tenant as on its first day, with this clock."""
        self._now = now
        if self._tenant is None:
            self._tenant = open_tenant(None, pace=1, real=lambda: self._now())
        self._tenant.state.reset()
        return self._tenant


TENANTS = Tenants()


class HandOver(RuleBasedStateMachine):
    """Three applications and the admin center, which controls backup at the start or does not."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.tenant = TENANTS.opened(lambda: self.now)
        self.ids: dict[str, str] = {}
        self.active: str | None = None  # a client, the admin center, or nobody
        self.change: tuple[str, datetime] | None = None  # to whom, when

    @initialize(on=st.booleans())
    def begin(self, on: bool) -> None:
        if on:
            service = self.tenant.data["billing"]["service"]
            service |= {"status": "enabled", "consumer": FIRST_PARTY}
            self.active = FIRST_PARTY

    @rule(client=st.sampled_from(CLIENTS))
    def register(self, client: str) -> None:
        if client in self.ids:
            self.refused(409, lambda: apps.register(self.tenant, caller_of(client)))
        else:
            self.ids[client] = apps.register(self.tenant, caller_of(client))["id"]

    @rule(days=DAYS)
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)
        if self.change is not None and self.change[1] <= self.now:
            self.active, self.change = self.change[0], None

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), days=DAYS)
    def activate(self, data: st.DataObject, days: int) -> None:
        client = data.draw(st.sampled_from(sorted(self.ids)))
        at = self.now + timedelta(days=days)

        def act() -> handover.App:
            return apps.activate(self.tenant, caller_of(client), self.ids[client], to_iso(at))

        if self.change is not None:
            self.refused(403, act)
        elif self.active is None:
            act()
            self.active = client
        elif self.active == client:
            act()
        elif not 7 <= days <= 30:
            self.refused(400, act)
        else:
            act()
            self.change = (client, at)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def deactivate(self, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(sorted(self.ids)))

        def act() -> handover.App:
            return apps.deactivate(self.tenant, caller_of(client), self.ids[client])

        if self.status(client) == "active":
            self.refused(403, act)
            return
        act()
        if self.change is not None and self.change[0] == client:
            self.change = None

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(sorted(self.ids)))

        def act() -> None:
            apps.unregister(self.tenant, caller_of(client), self.ids[client])

        status = self.status(client)
        if status == "pendingInactive":
            self.refused(403, act)
            return
        act()
        del self.ids[client]
        if status == "pendingActive":
            self.change = None
        elif status == "active":
            self.active = None

    @invariant()
    def every_application_has_the_status_of_the_table(self) -> None:
        found = {
            client: handover.status_of(self.tenant, apps.find(self.tenant, self.ids[client]))
            for client in self.ids
        }
        assert found == {client: self.status(client) for client in self.ids}

    @invariant()
    def the_consumer_follows_the_controller(self) -> None:
        service = service_now(self.tenant)
        if self.active == FIRST_PARTY:
            assert (service.status, service.consumer) == ("enabled", FIRST_PARTY)
        elif service.status != "disabled":
            assert service.consumer == "thirdparty"
            assert not service.enabled  # nobody here has called enable

    def status(self, client: str) -> str:
        """What the table says this application is."""
        if self.change is not None and self.change[0] == client:
            return "pendingActive"
        if self.active == client:
            return "active" if self.change is None else "pendingInactive"
        return "inactive"

    def refused(self, status: int, act: object) -> None:
        """The action is refused with this HTTP status and changes nothing."""
        assert callable(act)
        before = self.tenant.state.canonical()
        with pytest.raises(GraphError) as caught:
            act()
        assert caught.value.status == status
        assert self.tenant.state.canonical() == before


TestHandOver = HandOver.TestCase
TestHandOver.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
