"""Was this write carried out? Decided by what the tenant holds now, by natural keys, before anything is sent again.

Rule R2: a create is known by product and name with its units, an addition by object keys, a removal by unit ids, a bulk
addition job by its name, a rule by what it means, activation and pause by status, a rename by the name, notifications
by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotFound,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
    Throttled,
)
from m365backup_tui.domain.notifications import NotificationChange
from m365backup_tui.domain.plan import Act, UnitRef, Write
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.rule_expression import canonical
from m365backup_tui.domain.rules import Rule, RuleStatus
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.ports import Backup, Clock
from m365backup_tui.work import waiting

# Seconds before each look: lists may lag behind writes (eventual consistency, faults H14 and H15).
_PAUSES = (2.0, 5.0, 10.0, 10.0, 10.0)
_ENOUGH = 3
_SKEW = timedelta(
    minutes=15
)  # how far the service's clock may be from ours (fault T12: 10 minutes)

_ON = (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS, PolicyStatus.UPDATING)
_PAUSED = (PolicyStatus.INACTIVE, PolicyStatus.UPDATING)
_SIGN_IN = (NotSignedIn, StepUpNeeded, ConsentNeeded, SignInRefused)


class Finding(StrEnum):
    CARRIED_OUT = "carried out"
    IN_PART = "in part"  # `open` says what is left to send
    NOT_CARRIED_OUT = "not carried out"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Open:
    """What of a write the tenant does not show yet."""

    units: tuple[UnitRef, ...] = ()
    removes: tuple[UnitRef, ...] = ()
    rename: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.units or self.removes or self.rename)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look showed. `handle`: the job or rule that the write made."""

    finding: Finding
    policy_id: str = ""
    open: Open = Open()
    handle: str = ""


def all_of(write: Write) -> Open:
    return Open(write.units, write.removes, bool(write.new_name))


async def settle(
    backup: Backup,
    clock: Clock,
    write: Write,
    policy_id: str,
    stopping: Callable[[], bool],
    since: datetime | None = None,
) -> Seen:
    """Looks until the write is seen. "Not carried out" takes three looks that agree; CANNOT_TELL after three looks
    without an answer, or when a stop was asked for. `since`: when the run began. Raises only what asks for a sign-in.
    """
    answers: list[Seen] = []
    failed = 0
    for pause in _PAUSES:
        if await waiting.sleep(clock, pause, stopping):
            break
        try:
            seen = await look(backup, write, policy_id, since)
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


async def look(backup: Backup, write: Write, policy_id: str, since: datetime | None = None) -> Seen:
    """One look at what the write was to change. `policy_id` is "" only for a create, and where there is no policy."""
    if write.notifications is not None:
        return await _notified(backup, write.notifications)
    match write.act:
        case Act.CREATE:
            return await _created(backup, write, since)
        case Act.CHANGE:
            return await _changed(backup, write, policy_id)
        case Act.BULK:
            return await _started(backup, write, policy_id)
        case Act.ADD_RULE | Act.RUN_RULE | Act.END_RULE:
            return _ruled(await _rules(backup, write, policy_id), write, policy_id)
        case Act.DELETE:
            return await _deleted(backup, write, policy_id)
    policy = await backup.policy(write.policy_product, policy_id)
    return _status(policy, write)


async def _notified(backup: Backup, change: NotificationChange) -> Seen:
    # Whether somebody else changed them instead is looked at before they would be sent again (`before`).
    stands = (await backup.notifications()).same_as(change.wanted)
    return Seen(Finding.CARRIED_OUT if stands else Finding.NOT_CARRIED_OUT)


async def _created(backup: Backup, write: Write, since: datetime | None) -> Seen:
    # The plan was refused if a policy of this name had existed when the run began, so one that came since is ours.
    name = write.policy.strip().casefold()
    for policy in await backup.policies():
        if policy.product is write.product and policy.name.strip().casefold() == name:
            if since is not None and _older(policy, since):
                return Seen(Finding.CANNOT_TELL, policy.id)
            units = await backup.units(write.policy_product, policy.id)
            return _of(still_open(units, write), write, policy.id)
    return Seen(Finding.NOT_CARRIED_OUT, "", all_of(write))


