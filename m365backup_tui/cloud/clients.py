"""The MSAL clients of one profile, one for each application, and what they share: transport, thread and token home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.homes import MEMORY_ONLY, Home, Homes
from m365backup_tui.cloud.msal_client import MsalClient, utc_now
from m365backup_tui.cloud.profiles import Profile
from m365backup_tui.cloud.tokens import TokenFile
from m365backup_tui.cloud.transport import Transport, open_transport
from m365backup_tui.domain.session import KeptIn, TokenHome
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
                file = None
                if home.key is not None:
                    path = home.folder / f"tokens-{client_id[:8]}.bin"
                    file = TokenFile(path, home.key, self._profile.key, client_id)
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

    async def forget_all(self) -> None:
        """Forget every account of every client opened, the files and the key; the next one starts anew."""
        for client in tuple(self.opened.values()):
            await self._worker.run(client.forget_all)
        if self._home is not None:
            await self._homes.forget(self._home)
        self._home = None
        self.opened = {}

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
