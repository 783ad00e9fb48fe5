"""Real proxies on loopback: one that tunnels, one that re-signs TLS, and ones that refuse or say nothing."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import trustme


class Mood(StrEnum):
    """How the proxy treats who comes."""

    TUNNEL = "tunnel"
    RE_SIGN = "re-sign"
    BASIC = "basic"  # 407 until the right user and password come
    NTLM = "ntlm"  # 407 for ever
    FORBIDS = "forbids"  # 403
    SILENT = "silent"  # takes the connection and says nothing
    BABBLES = "babbles"  # something else than HTTP


@dataclass
class Proxy:
    """`asked`: host:port of every CONNECT that came; `sent`: their Proxy-Authorization headers."""

    mood: Mood
    authority: trustme.CA
    port: int = 0
    asked: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    secure: bool = False
    onto: tuple[str, int] | None = None  # where every connection is led to, whatever was asked for

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._serve(reader, writer)
        finally:  # also where the test is over before the conversation is
            writer.close()
            self.tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        target = head[0].split()[1]
        self.asked.append(target)
        given = [h.partition(":")[2].strip() for h in head if h.lower().startswith("proxy-auth")]
        self.sent += given
        match self.mood:
            case Mood.SILENT:
                await asyncio.Event().wait()
            case Mood.BABBLES:
                writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
            case Mood.FORBIDS:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            case Mood.NTLM:
                writer.write(_asks_for("Negotiate", "NTLM"))
            case Mood.BASIC if given != ["Basic bWU6c0BmZQ=="]:  # me:s@fe
                writer.write(_asks_for('Basic realm="canary"'))
            case _:
                await self._lead(target, reader, writer)
                return
        await writer.drain()

    async def _lead(
        self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        host, _, port = target.rpartition(":")
        place = self.onto or (host, int(port))
        re_signs, inside = self.mood is Mood.RE_SIGN, None
        if re_signs:
            inside = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            inside.check_hostname, inside.verify_mode = False, ssl.CERT_NONE  # a proxy of a test
        from_there, to_there = await asyncio.open_connection(*place, ssl=inside)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if re_signs:
                outside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self.authority.issue_cert(host).configure_cert(outside)
                await writer.drain()
                await writer.start_tls(outside)
            await asyncio.gather(_pump(reader, to_there), _pump(from_there, writer))
        finally:
            to_there.close()


@contextmanager
def company_proxy(onto: tuple[str, int], authority: trustme.CA, port: int) -> Iterator[Proxy]:
    """A re-signing proxy on a thread of its own that leads everybody to `onto`: the practice tenant as the internet."""
    made = Proxy(Mood.RE_SIGN, authority, port, onto=onto)
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def run() -> None:
        server = await asyncio.start_server(made.serve, "127.0.0.1", port)
        ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()

    task = loop.create_task(run())
    thread = threading.Thread(target=lambda: loop.run_until_complete(task))
    thread.start()
    try:
        assert ready.wait(10)
        yield made
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        left = asyncio.all_tasks(loop)
        for one in left:
            one.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.close()


@asynccontextmanager
async def proxy(mood: Mood, port: int = 0, *, secure: bool = False) -> AsyncIterator[Proxy]:
    """A proxy of this mood; every connection ends with it. `secure`: it is spoken to over TLS itself."""
    authority = trustme.CA(
        organization_name="Contoso", organization_unit_name="Contoso Inspection CA"
    )
    made = Proxy(mood, authority, secure=secure)
    tls = None
    if secure:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
    server = await asyncio.start_server(made.serve, "127.0.0.1", port, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in tuple(made.tasks):
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)


def _asks_for(*schemes: str) -> bytes:
    offers = "".join(f"Proxy-Authenticate: {one}\r\n" for one in schemes)
    return (
        f"HTTP/1.1 407 Proxy Authentication Required\r\n{offers}Content-Length: 0\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
