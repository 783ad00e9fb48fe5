"""The summary of a run that is over: what stands, what does not and why, what to expect, what can be done now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from m365backup_tui.domain.again import lost_count, retriable
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.run import FailedItem, Outcome, Run
from m365backup_tui.screens.views.plan_words import expected, expects_points
from m365backup_tui.screens.views.policy_rows import counts_words
from m365backup_tui.screens.views.run_progress import accepted
from m365backup_tui.screens.views.run_rows import called
from m365backup_tui.screens.views.run_words import failed_count, refused
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.terminal.marks import Marks

SHOWN = 12
"""Policies, requests and reasons that are listed; the record has them all."""
NAMED = 5
"""Units that are named for one reason."""


def summary_spans(run: Run, link: str, marks: Marks) -> list[Span]:
    """Policies as read back, failures with their reasons, what to expect, where to look."""
    spans: list[Span] = []
    if run.note:
        spans.append((f"{run.note}\n", "plain"))
    spans += _policies(run, marks)
    spans += _notified(run, marks)
    spans += _going_on(run, marks)
    spans += _refused(run, marks)
    spans += _failed(run, marks)
    if run.written and expects_points(run.plan):
        spans.append((f"\n{expected(run.ended)}\n", "plain"))
    spans.append(("\nWhat to do next\n", "strong"))
    spans += [(f"  - {words}\n", "plain") for words in next_steps(run, link)]
    if run.record:
        spans.append((f"\nRecord of this run (C copies its path):\n{run.record}", "dim"))
    return spans


def next_steps(run: Run, link: str) -> Iterator[str]:
    """Every key that helps now, in words: the line of keys has no room for all."""
    if run.finished and (count := retriable(run)):
        units = "the refused unit" if count == 1 else f"just the {count:,} refused units"
        yield f"press T to try {units} again, X to save what failed as CSV"
    elif lost_count(run):
        yield "press X to save what failed, with the reasons, as CSV"
    if run.finished and refused(run):
        yield "press G to send the refused requests again, once the reason is gone"
    elif failed_count(run):
        yield "see to what is listed above: press Q and open the policy"
    if run.finished and run.written:
        yield "press U to see what undoing this run would do"
    yield "press E for a file that does the same job on the next tenant, Q for the policies"
    if link:
        yield f"see {link}"


def _policies(run: Run, marks: Marks) -> Iterator[Span]:
    shown = run.watched
    if len(shown) > SHOWN:
        shown = tuple(p for p in run.watched if not _fine(p))[:SHOWN]
    for policy in shown:
        failed = policy.counts is not None and policy.counts.failed > 0
        yield (f" {marks.sign('warn')} ", "warn") if failed else (f" {marks.sign('ok')} ", "ok")
        where = f"{policy.product.label} “{policy.name}”"
        yield f"{where}: {policy.status.words}, {counts_words(policy)}\n", "plain"
    more = len(run.watched) - len(shown)
    if more:
        rest = [p for p in run.watched if p not in shown]
        units = sum(p.counts.protected for p in rest if p.counts)
        yield f" {marks.sign('ok' if all(map(_fine, rest)) else 'warn')} ", "plain"
        yield f"{more:,} {'other' if shown else 'policies'}: {units:,} units protected\n", "plain"


def _fine(policy: Policy) -> bool:
    at_rest = policy.status in (PolicyStatus.ACTIVE, PolicyStatus.INACTIVE)
    return at_rest and not (policy.counts and policy.counts.failed)


def _notified(run: Run, marks: Marks) -> Iterator[Span]:
    for state in run.writes:
        if state.outcome is Outcome.DONE and state.write.notifications:
            yield f" {marks.sign('ok')} ", "ok"
            words = state.write.notifications.wanted.words
            yield f"E-mail notifications (confirmed by the service): {words}\n", "plain"


def _going_on(run: Run, marks: Marks) -> Iterator[Span]:
    states = accepted(run)
    for state in states[:SHOWN]:
        yield f" {marks.sign('current')} ", "accent"
        yield f"Accepted, the service works on it: {state.write.words}\n", "plain"
    yield from _more(len(states))


def _refused(run: Run, marks: Marks) -> Iterator[Span]:
    states = refused(run)
    for state in states[:SHOWN]:
        yield f" {marks.sign('no')} ", "error"
        note = f": {state.note}" if state.note else ""
        yield f"Not done: {state.write.words}{note}\n", "plain"
    yield from _more(len(states))


def _failed(run: Run, marks: Marks) -> Iterator[Span]:
    """By reason: what has to be done is the same for all of one reason."""
    every = chain(chain.from_iterable(w.failed for w in run.writes), run.unit_failures)
    groups: dict[str, list[FailedItem]] = {}
    for item in every:
        groups.setdefault(item.reason, []).append(item)
    for reason, items in islice(groups.items(), SHOWN):
        yield f" {marks.sign('no')} ", "error"
        if len(items) == 1:
            yield f"{called(items[0])}: {reason}\n", "plain"
            continue
        yield f"{len(items):,} units: {reason}\n", "plain"
        names = ", ".join(called(item) for item in items[:NAMED])
        more = len(items) - NAMED
        yield f"     {names}{f' and {more:,} more' if more > 0 else ''}\n", "dim"
    if len(groups) > SHOWN:
        rest = sum(len(items) for items in islice(groups.values(), SHOWN, None))
        yield f"   and {rest:,} more units, listed in the record\n", "dim"


def _more(count: int) -> Iterator[Span]:
    if count > SHOWN:
        yield f"   and {count - SHOWN:,} more, listed in the record\n", "dim"
