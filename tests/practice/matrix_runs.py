"""How a writing cell of the fault matrix is judged: the end state, and each intended write committed once."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.run import COMMITTED, Outcome, Run, RunPhase
from m365backup_tui.work import messages
from tests.practice.conftest import web_session
from tests.practice.matrix_cells import Cell
from tests.practice.matrix_jobs import NEW_GROUP, Ended, Jobs, carry_out, go_on, prepare
from tests.practice.matrix_scene import OFF, ON, Protection, Witness
from tests.practice.matrix_stage import Stage
from tests.practice.matrix_verdicts import (
    DONE,
    MINUTES,
    REFUSED,
    RESUMED,
    SAID,
    Board,
    Verdict,
    secrets,
    seen,
)

# Another administrator did something meanwhile, and that stays when the fault is over: nothing can be resumed.
STAYS = ("B10", "B21")


class Right:
    """How each job ends while nothing is wrong."""

    def __init__(self, stage: Stage, witness: Witness, jobs: Jobs) -> None:
        self.phases: dict[str, RunPhase] = {}
        self.ends: dict[str, Protection] = {}
        for name, draft in jobs.drafts.items():
            fresh(stage, ON)
            ended = stage.run(carry_out(stage, draft))
            assert ended.run is not None, (name, ended.error)
            assert not [w for w in ended.run.writes if w.outcome is not Outcome.DONE], ended.run
            self.phases[name] = ended.run.phase
            self.ends[name] = settled(stage, witness)


def fresh(stage: Stage, scene: str) -> None:
    """The tenant as it was, and nothing known of it."""
    stage.back_to(scene)
    stage.clock.later(MINUTES)
    stage.new_store()


def settled(stage: Stage, witness: Witness) -> Protection:
    """What is protected two hours later, when the service has done what it was asked."""
    stage.clock.later(7200)
    stage.clock.catch_up()
    return witness.protection()


def committed(stage: Stage, seq: int) -> int:
    """Writes that changed the tenant, by the server's own log."""
    return sum(
        one["changed"] is not None
        and one["method"] != "GET"
        and one["status"] < 300  # what the service itself answered, also where the answer was lost
        and "/oauth2/" not in one["path"]
        for one in stage.controls.log(seq)
    )


def judge_run(
    stage: Stage, witness: Witness, jobs: Jobs, right: Right, cell: Cell, board: Board
) -> Verdict:
    """Run the cell; where it stopped, switch the fault off and resume."""
    draft = jobs.drafts[cell.kind.flow]
    fresh(stage, ON)
    for words in (*cell.kind.first, cell.switch):
        stage.on(words)
    seq, began = stage.seq(), time.monotonic()
    name, wrong = "", ""
    try:
        ended = stage.run(carry_out(stage, draft))
    except TimeoutError:
        return Verdict("hang", "it hangs")
    except CloudError as error:
        return Verdict("", f"{type(error).__name__} escaped: {error}")
    except Exception as error:
        return Verdict("", f"{type(error).__name__} escaped: {error!r}")
    ms = (time.monotonic() - began) * 1000
    wrong = seen(stage, cell, seq) or secrets(_sentences(ended))
    stage.off()
    name, told = _how_it_ended(ended, right.phases[cell.kind.flow], cell)
    wrong = wrong or told
    if not wrong and name == REFUSED and ended.run is None and committed(stage, seq):
        wrong = "it was refused, and something was written"
    listed = _listed(ended.run)
    if cell.fault in STAYS and name != DONE:
        sent = committed(stage, seq)
        if not wrong and sent > (len(ended.plan.writes) if ended.plan else 0):
            wrong = f"{sent} writes were committed"
        _show(ms, name, cell, wrong)
        return Verdict(name, wrong, ms)
    tries = 0
    while not wrong and name != DONE and ended.run is not None and tries < 2:
        if ended.run.phase is right.phases[cell.kind.flow] and _all_done(ended.run):
            break
        tries += 1
        stage.clock.later(MINUTES)
        plan_again = "ake the plan again" in ended.run.note
        ended = stage.run(carry_out(stage, draft) if plan_again else go_on(stage, ended))
        if ended.run is not None:
            listed |= _listed(ended.run)
    if not wrong and ended.run is None:
        stage.clock.later(MINUTES)
        stage.new_store()
        ended = stage.run(carry_out(stage, draft))
    wrong = wrong or _wrong_end(stage, witness, right.ends[cell.kind.flow], ended, listed)
    # Each write that the run says was carried out was carried out once, and no other.
    sent = committed(stage, seq)
    wanted = sum(w.outcome in COMMITTED for w in ended.run.writes) if ended.run else 0
    if not wrong and sent != wanted:
        wrong = f"{sent} writes were committed, and the run says {wanted}"
    board.count(cell, sent, wanted)
    _show(ms, name, cell, wrong)
    return Verdict(name, wrong, ms)


