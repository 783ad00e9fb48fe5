"""ARM's answers about Azure Policy: assignments, definitions, and what a policy would refuse."""

import re
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import policies
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.kept import changing, part
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.policies import DEFINITIONS, Asked
from m365backup_tui.practice.arm.targets import require_target
from m365backup_tui.practice.errors import ArmError

_MODES = ("Default", "DoNotEnforce")
_DEFINITION_FILTER = re.compile(r"policyDefinitionId\s+eq\s+'([^']+)'", re.IGNORECASE)


async def definitions(call: Call) -> web.Response:
    """The built-in definitions that the practice Azure knows."""
    return listing([one.body() for one in DEFINITIONS.values()])


async def definition(call: Call) -> web.Response:
    """One of them. Raises 404 PolicyDefinitionNotFound (UNVERIFIED)."""
    return web.json_response(_definition(call.args["name"]).body())


def _definition(name: str) -> policies.Definition:
    found = DEFINITIONS.get(name.rpartition("/")[2].lower())
    if found is None:
        raise ArmError(
            404, "PolicyDefinitionNotFound", f"The policy definition '{name}' could not be found."
        )
    return found


async def assignments(call: Call) -> web.Response:
    """Assignments at, above and below the scope.

    `atScope()` leaves out those below, `atExactScope()` those above too; `policyDefinitionId eq
    '{id}'` keeps those of one definition (the three filters of the SDK's docstring).
    """
    require_target(call)
    wanted = (call.option("$filter") or "").strip()
    plain = wanted.replace(" ", "").lower()
    of = _DEFINITION_FILTER.fullmatch(wanted)
    if not of and plain not in ("", "atscope()", "atexactscope()"):
        raise ArmError(400, "UnsupportedFilter", f"The filter '{wanted}' is not supported.")
    found = policies.assignments(call.tenant, call.scope, below=bool(of) or not plain)
    if of:
        definition = of[1].lower()
        found = [one for one in found if _about(one, "policyDefinitionId") == definition]
    elif plain == "atexactscope()":
        found = [one for one in found if _about(one, "scope") == call.scope.lower()]
    return listing(found)


def _about(assignment: dict[str, Any], name: str) -> str:
    return str(assignment["properties"][name]).lower()


def _own(call: Call) -> dict[str, Any] | None:
    wanted = f"{call.scope}/providers/Microsoft.Authorization/policyAssignments/{call.args['name']}"
    return next(
        (
            one
            for one in policies.assignments(call.tenant, call.scope)
            if one["id"].lower() == wanted.lower()
        ),
        None,
    )


async def assignment(call: Call) -> web.Response:
    """One assignment of the scope itself. Raises 404 PolicyAssignmentNotFound (UNVERIFIED)."""
    found = _own(call)
    if found is None:
        name = call.args["name"]
        raise ArmError(
            404, "PolicyAssignmentNotFound", f"The policy assignment '{name}' could not be found."
        )
    return web.json_response(found)


async def put_assignment(call: Call) -> web.Response:
    """Assign a built-in definition. choice: 201 whether it is new or not."""
    require_target(call)
    properties = (await call.body()).get("properties")
    given = properties if isinstance(properties, dict) else {}
    chosen = _definition(str(given.get("policyDefinitionId") or ""))
    parameters = given.get("parameters")
    named = parameters.get(chosen.parameter) if isinstance(parameters, dict) else None
    value = named.get("value") if isinstance(named, dict) else None
    if not _fits(chosen, value):
        raise ArmError(
            400,
            "MissingPolicyParameter",
            f"The policy assignment lacks the parameter '{chosen.parameter}', or it has the wrong type.",
        )
    outside = given.get("notScopes") or []
    mode = given.get("enforcementMode") or "Default"
    if mode not in _MODES or not _texts(outside):
        raise ArmError(400, "InvalidRequestContent", "enforcementMode or notScopes is malformed.")
    made = policies.assignment_body(
        call.scope,
        call.args["name"],
        chosen,
        str(given.get("displayName") or chosen.name),
        {chosen.parameter: {"value": value}},
    )
    made["properties"] |= {"notScopes": outside, "enforcementMode": mode}
    what = f"policy assignment {made['name']}"
    changing(call.tenant, "policy_assignments", what)[made["id"].lower()] = made
    return web.json_response(made, status=201)


