"""`plan` and `apply`: a policy file, through the same plan and the same run as in the wizard."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from m365backup_tui.domain.drift import Drift
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.events import DraftPut
from m365backup_tui.headless import nightly
from m365backup_tui.headless.billing import make_sure_it_is_on
from m365backup_tui.headless.drift import left_alone
from m365backup_tui.headless.planned import (
    carried_out,
    must_be_on,
    must_see,
    plan_of,
    policies_of,
    print_plan,
    with_backup,
)
from m365backup_tui.headless.sitting import Sitting, Usage
from m365backup_tui.work import drift as drift_work
from m365backup_tui.work import policy_file, saved_plan
from m365backup_tui.work.read_once import once

CHANGES = 4
NOTHING = "Nothing to change: what the file asks for is there."


async def plan(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0: nothing to change, 4: there are changes. Writes nothing to the tenant, nor to Azure.

    Of a saved plan: 4 when it can still be applied, 1 when the tenant has moved on since.
    """
    if str(arguments.output) == "-":
        raise Usage("-o -: name the file that the plan is to be saved in.")
    if arguments.output is not None and arguments.output.exists():
        raise Usage(f"-o {arguments.output}: it exists already. Choose another name.")
    kept = _saved(arguments.file)
    if kept is not None:
        if arguments.drift or arguments.coverage:
            raise Usage(
                f"{arguments.file} is a saved plan: --drift and --coverage take a policy file."
            )
        await with_backup(sitting)
        return await _look_at(sitting, kept)
    file = _read(arguments.file)
    await sitting.checked()
    await _guard(sitting, file)
    must_be_on(sitting)
    if arguments.drift:
        return await nightly.check(sitting, file, arguments.output, counted=arguments.coverage)
    made, drift = await _planned(sitting, file)
    more = {"left_alone": drift.left} | await nightly.coverage_of(sitting, arguments.coverage)
    print_plan(sitting, made, more)
    nightly.print_coverage(sitting)
    if not made.writes:
        sitting.say(NOTHING)
    if line := left_alone(drift):
        sitting.say(line)
    if arguments.output is not None and made.writes:
        where = await asyncio.to_thread(saved_plan.keep, arguments.output, made)
        sitting.say(f"The plan is in {where}; `m365backup-tui apply {where}` carries it out.")
    return CHANGES if made.writes else 0


async def _look_at(sitting: Sitting, kept: Plan) -> int:
    """A saved plan, beside the tenant as it is now."""
    _same_tenant(sitting, kept)
    print_plan(sitting, kept)
    found = await saved_plan.moved_on(sitting.tools, kept)
    for line in found:
        sitting.say(line)
    if found:
        sitting.say("The tenant has moved on since this plan was made: make the plan again.")
        return 1
    return CHANGES if kept.writes else 0


async def apply(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """From the file to protected units: billing where it is missing, then the policies. A saved plan is carried out
    as it is, and refused when the tenant has moved on since."""
    made = _saved(arguments.file)
    if made is None:
        file = _read(arguments.file)
        await sitting.checked()
        await _guard(sitting, file)
        await make_sure_it_is_on(sitting, file)
        made, _ = await _planned(sitting, file)
    else:
        await sitting.checked()
        _same_tenant(sitting, made)
    return await carried_out(sitting, made, NOTHING)


def _saved(path: Path) -> Plan | None:
    """The saved plan in the file; None when it is a policy file."""
    try:
        return saved_plan.load(path)
    except Rejected as error:
        raise Usage(error.what) from error


def _same_tenant(sitting: Sitting, made: Plan) -> None:
    if made.tenant_id.lower() != sitting.account.tenant_id.lower():
        raise Usage(
            f"The plan is for {made.tenant_name or made.tenant_id}; you are signed in to "
            f"{sitting.account.tenant_name or sitting.account.tenant_id}."
        )


def _read(path: Path) -> PolicyFile:
    file = policy_file.load(path)
    if not isinstance(file, PolicyFile):
        raise Usage.of(file)
    return file


async def _guard(sitting: Sitting, file: PolicyFile) -> None:
    if problem := policy_file.guard(file, sitting.account):
        raise Usage.of([problem])
    # While Backup is off nothing is compared yet: a list that is missing is told before billing is written.
    if not sitting.state.backup_on and (problems := await policy_file.list_problems(file)):
        raise Usage.of(problems)


async def _planned(sitting: Sitting, file: PolicyFile) -> tuple[Plan, Drift]:
    """The plan, and what it leaves alone, as far as that was seen."""
    tools = once(sitting.tools)
    policies = await policies_of(sitting, tools)
    must_see(sitting, (wish.product for wish in file.policies), policies)
    found, wished, now = await policy_file.compared(tools, file, policies)
    for note in found.notes:
        sitting.say(note)
    if found.problems:
        raise Usage.of(found.problems)
    for draft in found.drafts:
        sitting.store.send(DraftPut(draft))
    made = await plan_of(sitting, tools, file.notifications)
    return made, await drift_work.at_a_glance(found, wished, now)
