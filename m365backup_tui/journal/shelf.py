"""The records of past runs: found, read, judged; nothing here writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from m365backup_tui.domain.errors import Broken, NotFound, Rejected
from m365backup_tui.domain.run import Outcome, Run, RunPhase
from m365backup_tui.journal import anchor, evidence, replay
from m365backup_tui.journal.chain import Chain, inspect, last_line
from m365backup_tui.journal.record import Damaged, read

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
_TENANT = re.compile(r"[0-9A-Za-z.\-]{1,64}")
_GOES_ON = (RunPhase.WRITING, RunPhase.WATCHING, RunPhase.STOPPED)


class Shelf:
    """`state_dir` is the folder of one cloud profile. Disk trouble is raised as Rejected, naming the folder."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir

    def unfinished(self, tenant_id: str) -> Run | None:
        """The newest run that did something or was cut off. Refused before anything was sent counts as nothing.

        Reads the last line of finished runs only, however long their records are.
        """
        for path in self._records(tenant_id):
            if (did := self._closed(path)) is not None:
                if did:
                    return None
                continue
            try:
                run = self._replay(path)
            except Damaged:
                continue
            if run is None:
                continue
            if run.phase in _GOES_ON:
                return run
            if any(w.outcome is not Outcome.WAITING for w in run.writes):
                return None
        return None

    def list_runs(self, tenant_id: str) -> tuple[Run, ...]:
        """Newest first. Damaged records are left out; `damaged` names them."""
        return self.survey(tenant_id)[0]

    def damaged(self, tenant_id: str) -> tuple[str, ...]:
        """One sentence for each record that cannot be trusted."""
        return self.survey(tenant_id)[1]

    def survey(self, tenant_id: str, only: str = "") -> tuple[tuple[Run, ...], tuple[str, ...]]:
        """`list_runs` and `damaged` in one go: every record is read whole, or that of the run `only`."""
        runs: list[Run] = []
        damaged: list[str] = []
        for path in self._records(tenant_id):
            if only not in ("", path.stem):
                continue
            try:
                run = self._replay(path)
            except Damaged as error:
                damaged.append(f"{path}: {error}.")
                continue
            if run is not None:
                runs.append(run)
        return tuple(runs), tuple(damaged)

    def chain(self, run_id: str) -> Chain:
        """Whether the run's record is as it was written, and as the tenant's log knows it.

        Raises NotFound, and Rejected when it cannot be read.
        """
        path = self._find(run_id)
        with self._disk(path.parent):
            found = inspect(path.read_bytes())
            known = anchor.anchors(path.parent.parent, run_id)
        return replace(found, breaks=(*found.breaks, *anchor.faults(known, found)))

    def evidence(self, run_id: str, at: datetime) -> dict[str, Any]:
        """What the run's record proves, as JSON data, of a broken record too. Raises as `chain` does."""
        path = self._find(run_id)
        with self._disk(path.parent):
            known = anchor.anchors(path.parent.parent, run_id)
        return evidence.evidence(run_id, str(path), self.chain(run_id), at, len(known))

    def tenants(self) -> tuple[str, ...]:
        """Tenant ids with a folder here."""
        if not self._root.is_dir():
            return ()
        return tuple(sorted(p.name for p in self._root.iterdir() if (p / "runs").is_dir()))

    def path(self, run_id: str) -> str:
        return str(self._find(run_id))

    def _tenant(self, tenant_id: str) -> Path:
        if not _TENANT.fullmatch(tenant_id) or tenant_id.startswith("."):
            raise Broken("The tenant id has characters that no tenant id has.")
        return self._root / tenant_id.lower()

    def _find(self, run_id: str) -> Path:
        if _RUN_ID.fullmatch(run_id):
            for path in self._root.glob(f"*/runs/{run_id}.jsonl"):
                return path
        raise NotFound(f"There is no run {run_id} here.")

    def _records(self, tenant_id: str) -> list[Path]:
        return sorted((self._tenant(tenant_id) / "runs").glob("*.jsonl"), reverse=True)

    def _closed(self, path: Path) -> bool | None:
        """Of a run that ended and has nothing left to resume: whether it did anything. None for any other."""
        with self._disk(path.parent):
            line = last_line(path)
        if line is None or line.kind != replay.END:
            return None
        outcomes = line.facts.get("outcomes")
        phases = (RunPhase.DONE, RunPhase.PARTLY, RunPhase.FAILED)
        if line.facts.get("phase") not in phases or not isinstance(outcomes, dict):
            return None
        return any(outcome != Outcome.WAITING for outcome in outcomes.values())

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
