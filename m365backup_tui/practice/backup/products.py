"""The three products of Microsoft 365 Backup: names on the wire, waits, and who may manage them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from m365backup_tui.practice import personas as roles


@dataclass(frozen=True, slots=True)
class Product:
    """One product's spelling in the API (graph.md §2.2-§2.6) and its behaviour.

    `settle` is how long a change of a small policy takes, `per_unit` what each further unit adds,
    both as documented (graph.md §10 "Delays"), not yet divided by the tenant's pace.
    """

    key: str
    collection: str
    policy_type: str
    unit_nav: str
    unit_type: str
    unit_key: str
    rule_nav: str
    rule_type: str
    expression: str
    job_nav: str
    job_type: str
    job_addresses: str
    job_ids: str
    settle: timedelta
    per_unit: timedelta
    managers: frozenset[str]


_EVERY_PRODUCT = frozenset({roles.GLOBAL_ADMINISTRATOR, roles.BACKUP_ADMINISTRATOR})
_SHAREPOINT = _EVERY_PRODUCT | {
    roles.SHAREPOINT_ADMINISTRATOR,
    roles.SHAREPOINT_BACKUP_ADMINISTRATOR,
}
_EXCHANGE = _EVERY_PRODUCT | {roles.EXCHANGE_ADMINISTRATOR, roles.EXCHANGE_BACKUP_ADMINISTRATOR}

EXCHANGE = Product(
    key="exchange",
    collection="exchangeProtectionPolicies",
    policy_type="exchangeProtectionPolicy",
    unit_nav="mailboxProtectionUnits",
    unit_type="mailboxProtectionUnit",
    unit_key="directoryObjectId",
    rule_nav="mailboxInclusionRules",
    rule_type="mailboxProtectionRule",
    expression="mailboxExpression",
    job_nav="mailboxProtectionUnitsBulkAdditionJobs",
    job_type="mailboxProtectionUnitsBulkAdditionJob",
    job_addresses="mailboxes",
    job_ids="directoryObjectIds",
    settle=timedelta(minutes=30),
    per_unit=timedelta(minutes=15) / 1000,
    managers=_EXCHANGE,
)

ONEDRIVE = Product(
    key="oneDrive",
    collection="oneDriveForBusinessProtectionPolicies",
    policy_type="oneDriveForBusinessProtectionPolicy",
    unit_nav="driveProtectionUnits",
    unit_type="driveProtectionUnit",
    unit_key="directoryObjectId",
    rule_nav="driveInclusionRules",
    rule_type="driveProtectionRule",
    expression="driveExpression",
    job_nav="driveProtectionUnitsBulkAdditionJobs",
    job_type="driveProtectionUnitsBulkAdditionJob",
    job_addresses="drives",
    job_ids="directoryObjectIds",
    settle=timedelta(minutes=20),
    per_unit=timedelta(minutes=20) / 1000,
    managers=_SHAREPOINT,
)

SHAREPOINT = Product(
    key="sharePoint",
    collection="sharePointProtectionPolicies",
    policy_type="sharePointProtectionPolicy",
    unit_nav="siteProtectionUnits",
    unit_type="siteProtectionUnit",
    unit_key="siteId",
    rule_nav="siteInclusionRules",
    rule_type="siteProtectionRule",
    expression="siteExpression",
    job_nav="siteProtectionUnitsBulkAdditionJobs",
    job_type="siteProtectionUnitsBulkAdditionJob",
    job_addresses="siteWebUrls",
    job_ids="siteIds",
    settle=timedelta(minutes=15),
    per_unit=timedelta(minutes=15) / 1000,
    managers=_SHAREPOINT,
)

PRODUCTS = (EXCHANGE, ONEDRIVE, SHAREPOINT)
BY_KEY = {product.key: product for product in PRODUCTS}
