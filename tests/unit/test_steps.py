"""The step logic under any sequence of events: pure, total, and never at a step whose needs are not met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from m365backup_tui import events as ev
from m365backup_tui import state as st
from m365backup_tui import steps
from m365backup_tui.domain.azure import (
    PermissionEntry,
    Provider,
    Region,
    Registration,
    ResourceGroup,
    Subscription,
    SubscriptionState,
)
from m365backup_tui.domain.billing import BillingSeen
from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.plan import Draft, Plan
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.roles import HeldRole, How
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.domain.service import BackupService, Consumer, Probe
from m365backup_tui.domain.session import Account, KeptIn, SignedIn, TokenHome
from m365backup_tui.domain.units import Candidate
from m365backup_tui.reducing import reduce
from m365backup_tui.steps import StepId

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
HOME = TokenHome(KeptIn.MEMORY, "kept in memory")
PEOPLE = (
    Account("tenant-1", "adele", "adele@northwind.example", "Adele"),
    Account("tenant-1", "ben", "ben@northwind.example", "Ben"),
)
OWNER = Subscription(
    "sub-1", "Production", "tenant-1", SubscriptionState.ENABLED, (PermissionEntry(("*",)),)
)
READER = Subscription(
    "sub-2", "Sandbox", "tenant-1", SubscriptionState.ENABLED, (PermissionEntry(("*/read",)),)
)
GLOBAL_ADMIN = HeldRole("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", How.DIRECT)
MAILBOX = Candidate(Product.EXCHANGE, "key-1", "Adele", "adele@northwind.example", size=10**9)
OFF = BackupService(Probe.OFF)
ON = BackupService(Probe.ANSWERS)
TAKEN = BackupService(Probe.ANSWERS, "enabled", Consumer.THIRD_PARTY)


def report(service: BackupService, *subscriptions: Subscription) -> Readiness:
    return Readiness("tenant-1", (GLOBAL_ADMIN,), subscriptions, service, NOW)


def seen(service: BackupService) -> BillingSeen:
    return BillingSeen(NOW, Registration.REGISTERED, (), service)


PLAN = Plan("tenant-1", "Northwind", NOW)
services = some.sampled_from((OFF, ON, TAKEN))
answers = some.builds(
    st.Answers,
    subscription_id=some.sampled_from(("", "sub-1", "sub-2")),
    group=some.sampled_from(("", "rg-a", "rg-b")),
    group_location=some.sampled_from(("", "westeurope")),
    new_group=some.booleans(),
    region=some.sampled_from(("", "westeurope", "northeurope")),
    terms_at=some.sampled_from((None, NOW)),
)
drafts = some.builds(
    Draft,
    product=some.sampled_from(Product),
    name=some.sampled_from(("Mail", "Sites", "All")),
    policy_id=some.sampled_from(("", "p-1")),
    old_name=some.just("Mail"),
    add=some.sampled_from(((), (MAILBOX,))),
)
arrivals: some.SearchStrategy[ev.Event] = some.one_of(
    some.builds(
        lambda s, subs: ev.Arrived(ev.READINESS, report(s, *subs), NOW),
        services,
        some.sampled_from(((), (READER,), (OWNER, READER))),
    ),
    some.builds(lambda s: ev.Arrived(ev.BILLING, seen(s), NOW), services),
    some.builds(
        lambda r: ev.Arrived(ev.PROVIDER, Provider(r, (Region("westeurope", "West Europe"),)), NOW),
        some.sampled_from(Registration),
    ),
    some.just(ev.Arrived(ev.GROUPS, (ResourceGroup("rg-a", "westeurope"),), NOW)),
    some.just(ev.Arrived(ev.PLAN, PLAN, NOW)),
)
slots = some.sampled_from((ev.READINESS, ev.GROUPS, ev.PROVIDER, ev.BILLING, ev.POLICIES, ev.PLAN))
events: some.SearchStrategy[ev.Event] = some.one_of(
    arrivals,
    some.builds(ev.Began, slots, some.just(NOW)),
    some.builds(ev.Broke, slots, some.just(Unreachable("no line"))),
    some.builds(ev.Dropped, slots),
    some.builds(ev.Ended, slots),
    some.builds(ev.Started, some.booleans()),
    some.builds(lambda a: ev.SignedInNow(SignedIn(a, HOME, NOW)), some.sampled_from(PEOPLE)),
    some.just(ev.SignedOut()),
    some.just(ev.SignInNeeded(Unreachable("expired"))),
    some.builds(ev.Answered, answers),
    some.builds(ev.DraftPut, drafts),
    some.builds(lambda d: ev.DraftDropped(d.key), drafts),
    some.builds(lambda phase: ev.RunMoved(Run("r", PLAN, NOW, phase)), some.sampled_from(RunPhase)),
    some.builds(ev.Went, some.sampled_from(StepId)),
    some.just(ev.Back()),
    some.builds(
        ev.Restored, answers, some.lists(drafts, max_size=2).map(tuple), some.sampled_from(StepId)
    ),
)


class AnyOrder(RuleBasedStateMachine):
    """Every event, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = st.State()

    @rule(event=events)
    def happens(self, event: ev.Event) -> None:
        self.state = reduce(self.state, event)

    @invariant()
    def the_step_may_be_entered(self) -> None:
        assert steps.step(self.state.at).blocked(self.state) == ""

    @invariant()
    def enter_never_leads_to_a_closed_door(self) -> None:
        assert steps.step(steps.following(self.state)).blocked(self.state) == ""

    @invariant()
    def going_back_ends_at_the_beginning(self) -> None:
        state = self.state
        for _ in range(len(state.history) + len(StepId) + 1):
            state = reduce(state, ev.Back())
        assert state.at is StepId.WELCOME

    @invariant()
    def nobody_signed_in_means_nothing_of_a_tenant_is_shown(self) -> None:
        if self.state.signed_in is None:
            assert self.state.at in (StepId.WELCOME, StepId.SIGN_IN)

    @invariant()
    def a_draft_stands_once(self) -> None:
        keys = [d.key for d in self.state.drafts]
        assert len(keys) == len(set(keys))


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def after(*happened: ev.Event) -> st.State:
    state = st.State()
    for event in happened:
        state = reduce(state, event)
    return state


