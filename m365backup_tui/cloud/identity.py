"""Fulfils `ports.Identity` with the sign-in of a profile: names the scopes, loads the SDKs off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from m365backup_tui.cloud.daemon import call_with_deadline
from m365backup_tui.cloud.loading import warm_up
from m365backup_tui.cloud.profiles import (
    SCOPES_PICK,
    SCOPES_READ,
    SCOPES_ROLES,
    Profile,
    Resource,
)
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.domain.session import (
    Account,
    BrowserSignIn,
    CliSession,
    DeviceCode,
    HomeOffer,
    KeptIn,
    TokenHome,
)
from m365backup_tui.domain.settings import SignInSettings

# What the way to the review needs (auth.md 2.6, stages A to C). Reports and eligible roles are asked for silently,
# where they are used: without them sizes and eligibility are unknown, and the wizard says so. Writing comes last.
READING: tuple[str, ...] = tuple(dict.fromkeys((*SCOPES_READ, *SCOPES_ROLES, *SCOPES_PICK)))

_WARM_UP_SECONDS = 60.0  # it takes one or two; a cold disk of a jump host may be slow


class SessionIdentity:
    def __init__(
        self,
        sign_in: SignIn,
        profile: Profile,
        save: Callable[[SignInSettings], None] | None = None,
    ) -> None:
        """`save` writes the settings file; OSError or Broken where it cannot."""
        self._sign_in = sign_in
        self._profile = profile
        self._save = save
        self._saving = asyncio.Lock()
        self._warming: asyncio.Task[None] | None = None

    @property
    def settings(self) -> SignInSettings:
        return self._sign_in.settings

    async def change_settings(self, settings: SignInSettings) -> None:
        await self._sign_in.change_settings(settings)
        if self._save is None:
            return
        try:
            async with self._saving:  # the newest of two choices is what stays in the file
                await asyncio.to_thread(self._save, self.settings)
        except OSError as error:
            raise Broken(
                f"Your choice holds until you leave; it could not be kept: {error.strerror or error}."
            ) from error

    async def accounts(self) -> tuple[Account, ...]:
        return await self._sign_in.accounts()

    async def token_home(self) -> TokenHome:
        return await self._sign_in.token_home()

    async def homes(self) -> tuple[HomeOffer, ...]:
        return await self._sign_in.homes()

    async def keep_in(self, where: KeptIn, passphrase: str = "") -> TokenHome:
        def settle() -> Awaitable[None]:  # the settings of then: a move takes seconds
            return self.change_settings(replace(self.settings, keep=where))

        return await self._sign_in.keep_in(where, passphrase, settle)

    async def unlock(self, passphrase: str) -> TokenHome:
        return await self._sign_in.unlock(passphrase)

    async def resume(self, account: Account | None = None) -> Account | None:
        return await self._sign_in.resume(account)

    async def browser(
        self, needs: CloudError | None = None, *, another: bool = False
    ) -> BrowserSignIn:
        return await self._sign_in.browser(*self._asked(needs), another=another)

    async def wait_for_browser(self, begun: BrowserSignIn) -> Account:
        return await self._sign_in.wait_for_browser(begun)

    async def paste(self, begun: BrowserSignIn, address: str) -> None:
        await self._sign_in.paste(begun, address)

    async def azure_cli(self) -> CliSession | None:
        return await self._sign_in.azure_cli()

    async def device_code(
        self, needs: CloudError | None = None, *, another: bool = False
    ) -> DeviceCode:
        return await self._sign_in.device_code(*self._asked(needs), another=another)

    def _asked(self, needs: CloudError | None) -> tuple[tuple[str, ...], Resource, str | None]:
        """Scopes, resource and claims: what reading needs, or just what is lacking."""
        scopes, claims = READING, None
        asking = ConsentNeeded | StepUpNeeded | NotSignedIn | SignInRefused
        if isinstance(needs, asking) and needs.scopes:
            scopes = needs.scopes
        if isinstance(needs, StepUpNeeded):
            claims = needs.claims
        azure = isinstance(needs, NotSignedIn) and needs.code == "sign_in_for_azure"
        if azure:  # Azure refused the first application: a second short sign-in for it alone
            scopes = (self._profile.arm_scope,)
        resource = Resource.ARM if self._profile.arm_scope in scopes else Resource.GRAPH
        return scopes, resource, claims

    async def wait_for_sign_in(self, code: DeviceCode) -> Account:
        return await self._sign_in.wait_for_sign_in(code)

    async def sign_out(self, account: Account | None = None) -> None:
        await self._sign_in.sign_out(account)

    async def forget_refusals(self) -> None:
        await self._sign_in.forget_refusals()

    async def warm_up(self) -> None:
        """The first Graph model imports a thousand modules and takes a second (house.md): on a thread, once."""
        await asyncio.shield(self._warm())

    def _warm(self) -> asyncio.Task[None]:
        done = self._warming is not None and self._warming.done()
        if self._warming is None or (done and _failed(self._warming)):
            self._warming = asyncio.create_task(call_with_deadline(warm_up, _WARM_UP_SECONDS))
            self._warming.add_done_callback(_failed)  # whoever calls `warm_up` hears of it
        return self._warming


def _failed(task: asyncio.Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None
