"""Clients, resources and delegated scopes that the practice Entra knows.

Client ids and what each may ask for: reference/auth.md §2.1. Scope names: §2.5 and
reference/graph.md §11.3, §12.
"""

from dataclasses import dataclass

from m365backup_tui.practice.errors import OAuthError

GRAPH_CLIENT = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
AZURE_CLI_CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

CLIENT_NAMES = {
    GRAPH_CLIENT: "Microsoft Graph Command Line Tools",
    AZURE_CLI_CLIENT: "Microsoft Azure CLI",
}

GRAPH = "https://graph.microsoft.com"
ARM = "https://management.azure.com"
ARM_OLD = "https://management.core.windows.net"

IDENTITY_SCOPES = ("openid", "profile", "offline_access", "email")
BACKUP_PREFIX = "backuprestore-"

GRAPH_SCOPES = (
    "User.Read",
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadBasic.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadBasic.All",
    "Sites.Read.All",
    "Files.Read.All",
    "Reports.Read.All",
    "ReportSettings.Read.All",
    "Organization.Read.All",
    "LicenseAssignment.Read.All",
    "Directory.Read.All",
    "Directory.AccessAsUser.All",
    "AuditLog.Read.All",
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleAssignmentSchedule.Read.Directory",
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "BackupRestore-Configuration.Read.All",
    "BackupRestore-Configuration.ReadWrite.All",
    "BackupRestore-Control.Read.All",
    "BackupRestore-Control.ReadWrite.All",
    "BackupRestore-Monitor.Read.All",
    "BackupRestore-Restore.Read.All",
    "BackupRestore-Restore.ReadWrite.All",
    "BackupRestore-Search.Read.All",
)

# The Azure CLI client is pre-authorised for these and no others (reference/auth.md §2.1).
AZURE_CLI_GRAPH_SCOPES = (
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read.All",
    "User.ReadWrite.All",
)
ARM_SCOPES = ("user_impersonation",)


@dataclass(frozen=True, slots=True)
class Request:
    """Scopes of one request, resolved. `names` are delegated scopes of `resource`, spelled as the
    service spells them; `echo` is what the token answer's `scope` says."""

    resource: str
    names: tuple[str, ...]
    identity: tuple[str, ...]
    echo: tuple[str, ...]
    default: bool = False


def check_client(client_id: str) -> str:
    """The known client with this id. Raises AADSTS700016 otherwise."""
    if client_id not in CLIENT_NAMES:
        raise OAuthError(
            "unauthorized_client",
            700016,
            f"An application with the id '{client_id}' was not found in this directory.",
        )
    return client_id


def resolve(client_id: str, text: str, base_url: str) -> Request:
    """Read a `scope` parameter. `base_url` as a resource means Graph (az asks so).

    Raises OAuthError: 700022 two resources, 650053 unknown scope, 65002 client not allowed.
    """
    wanted = text.split()
    identity = tuple(scope for scope in wanted if scope.lower() in IDENTITY_SCOPES)
    rest = [scope for scope in wanted if scope.lower() not in IDENTITY_SCOPES]
    pairs = [_split(scope, base_url) for scope in rest]
    resources = {resource for resource, _ in pairs} or {GRAPH}
    if len(resources) > 1:
        raise OAuthError(
            "invalid_request",
            700022,
            "The scope parameter names more than one resource.",
        )
    resource = resources.pop()
    names: list[str] = []
    default = not pairs
    for _, name in pairs:
        if name.lower() == ".default":
            default = True
            names += _default_scopes(client_id, resource)
        else:
            names.append(_known(client_id, resource, name))
    return Request(
        resource=resource,
        names=tuple(dict.fromkeys(names or (["User.Read"] if resource == GRAPH else []))),
        identity=identity,
        echo=tuple(dict.fromkeys([*rest, *(s for s in identity if s != "offline_access")])),
        default=default,
    )


def _split(scope: str, base_url: str) -> tuple[str, str]:
    if "://" not in scope:
        return GRAPH, scope
    resource, _, name = scope.rpartition("/")
    resource = resource.rstrip("/")
    if resource.lower() in (GRAPH, base_url.lower()):
        return GRAPH, name
    if resource.lower() in (ARM, ARM_OLD):
        return resource.lower(), name
    raise OAuthError(
        "invalid_resource",
        500011,
        f"The resource '{resource}' was not found in this directory.",
    )


def _default_scopes(client_id: str, resource: str) -> tuple[str, ...]:
    if resource != GRAPH:
        return ARM_SCOPES
    return GRAPH_SCOPES if client_id == GRAPH_CLIENT else AZURE_CLI_GRAPH_SCOPES


def _known(client_id: str, resource: str, name: str) -> str:
    every = GRAPH_SCOPES if resource == GRAPH else ARM_SCOPES
    spelled = next((known for known in every if known.lower() == name.lower()), None)
    if spelled is None:
        # The number is general knowledge, not in the reference: UNVERIFIED.
        raise OAuthError(
            "invalid_scope", 650053, f"The scope '{name}' does not exist on '{resource}'."
        )
    allowed = _default_scopes(client_id, resource)
    if client_id != GRAPH_CLIENT and spelled not in allowed and spelled != "User.Read":
        raise OAuthError(
            "invalid_grant",
            65002,
            "This application and the resource are both Microsoft's own, and the resource has "
            "not authorised the application in advance.",
        )
    return spelled
