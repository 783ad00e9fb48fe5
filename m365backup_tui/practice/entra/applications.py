"""App registrations of this tenant: the properties a public client needs, checked and kept.

Body and defaults: Microsoft's pages application-post-applications and application-upsert;
reference/auth.md §2.5. Properties that a public client has no use for (secrets, web, roles of its
own) are refused rather than ignored: a choice.
"""

import uuid
from typing import Any
from urllib.parse import urlsplit

from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra import principals
from m365backup_tui.practice.entra.clients import LOOPBACK
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.tenant import Tenant

Application = dict[str, Any]
AUDIENCES = (
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
)
MOST_URIS, MOST_NAME = 256, 256
READ_ONLY = ("id", "appId", "createdDateTime", "deletedDateTime", "publisherDomain")


def every(tenant: Tenant) -> list[Application]:
    """The registrations, oldest first."""
    return list(tenant.data["entra"]["applications"].values())


def find(tenant: Tenant, name: str, value: str) -> Application | None:
    """The registration whose `id`, `appId` or `uniqueName` is this."""
    wanted = value if name == "uniqueName" else value.lower()
    return next((app for app in every(tenant) if app[name] == wanted), None)


def create(
    tenant: Tenant, body: dict[str, Any], owner: str, unique_name: str | None = None
) -> Application:
    """Register an application. Raises GraphError 400 for a body that cannot be used."""
    values = check(body)
    if "displayName" not in values:
        raise bad("displayName", "is required")
    app: Application = {
        "id": str(uuid.uuid4()),
        "appId": str(uuid.uuid4()),
        "uniqueName": unique_name,
        "displayName": values["displayName"],
        "createdDateTime": to_iso(tenant.clock.now()),
        "deletedDateTime": None,
        "publisherDomain": tenant.company.domain,
        "signInAudience": "AzureADMyOrg",
        "isFallbackPublicClient": None,
        "publicClient": {"redirectUris": []},
        "requiredResourceAccess": [],
        "description": None,
        "notes": None,
        "tags": [],
        "keyCredentials": [],
        "passwordCredentials": [],
        **values,
        "owner": owner,
    }
    tenant.data["entra"]["applications"][app["id"]] = app
    tenant.state.touch(f"application {app['displayName']} registered")
    return app


def change(tenant: Tenant, app: Application, body: dict[str, Any]) -> None:
    """Change properties of a registration. Raises GraphError 400."""
    app.update(check(body))
    tenant.state.touch(f"application {app['displayName']} changed")


def remove(tenant: Tenant, app: Application) -> None:
    """Delete a registration, and its service principal with it.

    For good: deleted applications cannot be restored here.
    """
    principal = principals.by_app_id(tenant, app["appId"])
    if principal is not None:
        principals.remove(tenant, principal["id"])
    del tenant.data["entra"]["applications"][app["id"]]
    tenant.state.touch(f"application {app['displayName']} deleted")


def check(body: dict[str, Any]) -> dict[str, Any]:
    """The properties of a body, checked. Raises GraphError 400 Request_BadRequest."""
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name.startswith("@odata."):
            continue
        if name in READ_ONLY:
            raise bad(name, "is read-only")
        if name not in _CHECKS:
            raise bad(name, "is not a property that can be set here")
        values[name] = _CHECKS[name](name, value)
    return values


def bad(name: str, rule: str) -> GraphError:
    """400 about one property."""
    shown = name.encode("ascii", "backslashreplace").decode()
    return GraphError(400, "Request_BadRequest", f"The property '{shown}' {rule}.")


def text(name: str, value: Any, most: int = 1024) -> str:
    """A text that can be stored. Raises GraphError 400."""
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise bad(name, f"must be a text of 1 to {most} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise bad(name, "is not valid Unicode") from None
    return value


def guid(name: str, value: Any) -> str:
    """A GUID in small letters. Raises GraphError 400."""
    try:
        return str(uuid.UUID(text(name, value, 64)))
    except ValueError:
        raise bad(name, "must be a GUID") from None


def _name(name: str, value: Any) -> str:
    return text(name, value, MOST_NAME)


def _optional(name: str, value: Any) -> str | None:
    return None if value is None else text(name, value)


def _audience(name: str, value: Any) -> str:
    if value not in AUDIENCES:
        raise bad(name, f"must be one of {', '.join(AUDIENCES)}")
    return str(value)


def _flag(name: str, value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise bad(name, "must be true, false or null")
    return value


def _tags(name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise bad(name, "must be a list of texts")
    return [text(name, one, MOST_NAME) for one in value[:MOST_URIS]]


def _none_of(name: str, value: Any) -> list[Any]:
    if value != []:
        raise bad(name, "cannot hold anything here: applications have no secrets")
    return []


def _public_client(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - {"redirectUris"}:
        raise bad(name, "must be an object with redirectUris")
    uris = value.get("redirectUris", [])
    if not isinstance(uris, list) or len(uris) > MOST_URIS:
        raise bad(name, f"takes at most {MOST_URIS} redirectUris")
    return {"redirectUris": [_redirect(f"{name}.redirectUris", one) for one in uris]}


def _redirect(name: str, value: Any) -> str:
    address = text(name, value)
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises for a port that is none
    except ValueError:
        raise bad(name, "holds an address that cannot be read") from None
    plain = address.isascii() and address.isprintable() and " " not in address
    if not plain or not parts.scheme or parts.scheme in ("javascript", "data") or parts.fragment:
        raise bad(name, "must hold absolute addresses without a fragment")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise bad(name, "may hold http addresses only for localhost")
    return address


def _access(name: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise bad(name, "must be a list")
    found = []
    for one in value:
        if not isinstance(one, dict) or not isinstance(one.get("resourceAccess"), list):
            raise bad(name, "needs resourceAppId and resourceAccess in every entry")
        entries = one["resourceAccess"]
        if not all(isinstance(x, dict) and x.get("type") in ("Scope", "Role") for x in entries):
            raise bad(name, "needs id and type (Scope or Role) in every resourceAccess")
        found.append(
            {
                "resourceAppId": guid(f"{name}.resourceAppId", one.get("resourceAppId")),
                "resourceAccess": [
                    {"id": guid(f"{name}.id", x.get("id")), "type": x["type"]} for x in entries
                ],
            }
        )
    return found


_CHECKS = {
    "displayName": _name,
    "signInAudience": _audience,
    "isFallbackPublicClient": _flag,
    "publicClient": _public_client,
    "requiredResourceAccess": _access,
    "description": _optional,
    "notes": _optional,
    "tags": _tags,
    "keyCredentials": _none_of,  # az sends the list even when it is empty
    "passwordCredentials": _none_of,
}
