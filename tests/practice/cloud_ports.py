"""The cloud adapters pointed at the practice tenant, signed in as one persona, for their tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from m365backup_tui.cloud.credential import SessionCredential
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.profiles import SCOPES_READ, Resource, practice_profile
from m365backup_tui.cloud.reads import OnWait
from m365backup_tui.cloud.transport import Transport, graph_adapter, open_transport
from tests.practice.conftest import Controls
from tests.practice.graph_client import graph_token
from tests.practice.signing_in import sign_in


class JumpingClock:
    """Time stands still until somebody waits: then it is that much later. `waits` in seconds."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime(2026, 11, 2, 9, tzinfo=UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._ahead += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Persona:
    """A token source: tokens of one persona through the real msal, with no more scopes than the caller names."""

    def __init__(self, ready: dict[str, Any], controls: Controls, key: str) -> None:
        self._ready, self._controls, self._key = ready, controls, key
        self._kept: dict[tuple[str, ...], str] = {}

    async def token(
        self,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        *,
        fresh: bool = False,
    ) -> tuple[str, int]:
        wanted = tuple(scopes)
        if fresh or wanted not in self._kept:
            if resource is Resource.GRAPH:
                token = graph_token(self._ready, self._controls, self._key, wanted)
            else:
                answer = sign_in(self._ready, self._controls, wanted, self._key)
                token = str(answer["access_token"])
            self._kept[wanted] = token
        return self._kept[wanted], int(time.time()) + 3600


def session(
    ready: dict[str, Any], controls: Controls, persona: str = "global-admin"
) -> tuple[Transport, SessionCredential]:
    profile = practice_profile(ready)
    source = Persona(ready, controls, persona)
    return open_transport(profile), SessionCredential(source, profile, SCOPES_READ)


@asynccontextmanager
async def graph_calls(
    ready: dict[str, Any],
    controls: Controls,
    persona: str = "global-admin",
    clock: JumpingClock | None = None,
    on_wait: OnWait | None = None,
) -> AsyncIterator[GraphCalls]:
    transport, credential = session(ready, controls, persona)
    calls = GraphCalls(
        lambda scopes: graph_adapter(transport, credential, scopes),
        clock or JumpingClock(),
        on_wait,
    )
    try:
        yield calls
    finally:
        await calls.close()
