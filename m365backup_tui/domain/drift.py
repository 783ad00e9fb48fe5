"""Drift as values: what differs between file and tenant, since when, by whom, and whether `apply` mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.products import ALL_PRODUCTS, Product

Place = tuple[Product | None, str]
"""Product and name of a policy; (None, "") for what belongs to the whole tenant."""


class Kind(StrEnum):
    """What differs. The values stand in `plan --json` and are a promise; reports are in this order."""

    POLICY_MISSING = "policy-not-in-tenant"
    POLICY_EXTRA = "policy-not-in-file"
    NAME = "name"
    STATE = "state"
    UNKNOWN_ADDRESS = "address-unknown"
    UNIT_MISSING = "unit-not-in-tenant"
    UNIT_ELSEWHERE = "unit-in-another-policy"
    UNIT_EXTRA = "unit-not-in-file"
    RULE_MISSING = "rule-not-in-tenant"
    RULE_EXTRA = "rule-not-in-file"
    NOTIFICATIONS = "notifications"


TO_GO = "to be taken out"
TO_END = "to be ended"
"""`in_file` of what the file wants to be gone: under `remove` or `end_rules`, or not named where `exact` is set."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `what`: the address, the rule, or "" where the policy itself differs.

    `since` (UTC) and `by`: of what the tenant has, as far as the service says. `mended`: `apply` brings it in line.
    """

    product: Product | None
    policy: str
    kind: Kind
    what: str = ""
    in_file: str = ""
    in_tenant: str = ""
    since: datetime | None = None
    by: Author = NOBODY
    mended: bool = False

    @property
    def order(self) -> tuple[int, str, int, bool, str, str]:
        """The same every night while nothing changes."""
        kind = list(Kind).index(self.kind)
        place = _order(self.product)
        what = self.what.casefold()
        return place, self.policy.casefold(), kind, not self.mended, what, str(self.since)


@dataclass(frozen=True, slots=True)
class Told:
    """No difference, but worth knowing: units that are held as the file says and get no new backups now."""

    product: Product
    policy: str
    units: int
    of: int
    words: str

    @property
    def order(self) -> tuple[int, str]:
        return _order(self.product), self.policy.casefold()


@dataclass(frozen=True, slots=True)
class Drift:
    """Differences in a fixed order. `changed`: when and by whom the policies were changed last, where that is said."""

    differences: tuple[Difference, ...] = ()
    told: tuple[Told, ...] = ()
    changed: Mapping[Place, tuple[datetime, Author]] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many `apply` leaves alone."""
        return sum(not one.mended for one in self.differences)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Ids of people whom the service does not name, each once."""
        people = [one.by for one in self.differences]
        people += [self.changed[place][1] for place in self.places if place in self.changed]
        return tuple(dict.fromkeys(one.id for one in people if one.id and not one.known))

    @property
    def places(self) -> tuple[Place, ...]:
        """Where something differs, in order."""
        return tuple(dict.fromkeys((one.product, one.policy) for one in self.differences))

    def with_names(self, names: Mapping[str, Author]) -> Drift:
        """The same, with what the directory says about ids (in lower case)."""

        def named(author: Author) -> Author:
            return author if author.known else names.get(author.id, author)

        changed = {place: (at, named(by)) for place, (at, by) in self.changed.items()}
        differences = tuple(replace(one, by=named(one.by)) for one in self.differences)
        return replace(self, differences=differences, changed=changed)


def _order(product: Product | None) -> int:
    return len(ALL_PRODUCTS) if product is None else ALL_PRODUCTS.index(product)
