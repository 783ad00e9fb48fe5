"""A run without a screen: each change as a line, the outcome as text or JSON, the exit code that was promised."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.events import RunMoved
from m365backup_tui.headless.moments import iso
from m365backup_tui.headless.sitting import Sitting

ACT_FIRST = 3
EXIT = {
    RunPhase.DONE: 0,
    RunPhase.FAILED: 1,
    RunPhase.PARTLY: 5,
    RunPhase.STOPPED: 5,
    RunPhase.WRITING: 130,
    RunPhase.WATCHING: 130,
}

NO_RUN: dict[str, object] = {"run": None, "result": "nothing", "items": []}
"""The document where there was nothing to do: the keys that scripts rely on are there all the same."""


async def carry_out(sitting: Sitting, work: AsyncIterator[RunMoved]) -> int:
    news = News()
    run: Run | None = None
    async for event in work:
        sitting.store.send(event)
        run = event.run
        for line in (*run.remarks, *news.of(run)):
            if news.fresh(line):
                sitting.say(line)
    if run is None:
        return 1
    if sitting.options.json:
        print(json.dumps(as_data(run), indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(run)))
    if run.needs is not None:  # only a new sign-in helps; `resume` goes on after it
        return ACT_FIRST
    # A run that could not even be opened (a damaged record) is no half-done work to go on with.
    return EXIT[run.phase] if run.writes else EXIT[RunPhase.FAILED]


class News:
    """What may be new in a run since it was looked at last, as lines. Only requests that changed are looked at: a run
    of 2,000 requests changes 6,000 times."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._seen: tuple[WriteState, ...] = ()

    def of(self, run: Run) -> Iterator[str]:
        """The lines."""
        before = self._seen if len(self._seen) == len(run.writes) else ()
        self._seen = run.writes
        for n, state in enumerate(run.writes):
            if before and state is before[n]:
                continue
            yield from _lines(state)
        yield from map(_policy, run.watched)
        if run.wait_until is not None:
            yield f"waiting until {run.wait_until.astimezone():%H:%M:%S}: {run.note}"
        elif run.note and not run.over:
            yield f"waiting: {run.note}"

    def fresh(self, line: str) -> bool:
        """Whether it was not told yet; from now on it was."""
        new = line not in self._told
        self._told.add(line)
        return new


def _lines(state: WriteState) -> Iterator[str]:
    if state.outcome in (Outcome.WAITING, Outcome.SENDING):
        return
    works = ": the service works on it" if state.outcome is Outcome.ACCEPTED else ""
    note = f": {state.note}" if state.note else ""
    yield f"{state.outcome}: {state.write.words}{works}{note}"
    for item in state.failed:
        yield f"  not taken: {item.name or item.key}: {item.reason}"


def _policy(policy: Policy) -> str:
    counts = policy.counts
    so_far = f", {counts.protected:,} of {counts.total:,} protected" if counts else ""
    return f"{policy.product.label} “{policy.name}”: {policy.status.words}{so_far}"


def as_text(run: Run) -> list[str]:
    lines = [f"Result: {run.phase}"]
    for policy in run.watched:
        counts = policy.counts
        if counts is None:
            lines.append(f"{policy.product.label} “{policy.name}”: {policy.status.words}")
        else:
            units = f"{policy.product.amount(counts.protected)} protected of {counts.total}"
            lines.append(f"{policy.product.label} “{policy.name}”: {policy.status.words}, {units}")
    for state in run.writes:
        if state.outcome is Outcome.DONE and state.write.notifications:
            lines.append(f"E-mail notifications: {state.write.notifications.wanted.words}")
        if state.outcome is Outcome.ACCEPTED:
            lines.append(f"Accepted, the service works on it: {state.write.words}")
    if refused := sum(len(state.failed) for state in run.writes):
        lines.append(
            f"Not taken: {refused:,} of the units, each with its reason above and in the record"
        )
    for item in run.unit_failures:
        lines.append(f"Not protected: {item.name} ({item.address}): {item.reason}")
    if run.note:
        lines.append(run.note)
    lines.append(f"Record: {run.record}")
    return lines


def as_data(run: Run) -> dict[str, object]:
    """`run`, `result`, `items` are what scripts rely on (command-line page)."""
    return {
        "run": run.id,
        "result": str(run.phase),
        "note": run.note,
        "record": run.record,
        "account": run.account,
        "started": iso(run.started),
        "items": [
            {
                "write": w.write.id,
                "what": w.write.words,
                "outcome": str(w.outcome),
                "note": w.note,
                "request_id": w.request_id,
                "refused": [
                    {"name": f.name, "address": f.address, "code": f.code, "reason": f.reason}
                    for f in w.failed
                ],
            }
            for w in run.writes
        ],
        "policies": [
            {
                "service": str(p.product),
                "name": p.name,
                "id": p.id,
                "status": str(p.status),
                "units": {
                    "total": p.counts.total,
                    "protected": p.counts.protected,
                    "failed": p.counts.failed,
                }
                if p.counts
                else None,
            }
            for p in run.watched
        ],
        "failed_units": [
            {"name": f.name, "address": f.address, "code": f.code, "reason": f.reason}
            for f in run.unit_failures
        ],
    }
