"""`runs`: what was done, by whom, with which request ids. Reads the disk alone: no sign-in, no network."""

from __future__ import annotations

import json
import sys

from m365backup_tui.domain.run import Run
from m365backup_tui.headless.running import as_data, as_text
from m365backup_tui.headless.sitting import Usage
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.options import Options

DAMAGED = 1


def runs(options: Options, wanted: str) -> int:
    """All runs of this cloud, newest first, one a line; one run in full. 1 when a record cannot be trusted."""
    journal = FileRuns(options.folder / options.place, "m365backup-tui runs")
    listed: list[Run] = []
    damaged: list[str] = []
    for tenant in journal.tenants():
        listed += journal.list_runs(tenant)
        damaged += journal.damaged(tenant)
    listed.sort(key=lambda run: run.id, reverse=True)
    if wanted:
        listed = [r for r in listed if r.id == wanted]
        damaged = [d for d in damaged if wanted in d]
        if not listed and not damaged:
            raise Usage(f"There is no run {wanted} here; `m365backup-tui runs` lists them.")
    if options.json:
        print(json.dumps([as_data(r) for r in listed], indent=2, ensure_ascii=False))
    else:
        for run in listed:
            _print(run, in_full=bool(wanted))
    for sentence in damaged:
        print(f"Damaged: {sentence}", file=sys.stderr)
    if not listed and not damaged:
        print(f"No runs yet in {options.folder}.", file=sys.stderr)
    return DAMAGED if damaged else 0


def _print(run: Run, *, in_full: bool) -> None:
    written = f"{run.written} of {len(run.writes)} writes"
    print(f"{run.id}  {run.phase}  {written}  {run.account}  {run.record}")
    if not in_full:
        return
    for state in run.writes:
        print(f"  {state.outcome}: {state.write.words}  {state.request_id}".rstrip())
    print("\n".join(f"  {line}" for line in as_text(run)))
