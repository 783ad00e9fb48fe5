"""The switch of a policy: which way it has to go for the state that a file or an edit wants."""

from __future__ import annotations

from m365backup_tui.domain.plan import Power
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.policy_file import Wanted


def power_for(policy: Policy | None, wanted: Wanted | None) -> Power:
    """The switch that leads to the wanted state; None leaves it as it is. A policy that the service still works on is
    left alone where it says that it is switched the wanted way; where it does not say, it is switched again."""
    if wanted is None:
        return Power.KEEP
    if wanted is Wanted.ACTIVE:
        return Power.KEEP if policy is not None and _switched_on(policy) else Power.ACTIVATE
    if policy is None or policy.status is PolicyStatus.INACTIVE:
        return Power.KEEP
    return Power.KEEP if _moving(policy) and policy.enabled is False else Power.PAUSE


def _switched_on(policy: Policy) -> bool:
    if _moving(policy):
        return policy.enabled is True
    return policy.status in (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)


def _moving(policy: Policy) -> bool:
    return policy.status is PolicyStatus.UPDATING


def under_way(policy: Policy | None, wanted: Wanted | None, power: Power) -> list[str]:
    """Why there is nothing to switch in a policy that is not yet as it is wanted."""
    if policy is None or wanted is None or power is not Power.KEEP or not _moving(policy):
        return []
    state = "on" if wanted is Wanted.ACTIVE else "off"
    return [
        f"{policy.product.label} “{policy.name}”: the service is still working on it and says that it is switched "
        f"{state}. `status` shows when it is done."
    ]
