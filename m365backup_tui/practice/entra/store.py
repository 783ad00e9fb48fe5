"""The Entra area of the tenant's state, as a tenant begins."""

from typing import Any

from m365backup_tui.practice.entra.scopes import (
    ARM,
    BACKUP_PREFIX,
    GRAPH,
    GRAPH_CLIENT,
    RESOURCE_IDS,
    SCOPES,
    principal_id,
)


def fresh_entra() -> dict[str, Any]:
    """An Entra whose administrator consented, long ago, to the Graph command line tools.

    That everything is consented to is a choice: it lets people rehearse without a consent first.
    The scenario `consent-missing` takes the standing consent to the backup permissions away.
    """
    return {
        "device_codes": {},
        "auth_codes": {},
        "sessions": {},
        "refresh_tokens": {},
        "revoked": {},
        "browsers": {},
        "applications": {},
        "service_principals": {},
        "grants": {grant["id"]: grant for grant in map(_standing, (GRAPH, ARM))},
        "app_roles": {},
        "policy": {"users_create_apps": True, "users_consent": True},
    }


def grant_id(client: str, resource: str, principal: str | None) -> str:
    """The id of a grant: there is one for each client, resource and person or everybody."""
    return "-".join((client, resource, principal or "all"))


def _standing(resource: str) -> dict[str, Any]:
    client, api = principal_id(GRAPH_CLIENT), principal_id(RESOURCE_IDS[resource])
    return {
        "id": grant_id(client, api, None),
        "clientId": client,
        "consentType": "AllPrincipals",
        "principalId": None,
        "resourceId": api,
        "scope": " ".join(SCOPES[resource]),
        # Not part of the object that Graph shows: what `consent-missing` takes away.
        "standing": [name for name in SCOPES[resource] if name.startswith(BACKUP_PREFIX)],
    }
