"""What the backup service answers when it is off, locked, or somebody else's. Sentences are our own."""

from m365backup_tui.practice.errors import GraphError


def service_disabled() -> GraphError:
    """Backup is not turned on. UNVERIFIED: no page names status or code (graph.md §17 D)."""
    return GraphError(
        403, "ServiceDisabled", "Microsoft 365 Backup is not turned on for this organization."
    )


def data_store_not_ready() -> GraphError:
    """The organization's data store is still being made; the code is UNVERIFIED
    (reliability-and-peers.md §3.1)."""
    return GraphError(
        409,
        "DataStoreNotInitialized",
        "The organization's backup data store is being prepared. Try again in a few minutes.",
    )


def change_locked(status: str) -> GraphError:
    """Protection may not be changed now. UNVERIFIED status and code (graph.md §17 D)."""
    return GraphError(
        403,
        "ProtectionChangeLocked",
        f"Protection cannot be changed while the service status is {status}.",
    )


def restore_locked(status: str) -> GraphError:
    """Nothing may be restored now. UNVERIFIED status and code (graph.md §17 D)."""
    return GraphError(
        403, "RestoreLocked", f"Nothing can be restored while the service status is {status}."
    )


def internal_client() -> GraphError:
    """Root, enable and service apps refuse Graph PowerShell's client (graph.md §1 item 3)."""
    return GraphError(
        403, "Forbidden", "Allow-listed internal applications may not use this method."
    )


def not_controller(verb: str) -> GraphError:
    """The caller's application does not control backup (graph.md §1 item 4)."""
    return GraphError(
        403,
        "OperationNotAllowed",
        f"This operation is not allowed for controllerProtectionPolicies.{verb}",
    )


def controller_role_missing() -> GraphError:
    """Choice: only the two roles that run all of Backup may decide who controls it."""
    return GraphError(
        403,
        "AccessDenied",
        "Only a Global Administrator or a Microsoft 365 Backup Administrator may do this.",
    )


def bad_request(message: str) -> GraphError:
    """400 for what no documented code covers."""
    return GraphError(400, "BadRequest", message)


def app_action_not_allowed(message: str) -> GraphError:
    """403 of the hand-over table (graph.md §1 item 7); the page names no code: choice."""
    return GraphError(403, "ServiceAppActionNotAllowed", message)


def app_not_found(value: str) -> GraphError:
    """404 for a service app; the code is our choice."""
    return GraphError(404, "ServiceAppNotFound", f"There is no service app '{value}'.")


def app_exists() -> GraphError:
    """409 for an application that is registered already: choice, the page is silent."""
    return GraphError(
        409, "ServiceAppAlreadyExists", "This application is registered as a service app already."
    )


def unreadable_billing() -> GraphError:
    """403 UnableToReadBillingProfile (graph.md §4)."""
    return GraphError(
        403, "UnableToReadBillingProfile", "The billing profile of the application cannot be read."
    )


def invalid_billing() -> GraphError:
    """402 InvalidBillingProfile (graph.md §4)."""
    return GraphError(
        402,
        "InvalidBillingProfile",
        "The billing profile of the application is missing or not healthy.",
    )


def invalid_owner() -> GraphError:
    """400 InvalidAppOwnerTenantId (graph.md §4)."""
    return GraphError(
        400,
        "InvalidAppOwnerTenantId",
        "appOwnerTenantId must be the id of the tenant that owns the application.",
    )
