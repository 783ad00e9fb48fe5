"""The parts of the state's `arm` area. A part that nothing has changed yet is simply not there."""

from typing import Any

from m365backup_tui.practice.tenant import Tenant


def part(tenant: Tenant, name: str) -> dict[str, Any]:
    """A part for reading; empty when nothing was ever written to it."""
    found = tenant.data["arm"].get(name)
    return found if isinstance(found, dict) else {}


def changing(tenant: Tenant, name: str, what: str) -> dict[str, Any]:
    """A part for writing; `what` says in a few words what is being changed."""
    tenant.state.touch(what)
    if not isinstance(tenant.data["arm"].get(name), dict):
        tenant.data["arm"][name] = {}
    found: dict[str, Any] = tenant.data["arm"][name]
    return found


def forget_below(tenant: Tenant, scope: str) -> None:
    """Drop what was kept at or below a scope: a new group starts empty, whatever was there before."""
    for name in ("resources", "role_assignments", "locks", "policy_assignments"):
        kept = tenant.data["arm"].get(name)
        if not isinstance(kept, dict):
            continue
        low = scope.lower()
        for key in [key for key in kept if key == low or key.startswith(f"{low}/")]:
            del kept[key]
