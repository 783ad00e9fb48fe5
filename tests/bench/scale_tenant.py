"""The product's own adapters pointed at a practice tenant of its own process, signed in, for the benches of scale."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.clock import SystemClock
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.transport import graph_adapter
from m365backup_tui.domain.session import Account
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Azure, Identity, Runs, Tools
from tests.practice.cloud_ports import session
from tests.practice.conftest import Controls


@asynccontextmanager
async def calls_of(ready: dict[str, Any]) -> AsyncIterator[GraphCalls]:
    """Real time, real TLS, nothing retried by the SDK."""
    controls = Controls(ready)
    transport, credential = session(ready, controls)
    calls = GraphCalls(lambda scopes: graph_adapter(transport, credential, scopes), SystemClock())
    try:
        yield calls
    finally:
        await calls.close()
        controls.close()


@asynccontextmanager
async def backup_of(ready: dict[str, Any]) -> AsyncIterator[GraphBackup]:
    async with calls_of(ready) as calls:
        yield GraphBackup(calls)


@asynccontextmanager
async def tools_of(ready: dict[str, Any], folder: Path) -> AsyncIterator[Tools]:
    """`folder`: where the runs are kept. Signing in and Azure are not there."""
    async with calls_of(ready) as calls:
        backup = GraphBackup(calls)
        yield Tools(
            clock=SystemClock(),
            identity=cast(Identity, None),
            directory=GraphDirectory(calls, backup, lambda: ""),
            azure=cast(Azure, None),
            backup=backup,
            runs=cast(Runs, FileRuns(folder, "bench")),
        )


def account_of(ready: dict[str, Any]) -> Account:
    """Who applies; the tokens are the global administrator's."""
    tenant = str(ready["tenant_id"])
    return Account(tenant, "object", f"admin@{ready['domain']}", "Admin", "Example")
