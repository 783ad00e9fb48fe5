"""The application that asks: one of Microsoft's, or an app registration of this tenant."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from m365backup_tui.practice.entra import principals
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.scopes import ARM, ARM_SCOPES, BUILT_IN, GRAPH
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant

NATIVE_CLIENT = "https://login.microsoftonline.com/common/oauth2/nativeclient"
# For Graph's command line tools the second is UNVERIFIED (reference/auth.md §2.1).
BUILT_IN_REDIRECTS = ("http://localhost", NATIVE_CLIENT)
LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Client:
    """An application. `allowed`: by resource the scopes it is pre-authorised for, needing no
    consent; None: it needs consent. `registered`: the scopes its registration lists, by resource.
    """

    app_id: str
    name: str
    allowed: dict[str, tuple[str, ...]] | None
    registered: dict[str, tuple[str, ...]]
    redirects: tuple[str, ...]
    public: bool = True
    own_tenant_only: bool = False


def find(tenant: Tenant, client_id: str, tenant_name: str = "") -> Client:
    """The client with this id.

    Raises 900144 without an id, 700016 for an unknown one, 7000112 for a disabled one, and 50194
    for one of this tenant only that comes by way of `common` or `organizations`.
    """
    if not client_id:
        raise aadsts(900144, "The parameter client_id is missing.")
    key = client_id.lower()
    principal = principals.by_app_id(tenant, key)
    client = _built_in(key) if key in BUILT_IN else _registered(tenant, key)
    if client is None:
        raise aadsts(
            700016, f"An application with the id '{client_id}' was not found in this directory."
        )
    if principal is not None and not principal["accountEnabled"]:
        raise aadsts(7000112, f"The application '{client.name}' is disabled.")
    if client.own_tenant_only and tenant_name in ("common", "organizations"):
        raise aadsts(50194, f"The application '{client.name}' is not for several tenants.")
    return client


def check_assigned(tenant: Tenant, client: Client, persona: Persona) -> None:
    """Raises 50105 where the application wants its users assigned and this one is not."""
    principal = principals.by_app_id(tenant, client.app_id)
    if principal is None or not principal["appRoleAssignmentRequired"]:
        return
    if not principals.is_assigned(tenant, principal["id"], persona):
        raise aadsts(50105, f"'{persona.upn}' is not assigned to the application '{client.name}'.")


def check_redirect(client: Client, address: str) -> None:
    """Raises 900971 without an address, 50011 for one that is not the client's.

    Of a loopback address the port is not compared (reference/auth.md §1.3); that "/" and no path
    are the same is a choice.
    """
    if not address:
        raise aadsts(900971)
    parts = _parts(address)
    if parts is not None and (address in client.redirects or _loopback(client, parts)):
        return
    raise aadsts(50011, f"The address is not registered for the application '{client.app_id}'.")


def is_anyones(tenant: Tenant, address: str) -> bool:
    """Whether this is a redirect address of any client known here."""
    apps = [app["appId"] for app in tenant.data["entra"]["applications"].values()]
    parts = _parts(address)
    if parts is None:
        return False
    known = [_built_in(key) for key in BUILT_IN]
    known += [one for app in apps if (one := _registered(tenant, app)) is not None]
    return any(address in one.redirects or _loopback(one, parts) for one in known)


def _parts(address: str) -> SplitResult | None:
    if not address.isascii() or not address.isprintable() or " " in address:
        return None  # it will stand in a header
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises for a port that is none
    except ValueError:
        return None
    return parts


def _loopback(client: Client, parts: SplitResult) -> bool:
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.query or parts.fragment:
        return False
    known = [urlsplit(address) for address in client.redirects if address.startswith("http://")]
    return any(
        one.hostname == parts.hostname and (one.path or "/") == (parts.path or "/") for one in known
    )


def _built_in(app_id: str) -> Client:
    known = BUILT_IN[app_id]
    allowed = None if known.allowed is None else {GRAPH: known.allowed, ARM: ARM_SCOPES}
    return Client(app_id, known.name, allowed, {}, BUILT_IN_REDIRECTS)


def _registered(tenant: Tenant, app_id: str) -> Client | None:
    stored = tenant.data["entra"]["applications"].values()
    app = next((app for app in stored if app["appId"] == app_id), None)
    if app is None:
        return None
    return Client(
        app_id,
        app["displayName"],
        None,
        principals.scopes_named(app["requiredResourceAccess"]),
        tuple(app["publicClient"]["redirectUris"]),
        public=app["isFallbackPublicClient"] is True,
        own_tenant_only=app["signInAudience"] == "AzureADMyOrg",
    )
