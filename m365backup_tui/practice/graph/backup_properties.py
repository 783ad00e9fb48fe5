"""The properties of the backup service's types, which $select may name (graph.md §2.6).

Any other name is a 400, as everywhere in Graph. Choice: a list of several types takes the names of
all of them, not only those of their base.
"""

from __future__ import annotations

Names = frozenset[str]


def _names(text: str, *more: Names) -> Names:
    return frozenset(text.split()).union(*more)


_STAMPS = _names("createdBy createdDateTime lastModifiedBy lastModifiedDateTime")
_POLICY = _names(
    "id displayName status isEnabled protectionPolicyArtifactCount retentionSettings", _STAMPS
)
_UNIT = _names("id policyId status protectionSources offboardRequestedDateTime error", _STAMPS)
_RULE = _names("id status isAutoApplyEnabled error", _STAMPS)
_JOB = _names("id displayName status error", _STAMPS)
_PERSON = _names("directoryObjectId displayName email", _UNIT)
_SESSION = _names(
    "id status restoreJobType restoreSessionArtifactCount error completedDateTime", _STAMPS
)
_ARTIFACT = _names("id status startDateTime completionDateTime destinationType error restorePoint")
_TO_A_SITE = _names("restoredSiteId restoredSiteName restoredSiteWebUrl", _ARTIFACT)
_TO_A_FOLDER = _names("restoredFolderId restoredFolderName restoredItemCount", _ARTIFACT)
_GRANULAR = _names(
    "id status startDateTime completionDateTime browseSessionId restorePointDateTime "
    "restoredItemKey restoredItemPath restoredItemWebUrl webUrl"
)
_BROWSE = _names(
    "id status createdDateTime expirationDateTime backupSizeInBytes error restorePointId "
    "restorePointDateTime"
)


def _policy(kind: str) -> Names:
    jobs = f"{kind}ProtectionUnitsBulkAdditionJobs"
    return _names(f"{kind}ProtectionUnits {kind}InclusionRules {jobs}", _POLICY)


def _restored(kind: str) -> Names:
    big = kind[0].upper() + kind[1:]
    requests = f"{kind}RestoreArtifactsBulkAdditionRequests"
    return _names(f"{kind}RestoreArtifacts granular{big}RestoreArtifacts {requests}", _SESSION)


PROPERTIES: dict[str, Names] = {
    "exchangeProtectionPolicy": _policy("mailbox"),
    "oneDriveForBusinessProtectionPolicy": _policy("drive"),
    "sharePointProtectionPolicy": _policy("site"),
    "mailboxProtectionRule": _names("mailboxExpression", _RULE),
    "driveProtectionRule": _names("driveExpression", _RULE),
    "siteProtectionRule": _names("siteExpression", _RULE),
    "mailboxProtectionUnitsBulkAdditionJob": _names("mailboxes directoryObjectIds", _JOB),
    "driveProtectionUnitsBulkAdditionJob": _names("drives directoryObjectIds", _JOB),
    "siteProtectionUnitsBulkAdditionJob": _names("siteWebUrls siteIds", _JOB),
    "mailboxProtectionUnit": _PERSON,
    "driveProtectionUnit": _PERSON,
    "siteProtectionUnit": _names("siteId siteName siteWebUrl", _UNIT),
    "restorePoint": _names("id protectionDateTime expirationDateTime tags protectionUnit"),
    "exchangeRestoreSession": _restored("mailbox"),
    "oneDriveForBusinessRestoreSession": _restored("drive"),
    "sharePointRestoreSession": _restored("site"),
    "mailboxRestoreArtifact": _TO_A_FOLDER,
    "driveRestoreArtifact": _TO_A_SITE,
    "siteRestoreArtifact": _TO_A_SITE,
    "granularMailboxRestoreArtifact": _names("artifactCount searchResponseId", _TO_A_FOLDER),
    "granularDriveRestoreArtifact": _names("directoryObjectId", _GRANULAR),
    "granularSiteRestoreArtifact": _names("siteId", _GRANULAR),
    "oneDriveForBusinessBrowseSession": _names("directoryObjectId", _BROWSE),
    "sharePointBrowseSession": _names("siteId", _BROWSE),
    "serviceApp": _names(
        "id application effectiveDateTime lastModifiedBy lastModifiedDateTime "
        "registrationDateTime status"
    ),
    "emailNotificationsSetting": _names("id additionalEvents isEnabled recipients"),
}


def properties_of(*types: str) -> Names:
    """The names that $select may have where these types are answered."""
    return frozenset[str]().union(*(PROPERTIES[one] for one in types))
