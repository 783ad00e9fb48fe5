"""Units that did not make it, by policy: read as soon as a policy is at rest, while others are still waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from m365backup_tui.domain.plan import Act
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.run import FailedItem, WriteState
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.ports import Tools
from m365backup_tui.work import messages, waiting

# What puts units under protection. Errors in a policy that a run only took from are not the run's.
_BRING = (Act.CREATE, Act.ACTIVATE, Act.BULK, Act.ADD_RULE, Act.RUN_RULE)

Found = tuple[list[FailedItem], str]


class Failures:
    """`begin` for each policy at rest, then `of` for all of them; `end` in any case."""

    def __init__(self, tools: Tools, writes: Iterable[WriteState]) -> None:
        self._tools = tools
        self._brought = {w.policy_id for w in writes if w.write.act in _BRING or w.write.units}
        self._reading: dict[str, asyncio.Task[Found]] = {}

    def begin(self, policy: Policy) -> None:
        """Only a policy with errors is read."""
        failed = policy.counts.failed if policy.counts else 0
        erring = policy.status is PolicyStatus.ACTIVE_WITH_ERRORS or failed
        if erring and policy.id in self._brought and policy.id not in self._reading:
            self._reading[policy.id] = asyncio.ensure_future(_failures_of(self._tools, policy))

    async def of(self, policies: Sequence[Policy]) -> tuple[tuple[FailedItem, ...], list[str]]:
        """(the units, what else there is to say). Raises what a person has to act on."""
        items: list[FailedItem] = []
        notes: list[str] = []
        for policy in policies:
            self.begin(policy)
        for policy in policies:
            if policy.id in self._reading:
                found, note = await self._reading[policy.id]
                items += found
                notes += [note] if note else []
        return tuple(items), notes

    def end(self) -> None:
        for task in self._reading.values():
            task.cancel()
            task.add_done_callback(_looked_at)


def _looked_at(task: asyncio.Task[Found]) -> None:
    if not task.cancelled():
        task.exception()


async def _failures_of(tools: Tools, policy: Policy) -> Found:
    try:
        failed = policy.counts.failed if policy.counts else 0
        units = await tools.backup.units(policy.product, policy.id, failed=failed)
    except waiting.TRANSIENT as error:
        return [], f"The units of “{policy.name}” could not be read: {error.what}"
    # On a thread: 100,000 units of one policy.
    if bad := await asyncio.to_thread(_bad, units, policy):
        return bad, ""
    label = f"{policy.product.label} policy “{policy.name}”"
    return [], f"{label} is active with errors, but no unit names one."


def _bad(units: Sequence[ProtectionUnit], policy: Policy) -> list[FailedItem]:
    return [unit_failure(u) for u in units if _did_not_make_it(u, policy)]


def _did_not_make_it(unit: ProtectionUnit, policy: Policy) -> bool:
    if unit.error_code:
        return True
    active = policy.status in (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)
    return active and unit.status in (UnitStatus.UNPROTECTED, UnitStatus.UNKNOWN)


def unit_failure(unit: ProtectionUnit) -> FailedItem:
    """The unit with the service's code and our words for it."""
    if unit.error_code or unit.error:
        why = messages.reason(unit.error_code, unit.error)
    else:
        why = f"It is {unit.status.words}, and the service gives no reason."
    return FailedItem(unit.key, unit.name, unit.address, unit.error_code, why)
