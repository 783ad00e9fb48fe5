"""A run without a screen: each change as a line, the outcome as text or JSON, the exit code that was promised."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from m365backup_tui.domain.run import Outcome, Run, RunPhase
from m365backup_tui.events import RunMoved
from m365backup_tui.headless.sitting import Sitting

EXIT = {
    RunPhase.DONE: 0,
    RunPhase.FAILED: 1,
    RunPhase.PARTLY: 5,
    RunPhase.STOPPED: 5,
    RunPhase.WRITING: 130,
    RunPhase.WATCHING: 130,
}


async def carry_out(sitting: Sitting, work: AsyncIterator[RunMoved]) -> int:
    told: set[str] = set()
    run: Run | None = None
    async for event in work:
        sitting.store.send(event)
        run = event.run
        for line in (*sitting.tools.runs.remarks(run.id), *_news(run)):
            if line not in told:
                told.add(line)
                sitting.say(line)
    if run is None:
        return 1
    if sitting.options.json:
        print(json.dumps(as_data(run), indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(run)))
    # A run that could not even be opened (a damaged record) is no half-done work to go on with.
    return EXIT[run.phase] if run.writes else EXIT[RunPhase.FAILED]


def _news(run: Run) -> list[str]:
    settled = (Outcome.WAITING, Outcome.SENDING)
    lines = [
        f"{w.outcome}: {w.write.words}{f': {w.note}' if w.note else ''}"
        for w in run.writes
        if w.outcome not in settled
    ]
    lines += [f"  not taken: {item.name}: {item.reason}" for w in run.writes for item in w.failed]
    for policy in run.watched:
        counts = policy.counts
        so_far = f", {counts.protected} of {counts.total} protected" if counts else ""
        lines.append(f"{policy.product.label} “{policy.name}”: {policy.status.words}{so_far}")
    return lines


def as_text(run: Run) -> list[str]:
    lines = [f"Result: {run.phase}"]
    for policy in run.watched:
        counts = policy.counts
        if counts is None:
            lines.append(f"{policy.product.label} “{policy.name}”: {policy.status.words}")
        else:
            units = f"{policy.product.amount(counts.protected)} protected of {counts.total}"
            lines.append(f"{policy.product.label} “{policy.name}”: {policy.status.words}, {units}")
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
        "started": run.started.isoformat(),
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
