"""Cloud profiles: where Entra, Graph and Azure Resource Manager are, as data.

A profile is the only thing that tells Microsoft's cloud and the practice tenant apart; code never
asks which one it has. The backup API exists in the global cloud only (Graph pages of 2026), so
there is no list of national clouds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Microsoft Graph Command Line Tools: an allow-listed client for policy work (auth.md §2.1, §2.2).
GRAPH_TOOLS_CLIENT = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
# Azure CLI: the second way to Azure when the first client may not have an ARM token (auth.md §2.4).
AZURE_CLI_CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

# Scopes by stage (auth.md §2.6, graph.md §11.3); every stage contains the ones that its calls need and no more.
SCOPES_SIGN_IN: tuple[str, ...] = ("User.Read",)
SCOPES_READ: tuple[str, ...] = ("User.Read", "BackupRestore-Configuration.Read.All")
SCOPES_ROLES: tuple[str, ...] = ("RoleManagement.Read.Directory",)
SCOPES_PIM: tuple[str, ...] = (
    "RoleEligibilitySchedule.Read.Directory",
    "RoleAssignmentSchedule.Read.Directory",
)
SCOPES_CONTROL: tuple[str, ...] = ("BackupRestore-Control.Read.All",)  # useful with an own app only
# Each call asks for its own part only: where an organization grants less, the rest goes on working.
SCOPES_SITES: tuple[str, ...] = ("Sites.Read.All",)
SCOPES_PEOPLE: tuple[str, ...] = ("User.ReadBasic.All",)
SCOPES_GROUPS: tuple[str, ...] = ("Group.ReadBasic.All",)
SCOPES_MEMBERS: tuple[str, ...] = ("GroupMember.Read.All", *SCOPES_PEOPLE)
SCOPES_PICK: tuple[str, ...] = (
    *SCOPES_SITES,
    *SCOPES_PEOPLE,
    *SCOPES_GROUPS,
    "GroupMember.Read.All",
)
SCOPES_REPORTS: tuple[str, ...] = ("Reports.Read.All",)
SCOPES_REVOKE: tuple[str, ...] = ("User.RevokeSessions.All",)  # only when asked to (auth.md §5.5)
SCOPES_APPLY: tuple[str, ...] = ("BackupRestore-Configuration.ReadWrite.All",)
# Only where a policy file names notifications; there is no scope that only reads them (graph.md §2.1).
SCOPES_NOTIFY: tuple[str, ...] = ("BackupRestore-Control.ReadWrite.All",)


class Resource(StrEnum):
    """The two services that tokens are for."""

    GRAPH = "graph"
    ARM = "arm"


@dataclass(frozen=True, slots=True)
class Link:
    """A page for a browser; `source` says who names this address, and when it was read."""

    url: str
    source: str


@dataclass(frozen=True, slots=True)
class PortalLinks:
    """The pages where a person does what no public API does."""

    billing_older: Link
    billing_newer: Link
    turn_on: Link
    policies: Link
    new_subscription: Link
    activate_role: Link
    calculator: Link


@dataclass(frozen=True, slots=True)
class Profile:
    """One cloud, as data. URLs have no trailing slash; `allowed_hosts` are host names without a port."""

    key: str
    label: str
    stand_in: bool  # somebody else than Microsoft answers: every screen must say so
    authority: str
    instance_discovery: bool
    graph_base: str
    graph_resource: str
    arm_base: str
    arm_scope: str
    allowed_hosts: tuple[str, ...]
    ca_file: Path | None  # the only certificate authority trusted, where given
    use_environment: bool  # proxy and CA variables of the environment are honoured
    graph_client_id: str
    arm_client_id: str
    arm_fallback_client_id: str
    polling_interval: float  # seconds between two looks at a long-running ARM operation
    links: PortalLinks

    def client_id(self, resource: Resource) -> str:
        """The application that asks for tokens of `resource` first."""
        return self.graph_client_id if resource is Resource.GRAPH else self.arm_client_id


_SETUP_2025 = "set-up page of 2025-03-17"
_SETUP_2026 = "set-up page of 2026 (SETUP26)"
_AZURE_TOOLS = "links in Microsoft's own tools (azure.md §1.9)"

_GLOBAL_LINKS = PortalLinks(
    billing_older=Link("https://admin.microsoft.com/#/orgsettings/payasyougo", _SETUP_2025),
    billing_newer=Link("https://admin.microsoft.com/#/PaygPlatform", _SETUP_2026),
    turn_on=Link("https://admin.microsoft.com/#/orgsettings/payasyougo/storage", _SETUP_2025),
    policies=Link("https://admin.microsoft.com/#/Settings/enhancedRestore", _SETUP_2026),
    new_subscription=Link(
        "https://portal.azure.com/#blade/Microsoft_Azure_Billing/SubscriptionsBlade", _AZURE_TOOLS
    ),
    activate_role=Link("https://entra.microsoft.com/", "UNVERIFIED: front page, menu path named"),
    calculator=Link("https://aka.ms/M365BackupCalculator", "price page of 2025-03-04 (PRICE25)"),
)


def global_profile(tenant: str = "organizations") -> Profile:
    """Microsoft's worldwide cloud. `tenant`: a domain or tenant id, or `organizations` for any."""
    return Profile(
        key="global",
        label="Microsoft 365",
        stand_in=False,
        authority=f"https://login.microsoftonline.com/{tenant}",
        instance_discovery=True,
        graph_base="https://graph.microsoft.com/v1.0",
        graph_resource="https://graph.microsoft.com",
        arm_base="https://management.azure.com",
        arm_scope="https://management.azure.com/user_impersonation",
        allowed_hosts=("graph.microsoft.com", "management.azure.com"),
        ca_file=None,
        use_environment=True,
        graph_client_id=GRAPH_TOOLS_CLIENT,
        arm_client_id=GRAPH_TOOLS_CLIENT,
        arm_fallback_client_id=AZURE_CLI_CLIENT,
        polling_interval=5.0,
        links=_GLOBAL_LINKS,
    )


