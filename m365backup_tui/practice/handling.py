"""One request from arrival to log entry; a part of a `$batch` goes the same way.

Faults strike at their places on the way: instead of the answer, inside it, after the work was
done, or while the answer is sent. What changed is saved before any answer leaves.
"""

import asyncio
import hashlib
import sys
import traceback
from collections.abc import Awaitable, Callable

from aiohttp import web

from m365backup_tui.practice.auth import scopes_used
from m365backup_tui.practice.callers import who_calls
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.doors import settle
from m365backup_tui.practice.errors import ApiError, OAuthError
from m365backup_tui.practice.faults.course import Course
from m365backup_tui.practice.log import Entry
from m365backup_tui.practice.tenant import Tenant, tenant_of
from m365backup_tui.practice.trace import Trace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY = 32 * 1024 * 1024


async def handle(request: web.Request, handler: Handler, part: bool = False) -> web.StreamResponse:
    """Answer one request, with the faults that are due, and log it.

    `part`: it is a part of a batch, whose connection is not its own: no transport fault strikes it.
    """
    tenant = tenant_of(request)
    with tenant.faults.judging(request):
        return await _handle(tenant, request, handler, part)


async def _handle(
    tenant: Tenant, request: web.Request, handler: Handler, part: bool
) -> web.StreamResponse:
    trace = Trace.of(request)
    seq = tenant.log.next_seq()
    changes = tenant.state.begin_request()
    body, refuse = await _read(request)
    course = Course(tenant, request, trace, part)
    response = await course.instead()
    if response is None:
        response = await _answer(request, refuse or handler, trace)
        response = course.rewritten(response)
    tenant.faults.counts.keep(tenant.state.db)
    if not saved(tenant):
        wrong = trace.error(500, "InternalServerError", "The practice tenant cannot save.")
        response = trace.render(wrong)
    if not course.nameless:
        trace.stamp(response)
    status = 0 if course.unheard else response.status
    late = course.late(response, bool(changes))
    course.remember(late)
    who = who_calls(request)
    tenant.log.add(
        Entry(
            seq=seq,
            time=to_iso(tenant.clock.now()),
            persona=who.persona if who else None,
            oid=who.oid if who else None,
            client_id=who.client_id if who else None,
            scopes=who.scopes if who else (),
            scopes_used=scopes_used(request),
            method=request.method,
            path=request.raw_path,
            status=status,
            client_request_id=trace.given,
            changed="; ".join(changes) or None,
            body=hashlib.sha256(body).hexdigest() if body else None,
            faults=course.struck(),
            early=course.early,
        )
    )
    if tenant.faults.doors_move():
        await settle(request.app)
        late.force_close()  # whoever comes again needs a new connection
    return await course.delivered(late)


def saved(tenant: Tenant) -> bool:
    """Nothing is acknowledged that is not on disk; False (and why on stderr) when that fails."""
    try:
        tenant.state.save_if_changed()
    except OSError as wrong:
        print(f"The practice tenant cannot save its state: {wrong}", file=sys.stderr)
        return False
    return True


async def _read(request: web.Request) -> tuple[bytes, Handler | None]:
    """The body, or what to answer instead when it is too large or not what its headers say."""
    try:
        return await request.read(), None
    except web.HTTPRequestEntityTooLarge:
        return b"", _refuse_size
    except web.RequestPayloadError:  # such as gzip that is none
        return b"", _refuse_body


async def _refuse_body(request: web.Request) -> web.StreamResponse:
    raise web.HTTPBadRequest


async def _refuse_size(request: web.Request) -> web.StreamResponse:
    raise web.HTTPRequestEntityTooLarge(max_size=MAX_BODY, actual_size=MAX_BODY + 1)


async def _answer(request: web.Request, handler: Handler, trace: Trace) -> web.StreamResponse:
    try:
        return await handler(request)
    except OAuthError as refused:
        return web.json_response(
            refused.body(trace.client_request_id), status=refused.status, headers=refused.headers
        )
    except ApiError as refused:
        return trace.render(refused)
    except web.HTTPException as http:
        if trace.service in ("portal", "entra"):
            return web.Response(status=http.status, text=http.reason)
        code = http.reason.replace(" ", "")
        return trace.render(trace.error(http.status, code, f"{http.reason}."))
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception:
        # A fault of the emulator, not of the caller: shown on stderr, answered as a server error,
        # and nothing of the half-done work is kept.
        traceback.print_exc(file=sys.stderr)
        tenant_of(request).state.undo()
        wrong = trace.error(500, "InternalServerError", "The practice tenant has a fault.")
        return trace.render(wrong)
