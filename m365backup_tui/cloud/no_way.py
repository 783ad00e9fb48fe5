"""Why an SDK did not reach a service: its exception, completed by a look of our own where it does not say enough.

Only for exceptions that were raised before anything of the request was sent: what comes out is Unreachable.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from m365backup_tui.cloud.network_words import sentence
from m365backup_tui.cloud.probing import PROBE_SECONDS, Seen, Step, look
from m365backup_tui.cloud.proxies import HTTPS_PORT, place_of
from m365backup_tui.domain.errors import Unreachable

_NO_ROUTE = ("Network is unreachable", "No route to host")
_TIMEOUTS = ("ConnectTimeout", "ConnectionTimeout", "ReadTimeout")
_PROXY_SIGN_IN = "407"
_DEPTH = 40  # exceptions in one chain; it has no circles in practice


def explained(
    exc: BaseException, url: str, proxy: str | None, context: ssl.SSLContext
) -> Unreachable:
    """The exception as a sentence. Blocks for up to PROBE_SECONDS where the certificate or the proxy is the trouble:
    call it on a thread."""
    return _told(_from(exc, url, proxy) or look(url, proxy, context, PROBE_SECONDS), url)


def looked(url: str, proxy: str | None, context: ssl.SSLContext) -> Unreachable | None:
    """The same by a look alone, for an exception that does not say who failed; None where the way is free."""
    seen = look(url, proxy, context, PROBE_SECONDS)
    return None if seen.step is Step.THROUGH else _told(seen, url)


def _told(seen: Seen, url: str) -> Unreachable:
    host = urlsplit(url).hostname or ""
    # A look that succeeds where the SDK failed a moment ago: the line came back, or it was a single mishap.
    what = sentence(seen) or f"The connection to {host} could not be made."
    return Unreachable(what, _PROXY_SIGN_IN if seen.step is Step.PROXY_SIGN_IN else "")


def _from(exc: BaseException, url: str, proxy: str | None) -> Seen | None:
    """What the exception says by itself; None for a certificate and for what a proxy answered."""
    parts = urlsplit(url)
    here = Seen(
        Step.THROUGH,
        parts.hostname or "",
        parts.port or HTTPS_PORT,
        place_of(proxy or ""),
        at_proxy=proxy is not None,  # what happens behind a proxy comes as its answer to CONNECT
    )
    step = None
    for one in _chain(exc):
        if isinstance(one, ssl.SSLCertVerificationError):
            return None
        found = _step(one)
        step = found if found is not None else step
    return None if step is None else replace(here, step=step)


def _step(one: BaseException) -> Step | None:
    name = type(one).__name__
    if isinstance(one, socket.gaierror) or "NameResolution" in name or "DNSError" in name:
        return Step.NAME
    if isinstance(one, ConnectionRefusedError):
        return Step.REFUSED
    if isinstance(one, TimeoutError) or any(text in name for text in _TIMEOUTS):
        return Step.SILENT
    if isinstance(one, OSError) and any(text in str(one) for text in _NO_ROUTE):
        return Step.ROUTE
    return None


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """The exception and all that it was made of; each SDK hides the cause in another place."""
    waiting: list[object] = [exc]
    met: set[int] = set()
    while waiting and len(met) < _DEPTH:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in met:
            continue
        met.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, *one.args]
        waiting += [getattr(one, name, None) for name in ("reason", "os_error", "inner_exception")]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
