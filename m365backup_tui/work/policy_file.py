"""Policy files: read, guarded, and from a file to the drafts that are still missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from m365backup_tui.domain.azure import Subscription
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.nearest import nearest_word
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import FileProblem, PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.wish_drafts import Compared, compare
from m365backup_tui.domain.wished import TenantNow, Wished
from m365backup_tui.ports import Tools
from m365backup_tui.work import lists
from m365backup_tui.work.planning import apart
from m365backup_tui.work.wish_lines import lines_of
from m365backup_tui.work.wish_reading import read_side_by_side


def load(path: Path) -> PolicyFile | tuple[FileProblem, ...]:
    """Reads and checks the file alone; nothing is looked up."""
    try:
        return parse(lists.read_bytes(path), str(path))
    except Rejected as error:
        return (FileProblem(str(path), 1, "file", error.what),)


async def list_problems(file: PolicyFile) -> tuple[FileProblem, ...]:
    """What is wrong with the lists beside the file; nothing is looked up."""
    with_lists = (wish for wish in file.policies if wish.sources or wish.remove_sources)
    return tuple([p for wish in with_lists for p in (await lines_of(file, wish)).problems])


def guard(file: PolicyFile, account: Account) -> FileProblem | None:
    """The file is for another tenant than the one signed in to."""
    domain = account.username.rpartition("@")[2]
    known = {account.tenant_id.casefold(), account.tenant_name.casefold(), domain.casefold()}
    if not file.tenant or file.tenant.casefold() in known:
        return None
    rule = (
        f"The file is for “{file.tenant}”; you are signed in to “{account.tenant_name or domain}”."
    )
    return FileProblem(file.name, file.tenant_line, "tenant", rule)


def find_subscription(
    file: PolicyFile, subscriptions: Sequence[Subscription]
) -> Subscription | FileProblem | None:
    """The subscription that the file names; None without a billing part."""
    if file.billing is None:
        return None
    wanted = file.billing.subscription.casefold()
    found = [s for s in subscriptions if wanted in (s.name.casefold(), s.id.casefold())]
    if len(found) == 1:
        return found[0]
    line, place = file.billing.line_of("subscription"), "billing.subscription"
    if found:
        rule = (
            f"{len(found)} subscriptions are called “{file.billing.subscription}”: give one of them another name in "
            "the Azure portal, or set up billing in the wizard, which tells them apart."
        )
        return FileProblem(file.name, line, place, rule)
    names = ", ".join(f"“{s.name}”" for s in subscriptions) or "none"
    rule = f"You cannot use a subscription “{file.billing.subscription}”. You can use: {names}."
    if meant := nearest_word(file.billing.subscription, [s.name for s in subscriptions]):
        rule += f" Did you mean “{meant}”?"
    return FileProblem(file.name, line, place, rule)


async def compared(
    tools: Tools, file: PolicyFile, policies: Sequence[Policy], *, thorough: bool = False
) -> tuple[Compared, tuple[Wished, ...], TenantNow]:
    """What is still to be done for the tenant to be as the file says, and what that was found out from, for whoever
    wants to know more of the difference (`thorough`: see `read_side_by_side`). Raises CloudError.

    Adds only what is missing, removes only what stands under `remove` or, with `exact`, what is not named; never
    renames.
    """
    wished, now = await read_side_by_side(tools, file, policies, thorough=thorough)
    return await apart(lambda: compare(wished, now)), wished, now
