"""The transport under Graph's client: a failure to connect is told in full, and every answer tells the time.

Imported on first use: it loads httpx.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx

from m365backup_tui.cloud.daemon import call_with_deadline
from m365backup_tui.cloud.no_way import explained
from m365backup_tui.cloud.probing import PROBE_SECONDS
from m365backup_tui.domain.errors import Unreachable

if TYPE_CHECKING:
    from m365backup_tui.cloud.transport import Transport

_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


class TellingTransport(httpx.AsyncHTTPTransport):
    """Raises Unreachable, with a sentence, where nothing was sent."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        proxy = transport.proxy_for(transport.profile.graph_base)
        self._proxied = proxy is not None
        super().__init__(
            verify=transport.tls,
            proxy=httpx.Proxy(proxy, ssl_context=_for_the_proxy(proxy, transport))
            if proxy
            else None,
            trust_env=False,
            http2=True,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = _Sent()
        if self._proxied:
            request.extensions = {**request.extensions, "trace": sent.trace}
        try:
            answer = await super().handle_async_request(request)
        except _BEFORE_SENDING as error:
            raise await told(self._transport, error, str(request.url)) from error
        except httpx.TimeoutException as error:
            if not self._proxied or sent.any:
                raise
            raise await told(self._transport, error, str(request.url)) from error
        self._transport.skew.note(answer.headers)
        return answer


class _Sent:
    """Whether anything of a request was sent to the service itself: httpx 0.28 calls a proxy that does not answer
    CONNECT a read that takes too long, as if the service had got the request."""

    def __init__(self) -> None:
        self.any = False

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(".send_request_headers.started"):
            self.any = self.any or info["request"].method != b"CONNECT"


async def told(transport: Transport, error: Exception, url: str) -> Unreachable:
    """What `error` means, found out on a thread; in plain words where that takes too long."""
    proxy = transport.proxy_for(url)
    try:
        return await call_with_deadline(
            lambda: explained(error, url, proxy, transport.tls), PROBE_SECONDS + 1
        )
    except TimeoutError:
        return Unreachable(f"{httpx.URL(url).host} cannot be reached.")


def _for_the_proxy(proxy: str, transport: Transport) -> ssl.SSLContext | None:
    """httpx takes a TLS context for a proxy only where the proxy itself speaks TLS."""
    return transport.tls if proxy.startswith("https:") else None
