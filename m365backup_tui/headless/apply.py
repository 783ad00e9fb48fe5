"""`plan` and `apply`: a policy file, through the same plan and the same run as in the wizard."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.plan_text import as_text
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.events import DraftPut
from m365backup_tui.headless.billing import make_sure_it_is_on
from m365backup_tui.headless.running import carry_out
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.state import State
from m365backup_tui.work import applying, browse, planning, policy_file, saved_plan

CHANGES = 4


async def plan(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0: nothing to change, 4: there are changes. Writes nothing to the tenant, nor to Azure.

    Of a saved plan: 4 when it can still be applied, 1 when the tenant has moved on since.
    """
    if arguments.output is not None and arguments.output.exists():
        raise Usage(f"-o {arguments.output}: it exists already. Choose another name.")
    kept = _saved(arguments.file)
    if kept is not None:
        await _with_backup(sitting)
        return await _look_at(sitting, kept)
    file = _read(arguments.file)
    await _with_backup(sitting, file)
    made = await _planned(sitting, file)
    _print(sitting, made)
    if arguments.output is not None and made.writes:
        where = await asyncio.to_thread(saved_plan.keep, arguments.output, made)
        sitting.say(f"The plan is in {where}; `m365backup-tui apply {where}` carries it out.")
    return CHANGES if made.writes else 0


async def _with_backup(sitting: Sitting, file: PolicyFile | None = None) -> None:
    """Signed in to the tenant that the file is for, and Backup is on there."""
    state = await sitting.checked()
    if file is not None:
        _guard(sitting, file)
    if not state.backup_on:
        raise SomebodyMustAct(
            "Microsoft 365 Backup is not turned on yet, so there are no policies to compare with. "
            "`apply` prepares billing and prints what to do in the admin center."
        )


async def _look_at(sitting: Sitting, kept: Plan) -> int:
    """A saved plan, beside the tenant as it is now."""
    _same_tenant(sitting, kept)
    _print(sitting, kept)
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
        _guard(sitting, file)
        await make_sure_it_is_on(sitting, file)
        made = await _planned(sitting, file)
    else:
        await sitting.checked()
        _same_tenant(sitting, made)
    if not made.writes:
        _print(sitting, made)
        sitting.say("Nothing to change: the tenant is as the file says.")
        return 0
    for line in as_text(made):
        sitting.say(line)
    if not sitting.confirm("Carry this out?"):
        sitting.say("Nothing was written.")
        return 1
    account = sitting.account
    return await carry_out(sitting, applying.apply(sitting.tools, made, account))


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


def _guard(sitting: Sitting, file: PolicyFile) -> None:
    if problem := policy_file.guard(file, sitting.account):
        raise Usage.of([problem])


async def _planned(sitting: Sitting, file: PolicyFile) -> Plan:
    state = await sitting.do(browse.load_policies(sitting.tools))
    if state.policies.error is not None:
        raise state.policies.error
    drafts, problems = await policy_file.drafts_from_file(
        sitting.tools, file, state.policies.value or ()
    )
    if problems:
        raise Usage.of(problems)
    for draft in drafts:
        sitting.store.send(DraftPut(draft))
    return await _plan_of(sitting, sitting.state)


async def _plan_of(sitting: Sitting, state: State) -> Plan:
    state = await sitting.do(planning.make(sitting.tools, state))
    if state.plan.error is not None:
        raise state.plan.error
    assert state.plan.value is not None  # noqa: S101 - a plan or an error, nothing else
    return state.plan.value


def _print(sitting: Sitting, made: Plan) -> None:
    if sitting.options.json:
        print(json.dumps(as_data(made), indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(made)))


def as_data(made: Plan) -> dict[str, object]:
    """The shape that scripts rely on (command-line page)."""
    return {
        "changes": [
            {
                "service": str(c.product),
                "policy": c.policy,
                "change": {"+": "create", "~": "change", "-": "delete"}[c.sign],
                "adds": c.adds,
                "removes": c.removes,
                "moves": c.moves,
                "rules": c.rules,
                "effects": list(c.effects),
                "warnings": list(c.warnings),
            }
            for c in made.changes
        ],
        "requests": made.requests,
        "effects": [effect for c in made.changes for effect in (*c.effects, *c.warnings)],
        "cost": {
            "usd_per_month_from": round(made.cost.low, 2),
            "usd_per_month_to": round(made.cost.high, 2),
            "known_bytes": made.cost.known_bytes,
            "units_of_unknown_size": made.cost.unknown,
        },
        "minutes_to_first_restore_points": [made.duration.low, made.duration.high],
    }
