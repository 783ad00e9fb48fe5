"""A second short sign-in where Azure refuses the first application, through the use case and the real libraries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.connect import tools_of
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.errors import CloudError, NotSignedIn
from m365backup_tui.domain.session import Account, DeviceCode
from m365backup_tui.events import Arrived, Broke, SignedInNow
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.work.sign_in import find_account, sign_in
from tests.practice.conftest import Controls
from tests.unit.rings import Ring

ADMIN, OTHER = "global-admin", "backup-admin"


class Host:
    """Makes the tools as one start of the program after the other would."""

    def __init__(self, ready: dict[str, Any], folder: Path) -> None:
        self.profile = practice_profile(ready)
        self.stand_in = PracticeStandIn(ready, tls_context(self.profile, {}))
        self.folder = folder
        self.ring = Ring()
        self.closing: list[Any] = [self.stand_in.close]

    async def start(self) -> Tools:
        keyring = (("a test keyring", lambda: self.ring),)
        one = SignIn(self.profile, self.folder, sleep=_no_wait, backends=keyring, environ={})
        runs = FileRuns(self.folder / "runs", "a test")
        tools, close = await tools_of(one, self.profile, runs, self.stand_in, lambda *_: None)
        self.closing.insert(0, close)
        return tools

    async def come_in(
        self, tools: Tools, needs: CloudError | None = None, persona: str = ADMIN
    ) -> Account | CloudError | None:
        """The person signs in as the wizard asks; who came, or why nobody did."""
        came: Account | CloudError | None = None
        async for event in sign_in(tools, needs):
            match event:
                case Arrived(value=DeviceCode() as code):
                    await self.stand_in.approve(code.user_code, persona)
                case SignedInNow(signed_in):
                    came = signed_in.account
                case Broke(error=error):
                    came = error
        return came


@pytest.fixture
async def host(practice: dict[str, Any], controls: Controls, tmp_path: Path) -> AsyncIterator[Host]:
    made = Host(practice, tmp_path)
    controls.scenarios({"id": "graph-client-no-arm"})
    yield made
    for close in made.closing:
        await close()


async def _no_wait(_: float) -> None:
    return


async def refused(tools: Tools) -> NotSignedIn:
    with pytest.raises(NotSignedIn) as caught:
        await tools.azure.subscriptions()
    return caught.value


async def names(tools: Tools) -> set[str]:
    return {one.name for one in await tools.azure.subscriptions()}


async def test_azure_asks_for_a_sign_in_of_its_own_and_then_works(host: Host) -> None:
    tools = await host.start()
    first = await host.come_in(tools)
    why = await refused(tools)
    assert why.code == "sign_in_for_azure"
    assert isinstance(first, Account)
    second = await host.come_in(tools, why)
    assert isinstance(second, Account)
    assert second.object_id == first.object_id
    assert "Northwind Labs Production" in await names(tools)
    assert await tools.directory.active_roles(), "Graph goes on with the first application"
    await tools.identity.forget_refusals()  # check again
    assert "Northwind Labs Production" in await names(tools)


async def test_the_next_start_needs_neither_sign_in_again(host: Host) -> None:
    tools = await host.start()
    await host.come_in(tools)
    await host.come_in(tools, await refused(tools))
    later = await host.start()
    found = [e async for e in find_account(later) if isinstance(e, SignedInNow)]
    assert found
    assert "Northwind Labs Production" in await names(later)


async def test_another_person_cannot_sign_in_for_azure(host: Host) -> None:
    tools = await host.start()
    await host.come_in(tools)
    why = await refused(tools)
    came = await host.come_in(tools, why, OTHER)
    assert isinstance(came, CloudError)
    assert came.code == "account_mismatch"
    assert (await refused(tools)).code == "sign_in_for_azure"


async def test_signing_out_forgets_both(host: Host) -> None:
    tools = await host.start()
    await host.come_in(tools)
    await host.come_in(tools, await refused(tools))
    assert len(list(host.folder.rglob("tokens-*.bin"))) == 2
    await tools.identity.sign_out()
    assert list(host.folder.rglob("tokens-*.bin")) == []
    assert host.ring.items == {}
