"""Plans: the least list of writes, every reason against them, and nothing written on the way."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.errors import Forbidden, Rejected
from m365backup_tui.domain.limits import UNITS_PER_REQUEST
from m365backup_tui.domain.plan import Act, Draft, Plan, Power
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import KeptIn, SignedIn, TokenHome
from m365backup_tui.events import HOLDER, PLAN, Arrived, Broke, Event
from m365backup_tui.journal.codec import from_data, to_data
from m365backup_tui.state import State
from m365backup_tui.work import planning
from tests.unit.fakes import (
    ACCOUNT,
    START,
    FakeBackup,
    Fault,
    candidate,
    file_runs,
    make_tools,
    onboarding,
    plan_of,
)

SIGNED_IN = SignedIn(ACCOUNT, TokenHome(KeptIn.MEMORY, ""), START)


async def make(tmp_path: Path, backup: FakeBackup, *drafts: Draft) -> Event:
    state = State(signed_in=SIGNED_IN, drafts=drafts)
    tools = make_tools(file_runs(tmp_path), backup)
    events = [e async for e in planning.make(tools, state)]
    assert backup.sent == []
    return events[-1]


def mail(name: str = "Mail", *keys: str, policy_id: str = "", old: str = "") -> Draft:
    adds = tuple(candidate(Product.EXCHANGE, k) for k in keys)
    return Draft(Product.EXCHANGE, name, policy_id, old, adds)


def said(event: Event) -> str:
    assert isinstance(event, Broke)
    assert isinstance(event.error, Rejected)
    return event.error.what


async def test_a_plan_arrives_and_nothing_is_written(tmp_path: Path) -> None:
    event = await make(tmp_path, FakeBackup(), mail("Mail", "ann"))
    assert isinstance(event, Arrived)
    assert [w.act for w in event.value.writes] == [Act.CREATE]
    assert event.value.tenant_id == ACCOUNT.tenant_id


async def test_a_name_that_exists_is_refused(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(Product.EXCHANGE, "mail")
    assert "names are unique" in said(await make(tmp_path, backup, mail("Mail", "ann")))


async def test_the_same_name_in_another_product_is_fine(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(Product.SHAREPOINT, "Mail")
    assert isinstance(await make(tmp_path, backup, mail("Mail", "ann")), Arrived)


async def test_what_another_policy_protects_by_now_is_refused_by_name(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(Product.EXCHANGE, "Board", ["ANN"])
    sentence = said(await make(tmp_path, backup, mail("Mail", "ann", "bob")))
    assert "Ann is protected by “Board” already" in sentence
    assert "Bob" not in sentence


async def test_a_unit_cannot_move_in_one_plan_because_removal_takes_the_service_time(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    board = backup.have(Product.EXCHANGE, "Board", ["ann", "zoe"])
    ann = backup.contents[board.id][0]
    leave = Draft(Product.EXCHANGE, "Board", board.id, "Board", remove=(ann,))
    assert "remove it there first" in said(await make(tmp_path, backup, leave, mail("Mail", "ann")))


async def test_a_policy_that_is_gone_or_was_renamed_is_refused(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Post")
    gone = await make(tmp_path, backup, mail("Mail", "ann", policy_id="no-such", old="Mail"))
    renamed = await make(tmp_path, backup, mail("Mail", "ann", policy_id=policy.id, old="Mail"))
    assert "does not exist any more" in said(gone)
    assert "renamed the policy to “Post”" in said(renamed)


async def test_what_is_chosen_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in said(await make(tmp_path, FakeBackup(), mail("Mail", "ann", "ANN")))


async def test_an_error_of_the_service_arrives_as_it_is(tmp_path: Path) -> None:
    backup = FakeBackup(faults=[Fault("policies", Forbidden("Your role is missing."))])
    event = await make(tmp_path, backup, mail("Mail", "ann"))
    assert event == Broke(PLAN, Forbidden("Your role is missing."))


@settings(max_examples=30, deadline=None)
@given(
    adds=some.integers(0, 180),
    removes=some.integers(0, 120),
    new=some.booleans(),
    power=some.sampled_from((Power.KEEP, Power.ACTIVATE, Power.PAUSE)),
    renamed=some.booleans(),
)
def test_any_draft_becomes_the_least_writes_that_carry_exactly_its_units(
    adds: int, removes: int, new: bool, power: Power, renamed: bool
) -> None:
    backup = FakeBackup()
    keys = [f"old{n}" for n in range(removes)]
    policy = backup.have(Product.EXCHANGE, "Mail", keys)
    draft = Draft(
        Product.EXCHANGE,
        "Post" if new or renamed else "Mail",
        "" if new else policy.id,
        "" if new else "Mail",
        tuple(candidate(Product.EXCHANGE, f"new{n}") for n in range(adds)),
        () if new else tuple(backup.contents[policy.id]),
        power,
    )
    plan = plan_of([draft], backup)
    carried = [u.key for w in plan.writes for u in w.units]
    removed = [u.unit_id for w in plan.writes for u in w.removes]
    assert carried == [u.key for u in draft.add]
    assert removed == [u.id for u in draft.remove]
    assert max((w.size for w in plan.writes if w.act is not Act.BULK), default=0) <= (
        UNITS_PER_REQUEST
    )
    assert len({w.id for w in plan.writes}) == len(plan.writes)
    # The create or the removals come first, filled up with additions; a rename rides along; the rest is added in
    # PATCHes, or in one job where that is fewer.
    first = 1 if new else (-(-removes // UNITS_PER_REQUEST) or int(renamed))
    room = first * UNITS_PER_REQUEST - (0 if new else removes)
    rest = max(0, adds - room)
    expected = first + min(-(-rest // UNITS_PER_REQUEST), 1) + (power is not Power.KEEP)
    assert len(plan.writes) == expected
    assert from_data(Plan, to_data(plan)) == plan


def test_the_onboarding_plan_is_three_creates_and_three_activations() -> None:
    plan = onboarding(FakeBackup())
    assert [str(w.act) for w in plan.writes] == ["create"] * 3 + ["activate"] * 3


async def test_who_is_at_work_on_the_tenant_is_told_with_the_plan(tmp_path: Path) -> None:
    other = file_runs(tmp_path, "another program")
    other.begin(onboarding(FakeBackup()), ACCOUNT, START)
    state = State(signed_in=SIGNED_IN, drafts=(mail("Mail", "ann"),))
    tools = make_tools(file_runs(tmp_path), FakeBackup())
    told = [e async for e in planning.make(tools, state)]
    holder = next(e for e in told if isinstance(e, Arrived) and e.slot is HOLDER)
    assert "another program" in holder.value
