"""Protection units: how they come to be, change state with time, and look in the API.

A unit in motion has `ready`, the moment the motion ends, and `next`, what it is afterwards.
Everything works on sets of rows: a policy may hold 100,000 units.
"""

from __future__ import annotations

import json
from datetime import timedelta

from m365backup_tui.practice.backup import artifacts, errors
from m365backup_tui.practice.backup.products import EXCHANGE, SHAREPOINT, Product
from m365backup_tui.practice.backup.world import Record, World, product_of, public_error, stamps
from m365backup_tui.practice.clock import from_iso

# No page gives durations for taking protection away or for offboarding to be carried out
# (graph.md §6; admin-center.md names 90 days): design choices.
REMOVAL = timedelta(minutes=5)
OFFBOARDING = timedelta(days=90)

IN_MOTION = ("protectRequested", "unprotectRequested", "removeRequested")
# Sent only to clients that ask for them (graph.md §2.6 "Evolvable members").
EVOLVED = ("offboardRequested", "offboarded", "cancelOffboardRequested")

# Units with what the directory and SharePoint know of them.
UNIT_VIEW = (
    "SELECT u.*, p.display_name AS person, coalesce(p.mail, p.upn) AS email, "  # noqa: S608
    f"s.name AS site_name, s.web_url AS site_url FROM units u {artifacts.JOIN}"
)
_FAILED = {"code": "UnknownError", "message": "The unit could not be protected."}
_QUOTA = {"code": "QuotaExceeded", "message": "The mailbox is over its quota."}


def settle_units(world: World) -> None:
    """Carry out every motion whose time has come."""
    now = world.moment
    if world.one("SELECT 1 FROM units WHERE ready <= ? LIMIT 1", now) is None:
        return
    # Points of an earlier protection are kept when a new one begins, and given up by offboarding.
    world.db.execute(
        "INSERT INTO spans (unit, first_point, last_point) "
        "SELECT id, first_point, last_point FROM units WHERE ready <= ? AND next = 'protected' "
        "AND first_point IS NOT NULL AND last_point IS NOT NULL ORDER BY row",
        (now,),
    )
    world.db.execute(
        "DELETE FROM spans WHERE unit IN "
        "(SELECT id FROM units WHERE ready <= ? AND next = 'offboarded')",
        (now,),
    )
    world.db.execute(
        """
        UPDATE units SET status = next, error = failure,
            first_point = CASE next WHEN 'protected' THEN ready
                WHEN 'offboarded' THEN NULL ELSE first_point END,
            last_point = CASE WHEN next IN ('protected', 'offboarded') THEN NULL
                ELSE last_point END,
            policy = CASE WHEN leaving THEN NULL ELSE policy END,
            sources = CASE WHEN leaving THEN 'none' ELSE sources END,
            leaving = 0, ready = NULL, next = NULL, failure = NULL
        WHERE ready <= ?
        """,
        (now,),
    )


def find_unit(world: World, unit_id: str) -> Record | None:
    """The unit with this id."""
    return world.one(f"{UNIT_VIEW} WHERE u.id = ?", unit_id.lower())


def protect(world: World, policy: Record, since: str | None = None, whole: bool = False) -> None:
    """Start protecting: units become protected one after the other from `since` (default now).

    The units are those that incoming.py has just put into the policy, or the `whole` policy.
    """
    product = product_of(policy)
    failing, failure = _failing(world, product)
    chosen = "units u" if whole else "temp.incoming i CROSS JOIN units u ON u.id = i.id"
    fresh = "true" if whole else "i.fresh"
    start = world.now if since is None else from_iso(since)
    world.db.execute(
        f"""
        WITH waiting AS (
            SELECT u.row AS at, row_number() OVER (ORDER BY u.row) AS position,
                count(*) OVER () AS total, {artifacts.PROBLEM[product.key]} AS problem
            FROM {chosen} {artifacts.JOIN} WHERE u.policy = :policy AND NOT u.leaving
                AND {fresh}
        ), timed AS (
            SELECT at, coalesce(problem, iif(position > total - :failing, :failure, NULL)) AS problem,
                strftime('%Y-%m-%dT%H:%M:%f000Z', :start
                    + :settle * (0.3 + 0.7 * position / total) + :each * position,
                    'unixepoch') AS moment
            FROM waiting
        )
        UPDATE units SET status = 'protectRequested', error = NULL, ready = timed.moment,
            failure = timed.problem, next = iif(timed.problem IS NULL, 'protected', 'unprotected')
        FROM timed WHERE units.row = timed.at
        """,  # noqa: S608
        {
            "policy": policy["id"],
            "failing": failing,
            "failure": json.dumps(failure),
            "start": start.timestamp(),
            "settle": product.settle.total_seconds() / world.pace,
            "each": product.per_unit.total_seconds() / world.pace,
        },
    )


