"""Several people in one sitting, with the real SDKs: nothing of the one is sent or shown for the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.connect import tools_of
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import SCOPES_READ, SCOPES_REVOKE, Resource, practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.errors import CloudError, ConsentNeeded, NotSignedIn, SignInRefused
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import DeviceCode, Way
from m365backup_tui.events import ACCOUNTS, Arrived, Broke, Event, SignedOut
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.store import Store
from m365backup_tui.wizard import Wizard
from m365backup_tui.work import accounts
from m365backup_tui.work.sign_in import sign_in
from tests.practice.conftest import Controls

Ready = dict[str, Any]
ADMIN, OTHER = "global-admin", "backup-admin"


class Sitting:
    """One start of the program, with a keyring that works."""

    def __init__(self, ready: Ready, controls: Controls, folder: Path) -> None:
        self.ready, self.controls, self.folder = ready, controls, folder
        self.profile = practice_profile(ready)
        self.stand_in = PracticeStandIn(ready, tls_context(self.profile, {}))
        self.sign_in = SignIn(self.profile, folder, sleep=_no_wait, backends=(), environ={})
        self.store = Store()
        self.wizard = Wizard(self.store)
        self._close: Any = None

    async def open(self) -> Sitting:
        runs = FileRuns(self.folder / "runs", "a test")
        tools, self._close = await tools_of(
            self.sign_in, self.profile, runs, self.stand_in, lambda *_: None
        )
        self.wizard._tools = tools
        return self

    @property
    def tools(self) -> Tools:
        return self.wizard.tools

    async def close(self) -> None:
        await self.store.close()
        await self._close()
        await self.stand_in.close()

    async def come_in(self, persona: str, *, another: bool = False) -> CloudError | None:
        """As the wizard does it; why nobody came, if so."""
        why: CloudError | None = None
        async for event in sign_in(self.tools, another=another):
            self.store.send(event)
            if isinstance(event, Arrived) and isinstance(event.value, DeviceCode):
                await self.stand_in.approve(event.value.user_code, persona)
            if isinstance(event, Broke):
                why = event.error
        return why

    def asked_by(self, since: int) -> set[str]:
        """Who asked Graph and Azure for something since then, by the tenant's own log."""
        rows = self.controls.log(since)
        return {row["persona"] for row in rows if row.get("persona")}

    @property
    def count(self) -> int:
        return max((row["seq"] for row in self.controls.log()), default=0)


@pytest.fixture
async def sitting(ready: Ready, controls: Controls, tmp_path: Path) -> AsyncIterator[Sitting]:
    made = await Sitting(ready, controls, tmp_path).open()
    yield made
    await made.close()


async def _no_wait(_: float) -> None:
    return


async def everything(tools: Tools) -> None:
    """Reads that keep something: azure-core its token, the adapters what they learned."""
    await tools.azure.subscriptions()
    await tools.backup.probe()
    await tools.directory.search(Product.EXCHANGE, "adele")
    await tools.directory.tenant_name()


async def test_after_a_switch_nothing_is_asked_as_the_one_before(sitting: Sitting) -> None:
    assert await sitting.come_in(ADMIN) is None
    await everything(sitting.tools)
    assert await sitting.come_in(OTHER, another=True) is None
    since = sitting.count
    await everything(sitting.tools)
    assert sitting.asked_by(since) == {OTHER}, "azure-core would have gone on with its token"
    first, second = sitting.sign_in.account, (await sitting.tools.identity.accounts())[1]
    assert first is not None
    assert first.object_id != second.object_id
    async for event in accounts.switch(sitting.tools, second):
        sitting.store.send(event)
    since = sitting.count
    await everything(sitting.tools)
    assert sitting.asked_by(since) == {ADMIN}
    signed_in = sitting.store.state.signed_in
    assert signed_in is not None
    assert (signed_in.account.object_id, signed_in.way) == (second.object_id, None)


async def test_what_goes_on_for_the_one_before_neither_sends_nor_shows_anything_more(
    sitting: Sitting,
) -> None:
    assert await sitting.come_in(ADMIN) is None
    sitting.wizard.load_catalog(Product.EXCHANGE)
    first_page = asyncio.Event()
    sitting.store.watch(lambda _, new: first_page.set() if new.exchange.value else None)
    await first_page.wait()
    assert await sitting.come_in(OTHER, another=True) is None
    assert not sitting.store.running(f"catalog-{Product.EXCHANGE}")
    assert sitting.store.state.exchange.value is None
    since = sitting.count
    await sitting.tools.directory.tenant_name()
    assert sitting.asked_by(since) == {OTHER}
    assert sitting.store.state.exchange.value is None


async def test_a_person_who_did_not_come_changes_nothing(sitting: Sitting) -> None:
    assert await sitting.come_in(ADMIN) is None
    before = sitting.sign_in.account
    code = await sitting.tools.identity.device_code(another=True)
    waiting = asyncio.create_task(sitting.tools.identity.wait_for_sign_in(code))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert sitting.sign_in.account == before
    assert isinstance(await come_back(sitting, OTHER), SignInRefused), "and it is over"
    assert await sitting.tools.identity.accounts() == (before_named(sitting),)


