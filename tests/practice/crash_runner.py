"""Applies and resumes plans in processes that kill themselves: `python -m tests.practice.crash_runner`.

One line of JSON on standard input is one errand; it is done by a child that is forked for it, so that the SDK is
imported once for hundreds of them. The answer is one line of JSON. `SIGKILL` comes right before or right after the n-th
record of the run reaches the disk, from inside the journal's own write.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.credential import SessionCredential
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.profiles import SCOPES_READ, Resource, practice_profile
from m365backup_tui.cloud.transport import graph_adapter, open_transport
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.run import Run
from m365backup_tui.domain.session import Account
from m365backup_tui.journal import record
from m365backup_tui.journal.codec import from_data
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Azure, Identity, Tools
from m365backup_tui.work import applying


@dataclass(frozen=True, slots=True)
class Errand:
    """`do`: "apply", or "go on": resume what is unfinished, else apply again where nothing was ever recorded.

    `kill_at`: number of the record (from 1; 0 never); `how`: "before" or "after" it is on disk. `here`: not in a child,
    so that every child after it finds all of the SDK imported that a run needs (three seconds).
    """

    do: str
    folder: str
    plan: str  # as JSON, like the next
    ready: str  # the practice tenant's ready document
    token: str
    kill_at: int = 0
    how: str = "after"
    here: bool = False


class Ahead:
    """Waits do not last: the time that was waited is only added. The tenant's own waits are a matter of its pace."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class _Fixed:
    """One token for everything."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(
        self,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        *,
        fresh: bool = False,
    ) -> tuple[str, int]:
        return self._token, int(time.time()) + 3600


@asynccontextmanager
async def tools_for(ready: dict[str, Any], token: str, runs: FileRuns) -> AsyncIterator[Tools]:
    """The real SDK's adapters; sign-in and Azure are not there."""
    profile = practice_profile(ready)
    transport = open_transport(profile)
    credential = SessionCredential(_Fixed(token), profile, SCOPES_READ)
    clock = Ahead()
    calls = GraphCalls(
        lambda scopes: graph_adapter(transport, credential, scopes), clock, lambda why, until: None
    )
    backup = GraphBackup(calls)
    try:
        yield Tools(
            clock=clock,
            identity=cast(Identity, None),
            directory=GraphDirectory(calls, backup, lambda: ""),
            azure=cast(Azure, None),
            backup=backup,
            runs=runs,
        )
    finally:
        await calls.close()


def account_of(ready: dict[str, Any]) -> Account:
    return Account(ready["tenant_id"], "object", "admin@example.com", "Admin", "Practice")


async def errand(what: Errand) -> dict[str, Any]:
    ready = json.loads(what.ready)
    plan = from_data(Plan, json.loads(what.plan))
    runs = FileRuns(Path(what.folder), "crash test")
    account = account_of(ready)
    last: Run | None = None
    async with tools_for(ready, what.token, runs) as tools:
        work = applying.apply(tools, plan, account)
        if what.do == "go on":
            left = runs.unfinished(plan.tenant_id)
            if left is not None:
                work = applying.resume(tools, left.id, account)
            elif runs.list_runs(plan.tenant_id):
                return {"phase": "nothing to resume", "note": ""}
        async for event in work:
            last = event.run
    assert last is not None
    return {"phase": str(last.phase), "note": last.note}


def mortal(kill_at: int, how: str) -> None:
    """From now on this process dies at the n-th record that it writes."""
    write = record.Writer._append
    count = 0

    def deadly(self: record.Writer, data: bytes) -> None:
        nonlocal count
        count += 1
        if count == kill_at and how == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, data)
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    record.Writer._append = deadly  # type: ignore[method-assign]


def _child(what: Errand, answer: int) -> None:
    code = 1
    try:
        if what.kill_at:
            mortal(what.kill_at, what.how)
        os.write(answer, json.dumps(asyncio.run(errand(what))).encode())
        code = 0
    except BaseException as error:
        os.write(answer, json.dumps({"phase": "broke", "note": repr(error)}).encode())
    finally:
        os._exit(code)


def main() -> None:
    """Until standard input ends."""
    for line in sys.stdin:
        what = Errand(**json.loads(line))
        if what.here:
            print(json.dumps(asyncio.run(errand(what))), flush=True)
            continue
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            _child(what, writes)
        os.close(writes)
        with open(reads, encoding="utf-8") as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        told = json.loads(text) if text else {"phase": "killed" if killed else "silent", "note": ""}
        print(json.dumps({**told, "killed": killed}), flush=True)


def as_line(what: Errand) -> str:
    return json.dumps(asdict(what)) + "\n"


if __name__ == "__main__":
    main()
