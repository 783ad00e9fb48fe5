"""PIM for Azure roles: what the caller may activate, and activating it (azure.md §3.3).

The activation call is UNVERIFIED there; shape and codes are general knowledge.
"""

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import access
from m365backup_tui.practice.arm.access import Assignment
from m365backup_tui.practice.arm.call import Call, forbidden
from m365backup_tui.practice.arm.kept import changing
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.roles import BUILT_IN, definition_id
from m365backup_tui.practice.arm.scopes import covers, subscription_scope
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.personas import AzureRight

_HOURS = re.compile(r"PT(\d{1,3})H", re.IGNORECASE | re.ASCII)
_MOST_HOURS = 24
_INSTANCES = "Microsoft.Authorization/roleEligibilityScheduleInstances"
_REQUESTS = "Microsoft.Authorization/roleAssignmentScheduleRequests"


def _eligible(call: Call) -> list[AzureRight]:
    scope = call.scope
    return [
        right
        for right in call.persona.azure
        if right.eligible and covers(subscription_scope(right.subscription_id), scope)
    ]


async def eligibilities(call: Call) -> web.Response:
    """What the caller may activate at the scope. Only `asTarget()` is offered."""
    wanted = (call.option("$filter") or "").replace(" ", "").lower()
    if wanted != "astarget()":
        raise ArmError(400, "UnsupportedFilter", "Only $filter=asTarget() is supported here.")
    seen = access.sees(call.tenant, call.oid, call.args["sub"].lower())
    if not seen and not _eligible(call):
        raise forbidden(call.persona, f"{_INSTANCES}/read", call.scope)
    return listing([_instance(call, right) for right in _eligible(call)])


def _instance(call: Call, right: AzureRight) -> dict[str, Any]:
    scope = subscription_scope(right.subscription_id)
    name = everywhere("eligibility", scope, call.oid, right.role_definition_id)
    role_id = definition_id(right.subscription_id, right.role_definition_id)
    return {
        "id": f"{scope}/providers/{_INSTANCES}/{name}",
        "name": name,
        "type": _INSTANCES,
        "properties": {
            "scope": scope,
            "roleDefinitionId": role_id,
            "principalId": call.oid,
            "principalType": "User",
            "status": "Provisioned",
            "memberType": "Direct",
            "startDateTime": "2026-01-07T08:00:00Z",
            "endDateTime": None,
            "expandedProperties": {
                "principal": {"id": call.oid, "displayName": call.persona.name, "type": "User"},
                "roleDefinition": {
                    "id": role_id,
                    "displayName": BUILT_IN[right.role_definition_id].name,
                    "type": "BuiltInRole",
                },
                "scope": {"id": scope, "type": "subscription"},
            },
        },
    }


async def request_activation(call: Call) -> web.Response:
    """SelfActivate: the eligible role comes into force for some hours; SelfDeactivate ends it."""
    name = call.args["name"].lower()
    if not is_guid(name):
        raise ArmError(400, "InvalidRequestId", "The request's name is a GUID.")
    properties = (await call.body()).get("properties")
    given: dict[str, Any] = properties if isinstance(properties, dict) else {}
    role_id = str(given.get("roleDefinitionId") or "").rpartition("/")[2].lower()
    if str(given.get("principalId") or "").lower() != call.oid:
        raise ArmError(400, "InvalidRequestContent", "'principalId' is not the caller's own.")
    kind = str(given.get("requestType") or "").lower()
    if kind not in ("selfactivate", "selfdeactivate"):
        # choice: an administrator's requests (AdminAssign and the like) are left out
        message = "Only requestType SelfActivate and SelfDeactivate are supported here."
        raise ArmError(400, "InvalidRequestContent", message)
    if not any(right.role_definition_id == role_id for right in _eligible(call)):
        message = "The role assignment eligibility does not exist."
        raise ArmError(400, "RoleAssignmentRequestPolicyValidationFailed", message)
    made = Assignment(
        everywhere("activated", call.scope.lower(), call.oid, role_id),
        call.scope,
        call.oid,
        "User",
        role_id,
        call.tenant.clock.now_iso(),
        to_iso(call.tenant.clock.now() + _duration(given)),
    )
    key, what = made.id.lower(), f"{call.persona.key}: {kind} {BUILT_IN[role_id].name}"
    kept = changing(call.tenant, "role_assignments", what)
    if kind == "selfactivate":
        kept[key] = asdict(made)
    else:
        kept.pop(key, None)
    status = "Provisioned" if kind == "selfactivate" else "Revoked"
    body = {
        "id": f"{call.scope}/providers/{_REQUESTS}/{name}",
        "name": name,
        "type": _REQUESTS,
        "properties": {**given, "scope": call.scope, "status": status, "createdOn": made.created},
    }
    return web.json_response(body, status=201)


def _duration(given: dict[str, Any]) -> timedelta:
    # Hours of the tenant's own time: choice, they are not divided by the pace.
    info = given.get("scheduleInfo")
    expiration = info.get("expiration") if isinstance(info, dict) else None
    text = str(expiration.get("duration") or "") if isinstance(expiration, dict) else ""
    found = _HOURS.fullmatch(text)
    hours = int(found.group(1)) if found else 8
    if not 0 < hours <= _MOST_HOURS:
        raise ArmError(400, "ExpirationRule", f"The duration is 1 to {_MOST_HOURS} hours.")
    return timedelta(hours=hours)
