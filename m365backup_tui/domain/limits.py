"""Documented limits, checked before anything is sent. Sources and dates beside each. At the end a limit of our own."""

POLICY_NAME_MAX = 20  # characters; admin center, POL26 (2026-08-21)
UNITS_PER_REQUEST = 50  # Graph error page: 413 ProtectionUnitsLimitBreached
UNITS_PER_BULK_JOB = 50_000  # Graph protectionUnitsBulkJobBase
UNITS_PER_POLICY = 100_000  # NEW26 (2026-09-18)
UNITS_PER_PRODUCT = 1_000_000  # NEW26 (2026-09-18)
POLICIES_PER_PRODUCT = 100  # NEW26 (2026-09-18); older tenants: one active policy per product
CSV_ROWS = 50_000  # POL26 (2026-08-21)

READ_SECONDS = 60.0  # ours: a request without a word from the service for so long is given up
