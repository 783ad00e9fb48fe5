"""The success codes that graph.md §2 names; where text and example differ (§15 item 6), either."""

from __future__ import annotations

import re

# The first that fits counts. Paths are below /solutions/backupRestore.
_CODES = (
    (r"GET .*", {200}),
    (r"PATCH .*", {200}),
    (r"DELETE .*", {204}),
    (r"POST enable", {200}),
    (r"POST serviceApps", {201, 202}),
    (r"POST serviceApps/[^/]+/(de)?activate", {202}),
    (r"POST \w+ProtectionPolicies", {201}),
    (r"POST protectionPolicies/[^/]+/(de)?activate", {202}),
    (r"POST protectionUnits/[^/]+/(offboard|cancelOffboard)", {200}),
    (r"POST .*InclusionRules", {201, 200}),
    (r"POST .*InclusionRules/[^/]+/(run|deleteAndUnprotect)", {202, 200}),
    (r"POST .*BulkAddition(Jobs|Requests)", {201}),
    (r"POST restorePoints/search", {200}),
    (r"POST restoreSessions/[^/]+/activate", {200}),
    (r"POST \w+(Restore|Browse)Sessions", {201}),
    (r"POST \w*[bB]rowseSessions/[^/]+/browse", {200}),
)


def success_codes(method: str, path: str) -> set[int]:
    """What may be answered to a request that is let through; empty when nothing is documented."""
    below = path.partition("/solutions/backupRestore")[2].strip("/")
    asked = f"{method} {below}"
    return next((codes for pattern, codes in _CODES if re.fullmatch(pattern, asked)), set())


# Statuses of refusals by operation, with where they are documented or why they are answered though
# no page has them for this operation. The description itself says 4XX and 5XX for everything.
_ANYWHERE = {
    400: "OData's answer to a malformed request; graph.md §9 has a 400 for nearly every area",
    401: "no token or one that does not count (auth.md)",
    403: "scope, role or controller missing (graph.md §1, §9 last rows, §11; which status: UNVERIFIED)",
}
_REFUSALS = (
    (r"\w+ (exchange|oneDriveForBusiness|sharePoint)?[pP]rotectionPolicies/.*", 404, "§9 PolicyNotFound"),
    (r"\w+ .*(protectionUnits|ProtectionUnits)/.*", 404,
     "no page has a code for a unit that is not there: choice, as every other object"),
    (r"POST \w+ProtectionPolicies", 409, "§9 PolicyCreationNotAllowed, ProtectionUnitAlreadyExists"),
    (r"POST \w+ProtectionPolicies", 413, "§9 ProtectionUnitsLimitBreached"),
    (r"PATCH \w+ProtectionPolicies/[^/]+", 413, "§5: at most 50 units per request"),
    (r"(POST|PATCH) .*InclusionRules.*", 413, "§9 InvalidRuleExpressionGroupLimitExceeded"),
    (r"(POST|PATCH|DELETE) .*InclusionRules/.*", 422, "§9 InvalidProtectionRuleStatusForDynamicRule…"),
    (r"\w+ restoreSessions/.*", 404, "§9 RestoreSessionNotFound"),
    (r"\w+ \w+RestoreSessions/.*", 404, "§9 RestoreSessionNotFound, BulkRestoreArtifactsNotFound"),
    (r"(POST|PATCH) \w+RestoreSessions.*", 413, "§9 RestoreArtifactsLimitBreached"),
    (r"POST restoreSessions/[^/]+/activate", 500, "§9 TooManyActiveRestoreSessions"),
    (r"GET restorePoints/.*", 404, "no page has a code for a point that is not there: choice"),
    (r"\w+ serviceApps/.*", 404, "no page has a code for an app that is not there: choice"),
    (r"\w+ \w*[bB]rowseSessions/.*", 404, "no page has a code for a session that is gone: choice"),
    (r"POST enable", 402, "§9 InvalidBillingProfile"),
)  # fmt: skip


def refusal_is_documented(method: str, path: str, status: int) -> bool:
    """Whether the table has this status for the operation."""
    below = path.partition("/solutions/backupRestore")[2].strip("/")
    asked = f"{method} {below}"
    return status in _ANYWHERE or any(
        status == known and re.fullmatch(pattern, asked) for pattern, known, _ in _REFUSALS
    )
