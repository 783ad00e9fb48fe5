"""From a run's record to the Run it tells of: what was intended, what came of it, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from m365backup_tui.domain.plan import Plan, Write
from m365backup_tui.domain.plan_file import upgrade
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.journal.chain import Line
from m365backup_tui.journal.codec import from_data, to_data
from m365backup_tui.journal.record import Damaged

BEGIN, RESUME, INTEND, OUTCOME, END = "begin", "resume", "intend", "outcome", "end"


@dataclass(frozen=True, slots=True)
class _Failures:
    items: tuple[FailedItem, ...]


def outcome_facts(state: WriteState) -> dict[str, Any]:
    """An outcome without the write itself: that stands in the plan of the first record."""
    data = to_data(replace(state, write=_bare(state.write)))
    data["write"] = state.write.id
    return dict(data)


def end_facts(run: Run) -> dict[str, Any]:
    return {
        "phase": str(run.phase),
        "note": run.note,
        "unit_failures": to_data(run.unit_failures),
        "outcomes": {w.write.id: str(w.outcome) for w in run.writes},
    }


def replay(run_id: str, lines: Sequence[Line], path: str) -> Run:
    """Raises Damaged when the record does not begin with a plan or speaks of a write that is not in it."""
    if not lines or lines[0].kind != BEGIN:
        raise Damaged(f"{run_id} does not begin with a plan")
    try:
        return _replay(run_id, lines, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{run_id} cannot be read by this version: {error}") from error


def _replay(run_id: str, lines: Sequence[Line], path: str) -> Run:
    plan = from_data(Plan, upgrade(lines[0].facts["plan"]))
    states = {w.id: WriteState(w) for w in plan.writes}
    account = str(lines[0].facts.get("account", ""))
    run = Run(run_id, plan, lines[0].at, record=path, account=account)
    for line in lines[1:]:
        match line.kind:
            case "intend":
                key = line.facts["write"]
                states[key] = replace(states[key], outcome=Outcome.SENDING)
            case "outcome":
                key = line.facts["write"]
                states[key] = _outcome(states[key], line.facts)
            case "resume":
                run = replace(run, phase=RunPhase.WRITING, note="", ended=None, unit_failures=())
            case "end":
                run = _ended(run, line.facts, line.at)
    return replace(run, writes=tuple(states.values()))


def _outcome(before: WriteState, facts: Mapping[str, Any]) -> WriteState:
    write = before.write
    told = from_data(WriteState, {**facts, "write": to_data(_bare(write))})
    return replace(told, write=write)


def _bare(write: Write) -> Write:
    """Without its units: a bulk addition job has 50,000."""
    long: dict[str, Any] = {
        f.name: () for f in fields(write) if isinstance(getattr(write, f.name), tuple)
    }
    return replace(write, **long)


def _ended(run: Run, facts: Mapping[str, Any], at: datetime) -> Run:
    failures = from_data(_Failures, {"items": facts["unit_failures"]})
    return replace(
        run,
        phase=RunPhase(facts["phase"]),
        note=facts["note"],
        unit_failures=failures.items,
        ended=at,
    )
