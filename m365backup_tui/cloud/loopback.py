"""Listens on this host for the browser that comes back from signing in: both loopbacks, one answer, then closed.

Whoever uses this host may connect to it too. So nothing that is sent is trusted or repeated, a connection has a few
seconds and a few kilobytes, and whether an answer counts is for `accept` to say (auth.md §1.3, §4.1).
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from enum import Enum

from m365backup_tui.cloud.loopback_requests import Bad, Request, read_request

# Browsers try ::1 first for `localhost`, also where Entra knows no [::1].
HOSTS = ("127.0.0.1", "::1")
SECONDS = 5.0  # for one connection to say what it wants
MOST_CONNECTIONS = 48  # at once; the oldest one makes room
_BACKLOG = 32  # what the kernel keeps waiting, and what is accepted in one go


class Verdict(Enum):
    """What `accept` found in a query, and what the browser is told."""

    TAKEN = "taken"  # the answer that was waited for
    REFUSED = "refused"  # the same, but Entra said no
    OVER = "over"  # another answer came first
    OTHER = "other"  # it belongs to another sign-in
    NOTHING = "nothing"  # no answer in it


_BACK = "You can close this window and go back to the terminal."
_PAGES = {
    Verdict.TAKEN: ("200 OK", "Signed in at Microsoft", f"The answer has arrived. {_BACK}"),
    Verdict.REFUSED: ("200 OK", "Not signed in", f"The terminal says why. {_BACK}"),
    Verdict.OVER: ("409 Conflict", "Done already", f"This sign-in has its answer. {_BACK}"),
    Verdict.OTHER: (
        "409 Conflict",
        "This belongs to another sign-in",
        "Another sign-in is waiting here, in another terminal or begun later. If this page is the end of yours, copy "
        "its address and paste it into your terminal.",
    ),
    Verdict.NOTHING: (
        "200 OK",
        "Waiting for a sign-in",
        "The way to the terminal is open. Open the address that the terminal shows.",
    ),
}
_HEADERS = (
    "Content-Type: text/html; charset=utf-8",
    "Cache-Control: no-store",
    "Referrer-Policy: no-referrer",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; img-src data:",
    "X-Content-Type-Options: nosniff",
    "Connection: close",
)


class PortError(Exception):
    """Nothing can listen on the port; the text is a sentence for the person."""


class Loopback:
    """`accept`: judges the raw query (or form) of a request; called on the event loop, at once and in order."""

    def __init__(self, accept: Callable[[str], Verdict]) -> None:
        self._accept = accept
        self._servers: list[asyncio.Server] = []
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def listen(self, port: int) -> None:
        """Listen on this port of both loopbacks, or on none. Raises PortError."""
        sockets = bound(port)
        try:
            while sockets:
                server = await asyncio.start_server(
                    self._connected, sock=sockets[0], backlog=_BACKLOG, limit=Request.MOST_BYTES
                )
                sockets.pop(0)
                self._servers.append(server)
        except BaseException:
            for one in sockets:
                one.close()
            self.close()
            raise

    def close(self) -> None:
        """Stop listening at once. An answer already written still reaches the browser; the others are cut off."""
        for server in self._servers:
            server.close()
        self._servers = []
        for task in tuple(self._open):
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        if len(self._open) >= MOST_CONNECTIONS:
            oldest = next(iter(self._open))
            self._open.pop(oldest).transport.abort()
            oldest.cancel()
        self._open[task] = writer
        try:
            async with asyncio.timeout(SECONDS):
                request = await read_request(reader)
            writer.write(self._answer(request))
        except Bad as bad:
            writer.write(_page(bad.status, "This is no page", bad.what))
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # a plain end, no reset: browsers open connections ahead and take another one then
        except asyncio.CancelledError:
            writer.transport.abort()  # swallowed: a task of the server, that nobody else waits for
        finally:
            self._open.pop(task, None)
            with suppress(OSError, RuntimeError):
                writer.close()

    def _answer(self, request: Request) -> bytes:
        return _page(*_PAGES[self._accept(request.query)])


def bound(port: int) -> list[socket.socket]:
    """Sockets on both loopbacks, the second only where this host has one. Raises PortError.

    Where another program has the port on one of them, it would get what browsers send: then on none.
    """
    found: list[socket.socket] = []
    try:
        for host in HOSTS:
            try:
                found.append(_bound(host, port))
            except OSError as error:
                if host == HOSTS[1] and error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    continue  # no IPv6 here
                raise PortError(_why(port, error)) from error
            except OverflowError as error:
                raise PortError(_why(port, error)) from error
    except PortError:
        for one in found:
            one.close()
        raise
    return found


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # a port just left is free again; on Windows it would mean: share it
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setblocking(False)
        made.bind((host, port))
        made.listen(_BACKLOG)  # only now it is sure that nobody else has the port
    except BaseException:
        made.close()
        raise
    return made


def _why(port: int, error: Exception) -> str:
    otherwise = "Paste the address instead, or name another port in the settings."
    if isinstance(error, OSError):
        if error.errno == errno.EADDRINUSE:
            return f"Another program on this host uses port {port}. {otherwise}"
        if error.errno == errno.EACCES:
            allowed = "ports from 1024 on are for everybody"
            return f"This host does not let you listen on port {port}; {allowed}. {otherwise}"
        return f"Port {port} cannot be used ({error.strerror or type(error).__name__}). {otherwise}"
    return f"There is no port {port}: the numbers go from 1 to 65535. {otherwise}"


def _page(status: str, title: str, text: str) -> bytes:
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">'
        f"<title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
    ).encode()
    head = "\r\n".join((f"HTTP/1.1 {status}", *_HEADERS, f"Content-Length: {len(body)}", "", ""))
    return head.encode() + body
