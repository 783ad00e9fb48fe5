"""The session that MSAL sends with: our TLS context, our proxy, a time limit on every call, no environment.

Imported on first use: it loads requests.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from m365backup_tui.cloud.no_way import explained, looked
from m365backup_tui.domain.errors import Unreachable

if TYPE_CHECKING:
    from m365backup_tui.cloud.transport import Transport

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0  # one MSAL call blocks the next: shorter than the others


class NoWayError(Unreachable, requests.exceptions.ConnectionError):
    """Unreachable, told in full, and still of the kind that lets MSAL fall back on a token that is valid yet."""

    request = None
    response = None


class _Adapter(HTTPAdapter):
    """`url` and `proxy`: what the sentence about a failure is found out with."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._transport.tls, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        tls = self._transport.tls
        return super().proxy_manager_for(proxy, ssl_context=tls, proxy_ssl_context=tls, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # types-requests
        conn.ca_certs = None  # the context holds them: requests would add certifi's
        conn.ca_cert_dir = None

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        try:
            answer = super().send(request, *args, **kwargs)
        except requests.exceptions.RequestException as error:
            found = self._why(error, str(request.url))
            if found is None:
                raise
            raise NoWayError(found.what, found.code) from error
        self._transport.skew.note(answer.headers)
        return answer

    def _why(self, error: requests.exceptions.RequestException, url: str) -> Unreachable | None:
        """None where the service itself was reached."""
        tls: ssl.SSLContext = self._transport.tls
        proxy = self._transport.proxy_for(url)
        if _before_sending(error):
            return explained(error, url, proxy, tls)
        kinds = requests.exceptions
        if proxy and isinstance(error, kinds.ReadTimeout | kinds.ConnectionError):
            return looked(url, proxy, tls)  # whose silence or nonsense was it?
        return None


def session_for(transport: Transport) -> requests.Session:
    """A session of the profile's proxy and authorities."""
    session = requests.Session()
    session.trust_env = False
    proxy = transport.proxy_for(transport.profile.authority)
    if proxy:
        session.proxies = {"https": proxy}
    session.mount("https://", _Adapter(transport))
    return session


def _before_sending(error: requests.exceptions.RequestException) -> bool:
    kinds = requests.exceptions
    if isinstance(error, kinds.SSLError | kinds.ProxyError | kinds.ConnectTimeout):
        return True
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, kinds.ConnectionError) and isinstance(reason, NewConnectionError)
