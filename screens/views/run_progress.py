"""How far a run is: each policy's part of it, what is counted overall, how fast it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from m365backup_tui.domain.pace import Pace, roughly
from m365backup_tui.domain.plan import NOTIFICATIONS, Act
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import COMMITTED, Outcome, Run, RunPhase, WriteState
from m365backup_tui.screens.views.policy_rows import counts_words
from m365backup_tui.screens.widgets.progress import Progress
from m365backup_tui.screens.words import lasting

REQUESTS, ARRIVED, PROTECTED = "requests", "units added", "units protected"
_FEW = 20
"""Of fewer things nobody asks how long they take, and no rate can be told."""
_OPEN = (Outcome.WAITING, Outcome.SENDING, Outcome.READING_BACK)


@dataclass(slots=True)
class Part:
    """One policy's part of a run. `wanted`: units that the run adds, `sent` of them in requests that were taken;
    `working`: requests that the service took and still works on."""

    product: Product | None  # None: a change of the tenant, of no policy
    name: str
    policy_id: str = ""
    writes: int = 0
    over: int = 0
    working: int = 0
    troubled: int = 0
    wanted: int = 0
    sent: int = 0
    failed: int = 0
    gains: bool = True
    acts: set[Act] = field(default_factory=set)
    policy: Policy | None = None

    @property
    def label(self) -> str:
        return f"{self.product.label} “{self.name}”" if self.product else NOTIFICATIONS


def parts(run: Run) -> tuple[Part, ...]:
    """In the order of the plan."""
    found: dict[tuple[Product | None, str], Part] = {}
    for state in run.writes:
        write = state.write
        key = (write.product, write.policy_id or write.policy.strip().casefold())
        part = found.get(key)
        if part is None:
            part = found[key] = Part(write.product, write.policy)
        _count(part, state)
    seen = {p.id: p for p in run.watched}
    for part in found.values():
        part.policy = seen.get(part.policy_id)
        part.gains = not part.acts & {Act.PAUSE, Act.DELETE}
    return tuple(found.values())


def _count(part: Part, state: WriteState) -> None:
    write = state.write
    part.acts.add(write.act)
    part.policy_id = part.policy_id or write.policy_id or state.policy_id
    part.name = write.new_name or part.name
    part.writes += 1
    part.over += state.outcome not in _OPEN
    part.working += state.outcome is Outcome.ACCEPTED
    part.wanted += len(write.units)
    part.failed += len(state.failed)
    if state.outcome in COMMITTED:
        part.sent += max(0, len(write.units) - len(state.failed))
    elif state.outcome not in _OPEN:
        part.troubled += 1


def part_words(part: Part, phase: RunPhase) -> str:
    """`OneDrive “Everyone”: 600 of 2,000 accounts`, and once it is all sent what the service says of the policy."""
    policy = part.policy
    if policy is not None and part.over == part.writes and phase is not RunPhase.WRITING:
        return f"{part.label}: {counts_words(policy)}"
    if part.wanted and part.product:
        words = f"{part.label}: {part.sent:,} of {part.product.amount(part.wanted)}"
    else:
        words = f"{part.label}: {part.over:,} of {part.writes:,} requests"
    if policy is not None and policy.counts and part.gains:
        words += f", {policy.counts.protected:,} protected"
    return words


def progress(run: Run, now: datetime) -> Progress:
    """Requests while they are sent; units while the service takes them up."""
    seconds = ((run.ended or now) - run.started).total_seconds()
    watched = [p for p in run.watched if p.id not in _paused(run)]
    counts = [p.counts for p in watched if p.counts]
    if run.phase is RunPhase.WATCHING and counts and len(counts) == len(watched):
        total, failed = sum(c.total for c in counts), sum(c.failed for c in counts)
        return Progress(sum(c.protected for c in counts), total, failed, seconds, PROTECTED)
    jobs = _jobs(run)
    if jobs is not None:
        return Progress(jobs[0], jobs[1], 0, seconds, ARRIVED)
    missed = sum(w.outcome in (Outcome.REFUSED, Outcome.UNKNOWN) for w in run.writes)
    return Progress(run.written, len(run.writes), missed, seconds, REQUESTS)


def _paused(run: Run) -> set[str]:
    """Policies whose units are not to be protected: those that this run pauses."""
    return {w.policy_id for w in run.plan.writes if w.act is Act.PAUSE}


def _jobs(run: Run) -> tuple[int, int] | None:
    """(arrived, wanted) of the policies with a job that runs; None while something else is going on."""
    if run.over or any(w.outcome in _OPEN for w in run.writes):
        return None
    working = [p for p in parts(run) if p.working and Act.BULK in p.acts]
    if not working:
        return None
    before = {p.id: p.units for p in run.plan.observed}
    arrived = 0
    for part in working:
        base = before.get(part.policy_id, 0)
        if part.policy is None or part.policy.counts is None or base < 0:
            return None
        arrived += min(part.wanted, max(0, part.policy.counts.total - base))
    return arrived, sum(p.wanted for p in working)


def pace_words(pace: Pace, shown: Progress, run: Run, now: datetime) -> str:
    """How fast it goes and how long it may still take; "" where there is nothing to wait for."""
    left = shown.total - shown.done - shown.failed
    if run.over or left <= 0 or shown.total < _FEW or run.wait_until is not None:
        return ""
    still = pace.still(now)
    if still is not None:
        return f"Nothing new for {lasting(still)}, so there is no estimate."
    rate, rest = pace.per_minute(now), pace.left(shown.total - shown.failed, now)
    if rate is None or rest is None:
        return "No estimate yet: how fast it goes has to be seen first."
    many = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    things = "requests" if shown.phase == REQUESTS else "units"
    return f"About {many} {things} a minute; at this rate {roughly(rest)} left."


def accepted(run: Run) -> tuple[WriteState, ...]:
    """What the service took and still works on."""
    return tuple(_with(run.writes, (Outcome.ACCEPTED,)))


def _with(writes: Iterable[WriteState], outcomes: tuple[Outcome, ...]) -> Iterable[WriteState]:
    return (w for w in writes if w.outcome in outcomes)
