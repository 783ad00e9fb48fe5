"""`resume` and `runs`: going on with an interrupted run, and looking at what was done."""

from __future__ import annotations

import argparse
import json

from m365backup_tui.headless.running import as_data, as_text, carry_out
from m365backup_tui.headless.sitting import Sitting, Usage
from m365backup_tui.work import applying


async def resume(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """The named run, or the newest that can go on."""
    account = await sitting.signed_in()
    run_id = arguments.run
    if not run_id:
        unfinished = sitting.tools.runs.unfinished(account.tenant_id)
        if unfinished is None:
            sitting.say("Nothing to resume: no run of this tenant was interrupted.")
            return 0
        run_id = unfinished.id
    return await carry_out(sitting, applying.resume(sitting.tools, run_id, account))


async def runs(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """All runs of the tenant, one a line; one run in full. Reads only the disk and the account of last time."""
    account = await sitting.signed_in()
    listed = sitting.tools.runs.list_runs(account.tenant_id)
    if arguments.run:
        listed = tuple(r for r in listed if r.id == arguments.run)
        if not listed:
            raise Usage(f"There is no run {arguments.run}; `m365backup-tui runs` lists them.")
    if sitting.options.json:
        print(json.dumps([as_data(r) for r in listed], indent=2, ensure_ascii=False))
        return 0
    for run in listed:
        print(f"{run.id}  {run.phase}  {run.written} of {len(run.writes)} writes  {run.record}")
        if arguments.run:
            for write in run.writes:
                print(f"  {write.outcome}: {write.write.words}  {write.request_id}")
            print("\n".join(f"  {line}" for line in as_text(run)))
    if not listed:
        sitting.say("No runs yet.")
    return 0
