"""Scenario `all-protected`: a tenant that already protects everything that can be protected.

Millions of rows are written by SQL with the indexes and triggers of `units` put aside, and in one
save with the rest of a fresh tenant.
"""

from __future__ import annotations

from datetime import timedelta

from m365backup_tui.practice.backup.artifacts import PROTECTABLE
from m365backup_tui.practice.backup.products import PRODUCTS, Product
from m365backup_tui.practice.backup.tables import (
    UNIT_ROWS,
    UNITS_BY_ID,
    UNITS_BY_POLICY,
    UNITS_COUNT_ADDED,
    UNITS_DUE,
)
from m365backup_tui.practice.backup.world import add_stamp
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra.scopes import GRAPH_CLIENT
from m365backup_tui.practice.personas import DEFAULT_PERSONA_KEY
from m365backup_tui.practice.service import billing
from m365backup_tui.practice.tenant import Tenant

SCENARIO = "all-protected"
# Twenty policies a product, small ones not too small, none above the limit of 100,000.
_POLICIES, _LEAST, _MOST = 20, 500, 100_000
_SINCE = timedelta(days=30)
# Resource group and region that pay for it.
_PAID_BY = ("rg-m365-billing", "westeurope")
_NAMES = {"exchange": "Mailboxes", "oneDrive": "OneDrive", "sharePoint": "Sites"}


def arrange(tenant: Tenant) -> None:
    """See to it that a tenant with this scenario is filled whenever it begins anew, and now if
    nobody has touched it yet. Raises OSError when the disk refuses."""

    def fill() -> None:
        if tenant.scenarios.on(SCENARIO):
            protect_everything(tenant)

    tenant.state.on_fresh = fill
    empty = tenant.state.db.execute("SELECT 1 FROM policies LIMIT 1").fetchone() is None
    if empty and not tenant.data["backup"].get("filled"):
        fill()
        tenant.state.save_if_changed()


def protect_everything(tenant: Tenant) -> None:
    """Turn backup on and protect every mailbox, OneDrive and site, thirty days ago."""
    db, backup = tenant.state.db, tenant.data["backup"]
    day = tenant.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = to_iso(day - _SINCE)
    admin = tenant.personas.by_key(DEFAULT_PERSONA_KEY)
    if admin is None:
        raise LookupError(DEFAULT_PERSONA_KEY)
    production = tenant.identity.subscription("production")
    billing.set_up(tenant, admin, "setup", production, *_PAID_BY)
    tenant.data["billing"]["service"] = {
        "status": "enabled",
        "consumer": "firstparty",
        "enabled_at": since,
        "effective_at": since,
    }
    stamp = add_stamp(db, since, f"{admin.oid} {GRAPH_CLIENT}")
    backup["filled"] = True
    for name in ("units_by_id", "units_by_policy", "units_due"):
        db.execute(f"DROP INDEX {name}")
    db.execute("DROP TRIGGER units_added")
    for product in PRODUCTS:
        _protect(tenant, product, stamp, since)
    for statement in (UNITS_BY_ID, UNITS_BY_POLICY, UNITS_DUE, UNITS_COUNT_ADDED):
        db.execute(statement)
    db.execute(
        "INSERT INTO unit_counts SELECT product, policy, status, 0, count(*) FROM units "
        "GROUP BY product, policy, status"
    )
    tenant.state.touch("everything protected")


def _protect(tenant: Tenant, product: Product, stamp: int, since: str) -> None:
    db, backup = tenant.state.db, tenant.data["backup"]
    everything = PROTECTABLE[product.key]
    count = int(db.execute(f"SELECT count(*) FROM ({everything})").fetchone()[0])  # noqa: S608
    each = min(_MOST, max(_LEAST, -(-count // _POLICIES)))
    first = int(db.execute("SELECT coalesce(max(row), 0) + 1 FROM policies").fetchone()[0])
    for number in range(-(-count // each)):
        backup["sequence"] = int(backup.get("sequence", 0)) + 1
        db.execute(
            "INSERT INTO policies VALUES (?, ?, ?, ?, 1, NULL, ?, ?)",
            (
                first + number,
                tenant.identity.guid("policy", str(backup["sequence"])),
                product.key,
                f"{_NAMES[product.key]} {number + 1}",
                stamp,
                stamp,
            ),
        )
    db.execute(
        f"""
        INSERT INTO units (row, id, product, policy, key, status, leaving, sources, first_point,
            created, modified)
        SELECT ? + e.n, unit_id(?, e.key), ?, p.id, e.key, 'protected', 0, 'manual', ?, ?, ?
        FROM (SELECT key, row_number() OVER () AS n FROM ({everything})) e
        CROSS JOIN policies p ON p.row = ? + (e.n - 1) / ?
        """,  # noqa: S608
        (UNIT_ROWS[product.key], product.key, product.key, since, stamp, stamp, first, each),
    )
