"""The Azure side of the practice company as it stands: subscriptions, regions, groups, locks."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from m365backup_tui.practice.company.identity import Identity
from m365backup_tui.practice.personas import CONTRIBUTOR


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription. `state` is Enabled, Warned, PastDue, Disabled or Deleted.

    `managed_by` is the tenant that sees another's subscription through Lighthouse.
    """

    id: str
    name: str
    tenant_id: str
    state: str = "Enabled"
    quota_id: str = "PayAsYouGo_2014-09-01"
    spending_limit: str = "Off"
    managed_by: str | None = None

    def body(self) -> dict[str, Any]:
        """As ARM shows it."""
        managed = [{"tenantId": self.managed_by}] if self.managed_by else []
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


@cache
def subscriptions_of(identity: Identity) -> tuple[Subscription, ...]:
    """The company's three subscriptions, and one of its partner's."""
    name, home, sub = identity.display_name, identity.tenant_id, identity.subscription
    return (
        Subscription(sub("production"), f"{name} Production", home),
        Subscription(sub("sandbox"), f"{name} Sandbox", home, quota_id="MSDNDevTest_2014-09-01"),
        Subscription(sub("legacy"), f"{name} Legacy", home, state="Disabled"),
        Subscription(
            sub("partner"),
            f"{identity.partner} Shared",
            identity.partner_tenant_id,
            managed_by=home,
        ),
    )


# name, display name, geography group, in the region list of Microsoft.Syntex/accounts?
# (the list of 33: reference/azure.md §1.5; for documentProcessors it is UNVERIFIED, taken alike),
# category, paired region (general knowledge: UNVERIFIED; none where the pair is not listed here)
_REGIONS = """
eastus|East US|US|yes|Recommended|westus
eastus2|East US 2|US|yes|Recommended|centralus
centralus|Central US|US|yes|Recommended|eastus2
northcentralus|North Central US|US|yes|Other|southcentralus
southcentralus|South Central US|US|yes|Recommended|northcentralus
westcentralus|West Central US|US|yes|Other|westus2
westus|West US|US|yes|Other|eastus
westus2|West US 2|US|no|Recommended|westcentralus
westus3|West US 3|US|no|Recommended|eastus
canadacentral|Canada Central|Canada|yes|Recommended|canadaeast
canadaeast|Canada East|Canada|yes|Other|canadacentral
brazilsouth|Brazil South|South America|yes|Recommended|southcentralus
northeurope|North Europe|Europe|yes|Recommended|westeurope
westeurope|West Europe|Europe|yes|Recommended|northeurope
norwayeast|Norway East|Europe|yes|Recommended|norwaywest
norwaywest|Norway West|Europe|yes|Other|norwayeast
swedencentral|Sweden Central|Europe|no|Recommended|
francecentral|France Central|Europe|yes|Recommended|francesouth
francesouth|France South|Europe|yes|Other|francecentral
switzerlandnorth|Switzerland North|Europe|yes|Recommended|switzerlandwest
switzerlandwest|Switzerland West|Europe|yes|Other|switzerlandnorth
germanynorth|Germany North|Europe|yes|Other|germanywestcentral
germanywestcentral|Germany West Central|Europe|no|Recommended|germanynorth
italynorth|Italy North|Europe|no|Recommended|
polandcentral|Poland Central|Europe|no|Recommended|
spaincentral|Spain Central|Europe|no|Recommended|
uksouth|UK South|UK|yes|Recommended|ukwest
ukwest|UK West|UK|yes|Other|uksouth
australiaeast|Australia East|Asia Pacific|yes|Recommended|australiasoutheast
australiasoutheast|Australia Southeast|Asia Pacific|yes|Other|australiaeast
centralindia|Central India|Asia Pacific|yes|Recommended|southindia
southindia|South India|Asia Pacific|yes|Other|centralindia
westindia|West India|Asia Pacific|yes|Other|southindia
japaneast|Japan East|Asia Pacific|yes|Recommended|japanwest
japanwest|Japan West|Asia Pacific|no|Other|japaneast
eastasia|East Asia|Asia Pacific|yes|Recommended|southeastasia
southeastasia|Southeast Asia|Asia Pacific|yes|Recommended|eastasia
koreacentral|Korea Central|Asia Pacific|yes|Recommended|
uaenorth|UAE North|Middle East|yes|Recommended|
southafricanorth|South Africa North|Africa|yes|Recommended|southafricawest
southafricawest|South Africa West|Africa|yes|Other|southafricanorth
"""


@dataclass(frozen=True, slots=True)
class Region:
    """One Azure region; `syntex` when Microsoft.Syntex may be created there. `pair`: "" for none."""

    name: str
    display_name: str
    geography_group: str
    syntex: bool
    category: str
    pair: str

    def body(self, subscription_id: str) -> dict[str, Any]:
        """As the locations call shows it."""
        root = f"/subscriptions/{subscription_id}/locations"
        pairs = [{"name": self.pair, "id": f"{root}/{self.pair}"}] if self.pair else []
        return {
            "id": f"{root}/{self.name}",
            "name": self.name,
            "type": "Region",
            "displayName": self.display_name,
            "regionalDisplayName": f"({self.geography_group}) {self.display_name}",
            "metadata": {
                "regionType": "Physical",
                "regionCategory": self.category,
                "geography": self.geography_group,
                "geographyGroup": self.geography_group,
                "pairedRegion": pairs,
            },
        }


def _regions() -> tuple[Region, ...]:
    rows = (line.split("|") for line in _REGIONS.strip().splitlines())
    return tuple(
        Region(name, shown, group, yes == "yes", category, pair)
        for name, shown, group, yes, category, pair in rows
    )


REGIONS = _regions()
# Places of the list where nothing can be made: a client has to look at regionType (azure.md §2.1).
LOGICAL = {"global": "Global", "europe": "Europe", "unitedstates": "United States"}


def logical_body(subscription_id: str, name: str) -> dict[str, Any]:
    """A logical region as the locations call shows it."""
    return {
        "id": f"/subscriptions/{subscription_id}/locations/{name}",
        "name": name,
        "type": "Region",
        "displayName": LOGICAL[name],
        "regionalDisplayName": LOGICAL[name],
        "metadata": {"regionType": "Logical", "regionCategory": "Other"},
    }


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
def group_rights(identity: Identity) -> tuple[GroupRight, ...]:
    """The roles on one resource group only."""
    production = identity.subscription("production")
    return (GroupRight("exchange-admin", production, "rg-app-01", CONTRIBUTOR),)


LOCKED_GROUP = "rg-locked"


# More than one page of them in production.
@cache
def first_groups(identity: Identity, subscription_id: str) -> dict[str, str]:
    """Name and region of each group that the subscription begins with."""
    sub = identity.subscription
    return {
        sub("production"): {
            "rg-m365-billing": "westeurope",
            LOCKED_GROUP: "westeurope",
            "rg-shared-services": "northeurope",
            "NetworkWatcherRG": "westeurope",
            **{f"rg-app-{number:02d}": "westeurope" for number in range(1, 25)},
        },
        sub("sandbox"): {"rg-sandbox": "northeurope", "rg-trials": "westus2"},
        sub("legacy"): {"rg-legacy": "westeurope"},
        sub("partner"): {f"rg-{identity.partner.lower()}-shared": "eastus"},
    }.get(subscription_id, {})
