"""A run in sentences: where it stands, what is waited for, what did not make it, how it ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain

from m365backup_tui.domain.facts import FIRST_POINTS
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.screens.views.plan_words import expects_points
from m365backup_tui.screens.views.run_progress import accepted
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import day_time, lasting
from m365backup_tui.state import State

_LONG_AGO = timedelta(hours=12)
_SENT = (Outcome.ACCEPTED, Outcome.DONE, Outcome.PARTLY, Outcome.REFUSED, Outcome.NOT_SENT)


def headline(run: Run | None) -> str:
    """Where the run stands, as a sentence."""
    if run is None:
        return "The run is starting."
    done, total = run.written, len(run.writes)
    match run.phase:
        case RunPhase.WRITING:
            return _writing(run, done, total)
        case RunPhase.WATCHING:
            if expects_points(run.plan):
                return "Everything is written. The service is now taking it under protection."
            return "Everything is written. The service is now carrying it out."
        case RunPhase.DONE:
            return "Done: everything you asked for is in place."
        case RunPhase.PARTLY:
            n = failed_count(run) + len(refused(run))
            return f"Done, except for {n:,} {'thing' if n == 1 else 'things'}: see the list."
        case RunPhase.STOPPED if total and done == total:
            return "Everything is written; you stopped watching. Enter watches again."
        case RunPhase.STOPPED:
            return f"Stopped: {done:,} of {total:,} requests were carried out and stand. Enter goes on."
        case RunPhase.FAILED if moved_on(run):
            return run.note.splitlines()[0]
        case RunPhase.FAILED if not done:
            return "Nothing was written: see below why."
        case RunPhase.FAILED:
            return "The run cannot go on by itself."


def _writing(run: Run, done: int, total: int) -> str:
    if total and all(w.outcome in _SENT for w in run.writes) and accepted(run):
        return "Everything is sent. The service is working on what it accepted."
    return f"Your changes are being written: {done:,} of {total:,} requests are done."


def failures(run: Run) -> tuple[FailedItem, ...]:
    """Everything that did not make it, in writes and later."""
    return (*chain.from_iterable(w.failed for w in run.writes), *run.unit_failures)


def failed_count(run: Run) -> int:
    """How many that are: counted, not listed."""
    return sum(len(w.failed) for w in run.writes) + len(run.unit_failures)


def refused(run: Run) -> tuple[WriteState, ...]:
    """Writes that changed nothing as a whole, or nobody knows what. Where single units were refused, those are
    told one by one (`failures`)."""
    bad = (Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_SENT)
    return tuple(w for w in run.writes if w.outcome in bad and not w.failed)


def waiting(run: Run | None, now: datetime) -> str:
    """What is waited for and how long it usually takes, or how it ended."""
    if run is None:
        return "Reading the policies once more before the first request."
    if run.wait_until is not None and not run.over:
        rest = lasting(run.wait_until - now)
        if run.note:
            return f"{run.note} Going on in {rest}. Nothing is lost."
        return f"The service asked for a pause: {rest} left. Nothing is lost."
    match run.phase:
        case RunPhase.WRITING if accepted(run) and run.note:
            return f"{run.note} You may leave with Ctrl+Q: the service goes on, and the next start watches again."
        case RunPhase.WRITING:
            return run.note or (
                "One request after the other. S stops after the one on its way; what was written stands."
            )
        case RunPhase.WATCHING:
            usual = f"{FIRST_POINTS.dated}. " if expects_points(run.plan) else ""
            return (
                f"{usual}You may leave with Ctrl+Q: it goes on without the wizard, and the next start "
                "shows how far it is."
            )
        case RunPhase.STOPPED:
            ended = run.note or "What was written stands; nothing is written twice when it goes on."
            return f"{ended}{_goes_on(run)}"
        case RunPhase.FAILED:
            return run.note or "What was written stands; nothing is written twice when it goes on."
        case _:
            return run.note


def leaving(run: Run | None) -> str:
    """What leaving now means for the run."""
    stands = "What was written stands, and the service goes on protecting it."
    if run is not None and run.finished:
        return f"This run has ended. {stands}"
    if run is not None and run.phase is RunPhase.FAILED and not run.written:
        return "Nothing was written. What you wanted is kept: the next start has it for the review."
    return (
        f"{stands} Requests that were not sent yet wait: the next start offers to go on where this run "
        "stopped."
    )


def moved_on(run: Run | None) -> tuple[str, ...]:
    """What was different in the tenant when the run was to begin, so that nothing was written; () else."""
    if run is None or run.phase is not RunPhase.FAILED or run.written:
        return ()
    return tuple(run.note.splitlines()[1:-1])


def moved_on_spans(run: Run, dot: str) -> list[Span]:
    """The differences, one a line, and what to press."""
    return [
        *((f" {dot} {words}\n", "plain") for words in moved_on(run)),
        (
            "\nPress R: the plan is made again from what is there now. Your choices are kept.",
            "plain",
        ),
    ]


def since_spans(state: State, dot: str) -> list[Span]:
    """What had changed in the tenant when the plan before this one was to be applied, as long as it is the same job."""
    plan, run = state.plan.value, state.run
    found = moved_on(run)
    if plan is None or run is None or not found or run.plan.made_at == plan.made_at:
        return []
    if not {w.id for w in plan.writes} & {w.id for w in run.plan.writes}:
        return []
    lines = [(f" {dot} {words}\n", "dim") for words in found]
    return [
        ("Changed since the plan before this one, and taken into account:\n", "plain"),
        *lines,
        ("\n", "plain"),
    ]


def _goes_on(run: Run) -> str:
    """What the service does although the run was stopped."""
    n = len(accepted(run))
    if not n:
        return ""
    what = "1 request that it accepted" if n == 1 else f"{n:,} requests that it accepted"
    return f" The service goes on with {what}."


def began(run: Run, now: datetime) -> str:
    """When it began, where that was not just now; else ""."""
    if now - run.started < _LONG_AGO:
        return ""
    return f"Begun {day_time(run.started)}."
