"""Drafts as the pages of policies need them: which one, which names are free, how much is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from m365backup_tui.domain.cost import Cost, estimate, size_words
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.views.rule_words import rule_marks
from m365backup_tui.state import State


def draft_named(state: State, key: str) -> Draft | None:
    """The draft with this key, if it is (still) there."""
    return next((d for d in state.drafts if d.key == key), None)


def draft_for(state: State, policy: Policy) -> Draft:
    """What is wanted of an existing policy so far; an empty draft when nothing is."""
    blank = Draft(policy.product, policy.name, policy.id, policy.name)
    return draft_named(state, blank.key) or blank


def other_names(state: State, product: Product, key: str) -> tuple[str, ...]:
    """Names of this product that are taken, the draft `key` aside: policies as they will be called, and drafts."""
    drafted = {d.policy_id for d in state.drafts if d.policy_id}
    kept = [
        p.name
        for p in state.policies.value or ()
        if p.product is product and p.id not in drafted and f"{product}:{p.id}" != key
    ]
    return (*kept, *(d.name for d in state.drafts if d.product is product and d.key != key))


def free_name(state: State, product: Product) -> str:
    """A name that nobody uses yet: `OneDrive`, `OneDrive 2`, ..."""
    taken = {name.strip().casefold() for name in other_names(state, product, "")}
    number, name = 1, product.label
    while name.casefold() in taken:
        number += 1
        name = f"{product.label} {number}"
    return name


def amount_words(product: Product, units: Iterable[Candidate]) -> str:
    """`3 accounts, 41.2 GB`; what has no known size is said, never guessed."""
    return tally_words(product, estimate(unit.size for unit in units))


def tally_words(product: Product, total: Cost) -> str:
    """The same from a sum that is known already."""
    if not total.known + total.unknown:
        return f"no {product.units} yet"
    words = product.amount(total.known + total.unknown)
    if not total.known:
        return f"{words}, size unknown"
    words = f"{words}, {size_words(total.known_bytes)}"
    return f"{words} and {total.unknown:,} of unknown size" if total.unknown else words


def change_words(draft: Draft) -> str:
    """What a draft asks of a policy: `+3 -1, call it “All”, pause`."""
    renamed = f"call it “{draft.name.strip()}”" if _renamed(draft) else ""
    return ", ".join(
        part for part in (_counts(draft), rule_marks(draft), renamed, _power(draft)) if part
    )


def change_marks(draft: Draft) -> str:
    """The same for a narrow column: `+3 -1 rename pause`."""
    renamed = "rename" if _renamed(draft) else ""
    return " ".join(
        part for part in (_counts(draft), rule_marks(draft), renamed, _power(draft)) if part
    )


def _counts(draft: Draft) -> str:
    counts = [f"+{len(draft.add):,}"] if draft.add else []
    if draft.remove:
        counts.append(f"-{len(draft.remove):,}")
    return " ".join(counts)


def _renamed(draft: Draft) -> bool:
    return not draft.new and draft.name.strip() != draft.old_name


def _power(draft: Draft) -> str:
    match draft.power:
        case Power.PAUSE:
            return "pause"
        case Power.ACTIVATE:
            return "" if draft.new else "resume"
        case Power.DELETE:
            return "delete"
        case Power.KEEP:
            return "stays paused" if draft.new else ""


def switched(draft: Draft, policy: Policy | None) -> Draft:
    """The same draft with pause and resume (or, for a new policy, active and paused) the other way round."""
    if policy is None:
        return replace(draft, power=Power.KEEP if draft.power is Power.ACTIVATE else Power.ACTIVATE)
    if draft.power is not Power.KEEP:
        return replace(draft, power=Power.KEEP)
    paused = policy.status is PolicyStatus.INACTIVE
    return replace(draft, power=Power.ACTIVATE if paused else Power.PAUSE)


def power_words(draft: Draft, policy: Policy | None) -> str:
    """What will be with new backups once the draft is applied."""
    if policy is None:
        if draft.power is Power.ACTIVATE:
            return "Starts: it is activated when you apply"
        return "Stays paused: nothing is backed up until it is activated"
    match draft.power:
        case Power.PAUSE:
            return "Will be paused: new backups stop, the ones already made stay and stay charged"
        case Power.ACTIVATE:
            return "Will be resumed: new backups start again"
        case Power.DELETE:
            return "Will be deleted: new backups stop, the ones already made stay charged"
        case _ if policy.status is PolicyStatus.INACTIVE:
            return "Stays paused, as it is"
        case _:
            return "Stays active, as it is"
