"""The journal of runs on disk: `<state-dir>/<profile>/<tenant-id>/runs/<run-id>.jsonl`, behind the port `Runs`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from m365backup_tui import __version__
from m365backup_tui.domain.errors import Broken, Conflict
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.run import Run, WriteState
from m365backup_tui.domain.session import Account
from m365backup_tui.journal import anchor, log, replay
from m365backup_tui.journal.codec import to_data
from m365backup_tui.journal.record import Damaged, Writer
from m365backup_tui.journal.shelf import Shelf
from m365backup_tui.journal.tenant_locks import Meeting, TenantLocks

_TOKENS = 20  # tries for a run id that is free


class FileRuns(Shelf):
    """`state_dir` is the folder of one cloud profile; `holder` says in the lock what this process is ("wizard").

    `meeting`: where runs of other people of this computer are met; None where the tenant is this folder's alone.
    Disk trouble is raised as Rejected, naming the folder; a record that was tampered with as Broken.
    `begin` and `reopen` take as long as the plan is big, so callers on a loop run them in a thread.
    """

    def __init__(
        self,
        state_dir: Path,
        holder: str,
        token: Callable[[], str] = lambda: secrets.token_hex(2),
        meeting: Meeting | None = None,
    ) -> None:
        super().__init__(state_dir)
        self._token = token
        self._locks = TenantLocks(self._tenant, holder, meeting)
        self._writers: dict[str, Writer] = {}
        self._remarks: dict[str, tuple[str, ...]] = {}
        self._stop = False

    # --- one run ----------------------------------------------------------------------------------------------

    def begin(self, plan: Plan, account: Account, at: datetime) -> str:
        self._stop = False
        folder = self._tenant(plan.tenant_id)
        with self._disk(folder):
            remarks = self._locks.take(plan.tenant_id, at)
            try:
                writer = self._new_record(folder / "runs", at)
                try:
                    facts = {**_who(account), "remarks": list(remarks), "plan": to_data(plan)}
                    writer.append(replay.BEGIN, at, facts)
                    self._mark(writer, at)
                except OSError:
                    writer.path.unlink(missing_ok=True)
                    raise
            except BaseException:
                self._locks.give_back(plan.tenant_id)
                raise
        run_id = writer.path.stem
        self._writers[run_id], self._remarks[run_id] = writer, remarks
        return run_id

    def reopen(self, run_id: str, account: Account, at: datetime) -> Run:
        self._stop = False
        path = self._find(run_id)
        tenant = path.parent.parent.name
        if tenant.lower() != account.tenant_id.lower():
            raise Conflict(f"Run {run_id} belongs to another tenant than the one you signed in to.")
        with self._disk(path.parent):
            remarks = self._locks.take(tenant, at)
            try:
                known = anchor.anchors(path.parent.parent, run_id)
                writer, chain = Writer.reopen(path, lambda found: anchor.too_short(known, found))
                before = replay.replay(run_id, chain.lines, str(path))
                writer.append(replay.RESUME, at, {**_who(account), "remarks": list(remarks)})
                self._mark(writer, at)
            except Damaged as error:
                self._locks.give_back(tenant)
                raise Broken(
                    f"The record of the run is damaged: {error}. It cannot go on; a new plan can: it begins from what "
                    "the tenant holds now."
                ) from error
            except BaseException:
                self._locks.give_back(tenant)
                raise
        self._writers[run_id], self._remarks[run_id] = writer, remarks
        return before

    def intend(self, run_id: str, write_id: str, at: datetime) -> None:
        writer = self._writer(run_id)
        if self._locks.lost(writer.path.parent.parent.name):
            raise Conflict(
                "The lock of this run is not ours any more: another computer took over while this one gave no sign of "
                "life, or somebody removed it."
            )
        self._append(run_id, replay.INTEND, at, {"write": write_id})

    def outcome(self, run_id: str, state: WriteState, at: datetime) -> None:
        self._append(run_id, replay.OUTCOME, at, replay.outcome_facts(state))

    def end(self, run: Run, at: datetime) -> None:
        """Gives the lock back even when the closing record cannot be written: the run then counts as interrupted."""
        try:
            self._append(run.id, replay.END, at, replay.end_facts(run))
            with self._disk(self._tenant(run.plan.tenant_id)):
                self._mark(self._writers[run.id], at)
        finally:
            self._writers.pop(run.id, None)
            self._locks.give_back(run.plan.tenant_id)

    def close(self) -> None:
        """Gives every lock back and writes nothing: the runs that were open count as interrupted."""
        self._writers.clear()
        self._locks.close()

    def remarks(self, run_id: str) -> tuple[str, ...]:
        """What a person should know about the lock of a run that was begun or reopened here: taken over from whom,
        what cannot be seen. It stands in the record too."""
        return self._remarks.get(run_id, ())

    def holder(self, tenant_id: str) -> str:
        """Who else seems to be at work on the tenant, in words; "" for nobody. Cheap; `begin` has the last word."""
        return self._locks.holder(self._tenant(tenant_id).name)

    # --- beside runs ------------------------------------------------------------------------------------------

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

    def _writer(self, run_id: str) -> Writer:
        writer = self._writers.get(run_id)
        if writer is None:
            raise Broken(f"Run {run_id} is not open here.")
        return writer

    def _append(self, run_id: str, kind: str, at: datetime, facts: Mapping[str, Any]) -> None:
        writer = self._writer(run_id)
        with self._disk(writer.path.parent):
            writer.append(kind, at, facts)

    def _mark(self, writer: Writer, at: datetime) -> None:
        """Raises OSError."""
        folder = writer.path.parent.parent
        anchor.mark(folder, writer.path.stem, writer.number, writer.end, at)


def _who(account: Account) -> dict[str, str]:
    return {
        "account": account.username,
        "object_id": account.object_id,
        "tenant_id": account.tenant_id,
        "version": __version__,
    }