def _fits(chosen: policies.Definition, value: Any) -> bool:
    if chosen is policies.TAG_ON_GROUPS:
        return isinstance(value, str) and bool(value)
    return _texts(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


async def delete_assignment(call: Call) -> web.Response:
    """Remove an assignment: 200 with what it was, or 204. A fault's own cannot be removed."""
    found = _own(call)
    if found is None:
        return web.Response(status=204)
    if found["id"].lower() in part(call.tenant, "policy_assignments"):
        what = f"policy assignment {found['name']} removed"
        del changing(call.tenant, "policy_assignments", what)[found["id"].lower()]
    return web.json_response(found)


async def check_restrictions(call: Call) -> web.Response:
    """What policies would say to a resource that does not exist yet (checkPolicyRestrictions).

    Asks `resourceDetails.resourceContent` (type, location, tags) as a whole, and `pendingFields` one
    by one: which values of `type` and `location` may be used. Shapes are general knowledge: UNVERIFIED.
    """
    require_target(call)
    body = await call.body()
    details = body.get("resourceDetails")
    content = details.get("resourceContent") if isinstance(details, dict) else None
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise ArmError(
            400, "InvalidRequestContent", "resourceDetails.resourceContent.type is required."
        )
    tags = content.get("tags")
    asked = Asked(
        content["type"],
        str(content.get("location") or ""),
        tuple((str(k), str(v)) for k, v in tags.items()) if isinstance(tags, dict) else (),
    )
    pending = body.get("pendingFields")
    fields = [one for one in pending if isinstance(one, dict)] if isinstance(pending, list) else []
    return web.json_response(
        {
            "fieldRestrictions": [
                found for one in fields if (found := _field(call, asked, one)) is not None
            ],
            "contentEvaluationResult": {
                "policyEvaluations": [
                    _evaluation(one, asked)
                    for one in policies.violated(call.tenant, call.scope, asked)
                    if asked.location or policies.definition_of(one).field != "location"
                ]
            },
        }
    )


def _policy_info(one: dict[str, Any]) -> dict[str, str]:
    return {
        "policyDefinitionId": one["properties"]["policyDefinitionId"],
        "policyAssignmentId": one["id"],
    }


def _evaluation(one: dict[str, Any], asked: Asked) -> dict[str, Any]:
    return {
        "policyInfo": _policy_info(one),
        "evaluationResult": "NonCompliant",
        "effectDetails": {"policyEffect": "Deny"},
        "evaluationDetails": {"evaluatedExpressions": [policies.expression(one, asked)]},
    }


def _field(call: Call, asked: Asked, wanted: dict[str, Any]) -> dict[str, Any] | None:
    name = str(wanted.get("field") or "").lower()
    values = wanted.get("values")
    tried = [one for one in values if isinstance(one, str)] if isinstance(values, list) else []
    restrictions = []
    for one in policies.assignments(call.tenant, call.scope):
        if policies.definition_of(one).field.lower() != name or name not in ("type", "location"):
            continue
        refused = [value for value in tried if policies.denies(one, _with(asked, name, value))]
        if refused:
            restrictions.append(
                {
                    "result": "Deny",
                    "values": refused,
                    "policy": _policy_info(one),
                    "policyEffect": "Deny",
                    "reason": one["properties"]["displayName"],
                }
            )
    return {"field": name, "restrictions": restrictions} if restrictions else None


def _with(asked: Asked, name: str, value: str) -> Asked:
    if name == "type":
        return Asked(value, asked.location, asked.tags)
    return Asked(asked.type, value, asked.tags)
