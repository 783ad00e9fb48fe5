"""A quick edit goes on by itself where there is nothing to decide, and stays where there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.run import Run
from m365backup_tui.domain.session import Account
from m365backup_tui.events import (
    READINESS,
    AccountKnown,
    Arrived,
    Back,
    Event,
    SignedInNow,
    SignedOut,
    UnfinishedFound,
)
from m365backup_tui.ports import Tools
from m365backup_tui.state import State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store
from m365backup_tui.wizard import Wizard
from m365backup_tui.work import accounts, check_access, sign_in
from tests.screens import states, states_policies
from tests.screens.harness import NOW

SIGNED_IN = states.signed_in().signed_in
READY = states_policies.policies().readiness.value
QUICK = State(at=StepId.SIGN_IN, started=True, quick=True)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Event, ...]]:
    """What the search for the last sign-in and the permission check find; a use case needs no cloud then."""
    assert SIGNED_IN is not None
    assert READY is not None
    found: dict[str, tuple[Event, ...]] = {
        "find": (SignedInNow(SIGNED_IN), UnfinishedFound(None)),
        "check": (Arrived(READINESS, READY, NOW),),
    }

    async def find_account(_: Tools) -> AsyncIterator[Event]:
        for event in found["find"]:
            yield event

    async def check(_: Tools, __: Account) -> AsyncIterator[Event]:
        for event in found["check"]:
            yield event

    monkeypatch.setattr(sign_in, "find_account", find_account)
    monkeypatch.setattr(check_access, "check", check)
    return found


async def sit_down(state: State) -> Wizard:
    wizard = Wizard(Store(state))
    wizard.equip(
        cast(Tools, SimpleNamespace()), states.welcome().place
    )  # the use cases above ask nothing of it
    await _quiet(wizard)
    return wizard


async def _quiet(wizard: Wizard) -> None:
    """Let the few turns of the loop pass that a use case without waits takes."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert not wizard.store.busy


def at(wizard: Wizard) -> StepId:
    return wizard.state.at


async def test_quick_edit_goes_from_the_sign_in_to_the_policies(
    answers: dict[str, tuple[Event, ...]],
) -> None:
    wizard = await sit_down(QUICK)
    assert at(wizard) is StepId.PERMISSIONS
    wizard.check_access()
    await _quiet(wizard)
    assert at(wizard) is StepId.POLICIES


async def test_guided_set_up_stays_at_the_sign_in(answers: dict[str, tuple[Event, ...]]) -> None:
    wizard = await sit_down(replace(QUICK, quick=False))
    assert at(wizard) is StepId.SIGN_IN


async def test_an_unfinished_run_or_a_missing_sign_in_is_for_the_person_to_decide(
    answers: dict[str, tuple[Event, ...]],
) -> None:
    run: Run = states_policies.STOPPED
    answers["find"] = (*answers["find"][:1], UnfinishedFound(run))
    assert (await sit_down(QUICK)).state.at is StepId.SIGN_IN
    answers["find"] = (AccountKnown(None),)
    assert (await sit_down(QUICK)).state.at is StepId.SIGN_IN


async def test_who_comes_back_to_the_check_stays_there(
    answers: dict[str, tuple[Event, ...]],
) -> None:
    wizard = await sit_down(QUICK)
    wizard.check_access()
    await _quiet(wizard)
    wizard.store.send(Back())
    assert at(wizard) is StepId.PERMISSIONS
    wizard.check_access()
    await _quiet(wizard)
    assert at(wizard) is StepId.PERMISSIONS


async def test_quick_edit_stays_at_the_check_while_backup_is_off(
    answers: dict[str, tuple[Event, ...]],
) -> None:
    off: Readiness = states.report()
    assert not off.service.on
    assert Product.ONEDRIVE in off.products
    answers["check"] = (Arrived(READINESS, off, NOW),)
    wizard = await sit_down(QUICK)
    wizard.check_access()
    await _quiet(wizard)
    assert at(wizard) is StepId.PERMISSIONS


async def test_signing_out_gives_up_a_switch_and_a_code_under_way(
    answers: dict[str, tuple[Event, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever leaves must not come back by a switch that ends a moment later."""
    answers["find"] = (AccountKnown(None),)
    wizard = await sit_down(QUICK)

    async def for_ever() -> AsyncIterator[Event]:
        await asyncio.Event().wait()
        yield Back()

    async def sign_out(*_: object) -> AsyncIterator[Event]:
        yield SignedOut()

    monkeypatch.setattr(accounts, "sign_out", sign_out)
    under_way = [wizard.store.perform(name, for_ever()) for name in ("switch", "sign-in")]
    await asyncio.sleep(0)
    wizard.sign_out()
    await asyncio.wait(under_way)
    assert all(task.cancelled() for task in under_way)
