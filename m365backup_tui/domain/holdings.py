"""Where units are held now: which policy, under which unit id, by hand or through a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import UnitStatus


@dataclass(frozen=True, slots=True)
class Holding:
    """One unit in one policy. `key` in lower case: the directory object id, or the composite site id."""

    product: Product
    key: str
    policy_id: str
    unit_id: str = ""
    by_rule: bool = False
    status: UnitStatus = UnitStatus.UNKNOWN
    name: str = ""
    address: str = ""
    since: datetime | None = field(default=None, compare=False)  # when it was added, UTC
    by: Author = field(default=NOBODY, compare=False)  # who added it
