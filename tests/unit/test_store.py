"""The store: one writer, watchers told once, effects that end in events or are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

from m365backup_tui import events as ev
from m365backup_tui.domain.errors import NotSignedIn, SignInRefused
from m365backup_tui.domain.session import Account, KeptIn, SignedIn, TokenHome
from m365backup_tui.state import State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def test_watchers_hear_of_a_change_once_and_of_no_change_never() -> None:
    store = Store()
    heard: list[bool] = []
    stop = store.subscribe(lambda state: heard.append(state.started))
    store.send(ev.Started())
    store.send(ev.Started())
    stop()
    store.send(ev.SignedOut())
    assert heard == [True]


async def test_starting_the_same_work_again_cancels_the_earlier_one() -> None:
    store = Store()
    gates = [asyncio.Event(), asyncio.Event()]
    ended: list[int] = []

    async def work(n: int) -> AsyncIterator[ev.Event]:
        try:
            yield ev.Began(ev.GROUPS, NOW, f"try {n}")
            await gates[n].wait()
            yield ev.Arrived(ev.GROUPS, (), NOW)
        finally:
            ended.append(n)

    first = store.perform("groups", work(0))
    await asyncio.sleep(0)
    second = store.perform("groups", work(1))
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    assert store.state.groups.note == "try 1"
    gates[1].set()
    await second
    assert store.state.groups.value == ()
    assert not store.busy


async def test_a_bug_in_the_work_reaches_whoever_reports_crashes() -> None:
    crashes: list[BaseException] = []
    store = Store(on_crash=crashes.append)

    async def work() -> AsyncIterator[ev.Event]:
        yield ev.Started()
        raise ZeroDivisionError

    await asyncio.gather(store.perform("bad", work()), return_exceptions=True)
    await asyncio.sleep(0)
    assert [type(c) for c in crashes] == [ZeroDivisionError]


async def test_closing_ends_everything_that_runs() -> None:
    store = Store()

    async def forever() -> AsyncIterator[ev.Event]:
        yield ev.Started()
        await asyncio.Event().wait()

    task = store.perform("forever", forever())
    await asyncio.sleep(0)
    await store.close()
    assert task.cancelled()
    assert not store.busy


# --- another person -----------------------------------------------------------------------------------------------

ADELE = Account("t", "adele", "adele@northwind.example", "Adele")
BEN = Account("u", "ben", "ben@contoso.example", "Ben")
HOME = TokenHome(KeptIn.MEMORY, "in memory")


def signed_in(account: Account) -> ev.SignedInNow:
    return ev.SignedInNow(SignedIn(account, HOME, NOW))


async def going_on(store: Store, gate: asyncio.Event, ended: list[str]) -> AsyncIterator[ev.Event]:
    try:
        yield ev.Began(ev.POLICIES, NOW, "reading")
        await gate.wait()
        yield ev.Arrived(ev.POLICIES, (), NOW)
    finally:
        ended.append("policies")


async def switching(account: Account) -> AsyncIterator[ev.Event]:
    yield signed_in(account)
    await asyncio.sleep(0)
    yield ev.Arrived(ev.GROUPS, (), NOW)


async def test_what_goes_on_for_one_person_ends_when_another_one_has_come() -> None:
    store, gate, ended = Store(), asyncio.Event(), list[str]()
    store.send(signed_in(ADELE))
    reading = store.perform("policies", going_on(store, gate, ended))
    accounts = store.perform("accounts", going_on(store, gate, []))
    await asyncio.sleep(0)
    assert store.state.policies.busy
    switch = store.perform("switch", switching(BEN))
    await asyncio.gather(switch, reading, return_exceptions=True)
    assert reading.cancelled()
    assert ended == ["policies"]
    assert not accounts.done(), "what is of this host goes on"
    assert not store.running("policies")
    state = store.state
    assert (state.policies.busy, state.policies.value) == (False, None)
    assert state.groups.value == (), "whoever brought the other person goes on"
    await store.close()


async def test_the_name_of_the_organization_ends_nothing() -> None:
    store, gate, ended = Store(), asyncio.Event(), list[str]()
    store.send(signed_in(ADELE))
    reading = store.perform("policies", going_on(store, gate, ended))
    await asyncio.sleep(0)
    store.send(signed_in(replace(ADELE, tenant_name="Northwind")))
    gate.set()
    await reading
    assert store.state.policies.value == ()


async def test_signing_out_ends_what_goes_on() -> None:
    store, gate, ended = Store(), asyncio.Event(), list[str]()
    store.send(signed_in(ADELE))
    reading = store.perform("policies", going_on(store, gate, ended))
    await asyncio.sleep(0)
    store.send(ev.SignedOut())
    await asyncio.gather(reading, return_exceptions=True)
    assert reading.cancelled()
    assert not store.state.policies.busy


def test_who_wants_another_account_keeps_the_one_of_now_until_then() -> None:
    store = Store(State(started=True))
    store.send(signed_in(ADELE))
    store.send(ev.AnotherWanted())
    assert (store.state.at, store.state.another) == (StepId.SIGN_IN, True)
    assert store.state.signed_in is not None
    store.send(ev.Broke(ev.DEVICE_CODE, SignInRefused("declined")))
    assert store.state.another, "a second try is of another account too"
    store.send(ev.Went(StepId.PERMISSIONS))
    assert not store.state.another
    store.send(ev.AnotherWanted())
    store.send(ev.SignInNeeded(NotSignedIn("expired")))
    assert not store.state.another, "what interrupted the job needs the same person"
    store.send(ev.AnotherWanted())
    store.send(signed_in(BEN))
    assert not store.state.another
