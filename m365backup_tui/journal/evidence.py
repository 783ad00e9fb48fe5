"""What a run's record proves, for an auditor: who, when, which plan, every write with its requests, and the chain."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from m365backup_tui import __version__
from m365backup_tui.domain.run import Run, WriteState
from m365backup_tui.journal import replay
from m365backup_tui.journal.chain import Chain, Line
from m365backup_tui.journal.codec import to_data
from m365backup_tui.journal.record import Damaged


def evidence(
    run_id: str, path: str, chain: Chain, at: datetime, anchors: int = 0
) -> dict[str, Any]:
    """Plain JSON data. `anchors`: how often the tenant's log notes the record's length and hash.

    Of a broken record what its unchanged lines say; `unreadable` says when that is no run.
    """
    run, unreadable = None, ""
    try:
        run = replay.replay(run_id, chain.lines, path)
    except Damaged as error:
        unreadable = str(error)
    return {
        "run": run_id,
        "record": path,
        "exported": at.isoformat(),
        "program": f"m365backup-tui {__version__}",
        "chain": chain_facts(chain),
        "notes_in_log": anchors,
        "unreadable": unreadable,
        "who": [_sitting(x) for x in chain.lines if x.kind in (replay.BEGIN, replay.RESUME)],
        "began": run.started.isoformat() if run else None,
        "ended": run.ended.isoformat() if run and run.ended else None,
        "closed": bool(chain.lines) and chain.lines[-1].kind == replay.END,
        "result": str(run.phase) if run else None,
        "note": run.note if run else "",
        "plan": _plan(run, chain.lines[0]) if run else None,
        "writes": _writes(run, chain) if run else [],
        "failed_units": to_data(run.unit_failures) if run else [],
    }


def chain_facts(chain: Chain) -> dict[str, Any]:
    return {
        "verdict": str(chain.verdict),
        "lines": chain.count,
        "end": chain.end,
        "breaks": list(chain.breaks),
        "unchained": list(chain.unchained),
        "torn_bytes": len(chain.torn),
    }


def _sitting(line: Line) -> dict[str, Any]:
    names = ("account", "object_id", "tenant_id", "version")
    facts = {name: str(line.facts.get(name, "")) for name in names}
    told = line.facts.get("remarks")
    remarks = [str(x) for x in told] if isinstance(told, list) else []
    return {
        "line": line.n + 1,
        "at": line.at.isoformat(),
        "did": line.kind,
        **facts,
        "remarks": remarks,
    }


def _plan(run: Run, begin: Line) -> dict[str, Any]:
    """`sha256`: of the plan as compact JSON with sorted keys, so that two runs of one plan can be told."""
    canonical = json.dumps(begin.facts["plan"], sort_keys=True, separators=(",", ":"))
    return {
        "tenant_id": run.plan.tenant_id,
        "tenant_name": run.plan.tenant_name,
        "made_at": run.plan.made_at.isoformat(),
        "observed": begin.facts["plan"].get("observed"),
        "sha256": hashlib.sha256(canonical.encode()).hexdigest(),
        "changes": to_data(run.plan.changes),
    }


def _writes(run: Run, chain: Chain) -> list[dict[str, Any]]:
    events: dict[str, list[dict[str, Any]]] = {state.write.id: [] for state in run.writes}
    for line in chain.lines:
        if line.kind in (replay.INTEND, replay.OUTCOME):
            events[line.facts["write"]].append(_event(line))
    return [_write(state, events[state.write.id]) for state in run.writes]


def _write(state: WriteState, events: list[dict[str, Any]]) -> dict[str, Any]:
    write = state.write
    ids = dict.fromkeys(event["request_id"] for event in events)
    return {
        "write": write.id,
        "what": write.words,
        "policy_id": state.policy_id or write.policy_id,
        "outcome": str(state.outcome),
        "note": state.note,
        "request_ids": [i for i in ids if i],
        "events": events,
        "units": to_data(write.units),
        "removes": to_data(write.removes),
        "refused": to_data(state.failed),
    }


def _event(line: Line) -> dict[str, Any]:
    facts = {name: str(line.facts.get(name, "")) for name in ("outcome", "request_id", "note")}
    did = "about to be sent" if line.kind == replay.INTEND else "outcome"
    return {"line": line.n + 1, "at": line.at.isoformat(), "event": did, **facts}
