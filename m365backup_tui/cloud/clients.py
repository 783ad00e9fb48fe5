"""The MSAL clients of one profile, one for each application, and what they share: transport, thread and token home."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.home import MEMORY_ONLY, Home
from m365backup_tui.cloud.homes import Homes
from m365backup_tui.cloud.msal_client import MsalClient, utc_now
from m365backup_tui.cloud.profiles import Profile
from m365backup_tui.cloud.tokens import UnsafeFolderError
from m365backup_tui.cloud.transport import Transport, open_transport
from m365backup_tui.domain.session import HomeOffer, KeptIn, TokenHome
from m365backup_tui.domain.settings import NetworkSettings


class Clients:
    """`opened`: by client id, those that were asked for so far."""

    def __init__(
        self,
        profile: Profile,
        homes: Homes,
        worker: DaemonWorker,
        environ: Mapping[str, str],
        clock: Callable[[], datetime] = utc_now,
        network: NetworkSettings | None = None,
    ) -> None:
        self.opened: dict[str, MsalClient] = {}
        self.tenant = ""  # of applications that are not Microsoft's
        self._profile = profile
        self._homes = homes
        self._worker = worker
        self._environ = environ
        self._clock = clock
        self._network = network
        self._opening = asyncio.Lock()
        self._transport: Transport | None = None
        self._home: Home | None = None

    async def transport(self) -> Transport:
        """The transport that all clients of this profile use."""
        if self._transport is None:
            self._transport = await self._worker.run(
                open_transport, self._profile, self._environ, self._network
            )
        return self._transport

    async def of(self, client_id: str) -> MsalClient:
        """The client of this application; the first one looks for the token home, for up to three seconds."""
        async with self._opening:
            home = await self._found_home()
            if client_id not in self.opened:
                file = home.file(self._profile.key, client_id)
                client = MsalClient(
                    await self.transport(), client_id, file, self._clock, self._authority(client_id)
                )
                await self._worker.run(client.accounts)  # reads the file now: troubles show early
                self.opened[client_id] = client
            return self.opened[client_id]

    async def home(self) -> TokenHome:
        """Where the sign-in is kept, and why."""
        async with self._opening:
            home = (await self._found_home()).told
        if home.kept_in is KeptIn.MEMORY:
            return home
        for client in self.opened.values():
            if client.lost_file:
                return TokenHome(KeptIn.MEMORY, f"{client.lost_file} {MEMORY_ONLY}")
            if client.put_aside:
                return TokenHome(home.kept_in, f"{home.why} {client.put_aside}")
        return home

    async def offers(self) -> tuple[HomeOffer, ...]:
        """Where a sign-in can be kept on this host. Takes up to three seconds."""
        async with self._opening:
            return await self._homes.offers(await self._found_home())

    async def keep_in(
        self, where: KeptIn, passphrase: str, settle: Callable[[], Awaitable[None]]
    ) -> TokenHome:
        """Write to the new home what all clients hold, then `settle` (which writes down the choice), then delete the
        old one: a kill in between leaves one of the two whole. Where something fails the old one stays.

        Raises Rejected for a passphrase that is too short, and whatever `settle` raises.
        """
        async with self._opening:
            old = await self._found_home()
            new = await self._homes.make(where, passphrase, old)
            if new.told.kept_in is not where:
                return self._stayed(old, new.told.why)
            try:
                await self._move_to(new)
                await settle()
            except BaseException as error:
                await self._back_to(old, new)
                if isinstance(error, OSError | UnsafeFolderError):
                    return self._stayed(old, f"The sign-in could not be kept there: {error}.")
                raise
            self._home = new
            # What a passphrase still locks was not moved: it stays until somebody signs out.
            unmoved = old.told.locked or old.same_place(new)
            failed = () if unmoved else await self._homes.leave(old)
            return replace(new.told, why=" ".join((new.told.why, *failed)))

    async def unlock(self, passphrase: str) -> TokenHome:
        """Open what an earlier sitting sealed; who signed in meanwhile is kept with it."""
        async with self._opening:
            home = await self._homes.unlock(passphrase, await self._found_home())
            if home.key is not None:
                try:
                    await self._move_to(home)
                except (OSError, UnsafeFolderError) as error:
                    return self._stayed(home, f"The kept sign-in could not be opened: {error}.")
            self._home = home
            return home.told

    async def forget_all(self) -> tuple[str, ...]:
        """Forget every account of every client opened, the files and the key; the next one starts anew. Sentences on
        what could not be deleted."""
        for client in tuple(self.opened.values()):
            await self._worker.run(client.forget_all)
        failed: tuple[str, ...] = ()
        if self._home is not None:
            failed = await self._homes.forget(self._home)
        self._home = None
        self.opened = {}
        return failed

    async def forget_refusals(self) -> None:
        """Let the next call ask Entra again what it refused a moment ago."""
        for client in tuple(self.opened.values()):
            await self._worker.run(client.forget_refusals)

    def _authority(self, client_id: str) -> str:
        """An application of one tenant takes nobody who comes by way of `organizations` (AADSTS50194)."""
        profile = self._profile
        shared = (
            profile.graph_client_id,
            profile.arm_client_id,
            profile.arm_fallback_client_id,
        )
        if client_id in shared or not self.tenant:
            return profile.authority
        parts = urlsplit(profile.authority)
        return f"{parts.scheme}://{parts.netloc}/{self.tenant}"

    async def _found_home(self) -> Home:
        if self._home is None:
            self._home = await self._homes.find()
        return self._home

    async def _move_to(self, home: Home) -> None:
        for client_id, client in self.opened.items():
            await self._worker.run(client.move_to, home.file(self._profile.key, client_id))

    async def _back_to(self, old: Home, new: Home) -> None:
        with suppress(OSError, UnsafeFolderError):  # where that fails the clients go on in memory
            await self._move_to(old)
        if not old.same_place(new):
            await self._homes.leave(new)

    def _stayed(self, home: Home, why: str) -> TokenHome:
        """Where it was before, and why it is not elsewhere."""
        self._home = replace(home, told=replace(home.told, why=f"{why} {home.told.why}"))
        if home.told.kept_in is KeptIn.MEMORY:
            self._home = replace(home, told=TokenHome(KeptIn.MEMORY, f"{why} {MEMORY_ONLY}"))
        return self._home.told
