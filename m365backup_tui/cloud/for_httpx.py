"""The transport under Graph's client: a failure to connect is told in full, and every answer tells the time.

Imported on first use: it loads httpx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        super().__init__(
            verify=transport.tls,
            proxy=httpx.Proxy(proxy, ssl_context=_for_the_proxy(proxy, transport))
            if proxy
            else None,
            trust_env=False,
            http2=True,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await super().handle_async_request(request)
        except _BEFORE_SENDING as error:
            raise await self._why(error, str(request.url)) from error
        self._transport.skew.note(answer.headers)
        return answer

    async def _why(self, error: Exception, url: str) -> Unreachable:
        return await told(self._transport, error, url)


async def told(transport: Transport, error: Exception, url: str) -> Unreachable:
    """What `error` means, found out on a thread; in plain words where that takes too long."""
    proxy = transport.proxy_for(url)
    try:
        return await call_with_deadline(
            lambda: explained(error, url, proxy, transport.tls), PROBE_SECONDS + 1
        )
    except TimeoutError:
        return Unreachable(f"{httpx.URL(url).host} cannot be reached.")


def _for_the_proxy(proxy: str, transport: Transport) -> object:
    """httpx takes a TLS context for a proxy only where the proxy itself speaks TLS."""
    return transport.tls if proxy.startswith("https:") else None
