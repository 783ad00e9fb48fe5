"""Bulk addition jobs: up to 50,000 artifacts by address or id, resolved in the background
(graph.md §8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import artifacts, backup_units
from m365backup_tui.practice.graph import backup_errors as errors
from m365backup_tui.practice.graph.backup_policies import display_name
from m365backup_tui.practice.graph.backup_world import (
    Record,
    World,
    product_of,
    stamped,
    stamps,
)
from m365backup_tui.practice.graph.products import SHAREPOINT, Product

MOST_RESOURCES = 50_000
RESOLVING = timedelta(minutes=5)  # no page says how long a job takes: a design choice


def settle_jobs(world: World) -> None:
    """Finish every job whose time has come."""
    moment = world.moment
    due = [job for job in world.table("jobs").values() if job["ready"]]
    for job in sorted(due, key=lambda one: str(one["ready"])):
        if job["ready"] <= moment:
            _finish(world, job)


def create_job(world: World, policy: Record, body: Record) -> Record:
    """A job that starts at once. Codes for a bad body are UNVERIFIED: none are published."""
    product = product_of(policy)
    known = {"displayName", product.job_addresses, product.job_ids, "@odata.type"}
    strange = sorted(set(body) - known)
    if strange:
        raise errors.invalid_create(f"The property '{strange[0]}' is not accepted here.")
    name = display_name(body.get("displayName"))
    addresses = _texts(product.job_addresses, body.get(product.job_addresses))
    ids = _texts(product.job_ids, body.get(product.job_ids))
    count = len(addresses) + len(ids)
    if count == 0:
        raise errors.invalid_create(f"Give {product.job_addresses} or {product.job_ids}.")
    if count > MOST_RESOURCES:
        raise GraphError(
            413,
            "ProtectionUnitsLimitBreached",
            f"A job may carry {MOST_RESOURCES} resources, this one has {count}.",
        )
    job = stamped(
        {
            "id": world.new_id("job"),
            "product": product.key,
            "policy": policy["id"],
            "displayName": name,
            "addresses": addresses,
            "ids": ids,
            "status": "active",
            "ready": world.after(RESOLVING + product.per_unit * count),
            "error": None,
        },
        world,
    )
    world.table("jobs")[job["id"]] = job
    world.touch(f"job {job['id']} created with {count} resources")
    return job


def find_job(world: World, policy: Record, job_id: str) -> Record:
    """The policy's job. 404; the code is UNVERIFIED."""
    job = world.table("jobs").get(job_id.lower())
    if job is None or job["policy"] != policy["id"]:
        raise GraphError(404, "BulkAdditionJobNotFound", f"There is no job '{job_id}'.")
    return job


def show_job(world: World, job: Record, whole: bool) -> Record:
    """The job as JSON; the lists are left out where jobs are listed."""
    product = product_of(job)
    shown: Record = {
        "@odata.type": f"#microsoft.graph.{product.job_type}",
        "id": job["id"],
        "displayName": job["displayName"],
        "status": job["status"],
        "error": job["error"],
        **stamps(world, job),
    }
    if whole:
        shown[product.job_addresses] = list(job["addresses"])
        shown[product.job_ids] = list(job["ids"])
    return shown


def _texts(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise errors.invalid_create(f"{name} must be a list of texts.")
    return list(value)


def _finish(world: World, job: Record) -> None:
    policy, product = world.table("policies")[job["policy"]], product_of(job)
    ended, job["ready"] = str(job["ready"]), None
    keys, problems = _resolve(world, product, job)
    taken = backup_units.owners(world, product)
    # Only what could not be found is reported; what another policy holds is passed over.
    fresh = [
        backup_units.add_unit(world, policy, key, like=job) for key in keys if key not in taken
    ]
    if policy["enabled"] and fresh:
        backup_units.protect(world, policy, fresh, since=ended)
    job["status"] = "completedWithErrors" if problems else "completed"
    if problems:
        job["error"] = {
            "message": f"{len(problems)} resources were not found.",
            "details": problems,
        }
        if product is not SHAREPOINT:
            job["error"]["code"] = "ProtectionResourcesNotFound"


def _resolve(world: World, product: Product, job: Record) -> tuple[list[str], list[dict[str, str]]]:
    keys: dict[str, None] = {}
    problems: list[dict[str, str]] = []
    for address in job["addresses"]:
        key = artifacts.by_address(world.company, product, address)
        if key is not None:
            keys[key] = None
        elif product is SHAREPOINT:  # no target here, the address is only in the sentence
            text = f"The site '{address}' was not found."
            problems.append({"code": "SiteUrlNotFound", "message": text})
        else:
            text = f"No resource has the address '{address}'."
            problems.append({"code": "EmailNotFound", "message": text, "target": address})
    for value in job["ids"]:
        key = artifacts.by_id(world.company, product, value)
        if key is not None:
            keys[key] = None
        else:  # code UNVERIFIED (graph.md §8)
            text = f"'{value}' was not found."
            problems.append({"code": "ResourceNotFound", "message": text, "target": value})
    return list(keys), problems
