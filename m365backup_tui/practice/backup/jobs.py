"""Bulk addition jobs: up to 50,000 artifacts by address or id, resolved in the background
(graph.md §8)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.backup import artifacts, errors, faults, incoming, units
from m365backup_tui.practice.backup.policies import display_name
from m365backup_tui.practice.backup.products import SHAREPOINT, Product
from m365backup_tui.practice.backup.world import Record, World, product_of, public_error, stamps
from m365backup_tui.practice.errors import GraphError

MOST_RESOURCES = 50_000
RESOLVING = timedelta(minutes=5)  # no page says how long a job takes: a design choice
# Jobs without their lists, which a list of jobs leaves out anyway.
JOB_COLUMNS = "row, id, product, policy, displayName, status, ready, error, created, modified"

Problem = dict[str, str]


def settle_jobs(world: World) -> None:
    """Finish every job whose time has come."""
    for job in world.many("SELECT * FROM jobs WHERE ready <= ? ORDER BY ready, row", world.moment):
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
    job_id, stamp = world.new_id("job"), world.stamp()
    world.db.execute(
        "INSERT INTO jobs (id, product, policy, displayName, status, ready, created, modified, "
        "lost, addresses, ids) VALUES (?, ?, ?, ?, 'active', ?, ?, ?, ?, ?, ?)",
        (
            job_id,
            product.key,
            policy["id"],
            name,
            world.after(RESOLVING + product.per_unit * count),
            stamp,
            stamp,
            faults.lost_addresses(world),
            json.dumps(addresses),
            json.dumps(ids),
        ),
    )
    world.touch(f"job {job_id} created with {count} resources")
    return find_job(world, policy, job_id)


def find_job(world: World, policy: Record, job_id: str) -> Record:
    """The policy's job. 404; the code is UNVERIFIED."""
    job = world.one("SELECT * FROM jobs WHERE id = ?", job_id.lower())
    if job is None or job["policy"] != policy["id"]:
        raise GraphError(404, "BulkAdditionJobNotFound", f"There is no job '{job_id}'.")
    return job


def show_job(world: World, job: Record) -> Record:
    """The job as JSON; without its lists when the row has none."""
    product = product_of(job)
    shown: Record = {
        "@odata.type": f"#microsoft.graph.{product.job_type}",
        "id": job["id"],
        "displayName": job["displayName"],
        "status": job["status"],
        "error": public_error(job["error"]),
        **stamps(world, job),
    }
    if "addresses" in job:
        shown[product.job_addresses] = json.loads(job["addresses"])
        shown[product.job_ids] = json.loads(job["ids"])
    return shown


def _texts(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise errors.invalid_create(f"{name} must be a list of texts.")
    return list(value)


def _finish(world: World, job: Record) -> None:
    policy = world.one("SELECT * FROM policies WHERE id = ?", job["policy"])
    product = product_of(job)
    keys, problems = _resolve(world, product, job)
    if policy is not None:
        # Only what could not be found is reported; what another policy holds is passed over.
        incoming.bring(world, product, keys)
        admitted = incoming.admit(world, policy, "manual", job["modified"])
        problems += [_full(key) for key in admitted.full]
        if policy["enabled"] and admitted.added:
            units.protect(world, policy, since=job["ready"])
    error: Record | None = None
    if problems:
        error = {"message": f"{len(problems)} resources were not found.", "details": problems}
        if product is not SHAREPOINT:
            error["code"] = "ProtectionResourcesNotFound"
    world.db.execute(
        "UPDATE jobs SET status = ?, ready = NULL, error = ? WHERE row = ?",
        (
            "completedWithErrors" if problems else "completed",
            None if error is None else json.dumps(error),
            job["row"],
        ),
    )


def _full(key: str) -> Problem:
    # Code UNVERIFIED: no page says what a job does with more than the policy can hold.
    return {"code": "QuotaExceeded", "message": "The policy is full.", "target": key}


def _resolve(world: World, product: Product, job: Record) -> tuple[list[str], list[Problem]]:
    found: dict[str, str] = {}
    problems: list[Problem] = []
    rows = world.db.execute(artifacts.BY_ADDRESS[product.key], (job["addresses"],))
    for number, (address, key) in enumerate(rows):
        if key is None or number < job["lost"]:
            problems.append(_not_found(product, address))
        else:
            found[key] = address
    for key in faults.not_ready(world, product, list(found)):
        problems.append(_not_found(product, found.pop(key)))
    keys = list(found)
    for value, key in world.db.execute(artifacts.BY_ID[product.key], (job["ids"],)):
        if key is not None:
            keys.append(key)
        else:  # code UNVERIFIED (graph.md §8)
            text = f"'{value}' was not found."
            problems.append({"code": "ResourceNotFound", "message": text, "target": value})
    return keys, problems


def _not_found(product: Product, address: str) -> Problem:
    if product is SHAREPOINT:  # no target here, the address is only in the sentence
        return {"code": "SiteUrlNotFound", "message": f"The site '{address}' was not found."}
    text = f"No resource has the address '{address}'."
    return {"code": "EmailNotFound", "message": text, "target": address}
