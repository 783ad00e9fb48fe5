"""A plain 401: the service took a token for expired that is good by our clock. The request goes out once more, fresh.

A host whose clock is ten minutes slow keeps dead tokens, so "expired" is answered with a refresh, not by asking
the person (auth.md §4.6, fault T12). A 401 was certainly not carried out, so this is right for writes too. A 401 with
claims is another thing: kiota and azure-core hand the claims to the credential by themselves (auth.md §1.8).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_order = itertools.count(1)
# What the repeated request began as; read by the credential, deep inside the SDK and in the same task.
_began: ContextVar[int | None] = ContextVar("began", default=None)
_CLAIMS = re.compile(r'claims="[^"]+"')


async def once_more(call: Callable[[], Awaitable[T]], stale: Callable[[Exception], bool]) -> T:
    """The call; where `stale` says that its token was taken for expired, once more with a fresh one."""
    began = moment()
    try:
        return await call()
    except Exception as exc:
        if not stale(exc):
            raise
    mark = _began.set(began)
    try:
        return await call()
    finally:
        _began.reset(mark)


def moment() -> int:
    """Before any that is asked for later. No clock: it is the clock that is wrong here."""
    return next(_order)


def wanted_since() -> int | None:
    """Inside a repeated request: when it was sent first. A token refreshed after that is fresh enough for it, so that
    many requests at once cost one refresh. None: any token will do."""
    return _began.get()


def stale_for_graph(exc: Exception) -> bool:
    """Whether kiota's exception is a 401 without claims."""
    from kiota_abstractions.api_error import APIError

    if not isinstance(exc, APIError) or exc.response_status_code != 401:
        return False
    return not challenged({str(k): str(v) for k, v in dict(exc.response_headers or {}).items()})


def stale_for_azure(exc: Exception) -> bool:
    """Whether azure-core's exception is a 401 without claims."""
    from azure.core.exceptions import HttpResponseError

    if not isinstance(exc, HttpResponseError) or exc.status_code != 401:
        return False
    response: Any = exc.response  # its declared type has no headers; both of azure-core's do
    return response is not None and not challenged(
        {str(k): str(v) for k, v in dict(response.headers).items()}
    )


def challenged(headers: Mapping[str, str]) -> bool:
    """Whether WWW-Authenticate carries claims: then a refresh alone does not help."""
    return any(
        name.lower() == "www-authenticate" and _CLAIMS.search(value) is not None
        for name, value in headers.items()
    )
