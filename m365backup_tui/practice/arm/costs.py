"""What Microsoft 365 Backup has cost so far, a day and a service at a time.

It follows from the sizes of the protected units and the list price (admin-center.md §4): nothing is
made up, and without protected units there is no cost. choices: a unit's size does not change; a GB
has 1,073,741,824 bytes; a day costs the month's price over the days of that month; the first paying
profile pays for everything; a day's cost is there once the day is over (documented: up to 24 h).
"""

import asyncio
import sqlite3
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from m365backup_tui.practice.arm.kinds import SYNTEX
from m365backup_tui.practice.arm.scopes import group_scope
from m365backup_tui.practice.service.billing_profiles import paying, resource_name
from m365backup_tui.practice.tenant import Tenant

PRICE_USD = 0.15  # list price of a GB and month, 2025-03-04 (admin-center.md §4)
GB = 1 << 30
KEPT = timedelta(days=365)  # what has left protection is paid for until its points expire
SERVICE_TYPES = {"exchange": "Exchange", "oneDrive": "OneDrive", "sharePoint": "SharePoint"}
METER = "Microsoft 365 Backup"  # names of meter and category: UNVERIFIED (azure.md §5)

# Units are summed so many at a time, so that a tenant of a million goes on answering others meanwhile.
AT_ONCE = 4000
_UPPER = "SELECT max(row) FROM (SELECT row FROM units WHERE row > ? ORDER BY row LIMIT ?)"
# Bytes that were protected from one day to another, by product. A unit whose protection has begun
# by now counts also when nobody has looked at it since. Offboarded units have no first point.
_CHARGED = """
    SELECT o.product, substr(o.first, 1, 10), substr(o.last, 1, 10),
        sum(CASE o.product
            WHEN 'exchange' THEN p.mailbox_bytes + coalesce(p.archive_bytes, 0)
            WHEN 'oneDrive' THEN p.drive_bytes
            ELSE s.bytes END)
    FROM ({spans}) o
    LEFT JOIN company.person p ON p.id = o.key AND o.product <> 'sharePoint'
    LEFT JOIN company.site s ON s.id = o.key AND o.product = 'sharePoint'
    WHERE o.first IS NOT NULL
    GROUP BY 1, 2, 3
"""
_LATEST = _CHARGED.format(
    spans="""
    SELECT product, key, iif(next = 'protected' AND ready <= :now, ready, first_point) AS first,
        iif(next = 'protected' AND ready <= :now, NULL, last_point) AS last
    FROM units WHERE row > :low AND row <= :high"""
)
_EARLIER = _CHARGED.format(
    spans="""
    SELECT u.product, u.key, s.first_point AS first, s.last_point AS last
    FROM units u JOIN spans s ON s.unit = u.id WHERE u.row > :low AND u.row <= :high"""
)


@dataclass(frozen=True, slots=True)
class Line:
    """One day's cost of one service. `gigabytes` is the day's share of GB-months."""

    day: date
    product: str
    gigabytes: float
    subscription_id: str
    group: str
    region: str
    resource_id: str
    tenant_id: str

    @property
    def cost(self) -> float:
        """US dollars."""
        return self.gigabytes * PRICE_USD

    def dimension(self, name: str) -> str | None:
        """The value of a dimension by its name in lower case; None when there is no such dimension."""
        return {
            "resourceid": self.resource_id.lower(),
            "resourcetype": self.resource_id.split("/providers/")[1].rpartition("/")[0].lower(),
            "resourcegroup": self.group,
            "resourcegroupname": self.group,
            "resourcelocation": self.region,
            "subscriptionid": self.subscription_id,
            "meter": METER,
            "metercategory": "Syntex",
            "product": METER,
        }.get(name)

    def tag(self, name: str) -> str:
        """The value of a tag; empty when the line has no such tag (azure.md §5, casing UNVERIFIED)."""
        return {"servicetype": SERVICE_TYPES[self.product], "tenants": self.tenant_id}.get(name, "")


async def lines(tenant: Tenant, first: date, last: date) -> list[Line]:
    """The lines of the days from `first` to `last` that are over, oldest first."""
    profiles = paying(tenant)
    if not profiles:
        return []
    profile = profiles[0]
    kind = "documentProcessors" if profile["node"] == "setup" else "accounts"
    sub, group = str(profile["subscription_id"]), str(profile["resource_group"])
    identity = f"{group_scope(sub, group)}/providers/{SYNTEX}/{kind}/{resource_name(profile)}"
    charged = await _charged(tenant.state.db, tenant.clock.now_iso())
    found = []
    day = max(first, min((start for _, start, _ in charged), default=last))
    while day <= last and day < tenant.clock.now().date():
        month = monthrange(day.year, day.month)[1]
        for product in SERVICE_TYPES:
            held = sum(
                size
                for (of, start, end), size in charged.items()
                if of == product and start <= day and (end is None or day <= end)
            )
            if held:
                share = held / GB / month
                place = sub, group, str(profile["region"]), identity, tenant.identity.tenant_id
                found.append(Line(day, product, share, *place))
        day += timedelta(days=1)
    return found


async def _charged(db: sqlite3.Connection, now: str) -> Counter[tuple[str, date, date | None]]:
    found: Counter[tuple[str, date, date | None]] = Counter()
    low = -1
    while (high := db.execute(_UPPER, (low, AT_ONCE)).fetchone()[0]) is not None:
        bounds = {"now": now, "low": low, "high": high}
        for sql in (_LATEST, _EARLIER):
            for product, start, end, size in db.execute(sql, bounds):
                until = date.fromisoformat(end) + KEPT if end else None
                found[product, date.fromisoformat(start), until] += int(size or 0)
        low = high
        await asyncio.sleep(0)
    return found
