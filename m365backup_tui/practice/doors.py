"""The ports of the practice tenant: opened, refused (T1) or silent (T4) as the faults say.

The controls have a port of their own, so that what closes the services can be taken back.
"""

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from aiohttp import web

from m365backup_tui.practice.certificates import Certificates
from m365backup_tui.practice.tenant import Tenant

Bind = Callable[[socket.AddressFamily, str, int], socket.socket]
# Time windows of faults end by themselves; changes over the controls are seen at once.
LOOK_SECONDS = 0.2
FILL_SECONDS = 0.05


class Doors:
    """The services' listening sockets. `bind` opens one again after it was closed."""

    def __init__(
        self,
        tenant: Tenant,
        runner: web.AppRunner,
        listeners: Sequence[socket.socket],
        tls: ssl.SSLContext,
        bind: Bind,
    ) -> None:
        self._tenant = tenant
        self._runner = runner
        self._tls = tls
        self._bind = bind
        self._addresses = [(one.family, *one.getsockname()[:2]) for one in listeners]
        self._sockets = list(listeners)
        self._sites: list[web.SockSite] = []
        self._fillers: list[socket.socket] = []
        self._state = "open"
        self._strange = False
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Answer on the sockets that listen already."""
        for one in self._sockets:
            site = web.SockSite(self._runner, one, ssl_context=self._tls)
            await site.start()
            self._sites.append(site)

    async def settle(self) -> None:
        """Make the doors as the faults in force want them."""
        faults = self._tenant.faults
        async with self._lock:
            wanted = "silent" if faults.on("T4") else "shut" if faults.on("T1") else "open"
            strange = faults.on("T3") is not None
            if wanted != self._state or strange > self._strange:
                self._hang_up()
            self._strange = strange
            if wanted != self._state:
                await self._move(wanted)

    async def watch(self) -> None:
        """Look again and again, for faults that begin or end at a time."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.settle()

    async def shut(self) -> None:
        """Stop listening; connections stay."""
        for site in self._sites:
            await site.stop()
        for one in (*self._sockets, *self._fillers):
            one.close()
        self._sites, self._sockets, self._fillers = [], [], []

    async def _move(self, wanted: str) -> None:
        await self.shut()
        self._state = "shut"
        if wanted == "shut":
            return
        try:
            for address in self._addresses:
                self._sockets.append(self._bind(*address))
        except OSError as wrong:  # somebody was quicker: tried again at the next look
            print(f"The practice tenant cannot listen again: {wrong}", file=sys.stderr)
            await self.shut()
            return
        self._state = wanted
        if wanted == "open":
            await self.start()
            return
        for one in self._sockets:
            await self._fill(one)

    async def _fill(self, listener: socket.socket) -> None:
        """Take the only places in its queue, so that the system drops everybody else's packets.

        So Linux and macOS do; Windows refuses instead.
        """
        listener.listen(0)
        loop = asyncio.get_running_loop()
        for _ in range(4):
            filler = socket.socket(listener.family, socket.SOCK_STREAM)
            filler.setblocking(False)
            self._fillers.append(filler)
            try:
                await asyncio.wait_for(
                    loop.sock_connect(filler, listener.getsockname()[:2]), FILL_SECONDS
                )
            except (TimeoutError, OSError):
                return

    def _hang_up(self) -> None:
        """End the services' connections, the busy ones after their answer: clients come again."""
        ports = {port for _, _, port in self._addresses}
        server = self._runner.server
        for connection in server.connections if server is not None else ():
            transport = connection.transport
            name = transport.get_extra_info("sockname") if transport is not None else None
            if name is not None and name[1] in ports:
                # aiohttp has no public word for a connection that waits for its next request.
                if connection._current_request is None:
                    connection.force_close()
                else:
                    connection.keep_alive(False)


@contextlib.asynccontextmanager
async def opened(
    tenant: Tenant,
    app: web.Application,
    runner: web.AppRunner,
    listeners: tuple[Sequence[socket.socket], Sequence[socket.socket]],
    bind: Bind,
    ca_file: Path,
) -> AsyncIterator[None]:
    """The services answer on the first of these listeners, the controls on the second as well.

    A new authority is written to `ca_file`.
    """

    def wrong() -> str | None:
        fault = tenant.faults.on("T3")
        return str(fault["variant"]) if fault else None

    certificates = Certificates(ca_file, wrong)
    services, controls = listeners
    doors = Doors(tenant, runner, services, certificates.service(), bind)
    app[DOORS].append(doors)
    await doors.start()
    for one in controls:
        await web.SockSite(runner, one, ssl_context=certificates.good()).start()
    await doors.settle()
    watch = asyncio.create_task(doors.watch())
    try:
        yield
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
        app[DOORS].remove(doors)
        await doors.shut()


async def settle(app: web.Application) -> None:
    """After a control request: nobody is told that a door is shut before it is."""
    for doors in app[DOORS]:
        await doors.settle()


DOORS = web.AppKey("practice_doors", list[Doors])