def _older(policy: Policy, since: datetime) -> bool:
    """Made before this run began, as far as two clocks can tell: then somebody else made it."""
    try:
        made = datetime.fromisoformat(policy.created.replace("Z", "+00:00"))
    except ValueError:
        return False
    if made.tzinfo is None:
        made = made.replace(tzinfo=UTC)
    return made < since - _SKEW


async def _changed(backup: Backup, write: Write, policy_id: str) -> Seen:
    rename = False
    if write.new_name:
        policy = await backup.policy(write.policy_product, policy_id)
        rename = policy.name.strip() != write.new_name.strip()
    try:
        units = await backup.units(write.policy_product, policy_id) if write.size else ()
    except NotFound:
        if write.units:
            raise
        units = ()  # the whole policy is gone, and its units with it
    found = still_open(units, write)
    return _of(Open(found.units, found.removes, rename), write, policy_id)


async def _started(backup: Backup, write: Write, policy_id: str) -> Seen:
    for job in await backup.bulk_jobs(write.policy_product, policy_id):
        if job.name == write.job:
            return Seen(Finding.CARRIED_OUT, policy_id, handle=job.id)
    return Seen(Finding.NOT_CARRIED_OUT, policy_id, all_of(write))


async def _rules(backup: Backup, write: Write, policy_id: str) -> tuple[Rule, ...]:
    return await backup.rules(write.policy_product, policy_id)


def _ruled(rules: Iterable[Rule], write: Write, policy_id: str) -> Seen:
    done = Seen(Finding.CARRIED_OUT, policy_id)
    if write.act is Act.ADD_RULE:
        made = made_rule(rules, write)
        if made is not None:
            return Seen(Finding.CARRIED_OUT, policy_id, handle=made.id)
        return Seen(Finding.NOT_CARRIED_OUT, policy_id)
    rule = next((r for r in rules if r.id == write.rule_id), None)
    if write.act is Act.END_RULE:
        if rule is None:
            return done
        if rule.status is RuleStatus.DELETE_REQUESTED:
            return Seen(Finding.CARRIED_OUT, policy_id, handle=rule.id)
        return Seen(Finding.NOT_CARRIED_OUT, policy_id)
    if rule is None:
        return Seen(Finding.CANNOT_TELL, policy_id)
    changed = rule.modified.isoformat() if rule.modified else ""
    if changed != write.rule_seen or rule.status is RuleStatus.ACTIVE:
        return Seen(Finding.CARRIED_OUT, policy_id, handle=rule.id)
    return Seen(Finding.NOT_CARRIED_OUT, policy_id)


def made_rule(rules: Iterable[Rule], write: Write) -> Rule | None:
    """The tenant's rule that means what the write's rule means."""
    wanted = canonical(write.rule)
    for rule in rules:
        if rule.dynamic is write.dynamic and canonical(rule.expression) == wanted:
            return rule
    return None


async def _deleted(backup: Backup, write: Write, policy_id: str) -> Seen:
    try:
        await backup.policy(write.policy_product, policy_id)
    except NotFound:
        return Seen(Finding.CARRIED_OUT, policy_id)
    return Seen(Finding.NOT_CARRIED_OUT, policy_id)


def still_open(units: Iterable[ProtectionUnit], write: Write) -> Open:
    """The units of a write for which the policy does not show yet what was asked for; its name is not looked at."""
    there = [u for u in units if u.status is not UnitStatus.REMOVE_REQUESTED]
    ids = {u.id for u in there}
    held = {u.key.lower() for u in there}
    return Open(
        tuple(u for u in write.units if u.key.lower() not in held),
        tuple(u for u in write.removes if u.unit_id in ids),
    )


def _of(found: Open, write: Write, policy_id: str) -> Seen:
    if found.nothing:
        return Seen(Finding.CARRIED_OUT, policy_id)
    # A create that stands without all its units was carried out in part even when none of them arrived.
    whole = found == all_of(write) and write.act is not Act.CREATE
    finding = Finding.NOT_CARRIED_OUT if whole else Finding.IN_PART
    return Seen(finding, policy_id, found)


def _status(policy: Policy, write: Write) -> Seen:
    if policy.status is PolicyStatus.UNKNOWN:
        return Seen(Finding.CANNOT_TELL, policy.id)  # rule R7: never read as done
    done = policy.status in (_ON if write.act is Act.ACTIVATE else _PAUSED)
    return Seen(Finding.CARRIED_OUT if done else Finding.NOT_CARRIED_OUT, policy.id)
