"""What a protection unit protects: finds mailboxes, OneDrives and sites of the company by id or
address, and knows which of them the service cannot protect.

The SQL here reads `company.person` as p and `company.site` as s.
"""

from __future__ import annotations

from m365backup_tui.practice.backup.products import EXCHANGE, ONEDRIVE, SHAREPOINT, Product
from m365backup_tui.practice.company.lookups import Company

# The person or site behind a unit u.
JOIN = (
    "LEFT JOIN company.person p ON p.id = u.key AND u.product <> 'sharePoint' "
    "LEFT JOIN company.site s ON s.id = u.key AND u.product = 'sharePoint'"
)

# Whether a person has a mailbox or a OneDrive at all.
HAS_ARTIFACT = {
    EXCHANGE.key: "p.mailbox <> 'none'",
    ONEDRIVE.key: "p.drive_url IS NOT NULL",
}

# Why this artifact can never be protected, as the JSON text of a publicError, or NULL. Rooms,
# on-premises mailboxes and objects without mailbox or OneDrive come back as an error on the unit
# (codes: graph.md §6; choice: which code belongs to which trap is UNVERIFIED).
PROBLEM = {
    EXCHANGE.key: """
        CASE WHEN p.id IS NULL OR p.mailbox = 'none' THEN json_object(
            'code', 'ProtectionUnitNotFound',
            'message', coalesce(p.upn, u.key) || ' has no mailbox.')
        WHEN p.mailbox = 'room' THEN json_object(
            'code', 'InvalidArtifactId', 'message', 'Room mailboxes are not supported.')
        WHEN p.hybrid THEN json_object(
            'code', 'InvalidArtifactId',
            'message', 'The primary mailbox is not in Exchange Online.')
        END""",
    ONEDRIVE.key: """
        CASE WHEN p.id IS NULL OR p.drive_url IS NULL THEN json_object(
            'code', 'ProtectionUnitNotFound',
            'message', coalesce(p.upn, u.key) || ' has no OneDrive.')
        END""",
    SHAREPOINT.key: """
        CASE WHEN s.id IS NULL THEN json_object(
            'code', 'ProtectionUnitNotFound', 'message', 'There is no site ' || u.key || '.')
        WHEN NOT s.protectable THEN json_object(
            'code', 'InvalidArtifactId',
            'message', 'Sites of template ' || s.template || ' are not supported.')
        END""",
}

# Every artifact that can be protected, as `key`.
PROTECTABLE = {
    EXCHANGE.key: "SELECT p.id AS key FROM company.person p "
    "WHERE p.mailbox IN ('user', 'shared') AND NOT p.hybrid",
    ONEDRIVE.key: "SELECT p.id AS key FROM company.person p WHERE p.drive_url IS NOT NULL",
    SHAREPOINT.key: "SELECT s.id AS key FROM company.site s WHERE s.protectable",
}


_PERSON_BY_ADDRESS = """
    SELECT a.value, coalesce(
        (SELECT p.id FROM company.person p WHERE p.upn = trim(a.value) AND {artifact}),
        (SELECT p.id FROM company.person p WHERE p.mail = trim(a.value) AND {artifact}))
    FROM json_each(?) a ORDER BY a.key"""
_PERSON_BY_ID = """
    SELECT a.value, (SELECT p.id FROM company.person p WHERE p.id = lower(a.value))
    FROM json_each(?) a ORDER BY a.key"""

# For every text of a JSON list, in order: the text, and the key of the artifact at this mail address
# or web URL, or NULL. People count only when they have the artifact.
BY_ADDRESS = {
    EXCHANGE.key: _PERSON_BY_ADDRESS.format(artifact=HAS_ARTIFACT[EXCHANGE.key]),
    ONEDRIVE.key: _PERSON_BY_ADDRESS.format(artifact=HAS_ARTIFACT[ONEDRIVE.key]),
    SHAREPOINT.key: """
        SELECT a.value,
            (SELECT s.id FROM company.site s WHERE s.web_url = rtrim(trim(a.value), '/'))
        FROM json_each(?) a ORDER BY a.key""",
}

# The same for directoryObjectIds and composite siteIds.
BY_ID = {
    EXCHANGE.key: _PERSON_BY_ID,
    ONEDRIVE.key: _PERSON_BY_ID,
    SHAREPOINT.key: """
        SELECT a.value, (SELECT s.id FROM company.site s WHERE s.id = a.value)
        FROM json_each(?) a ORDER BY a.key""",
}


def by_id(company: Company, product: Product, value: str) -> str | None:
    """The artifact's key for a directoryObjectId or composite siteId; None when unknown."""
    if product is SHAREPOINT:
        site = company.site(value) if value.count(",") == 2 else None
        return site.id if site else None
    user = company.user(value)
    return user.id if user else None
