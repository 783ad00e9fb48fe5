"""ARM's answers about locks, at a subscription, a resource group or a resource."""

from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.kept import changing
from m365backup_tui.practice.arm.locks import LEVELS, lock_body, lock_id, locks_at
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.targets import require_target
from m365backup_tui.practice.errors import ArmError


def _own(call: Call) -> dict[str, Any] | None:
    wanted = lock_id(call.scope, call.args["name"]).lower()
    return next(
        (lock for lock in locks_at(call.tenant, call.scope) if lock["id"].lower() == wanted), None
    )


async def locks(call: Call) -> web.Response:
    """Locks at, above and below the scope; `atScope()` leaves out those below."""
    require_target(call)
    wanted = (call.option("$filter") or "").replace(" ", "").lower()
    if wanted not in ("", "atscope()"):
        raise ArmError(400, "UnsupportedFilter", "Only $filter=atScope() is supported here.")
    return listing(locks_at(call.tenant, call.scope, below=not wanted))


async def lock(call: Call) -> web.Response:
    """One lock of the scope itself. Raises 404 LockNotFound (the code's name is UNVERIFIED)."""
    found = _own(call)
    if found is None:
        raise ArmError(404, "LockNotFound", f"The lock '{call.args['name']}' could not be found.")
    return web.json_response(found)


async def put_lock(call: Call) -> web.Response:
    """Make or change a lock."""
    require_target(call)
    properties = (await call.body()).get("properties")
    given = properties if isinstance(properties, dict) else {}
    level = next((one for one in LEVELS if one == given.get("level")), None)
    notes = given.get("notes")
    if level is None or not (notes is None or (isinstance(notes, str) and len(notes) <= 512)):
        message = f"A lock has a level ({', '.join(LEVELS)}) and notes up to 512 characters."
        raise ArmError(400, "LockLevelInvalid", message)
    new = _own(call) is None
    made = lock_body(call.scope, call.args["name"], level, notes)
    changing(call.tenant, "locks", f"lock {made['name']} set")[made["id"].lower()] = made
    return web.json_response(made, status=201 if new else 200)


async def delete_lock(call: Call) -> web.Response:
    """Remove a lock: 200, or 204 when there was none."""
    found = _own(call)
    if found is None:
        return web.Response(status=204)
    # None and not gone: one that was there from the start must stay away.
    changing(call.tenant, "locks", f"lock {found['name']} removed")[found["id"].lower()] = None
    return web.Response(status=200)
