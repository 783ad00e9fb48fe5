"""Watching the service after the writes: until every policy that was touched is at rest, and what did not make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from m365backup_tui.domain.errors import NotFound
from m365backup_tui.domain.plan import Act
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, WriteState
from m365backup_tui.ports import Tools
from m365backup_tui.work import waiting
from m365backup_tui.work.failures import Failures

INTERVAL = 15.0  # seconds between looks; the first ones come sooner
# Looks in a row at a state that is not the wanted one, or that this version does not know, before it is reported.
PATIENCE = 8
_ONE_BY_ONE = 3  # policies; more are looked at in the list of all, which is one request
LONGEST = timedelta(hours=3)  # three times what Microsoft names for activation and first protection


@dataclass(frozen=True, slots=True)
class Watched:
    """`gave_up` says in a sentence why watching ended before everything was at rest, "" when it did not."""

    run: Run
    notes: tuple[str, ...] = ()
    gave_up: str = ""
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A policy that the run touched, and how it has to end up: activated, paused, or either."""

    product: Product
    policy_id: str
    name: str
    wanted: Act | None

    def settled(self, policy: Policy) -> bool:
        if self.wanted is Act.ACTIVATE:
            return policy.status in (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)
        if self.wanted is Act.PAUSE:
            return policy.status is PolicyStatus.INACTIVE
        return policy.resting


def targets(writes: Iterable[WriteState]) -> tuple[Target, ...]:
    """Policies that changed for certain, in the order of the plan."""
    found: dict[tuple[Product, str], Target] = {}
    for state in writes:
        if state.outcome not in (Outcome.DONE, Outcome.PARTLY) or not state.policy_id:
            continue
        write = state.write
        key = (write.policy_product, state.policy_id)
        if write.act is Act.DELETE:  # gone for good: nothing is left to be at rest
            found.pop(key, None)
            continue
        name = write.new_name or (found[key].name if key in found else write.policy)
        wanted = found[key].wanted if key in found else None
        if write.act in (Act.ACTIVATE, Act.PAUSE):
            wanted = write.act
        found[key] = Target(write.policy_product, state.policy_id, name, wanted)
    return tuple(found.values())


async def watch(
    tools: Tools, run: Run, show: Callable[[Run], None], interval: float = INTERVAL
) -> Watched:
    """Looks at the touched policies until they rest; each look is shown as `run.watched`. Raises the errors that a
    person has to act on (sign-in, rights); transient ones are noted and the look is repeated."""
    failures = Failures(tools, run.writes)
    try:
        return await _watch(tools, run, show, interval, failures)
    finally:
        failures.end()


async def _watch(
    tools: Tools, run: Run, show: Callable[[Run], None], interval: float, failures: Failures
) -> Watched:
    open_targets = dict.fromkeys(targets(run.writes), 0)
    seen: dict[str, Policy] = {}
    notes: list[str] = []
    began = tools.clock.now()
    trouble = 0
    pauses = waiting.looks(interval)
    while open_targets:
        many = len(open_targets) > _ONE_BY_ONE
        listed: dict[str, Policy] | None = None
        for target, odd in tuple(open_targets.items()):
            policy: Policy | None
            try:
                if many and listed is None:
                    listed = {p.id: p for p in await tools.backup.policies()}
                policy = (listed or {}).get(target.policy_id)
                if policy is None:
                    policy = await tools.backup.policy(target.product, target.policy_id)
            except NotFound:
                policy = None
            except waiting.TRANSIENT as error:
                trouble += 1
                run = replace(run, note=f"{error.what} Looking again.")
                show(run)
                pause = waiting.pause_after(error, trouble, tools.clock)
                if await waiting.sleep(tools.clock, pause, tools.runs.asked_to_stop):
                    return Watched(run, tuple(notes), stopped=True)
                continue
            trouble = 0
            if policy is not None:
                seen[target.policy_id] = policy
            if policy is not None and target.settled(policy):
                del open_targets[target]
                failures.begin(policy)
            elif policy is not None and policy.status is PolicyStatus.UPDATING:
                open_targets[target] = 0
            elif odd + 1 >= PATIENCE:
                del open_targets[target]
                notes.append(_odd(target, policy))
            else:
                open_targets[target] = odd + 1
        run = replace(run, watched=tuple(seen.values()), note="")
        show(run)
        if not open_targets:
            break
        if tools.clock.now() - began > LONGEST:
            names = ", ".join(f"“{t.name}”" for t in open_targets)
            return Watched(run, tuple(notes), f"The service is still working on {names}.")
        if await waiting.sleep(tools.clock, next(pauses), tools.runs.asked_to_stop):
            return Watched(run, tuple(notes), stopped=True)
    failed, said = await failures.of(run.watched)
    return Watched(replace(run, unit_failures=failed), (*notes, *said))


def _odd(target: Target, policy: Policy | None) -> str:
    label = f"{target.product.label} policy “{target.name}”"
    if policy is None:
        return f"{label} does not exist any more."
    if policy.status is PolicyStatus.UNKNOWN:
        return (
            f"{label} is in a state that this version does not know: look in the "
            "Microsoft 365 admin center."
        )
    wanted = "activated" if target.wanted is Act.ACTIVATE else "paused"
    return f"{label} was {wanted}, but the service still shows it as {policy.status.words}."
