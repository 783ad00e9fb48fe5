"""`plan --drift` and `--coverage`: the nightly report, which is the same every night while nothing changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from m365backup_tui.domain.drift import Drift, Kind
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.policy_file import FileProblem, PolicyFile
from m365backup_tui.domain.wished import Wished
from m365backup_tui.events import DraftPut
from m365backup_tui.headless import coverage
from m365backup_tui.headless.drift import as_data, as_text, told_as_data
from m365backup_tui.headless.ending import problems_as_data
from m365backup_tui.headless.planned import as_data as plan_as_data
from m365backup_tui.headless.planned import must_see, plan_of, policies_of
from m365backup_tui.headless.problem_lines import as_lines
from m365backup_tui.headless.sitting import Sitting, Usage
from m365backup_tui.ports import Tools
from m365backup_tui.work import drift as work
from m365backup_tui.work import policy_file, saved_plan
from m365backup_tui.work.notifications import change_for
from m365backup_tui.work.read_once import once

DIFFERENT = 4


async def check(sitting: Sitting, file: PolicyFile, output: Path | None, *, counted: bool) -> int:
    """0: no difference, 4: some. `output`: where the plan of what `apply` mends is saved, None for nowhere.

    What the tenant has otherwise is no fault of the file: an address that is gone, or held by another policy, is a
    difference here although `apply` refuses it. Everything else that is wrong with the file raises Usage.
    """
    tools = once(sitting.tools)
    policies = await policies_of(sitting, tools)
    must_see(sitting, (wish.product for wish in file.policies), policies)
    found, wished, now = await policy_file.compared(tools, file, policies, thorough=True)
    change = await change_for(tools, file.notifications)
    drift = await work.in_full(tools, found, wished, now, change)
    if wrong := _faults(found.problems, wished, drift):
        raise Usage.of(wrong)
    for note in found.notes:
        sitting.say(note)
    account = sitting.account
    made = Plan(account.tenant_id, account.tenant_name, sitting.tools.clock.now())
    if not found.problems:
        for draft in found.drafts:
            sitting.store.send(DraftPut(draft))
        made = await plan_of(sitting, tools, file.notifications)
    more = await coverage_of(sitting, counted, tools)
    if sitting.options.json:
        document = plan_as_data(made) | _document(drift, found.problems) | more
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(drift, Path(file.name).name)))
        print_coverage(sitting)
    if found.problems:
        sitting.say("`apply` refuses the file until it fits the tenant:")
        for line in as_lines(found.problems):
            sitting.say(f"  {line}")
    elif output is not None and made.writes:
        where = await asyncio.to_thread(saved_plan.keep, output, made)
        sitting.say(f"The plan is in {where}; `m365backup-tui apply {where}` carries it out.")
    return DIFFERENT if drift.differences or made.writes else 0


async def coverage_of(
    sitting: Sitting, wanted: bool, tools: Tools | None = None
) -> dict[str, object]:
    """`coverage` as a key of a document; nothing where it is not wanted. Raises CloudError."""
    return {"coverage": coverage.as_data(await coverage.read(sitting, tools))} if wanted else {}


def print_coverage(sitting: Sitting) -> None:
    """As text, below a report; nothing with --json, or where nothing was counted."""
    counted = sitting.state.coverage.value
    if counted is not None and not sitting.options.json:
        print("\n".join(["", *coverage.as_text(counted)]))


def _document(drift: Drift, problems: Sequence[FileProblem]) -> dict[str, object]:
    return {
        "differences": as_data(drift),
        "left_alone": drift.left,
        "without_new_backups": told_as_data(drift),
        "problems": problems_as_data(problems),
    }


def _faults(
    problems: Sequence[FileProblem], wished: Sequence[Wished], drift: Drift
) -> list[FileProblem]:
    """Problems that no difference tells of."""
    kinds = (Kind.UNKNOWN_ADDRESS, Kind.UNIT_ELSEWHERE, Kind.UNIT_MISSING)
    told = {(one.product, one.what) for one in drift.differences if one.kind in kinds}
    heads = {
        (meant.spot.file, meant.spot.line, meant.address)
        for wish in wished
        for meant in wish.adds
        if (wish.product, meant.address) in told
    }
    return [p for p in problems if (p.file, p.line, p.rule.partition(": ")[0]) not in heads]