async def come_back(sitting: Sitting, persona: str) -> CloudError | None:
    """A sign-in that something asked for in the middle of the work."""
    needs = NotSignedIn("Your sign-in has ended.", scopes=SCOPES_READ)
    why: CloudError | None = None
    async for event in sign_in(sitting.tools, needs):
        if isinstance(event, Arrived) and isinstance(event.value, DeviceCode):
            await sitting.stand_in.approve(event.value.user_code, persona)
        if isinstance(event, Broke):
            why = event.error
    return why


def before_named(sitting: Sitting) -> Any:
    assert sitting.sign_in.account is not None
    return sitting.sign_in._book.named(sitting.sign_in.account)


async def test_an_account_of_another_organization_is_told_from_the_one_here(
    sitting: Sitting,
) -> None:
    assert await sitting.come_in(ADMIN) is None
    sitting.controls.scenarios({"id": "A4", "operation": "entra", "times": 1})
    refused = await come_back(sitting, ADMIN)
    assert isinstance(refused, SignInRefused)
    assert "another organization" in refused.what
    assert "--tenant" in refused.what
    assert sitting.store.state.signed_in is not None
    await sitting.tools.azure.subscriptions()


async def test_signing_somebody_else_out_lets_the_session_go_on(sitting: Sitting) -> None:
    assert await sitting.come_in(ADMIN) is None
    assert await sitting.come_in(OTHER, another=True) is None
    mine, gone = await sitting.tools.identity.accounts()
    events = await told(sitting, accounts.sign_out(sitting.tools, gone, mine))
    assert not any(isinstance(one, SignedOut) for one in events)
    listed = sitting.store.state.accounts.value
    assert listed is not None
    assert [one.object_id for one in listed] == [mine.object_id]
    await sitting.tools.azure.subscriptions()
    events = await told(sitting, accounts.sign_out(sitting.tools, mine, mine))
    assert any(isinstance(one, SignedOut) for one in events)
    assert sitting.store.state.signed_in is None
    assert sitting.store.state.accounts.value == ()
    for resource, scopes in (
        (Resource.GRAPH, SCOPES_READ),
        (Resource.ARM, (sitting.profile.arm_scope,)),
    ):
        with pytest.raises(NotSignedIn):
            await sitting.sign_in.token(resource, scopes)
    since = sitting.count
    with pytest.raises(NotSignedIn):
        await sitting.tools.azure.subscriptions()
    assert sitting.asked_by(since) == set(), "nor with the token that azure-core kept"


async def test_a_switch_to_a_sign_in_that_does_not_hold_any_more_is_told(sitting: Sitting) -> None:
    assert await sitting.come_in(OTHER) is None
    assert await sitting.come_in(ADMIN, another=True) is None
    mine, gone = await sitting.tools.identity.accounts()
    client = await sitting.sign_in._clients.of(sitting.profile.graph_client_id)
    await sitting.sign_in._worker.run(client.forget, f"{gone.object_id}.{gone.tenant_id}")
    events = await told(sitting, accounts.switch(sitting.tools, gone))
    (broke,) = [one for one in events if isinstance(one, Broke)]
    assert broke.slot is ACCOUNTS
    assert gone.username in broke.error.what
    assert sitting.sign_in.account == mine or before_named(sitting) == mine


async def test_ending_every_sign_in_reaches_other_devices_and_forgets_this_one(
    sitting: Sitting, ready: Ready, controls: Controls, tmp_path: Path
) -> None:
    elsewhere = await Sitting(ready, controls, tmp_path / "elsewhere").open()
    try:
        assert await elsewhere.come_in(ADMIN) is None
        assert await sitting.come_in(ADMIN) is None
        account = (await sitting.tools.identity.accounts())[0]
        events = await told(sitting, accounts.sign_out_everywhere(sitting.tools, account))
        assert any(isinstance(one, SignedOut) for one in events)
        assert await sitting.tools.identity.accounts() == ()
        with pytest.raises(CloudError) as caught:
            await elsewhere.sign_in.token(Resource.GRAPH, SCOPES_READ, fresh=True)
        assert caught.value.code == "AADSTS50173"
    finally:
        await elsewhere.close()


async def test_where_entra_may_not_end_the_sessions_nothing_is_forgotten_here(
    sitting: Sitting,
) -> None:
    assert await sitting.come_in(ADMIN) is None
    account = (await sitting.tools.identity.accounts())[0]
    sitting.controls.scenarios({"id": "A", "operation": "entra", "aadsts": 65001, "times": 1})
    events = await told(sitting, accounts.sign_out_everywhere(sitting.tools, account))
    (broke,) = [one for one in events if isinstance(one, Broke)]
    assert isinstance(broke.error, ConsentNeeded)
    assert broke.error.scopes == SCOPES_REVOKE
    assert len(await sitting.tools.identity.accounts()) == 1


async def test_the_organizations_name_is_known_at_the_next_start(sitting: Sitting) -> None:
    assert await sitting.come_in(ADMIN) is None
    signed_in = sitting.store.state.signed_in
    assert signed_in is not None
    assert signed_in.way is Way.CODE
    (account,) = await sitting.tools.identity.accounts()
    assert account.tenant_name == signed_in.account.tenant_name == "Northwind Labs"


async def told(sitting: Sitting, work: AsyncIterator[Event]) -> list[Event]:
    events: list[Event] = []
    async for event in work:
        sitting.store.send(event)
        events.append(event)
    return events
