"""The transport under the Azure client: a failure to connect is told in full.

Imported on first use, inside a running loop: it loads aiohttp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
from azure.core.exceptions import ServiceRequestError, ServiceRequestTimeoutError
from azure.core.pipeline.transport import AioHttpTransport

from m365backup_tui.cloud.for_httpx import told
from m365backup_tui.domain.limits import READ_SECONDS

if TYPE_CHECKING:
    from m365backup_tui.cloud.transport import Transport

CONNECT_SECONDS = 10.0
_BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError)


class TellingTransport(AioHttpTransport):
    """Raises Unreachable, with a sentence, where nothing was sent."""

    def __init__(self, transport: Transport) -> None:
        self._telling = transport
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=transport.tls),
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
            connection_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        )

    async def send(self, request: Any, **config: Any) -> Any:
        try:
            answer = await super().send(request, **config)
        except ServiceRequestError as error:
            cause = error.inner_exception or error.__cause__
            if not isinstance(error, ServiceRequestTimeoutError) and not isinstance(
                cause, _BEFORE_SENDING
            ):
                raise
            raise await told(self._telling, error, str(request.url)) from error
        self._telling.skew.note(answer.headers)
        return answer
