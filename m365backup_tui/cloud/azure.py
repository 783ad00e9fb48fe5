"""Azure Resource Manager: fulfils `ports.Azure`. Reads are repeated visibly, writes are sent once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from m365backup_tui.cloud import azure_values as values
from m365backup_tui.cloud.arm_calls import ArmCalls, Json
from m365backup_tui.domain.azure import (
    SYNTEX,
    BillingKind,
    BillingResource,
    PermissionEntry,
    Provider,
    Registration,
    ResourceGroup,
    Subscription,
)
from m365backup_tui.domain.errors import (
    CloudError,
    NotFound,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.side_by_side import side_by_side

_SIGN_IN = (NotSignedIn, SignInRefused, StepUpNeeded)

# api-versions: azure.md §4.5, as the SDKs and the az command line send them
_RESOURCES = "2025-04-01"
_SUBSCRIPTIONS = "2022-12-01"
_AUTHORIZATION = "2022-04-01"
_PIM = "2020-10-01"
_SYNTEX_VERSION = {
    BillingKind.DOCUMENT_PROCESSOR: "2022-09-15-preview",
    BillingKind.ACCOUNT: "2023-01-04-preview",
}


class ArmAzure:
    """Build it with the profile's `ArmCalls` and a function that tells the signed-in person's object id ("" when not
    known: then nothing is said about how a right is held)."""

    def __init__(self, calls: ArmCalls, object_id: Callable[[], str]) -> None:
        self._calls = calls
        self._object_id = object_id

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """All that the person sees, with effective permissions and how they are held; by name."""
        items = await self._calls.all("/subscriptions", _SUBSCRIPTIONS, "listing subscriptions")
        found = [values.subscription_from(item) for item in items]
        full = await side_by_side(found, self._with_rights)
        return tuple(sorted(full, key=lambda s: s.name.casefold()))

    async def resource_groups(self, subscription_id: str) -> tuple[ResourceGroup, ...]:
        items = await self._calls.all(
            f"{_sub(subscription_id)}/resourcegroups", _RESOURCES, "listing resource groups"
        )
        groups = (values.group_from(item) for item in items)
        return tuple(sorted(groups, key=lambda g: g.name.casefold()))

    async def provider(self, subscription_id: str) -> Provider:
        item = await self._calls.get(
            f"{_sub(subscription_id)}/providers/{SYNTEX}",
            _RESOURCES,
            f"reading the state of {SYNTEX}",
        )
        return values.provider_from(item)

    async def create_group(self, subscription_id: str, name: str, location: str) -> ResourceGroup:
        """PUT, sent once. An existing group of the same region stays as it is; of another region: Conflict."""
        item = await self._calls.write(
            "PUT",
            f"{_sub(subscription_id)}/resourcegroups/{quote(name)}",
            _RESOURCES,
            "creating the resource group",
            {"location": location},
        )
        made = values.group_from(item)
        return made if made.name else ResourceGroup(name, location)

    async def register_provider(self, subscription_id: str) -> Registration:
        """POST register, sent once. Registering goes on in Azure for minutes: poll `provider`."""
        item = await self._calls.write(
            "POST",
            f"{_sub(subscription_id)}/providers/{SYNTEX}/register",
            _RESOURCES,
            f"registering {SYNTEX}",
        )
        return values.registration_from(item)

    async def billing_resources(self, subscription_id: str) -> tuple[BillingResource, ...]:
        """Billing resources of both kinds. They are hidden types: whether the general list has them is UNVERIFIED, so
        the typed lists are asked too, and either alone will do (azure.md §1.2)."""
        found: dict[str, BillingResource] = {}
        for kind in BillingKind:
            for item in await self._billing_items(subscription_id, kind):
                full = values.billing_from(item, kind, subscription_id)
                found.setdefault(str(item.get("id") or full.name).lower(), full)
        return tuple(found.values())

    async def _billing_items(self, subscription_id: str, kind: BillingKind) -> list[Json]:
        version, doing = _SYNTEX_VERSION[kind], "looking for the billing resource"
        refused: CloudError | None = None
        found: list[Json] = []
        try:
            typed = f"{_sub(subscription_id)}/providers/{kind.value}"
            found += await self._calls.all(typed, version, doing)
        except _SIGN_IN:
            raise
        except CloudError as error:  # not registered yet, or the type may not be listed
            refused = error
        seen = {str(item.get("id")).lower() for item in found}
        try:
            hits = await self._calls.all(
                f"{_sub(subscription_id)}/resources",
                _RESOURCES,
                doing,
                filter=f"resourceType eq '{kind.value}'",
                expand="createdTime,changedTime,provisioningState",
            )
        except _SIGN_IN:
            raise
        except CloudError:
            if refused is not None:
                raise
            return found
        for item in hits:
            if str(item.get("id")).lower() not in seen:
                found.append(await self._with_properties(item, version, doing))
        return found

    async def _with_properties(self, item: Json, version: str, doing: str) -> Json:
        """The general list has no properties: read the resource by its id; gone meanwhile is not an error."""
        try:
            return {**item, **await self._calls.get(str(item.get("id")), version, doing)}
        except NotFound:
            return item

    async def _with_rights(self, subscription: Subscription) -> Subscription:
        """Rights first: a read that is refused counts as no access (azure.md §3.1). Then, for wording only, how they
        are held and what could be activated; those two may fail without harm."""
        scope = _sub(subscription.id)
        try:
            entries = await self._permissions(scope, "reading your rights on a subscription")
        except _SIGN_IN:
            raise
        except CloudError:
            return replace(subscription, permissions_known=False)
        access = eligible = ""
        oid = self._object_id()
        if oid:
            held = await self._optional(
                f"{scope}/providers/Microsoft.Authorization/roleAssignments",
                _AUTHORIZATION,
                f"assignedTo('{oid}')",
            )
            access = values.access_words(held, oid)
        could = await self._optional(
            f"{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
            _PIM,
            "asTarget()",
        )
        eligible = values.eligible_words(could)
        return replace(subscription, permissions=entries, access=access, eligible=eligible)

    async def _permissions(self, scope: str, doing: str) -> tuple[PermissionEntry, ...]:
        path = f"{scope}/providers/Microsoft.Authorization/permissions"
        return values.permissions_from(await self._calls.all(path, _AUTHORIZATION, doing))

    async def _optional(self, path: str, version: str, condition: str) -> list[Json]:
        try:
            return await self._calls.all(
                path, version, "reading how you hold your rights", filter=condition
            )
        except _SIGN_IN:
            raise
        except CloudError:
            return []


def _sub(subscription_id: str) -> str:
    return f"/subscriptions/{quote(subscription_id)}"