def unprotect(world: World, policy_id: str) -> None:
    """Stop protecting; the units stay in their policy."""
    world.db.execute(
        f"UPDATE units SET {_ENDS}, status = 'unprotectRequested', next = 'unprotected', "  # noqa: S608
        "ready = :ready, failure = NULL, error = NULL WHERE policy = :policy",
        {"now": world.moment, "ready": world.after(REMOVAL), "policy": policy_id},
    )


# Protection ends now, if there was any.
_ENDS = "last_point = iif(first_point IS NULL, NULL, coalesce(last_point, :now))"


def remove(world: World, chosen: str, values: Record, enabled: bool) -> None:
    """Take the units that the condition `chosen` names out of their policy; at once when the policy
    protects nothing anyway."""
    ready = world.after(REMOVAL) if enabled else world.moment
    world.db.execute(
        f"UPDATE units SET {_ENDS}, status = 'removeRequested', next = 'unprotected', "  # noqa: S608
        f"ready = :ready, failure = NULL, leaving = 1 WHERE NOT leaving AND {chosen}",
        {**values, "now": world.moment, "ready": ready},
    )


def detach(world: World, policy_id: str) -> None:
    """The policy of these units is gone."""
    world.db.execute(
        f"UPDATE units SET {_ENDS}, policy = NULL, status = 'unprotected', ready = NULL, "  # noqa: S608
        "next = NULL, failure = NULL, error = NULL, leaving = 0, sources = 'none' "
        "WHERE policy = :policy",
        {"now": world.moment, "policy": policy_id},
    )


def offboard(world: World, unit: Record) -> None:
    """Ask for the backups to be given up; 403 unless the unit has left its policy."""
    if unit["policy"] or unit["status"] != "unprotected":
        raise errors.operation_not_allowed(
            "A protection unit can be offboarded after it was removed from its policy."
        )
    world.db.execute(
        "UPDATE units SET status = 'offboardRequested', next = 'offboarded', ready = ?, "
        "offboard_requested = ?, modified = ? WHERE row = ?",
        (world.after(OFFBOARDING), world.moment, world.stamp(), unit["row"]),
    )


def cancel_offboard(world: World, unit: Record) -> None:
    """Take the request back; 403 unless offboarding is under way."""
    if unit["status"] != "offboardRequested":
        raise errors.operation_not_allowed("The protection unit is not being offboarded.")
    world.db.execute(
        "UPDATE units SET status = 'cancelOffboardRequested', next = 'unprotected', ready = ?, "
        "offboard_requested = NULL, modified = ? WHERE row = ?",
        (world.after(REMOVAL), world.stamp(), unit["row"]),
    )


def show_unit(world: World, unit: Record, evolved: bool) -> Record:
    """The unit, a row of UNIT_VIEW, as JSON. `evolved` = the client knows the later enum members."""
    product, status = product_of(unit), unit["status"]
    if status in EVOLVED and not evolved:
        status = "unknownFutureValue"
    shown: Record = {
        "@odata.type": f"#microsoft.graph.{product.unit_type}",
        "id": unit["id"],
        "policyId": unit["policy"],
        "status": status,
        "protectionSources": unit["sources"],
        "error": public_error(unit["error"]),
        **stamps(world, unit),
    }
    if product is SHAREPOINT:
        shown |= {
            "siteId": unit["key"],
            "siteName": unit["site_name"],
            "siteWebUrl": unit["site_url"],
        }
    else:
        shown |= {
            "directoryObjectId": unit["key"],
            "displayName": unit["person"],
            "email": unit["email"],
        }
    if unit["offboard_requested"]:
        shown["offboardRequestedDateTime"] = unit["offboard_requested"]
    return shown


def _failing(world: World, product: Product) -> tuple[int, Record]:
    """How many of the units that start now end with an error, and with which."""
    if (
        product is EXCHANGE and world.due("B22") is not None
    ):  # documented for Exchange only (graph.md §6)
        return 1_000_000, _QUOTA
    fault = world.due("B16")
    if fault is not None:
        return int(fault.get("count", 1)), _FAILED
    return int(world.partial_failure), _FAILED
