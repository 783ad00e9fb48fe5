"""The requests of Microsoft 365 Backup, made with the SDK's builders and models (loaded inside the functions).

`@delta` is not modelled by msgraph-sdk 1.65 and travels in `additional_data` as plain dicts (graph.md §13 item 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from m365backup_tui.cloud.backup_values import WORDS
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.products import Product

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.generated.models.exchange_protection_policy import ExchangeProtectionPolicy
    from msgraph.generated.models.one_drive_for_business_protection_policy import (
        OneDriveForBusinessProtectionPolicy,
    )
    from msgraph.generated.models.share_point_protection_policy import SharePointProtectionPolicy
    from msgraph.graph_service_client import GraphServiceClient

    PolicyModel = (
        ExchangeProtectionPolicy | OneDriveForBusinessProtectionPolicy | SharePointProtectionPolicy
    )


def root(client: GraphServiceClient) -> RequestInformation:
    return client.solutions.backup_restore.to_get_request_information()


def all_policies(client: GraphServiceClient, top: int | None = None) -> RequestInformation:
    info = client.solutions.backup_restore.protection_policies.to_get_request_information()
    if top is not None:
        info.query_parameters["%24top"] = top
    return info


def policies_of(client: GraphServiceClient, product: Product) -> RequestInformation:
    backup = client.solutions.backup_restore
    match product:
        case Product.EXCHANGE:
            return backup.exchange_protection_policies.to_get_request_information()
        case Product.ONEDRIVE:
            return backup.one_drive_for_business_protection_policies.to_get_request_information()
        case Product.SHAREPOINT:
            return backup.share_point_protection_policies.to_get_request_information()


def policy(client: GraphServiceClient, product: Product, policy_id: str) -> RequestInformation:
    info: RequestInformation = policy_item(client, product, policy_id).to_get_request_information()
    return info


def units_of(
    client: GraphServiceClient, product: Product, policy_id: str, top: int = 0, where: str = ""
) -> RequestInformation:
    """`where`: an OData filter, "" for none."""
    item = policy_item(client, product, policy_id)
    match product:
        case Product.EXCHANGE:
            units = item.mailbox_protection_units
        case Product.ONEDRIVE:
            units = item.drive_protection_units
        case Product.SHAREPOINT:
            units = item.site_protection_units
    info: RequestInformation = units.to_get_request_information()
    if where:
        info.query_parameters["%24filter"] = where
    return _paged(info, top)


def all_units(client: GraphServiceClient, product: Product, top: int = 0) -> RequestInformation:
    backup = client.solutions.backup_restore
    match product:
        case Product.EXCHANGE:
            return _paged(backup.mailbox_protection_units.to_get_request_information(), top)
        case Product.ONEDRIVE:
            return _paged(backup.drive_protection_units.to_get_request_information(), top)
        case Product.SHAREPOINT:
            return _paged(backup.site_protection_units.to_get_request_information(), top)


def _paged(info: RequestInformation, top: int) -> RequestInformation:
    """`top`: units a page, 0 for the service's own choice."""
    if top:
        info.query_parameters["%24top"] = top
    return info


def create(
    client: GraphServiceClient, product: Product, name: str, units: Sequence[UnitRef]
) -> RequestInformation:
    """POST of a new policy. An empty list of units is left out: whether it is taken is UNVERIFIED."""
    backup = client.solutions.backup_restore
    keys = [unit.key for unit in units]
    match product:
        case Product.EXCHANGE:
            from msgraph.generated.models.exchange_protection_policy import ExchangeProtectionPolicy
            from msgraph.generated.models.mailbox_protection_unit import MailboxProtectionUnit

            mail = ExchangeProtectionPolicy(display_name=name)
            if keys:
                mail.mailbox_protection_units = [
                    MailboxProtectionUnit(directory_object_id=key) for key in keys
                ]
            return backup.exchange_protection_policies.to_post_request_information(mail)
        case Product.ONEDRIVE:
            from msgraph.generated.models.drive_protection_unit import DriveProtectionUnit
            from msgraph.generated.models.one_drive_for_business_protection_policy import (
                OneDriveForBusinessProtectionPolicy,
            )

            drive = OneDriveForBusinessProtectionPolicy(display_name=name)
            if keys:
                drive.drive_protection_units = [
                    DriveProtectionUnit(directory_object_id=key) for key in keys
                ]
            policies = backup.one_drive_for_business_protection_policies
            return policies.to_post_request_information(drive)
        case Product.SHAREPOINT:
            from msgraph.generated.models.share_point_protection_policy import (
                SharePointProtectionPolicy,
            )
            from msgraph.generated.models.site_protection_unit import SiteProtectionUnit

            site = SharePointProtectionPolicy(display_name=name)
            if keys:
                site.site_protection_units = [SiteProtectionUnit(site_id=key) for key in keys]
            return backup.share_point_protection_policies.to_post_request_information(site)


def change(
    client: GraphServiceClient,
    product: Product,
    policy_id: str,
    name: str,
    add: Sequence[UnitRef],
    remove: Sequence[UnitRef],
) -> RequestInformation:
    """PATCH. `name` "" leaves the name as it is; without units there is no delta."""
    words = WORDS[product]
    model = _model(product)
    if name:
        model.display_name = name
    delta: list[dict[str, Any]] = [{words.unit_key: unit.key} for unit in add]
    delta += [{"@removed": {"reason": "changed"}, "id": unit.unit_id} for unit in remove]
    if delta:
        model.additional_data = {words.delta: delta}
    info: RequestInformation = policy_item(client, product, policy_id).to_patch_request_information(
        model
    )
    return info


def activate(client: GraphServiceClient, policy_id: str) -> RequestInformation:
    one = client.solutions.backup_restore.protection_policies
    return one.by_protection_policy_base_id(policy_id).activate.to_post_request_information()


def deactivate(client: GraphServiceClient, policy_id: str) -> RequestInformation:
    one = client.solutions.backup_restore.protection_policies
    return one.by_protection_policy_base_id(policy_id).deactivate.to_post_request_information()


def delete(client: GraphServiceClient, product: Product, policy_id: str) -> RequestInformation:
    info: RequestInformation = policy_item(
        client, product, policy_id
    ).to_delete_request_information()
    return info


def _model(product: Product) -> PolicyModel:
    match product:
        case Product.EXCHANGE:
            from msgraph.generated.models.exchange_protection_policy import ExchangeProtectionPolicy

            return ExchangeProtectionPolicy()
        case Product.ONEDRIVE:
            from msgraph.generated.models.one_drive_for_business_protection_policy import (
                OneDriveForBusinessProtectionPolicy,
            )

            return OneDriveForBusinessProtectionPolicy()
        case Product.SHAREPOINT:
            from msgraph.generated.models.share_point_protection_policy import (
                SharePointProtectionPolicy,
            )

            return SharePointProtectionPolicy()


def policy_item(client: GraphServiceClient, product: Product, policy_id: str) -> Any:
    """The item builder of a product; the three share no base class with the methods used here."""
    backup = client.solutions.backup_restore
    match product:
        case Product.EXCHANGE:
            return backup.exchange_protection_policies.by_exchange_protection_policy_id(policy_id)
        case Product.ONEDRIVE:
            policies = backup.one_drive_for_business_protection_policies
            return policies.by_one_drive_for_business_protection_policy_id(policy_id)
        case Product.SHAREPOINT:
            return backup.share_point_protection_policies.by_share_point_protection_policy_id(
                policy_id
            )
