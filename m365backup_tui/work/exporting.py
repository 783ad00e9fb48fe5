"""From the tenant to a policy file: what it has, with the waiting drafts carried out, and the file on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import (
    BillingWish,
    Entry,
    PolicyFile,
    PolicyWish,
    Wanted,
)
from m365backup_tui.domain.policy_file_writing import dump
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import UnitStatus
from m365backup_tui.events import SAVED, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools
from m365backup_tui.state import State
from m365backup_tui.work.text_file import write_text


async def save(
    tools: Tools, state: State, path: Path, *, overwrite: bool = False
) -> AsyncIterator[Event]:
    """Events on SAVED: the path of the policy file: what the tenant has now, with the waiting drafts carried out.
    An existing file stays."""
    yield Began(SAVED, tools.clock.now(), "Reading the policies for the file")
    try:
        file, comments = await from_tenant(tools, billing_of(state))
        file = with_drafts(file, state.drafts)
        where = state.signed_in.account.tenant_name if state.signed_in else ""
        head = [f"Made from tenant {where}." if where else "Made from a tenant.", *comments]
        head += [*_unsaid(state.drafts), "To guard against another one, add: tenant: <its domain>"]
        written = await asyncio.to_thread(_keep, path, file, head, overwrite)
    except CloudError as error:
        yield Broke(SAVED, error)
        return
    yield Arrived(SAVED, str(written), tools.clock.now())


def _keep(path: Path, file: PolicyFile, head: Sequence[str], overwrite: bool) -> Path:
    return write(path, dump(file, head), overwrite)


def _unsaid(drafts: Sequence[Draft]) -> list[str]:
    """What of the drafts a policy file has no word for."""
    said = [
        (draft.name.strip(), words)
        for draft in drafts
        for words in (
            *(rule.words for rule in draft.rules),
            *(run.words for run in draft.run_rules),
            *(end.words for end in draft.end_rules),
        )
    ]
    return [f"Not in this file: “{name}”: {words}." for name, words in said]


async def from_tenant(
    tools: Tools, billing: BillingWish | None = None
) -> tuple[PolicyFile, tuple[str, ...]]:
    """(the tenant's policies as a file, remarks on what a file cannot say)."""
    wishes: list[PolicyWish] = []
    remarks: list[str] = []
    for policy in await tools.backup.policies():
        units = await tools.backup.units(policy.product, policy.id)
        kept = [u for u in units if u.status is not UnitStatus.REMOVE_REQUESTED]
        by_hand = [u for u in kept if not u.by_rule]
        if len(by_hand) < len(kept):
            count = policy.product.amount(len(kept) - len(by_hand))
            remarks.append(f"“{policy.name}” has {count} more through a dynamic rule.")
        paused = policy.status is PolicyStatus.INACTIVE
        entries = sorted({u.address or u.key for u in by_hand}, key=str.casefold)
        wishes.append(
            PolicyWish(
                policy.product,
                policy.name,
                Wanted.PAUSED if paused else Wanted.ACTIVE,
                tuple(Entry(e) for e in entries),
            )
        )
    return PolicyFile(tuple(wishes), billing=billing), tuple(remarks)


def with_drafts(file: PolicyFile, drafts: Sequence[Draft]) -> PolicyFile:
    """The file as the tenant would be after the drafts."""
    wishes = {(w.product, w.name.casefold()): w for w in file.policies}
    _move_out(wishes, drafts)
    for draft in drafts:
        old = (draft.product, (draft.old_name or draft.name).casefold())
        if draft.power is Power.DELETE:
            wishes.pop(old, None)
            continue
        wish = wishes.get(old) or PolicyWish(draft.product, draft.name, Wanted.PAUSED)
        gone = {name for unit in draft.remove for name in (unit.address, unit.key)}
        kept = [entry for entry in wish.units if entry.address not in gone]
        added = [Entry(unit.address or unit.key) for unit in draft.add]
        power = {Power.ACTIVATE: Wanted.ACTIVE, Power.PAUSE: Wanted.PAUSED}
        wishes[old] = replace(
            wish,
            name=draft.name.strip(),
            state=power.get(draft.power, wish.state),
            units=tuple(dict.fromkeys([*kept, *added])),
        )
    return replace(file, policies=tuple(wishes.values()))


def _move_out(wishes: dict[tuple[Product, str], PolicyWish], drafts: Sequence[Draft]) -> None:
    """Units that a draft takes from another policy are not in that one any more."""
    gone: dict[tuple[Product, str], set[str]] = {}
    for draft in drafts:
        for unit in draft.add:
            if unit.policy:
                key = (draft.product, unit.policy.casefold())
                gone.setdefault(key, set()).update((unit.address, unit.key))
    for key, names in gone.items():
        if wish := wishes.get(key):
            kept = tuple(entry for entry in wish.units if entry.address not in names)
            wishes[key] = replace(wish, units=kept)


def billing_of(state: State) -> BillingWish | None:
    """What was chosen for billing, by name; None where nothing was."""
    answers, chosen = state.answers, state.chosen_subscription
    if chosen is None or not (answers.group and answers.region):
        return None
    return BillingWish(chosen.name, answers.group, answers.region, answers.node)


def write(path: Path, text: str, overwrite: bool = False) -> Path:
    """The path written to, `~` resolved. Raises Rejected naming the file."""
    return write_text(path, text, 0o644, overwrite=overwrite)
