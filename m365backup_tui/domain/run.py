"""A run: a plan being applied, write by write, then watched until the service has protected what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.plan import Plan, Write
from m365backup_tui.domain.policies import Policy


class Outcome(StrEnum):
    """Where one write stands. Only ACCEPTED, DONE and PARTLY changed the tenant for certain."""

    WAITING = "waiting"
    SENDING = "sending"
    READING_BACK = (
        "reading back"  # sent, outcome unknown: being looked up before anything is sent again
    )
    ACCEPTED = "accepted"  # the service took it and works on it: a job, a rule
    DONE = "done"
    PARTLY = "partly"  # the request succeeded, some items in it did not
    REFUSED = "refused"
    UNKNOWN = "unknown"  # sent, and reading back failed too
    NOT_SENT = "not sent"  # cancelled or blocked before it was sent


COMMITTED = (Outcome.ACCEPTED, Outcome.DONE, Outcome.PARTLY)


@dataclass(frozen=True, slots=True)
class FailedItem:
    """One unit that did not make it, with the service's code and our words for it."""

    key: str
    name: str
    address: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class WriteState:
    """`handle`: id of the job or rule that the write made, by which its end is found."""

    write: Write
    outcome: Outcome = Outcome.WAITING
    failed: tuple[FailedItem, ...] = ()
    note: str = ""
    request_id: str = ""
    policy_id: str = ""
    handle: str = ""


class RunPhase(StrEnum):
    WRITING = "writing"
    WATCHING = "watching"
    DONE = "done"  # everything asked for is protected (or paused, or removed)
    PARTLY = "partly"  # at rest, with failures to look at
    STOPPED = "stopped"  # cancelled or interrupted: resume goes on
    FAILED = "failed"  # cannot go on without somebody acting; the note says what


@dataclass(frozen=True, slots=True)
class Run:
    """The state of a run as a person sees it. `wait_until` is set while the service asked for a pause."""

    id: str
    plan: Plan
    started: datetime
    phase: RunPhase = RunPhase.WRITING
    writes: tuple[WriteState, ...] = ()
    watched: tuple[Policy, ...] = ()
    unit_failures: tuple[FailedItem, ...] = ()
    wait_until: datetime | None = None
    note: str = ""
    record: str = ""  # path of the run's record on disk
    ended: datetime | None = None
    needs: CloudError | None = None  # stopped because of the sign-in: what a new one has to satisfy
    account: str = ""  # who began it (user principal name)
    remarks: tuple[str, ...] = ()  # of the tenant's lock: taken over from whom, what cannot be seen

    @property
    def written(self) -> int:
        return sum(w.outcome in COMMITTED for w in self.writes)

    @property
    def over(self) -> bool:
        return self.phase in (RunPhase.DONE, RunPhase.PARTLY, RunPhase.STOPPED, RunPhase.FAILED)

    @property
    def finished(self) -> bool:
        """At its end, whatever came of it: nothing is left to resume."""
        return self.phase in (RunPhase.DONE, RunPhase.PARTLY)
