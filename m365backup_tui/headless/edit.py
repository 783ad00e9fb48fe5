"""`edit SERVICE POLICY` with what to change in the same line: named, planned, shown, agreed to, carried out."""

from __future__ import annotations

import argparse

from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import FileProblem, Wanted
from m365backup_tui.domain.products import Product
from m365backup_tui.events import DraftPut
from m365backup_tui.headless.planned import agreed, must_see, policies_of, with_backup
from m365backup_tui.headless.sitting import Sitting, Usage
from m365backup_tui.work import quick_edit
from m365backup_tui.work.quick_edit import Edit


async def edit(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0: done, or nothing to change. 2: a name that means nothing or several things; nothing was sent."""
    wanted = _asked(arguments)
    await with_backup(sitting)
    policies = await policies_of(sitting)
    must_see(sitting, [wanted.product], policies)
    policy = quick_edit.find_policy(wanted, policies)
    if not isinstance(policy, Policy):
        raise Usage(policy)
    found = await quick_edit.draft_for(sitting.tools, wanted, policy, policies)
    for note in found.notes:
        sitting.say(note)
    if found.problems:
        raise Usage("\n".join(_line(p) for p in found.problems), found.problems)
    for draft in found.drafts:
        sitting.store.send(DraftPut(draft))
    return await agreed(sitting, f"Nothing to change in “{policy.name}”.")


def _asked(arguments: argparse.Namespace) -> Edit:
    """Raises Usage where it is not said which policy is meant."""
    if not arguments.service or not arguments.policy:
        what = "which policy" if arguments.service else "which service and which policy"
        raise Usage(
            f"Say {what} is to be changed: m365backup-tui edit SERVICE POLICY, with SERVICE one of exchange, "
            "onedrive or sharepoint, and the policy's name in quotation marks if it has spaces."
        )
    state = Wanted.ACTIVE if arguments.activate else Wanted.PAUSED if arguments.pause else None
    return Edit(
        Product(arguments.service),
        arguments.policy,
        tuple(arguments.add),
        tuple(arguments.remove),
        tuple(arguments.add_from),
        tuple(arguments.remove_from),
        arguments.rename or "",
        state,
    )


def _line(problem: FileProblem) -> str:
    """A problem of the command line has no file and no line."""
    return str(problem) if problem.file else f"{problem.field}: {problem.rule}"
