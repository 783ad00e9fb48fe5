"""Protection units: how they come to be, change state with time, and look in the API.

A unit in motion has `ready`, the moment the motion ends, and `then`, what it is afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from m365backup_tui.practice.company_model import stable_guid
from m365backup_tui.practice.graph import artifacts
from m365backup_tui.practice.graph import backup_errors as errors
from m365backup_tui.practice.graph.backup_world import (
    Record,
    World,
    product_of,
    stamped,
    stamps,
)
from m365backup_tui.practice.graph.products import Product

# No page gives durations for taking protection away or for offboarding to be carried out
# (graph.md §6; admin-center.md names 90 days): design choices.
REMOVAL = timedelta(minutes=5)
OFFBOARDING = timedelta(days=90)

IN_MOTION = ("protectRequested", "unprotectRequested", "removeRequested")
# Sent only to clients that ask for them (graph.md §2.6 "Evolvable members").
EVOLVED = ("offboardRequested", "offboarded", "cancelOffboardRequested")


def settle_units(world: World) -> None:
    """Carry out every motion whose time has come."""
    moment = world.moment
    for unit in world.table("units").values():
        if unit["ready"] is None or unit["ready"] > moment:
            continue
        unit["status"], unit["error"] = unit["then"], unit["failure"]
        if unit["status"] == "protected":
            unit["first_point"], unit["last_point"] = unit["ready"], None
        unit["ready"] = unit["then"] = unit["failure"] = None
        if unit["leaving"]:
            unit["policy"], unit["leaving"] = None, False
            unit["sources"] = []


def owner_of(world: World, product: Product, key: str) -> Record | None:
    """The unit that protects this artifact in some policy, or None."""
    for unit in world.table("units").values():
        if unit["key"] == key and unit["product"] == product.key and unit["policy"]:
            found: Record = unit
            return found
    return None


def owners(world: World, product: Product) -> dict[str, Record]:
    """Unit by artifact key, for every artifact of the product that is in a policy."""
    return {
        unit["key"]: unit
        for unit in world.table("units").values()
        if unit["policy"] and unit["product"] == product.key
    }


def add_unit(
    world: World, policy: Record, key: str, source: str = "manual", like: Record | None = None
) -> Record:
    """Put an artifact into the policy, unprotected for now; a unit that left before comes back.

    `like` is the rule or job that adds it.
    """
    product, table = product_of(policy), world.table("units")
    unit_id = stable_guid("unit", product.key, key)
    unit = stamped(
        {
            "id": unit_id,
            "product": product.key,
            "policy": policy["id"],
            "key": key,
            "status": "unprotected",
            "ready": None,
            "then": None,
            "failure": None,
            "leaving": False,
            "error": None,
            "sources": [source],
            "offboardRequestedDateTime": None,
            "first_point": None,
            "last_point": None,
        },
        world,
        like,
    )
    table.pop(unit_id, None)
    table[unit_id] = unit
    return unit


def protect(
    world: World, policy: Record, units: Iterable[Record], since: str | None = None
) -> None:
    """Start protecting: units become protected one after the other from `since` (default now)."""
    product, waiting = product_of(policy), list(units)
    for position, unit in enumerate(waiting, start=1):
        share = 0.3 + 0.7 * position / len(waiting)
        ready = world.after(product.settle * share + product.per_unit * position, since)
        failure = artifacts.problem(world.company, product, unit["key"])
        if failure is None and world.partial_failure and position == len(waiting):
            failure = {"code": "UnknownError", "message": "The unit could not be protected."}
        unit.update(status="protectRequested", error=None, ready=ready, failure=failure)
        unit["then"] = "unprotected" if failure else "protected"


def unprotect(world: World, units: Iterable[Record]) -> None:
    """Stop protecting; the units stay in their policy."""
    ready = world.after(REMOVAL)
    for unit in units:
        _end_points(world, unit)
        unit.update(
            status="unprotectRequested", then="unprotected", ready=ready, failure=None, error=None
        )


def remove(world: World, unit: Record, enabled: bool) -> None:
    """Take the unit out of its policy; at once when the policy protects nothing anyway."""
    ready = world.after(REMOVAL) if enabled else world.moment
    _end_points(world, unit)
    unit.update(status="removeRequested", then="unprotected", ready=ready, failure=None)
    unit["leaving"] = True


def _end_points(world: World, unit: Record) -> None:
    if unit["first_point"] and not unit["last_point"]:
        unit["last_point"] = world.moment


def detach(unit: Record) -> None:
    """The unit's policy is gone."""
    unit.update(policy=None, status="unprotected", ready=None, then=None, failure=None, error=None)
    unit.update(leaving=False, sources=[])


def offboard(world: World, unit: Record) -> None:
    """Ask for the backups to be given up; 403 unless the unit has left its policy."""
    if unit["policy"] or unit["status"] != "unprotected":
        raise errors.operation_not_allowed(
            "A protection unit can be offboarded after it was removed from its policy."
        )
    unit.update(
        status="offboardRequested",
        then="offboarded",
        ready=world.after(OFFBOARDING),
        offboardRequestedDateTime=world.moment,
    )


def cancel_offboard(world: World, unit: Record) -> None:
    """Take the request back; 403 unless offboarding is under way."""
    if unit["status"] != "offboardRequested":
        raise errors.operation_not_allowed("The protection unit is not being offboarded.")
    unit.update(
        status="cancelOffboardRequested",
        then="unprotected",
        ready=world.after(REMOVAL),
        offboardRequestedDateTime=None,
    )


def show_unit(world: World, unit: Record, evolved: bool) -> Record:
    """The unit as JSON. `evolved` = the client knows the later enum members."""
    product, status = product_of(unit), unit["status"]
    if status in EVOLVED and not evolved:
        status = "unknownFutureValue"
    shown: Record = {
        "@odata.type": f"#microsoft.graph.{product.unit_type}",
        "id": unit["id"],
        "policyId": unit["policy"],
        "status": status,
        "protectionSources": ",".join(unit["sources"]) or "none",
        "error": unit["error"],
        **artifacts.computed(world.company, product, unit["key"]),
        **stamps(world, unit),
    }
    if unit["offboardRequestedDateTime"]:
        shown["offboardRequestedDateTime"] = unit["offboardRequestedDateTime"]
    return shown
