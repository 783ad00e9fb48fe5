"""Reads one HTTP request of a browser that comes back to this host: as much of HTTP/1.1 as that takes, and no more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

_NAMES = ("localhost", "127.0.0.1", "[::1]")
_MOST_HEADERS = 100
_TLS = b"\x16"  # the first byte of a TLS handshake
_FORM = "application/x-www-form-urlencoded"


class Bad(Exception):
    """A request that gets no other answer than `status` (HTTP) and a sentence."""

    def __init__(self, status: str, what: str) -> None:
        self.status = status
        self.what = what
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of the page `/`: `query` as it was sent, or the form of a POST."""

    MOST_BYTES: ClassVar[int] = 65_536  # cookies of other programs on localhost come along
    MOST_IN_LINE: ClassVar[int] = 16_384

    query: str = field(repr=False)


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The request. Raises Bad; IncompleteReadError when the other side ends too early. Give it a time limit.

    The limit of `reader` is that of the head.
    """
    begins = await reader.readexactly(1)
    if begins == _TLS:  # https was tried first: at once, so that the browser takes http
        raise Bad("400 Bad Request", "Only http is spoken here.")
    try:
        head = begins + await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise Bad("431 Request Header Fields Too Large", "The request is too long.") from None
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    if len(first) > Request.MOST_IN_LINE:
        raise Bad("414 URI Too Long", "The address is too long.")
    method, target = _first_line(first)
    headers = _headers(lines)
    # Another name in Host: a page of the internet whose name leads here (DNS rebinding).
    if _name(headers.get("host", "")) not in _NAMES:
        raise Bad("421 Misdirected Request", "Only localhost is answered here.")
    path, _, query = target.partition("?")
    if path != "/":  # a browser's favicon.ico, for one
        raise Bad("404 Not Found", "Nothing is here.")
    if method == "POST":
        return Request(await _form(reader, headers))
    return Request(query)


def _first_line(line: str) -> tuple[str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise Bad("400 Bad Request", "This is not HTTP.")
    if parts[0] not in ("GET", "POST"):
        raise Bad("405 Method Not Allowed", "Only GET and POST are answered here.")
    return parts[0], parts[1]


def _headers(lines: list[str]) -> dict[str, str]:
    if len(lines) > _MOST_HEADERS:
        raise Bad("431 Request Header Fields Too Large", "The request has too many headers.")
    found: dict[str, str] = {}
    for line in lines:
        name, mark, value = line.partition(":")
        name = name.lower()
        if not mark or not name or name != name.strip():
            raise Bad("400 Bad Request", "A header cannot be read.")
        if name in found and name in ("host", "content-length", "content-type"):
            raise Bad("400 Bad Request", "A header stands there twice.")
        found[name] = value.strip()
    return found


def _name(host: str) -> str:
    """The name in a Host header, without the port: a tunnel may have another one."""
    name, mark, port = host.rpartition(":")
    if mark and port.isdecimal():
        return name.lower()
    return host.lower()


async def _form(reader: asyncio.StreamReader, headers: dict[str, str]) -> str:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Bad("415 Unsupported Media Type", "Only a form is read here.")
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()) or "transfer-encoding" in headers:
        raise Bad("411 Length Required", "The length of the form is missing.")
    if len(length) > 6 or int(length) > Request.MOST_BYTES:
        raise Bad("413 Content Too Large", "The form is too long.")
    return (await reader.readexactly(int(length))).decode("latin-1")