def _how_it_ended(ended: Ended, right: RunPhase, cell: Cell) -> tuple[str, str]:
    run = ended.run
    if run is None:
        error = ended.error
        # Reasons against a plan hold the way out themselves: the draft is what has to change.
        if error is None or not (messages.advice(error) or error.code == "plan"):
            return REFUSED, f"no next step: {error!r}"
        return REFUSED, "it passes by itself, and the plan is refused" if cell.passing else ""
    if run.phase is right and _all_done(run):
        return DONE, ""
    if cell.passing:
        notes = [(w.outcome.value, w.note) for w in run.writes]
        return RESUMED, f"it passes by itself, and the run is {run.phase.value}: {run.note} {notes}"
    if run.phase is RunPhase.STOPPED:
        steps = ("esume", "ign in", "consent", "try ")
        named = any(step in run.note for step in steps)
        return RESUMED, "" if named else f"stopped without a next step: {run.note}"
    silent = [
        w for w in run.writes if w.outcome is not Outcome.DONE and not w.note and not w.failed
    ]
    if silent:
        return "", f"{run.phase.value}, and nothing is said about {silent[0].write.words}"
    if not run.note and not _listed(run) and not any(w.note for w in run.writes):
        return "", f"{run.phase.value}, and nothing is said"
    written = any(w.outcome in COMMITTED for w in run.writes)
    return (SAID if written else REFUSED), ""


def _all_done(run: Run) -> bool:
    return all(w.outcome is Outcome.DONE for w in run.writes)


def _listed(run: Run | None) -> set[str]:
    """Keys of the units that the person is told did not make it."""
    if run is None:
        return set()
    failed = [*run.unit_failures, *(item for write in run.writes for item in write.failed)]
    return {item.key.lower() for item in failed}


def _wrong_end(
    stage: Stage, witness: Witness, right: Protection, ended: Ended, listed: set[str]
) -> str:
    """How the tenant differs from what was asked for, in a way that nobody was told of."""
    if ended.run is None:
        return f"after the fault there is no plan: {ended.error}"
    found = settled(stage, witness)
    for place in found.keys() | right.keys():
        (status, keys), (wanted, all_keys) = (
            one.get(place, ("", frozenset())) for one in (found, right)
        )
        if (all_keys ^ keys) - listed:
            note = [(w.outcome.value, w.note) for w in ended.run.writes]
            return f"{place} has {len(keys)} units for {len(all_keys)}: {ended.run.note} {note}"
        if status != wanted and not listed:
            return (
                f"{place} is {status or 'not there'} and not {wanted or 'gone'}: {ended.run.note}"
            )
    return ""


def _sentences(ended: Ended) -> tuple[str, ...]:
    if ended.run is None:
        return (str(ended.error),)
    notes = [text for w in ended.run.writes for text in (w.note, *(f.reason for f in w.failed))]
    return (ended.run.note, *notes, *(item.reason for item in ended.run.unit_failures))


def judge_azure(stage: Stage, cell: Cell, board: Board) -> Verdict:
    """Preparing the subscription; where it broke, once more as the page offers it."""
    fresh(stage, OFF)
    stage.on(cell.switch)
    seq, began = stage.seq(), time.monotonic()
    try:
        error = stage.run(prepare(stage))
    except TimeoutError:
        return Verdict("hang", "it hangs")
    except Exception as escaped:
        return Verdict("", f"{type(escaped).__name__} escaped: {escaped!r}")
    ms = (time.monotonic() - began) * 1000
    said = (error.what, messages.advice(error)) if error else ()
    wrong = seen(stage, cell, seq) or secrets(said)
    waiting = stage.store.state.prepared.value is None and error is None
    name = DONE if error is None and not waiting else RESUMED if waiting else REFUSED
    if not wrong and error is not None and not all(said):
        wrong = f"no next step: {error!r}"
    if not wrong and cell.passing and name != DONE:
        wrong = f"it passes by itself, and the person is told: {said}"
    if not wrong and waiting and not stage.store.state.prepared.note:
        wrong = "it waits without a word"
    stage.off()
    if not wrong and name != DONE:
        stage.clock.later(MINUTES)
        again = stage.run(prepare(stage))
        if again is not None:
            wrong = f"after the fault it still fails: {again}"
    sent = committed(stage, seq)
    wrong = wrong or azure_end(stage)
    if not wrong and sent != 2:
        wrong = f"{sent} writes were committed, 2 were intended"
    board.count(cell, sent, 2)
    _show(ms, name, cell, wrong)
    return Verdict(name, wrong, ms)


def azure_end(stage: Stage) -> str:
    """What is wrong with the subscription, asked past the product."""
    subscription = stage.ready["subscriptions"][0]["id"]
    base = f"{stage.ready['arm']}/subscriptions/{subscription}"
    from tests.practice.matrix_scene import _azure

    token = stage.run(stage.sign_in.token(*_azure(stage)))[0]
    stage.clock.catch_up()
    with web_session(stage.ready) as web:

        def get(path: str) -> Any:
            answer = web.get(
                f"{base}/{path}",
                params={"api-version": "2021-04-01"},
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            )
            return answer.json() if answer.ok else {}

        if get(f"resourcegroups/{NEW_GROUP}").get("location") != "westeurope":
            return "the resource group is not there"
        state = get("providers/Microsoft.Syntex").get("registrationState")
        return "" if state == "Registered" else f"the provider is {state}"


def _show(ms: float, name: str, cell: Cell, wrong: str) -> None:
    if os.environ.get("MATRIX_CELLS"):
        print(f"{ms:8.0f} ms  {name:8} {cell}  {wrong}"[:400], file=sys.stderr, flush=True)
