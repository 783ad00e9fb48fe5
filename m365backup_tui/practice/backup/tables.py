"""The tables of the backup engine, and the SQL functions that its statements use.

`unit_counts` is kept by triggers, so that counts and the status of a policy are exact and cheap
whatever changed a unit. Moments are ISO text of one format: text order is time order.
"""

from __future__ import annotations

import hashlib
import sqlite3
import uuid

from m365backup_tui.practice.company.identity import NORTHWIND
from m365backup_tui.practice.tables import Table

# The same in every company: the key is an id of the company already.
_NAMESPACE = uuid.UUID(NORTHWIND.tenant_id).bytes

# Who wrote and when, once for everything that one request or one job wrote: a million units would
# otherwise carry a million copies of it. `actor` is "<user id> <client id>".
STAMPS = Table(
    "backup",
    "stamps",
    "id",
    "CREATE TABLE stamps (id INTEGER PRIMARY KEY, moment TEXT NOT NULL, actor TEXT NOT NULL)",
)

# `busy_until`: activation and deactivation keep the policy updating until then, units or not.
# `created` and `modified` are ids of stamps, here and below; `row` is the place in lists.
POLICIES = Table(
    "backup",
    "policies",
    "id",
    """
    CREATE TABLE policies (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        product TEXT NOT NULL CHECK (product IN ('exchange', 'oneDrive', 'sharePoint')),
        displayName TEXT NOT NULL,
        enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
        busy_until TEXT,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL
    )
    """,
)

# `row` is the place of a unit in lists; every product has a range of its own, so that a list of one
# product needs no index. A unit in motion has `ready`, the moment the motion ends, and `next` and `failure`, what its
# status and error are afterwards. `error` and `failure` are JSON publicErrors. `policy` is NULL
# once the unit has left; `leaving` = it does when the motion ends. `first_point` and `last_point`
# bound its restore points: from being protected until protection ended (NULL: it has not).
UNIT_ROWS = {"exchange": 0, "oneDrive": 1 << 40, "sharePoint": 2 << 40}
UNIT_ROWS_EACH = 1 << 40
UNITS_BY_ID = "CREATE UNIQUE INDEX units_by_id ON units (id)"
UNITS_BY_POLICY = "CREATE INDEX units_by_policy ON units (policy)"
UNITS_DUE = "CREATE INDEX units_due ON units (ready) WHERE ready IS NOT NULL"
UNITS_COUNT_ADDED = """
    CREATE TRIGGER units_added AFTER INSERT ON units BEGIN
        INSERT INTO unit_counts VALUES
            (NEW.product, coalesce(NEW.policy, ''), NEW.status, NEW.error IS NOT NULL, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
    END
"""
_COUNT_CHANGED = """
    CREATE TRIGGER units_changed AFTER UPDATE OF product, policy, status, error ON units
    WHEN OLD.policy IS NOT NEW.policy OR OLD.status <> NEW.status OR OLD.product <> NEW.product
        OR (OLD.error IS NULL) <> (NEW.error IS NULL)
    BEGIN
        UPDATE unit_counts SET n = n - 1
        WHERE product = OLD.product AND policy = coalesce(OLD.policy, '')
            AND status = OLD.status AND failed = (OLD.error IS NOT NULL);
        INSERT INTO unit_counts VALUES
            (NEW.product, coalesce(NEW.policy, ''), NEW.status, NEW.error IS NOT NULL, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
    END
"""
_COUNT_GONE = """
    CREATE TRIGGER units_gone AFTER DELETE ON units BEGIN
        UPDATE unit_counts SET n = n - 1
        WHERE product = OLD.product AND policy = coalesce(OLD.policy, '')
            AND status = OLD.status AND failed = (OLD.error IS NOT NULL);
    END
"""
UNITS = Table(
    "backup",
    "units",
    "id",
    f"""
    CREATE TABLE units (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        product TEXT NOT NULL CHECK (product IN ('exchange', 'oneDrive', 'sharePoint')),
        policy TEXT,
        key TEXT NOT NULL,
        status TEXT NOT NULL,
        ready TEXT,
        next TEXT,
        failure TEXT CHECK (failure IS NULL OR json_valid(failure)),
        error TEXT CHECK (error IS NULL OR json_valid(error)),
        leaving INTEGER NOT NULL CHECK (leaving IN (0, 1)),
        sources TEXT NOT NULL,
        offboard_requested TEXT,
        first_point TEXT,
        last_point TEXT,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        CHECK ((ready IS NULL) = (next IS NULL))
    );
    {UNITS_BY_ID};
    {UNITS_BY_POLICY};
    {UNITS_DUE};
    {UNITS_COUNT_ADDED};
    {_COUNT_CHANGED};
    {_COUNT_GONE}
    """,
)

