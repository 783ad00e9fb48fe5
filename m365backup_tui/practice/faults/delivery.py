"""How an answer travels: late, slowly, in half, with a wrong date, or not at all.

All waiting is in real seconds and ends at once when the client goes or the server stops.
"""

import asyncio
import contextlib
import os
import random
import socket
import struct
from datetime import timedelta
from email.utils import format_datetime

from aiohttp import web

from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.tenant import Tenant

STEP = 0.05
STOPPING = web.AppKey("practice_stopping", asyncio.Event)


def add_stopping(app: web.Application) -> None:
    """Let waiting answers know when the server stops."""
    app[STOPPING] = asyncio.Event()

    async def tell(app: web.Application) -> None:
        app[STOPPING].set()

    app.on_shutdown.append(tell)


async def deliver(
    tenant: Tenant, request: web.Request, response: web.StreamResponse, fault: Fault
) -> web.StreamResponse:
    """The answer as this fault of the way back sends or changes it."""
    if fault["id"] == "T12":
        moment = tenant.clock.real() + timedelta(seconds=int(fault["skew"]))
        response.headers["Date"] = format_datetime(moment.replace(microsecond=0), usegmt=True)
        return response
    if fault["id"] == "T11":
        await pause(request, _delay(tenant, fault))
        return response
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return response
    body = response.body
    if fault["id"] == "T8":
        response.body = body[: len(body) // 2]
        return response
    return await _slowly(request, response, body, fault)


async def pause(request: web.Request, seconds: float | None = None) -> bool:
    """Wait (None: for good); False when the client went or the server stops before the end."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while not _gone(request):
        left = STEP if end is None else min(STEP, end - loop.time())
        if left <= 0:
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.app[STOPPING].wait(), left)
            return False
    return False


def reset(request: web.Request) -> None:
    """Break the connection so that the client sees a reset, not an end."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            at_once = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    transport.abort()


async def _slowly(
    request: web.Request, response: web.StreamResponse, body: bytes, fault: Fault
) -> web.StreamResponse:
    sent = web.StreamResponse(status=response.status, reason=response.reason)
    for name, value in response.headers.items():
        if name.lower() not in ("content-length", "transfer-encoding"):
            sent.headers.add(name, value)
    sent.content_length = len(body)
    try:
        await sent.prepare(request)
        if fault["id"] == "T7":
            await sent.write(body[: len(body) // 2])
            await pause(request)
        else:
            await _drip(request, sent, body, int(fault["bytes_per_second"]))
    except ConnectionError:
        return sent  # the client had enough
    if not _gone(request) and (fault["id"] == "T7" or request.app[STOPPING].is_set()):
        reset(request)
    return sent


async def _drip(
    request: web.Request, sent: web.StreamResponse, body: bytes, per_second: int
) -> None:
    piece = max(1, per_second // 10)
    for start in range(0, len(body), piece):
        await sent.write(body[start : start + piece])
        if start + piece < len(body) and not await pause(request, piece / per_second):
            return
    await sent.write_eof()


def _delay(tenant: Tenant, fault: Fault) -> float:
    least, most = sorted((float(fault["least"]), float(fault["most"])))
    # The same requests wait as long in every run.
    chosen = random.Random(f"T11:{tenant.faults.struck(int(fault['number']))}")  # noqa: S311
    return chosen.uniform(least, most)


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
