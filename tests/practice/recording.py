"""A practice tenant inside the test process that keeps every Graph and ARM request and answer with their bodies.

The tenant's own log keeps digests only, as a service's log should. Runs in a thread of its own, so that blocking
clients (msal) and asynchronous ones can both talk to it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from m365backup_tui.practice.auth import CALLER_KEY, Caller
from m365backup_tui.practice.faults.operations import service_of
from m365backup_tui.practice.handling import Handler
from m365backup_tui.practice.listening import listening
from m365backup_tui.practice.server import build_app
from m365backup_tui.practice.tenant import open_tenant

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `path` starts after the host and has no query; bodies are JSON or None.

    `route` is the application's own template of the path; ARM has one for everything.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    scopes: frozenset[str]
    status: int
    answer_headers: dict[str, str]
    answer: Any
    route: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


@dataclass(slots=True)
class Recorded:
    """`ready`: the tenant's ready document. `exchanges`: in the order of their answers."""

    ready: dict[str, Any] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)

    def under(self, prefix: str) -> list[Exchange]:
        """Those whose path begins so."""
        return [one for one in self.exchanges if one.path.startswith(prefix)]


@contextmanager
def recorded_practice(
    folder: Path, *scenarios: str, pace: float | None = None
) -> Iterator[Recorded]:
    """A running tenant that records; it ends with the block."""
    kept = Recorded()
    up, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        tenant = open_tenant(folder, pace, scenarios)
        app = build_app(tenant)
        app.middlewares.insert(0, _recorder(kept))
        async with listening(tenant, app, folder) as document:
            kept.ready.update(document)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    try:
        if not up.wait(START_SECONDS):
            raise RuntimeError("The practice tenant did not start.")
        yield kept
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS)
        loop.close()


def _recorder(kept: Recorded) -> Any:
    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        body = await request.read()
        response = await handler(request)
        if service_of(request.path) not in ("graph", "arm"):
            return response
        who = request.get(CALLER_KEY)
        answer = response.body if isinstance(response, web.Response) else None
        resource = request.match_info.route.resource
        kept.exchanges.append(
            Exchange(
                route=resource.canonical if resource else "",
                method=request.method,
                path=request.path,
                query=dict(request.query),
                headers={k.lower(): v for k, v in request.headers.items() if k != "Authorization"},
                body=json.loads(body) if body else None,
                scopes=who.scopes if isinstance(who, Caller) else frozenset(),
                status=response.status,
                answer_headers={k.lower(): v for k, v in response.headers.items()},
                answer=_json(response, answer),
            )
        )
        return response

    return keep


def _json(response: web.StreamResponse, answer: Any) -> Any:
    if not answer or "json" not in response.headers.get("Content-Type", ""):
        return None
    return json.loads(bytes(answer))
