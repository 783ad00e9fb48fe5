"""Clients of Microsoft's own, resources and delegated scopes that the practice Entra knows.

Client ids and what each may ask for: reference/auth.md §2.1. Scope names and ids: §2.5 and
reference/graph.md §11.3, §12. Names beyond those are the higher privileged ones of the permission
tables; their ids here are made up.
"""

from dataclasses import dataclass

from m365backup_tui.practice.company.identity import everywhere

GRAPH_CLIENT = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
AZURE_CLI_CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
AZURE_POWERSHELL_CLIENT = "1950a258-227b-4e31-a9cf-717495945fc2"

GRAPH = "https://graph.microsoft.com"
ARM = "https://management.azure.com"
ARM_OLD = "https://management.core.windows.net"
RESOURCE_IDS = {
    GRAPH: "00000003-0000-0000-c000-000000000000",
    ARM: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
}
RESOURCE_NAMES = {GRAPH: "Microsoft Graph", ARM: "Windows Azure Service Management API"}

IDENTITY_SCOPES = ("openid", "profile", "offline_access", "email")
BACKUP_PREFIX = "BackupRestore-"
ARM_SCOPES = ("user_impersonation",)

_SCOPE_IDS = {
    "BackupRestore-Configuration.Read.All": "444ed4b6-0554-4dc6-8e9c-3f9a34ee3ff6",
    "BackupRestore-Configuration.ReadWrite.All": "a0244d16-171c-4496-8ffb-7b9b6954d339",
    "BackupRestore-Control.Read.All": "af598c63-4292-4437-b925-e996354d3854",
    "BackupRestore-Control.ReadWrite.All": "96d46335-d92d-41b8-bc9f-273a692381ea",
    "BackupRestore-Monitor.Read.All": "b4e98de1-4600-4e90-b5e1-7c1dfef04e5c",
    "BackupRestore-Restore.Read.All": "94b36f78-434f-4904-8c08-421d9a9c1dc2",
    "BackupRestore-Restore.ReadWrite.All": "9f89e109-94b9-4c9b-b4fc-98cdaa54f574",
    "BackupRestore-Search.Read.All": "2b24830f-f435-446f-ab5a-b1e70d9a2eb5",
    "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
    "User.ReadBasic.All": "b340eb25-3456-403f-be2f-af7a0d370277",
    "User.Read.All": "a154be20-db9c-4678-8ab7-66f6cc099a59",
    "Sites.Read.All": "205e70e5-aba6-4c52-a976-6d2d46c48043",
    "Group.Read.All": "5f8c59db-677d-491f-a6b8-5f174b11ec1d",
    "GroupMember.Read.All": "bc024368-1153-4739-b217-4326f2e966d0",
    "RoleManagement.Read.Directory": "741c54c3-0c1e-44a1-818b-3f97ab4e8c83",
    "Organization.Read.All": "4908d5b9-3fb2-4b1e-9336-1888b7937185",
    "LicenseAssignment.Read.All": "f395577a-0960-456b-979f-7228de0c5996",
    "Directory.Read.All": "06da0dbc-49e2-44d2-8312-53f166ab848a",
    "Application.ReadWrite.All": "bdfbf15f-ee85-4955-8675-146e8e5296b5",
    "DelegatedPermissionGrant.ReadWrite.All": "41ce6ca6-6826-4807-84f1-1c82854f7ee5",
    "user_impersonation": "41094075-9dad-400e-a0bd-54e686782033",
    "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
    "openid": "37f7f235-527c-4136-accd-4a02d197296e",
    "profile": "14dad69e-099b-42c9-810b-d002981feec1",
}

GRAPH_SCOPES = (
    *(name for name in _SCOPE_IDS if name[0].isupper()),
    "User.ReadWrite",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
    "Group.ReadBasic.All",
    "Group.ReadWrite.All",
    "GroupMember.ReadBasic.All",
    "GroupMember.ReadWrite.All",
    "Sites.ReadWrite.All",
    "Sites.Manage.All",
    "Sites.FullControl.All",
    "Files.Read",
    "Files.ReadWrite",
    "Files.Read.All",
    "Files.ReadWrite.All",
    "MailboxSettings.Read",
    "Reports.Read.All",
    "ReportSettings.Read.All",
    "Organization.ReadWrite.All",
    "Directory.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "AuditLog.Read.All",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "Application.Read.All",
    "AppRoleAssignment.ReadWrite.All",
    "Policy.Read.All",
    "Policy.ReadWrite.Authorization",
)
SCOPES = {GRAPH: GRAPH_SCOPES, ARM: ARM_SCOPES}

# Everybody may consent to these for themselves. Two of them are in reference/auth.md §2.5; the
# others are general knowledge: UNVERIFIED.
USER_CONSENT = frozenset(
    {
        "User.Read",
        "User.ReadWrite",
        "User.ReadBasic.All",
        "Sites.Read.All",
        "Sites.ReadWrite.All",
        "Files.Read",
        "Files.ReadWrite",
        "Files.Read.All",
        "Files.ReadWrite.All",
        "MailboxSettings.Read",
        "user_impersonation",
    }
)

_AZURE_POWERSHELL_SCOPES = (
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read",  # not in the reference's list: a choice, so that /me answers
    "User.Read.All",
)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A client of Microsoft's. `allowed`: the Graph scopes it is pre-authorised for and no others;
    None for one that asks for consent like anybody's."""

    name: str
    allowed: tuple[str, ...] | None


BUILT_IN = {
    GRAPH_CLIENT: BuiltIn("Microsoft Graph Command Line Tools", None),
    AZURE_CLI_CLIENT: BuiltIn(
        "Microsoft Azure CLI", (*_AZURE_POWERSHELL_SCOPES, "User.ReadWrite.All")
    ),
    AZURE_POWERSHELL_CLIENT: BuiltIn("Microsoft Azure PowerShell", _AZURE_POWERSHELL_SCOPES),
}
CLIENT_NAMES = {client_id: known.name for client_id, known in BUILT_IN.items()}


def scope_id(name: str) -> str:
    """The id of a delegated scope."""
    return _SCOPE_IDS.get(name) or everywhere("scope", name)


def principal_id(app_id: str) -> str:
    """The object id of the service principal of a Microsoft application in this tenant."""
    return everywhere("servicePrincipal", app_id)


def resource_of(app_id: str) -> str | None:
    """The resource whose application id this is."""
    return next((name for name, known in RESOURCE_IDS.items() if known == app_id), None)
