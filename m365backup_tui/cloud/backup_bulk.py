"""Bulk addition jobs (graph.md §8): msgraph-sdk 1.65 has only their GET, so POST goes out by hand (§13 item 1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from m365backup_tui.cloud.backup_requests import policy_item
from m365backup_tui.cloud.backup_values import Json
from m365backup_tui.domain.bulk import BulkJob, BulkStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import ItemRefusal

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_service_client import GraphServiceClient

_IDS = {
    Product.EXCHANGE: "directoryObjectIds",
    Product.ONEDRIVE: "directoryObjectIds",
    Product.SHAREPOINT: "siteIds",
}


def body(product: Product, name: str, keys: Sequence[str]) -> bytes:
    """Plain JSON and not the SDK's model: 50,000 ids would take its writer the loop's time."""
    return json.dumps({"displayName": name, _IDS[product]: list(keys)}).encode()


def start(
    client: GraphServiceClient, product: Product, policy_id: str, content: bytes
) -> RequestInformation:
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation

    jobs = _jobs(client, product, policy_id)
    info = RequestInformation(Method.POST, jobs.url_template, jobs.path_parameters)
    info.headers.try_add("Accept", "application/json")
    info.set_stream_content(content, "application/json")
    return info


def jobs_of(client: GraphServiceClient, product: Product, policy_id: str) -> RequestInformation:
    info: RequestInformation = _jobs(client, product, policy_id).to_get_request_information()
    return info


def one(
    client: GraphServiceClient, product: Product, policy_id: str, job_id: str
) -> RequestInformation:
    jobs = _jobs(client, product, policy_id)
    match product:
        case Product.EXCHANGE:
            found = jobs.by_mailbox_protection_units_bulk_addition_job_id(job_id)
        case Product.ONEDRIVE:
            found = jobs.by_drive_protection_units_bulk_addition_job_id(job_id)
        case Product.SHAREPOINT:
            found = jobs.by_site_protection_units_bulk_addition_job_id(job_id)
    info: RequestInformation = found.to_get_request_information()
    return info


def job_from(answer: Json) -> BulkJob:
    """A status that is missing or not known is UNKNOWN, never taken for done (rule R7)."""
    told = str(answer.get("status") or "").lower()
    status = next((s for s in BulkStatus if s.value.lower() == told), BulkStatus.UNKNOWN)
    return BulkJob(
        id=str(answer.get("id") or ""),
        name=str(answer.get("displayName") or ""),
        status=status,
        failures=tuple(_failures(answer.get("error"))),
    )


def _failures(error: object) -> list[ItemRefusal]:
    """`error.details[]`: mailboxes and drives name the item as `target`, sites only inside the message."""
    details = error.get("details") if isinstance(error, dict) else None
    if not isinstance(details, list):
        return []
    found = [detail for detail in details if isinstance(detail, dict)]
    return [
        ItemRefusal(
            str(detail.get("target") or ""),
            str(detail.get("code") or "UnknownError"),
            str(detail.get("message") or ""),
        )
        for detail in found
    ]


def _jobs(client: GraphServiceClient, product: Product, policy_id: str) -> Any:
    policy = policy_item(client, product, policy_id)
    match product:
        case Product.EXCHANGE:
            return policy.mailbox_protection_units_bulk_addition_jobs
        case Product.ONEDRIVE:
            return policy.drive_protection_units_bulk_addition_jobs
        case Product.SHAREPOINT:
            return policy.site_protection_units_bulk_addition_jobs