SIGNED_IN = ev.SignedInNow(SignedIn(PEOPLE[0], HOME, NOW))
CHECKED = ev.Arrived(ev.READINESS, report(OFF, OWNER), NOW)


def test_a_first_time_admin_is_led_through_every_step_in_order() -> None:
    state = after(ev.Started())
    seen_steps = []
    facts: dict[StepId, tuple[ev.Event, ...]] = {
        StepId.SIGN_IN: (SIGNED_IN,),
        StepId.PERMISSIONS: (CHECKED,),
        StepId.SUBSCRIPTION: (ev.Answered(st.Answers("sub-1")),),
        StepId.GROUP: (ev.Answered(st.Answers("sub-1", "rg-a", "westeurope", new_group=True)),),
        StepId.REGION: (
            ev.Answered(st.Answers("sub-1", "rg-a", "westeurope", True, "westeurope")),
        ),
        StepId.PREPARE: (
            ev.Answered(st.Answers("sub-1", "rg-a", "westeurope", False, "westeurope")),
            ev.Arrived(ev.PROVIDER, Provider(Registration.REGISTERED), NOW),
        ),
        StepId.TURN_ON: (ev.Arrived(ev.BILLING, seen(ON), NOW),),
        StepId.POLICIES: (ev.DraftPut(Draft(Product.EXCHANGE, "Mail", add=(MAILBOX,))),),
        StepId.REVIEW: (
            ev.Arrived(ev.PLAN, PLAN, NOW),
            ev.RunMoved(Run("r", PLAN, NOW)),
        ),
        StepId.APPLY: (ev.RunMoved(Run("r", PLAN, NOW, RunPhase.DONE)),),
    }
    while state.at is not StepId.DONE:
        state = reduce(state, ev.Went(steps.following(state)))
        seen_steps.append(state.at)
        for event in facts.get(state.at, ()):
            state = reduce(state, event)
    assert seen_steps == [s.id for s in steps.STEPS][1:]


def test_a_tenant_that_is_on_already_skips_billing() -> None:
    state = after(ev.Started(), SIGNED_IN, ev.Arrived(ev.READINESS, report(ON), NOW))
    state = reduce(state, ev.Went(StepId.PERMISSIONS))
    assert steps.following(state) is StepId.POLICIES


def test_changing_the_subscription_drops_the_group_chosen_in_the_old_one() -> None:
    chosen = st.Answers("sub-1", "rg-a", "westeurope", False, "westeurope", terms_at=NOW)
    state = after(ev.Answered(chosen), ev.Answered(replace(chosen, subscription_id="sub-2")))
    assert state.answers == st.Answers("sub-2")


def test_a_failed_reload_keeps_what_was_read_before() -> None:
    state = after(SIGNED_IN, CHECKED, ev.Broke(ev.READINESS, Unreachable("no line")))
    assert state.readiness.value is not None
    assert state.readiness.error == Unreachable("no line")


def test_a_sign_in_that_interrupted_the_job_leads_back_to_it() -> None:
    state = after(SIGNED_IN, CHECKED, ev.Went(StepId.SUBSCRIPTION))
    state = reduce(state, ev.SignInNeeded(Unreachable("expired")))
    assert state.at is StepId.SIGN_IN
    state = reduce(state, SIGNED_IN)
    assert (state.at, state.needs) == (StepId.SUBSCRIPTION, None)


def test_another_person_takes_nothing_over() -> None:
    state = after(SIGNED_IN, CHECKED, ev.DraftPut(Draft(Product.EXCHANGE, "Mail", add=(MAILBOX,))))
    state = reduce(state, ev.SignedInNow(SignedIn(PEOPLE[1], HOME, NOW)))
    assert state.drafts == ()
    assert state.readiness.value is None


def test_a_third_party_controller_is_never_taken_for_turned_on() -> None:
    state = after(SIGNED_IN, CHECKED, ev.Arrived(ev.BILLING, seen(TAKEN), NOW))
    assert steps.step(StepId.POLICIES).blocked(state) != ""


@given(some.lists(events, max_size=30))
@settings(max_examples=50, deadline=None)
def test_reduce_leaves_its_input_alone(happened: list[ev.Event]) -> None:
    state = st.State()
    for event in happened:
        before = state
        copy = replace(before)
        state = reduce(before, event)
        assert before == copy
