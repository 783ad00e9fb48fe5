"""The Azure side of the practice company as it stands: subscriptions, regions, groups, locks."""

from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.company_model import TENANT_ID
from m365backup_tui.practice.personas import (
    CONTRIBUTOR,
    OTHER_TENANT_ID,
    SUB_FABRIKAM,
    SUB_LEGACY,
    SUB_PRODUCTION,
    SUB_SANDBOX,
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription. `state` is Enabled, Warned, PastDue, Disabled or Deleted."""

    id: str
    name: str
    state: str = "Enabled"
    tenant_id: str = TENANT_ID
    quota_id: str = "PayAsYouGo_2014-09-01"
    spending_limit: str = "Off"

    def body(self) -> dict[str, Any]:
        """As ARM shows it."""
        managed = [] if self.tenant_id == TENANT_ID else [{"tenantId": TENANT_ID}]
        return {
            "id": f"/subscriptions/{self.id}",
            "authorizationSource": "RoleBased",
            "managedByTenants": managed,
            "subscriptionId": self.id,
            "tenantId": self.tenant_id,
            "displayName": self.name,
            "state": self.state,
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": self.quota_id,
                "spendingLimit": self.spending_limit,
            },
        }


SUBSCRIPTIONS = (
    Subscription(SUB_PRODUCTION, "Northwind Labs Production"),
    Subscription(SUB_SANDBOX, "Northwind Labs Sandbox", quota_id="MSDNDevTest_2014-09-01"),
    Subscription(SUB_LEGACY, "Northwind Labs Legacy", state="Disabled"),
    Subscription(SUB_FABRIKAM, "Fabrikam Shared", tenant_id=OTHER_TENANT_ID),
)


# name, display name, geography group, in the region list of Microsoft.Syntex/accounts?
# (the list of 33: reference/azure.md §1.5; for documentProcessors it is UNVERIFIED, taken alike)
_REGIONS = """
eastus|East US|US|yes
eastus2|East US 2|US|yes
centralus|Central US|US|yes
northcentralus|North Central US|US|yes
southcentralus|South Central US|US|yes
westcentralus|West Central US|US|yes
westus|West US|US|yes
westus2|West US 2|US|no
westus3|West US 3|US|no
canadacentral|Canada Central|Canada|yes
canadaeast|Canada East|Canada|yes
brazilsouth|Brazil South|South America|yes
northeurope|North Europe|Europe|yes
westeurope|West Europe|Europe|yes
norwayeast|Norway East|Europe|yes
norwaywest|Norway West|Europe|yes
swedencentral|Sweden Central|Europe|no
francecentral|France Central|Europe|yes
francesouth|France South|Europe|yes
switzerlandnorth|Switzerland North|Europe|yes
switzerlandwest|Switzerland West|Europe|yes
germanynorth|Germany North|Europe|yes
germanywestcentral|Germany West Central|Europe|no
italynorth|Italy North|Europe|no
polandcentral|Poland Central|Europe|no
spaincentral|Spain Central|Europe|no
uksouth|UK South|UK|yes
ukwest|UK West|UK|yes
australiaeast|Australia East|Asia Pacific|yes
australiasoutheast|Australia Southeast|Asia Pacific|yes
centralindia|Central India|Asia Pacific|yes
southindia|South India|Asia Pacific|yes
westindia|West India|Asia Pacific|yes
japaneast|Japan East|Asia Pacific|yes
japanwest|Japan West|Asia Pacific|no
eastasia|East Asia|Asia Pacific|yes
southeastasia|Southeast Asia|Asia Pacific|yes
koreacentral|Korea Central|Asia Pacific|yes
uaenorth|UAE North|Middle East|yes
southafricanorth|South Africa North|Africa|yes
southafricawest|South Africa West|Africa|yes
"""


@dataclass(frozen=True, slots=True)
class Region:
    """One Azure region; `syntex` when Microsoft.Syntex may be created there."""

    name: str
    display_name: str
    geography_group: str
    syntex: bool

    def body(self, subscription_id: str) -> dict[str, Any]:
        """As the locations call shows it."""
        return {
            "id": f"/subscriptions/{subscription_id}/locations/{self.name}",
            "name": self.name,
            "type": "Region",
            "displayName": self.display_name,
            "regionalDisplayName": f"({self.geography_group}) {self.display_name}",
            "metadata": {
                "regionType": "Physical",
                "regionCategory": "Recommended" if self.syntex else "Other",
                "geography": self.geography_group,
                "geographyGroup": self.geography_group,
                "pairedRegion": [],
            },
        }


def _regions() -> tuple[Region, ...]:
    rows = (line.split("|") for line in _REGIONS.strip().splitlines())
    return tuple(Region(name, shown, group, yes == "yes") for name, shown, group, yes in rows)


REGIONS = _regions()


def plain_region(text: str) -> str:
    """A region's name however it was written: `West Europe` and `westeurope` are one."""
    return text.lower().replace(" ", "")


def region_named(text: str) -> Region | None:
    """The region with this name or display name."""
    wanted = plain_region(text)
    return next((region for region in REGIONS if region.name == wanted), None)


@dataclass(frozen=True, slots=True)
class GroupRight:
    """A role that a persona holds on one resource group only."""

    persona_key: str
    subscription_id: str
    group: str
    role_id: str


# The case "passes the group's check, not the subscription's" (reference/azure.md §3.1).
GROUP_RIGHTS = (GroupRight("exchange-admin", SUB_PRODUCTION, "rg-app-01", CONTRIBUTOR),)

LOCKED_GROUP = "rg-locked"

# Groups that exist from the start: name -> region. More than one page of them in production.
GROUPS: dict[str, dict[str, str]] = {
    SUB_PRODUCTION: {
        "rg-m365-billing": "westeurope",
        LOCKED_GROUP: "westeurope",
        "rg-shared-services": "northeurope",
        "NetworkWatcherRG": "westeurope",
        **{f"rg-app-{number:02d}": "westeurope" for number in range(1, 25)},
    },
    SUB_SANDBOX: {"rg-sandbox": "northeurope", "rg-trials": "westus2"},
    SUB_LEGACY: {"rg-legacy": "westeurope"},
    SUB_FABRIKAM: {"rg-fabrikam-shared": "eastus"},
}
