"""Was this write carried out? Decided by what the tenant holds now, by natural keys, before anything is sent again.

Rule R2: a create is known by product and name with its units, an addition by object keys, a removal by unit ids,
activation and pause by status, a rename by the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotFound,
    NotSignedIn,
    StepUpNeeded,
    Throttled,
)
from m365backup_tui.domain.plan import Act, UnitRef, Write
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.ports import Backup, Clock
from m365backup_tui.work import waiting

# Seconds before each look: lists may lag behind writes (eventual consistency, faults H14 and H15).
_PAUSES = (2.0, 5.0, 10.0, 10.0, 10.0)
_ENOUGH = 3

_ON = (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS, PolicyStatus.UPDATING)
_PAUSED = (PolicyStatus.INACTIVE, PolicyStatus.UPDATING)
_SIGN_IN = (NotSignedIn, StepUpNeeded, ConsentNeeded)


class Finding(StrEnum):
    CARRIED_OUT = "carried out"
    IN_PART = "in part"  # `missing` says what is left to send
    NOT_CARRIED_OUT = "not carried out"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look showed. `missing`: the units of the write that the tenant does not show yet."""

    finding: Finding
    policy_id: str = ""
    missing: tuple[UnitRef, ...] = ()


async def settle(
    backup: Backup, clock: Clock, write: Write, policy_id: str, stopping: Callable[[], bool]
) -> Seen:
    """Looks until the write is seen. "Not carried out" takes three looks that agree; CANNOT_TELL after three looks
    without an answer, or when a stop was asked for. Raises only what asks for a sign-in."""
    answers: list[Seen] = []
    failed = 0
    for pause in _PAUSES:
        if await waiting.sleep(clock, pause, stopping):
            break
        try:
            seen = await look(backup, write, policy_id)
        except _SIGN_IN:
            raise
        except CloudError as error:
            seen = Seen(Finding.CANNOT_TELL, policy_id)
            if isinstance(error, Throttled):
                await waiting.sleep(clock, waiting.pause_after(error, 1, clock), stopping)
        if seen.finding is Finding.CARRIED_OUT:
            return seen
        if seen.finding is Finding.CANNOT_TELL:
            failed += 1
        else:
            answers.append(seen)
        if len(answers) == _ENOUGH:
            return answers[-1]
        if failed == _ENOUGH:
            break
    return Seen(Finding.CANNOT_TELL, policy_id)


async def look(backup: Backup, write: Write, policy_id: str) -> Seen:
    """One look at what the write was to change. `policy_id` is "" only for a create."""
    match write.act:
        case Act.CREATE:
            return await _created(backup, write)
        case Act.ADD:
            return await _held(backup, write, policy_id)
        case Act.REMOVE:
            return await _gone(backup, write, policy_id)
    policy = await backup.policy(write.product, policy_id)
    return _status(policy, write)


async def _created(backup: Backup, write: Write) -> Seen:
    # The plan was refused if a policy of this name had existed when it was made, so one that exists now is ours.
    name = write.policy.strip().casefold()
    for policy in await backup.policies():
        if policy.product is write.product and policy.name.strip().casefold() == name:
            return await _held(backup, write, policy.id)
    return Seen(Finding.NOT_CARRIED_OUT, "", write.units)


async def _held(backup: Backup, write: Write, policy_id: str) -> Seen:
    units = await backup.units(write.product, policy_id)
    return _of(still_open(units, write), write, policy_id)


async def _gone(backup: Backup, write: Write, policy_id: str) -> Seen:
    try:
        units = await backup.units(write.product, policy_id)
    except NotFound:
        return Seen(
            Finding.CARRIED_OUT, policy_id
        )  # the whole policy is gone, and its units with it
    return _of(still_open(units, write), write, policy_id)


def still_open(units: Iterable[ProtectionUnit], write: Write) -> tuple[UnitRef, ...]:
    """The units of a create, addition or removal for which the policy does not show yet what was asked for."""
    there = [u for u in units if u.status is not UnitStatus.REMOVE_REQUESTED]
    if write.act is Act.REMOVE:
        ids = {u.id for u in there}
        return tuple(u for u in write.units if u.unit_id in ids)
    held = {u.key.lower() for u in there}
    return tuple(u for u in write.units if u.key.lower() not in held)


def _of(missing: tuple[UnitRef, ...], write: Write, policy_id: str) -> Seen:
    if not missing:
        return Seen(Finding.CARRIED_OUT, policy_id)
    # A create that stands without all its units was carried out in part even when none of them arrived.
    whole = len(missing) == len(write.units) and write.act is not Act.CREATE
    finding = Finding.NOT_CARRIED_OUT if whole else Finding.IN_PART
    return Seen(finding, policy_id, missing)


def _status(policy: Policy, write: Write) -> Seen:
    if write.act is Act.RENAME:
        done = policy.name.strip() == write.new_name.strip()
    elif policy.status is PolicyStatus.UNKNOWN:
        return Seen(Finding.CANNOT_TELL, policy.id)  # rule R7: never read as done
    else:
        done = policy.status in (_ON if write.act is Act.ACTIVATE else _PAUSED)
    return Seen(Finding.CARRIED_OUT if done else Finding.NOT_CARRIED_OUT, policy.id)
