"""`runs`: what was done, by whom, with which request ids. Reads the disk alone: no sign-in, no network."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from m365backup_tui.domain.errors import NotFound
from m365backup_tui.domain.run import Run
from m365backup_tui.headless.evidence import chain_words, check_name, save
from m365backup_tui.headless.running import as_data, as_text
from m365backup_tui.headless.sitting import Usage
from m365backup_tui.journal.chain import Chain
from m365backup_tui.journal.evidence import chain_facts
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.options import Options

DAMAGED = 1


def runs(options: Options, wanted: str, export: Path | None) -> int:
    """All runs of this cloud, newest first, one a line; one run in full, with its chain, and as a report in `export`.
    1 when a record cannot be trusted."""
    if export is not None:
        if not wanted:
            raise Usage(
                "`--export` needs the run it is about: m365backup-tui runs RUN --export FILE"
            )
        check_name(export)
    journal = FileRuns(options.folder / options.place, "m365backup-tui runs")
    listed: list[Run] = []
    damaged: list[str] = []
    for tenant in journal.tenants():
        found, broken = journal.survey(tenant, wanted)
        listed += found
        damaged += broken
    listed.sort(key=lambda run: run.id, reverse=True)
    chain = None
    if wanted:
        chain = _chain(journal, wanted)
        if chain is None or not (listed or damaged):
            raise Usage(f"There is no run {wanted} here; `m365backup-tui runs` lists them.")
        if export is not None:
            save(export, journal.evidence(wanted, datetime.now(UTC)))
            print(f"The evidence report is in {export}.", file=sys.stderr)
    _show(options, listed, chain)
    for sentence in damaged:
        print(f"Damaged: {sentence}", file=sys.stderr)
    if not listed and not damaged:
        print(f"No runs yet in {options.folder}.", file=sys.stderr)
    return DAMAGED if damaged or (chain and chain.breaks) else 0


def _chain(journal: FileRuns, run_id: str) -> Chain | None:
    try:
        return journal.chain(run_id)
    except NotFound:
        return None


def _show(options: Options, listed: list[Run], chain: Chain | None) -> None:
    if options.json:
        proof = {"chain": chain_facts(chain)} if chain else {}
        print(json.dumps([as_data(r) | proof for r in listed], indent=2, ensure_ascii=False))
        return
    for run in listed:
        _print(run, in_full=chain is not None)
    if chain:
        print("\n".join(f"  {line}" for line in chain_words(chain)))


def _print(run: Run, *, in_full: bool) -> None:
    written = f"{run.written} of {len(run.writes)} writes"
    print(f"{run.id}  {run.phase}  {written}  {run.account}  {run.record}")
    if not in_full:
        return
    for state in run.writes:
        print(f"  {state.outcome}: {state.write.words}  {state.request_id}".rstrip())
    print("\n".join(f"  {line}" for line in as_text(run)))
