"""`plan` and `apply`: a policy file, through the same plan and the same run as in the wizard."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.policy_file import FileProblem, PolicyFile
from m365backup_tui.events import DraftPut
from m365backup_tui.headless.billing import make_sure_it_is_on
from m365backup_tui.headless.running import carry_out
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.state import State
from m365backup_tui.work import applying, browse, planning, policy_file

CHANGES = 4


async def plan(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0: nothing to change, 4: there are changes. Writes nothing to the tenant, nor to Azure."""
    file = _read(arguments.file)
    state = await sitting.checked()
    _guard(sitting, file)
    if not state.backup_on:
        raise SomebodyMustAct(
            "Microsoft 365 Backup is not turned on yet, so there are no policies to compare with. "
            "`apply` prepares billing and prints what to do in the admin center."
        )
    made = await _planned(sitting, file)
    _print(sitting, made)
    return CHANGES if made.writes else 0


async def apply(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """From the file to protected units: billing where it is missing, then the policies."""
    file = _read(arguments.file)
    await sitting.checked()
    _guard(sitting, file)
    await make_sure_it_is_on(sitting, file)
    made = await _planned(sitting, file)
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


def _read(path: Path) -> PolicyFile:
    file = policy_file.load(path)
    if not isinstance(file, PolicyFile):
        raise Usage(_lines(file))
    return file


def _guard(sitting: Sitting, file: PolicyFile) -> None:
    if problem := policy_file.guard(file, sitting.account):
        raise Usage(str(problem))


async def _planned(sitting: Sitting, file: PolicyFile) -> Plan:
    state = await sitting.do(browse.load_policies(sitting.tools))
    if state.policies.error is not None:
        raise state.policies.error
    drafts, problems = await policy_file.drafts_from_file(
        sitting.tools, file, state.policies.value or ()
    )
    if problems:
        raise Usage(_lines(problems))
    for draft in drafts:
        sitting.store.send(DraftPut(draft))
    return await _plan_of(sitting, sitting.state)


async def _plan_of(sitting: Sitting, state: State) -> Plan:
    state = await sitting.do(planning.make(sitting.tools, state))
    if state.plan.error is not None:
        raise state.plan.error
    assert state.plan.value is not None  # noqa: S101 - a plan or an error, nothing else
    return state.plan.value


def _lines(problems: tuple[FileProblem, ...]) -> str:
    return "\n".join(str(p) for p in problems)


def _print(sitting: Sitting, made: Plan) -> None:
    if sitting.options.json:
        print(json.dumps(as_data(made), indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(made)))


def as_text(made: Plan) -> list[str]:
    lines: list[str] = []
    for change in made.changes:
        what = "create" if change.sign == "+" else "change"
        lines.append(
            f"{change.sign} {what} {change.product.label} “{change.policy}”: "
            f"+{change.adds} -{change.removes} {change.product.units}"
        )
        lines += [f"    {text}" for text in (*change.effects, *change.warnings)]
    lines.append(f"{made.requests} requests; {made.cost.words}")
    return lines


def as_data(made: Plan) -> dict[str, object]:
    """The shape that scripts rely on (command-line page)."""
    return {
        "changes": [
            {
                "service": str(c.product),
                "policy": c.policy,
                "change": "create" if c.sign == "+" else "change",
                "adds": c.adds,
                "removes": c.removes,
                "warnings": list(c.warnings),
            }
            for c in made.changes
        ],
        "requests": made.requests,
        "effects": [effect for c in made.changes for effect in (*c.effects, *c.warnings)],
        "cost": {
            "usd_per_month_from": round(made.cost.low, 2),
            "known_bytes": made.cost.known_bytes,
            "units_of_unknown_size": made.cost.unknown,
        },
    }
