"""Tokens renewed without a word: clocks that disagree, Entra down or busy while the work goes on, Azure's step-up.

Through the real SDKs; what was asked is counted in the practice tenant's own log.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from m365backup_tui.cloud.profiles import SCOPES_APPLY, Resource
from m365backup_tui.domain.errors import (
    CloudError,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
    Unreachable,
)
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.work import browse, set_up_billing
from tests.practice.interrupting import (
    ENDINGS,
    ON,
    again,
    carried_out,
    drafts,
    end_at,
    planned,
    tokens_asked,
)
from tests.practice.matrix_jobs import prepare
from tests.practice.matrix_runs import azure_end, committed
from tests.practice.matrix_scene import Witness, _azure
from tests.practice.matrix_stage import Stage, stage_in
from tests.practice.test_interrupted_sign_in import KINDS

SKEWS = (86_400, -86_400, 7_200, -7_200)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Witness]]:
    with stage_in(tmp_path_factory.mktemp("renewing")) as stage:
        stage.controls.turn_backup_on()
        witness = Witness(stage)
        people = witness.every(
            "/users?$select=id,mail,userPrincipalName,displayName,accountEnabled"
        )
        witness.people = [one for one in people if one["mail"] and one["accountEnabled"]]
        stage.keep(ON)
        yield stage, witness
        witness.close()


@pytest.fixture
def stage(made: tuple[Stage, Witness]) -> Stage:
    """Signed in, with good tokens for reading, writing and Azure."""
    stage, _ = made
    stage.off()
    stage.back_to(ON)
    stage.clock.later(1)
    stage.new_store()
    stage.run(stage.sign_in.forget_refusals())
    stage.run(stage.sign_in.token(Resource.GRAPH, SCOPES_APPLY))
    stage.run(stage.tools.azure.subscriptions())
    assert read(stage) is None
    return stage


def read(stage: Stage) -> CloudError | None:
    return stage.run(stage.do(browse.load_policies(stage.tools))).policies.error


def switch(stage: Stage, fault_id: str, operation: str = "", **more: Any) -> None:
    fault = {"id": fault_id, **({"operation": operation} if operation else {}), **more}
    stage.controls.call("POST", "faults", fault).raise_for_status()


def told(stage: Stage, seq: int) -> list[tuple[str, str, int]]:
    """(service, method, status) of what was asked since `seq`."""
    return [
        ("entra" if "/oauth2/" in one["path"] else "data", one["method"], one["status"])
        for one in stage.controls.log(seq)
    ]


# --- clocks that disagree (T12) ------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", SKEWS)
def test_a_token_taken_for_expired_costs_one_renewal_and_one_repeat(
    stage: Stage, skew: int
) -> None:
    switch(stage, "T12", skew=skew)
    seq = stage.seq()
    assert read(stage) is None
    asked = told(stage, seq)
    assert asked == [("data", "GET", 401), ("entra", "POST", 200), ("data", "GET", 200)]
    print(f"skew {skew:>7}: {asked}")


@pytest.mark.parametrize("skew", [86_400, -86_400])
def test_writes_are_repeated_once_too_and_done_once(
    made: tuple[Stage, Witness], stage: Stage, skew: int
) -> None:
    plan = stage.run(planned(stage, drafts(made[1])[:2]))
    switch(stage, "T12", skew=skew)
    seq = stage.seq()
    run = stage.run(carried_out(stage, plan))
    assert run.phase is RunPhase.DONE, run.note
    assert committed(stage, seq) == len(plan.writes) == 4
    posts = [one for one in told(stage, seq) if one[:2] == ("data", "POST") and one[2] == 401]
    assert len(posts) <= 1, "the token is renewed for all of them"


@pytest.mark.parametrize("skew", [86_400, -86_400])
def test_azure_reads_and_writes_go_on_as_well(stage: Stage, skew: int) -> None:
    switch(stage, "T12", skew=skew)
    seq = stage.seq()
    assert stage.run(prepare(stage)) is None
    asked = told(stage, seq)
    assert len([one for one in asked if one[2] == 401]) == 1, asked
    assert len(tokens_asked(stage, seq)) == 1
    assert committed(stage, seq) == 2


# --- Entra down or busy --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["H3", "H5", "H1", "T5"])
@pytest.mark.parametrize("left", ["half", "three minutes"])
def test_work_goes_on_with_a_token_that_still_holds_while_entra_is_down(
    stage: Stage, fault: str, left: str
) -> None:
    """MSAL renews early, and calls a token of its last five minutes expired (auth.md §1.1)."""
    _, until = stage.run(stage.sign_in.token(Resource.GRAPH, SCOPES_APPLY))
    seconds = until - stage.clock.time()
    stage.clock.later(seconds - 180 if left == "three minutes" else seconds / 2 + 60)
    stage.clock.catch_up()
    switch(stage, fault, "get token", times=None)
    seq = stage.seq()
    token, ends = stage.run(stage.sign_in.token(Resource.GRAPH, SCOPES_APPLY))
    assert token
    assert ends == pytest.approx(until, abs=5)
    assert tokens_asked(stage, seq) or fault == "T5", "a renewal was tried"


def test_without_a_token_that_holds_it_is_said_and_goes_on_later(stage: Stage) -> None:
    stage.clock.later(6_000)
    switch(stage, "H3", "get token", times=None)
    error = read(stage)
    assert type(error) is Unreachable
    assert "HTTP 500" in error.what
    stage.off()
    stage.run(stage.tools.identity.forget_refusals())  # as "check again" does
    assert read(stage) is None


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("fault", ["H1", "H5"])
def test_what_entra_asks_to_wait_is_waited_and_shown(stage: Stage, fault: str, form: str) -> None:
    stage.clock.later(6_000)
    switch(stage, fault, "get token", retry_after=30, retry_after_as=form, times=1)
    seq, waited, pauses = stage.seq(), stage.clock.waited, len(stage.pauses)
    assert read(stage) is None
    assert 29 <= stage.clock.waited - waited <= 35
    (shown,) = stage.pauses[pauses:]
    assert "sign-in service" in shown or "Entra" in shown
    assert [one["status"] for one in tokens_asked(stage, seq)] == [
        429 if fault == "H1" else 503,
        200,
    ]


def test_a_run_waits_for_entra_between_writes(made: tuple[Stage, Witness], stage: Stage) -> None:
    plan = stage.run(planned(stage, drafts(made[1])[:2]))
    stage.clock.later(6_000)
    switch(stage, "H1", "get token", retry_after=30, times=1, nth=2)
    seq = stage.seq()
    run = stage.run(carried_out(stage, plan))
    assert run.phase is RunPhase.DONE, run.note
    assert committed(stage, seq) == 4


# --- Azure ---------------------------------------------------------------------------------------------------------

AZURE = ("create resource group", "register provider")


@pytest.mark.parametrize("operation", AZURE)
@pytest.mark.parametrize("ending", ENDINGS)
def test_preparing_azure_stops_and_goes_on_after_the_sign_in(
    stage: Stage, ending: str, operation: str
) -> None:
    stage.run(stage.sign_in.token(*_azure(stage)))
    seq = stage.seq()
    end_at(stage, ENDINGS[ending], operation)
    error = stage.run(prepare(stage))
    assert type(error) is KINDS.get(ENDINGS[ending].number, StepUpNeeded), error
    assert error.scopes == ("https://management.azure.com/user_impersonation",)
    stage.off()
    state = stage.run(again(stage, error))
    assert state.needs is None
    assert stage.run(prepare(stage)) is None
    assert azure_end(stage) == ""
    assert committed(stage, seq) == 2


@pytest.mark.parametrize("ending", ENDINGS)
def test_reading_from_azure_stops_and_goes_on_after_the_sign_in(stage: Stage, ending: str) -> None:
    subscription = stage.ready["subscriptions"][0]["id"]
    end_at(stage, ENDINGS[ending], "read provider")
    look = set_up_billing.load_provider
    error = stage.run(stage.do(look(stage.tools, subscription))).provider.error
    assert type(error) is KINDS.get(ENDINGS[ending].number, StepUpNeeded), error
    stage.off()
    assert stage.run(again(stage, error)).needs is None
    assert stage.run(stage.do(look(stage.tools, subscription))).provider.value is not None


def test_azure_writes_that_want_multifactor_ask_for_just_that(stage: Stage) -> None:
    """A2 at Azure: every write is challenged with acrs until the person has passed a second factor (auth.md §1.4)."""
    switch(stage, "A2", "arm", times=None)
    seq = stage.seq()
    error = stage.run(prepare(stage))
    assert isinstance(error, StepUpNeeded)
    assert "acrs" in error.claims
    assert error.code == "AADSTS50076"
    assert read(stage) is None, "Graph stays signed in"
    assert stage.run(again(stage, error)).needs is None
    assert stage.run(prepare(stage)) is None
    assert committed(stage, seq) == 2


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["CAE, unpadded", "password changed", "Conditional Access"])
@pytest.mark.parametrize("nth", [1, 2])
def test_reading_a_catalog_breaks_off_and_begins_again(stage: Stage, ending: str, nth: int) -> None:
    work = browse.load_catalog(stage.tools, Product.SHAREPOINT)
    state = stage.run(stage.do(work))
    whole = state.sharepoint.value
    assert whole is not None
    stage.new_store()
    end_at(stage, ENDINGS[ending], "graph", nth)
    error = stage.run(
        stage.do(browse.load_catalog(stage.tools, Product.SHAREPOINT))
    ).sharepoint.error
    assert type(error) is KINDS.get(ENDINGS[ending].number, StepUpNeeded)
    stage.off()
    assert stage.run(again(stage, error)).needs is None
    state = stage.run(stage.do(browse.load_catalog(stage.tools, Product.SHAREPOINT)))
    assert state.sharepoint.value is not None
    assert len(state.sharepoint.value) == len(whole)


# --- the last one: it signs the session out -------------------------------------------------------------------------


def test_a_token_of_another_tenant_is_refused_and_nothing_goes_on(stage: Stage) -> None:
    """A4: the account comes as another organization's; the next renewal names the one that the wizard knows."""
    switch(stage, "A4", times=None)
    stage.run(stage.sign_in.sign_out())
    state = stage.run(again(stage, NotSignedIn("Signed out.")))
    assert state.signed_in is not None
    foreign = state.signed_in.account.tenant_id
    assert foreign != stage.ready["tenant_id"]
    seq = stage.seq()
    error = read(stage)
    assert isinstance(error, SignInRefused)
    assert error.code == "account_mismatch"
    assert [one for one in told(stage, seq) if one[0] == "data" and one[2] < 400] == []
