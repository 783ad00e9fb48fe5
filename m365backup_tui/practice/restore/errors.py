"""Errors of restore points, restore sessions and browsing. Codes: graph.md §9; sentences our own."""

from __future__ import annotations

from m365backup_tui.practice.errors import GraphError

MOST_ARTIFACTS_A_REQUEST = 50
MOST_ACTIVE_SESSIONS = 25


def invalid_search(message: str) -> GraphError:
    """400 InvalidSearchRequest."""
    return GraphError(400, "InvalidSearchRequest", message)


def filter_too_long() -> GraphError:
    """400 FilterLengthExceeded."""
    return GraphError(400, "FilterLengthExceeded", "The filter joins too many conditions.")


def invalid_unit(unit_id: str) -> GraphError:
    """400 InvalidProtectionUnitId."""
    return GraphError(400, "InvalidProtectionUnitId", f"'{unit_id}' is not a protection unit.")


def point_not_found(point_id: str) -> GraphError:
    """404 for GET of one point. UNVERIFIED: graph.md §9 covers list and search only."""
    return GraphError(404, "RestorePointNotFound", f"There is no restore point '{point_id}'.")


def invalid_point(point_id: str) -> GraphError:
    """400 InvalidRestorePoint."""
    return GraphError(400, "InvalidRestorePoint", f"'{point_id}' is not a restore point for this.")


def invalid_session_id(value: str) -> GraphError:
    """400 InvalidRestoreSessionId."""
    return GraphError(400, "InvalidRestoreSessionId", f"'{value}' is not a restore session id.")


def session_not_found(value: str) -> GraphError:
    """404 RestoreSessionNotFound."""
    return GraphError(404, "RestoreSessionNotFound", f"There is no restore session '{value}'.")


def not_in_draft(action: str) -> GraphError:
    """403 RestoreSessionActionNotAllowed."""
    return GraphError(
        403,
        "RestoreSessionActionNotAllowed",
        f"A restore session can only be {action} while it is a draft.",
    )


def nothing_to_restore() -> GraphError:
    """403 for activating an empty session. Choice: no page says what happens."""
    return GraphError(
        403, "RestoreSessionActionNotAllowed", "The restore session has nothing to restore."
    )


def too_many_active() -> GraphError:
    """500 TooManyActiveRestoreSessions: the documented status, although it is the caller's doing."""
    return GraphError(
        500,
        "TooManyActiveRestoreSessions",
        f"More than {MOST_ACTIVE_SESSIONS} restore sessions would be active. Try again later.",
    )


def invalid_path_type(value: object) -> GraphError:
    """400 InvalidPathType."""
    return GraphError(400, "InvalidPathType", f"{value!r} is not a destinationType: new, inPlace.")


def invalid_artifacts(message: str) -> GraphError:
    """400 InvalidArtifactRequest."""
    return GraphError(400, "InvalidArtifactRequest", message)


def different_destinations() -> GraphError:
    """400 DifferentRestoreDestinationType."""
    return GraphError(
        400,
        "DifferentRestoreDestinationType",
        "All artifacts of a request must have the same destinationType.",
    )


def duplicate_artifact(what: str) -> GraphError:
    """400 DuplicateArtifactInList."""
    return GraphError(
        400, "DuplicateArtifactInList", f"'{what}' is in the session or list already."
    )


def too_many_artifacts(count: int, status: int) -> GraphError:
    """RestoreArtifactsLimitBreached: 413 when a session is created, 400 when it is changed."""
    return GraphError(
        status,
        "RestoreArtifactsLimitBreached",
        f"A request may carry {MOST_ARTIFACTS_A_REQUEST} artifacts, this one has {count}.",
    )


def invalid_patch(message: str) -> GraphError:
    """400 InvalidPatchRequest."""
    return GraphError(400, "InvalidPatchRequest", message)


def browse_role_missing() -> GraphError:
    """403 for browsing without the SharePoint Backup Administrator role (graph.md §2.5).

    UNVERIFIED status and code, like every missing role (graph.md §17 D).
    """
    return GraphError(
        403,
        "AccessDenied",
        "Only users with the SharePoint Backup Administrator role may use browse sessions.",
    )


def browse_session_not_found(value: str) -> GraphError:
    """404 of a browse session. UNVERIFIED: no code is published."""
    return GraphError(404, "BrowseSessionNotFound", f"There is no browse session '{value}'.")


def invalid_browse(message: str) -> GraphError:
    """400 of a browse request. UNVERIFIED: no code is published."""
    return GraphError(400, "InvalidBrowseRequest", message)