# How many units a policy ('' = none) has in each status, and with or without an error.
UNIT_COUNTS = Table(
    "backup",
    "unit_counts",
    "policy",
    """
    CREATE TABLE unit_counts (
        product TEXT NOT NULL, policy TEXT NOT NULL, status TEXT NOT NULL,
        failed INTEGER NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (policy, product, status, failed)
    ) WITHOUT ROWID
    """,
    derived=True,
)

# Earlier times of protection of a unit that was protected again; the latest is in the unit.
SPANS = Table(
    "backup",
    "spans",
    "id",
    """
    CREATE TABLE spans (
        id INTEGER PRIMARY KEY, unit TEXT NOT NULL,
        first_point TEXT NOT NULL, last_point TEXT NOT NULL
    );
    CREATE INDEX spans_by_unit ON spans (unit)
    """,
)

# `ready`: when the run under way ends, or, of a dynamic rule at rest, when it is looked at again.
RULES = Table(
    "backup",
    "rules",
    "id",
    """
    CREATE TABLE rules (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        product TEXT NOT NULL,
        policy TEXT NOT NULL,
        expression TEXT NOT NULL,
        auto INTEGER NOT NULL CHECK (auto IN (0, 1)),
        status TEXT NOT NULL,
        ready TEXT,
        error TEXT CHECK (error IS NULL OR json_valid(error)),
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL
    );
    CREATE INDEX rules_by_policy ON rules (policy);
    CREATE INDEX rules_due ON rules (ready) WHERE ready IS NOT NULL
    """,
)

# `addresses` and `ids` are JSON lists of up to 50,000 texts; `lost` = so many addresses are not
# found whatever they are (fault B17).
JOBS = Table(
    "backup",
    "jobs",
    "id",
    """
    CREATE TABLE jobs (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        product TEXT NOT NULL,
        policy TEXT NOT NULL,
        displayName TEXT NOT NULL,
        status TEXT NOT NULL,
        ready TEXT,
        error TEXT CHECK (error IS NULL OR json_valid(error)),
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        lost INTEGER NOT NULL,
        addresses TEXT NOT NULL CHECK (json_valid(addresses)),
        ids TEXT NOT NULL CHECK (json_valid(ids))
    );
    CREATE INDEX jobs_by_policy ON jobs (policy);
    CREATE INDEX jobs_due ON jobs (ready) WHERE ready IS NOT NULL
    """,
)

BACKUP_TABLES = (STAMPS, POLICIES, UNITS, UNIT_COUNTS, SPANS, RULES, JOBS)


def register_functions(db: sqlite3.Connection) -> None:
    """Give the connection `unit_id(product, key)` and `fold(text)`; once, when it is opened."""
    db.create_function("unit_id", 2, unit_id, deterministic=True)
    db.create_function("fold", 1, _fold, deterministic=True)


def unit_id(product: str, key: str) -> str:
    """The id of the unit of this artifact: the same whenever and in whatever policy it comes."""
    # What company.identity.everywhere("unit", product, key) gives, written out: a million of them are
    # made when everything is protected.
    text = hashlib.sha1(_NAMESPACE + f"unit/{product}/{key}".encode()).hexdigest()  # noqa: S324
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def _fold(text: str | None) -> str | None:
    # SQLite's own lower() knows ASCII only.
    return None if text is None else text.lower()
