"""Look at the way to one host step by step: name, connection, proxy, certificate and, if wished, the clock.

An SDK's error says that something failed; this says what. Nothing but the CONNECT to the proxy and the TLS handshake is
sent, and with `ask` one HEAD request without a token. Blocking, on plain sockets: run it on a daemon thread, because no
time limit ends a name look-up (cloud.daemon).
"""

from __future__ import annotations

import base64
import errno
import re
import socket
import ssl
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from m365backup_tui.cloud.proxies import HTTPS_PORT, place_of

PROBE_SECONDS = 5.0
_MOST_HEAD = 32_768  # bytes of the answer of a proxy or a service that are looked at
_MOST_NAME = 120  # characters of a certificate's name that are shown
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


class Step(StrEnum):
    """Where the way ends."""

    THROUGH = "through"  # the service answered, or would
    NAME = "name"  # a name has no address
    ROUTE = "route"  # no way into that network
    REFUSED = "refused"
    SILENT = "silent"  # no answer in time
    BROKEN = "broken"  # the connection ended, or something else than HTTP or TLS answered
    PROXY_SIGN_IN = "proxy_sign_in"  # 407
    PROXY_SAID_NO = "proxy_said_no"  # another status than 200 to CONNECT
    UNTRUSTED = "untrusted"  # the certificate


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look showed. `proxy`: host and port, "" for the direct way. `at_proxy`: the proxy is where it ended.

    `schemes`: what a 407 offers, in small letters. `status`: the proxy's answer to CONNECT, or the service's to HEAD.
    `trouble`: OpenSSL's reason. `issuer`: who issued the certificate, "" where none was seen. `date`: the answer's
    header, with `ask`.
    """

    step: Step
    host: str
    port: int = HTTPS_PORT
    proxy: str = ""
    at_proxy: bool = False
    status: int = 0
    schemes: tuple[str, ...] = ()
    trouble: str = ""
    trouble_code: int = 0
    issuer: str = ""
    date: str = ""
    seconds: float = 0.0


class _End(Exception):
    """The way ends here."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(seen.step.value)
        self.seen = seen


def look(
    url: str,
    proxy: str | None,
    context: ssl.SSLContext,
    seconds: float = PROBE_SECONDS,
    *,
    ask: bool = False,
) -> Seen:
    """The way to the https `url` through `proxy` (an URL). Never raises for what the network does. Each step takes at
    most what is left of `seconds`, except the look-up of a name."""
    parts = urlsplit(url)
    here = Seen(Step.THROUGH, parts.hostname or "", parts.port or HTTPS_PORT, place_of(proxy or ""))
    began = time.monotonic()
    end = began + seconds
    try:
        seen = _secured(here, proxy, context, end, parts.path if ask else None)
    except _End as stop:
        seen = stop.seen
    return replace(seen, seconds=time.monotonic() - began)


