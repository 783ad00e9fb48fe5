"""Which kind of the fault matrix each request of the product is, so that a new request cannot be forgotten."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import ModuleType

from m365backup_tui.cloud import (
    azure,
    backup_bulk,
    backup_requests,
    directory_requests,
    notifications,
    registering_requests,
    restore_points,
    rule_requests,
)

# Every function that makes a request for Graph -> the kind (matrix_table, matrix_table_writes) that it is.
BUILDERS = {
    "backup_requests.root": "state of the service",
    "backup_requests.all_policies": "every policy",
    "backup_requests.policies_of": "policies of a product",
    "backup_requests.policy": "a policy, while watching",
    "backup_requests.units_of": "units of a policy",
    "backup_requests.all_units": "units of a product",
    "backup_requests.create": "create policy",
    "backup_requests.change": "change policy",
    "backup_requests.activate": "activate policy",
    "backup_requests.deactivate": "pause policy",
    "backup_requests.delete": "delete policy",
    "backup_bulk.start": "start bulk job",
    "backup_bulk.jobs_of": "bulk jobs, after a lost answer",
    "backup_bulk.one": "a bulk job",
    "notifications.read": "e-mail notifications",
    "notifications.patch": "change e-mail notifications",
    "rule_requests.rules_of": "rules of a policy",
    "rule_requests.add": "create rule",
    "rule_requests.run": "run rule",
    "rule_requests.delete": "end rule",
    "rule_requests.delete_and_unprotect": "end rule and what it brought",
    "directory_requests.organization": "the organization's name",
    "directory_requests.direct_roles": "direct roles",
    "directory_requests.all_roles": "all roles",
    "directory_requests.assignments": "role assignments",
    "directory_requests.eligible_roles": "eligible roles",
    "directory_requests.users": "users",
    "directory_requests.found_users": "users",
    "directory_requests.groups": "groups",
    "directory_requests.members": "members of a group",
    "directory_requests.member_count": "size of a group",
    "directory_requests.sites": "sites",
    "directory_requests.found_sites": "sites",
    "directory_requests.usage_report": "usage report",
}
# Requests beside the job, whose troubles have tests of their own instead of cells.
ELSEWHERE = {
    "directory_requests.end_my_sessions": "test_accounts.py",
    "registering_requests": "test_own_app.py: each write with its answer lost, refused and throttled",
    "restore_points.search": "test_status.py: for `status` alone, and what fails there is told in its place",
}
# The calls of cloud/azure.py, from its first line to its last.
AZURE = (
    "subscriptions",
    "resource groups",
    "resource provider",
    "create resource group",
    "register provider",
    "billing resources of a type",
    "resources",
    "a billing resource",
    "rights on a subscription",
    "how a right is held",  # and "rights that could be activated"
)

# Faults without any cell, and why.
NOT_APPLICABLE = {
    "T2": "links lead to the next page, and the small company's lists have one; a foreign host gets no token "
    "(test_graph_calls, test_credential)",
    "H2": "turns early callers away: a cell with an early caller fails already",
    "A2": "whoever signs in here has passed a second factor (test_sign_in_for_azure has one who has not)",
    "Z3": "refuses the billing account, which the admin center makes and never the product",
    "Z8": "ends the billing account, which the admin center makes and never the product",
    "Z9": "refuses the billing account, which the admin center makes and never the product",
    "B3": "refuses to turn backup on, which the admin center does and never the product",
}


def builders() -> set[str]:
    """The functions of the product that make a request for Graph, but for those that are tested elsewhere."""
    modules = (
        backup_requests,
        backup_bulk,
        rule_requests,
        notifications,
        directory_requests,
        registering_requests,
        restore_points,
    )
    return {
        f"{_name(module)}.{name}"
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and function.__annotations__.get("return") == "RequestInformation"
        and not {_name(module), f"{_name(module)}.{name}"} & ELSEWHERE.keys()
    }


def azure_calls() -> int:
    """How many calls of Azure Resource Manager stand in the adapter."""
    tree = ast.parse(Path(inspect.getfile(azure)).read_text(encoding="utf-8"))
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "self._calls"
        for node in ast.walk(tree)
    )


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
