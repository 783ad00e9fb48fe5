"""A sign-in that ends in the middle of the work: the job stops between writes, asks for just that sign-in, goes on.

By the practice tenant's own log every intended write was committed exactly once. Run with -s for the figures.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from m365backup_tui.cloud.profiles import SCOPES_APPLY, Resource
from m365backup_tui.domain.errors import (
    Remedy,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.run import Outcome, RunPhase
from m365backup_tui.steps import StepId
from m365backup_tui.work import browse
from tests.practice.interrupting import (
    ENDINGS,
    ON,
    POLICIES,
    again,
    carried_out,
    drafts,
    end_at,
    planned,
    resumed,
    sent,
    tokens_asked,
)
from tests.practice.matrix_runs import committed
from tests.practice.matrix_scene import Witness
from tests.practice.matrix_stage import Stage, stage_in

KINDS = {53003: SignInRefused, 530036: SignInRefused}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Witness]]:
    with stage_in(tmp_path_factory.mktemp("interrupted")) as stage:
        stage.controls.turn_backup_on()
        witness = Witness(stage)
        people = witness.every(
            "/users?$select=id,mail,userPrincipalName,displayName,accountEnabled"
        )
        witness.people = [one for one in people if one["mail"] and one["accountEnabled"]]
        # From here on every token that is asked for is a renewal.
        stage.run(stage.sign_in.token(Resource.GRAPH, SCOPES_APPLY))
        stage.run(stage.do(browse.load_policies(stage.tools)))
        stage.keep(ON)
        yield stage, witness
        witness.close()


@pytest.fixture
def stage(made: tuple[Stage, Witness]) -> Stage:
    stage, _ = made
    stage.off()
    stage.back_to(ON)
    stage.clock.later(1)
    stage.new_store()
    stage.run(stage.sign_in.forget_refusals())
    return stage


@pytest.fixture
def plan(made: tuple[Stage, Witness], stage: Stage) -> Plan:
    return stage.run(planned(stage, drafts(made[1])))


# Where in a run of 8 policies, 16 writes: (operation that is refused, which one of them).
PLACES = {
    "comparing": ("list policies", 1),
    "a create": ("create policy", 5),
    "an activation": ("activate policy", 3),
    "watching": ("list policies", 4),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_long_run_goes_on_after_the_sign_in_with_nothing_sent_twice(
    stage: Stage, plan: Plan, ending: str, place: str
) -> None:
    how, (operation, nth) = ENDINGS[ending], PLACES[place]
    seq = stage.seq()
    end_at(stage, how, operation, nth)
    run = stage.run(carried_out(stage, plan))
    assert run.phase is RunPhase.STOPPED, run.note
    needs = run.needs
    assert type(needs) is KINDS.get(how.number, StepUpNeeded), needs
    assert needs.code == f"AADSTS{how.number}"
    assert needs.what in run.note
    assert "resume" in run.note
    done = sum(w.outcome is Outcome.DONE for w in run.writes)
    assert done == committed(stage, seq), "it stopped between writes"
    if place == "watching":
        assert done == len(plan.writes)
    stage.off()
    state = stage.run(again(stage, needs))
    assert state.needs is None
    assert state.signed_in is not None
    assert state.signed_in.account.object_id == stage.account.object_id
    run = stage.run(resumed(stage, run))
    assert run.phase is RunPhase.DONE, run.note
    assert run.needs is None
    wrote = sent(stage, seq)
    assert len(set(wrote)) == POLICIES + 1  # one path for the creates, one for each activation
    print(f"{ending:28} {place:13} committed/intended = {len(wrote) / len(plan.writes):.3f}")
    assert len(wrote) == len(plan.writes) == 2 * POLICIES


@pytest.mark.parametrize("ending", ["CAE, unpadded", "sign-in frequency", "Conditional Access"])
def test_a_write_without_an_answer_is_looked_up_after_the_sign_in(
    stage: Stage, plan: Plan, ending: str
) -> None:
    """T6: the connection breaks after the work was done, and looking for it meets the sign-in's end."""
    seq = stage.seq()
    stage.controls.call(
        "POST", "faults", {"id": "T6", "operation": "create policy", "nth": 4}
    ).raise_for_status()
    end_at(stage, ENDINGS[ending], "list policies", 2)  # the first one compared tenant and plan
    run = stage.run(carried_out(stage, plan))
    assert run.phase is RunPhase.STOPPED
    assert run.needs is not None
    assert committed(stage, seq) == 1 + sum(w.outcome is Outcome.DONE for w in run.writes)
    stage.off()
    stage.run(again(stage, run.needs))
    run = stage.run(resumed(stage, run))
    assert run.phase is RunPhase.DONE, run.note
    assert committed(stage, seq) == len(plan.writes)


def test_another_person_is_refused_and_nothing_goes_on(stage: Stage, plan: Plan) -> None:
    """A7: the browser was signed in as somebody else."""
    seq = stage.seq()
    end_at(stage, ENDINGS["sign-in frequency"], "create policy", 3)
    run = stage.run(carried_out(stage, plan))
    assert run.needs is not None
    stage.off()
    before = committed(stage, seq)
    state = stage.run(again(stage, run.needs, "exchange-admin"))
    error = state.device_code.error
    assert isinstance(error, SignInRefused)
    assert error.code == "account_mismatch"
    assert error.remedy is Remedy.OTHER_ACCOUNT
    assert state.needs is not None, "what was interrupted is not forgotten"
    kept = stage.sign_in.account
    assert kept is not None
    assert kept.object_id == stage.account.object_id, "the session is kept"
    accounts = stage.run(stage.sign_in.accounts())
    assert [one.object_id for one in accounts] == [stage.account.object_id]
    assert committed(stage, seq) == before
    state = stage.run(again(stage, run.needs))
    assert state.needs is None
    assert stage.run(resumed(stage, run)).phase is RunPhase.DONE
    assert committed(stage, seq) == len(plan.writes)


def test_a_renewal_in_the_middle_of_a_long_run_is_silent(stage: Stage, plan: Plan) -> None:
    """Every token ends while the run goes on; nobody is asked, and it is not stopped."""
    seq = stage.seq()

    async def slowly() -> None:
        from m365backup_tui.work import applying

        count = 0
        work = applying.apply(stage.tools, plan, stage.account, interval=60.0)
        async for event in work:
            stage.store.send(event)
            done = sum(w.outcome is Outcome.DONE for w in event.run.writes)
            if done // 4 > count and done < len(plan.writes):
                count = done // 4
                stage.clock.later(6_000)  # longer than a token lives

    stage.run(slowly())
    run = stage.store.state.run
    assert run is not None
    assert run.phase is RunPhase.DONE, run.note
    renewals = tokens_asked(stage, seq)
    assert len(renewals) >= 2
    assert {one["status"] for one in renewals} == {200}
    assert committed(stage, seq) == len(plan.writes)


@pytest.mark.parametrize("ending", ENDINGS)
def test_reading_stops_and_goes_on_after_the_sign_in(stage: Stage, ending: str) -> None:
    stage.run(stage.do(browse.load_policies(stage.tools)))  # the token is there
    end_at(stage, ENDINGS[ending], "list policies")
    state = stage.run(stage.do(browse.load_policies(stage.tools)))
    error = state.policies.error
    assert error is not None
    assert type(error) is KINDS.get(ENDINGS[ending].number, StepUpNeeded)
    stage.off()
    state = stage.run(again(stage, error))
    assert state.needs is None
    assert state.at is not StepId.SIGN_IN
    state = stage.run(stage.do(browse.load_policies(stage.tools)))
    assert state.policies.error is None
    assert state.policies.value is not None
