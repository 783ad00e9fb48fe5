"""What an earlier sitting saw of a tenant: its policies and what some of them hold. To look at, never to plan from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from m365backup_tui.domain.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m365backup_tui.domain.policies import Policy
    from m365backup_tui.domain.products import Product
    from m365backup_tui.domain.run import Run
    from m365backup_tui.domain.session import Account
    from m365backup_tui.domain.units import ProtectionUnit

UNITS_KEPT = 2_000
"""Of each policy; the rest is counted. Choice: a list that a person leafs through in the second that reading takes."""
POLICIES_KEPT = 20
"""Policies whose units are kept, the newest ones. Choice."""


@dataclass(frozen=True, slots=True)
class SeenPolicies:
    """The policies as `account` saw them at `at` (aware). `opens_alone`: the sign-in was kept where it opens without a
    question, so that the next sitting can go on with it."""

    account: Account
    at: datetime
    opens_alone: bool
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class SeenUnits:
    """What one policy held at `at` (aware); `left_out`: how many more there were than are kept."""

    at: datetime
    units: tuple[ProtectionUnit, ...]
    left_out: int = 0


def policy_named(policies: Sequence[Policy], product: Product, name: str) -> Policy | None:
    """The policy of this product with this name in any case; None for none, and for several that only case tells
    apart, unless one has just this name."""
    mine = [p for p in policies if p.product is product]
    exact = [p for p in mine if p.name == name.strip()]
    found = exact or [p for p in mine if p.name.casefold() == name.strip().casefold()]
    return found[0] if len(found) == 1 else None


def after_run(policies: Sequence[Policy], run: Run) -> tuple[Policy, ...]:
    """`policies` as the run left them: new names and states as it saw them last, without what it deleted."""
    from m365backup_tui.domain.plan import Act  # these take 20 ms to load: not for the first frame
    from m365backup_tui.domain.run import COMMITTED

    gone = {w.policy_id for w in run.writes if w.write.act is Act.DELETE and w.outcome in COMMITTED}
    watched = {policy.id: policy for policy in run.watched if policy.id not in gone}
    stayed = [watched.pop(p.id, p) for p in policies if p.id not in gone]
    return (*stayed, *watched.values())


def nearest_names(policies: Sequence[Policy], product: Product, name: str) -> tuple[str, ...]:
    """Up to three names of this product's policies that may have been meant; all when there are three or fewer."""
    names = {p.name.casefold(): p.name for p in policies if p.product is product}
    if len(names) <= 3:
        return tuple(names.values())
    wanted = name.strip().casefold()
    near = nearest(wanted, names, most=3, likeness=0.5)
    near += [one for one in names if wanted and wanted in one and one not in near]
    return tuple(names[one] for one in near[:3])


def not_there(policies: Sequence[Policy], product: Product, name: str) -> str:
    """The sentence for a policy that was asked for and is not in the tenant."""
    near = nearest_names(policies, product, name)
    head = f"There is no {product.label} policy “{name.strip()}”."
    if not near:
        return f"{head} {product.label} has no policy that is named like it."
    quoted = [f"“{one}”" for one in near]
    words = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    return f"{head} There {'is' if len(near) == 1 else 'are'} {words}."