def _secured(
    here: Seen, proxy: str | None, context: ssl.SSLContext, end: float, path: str | None
) -> Seen:
    plain = _line(here, proxy, context, end)
    try:
        secure = _handshake(plain, context, here.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        return replace(
            here,
            step=Step.UNTRUSTED,
            trouble=_clean(error.verify_message),
            trouble_code=error.verify_code,
            issuer=_presented(here, proxy, context, end),
        )
    except OSError as error:
        plain.close()
        raise _End(_failed(here, error)) from None
    with secure:
        seen = replace(here, issuer=_named((secure.getpeercert() or {}).get("issuer", ())))
        if path is None:
            return seen
        try:
            secure.settimeout(_left(end))
            secure.sendall(_head_request(here, path or "/"))
            status, headers = _answer(secure, end)
        except OSError as error:
            raise _End(_failed(seen, error)) from None
        if not status:
            return replace(seen, step=Step.BROKEN)
        return replace(seen, status=status, date=headers.get("date", ("",))[0])


def _line(here: Seen, proxy: str | None, context: ssl.SSLContext, end: float) -> Any:
    """A socket that leads to the host: direct, or behind the proxy's answer to CONNECT."""
    if proxy is None:
        return _connected(here, here.host, here.port, end)
    parts = urlsplit(proxy)
    usual = HTTPS_PORT if parts.scheme == "https" else 80
    there = replace(here, at_proxy=True)
    line = _connected(there, parts.hostname or "", parts.port or usual, end)
    try:
        if parts.scheme == "https":
            line = _handshake(line, context, parts.hostname or "")
        line.sendall(_connect_request(here, parts.username, parts.password))
        status, headers = _answer(line, end)
    except ssl.SSLCertVerificationError as error:
        line.close()
        trouble = _clean(error.verify_message)
        raise _End(replace(there, step=Step.UNTRUSTED, trouble=trouble)) from None
    except OSError as error:
        line.close()
        raise _End(_failed(there, error)) from None
    if status == 200:
        return line
    line.close()
    if status == 407:
        offers = headers.get("proxy-authenticate", ())
        schemes = tuple(dict.fromkeys(_clean(one).split(" ")[0].lower() for one in offers))
        raise _End(replace(there, step=Step.PROXY_SIGN_IN, status=status, schemes=schemes))
    step = Step.PROXY_SAID_NO if status else Step.BROKEN
    raise _End(replace(there, step=step, status=status))


def _connected(here: Seen, host: str, port: int, end: float) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _End(replace(here, step=Step.NAME)) from None
    last: OSError = OSError()
    for family, kind, protocol, _, address in found:
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(_left(end))
            line.connect(address)
        except OSError as error:
            line.close()
            last = error
        else:
            return line
    raise _End(_failed(here, last))


def _handshake(line: Any, context: ssl.SSLContext, host: str) -> Any:
    if isinstance(line, ssl.SSLSocket):  # TLS inside the TLS of an https proxy
        from urllib3.util.ssltransport import SSLTransport

        return SSLTransport(line, context, server_hostname=host)
    return context.wrap_socket(line, server_hostname=host)


def _presented(here: Seen, proxy: str | None, context: ssl.SSLContext, end: float) -> str:
    """Who issued a certificate that is not trusted: a second handshake reads it, and nothing is sent over it."""
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE  # to read the certificate of a stranger, and hang up
    try:
        with _handshake(_line(here, proxy, context, end), unverified, here.host) as stranger:
            certificate = stranger.getpeercert(True)
        from cryptography import x509

        issuer = x509.load_der_x509_certificate(certificate).issuer
        return _named(tuple(((_SHORT.get(a.oid.dotted_string, ""), a.value),) for a in issuer))
    except (_End, OSError, ValueError):
        return ""


_SHORT = {
    "2.5.4.3": "commonName",
    "2.5.4.10": "organizationName",
    "2.5.4.11": "organizationalUnitName",
}


def _named(rows: Any) -> str:
    """`CN=..., O=...` of a name as the ssl module gives it."""
    told = {kind: str(value) for row in rows for kind, value in row}
    parts = (("CN", "commonName"), ("O", "organizationName"), ("OU", "organizationalUnitName"))
    return _clean(", ".join(f"{short}={told[kind]}" for short, kind in parts if told.get(kind)))


def _clean(text: str) -> str:
    """What a stranger wrote, as one line that is safe for a terminal."""
    tidy = "".join(c if c.isprintable() else " " for c in text)
    return tidy[:_MOST_NAME].strip()


def _connect_request(here: Seen, user: str | None, password: str | None) -> bytes:
    place = f"[{here.host}]:{here.port}" if ":" in here.host else f"{here.host}:{here.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if user is not None:
        pair = f"{unquote(user)}:{unquote(password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()


def _head_request(here: Seen, path: str) -> bytes:
    host = here.host if here.port == HTTPS_PORT else f"{here.host}:{here.port}"
    return f"HEAD {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()


def _answer(line: Any, end: float) -> tuple[int, dict[str, tuple[str, ...]]]:
    """Status and headers (names in small letters) of an HTTP answer; 0 for something else than HTTP."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _MOST_HEAD:
        line.settimeout(_left(end))
        piece = line.recv(4096)
        if not piece:
            break
        head += piece
    first, *rest = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/1\.[01] (\d{3})\b", first)
    headers: dict[str, tuple[str, ...]] = {}
    for text in rest:
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = (*headers.get(name.strip().lower(), ()), value.strip())
    return (int(status[1]) if status else 0), headers


def _failed(here: Seen, error: OSError) -> Seen:
    if isinstance(error, TimeoutError):
        return replace(here, step=Step.SILENT)
    if isinstance(error, ConnectionRefusedError):
        return replace(here, step=Step.REFUSED)
    if error.errno in _NO_ROUTE:
        return replace(here, step=Step.ROUTE)
    return replace(here, step=Step.BROKEN)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
