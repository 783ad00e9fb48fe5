"""The transport under the Azure client: a failure to connect is told in full.

Imported on first use, inside a running loop: it loads aiohttp.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import aiohttp
from azure.core.exceptions import (
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
)
from azure.core.pipeline.transport import AioHttpTransport

from m365backup_tui.cloud.for_httpx import told

if TYPE_CHECKING:
    from m365backup_tui.cloud.transport import Transport

_BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError)


class _Connector(aiohttp.TCPConnector):
    """aiohttp 3.14 waits for ever for a proxy that takes the connection and does not answer CONNECT (measured)."""

    def __init__(self, seconds: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seconds = seconds

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        async with asyncio.timeout(self._seconds):  # aiohttp makes it a ConnectionTimeoutError
            return await super().connect(*args, **kwargs)


class TellingTransport(AioHttpTransport):  # type: ignore[misc]  # a lazy name of azure-core
    """Raises Unreachable, with a sentence, where nothing was sent."""

    def __init__(self, transport: Transport, connect: float, read: float) -> None:
        """`connect`: seconds to reach the service, a proxy's answer included; `read`: without a word from it."""
        self._telling = transport
        proxy, self._proxy_headers = _apart(transport.proxy_for(transport.profile.arm_base))
        session = aiohttp.ClientSession(
            connector=_Connector(connect, ssl=transport.tls),
            proxy=proxy,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        # aiohttp 3.14 sends an idempotent request (PUT too) once more after a reset, without a word; every write of
        # ours is sent once (rule R1). There is no public switch.
        session._retry_connection = False
        super().__init__(
            session=session,
            use_env_settings=False,
            connection_timeout=connect,
            read_timeout=read,
        )

    async def send(self, request: Any, **config: Any) -> Any:
        if self._proxy_headers:
            config["proxy_headers"] = self._proxy_headers
        try:
            answer = await super().send(request, **config)
        except (ServiceRequestError, ServiceResponseError) as error:
            if not _before_sending(error):
                raise
            failed = await told(self._telling, error, str(request.url))
        else:
            self._telling.skew.note(answer.headers)
            return answer
        raise failed  # without what it came from: aiohttp's error holds the password for the proxy


def _apart(proxy: str | None) -> tuple[str | None, dict[str, str] | None]:
    """The address and the sign-in of a proxy: aiohttp's errors quote the address that they were given."""
    parts = urlsplit(proxy or "")
    if proxy is None or parts.username is None:
        return proxy, None
    user, password = unquote(parts.username), unquote(parts.password or "")
    header = {"Proxy-Authorization": aiohttp.encode_basic_auth(user, password)}
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", header


def _before_sending(error: ServiceRequestError | ServiceResponseError) -> bool:
    """azure-core says "request" for broken connections too, and "response" for what a proxy answered to CONNECT."""
    cause = error.inner_exception or error.__cause__
    return isinstance(error, ServiceRequestTimeoutError) or isinstance(cause, _BEFORE_SENDING)
