"""The journal of runs on disk: `<state-dir>/<profile>/<tenant-id>/runs/<run-id>.jsonl`, behind the port `Runs`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from m365backup_tui import __version__
from m365backup_tui.domain.errors import Broken, Conflict, NotFound, Rejected
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.session import Account
from m365backup_tui.journal import evidence, log, replay
from m365backup_tui.journal.chain import Chain, inspect
from m365backup_tui.journal.codec import to_data
from m365backup_tui.journal.lock import TenantLock
from m365backup_tui.journal.record import Damaged, Writer, read

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
_TOKENS = 20  # tries for a run id that is free
_TENANT = re.compile(r"[0-9A-Za-z.\-]{1,64}")


class FileRuns:
    """`state_dir` is the folder of one cloud profile; `holder` says in the lock what this process is ("wizard").

    Disk trouble is raised as Rejected, naming the folder; a record that was tampered with as Broken.
    """

    def __init__(
        self,
        state_dir: Path,
        holder: str,
        token: Callable[[], str] = lambda: secrets.token_hex(2),
    ) -> None:
        self._root = state_dir
        self._holder = holder
        self._token = token
        self._locks: dict[str, TenantLock] = {}
        self._writers: dict[str, Writer] = {}
        self._stop = False

    # --- one run ----------------------------------------------------------------------------------------------

    def begin(self, plan: Plan, account: Account, at: datetime) -> str:
        folder = self._tenant(plan.tenant_id)
        with self._disk(folder):
            self._take(plan.tenant_id, at)
            try:
                writer = self._new_record(folder / "runs", at)
                try:
                    writer.append(replay.BEGIN, at, {**_who(account), "plan": to_data(plan)})
                except OSError:
                    writer.path.unlink(missing_ok=True)
                    raise
            except OSError:
                self._give_back(plan.tenant_id)
                raise
        self._writers[writer.path.stem] = writer
        self._stop = False
        return writer.path.stem

    def reopen(self, run_id: str, account: Account, at: datetime) -> Run:
        path = self._find(run_id)
        tenant = path.parent.parent.name
        if tenant.lower() != account.tenant_id.lower():
            raise Conflict(f"Run {run_id} belongs to another tenant than the one you signed in to.")
        with self._disk(path.parent):
            self._take(tenant, at)
            try:
                writer, lines = Writer.reopen(path)
                before = replay.replay(run_id, lines, str(path))
                writer.append(replay.RESUME, at, _who(account))
            except Damaged as error:
                self._give_back(tenant)
                raise Broken(f"The record of the run is damaged: {error}.") from error
            except OSError:
                self._give_back(tenant)
                raise
        self._writers[run_id] = writer
        self._stop = False
        return before

    def intend(self, run_id: str, write_id: str, at: datetime) -> None:
        self._append(run_id, replay.INTEND, at, {"write": write_id})

    def outcome(self, run_id: str, state: WriteState, at: datetime) -> None:
        self._append(run_id, replay.OUTCOME, at, replay.outcome_facts(state))

    def end(self, run: Run, at: datetime) -> None:
        """Gives the lock back even when the closing record cannot be written: the run then counts as interrupted."""
        try:
            self._append(run.id, replay.END, at, replay.end_facts(run))
        finally:
            self._writers.pop(run.id, None)
            self._give_back(run.plan.tenant_id)

    def close(self) -> None:
        """Gives every lock back and writes nothing: the runs that were open count as interrupted."""
        self._writers.clear()
        for lock in self._locks.values():
            lock.give_back()

    # --- looking ----------------------------------------------------------------------------------------------

    def unfinished(self, tenant_id: str) -> Run | None:
        """The newest run that did something or was cut off. Refused before anything was sent counts as nothing."""
        for run in self.list_runs(tenant_id):
            if run.phase in (RunPhase.WRITING, RunPhase.WATCHING, RunPhase.STOPPED):
                return run
            if any(w.outcome is not Outcome.WAITING for w in run.writes):
                return None
        return None

    def list_runs(self, tenant_id: str) -> tuple[Run, ...]:
        """Newest first. Damaged records are left out; `damaged` names them."""
        found: list[Run] = []
        for path in self._records(tenant_id):
            try:
                run = self._replay(path)
                if run is not None:
                    found.append(run)
            except Damaged:
                continue
        return tuple(found)

    def damaged(self, tenant_id: str) -> tuple[str, ...]:
        """One sentence for each record that cannot be trusted."""
        found: list[str] = []
        for path in self._records(tenant_id):
            try:
                self._replay(path)
            except Damaged as error:
                found.append(f"{path}: {error}.")
        return tuple(found)

    def chain(self, run_id: str) -> Chain:
        """Whether the run's record is as it was written. Raises NotFound, and Rejected when it cannot be read."""
        path = self._find(run_id)
        with self._disk(path.parent):
            return inspect(path.read_bytes())

    def evidence(self, run_id: str, at: datetime) -> dict[str, Any]:
        """What the run's record proves, as JSON data, of a broken record too. Raises as `chain` does."""
        return evidence.evidence(run_id, self.path(run_id), self.chain(run_id), at)

    def tenants(self) -> tuple[str, ...]:
        """Tenant ids with a folder here."""
        if not self._root.is_dir():
            return ()
        return tuple(sorted(p.name for p in self._root.iterdir() if (p / "runs").is_dir()))

    def path(self, run_id: str) -> str:
        return str(self._find(run_id))

    def ask_to_stop(self) -> None:
        self._stop = True

    def asked_to_stop(self) -> bool:
        return self._stop

    def note(self, kind: str, tenant_id: str, facts: Mapping[str, str], at: datetime) -> None:
        folder = self._tenant(tenant_id)
        with self._disk(folder):
            log.write(folder, kind, facts, at)

    # --- within -----------------------------------------------------------------------------------------------

    def _new_record(self, folder: Path, at: datetime) -> Writer:
        for _ in range(_TOKENS):
            try:
                run_id = f"{at.astimezone(UTC):%Y%m%d-%H%M%S}-{self._token()}"
                return Writer.create(folder / f"{run_id}.jsonl")
            except FileExistsError:
                continue
        raise FileExistsError("no free run id in this second")

    def _append(self, run_id: str, kind: str, at: datetime, facts: Mapping[str, Any]) -> None:
        writer = self._writers.get(run_id)
        if writer is None:
            raise Broken(f"Run {run_id} is not open here.")
        with self._disk(writer.path.parent):
            writer.append(kind, at, facts)

    def _tenant(self, tenant_id: str) -> Path:
        if not _TENANT.fullmatch(tenant_id) or tenant_id.startswith("."):
            raise Broken("The tenant id has characters that no tenant id has.")
        return self._root / tenant_id.lower()

    def _take(self, tenant_id: str, at: datetime) -> None:
        key = tenant_id.lower()
        lock = self._locks.setdefault(key, TenantLock(self._tenant(key), self._holder))
        lock.take(at)

    def _give_back(self, tenant_id: str) -> None:
        lock = self._locks.get(tenant_id.lower())
        if lock is not None:
            lock.give_back()

    def _find(self, run_id: str) -> Path:
        if _RUN_ID.fullmatch(run_id):
            for path in self._root.glob(f"*/runs/{run_id}.jsonl"):
                return path
        raise NotFound(f"There is no run {run_id} here.")

    def _records(self, tenant_id: str) -> list[Path]:
        return sorted((self._tenant(tenant_id) / "runs").glob("*.jsonl"), reverse=True)

    def _replay(self, path: Path) -> Run | None:
        """None for a record that was cut off before its first line was whole: nothing was sent yet."""
        with self._disk(path.parent):
            lines = read(path).lines
            if not lines:
                return None
            return replay.replay(path.stem, lines, str(path))

    @contextmanager
    def _disk(self, folder: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Rejected(f"The record in {folder} cannot be read or written: {why}.") from error


def _who(account: Account) -> dict[str, str]:
    return {
        "account": account.username,
        "object_id": account.object_id,
        "tenant_id": account.tenant_id,
        "version": __version__,
    }
