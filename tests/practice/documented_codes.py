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
