"""A quick edit that began with what was seen last: read anew by itself, or given up for the usual way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.run import Run
from m365backup_tui.domain.session import Account
from m365backup_tui.events import (
    POLICIES,
    READINESS,
    AccountKnown,
    Arrived,
    Began,
    Broke,
    Dropped,
    Event,
    SignedInNow,
    UnfinishedFound,
)
from m365backup_tui.ports import Tools
from m365backup_tui.state import Opened, Remote, Seen, State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store
from m365backup_tui.wizard import Wizard
from m365backup_tui.work import browse, check_access, sign_in
from tests.screens import states, states_policies
from tests.screens.harness import NOW

EARLIER = NOW - timedelta(days=1)
MINE = Draft(Product.ONEDRIVE, "Everyone", "p-1", "Everyone", remove=states_policies.UNITS[:1])
SEEN = State(
    at=StepId.POLICIES,
    history=(StepId.SIGN_IN, StepId.PERMISSIONS),
    started=True,
    quick=True,
    wanted=("onedrive", "Everyone"),
    wanted_shown=True,
    known=states.ACCOUNT,
    seen=Seen(states.ACCOUNT, EARLIER),
    policies=Remote(states_policies.POLICIES, EARLIER),
    opened=Remote(Opened(states_policies.EVERYONE, states_policies.UNITS), EARLIER),
    drafts=(MINE,),
)
Found = dict[str, tuple[Event, ...]]


def report() -> Readiness:
    found = states_policies.policies().readiness.value
    assert found is not None
    return found


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """What the use cases would find; none of them needs a cloud then."""
    answers: Found = {
        "find": (
            AccountKnown(states.ACCOUNT),
            SignedInNow(states.SIGNED_IN),
            UnfinishedFound(None),
        ),
        "check": (Began(READINESS, NOW), Arrived(READINESS, report(), NOW), Dropped(POLICIES)),
        "policies": (Began(POLICIES, NOW), Arrived(POLICIES, states_policies.POLICIES, NOW)),
    }

    def answering(name: str) -> Callable[..., AsyncIterator[Event]]:
        async def work(_: Tools, *__: Account) -> AsyncIterator[Event]:
            for event in answers[name]:
                yield event
                await asyncio.sleep(0)

        return work

    monkeypatch.setattr(sign_in, "find_account", answering("find"))
    monkeypatch.setattr(check_access, "check", answering("check"))
    monkeypatch.setattr(browse, "load_policies", answering("policies"))
    return answers


async def sit_down(state: State = SEEN) -> Wizard:
    wizard = Wizard(Store(state))
    wizard.equip(cast(Tools, SimpleNamespace()), states.welcome().place)
    for _ in range(60):
        await asyncio.sleep(0)
    assert not wizard.store.busy
    return wizard


async def test_check_and_policies_are_read_while_the_page_stays(found: Found) -> None:
    wizard = await sit_down()
    state = wizard.state
    assert state.at is StepId.POLICIES
    assert state.seen is None
    assert state.policies.at == NOW
    assert state.drafts == (MINE,)
    wizard.go(StepId.REVIEW)
    assert wizard.state.at is StepId.REVIEW


async def test_the_review_is_closed_until_the_check_was_made() -> None:
    wizard = Wizard(Store(SEEN))
    wizard.go(StepId.REVIEW)
    assert wizard.state.at is StepId.POLICIES
    wizard.store.send(SignedInNow(states.SIGNED_IN))
    wizard.go(StepId.REVIEW)
    assert wizard.state.at is StepId.POLICIES


async def test_a_sign_in_that_is_gone_comes_first_and_what_was_marked_stays(found: Found) -> None:
    found["find"] = (AccountKnown(None),)
    state = (await sit_down()).state
    assert state.at is StepId.SIGN_IN
    assert state.seen is None
    assert state.policies.value is None
    assert state.opened.value is None
    assert state.drafts == (MINE,)
    assert not state.wanted_shown
    assert "sign in" in state.gone


async def test_somebody_else_sees_nothing_of_it_and_is_led_on(found: Found) -> None:
    other = replace(states.SIGNED_IN, account=states.MEGAN)
    found["find"] = (AccountKnown(states.MEGAN), SignedInNow(other), UnfinishedFound(None))
    wizard = Wizard(Store(SEEN))
    wizard.equip(cast(Tools, SimpleNamespace()), states.welcome().place)
    for _ in range(20):
        await asyncio.sleep(0)
    state = wizard.state
    assert (state.at, state.seen) == (StepId.PERMISSIONS, None)
    assert (state.policies.value, state.opened.value, state.drafts) == (None, None, ())
    assert states.MEGAN.username in state.gone
    assert state.wanted == SEEN.wanted
    assert not state.wanted_shown
    wizard.check_access()  # the page of permissions begins it
    for _ in range(20):
        await asyncio.sleep(0)
    assert wizard.state.at is StepId.POLICIES


async def test_an_unfinished_run_comes_first(found: Found) -> None:
    run = states_policies.STOPPED
    assert isinstance(run, Run)
    found["find"] = (SignedInNow(states.SIGNED_IN), UnfinishedFound(run))
    state = (await sit_down()).state
    assert (state.at, state.seen) == (StepId.SIGN_IN, None)
    assert state.drafts == (MINE,)


async def test_a_check_that_fails_is_told_on_its_own_page(found: Found) -> None:
    found["check"] = (Began(READINESS, NOW), Broke(READINESS, Unreachable("No network.")))
    state = (await sit_down()).state
    assert (state.at, state.seen) == (StepId.PERMISSIONS, None)
    assert state.readiness.error is not None


async def test_policies_that_cannot_be_read_stay_old_and_keep_the_review_closed(
    found: Found,
) -> None:
    found["policies"] = (Began(POLICIES, NOW), Broke(POLICIES, Unreachable("No network.")))
    wizard = await sit_down()
    assert wizard.state.seen is not None
    assert wizard.state.policies.value == states_policies.POLICIES
    found["policies"] = (Began(POLICIES, NOW), Arrived(POLICIES, states_policies.POLICIES, NOW))
    wizard.load_policies()
    for _ in range(20):
        await asyncio.sleep(0)
    assert wizard.state.seen is None


async def test_a_service_that_this_person_does_not_manage_leads_to_the_list(found: Found) -> None:
    readiness = states_policies.only_sharepoint().readiness.value
    assert readiness is not None
    found["check"] = (Began(READINESS, NOW), Arrived(READINESS, readiness, NOW))
    state = (await sit_down(replace(SEEN, wanted=("exchange", "All")))).state
    assert state.seen is None
    assert not state.wanted_shown  # the list tells why it is not opened
