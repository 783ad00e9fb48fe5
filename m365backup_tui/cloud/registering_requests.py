"""The requests about app registrations, made with the SDK's builders and models (loaded inside the functions).

Calls and bodies: auth.md §2.5, Graph pages application-upsert, serviceprincipal-post-serviceprincipals,
serviceprincipal-post-approleassignedto, oauth2permissiongrant-post and -update.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from m365backup_tui.domain.app_registration import (
    DEFAULT_ROLE,
    DISPLAY_NAME,
    NOTES,
    REDIRECTS,
    UNIQUE_NAME,
    Access,
    AppSeen,
)

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.generated.models.application import Application
    from msgraph.generated.models.required_resource_access import RequiredResourceAccess
    from msgraph.graph_service_client import GraphServiceClient

APP_FIELDS = [
    "id",
    "appId",
    "displayName",
    "uniqueName",
    "signInAudience",
    "isFallbackPublicClient",
    "publicClient",
    "requiredResourceAccess",
]
PRINCIPAL_FIELDS = ["id", "appId", "accountEnabled", "appRoleAssignmentRequired"]
SERVICE_FIELDS = ["id", "appId", "oauth2PermissionScopes"]


def ours(client: GraphServiceClient) -> RequestInformation:
    """The application with our unique name; 404 where there is none."""
    info = client.applications_with_unique_name(UNIQUE_NAME).to_get_request_information()
    return _select(info, APP_FIELDS)


def applications(client: GraphServiceClient) -> RequestInformation:
    """Every registration of the tenant that the person may see."""
    return _select(client.applications.to_get_request_information(), APP_FIELDS)


def create(client: GraphServiceClient, access: Iterable[Access]) -> RequestInformation:
    """Create it unless it is there, by its unique name: sent twice it is still one."""
    from msgraph.generated.models.application import Application
    from msgraph.generated.models.public_client_application import PublicClientApplication

    body = Application(
        display_name=DISPLAY_NAME,
        sign_in_audience="AzureADMyOrg",
        is_fallback_public_client=True,  # else Entra wants a secret (7000218)
        public_client=PublicClientApplication(redirect_uris=list(REDIRECTS)),
        required_resource_access=_access(access),
        notes=NOTES,
    )
    builder = client.applications_with_unique_name(UNIQUE_NAME)
    info = builder.to_patch_request_information(body)
    info.headers.try_add("Prefer", "create-if-missing")
    return info


def mend(client: GraphServiceClient, app: AppSeen, access: Iterable[Access]) -> RequestInformation:
    """What is lacking is added; addresses and permissions that somebody else listed stay."""
    from msgraph.generated.models.application import Application
    from msgraph.generated.models.public_client_application import PublicClientApplication

    addresses = list(dict.fromkeys((*app.redirects, *REDIRECTS)))
    body: Application = Application(
        is_fallback_public_client=True,
        public_client=PublicClientApplication(redirect_uris=addresses),
        required_resource_access=_access(app.access.union(access)),
    )
    return client.applications.by_application_id(app.object_id).to_patch_request_information(body)


def delete(client: GraphServiceClient, app: AppSeen) -> RequestInformation:
    builder = client.applications.by_application_id(app.object_id)
    return builder.to_delete_request_information()


def principal(client: GraphServiceClient, app_id: str) -> RequestInformation:
    """What an application is in this tenant; 404 where it is nothing yet."""
    found = client.service_principals_with_app_id(app_id)
    return _select(found.to_get_request_information(), PRINCIPAL_FIELDS)


def service(client: GraphServiceClient, app_id: str) -> RequestInformation:
    found = client.service_principals_with_app_id(app_id)
    return _select(found.to_get_request_information(), SERVICE_FIELDS)


def create_principal(client: GraphServiceClient, app_id: str) -> RequestInformation:
    from msgraph.generated.models.service_principal import ServicePrincipal

    return client.service_principals.to_post_request_information(ServicePrincipal(app_id=app_id))


def close(client: GraphServiceClient, principal_id: str) -> RequestInformation:
    """Only assigned people may sign in."""
    from msgraph.generated.models.service_principal import ServicePrincipal

    builder = client.service_principals.by_service_principal_id(principal_id)
    return builder.to_patch_request_information(ServicePrincipal(app_role_assignment_required=True))


def assigned(client: GraphServiceClient, principal_id: str) -> RequestInformation:
    builder = client.service_principals.by_service_principal_id(principal_id)
    return builder.app_role_assigned_to.to_get_request_information()


def assign(client: GraphServiceClient, principal_id: str, person: str) -> RequestInformation:
    from msgraph.generated.models.app_role_assignment import AppRoleAssignment

    body = AppRoleAssignment(
        principal_id=UUID(person),
        resource_id=UUID(principal_id),
        app_role_id=UUID(DEFAULT_ROLE),
    )
    builder = client.service_principals.by_service_principal_id(principal_id)
    return builder.app_role_assigned_to.to_post_request_information(body)


def grants(client: GraphServiceClient, principal_id: str) -> RequestInformation:
    builder = client.service_principals.by_service_principal_id(principal_id)
    return builder.oauth2_permission_grants.to_get_request_information()


def grant(
    client: GraphServiceClient,
    principal_id: str,
    service_id: str,
    person: str,
    scopes: Sequence[str],
) -> RequestInformation:
    """`person`: object id, "" for everybody."""
    from msgraph.generated.models.o_auth2_permission_grant import OAuth2PermissionGrant

    body = OAuth2PermissionGrant(
        client_id=principal_id,
        consent_type="Principal" if person else "AllPrincipals",
        resource_id=service_id,
        scope=" ".join(scopes),
    )
    if person:
        body.principal_id = person
    return client.oauth2_permission_grants.to_post_request_information(body)


def extend(client: GraphServiceClient, grant_id: str, scopes: Sequence[str]) -> RequestInformation:
    """`scopes` replaces what the grant holds: it has to name everything that is to stay."""
    from msgraph.generated.models.o_auth2_permission_grant import OAuth2PermissionGrant

    builder = client.oauth2_permission_grants.by_o_auth2_permission_grant_id(grant_id)
    return builder.to_patch_request_information(OAuth2PermissionGrant(scope=" ".join(scopes)))


def _select(info: RequestInformation, fields: Sequence[str]) -> RequestInformation:
    info.query_parameters["%24select"] = list(fields)
    return info


def _access(access: Iterable[Access]) -> list[RequiredResourceAccess]:
    from msgraph.generated.models.required_resource_access import RequiredResourceAccess
    from msgraph.generated.models.resource_access import ResourceAccess

    by_service: dict[str, list[ResourceAccess]] = {}
    for service_id, scope_id, kind in sorted(access):
        entry = ResourceAccess(id=UUID(scope_id), type=kind)
        by_service.setdefault(service_id, []).append(entry)
    return [
        RequiredResourceAccess(resource_app_id=service_id, resource_access=entries)
        for service_id, entries in by_service.items()
    ]
