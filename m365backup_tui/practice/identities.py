"""People and applications as Graph names them inside other objects: identity and identitySet."""

from typing import Any

from m365backup_tui.practice.entra import principals
from m365backup_tui.practice.tenant import Tenant

Record = dict[str, Any]


def application(tenant: Tenant, client_id: str) -> Record:
    """The application as an identity; without a name when the directory does not know it."""
    known = principals.by_app_id(tenant, client_id)
    return {"id": client_id, "displayName": known["displayName"] if known else None}


def identities(tenant: Tenant, oid: str, client_id: str) -> Record:
    """The identitySet of somebody who worked through an application."""
    user = tenant.company.user(oid)
    name = user.display_name if user is not None else None
    return {
        "application": application(tenant, client_id),
        "user": {"id": oid, "displayName": name},
    }
