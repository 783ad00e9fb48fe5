"""From the tenant to a policy file: what it has, with the waiting drafts carried out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.notifications import Notifications, RecipientRole
from m365backup_tui.domain.policy_file import BillingWish, Entry, NotificationWish, PolicyFile
from m365backup_tui.domain.policy_file_drafts import unsaid, with_drafts
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.status import left_out
from m365backup_tui.events import SAVED, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools
from m365backup_tui.state import State
from m365backup_tui.work.exported_policies import Units, group_names, read_policies
from m365backup_tui.work.policy_file_disk import Kept, keep
from m365backup_tui.work.reading import caught
from m365backup_tui.work.status import billing_report


@dataclass(frozen=True, slots=True)
class Exported:
    """`remarks`: what the tenant has and the file cannot say, a sentence each. `groups`: id (lower case) -> the one
    name that it has in files. `units`: what each policy holds by hand. `unseen`: services whose policies this person is
    not shown, so that their absence says nothing."""

    file: PolicyFile
    remarks: tuple[str, ...] = ()
    groups: dict[str, str] = field(default_factory=dict)
    units: Units = field(default_factory=dict, repr=False)
    unseen: frozenset[Product] = frozenset()

    def head(self, where: str) -> list[str]:
        """The comments above the file."""
        made = f"Made from tenant {where}." if where else "Made from a tenant."
        return [made, *(f"Not in this file: {one}" for one in self.remarks)]


async def export(
    tools: Tools, account: Account | None, billing: BillingWish | None = None
) -> Exported:
    """Everything that a policy file holds, read with the sign-in as it is: nothing is asked for that it does not have.
    `billing`: what was chosen in this sitting; without it what Azure shows. Raises CloudError where the policies cannot
    be read."""
    found = await from_tenant(tools, billing)
    unseen = await _unseen(tools, {wish.product for wish in found.file.policies})
    remarks = [*found.remarks, *(f"{p.label}: {why}." for p, why in unseen.items())]
    wish = billing
    if wish is None:
        wish, words = await _billing(tools)
        remarks += [words] if words else []
    notifications = await caught(tools.backup.notifications())
    said: NotificationWish | None = None
    if isinstance(notifications, CloudError):
        remarks.append(f"the e-mail notifications. {notifications.what}")
    elif notifications.role is RecipientRole.UNKNOWN:
        remarks.append(f"the e-mail notifications: {notifications.in_full}.")
    else:
        said = notification_wish(notifications)
    guard = tenant_of(account) if account is not None else ""
    file = replace(found.file, tenant=guard, billing=wish, notifications=said)
    return replace(found, file=file, remarks=tuple(remarks), unseen=frozenset(unseen))


async def _unseen(tools: Tools, shown: Set[Product]) -> dict[Product, str]:
    """Services without a policy to show that this person's roles do not manage, and why."""
    if shown == set(ALL_PRODUCTS):
        return {}
    held = await caught(tools.directory.active_roles())
    if not isinstance(held, CloudError):
        return left_out(shown, held)
    why = f"no policy of it can be seen, and your roles could not be read. {held.what.rstrip('.')}"
    return {product: why for product in ALL_PRODUCTS if product not in shown}


async def from_tenant(tools: Tools, billing: BillingWish | None = None) -> Exported:
    """The policies alone. Raises CloudError."""
    policies = await read_policies(tools)
    return Exported(
        PolicyFile(policies.wishes, billing=billing),
        policies.remarks,
        policies.groups,
        policies.units,
    )


async def save(
    tools: Tools, state: State, path: Path, *, overwrite: bool = False
) -> AsyncIterator[Event]:
    """Events on SAVED: the path of the policy file: what the tenant has now, with the waiting drafts carried out.
    An existing file stays. Long lists become CSV files beside it."""
    yield Began(SAVED, tools.clock.now(), "Reading the policies for the file")
    try:
        account = state.signed_in.account if state.signed_in else None
        found = await export(tools, account, billing_of(state))
        wanted = [g for draft in state.drafts for rule in draft.rules for g in rule.groups]
        names = found.groups | await group_names(tools, wanted)
        file = with_drafts(found.file, state.drafts, names)
        more = tuple(f"{words}." for words in unsaid(state.drafts, names))
        found = replace(found, file=file, remarks=(*found.remarks, *more))
        head = found.head(account.tenant_name if account else "")
        kept: Kept = await keep(path, file, head, overwrite=overwrite)
    except CloudError as error:
        yield Broke(SAVED, error)
        return
    yield Arrived(SAVED, str(kept.path), tools.clock.now())


def billing_of(state: State) -> BillingWish | None:
    """What was chosen for billing, by name; None where nothing was."""
    answers, chosen = state.answers, state.chosen_subscription
    if chosen is None or not (answers.group and answers.region):
        return None
    return BillingWish(chosen.name, answers.group, answers.region, answers.node)


def tenant_of(account: Account) -> str:
    """The guard of a file: the domain of whoever made it, which `guard` of work.policy_file knows again."""
    return account.username.rpartition("@")[2] or account.tenant_name


def notification_wish(now: Notifications) -> NotificationWish:
    """As the tenant has them."""
    addresses = now.addresses if now.role is RecipientRole.CUSTOM else ()
    role = now.role if now.role is not RecipientRole.CUSTOM or addresses else None
    return NotificationWish(
        now.enabled, now.all_events, role, tuple(Entry(one) for one in addresses)
    )


async def _billing(tools: Tools) -> tuple[BillingWish | None, str]:
    """(what Azure shows, what is to be said of it). More than one, or one whose subscription has no name, is told."""
    report = await billing_report(tools)
    there = [r for r in report.resources if r.for_backup is not False]
    wishes = {
        BillingWish(report.subscription(r), r.resource_group, r.location, Node.BILLING)
        for r in there
        if report.subscription(r)
    }
    if len(wishes) == 1:
        return wishes.pop(), ""
    if wishes:
        return None, f"billing: Azure shows {len(wishes)} resources for it."
    return None, f"billing. {report.why_not or 'No billing resource is visible to you in Azure.'}"
