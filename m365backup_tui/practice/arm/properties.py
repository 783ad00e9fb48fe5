"""The `properties` of a resource: what a type requires, fixes and lets a PATCH change."""

from typing import Any

from m365backup_tui.practice.arm.kinds import SYNTEX, Kind
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.guids import is_guid


def checked_properties(kind: Kind, body: dict[str, Any], tenant_id: str) -> dict[str, Any]:
    """The properties to keep of a PUT. Raises 400 for a missing or malformed one."""
    properties = body.get("properties")
    given = properties if isinstance(properties, dict) else {}
    for name in kind.required:
        if not isinstance(given.get(name), str) or not given[name]:
            raise ArmError(
                400, "InvalidRequestContent", f"The property '{name}' is required.", target=name
            )
    for name in kind.guids:
        if not is_guid(given[name]):
            raise _malformed(name)
    kept = {
        key: value
        for key, value in given.items()
        if key != "provisioningState" and key not in kind.read_only
    }
    if kind.full == f"{SYNTEX}/documentProcessors" and given["spoTenantId"].lower() != tenant_id:
        # The beginning of the message: reference/azure.md §1.2; that it means this is UNVERIFIED.
        raise ArmError(400, "BadRequest", "TenantID mismatch: this is not the caller's directory.")
    if kind.full == f"{SYNTEX}/accounts":
        kept["featureSet"] = []
    return kept


def _malformed(name: str) -> ArmError:
    if name == "spoTenantId":
        # Beginning as in reference/azure.md §1.2.
        return ArmError(400, "BadRequest", "TenantID format is not that of a GUID.", target=name)
    return ArmError(
        400, "InvalidRequestContent", f"The property '{name}' is not a GUID.", target=name
    )


def refuse_change(kind: Kind, existing: dict[str, Any], properties: dict[str, Any]) -> None:
    """400 when a PUT would change what cannot change (message beginnings: azure.md §1.2)."""
    for name in kind.fixed:
        if existing[name] != properties[name]:
            spelled = name[0].upper() + name[1:]
            raise ArmError(
                400, "BadRequest", f"Cannot change {spelled} of the existing resource.", target=name
            )


def patched(kind: Kind, existing: dict[str, Any], given: Any) -> dict[str, Any]:
    """The properties after a PATCH; `featuresToAdd`/`featuresToRemove` change `featureSet`.

    Raises 400 for a property that the type does not let change.
    """
    if given is None:
        return existing
    if not isinstance(given, dict):
        raise ArmError(400, "InvalidRequestContent", "The properties are not an object.")
    kept = dict(existing)
    for name, value in given.items():
        if name not in kind.patchable:
            raise ArmError(
                400, "BadRequest", f"The property '{name}' cannot be changed.", target=name
            )
        if name in ("featuresToAdd", "featuresToRemove"):
            kept["featureSet"] = _features(kept, name, value)
        elif isinstance(value, str) and value:
            kept[name] = value
        else:
            raise ArmError(400, "InvalidRequestContent", f"The property '{name}' is not a text.")
    return kept


def _features(kept: dict[str, Any], name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ArmError(400, "InvalidRequestContent", f"The property '{name}' is not a list.")
    there: list[str] = list(kept.get("featureSet") or [])
    if name == "featuresToAdd":
        return there + [one for one in dict.fromkeys(value) if one not in there]
    return [one for one in there if one not in value]
