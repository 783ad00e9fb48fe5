"""Use cases of the sign-in pages: the address as a file, and Azure CLI's session once it was agreed to."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.session import Account, BrowserSignIn, KeptIn, SignedIn, TokenHome, Way
from m365backup_tui.domain.settings import AZURE_CLI_SESSION, SignInSettings
from m365backup_tui.events import SAVED, SETTINGS_KEPT, Arrived, Broke, SettingsKnown, SignedInNow
from m365backup_tui.ports import Identity, Tools
from m365backup_tui.work import sign_in
from tests.unit.fakes import file_runs, make_tools

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BEGUN = BrowserSignIn("https://login.example/authorize?state=s", 8400, "", NOW)
ME = SignedIn(Account("t", "o", "a@b.example", "A"), TokenHome(KeptIn.MEMORY, ""), NOW, Way.CODE)


class Settings:
    """The part of Identity that these use cases ask."""

    def __init__(self, *, kept: bool = True) -> None:
        self.settings = SignInSettings()
        self._kept = kept

    async def change_settings(self, settings: SignInSettings) -> None:
        self.settings = settings
        if not self._kept:
            raise Broken("It could not be kept.")


def tools_of(folder: Path, identity: Settings) -> Tools:
    tools = make_tools(file_runs(folder))
    return replace(tools, identity=cast("Identity", identity))


async def test_the_address_goes_to_a_file_of_this_user_alone_and_never_over_another(
    tmp_path: Path,
) -> None:
    tools = tools_of(tmp_path, Settings())
    file = tmp_path / "address.txt"
    events = [e async for e in sign_in.save_address(tools, BEGUN, file)]
    last = events[-1]
    assert isinstance(last, Arrived)
    assert last.slot == SAVED
    assert file.read_text() == f"{BEGUN.url}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = [e async for e in sign_in.save_address(tools, BEGUN, file)]
    assert isinstance(again[-1], Broke)


async def test_azure_cli_is_used_from_now_on_and_what_waited_for_azure_goes_on(
    tmp_path: Path,
) -> None:
    identity = Settings()
    tools = tools_of(tmp_path, identity)
    before = replace(ME, at=NOW - timedelta(hours=1))
    events = [e async for e in sign_in.use_azure_cli(tools, identity.settings, before)]
    assert identity.settings.azure_application == AZURE_CLI_SESSION
    assert SettingsKnown(identity.settings) in events
    last = events[-1]
    assert isinstance(last, SignedInNow)
    assert last.signed_in.account == ME.account
    assert last.signed_in.at > before.at


async def test_a_choice_that_cannot_be_kept_holds_for_the_sitting_and_says_so(
    tmp_path: Path,
) -> None:
    identity = Settings(kept=False)
    events = [
        e async for e in sign_in.use_azure_cli(tools_of(tmp_path, identity), SignInSettings(), ME)
    ]
    assert any(isinstance(e, Broke) and e.slot == SETTINGS_KEPT for e in events)
    assert isinstance(events[-1], SignedInNow)
