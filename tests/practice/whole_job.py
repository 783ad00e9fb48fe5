"""The wizard's whole job through its use cases, on a practice tenant that is already running."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from m365backup_tui.cloud.clock import SystemClock
from m365backup_tui.cloud.connect import connect
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.domain.session import Account
from m365backup_tui.events import Answered, DraftDropped, DraftPut, Event
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.state import Answers, State
from m365backup_tui.store import Store
from m365backup_tui.work import (
    applying,
    browse,
    check_access,
    planning,
    policy_file,
    set_up_billing,
    sign_in,
    turn_on,
)
from tests.from_file import drafts_from_file

EXAMPLE = Path(__file__).parents[2] / "examples" / "onboarding.yaml"


class TenantClock:
    """Waiting moves the practice tenant's time instead of the wall's."""

    def __init__(self, stand_in: PracticeStandIn) -> None:
        self._stand_in = stand_in

    def now(self) -> datetime:
        return SystemClock().now()

    async def sleep(self, seconds: float) -> None:
        body = {"advance": f"PT{max(1, round(seconds))}S"}
        await self._stand_in.control("POST", "clock", body)


class WholeJob:
    """`onboard` does the steps up to protected policies; `edit` what quick edit does with drafts."""

    def __init__(self, folder: Path, ready: dict[str, Any]) -> None:
        self._folder = folder
        self._profile = practice_profile(ready)
        self._stand_in = PracticeStandIn(ready, tls_context(self._profile, {}))
        self.store = Store()

    async def __aenter__(self) -> Self:
        runs = FileRuns(self._folder / "practice", "test of the whole job")
        made, self._close = await connect(
            self._profile, self._folder, runs, self._stand_in, lambda reason, until: None
        )
        self.tools: Tools = replace(made, clock=TenantClock(self._stand_in))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.close()
        await self._close()
        await self._stand_in.close()

    @property
    def account(self) -> Account:
        """Who is signed in."""
        assert self.store.state.signed_in is not None
        return self.store.state.signed_in.account

    async def do(self, work: AsyncIterator[Event]) -> State:
        """The use case to its end, its events into the state."""
        async for event in work:
            self.store.send(event)
        return self.store.state

    async def onboard(self, path: Path = EXAMPLE) -> Run:
        """Sign in, check, billing, Turn on, and the file's policies until they are at rest."""
        file = policy_file.load(path)
        assert isinstance(file, PolicyFile), file
        await self._sign_in()
        await self.do(check_access.check(self.tools, self.account))
        await self._turn_on(file)
        await self.policies()
        drafts, problems = await drafts_from_file(
            self.tools, file, self.store.state.policies.value or ()
        )
        assert problems == ()
        return await self.edit(*drafts)

    async def policies(self) -> dict[Product, Policy]:
        """The first policy of each product, read anew."""
        state = await self.do(browse.load_policies(self.tools))
        return {policy.product: policy for policy in reversed(state.policies.value or ())}

    async def edit(self, *drafts: Draft) -> Run:
        """Plan and run of these drafts; the plan must be allowed and the run complete."""
        for draft in drafts:
            self.store.send(DraftPut(draft))
        state = await self.do(planning.make(self.tools, self.store.state))
        assert state.plan.value is not None, state.plan.error
        state = await self.do(applying.apply(self.tools, state.plan.value, self.account))
        for draft in state.drafts:
            self.store.send(DraftDropped(draft.key))
        assert state.run is not None
        assert state.run.phase is RunPhase.DONE, state.run
        return state.run

    async def _sign_in(self) -> None:
        approved = False
        async for event in sign_in.sign_in(self.tools):
            self.store.send(event)
            code = self.store.state.device_code.value
            if code is not None and not approved:
                approved = True
                await self._stand_in.approve(code.user_code, "global-admin")

    async def _turn_on(self, file: PolicyFile) -> None:
        report, wish = self.store.state.readiness.value, file.billing
        assert report is not None
        assert wish is not None
        subscription = next(s for s in report.subscriptions if s.name == wish.subscription)
        await self.do(set_up_billing.load_groups(self.tools, subscription.id))
        await self.do(set_up_billing.load_provider(self.tools, subscription.id))
        answers = Answers(
            subscription.id, wish.resource_group, wish.region, True, wish.region, wish.node
        )
        self.store.send(Answered(answers))
        plan = set_up_billing.azure_plan(self.store.state)
        state = await self.do(set_up_billing.prepare(self.tools, self.store.state, plan))
        assert state.prepared.error is None
        await self.do(turn_on.accept_terms(self.tools, state))
        state = await self.do(turn_on.play_admin_center(self.tools, self.store.state))
        assert state.backup_on, state.billing
