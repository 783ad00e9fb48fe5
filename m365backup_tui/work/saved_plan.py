"""Saving a plan, and reading one that was saved: the same plan, or a sentence that says why not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.plan_file import NotAPlan, dump, looks_like_one, parse
from m365backup_tui.domain.plan_stale import differences
from m365backup_tui.domain.plan_text import as_text
from m365backup_tui.events import SAVED, Event
from m365backup_tui.journal.codec import Foreign, from_data, to_data
from m365backup_tui.ports import Tools
from m365backup_tui.work import lists, planning
from m365backup_tui.work.held import held_for_plan
from m365backup_tui.work.notifications import notifications_of
from m365backup_tui.work.policy_file_disk import write
from m365backup_tui.work.saving import saving


def save(tools: Tools, plan: Plan, path: Path) -> AsyncIterator[Event]:
    """Events on SAVED: the path of the new file, or Rejected naming it. An existing file stays."""
    return saving(tools, SAVED, "Writing the plan", lambda: keep(path, plan))


def keep(path: Path, plan: Plan, *, overwrite: bool = False) -> Path:
    """Raises Rejected naming the file."""
    return write(path, dump(to_data(plan), as_text(plan)), overwrite)


def load(path: Path) -> Plan | None:
    """The plan; None for a file that is not meant as one (a policy file). Raises Rejected naming the file."""
    data = lists.read_bytes(path)
    text = data.decode("utf-8", errors="replace")
    if not looks_like_one(text):
        return None
    try:
        return from_data(Plan, parse(text))
    except NotAPlan as error:
        raise Rejected(f"{path}: {error}") from error
    except Foreign as error:
        raise Rejected(f"{path} was saved by another version: make the plan again.") from error


async def moved_on(tools: Tools, plan: Plan) -> tuple[str, ...]:
    """What is different in the tenant since the plan was made; () when it may be applied. Only reads."""
    policies = await tools.backup.policies()
    held = await held_for_plan(tools, plan, policies)
    notified = await notifications_of(tools, plan)
    return await planning.apart(lambda: differences(plan, policies, held, notified))
