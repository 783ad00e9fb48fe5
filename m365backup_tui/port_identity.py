"""The port of signing in: who, by which way, and where it is kept. `cloud.identity` fulfils it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from m365backup_tui.domain.errors import CloudError
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


class Identity(Protocol):
    """Raises `CloudError` kinds as `ports` says. One account is pinned at a time: all is asked for in its name."""

    # --- who, and how ---------------------------------------------------------------------------------------------

    @property
    def settings(self) -> SignInSettings: ...
    async def change_settings(self, settings: SignInSettings) -> None:
        """In force at once and kept in the settings file; Broken, with a sentence, where that cannot be written:
        then they hold for this sitting."""
        ...

    async def accounts(self) -> tuple[Account, ...]:
        """Who is kept on this host; asks nobody."""
        ...

    async def resume(self, account: Account | None = None) -> Account | None:
        """Go on as `account`, or as the one of last time, or as the only one kept, without asking anybody. None:
        somebody has to sign in. Another account than the pinned one takes its place."""
        ...

    async def sign_out(self, account: Account | None = None) -> None:
        """Forget `account` on this host, or everybody."""
        ...

    # --- where the sign-in is kept ----------------------------------------------------------------------------------

    async def token_home(self) -> TokenHome: ...
    async def homes(self) -> tuple[HomeOffer, ...]:
        """Every place there is on this kind of system, the safest default first, with why some cannot be used."""
        ...

    async def keep_in(self, where: KeptIn, passphrase: str = "") -> TokenHome:
        """Move what is kept. The answer says where it is now: memory where it did not work out, and why."""
        ...

    async def unlock(self, passphrase: str) -> TokenHome:
        """Open what an earlier sitting sealed with a passphrase; `locked` again when it was another one."""
        ...

    # --- signing in -------------------------------------------------------------------------------------------------

    async def browser(
        self, needs: CloudError | None = None, *, another: bool = False
    ) -> BrowserSignIn:
        """Begin a sign-in by browser, for the same as `device_code`."""
        ...

    async def wait_for_browser(self, begun: BrowserSignIn) -> Account:
        """Until the browser came back to the port, or its address was pasted."""
        ...

    async def paste(self, begun: BrowserSignIn, address: str) -> None:
        """The address at which the browser ended. Raises Rejected, with a sentence, for one that is of no use; the
        waiting goes on then."""
        ...

    async def azure_cli(self) -> CliSession | None:
        """The session that Azure CLI keeps here; None where there is none."""
        ...

    async def device_code(
        self, needs: CloudError | None = None, *, another: bool = False
    ) -> DeviceCode:
        """For what reading needs, or for just what `needs` says is lacking (consent, fresh MFA, Azure). `another`:
        whoever comes takes the place of who is signed in, whose sign-in stays kept; else somebody else is refused."""
        ...

    async def wait_for_sign_in(self, code: DeviceCode) -> Account: ...
    async def forget_refusals(self) -> None: ...
    async def warm_up(self) -> None:
        """Load what the first call needs, off the event loop; returns at once when it is loaded."""
        ...
