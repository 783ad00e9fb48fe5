"""A run in words: one line a write, what is waited for, what failed and why, how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from m365backup_tui.domain.facts import FIRST_POINTS
from m365backup_tui.domain.plan import Act
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.screens.views.plan_words import expects_points
from m365backup_tui.screens.views.policy_rows import counts_words
from m365backup_tui.screens.widgets.progress import Progress
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.screens.words import lasting

_MARK = {
    Outcome.DONE: "ok",
    Outcome.PARTLY: "warn",
    Outcome.REFUSED: "no",
    Outcome.UNKNOWN: "no",
    Outcome.NOT_SENT: "dot",
    Outcome.WAITING: "dot",
    Outcome.SENDING: "current",
    Outcome.READING_BACK: "current",
}
_WORDS = {
    Outcome.PARTLY: "partly",
    Outcome.UNKNOWN: "unknown: not confirmed",
    Outcome.READING_BACK: "checking what happened",
}


_ROOM = 51  # cells of the first column at 80 columns


def run_rows(run: Run) -> tuple[Row, ...]:
    """Writes with the items they did not take, then the watched policies, then units that failed later."""
    return (*_write_rows(run), *_watch_rows(run), *_failed_rows(run.unit_failures, "unit"))


def _write_rows(run: Run) -> Iterator[Row]:
    for state in run.writes:
        words = state.write.words
        outcome = _WORDS.get(state.outcome, state.outcome.value)
        yield Row(
            f"write:{state.write.id}",
            (words[:1].upper() + words[1:], outcome),
            mark=_MARK[state.outcome],
        )
        if state.note:
            yield Row(f"note:{state.write.id}", (f"   {state.note}",), tone="dim")
        yield from _failed_rows(state.failed, state.write.id)


def _failed_rows(failed: tuple[FailedItem, ...], where: str) -> Iterator[Row]:
    for number, item in enumerate(failed):
        words = f"   {called(item)}: {item.reason}"
        yield Row(f"failed:{where}:{number}", (words, "failed"), mark="no")


def called(item: FailedItem) -> str:
    """People by their address, sites by their name."""
    by_name = item.address.startswith("https://") or not item.address
    return item.name if by_name else item.address


def in_full(run: Run, row_id: str) -> str:
    """What a line of the list had no room for at 80 columns: a reason, a note, a long name; else ""."""
    kind, _, rest = row_id.partition(":")
    if kind in ("write", "watch"):
        row = next((r for r in run_rows(run) if r.id == row_id), None)
        words = str(row.cells[0]) if row else ""
        return f"{words}." if len(words) > _ROOM else ""
    if kind == "note":
        return next((w.note for w in run.writes if w.write.id == rest), "")
    where, _, number = rest.rpartition(":")
    if kind != "failed" or not number.isdigit():
        return ""
    lists = {w.write.id: w.failed for w in run.writes} | {"unit": run.unit_failures}
    items = lists.get(where, ())
    return items[int(number)].reason if int(number) < len(items) else ""


def _watch_rows(run: Run) -> Iterator[Row]:
    for policy in run.watched:
        row = f"{policy.product.label} “{policy.name}”: {counts_words(policy)}"
        yield Row(f"watch:{policy.id}", (row, policy.status.words), mark=_watch_mark(policy))


def _watch_mark(policy: Policy) -> str:
    if not policy.resting:
        return "current"
    return "warn" if policy.counts and policy.counts.failed else "ok"


def headline(run: Run | None) -> str:
    """Where the run stands, as a sentence."""
    if run is None:
        return "The run is starting."
    done, total = run.written, len(run.writes)
    match run.phase:
        case RunPhase.WRITING:
            return f"Your changes are being written: {done} of {total} requests are done."
        case RunPhase.WATCHING:
            if expects_points(run.plan):
                return "Everything is written. The service is now taking it under protection."
            return "Everything is written. The service is now carrying it out."
        case RunPhase.DONE:
            return "Done: everything you asked for is in place."
        case RunPhase.PARTLY:
            n = len(failures(run)) + len(refused(run))
            return f"Done, except for {n} {'thing' if n == 1 else 'things'}: see the list."
        case RunPhase.STOPPED if total and done == total:
            return "Everything is written; you stopped watching. Enter watches again."
        case RunPhase.STOPPED:
            return f"Stopped: {done} of {total} requests were carried out and stand. Enter goes on."
        case RunPhase.FAILED if not done:
            return "Nothing was written: see below why."
        case RunPhase.FAILED:
            return "The run cannot go on by itself."


def failures(run: Run) -> tuple[FailedItem, ...]:
    """Everything that did not make it, in writes and later."""
    return (*(item for w in run.writes for item in w.failed), *run.unit_failures)


def refused(run: Run) -> tuple[WriteState, ...]:
    """Writes that changed nothing, or nobody knows what."""
    bad = (Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_SENT)
    return tuple(w for w in run.writes if w.outcome in bad)


def progress(run: Run, now: datetime) -> Progress:
    """Writes while writing; units while watching."""
    seconds = ((run.ended or now) - run.started).total_seconds()
    counts = [p.counts for p in _gaining(run) if p.counts]
    if run.phase is RunPhase.WATCHING and counts and len(counts) == len(_gaining(run)):
        total, failed = sum(c.total for c in counts), sum(c.failed for c in counts)
        return Progress(sum(c.protected for c in counts), total, failed, seconds, "units protected")
    missed = len([w for w in run.writes if w.outcome in (Outcome.REFUSED, Outcome.UNKNOWN)])
    return Progress(run.written, len(run.writes), missed, seconds, "requests")


def _gaining(run: Run) -> list[Policy]:
    """The watched policies whose units are to be protected: not those that this run pauses."""
    paused = {w.policy_id for w in run.plan.writes if w.act is Act.PAUSE}
    return [p for p in run.watched if p.id not in paused]


def waiting(run: Run | None, now: datetime) -> str:
    """What is waited for and how long it usually takes, or how it ended."""
    if run is None:
        return "Reading the policies once more before the first request."
    if run.wait_until is not None and not run.over:
        return (
            f"The service asked for a pause: {lasting(run.wait_until - now)} left. Nothing is lost."
        )
    match run.phase:
        case RunPhase.WRITING:
            return run.note or "One request after the other. S stops after the one on its way."
        case RunPhase.WATCHING:
            usual = f"{FIRST_POINTS.dated}. " if expects_points(run.plan) else ""
            return (
                f"{usual}You may leave with Ctrl+Q: it goes on without the wizard, and the next start "
                "shows how far it is."
            )
        case RunPhase.STOPPED | RunPhase.FAILED:
            return run.note or "What was written stands; nothing is written twice when it goes on."
        case _:
            return run.note
