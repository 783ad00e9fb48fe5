"""From a policy file to drafts in one call, for tests of what is around it."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import FileProblem, PolicyFile
from m365backup_tui.ports import Tools
from m365backup_tui.work import policy_file


async def drafts_from_file(
    tools: Tools, file: PolicyFile, policies: Sequence[Policy]
) -> tuple[tuple[Draft, ...], tuple[FileProblem, ...]]:
    """(what is still to be done for the tenant to be as the file says, every problem on the way)."""
    found, _, _ = await policy_file.compared(tools, file, policies)
    return found.drafts, found.problems