def practice_profile(ready: Mapping[str, Any]) -> Profile:
    """The practice tenant that printed `ready` (`practice serve`, design/command-line.md).

    The token names (resource, scope, client ids) are Microsoft's: only the addresses differ.
    """
    graph = str(ready["graph"]).rstrip("/")
    if not graph.endswith("/v1.0"):
        graph += "/v1.0"
    arm = str(ready["arm"]).rstrip("/")
    portal = str(ready["portal"]).rstrip("/")
    hosts = {urlsplit(url).hostname or "" for url in (graph, arm)}
    cloud = global_profile()
    return Profile(
        key="practice",
        label="PRACTICE",
        stand_in=True,
        authority=_authority(str(ready["authority"])),
        instance_discovery=False,
        graph_base=graph,
        graph_resource=cloud.graph_resource,
        arm_base=arm,
        arm_scope=cloud.arm_scope,
        allowed_hosts=tuple(sorted(hosts - {""})),
        ca_file=Path(str(ready["ca_file"])),
        use_environment=False,
        graph_client_id=cloud.graph_client_id,
        arm_client_id=cloud.arm_client_id,
        arm_fallback_client_id=cloud.arm_fallback_client_id,
        polling_interval=1.0,
        links=_practice_links(portal, cloud.links),
    )


def _practice_links(portal: str, cloud: PortalLinks) -> PortalLinks:
    """Each link leads to the page of the practice portal that stands for the one it names."""

    def here(page: str) -> Link:
        return Link(f"{portal}/{page}", "the practice tenant")

    return PortalLinks(
        billing_older=here("setup"),
        billing_newer=here("billing"),
        turn_on=here("storage"),
        policies=here("backup"),
        new_subscription=here("subscriptions"),
        activate_role=here("roles"),
        calculator=cloud.calculator,  # prices are the same in both
    )


def _authority(url: str) -> str:
    """An authority needs a tenant segment; `organizations` when the address has none."""
    url = url.rstrip("/")
    return url if urlsplit(url).path.strip("/") else f"{url}/organizations"
