"""Fulfils `work.ports.Identity` with the sign-in of a profile: names the scopes, loads the SDKs off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from m365backup_tui.cloud.profiles import SCOPES_PICK, SCOPES_READ, SCOPES_ROLES
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import warm_up
from m365backup_tui.domain.session import Account, DeviceCode, TokenHome

# What the way to the review needs (auth.md 2.6, stages A to C). Reports and eligible roles are asked for silently,
# where they are used: without them sizes and eligibility are unknown, and the wizard says so. Writing comes last.
READING: tuple[str, ...] = tuple(dict.fromkeys((*SCOPES_READ, *SCOPES_ROLES, *SCOPES_PICK)))


class SessionIdentity:
    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._warm: asyncio.Task[None] | None = None

    async def token_home(self) -> TokenHome:
        return await self._sign_in.token_home()

    async def resume(self) -> Account | None:
        return await self._sign_in.resume()

    async def device_code(
        self, scopes: Sequence[str] = (), claims: str | None = None
    ) -> DeviceCode:
        return await self._sign_in.device_code(scopes or READING, claims=claims)

    async def wait_for_sign_in(self, code: DeviceCode) -> Account:
        return await self._sign_in.wait_for_sign_in(code)

    async def sign_out(self) -> None:
        await self._sign_in.sign_out()

    async def forget_refusals(self) -> None:
        await self._sign_in.forget_refusals()

    async def warm_up(self) -> None:
        """The first Graph model imports a thousand modules and takes a second (house.md): in a thread, once."""
        if self._warm is None:
            self._warm = asyncio.create_task(asyncio.to_thread(warm_up))
        await asyncio.shield(self._warm)
