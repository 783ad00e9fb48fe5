"""The port of signing in over the session: what it puts together itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

from m365backup_tui.cloud.identity import SessionIdentity
from m365backup_tui.cloud.profiles import global_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.session import KeptIn, TokenHome, Way
from m365backup_tui.domain.settings import SignInSettings


class Slow:
    """A session whose move takes so long that another choice is made meanwhile."""

    def __init__(self) -> None:
        self.settings = SignInSettings()

    async def keep_in(
        self, where: KeptIn, passphrase: str, settle: Callable[[], Awaitable[None]]
    ) -> TokenHome:
        self.settings = replace(self.settings, way=Way.BROWSER)
        await settle()
        return TokenHome(where, "")

    async def change_settings(self, settings: SignInSettings) -> None:
        self.settings = settings


async def test_a_choice_made_while_the_sign_in_is_moved_is_not_lost() -> None:
    saved: list[Any] = []
    session = Slow()
    identity = SessionIdentity(cast("SignIn", session), global_profile(), saved.append)
    await identity.keep_in(KeptIn.LOGOUT)
    assert saved == [SignInSettings(way=Way.BROWSER, keep=KeptIn.LOGOUT)]
    assert session.settings == saved[0]
