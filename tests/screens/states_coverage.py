"""States by hand for the coverage pages: counted by the real counting, of the people of states_policies."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.domain.coverage import Claim, Coverage
from m365backup_tui.domain.coverage_count import Count
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, UnitStatus
from m365backup_tui.state import Remote, State
from tests.screens import states_policies as s
from tests.screens.harness import NOW

NAMES = {"p-1": "Everyone", "p-2": "Projects"}


def held(
    key: str,
    policy: str = "p-1",
    status: UnitStatus = UnitStatus.PROTECTED,
    *,
    by_rule: bool = False,
) -> Holding:
    address = f"{key}@contoso.com"
    unit = f"unit-{key}"
    return Holding(Product.ONEDRIVE, key, policy, unit, by_rule, status, key.title(), address)


HELD = {
    holding.key: holding
    for holding in (
        held("key-5"),
        held("key-2", status=UnitStatus.UNPROTECTED),
        held("lee-who-left"),
        held("gone-by-rule", by_rule=True),
    )
}
TWICE = Claim("p-2", "your change “Projects”", frozenset({"key-5"}))
SITES = tuple(
    Candidate(Product.SHAREPOINT, f"host,{n},{n}", f"Site {n}", f"https://contoso/sites/{n}", None)
    for n in range(3)
)


def counted(
    rows: Sequence[Candidate] = s.ACCOUNTS, held: dict[str, Holding] = HELD, *claims: Claim
) -> Coverage:
    accounts = Count(Product.ONEDRIVE, held, claims, NAMES, rows.__getitem__)
    accounts.add(rows)
    sites = Count(Product.SHAREPOINT, {}, (), NAMES, SITES.__getitem__)
    sites.add(SITES)
    gap = "The rules of “Everyone” could not be read: No connection."
    return Coverage((accounts.finish(), sites.finish()), NAMES, (gap,))


FULL = Remote(counted(s.ACCOUNTS, HELD, TWICE), NOW)


def covered(coverage: Remote[Coverage] = FULL, **changes: object) -> State:
    given: dict[str, object] = {
        "policies": Remote(s.POLICIES, NOW),
        "coverage": coverage,
        "onedrive": s.catalog(),
    }
    return s.policies(**{**given, **changes})
