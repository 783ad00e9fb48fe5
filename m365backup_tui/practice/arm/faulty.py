"""Azure's faults (Z1 to Z10) as the emulator's inner parts ask for them.

Inside an ARM request a fault is judged for that request (operation, nth, rate, times); elsewhere, as
in the admin center, a fault that is on holds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from aiohttp import web

from m365backup_tui.practice.tenant import Tenant

_request: ContextVar[web.Request | None] = ContextVar("practice_arm_request", default=None)


@contextmanager
def judging(request: web.Request) -> Iterator[None]:
    """While this request is answered, `struck` speaks of it."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def struck(tenant: Tenant, fault_id: str) -> dict[str, Any] | None:
    """The fault's options when it strikes now, else None."""
    request = _request.get()
    if request is None:
        return tenant.faults.on(fault_id)
    return tenant.faults.due(fault_id, request)
