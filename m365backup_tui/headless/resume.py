"""`resume`: going on with an interrupted run."""

from __future__ import annotations

import argparse
import asyncio
import json

from m365backup_tui.domain.errors import NotFound
from m365backup_tui.headless.running import NO_RUN, carry_out
from m365backup_tui.headless.sitting import Sitting, Usage
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.work import applying


async def resume(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """The named run, or the newest that can go on."""
    wanted = arguments.run
    account = await sitting.signed_in()
    journal = sitting.tools.runs
    if wanted:
        try:
            journal.path(wanted)
        except NotFound:
            raise Usage(
                f"There is no run {wanted} here; `m365backup-tui runs` lists them."
            ) from None
    else:
        unfinished = await asyncio.to_thread(journal.unfinished, account.tenant_id)
        shelf = FileRuns(sitting.folder, "")
        for damaged in await asyncio.to_thread(shelf.damaged, account.tenant_id):
            sitting.say(f"Damaged, and left alone: {damaged}")
        if unfinished is None:
            sitting.say("Nothing to resume: no run of this tenant was interrupted.")
            if sitting.options.json:
                print(json.dumps(NO_RUN, indent=2))
            return 0
        wanted = unfinished.id
    return await carry_out(sitting, applying.resume(sitting.tools, wanted, account))
