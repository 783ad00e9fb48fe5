"""Tables of the restore side. Moments are ISO text; what has happened by now follows from them."""

from m365backup_tui.practice.tables import Table

RESTORE_TABLES = (
    Table(
        "restore",
        "restore_sessions",
        "id",
        """
        CREATE TABLE restore_sessions (
            id TEXT PRIMARY KEY, product TEXT NOT NULL, kind TEXT NOT NULL,
            created_at TEXT NOT NULL, created_by TEXT NOT NULL,
            modified_at TEXT NOT NULL, modified_by TEXT NOT NULL,
            activated_at TEXT, opens_at TEXT, ends_at TEXT);
        CREATE INDEX restore_sessions_in_order ON restore_sessions (created_at, id);
        """,
    ),
    # `position` is the order in the session. A granular one has item_key and browse_session, or search.
    Table(
        "restore",
        "restore_artifacts",
        "id",
        """
        CREATE TABLE restore_artifacts (
            id TEXT PRIMARY KEY, session TEXT NOT NULL, position INTEGER NOT NULL,
            unit TEXT NOT NULL, point TEXT NOT NULL, point_at TEXT NOT NULL,
            point_expires TEXT NOT NULL, point_tags TEXT NOT NULL, destination TEXT,
            browse_session TEXT, item_key TEXT, search TEXT,
            starts_at TEXT, ends_at TEXT, failure TEXT, copy INTEGER NOT NULL DEFAULT 0);
        CREATE UNIQUE INDEX restore_artifacts_in_order ON restore_artifacts (session, position);
        CREATE INDEX restore_artifacts_by_unit ON restore_artifacts (unit);
        CREATE INDEX restore_artifacts_by_end ON restore_artifacts (ends_at);
        """,
    ),
    # ids, addresses and problems are JSON lists.
    Table(
        "restore",
        "restore_requests",
        "id",
        """
        CREATE TABLE restore_requests (
            id TEXT PRIMARY KEY, session TEXT NOT NULL, display_name TEXT NOT NULL,
            destination TEXT NOT NULL, express INTEGER NOT NULL, preference TEXT NOT NULL,
            period_start TEXT NOT NULL, period_end TEXT NOT NULL,
            ids TEXT NOT NULL, addresses TEXT NOT NULL,
            ends_at TEXT, problems TEXT NOT NULL DEFAULT '[]',
            created_at TEXT NOT NULL, created_by TEXT NOT NULL,
            modified_at TEXT NOT NULL, modified_by TEXT NOT NULL);
        CREATE INDEX restore_requests_of ON restore_requests (session, created_at, id);
        """,
    ),
    Table(
        "restore",
        "browse_sessions",
        "id",
        """
        CREATE TABLE browse_sessions (
            id TEXT PRIMARY KEY, unit TEXT NOT NULL, product TEXT NOT NULL, key TEXT NOT NULL,
            point TEXT NOT NULL, point_at TEXT NOT NULL,
            created_at TEXT NOT NULL, ready_at TEXT NOT NULL, expires_at TEXT NOT NULL);
        CREATE INDEX browse_sessions_in_order ON browse_sessions (created_at, id);
        """,
    ),
)
