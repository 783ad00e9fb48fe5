"""What a quick edit begins with: the policies as they were seen last, where the sign-in of then may still hold."""

from __future__ import annotations

from m365backup_tui import last_seen_file, last_seen_names, progress
from m365backup_tui.domain.last_seen import SeenPolicies, policy_named
from m365backup_tui.domain.products import Product
from m365backup_tui.options import Options
from m365backup_tui.state import Answers, Opened, Remote, Seen, State
from m365backup_tui.steps import StepId


def first_state(options: Options, blank: State) -> State:
    """Where a quick edit begins: at the policies as they were seen last, if the sign-in of then may still hold and
    what the command line names is among them; else `blank`. Blocks for some milliseconds; there is no screen yet."""
    folder = options.folder / options.place
    key = last_seen_names.last_account(folder)
    seen = last_seen_file.read_policies(folder, key) if key else None
    if seen is None or not seen.opens_alone or not _same_tenant(options, seen):
        return blank
    service, name = options.opens
    policy = policy_named(seen.policies, Product(service), name) if service and name else None
    if name and policy is None:
        return blank
    kept = folder / "progress.json"
    whose = progress.known_account(kept)
    if progress.has_logs(kept) or not (whose is None or whose.same_as(seen.account)):
        return blank
    opened: Remote[Opened] = Remote()
    if policy is not None:
        held = last_seen_file.read_units(folder, seen.account.key, policy.id)
        if held is None:
            return blank
        opened = Remote(Opened(policy, held.units, held.left_out), held.at)
    left = progress.load(kept, seen.account) if whose else None
    return State(
        at=StepId.POLICIES,
        history=(StepId.SIGN_IN, StepId.PERMISSIONS),
        started=True,
        quick=True,
        wanted=blank.wanted,
        place=blank.place,
        known=seen.account,
        seen=Seen(seen.account, seen.at),
        policies=Remote(seen.policies, seen.at),
        opened=opened,
        answers=left.answers if left else Answers(),
        drafts=left.drafts if left else (),
    )


def _same_tenant(options: Options, seen: SeenPolicies) -> bool:
    """A tenant that the command line names has to be the one of the account's own address; else it is looked up."""
    domain = seen.account.username.rpartition("@")[2].casefold()
    return options.tenant == "organizations" or options.tenant.casefold() == domain
