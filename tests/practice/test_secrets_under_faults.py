"""Both ways of signing in under every fault of signing in: no secret in a log, an error, a report, a value or a file.

The real SDKs against the practice tenant with all loggers at DEBUG. The canaries are what was really issued or made:
tokens, codes, verifiers, states, client infos. What the practice tenant itself keeps is Entra's, and not looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from m365backup_tui.cloud.connect import tools_of
from m365backup_tui.cloud.profiles import SCOPES_APPLY, SCOPES_SIGN_IN, Resource
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.session import Account
from m365backup_tui.events import Event
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.work import check_access
from tests.practice.browser_desk import ADMIN, Desk
from tests.practice.canaries import Canaries, Ear, all_ears, ours, told_of
from tests.practice.conftest import Controls, start_practice, stop_practice
from tests.practice.stored import area_on_disk

ENTRA: dict[str, Any] = {"operation": "entra"}
NUMBERS = (50126, 50076, 53003, 530036, 65001, 70043)
FAULTS: tuple[dict[str, Any], ...] = (
    *({"id": "A", "aadsts": number} for number in NUMBERS),
    *({"id": "A1", "variant": how} for how in ("pending", "slow_down", "expired", "declined")),
    *({"id": f"A{number}"} for number in range(2, 8)),
    # T10 and T11 are the same answers, delivered slowly: half a minute each.
    *({"id": f"T{number}"} for number in (*range(1, 10), 12)),
    *({"id": f"H{number}"} for number in (1, *range(3, 14))),
)
SILENT = ("A1", "T4", "T7")  # nothing comes, or "not yet" for ever: the person gives up
DOORS = ("T1", "T3", "T4")  # nobody gets in, whatever was to be asked
PATIENCE, IMPATIENT = 4.0, 0.6  # seconds


def name_of(fault: dict[str, Any]) -> str:
    return "-".join(str(value) for value in fault.values())


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Path]]:
    folder = tmp_path_factory.mktemp("canaries")
    server, ready = start_practice(folder)
    try:
        yield ready, folder / "state"
    finally:
        stop_practice(server)


class Sitting:
    """One fault: what was tried, what was told of it, and what had to stay secret."""

    def __init__(
        self, desk: Desk, controls: Controls, ear: Ear, entra: Path, patience: float
    ) -> None:
        self.desk, self.controls, self.ear = desk, controls, ear
        self._entra, self._patience = entra, patience
        self.canaries = Canaries()
        self.told: list[str] = []
        self.values: set[str] = set()

    async def tries(self, work: Awaitable[Any]) -> Any:
        """To its end, or as long as a person has patience; whatever comes of it is told."""
        try:
            return await asyncio.wait_for(work, self._patience)
        except Exception as error:
            self.told += told_of(error)
        finally:
            self.looks()

    def looks(self) -> None:
        self.canaries.look()
        self.values |= {repr(one) for one in ours()}

    async def signs_in_by_code(self, one: SignIn) -> Account | None:
        code = await self.tries(one.device_code(SCOPES_SIGN_IN))
        if code is None:
            return None
        self.told.append(repr(code))
        self.canaries.add(code.user_code)
        await asyncio.to_thread(
            self.controls.call, "POST", f"device-codes/{code.user_code}/approve"
        )
        account: Account | None = await self.tries(one.wait_for_sign_in(code))
        return account

    async def signs_in_by_browser(self, one: SignIn, *, paste: bool) -> Account | None:
        begun = await self.tries(one.browser(SCOPES_SIGN_IN))
        if begun is None:
            return None
        waiting = asyncio.create_task(one.wait_for_browser(begun))
        end = await self.tries(self.desk.browse(begun, ADMIN))
        (state,) = parse_qs(urlsplit(begun.url).query)["state"]
        if not (end and "code=" in end):  # the browser got nowhere: some code all the same
            end = f"http://localhost:{begun.port}/?code=1.A{'canary7x' * 12}&state={state}"
        self.canaries.add(state, *parse_qs(urlsplit(end).query)["code"])
        if paste:
            await self.tries(one.paste(begun, f"{end}x"))  # of no use, or of another sign-in
            await self.tries(one.paste(begun, end))
        else:
            await self.tries(self.desk.stand_in.follow(end))
        account: Account | None = await self.tries(waiting)
        return account

    async def uses(self, one: SignIn, account: Account, folder: Path) -> None:
        """What every job does: renewed tokens for both services, and the check."""
        token = await self.tries(one.token(Resource.GRAPH, SCOPES_APPLY, fresh=True))
        if token:
            self.canaries.add(*token[0].split(".")[1:])
        await self.tries(one.token(Resource.ARM, (self.desk.profile.arm_scope,), fresh=True))
        tools, close = await tools_of(
            one, self.desk.profile, FileRuns(folder, "a test"), None, self._waits
        )
        await self.tries(self._checks(check_access.check(tools, account)))
        await close()

    async def _checks(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            self.told.append(repr(event))

    def _waits(self, *told: Any) -> None:
        self.told.append(repr(told))

    def found(self, folder: Path) -> list[str]:
        """Where a canary stands, by the first words of the text."""
        entra = area_on_disk(self._entra, "entra")
        self.canaries.add(*entra["refresh_tokens"], *entra["auth_codes"])
        self.canaries.add(*(code["device_code"] for code in entra["device_codes"].values()))
        files = [path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]
        # The person at the browser is played by this test; that their code stands in its requests is its own doing.
        logged = [line for line in self.ear.kept if "/control/device-codes/" not in line]
        texts = [*self.told, *logged, *self.values, *files]
        return [text[:300] for text in texts if self.canaries.in_text(text)]


@pytest.fixture
async def desk(tenant: tuple[dict[str, Any], Path], tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tenant[0], tmp_path / "desk")
    yield made
    await made.close()


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
async def test_no_secret_is_told_under(
    fault: dict[str, Any],
    desk: Desk,
    tenant: tuple[dict[str, Any], Path],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    controls = Controls(tenant[0])
    await asyncio.to_thread(controls.reset)
    patience = IMPATIENT if fault["id"] in SILENT else PATIENCE
    with all_ears() as ear:
        sitting = Sitting(desk, controls, ear, tenant[1], patience)

        async def is_on(*wanted: dict[str, Any]) -> None:
            await asyncio.to_thread(controls.scenarios, *wanted)

        wanted = fault if fault["id"] in DOORS else {**fault, **ENTRA}
        await is_on(wanted)
        await sitting.signs_in_by_code(desk.sign_in())
        await sitting.signs_in_by_browser(desk.sign_in(), paste=False)
        await is_on(wanted)  # some happen once
        await sitting.signs_in_by_browser(desk.sign_in(port=0), paste=True)
        await is_on()
        one = desk.sign_in()
        account = await sitting.signs_in_by_browser(one, paste=False)
        assert account is not None, sitting.told
        await is_on(wanted)
        await sitting.uses(one, account, tmp_path / "desk")
        await is_on()
    out, err = capfd.readouterr()
    sitting.told += [out, err]
    controls.close()
    assert sitting.found(tmp_path) == []
    assert len(sitting.canaries) > 4
    assert any(sitting.canaries.in_text(line) for line in ear.raw), "the filter had something to do"
