"""The backup service's errors, one function each. Codes: graph.md §9; sentences are our own."""

from __future__ import annotations

from m365backup_tui.practice.backup.products import Product
from m365backup_tui.practice.errors import GraphError

MOST_UNITS_A_REQUEST = 50


def role_missing(what: str) -> GraphError:
    """No Entra role that manages this product. UNVERIFIED status and code (graph.md §17 D)."""
    return GraphError(
        403, "AccessDenied", f"The signed-in user has no directory role that allows {what}."
    )


def bad_request(message: str) -> GraphError:
    """400 for what no backup code covers."""
    return GraphError(400, "BadRequest", message)


def invalid_create(message: str) -> GraphError:
    """400 InvalidCreateRequest."""
    return GraphError(400, "InvalidCreateRequest", message)


def invalid_display_name() -> GraphError:
    """400 InvalidDisplayName."""
    return GraphError(400, "InvalidDisplayName", "displayName must have 1 to 1024 characters.")


def invalid_unit_id(value: str, product: Product) -> GraphError:
    """400 InvalidProtectionUnitId."""
    return GraphError(
        400, "InvalidProtectionUnitId", f"'{value}' is not a {product.unit_key} of this tenant."
    )


def unit_id_malformed(value: str) -> GraphError:
    """400 InvalidProtectionUnitId for the id of a unit in a path."""
    return GraphError(400, "InvalidProtectionUnitId", f"'{value}' is not a protection unit id.")


def too_many_units(count: int) -> GraphError:
    """413 ProtectionUnitsLimitBreached."""
    return GraphError(
        413,
        "ProtectionUnitsLimitBreached",
        f"A request may carry {MOST_UNITS_A_REQUEST} protection units, this one has {count}.",
    )


def duplicate_unit(value: str) -> GraphError:
    """400 DuplicateProtectionUnitInList."""
    return GraphError(
        400, "DuplicateProtectionUnitInList", f"'{value}' appears more than once in the request."
    )


def unit_taken(value: str, policy_name: str, policy_id: str) -> GraphError:
    """409 ProtectionUnitAlreadyExists, naming the artifact and the policy that owns it."""
    return GraphError(409, "ProtectionUnitAlreadyExists", taken_text(value, policy_name, policy_id))


def taken_text(value: str, policy_name: str, policy_id: str) -> str:
    """The sentence for a unit that another policy holds."""
    return f"'{value}' is already protected by policy '{policy_name}' ({policy_id})."


def creation_not_allowed(message: str) -> GraphError:
    """409 PolicyCreationNotAllowed."""
    return GraphError(409, "PolicyCreationNotAllowed", message)


def policy_save_failed() -> GraphError:
    """500 PolicySaveFailed."""
    return GraphError(500, "PolicySaveFailed", "The policy could not be saved. Try again.")


def invalid_policy_id(value: str) -> GraphError:
    """400 InvalidPolicyId."""
    return GraphError(400, "InvalidPolicyId", f"'{value}' is not a policy id.")


def policy_not_found(value: str) -> GraphError:
    """404 PolicyNotFound."""
    return GraphError(404, "PolicyNotFound", f"There is no protection policy '{value}'.")


def action_not_allowed(action: str, status: str) -> GraphError:
    """403 PolicyActionNotAllowed."""
    return GraphError(
        403, "PolicyActionNotAllowed", f"{action} is not possible while the policy is {status}."
    )


def another_is_active() -> GraphError:
    """Activation where one policy of a service may be active. The activate page says that it is
    refused and not how (graph.md §5): choice, the code of every activation that is not allowed."""
    return GraphError(
        403, "PolicyActionNotAllowed", "Another policy of this service is active already."
    )


def unit_action_not_allowed(message: str) -> GraphError:
    """400 ProtectionUnitActionNotAllowed."""
    return GraphError(400, "ProtectionUnitActionNotAllowed", message)


def unit_not_found(value: str) -> GraphError:
    """404 for a protection unit. The status is UNVERIFIED; the code is documented in-object."""
    return GraphError(404, "ProtectionUnitNotFound", f"There is no protection unit '{value}'.")


def operation_not_allowed(message: str) -> GraphError:
    """403 OperationNotAllowed of offboard and cancelOffboard."""
    return GraphError(403, "OperationNotAllowed", message)


def invalid_rule_id(value: str) -> GraphError:
    """400 InvalidInclusionRuleId of run, delete and deleteAndUnprotect."""
    return GraphError(400, "InvalidInclusionRuleId", f"'{value}' is not an inclusion rule id.")


def rule_not_found(value: str) -> GraphError:
    """404 ProtectionRuleNotFound."""
    return GraphError(404, "ProtectionRuleNotFound", f"There is no inclusion rule '{value}'.")
