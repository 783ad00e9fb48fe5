"""emailNotificationsSetting: who is written to when something happens to the backup
(graph.md §2.1, §2.6; admin-center.md §7)."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from m365backup_tui.practice.graph.backup_access import control_caller
from m365backup_tui.practice.graph.backup_properties import properties_of
from m365backup_tui.practice.graph.controller_callers import DECIDING_ROLES
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import context, read_body, read_query, reply, select
from m365backup_tui.practice.service import errors, handover
from m365backup_tui.practice.service.status import service_now
from m365backup_tui.practice.tenant import Tenant, tenant_of

PATH = "/v1.0/solutions/backupRestore/emailNotificationsSetting"
EVENTS = ("none", "restoreAndPolicyUpdates")
ROLES = ("none", "globalAdmins", "backupAdmins", "custom", "allAdmins")
MOST_RECIPIENTS = 20  # SETUP26
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_LONGEST_ADDRESS = 254


def add_notification_routes(app: web.Application) -> None:
    """Register the endpoint."""
    app.router.add_route("GET", PATH, _get)
    app.router.add_route("PATCH", PATH, _patch)


def settings_of(tenant: Tenant) -> Record:
    """The setting as it stands. What a tenant begins with is a choice: on, all administrators."""
    stored: Record | None = tenant.data["billing"].get("notifications")
    return stored or {
        "isEnabled": True,
        "additionalEvents": "none",
        "recipients": {"role": "allAdmins", "customRecipients": []},
    }


async def _get(request: web.Request) -> web.StreamResponse:
    control_caller(request, changes=True)  # there is no read scope for it (graph.md §2.1)
    query = read_query(request, {"$select"}, properties_of("emailNotificationsSetting"))
    return reply(select(_entity(request), query, always=("@odata.context",)))


async def _patch(request: web.Request) -> web.StreamResponse:
    """Only the two roles that run all of Backup may change it (admin-center.md §7)."""
    who = control_caller(request, changes=True)
    read_query(request)
    if not who.persona.active_roles & DECIDING_ROLES:
        raise errors.controller_role_missing()
    tenant, body = tenant_of(request), await read_body(request)
    app = handover.app_of(tenant, who.client_id)
    third_party = app is not None or service_now(tenant).consumer == "thirdparty"
    changed = _changed(settings_of(tenant), body, third_party)
    tenant.data["billing"]["notifications"] = changed
    tenant.state.touch("notifications changed")
    return reply(_entity(request))


def _entity(request: web.Request) -> Record:
    what = context(request, "solutions/backupRestore/emailNotificationsSetting/$entity")
    return {"@odata.context": what, **settings_of(tenant_of(request))}


def _changed(now: Record, body: Record, third_party: bool) -> Record:
    """The setting with the body's properties in place of its own. Raises 400."""
    given = {key: value for key, value in body.items() if not key.startswith("@odata.")}
    if unknown := sorted(set(given) - set(now)):
        raise errors.bad_request(f"'{unknown[0]}' is not a property of this setting.")
    changed = dict(now)
    if "isEnabled" in given:
        if not isinstance(given["isEnabled"], bool):
            raise errors.bad_request("isEnabled must be true or false.")
        changed["isEnabled"] = given["isEnabled"]
    if "additionalEvents" in given:
        changed["additionalEvents"] = _flags("additionalEvents", given["additionalEvents"], EVENTS)
    if "recipients" in given:
        changed["recipients"] = _recipients(now["recipients"], given["recipients"], third_party)
    return changed


def _recipients(now: Record, given: Any, third_party: bool) -> Record:
    if not isinstance(given, dict):
        raise errors.bad_request("recipients must be an object.")
    given = {key: value for key, value in given.items() if not key.startswith("@odata.")}
    if unknown := sorted(set(given) - {"role", "customRecipients"}):
        raise errors.bad_request(f"'{unknown[0]}' is not a property of recipients.")
    role = _flags("role", given["role"], ROLES) if "role" in given else str(now["role"])
    if third_party and role != now["role"]:
        raise errors.bad_request("role is read-only for third-party controllers.")
    custom = "custom" in role.split(",")
    if "customRecipients" not in given:
        people = now["customRecipients"] if custom else []
    else:
        people = _people(given["customRecipients"])
    if people and not custom:
        raise errors.bad_request("customRecipients need the role custom.")
    if custom and not people:
        # Choice: a list for nobody is refused.
        raise errors.bad_request("The role custom needs at least one of customRecipients.")
    return {"role": role, "customRecipients": people}


def _people(given: Any) -> list[Record]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise errors.bad_request("customRecipients must be a list of objects.")
    if len(given) > MOST_RECIPIENTS:
        raise errors.bad_request(f"There may be {MOST_RECIPIENTS} customRecipients.")
    people = [_person(one) for one in given]
    addresses = [str(one["email"]).lower() for one in people]
    if len(set(addresses)) < len(addresses):
        raise errors.bad_request("An address appears more than once in customRecipients.")
    return people


def _person(given: Record) -> Record:
    person = {key: value for key, value in given.items() if not key.startswith("@odata.")}
    if set(person) - {"email", "displayName", "id"} or not all(
        value is None or isinstance(value, str) for value in person.values()
    ):
        raise errors.bad_request("A recipient has email, displayName and id, all text.")
    email = person.get("email") or ""
    if len(email) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(email):
        raise errors.bad_request(f"'{email[:60]}' is not an e-mail address.")
    return {key: value for key, value in person.items() if value is not None}


def _flags(name: str, given: Any, known: tuple[str, ...]) -> str:
    """Flags as the service writes them: members joined by commas, in their own order."""
    parts = {part.strip().lower() for part in given.split(",")} if isinstance(given, str) else set()
    spelled = [member for member in known if member.lower() in parts]
    if not parts or len(spelled) < len(parts) or ("none" in parts and len(parts) > 1):
        raise errors.bad_request(f"{name} must be one or more of {', '.join(known)}.")
    return ",".join(spelled)
