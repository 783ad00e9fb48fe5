"""A plan is refused when the tenant has moved on, with each difference; what does not concern it is no reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.plan_stale import SHOWN, differences, shortened
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from tests.unit.fakes import START, candidate

MAIL = Policy(Product.EXCHANGE, "m", "Mail", PolicyStatus.ACTIVE, Counts(2, 2))
OTHER = Policy(Product.EXCHANGE, "o", "Other", PolicyStatus.ACTIVE, Counts(1, 1))
SITES = Policy(Product.SHAREPOINT, "s", "Sites", PolicyStatus.ACTIVE, Counts(5, 5))
POLICIES = (MAIL, OTHER, SITES)


def holding(key: str, policy_id: str, *, by_rule: bool = False) -> Holding:
    return Holding(Product.EXCHANGE, key, policy_id, f"unit-{key}", by_rule)


HELD = {
    Product.EXCHANGE: {
        "ann": holding("ann", "m"),
        "bob": holding("bob", "m"),
        "olaf": holding("olaf", "o"),
    }
}


def plan() -> Plan:
    bob = ProtectionUnit(
        Product.EXCHANGE, "unit-bob", "bob", "Bob", "bob@example.com", UnitStatus.PROTECTED
    )
    draft = Draft(
        Product.EXCHANGE,
        "Mail",
        "m",
        "Mail",
        (candidate(Product.EXCHANGE, "cyd"), candidate(Product.EXCHANGE, "olaf", policy="Other")),
        (bob,),
    )
    return make_plan([draft], POLICIES, tenant_id="t", tenant_name="T", made_at=START, held=HELD)


def held(**now: Holding | None) -> dict[Product, dict[str, Holding]]:
    found = {**HELD[Product.EXCHANGE], **now}
    return {Product.EXCHANGE: {k: h for k, h in found.items() if h is not None}}


def test_an_unchanged_tenant_has_no_differences() -> None:
    assert differences(plan(), POLICIES, HELD) == ()


def test_what_happens_in_another_product_is_no_reason() -> None:
    renamed = replace(SITES, name="Everything", status=PolicyStatus.INACTIVE)
    assert differences(plan(), (MAIL, OTHER, renamed), HELD) == ()


@pytest.mark.parametrize("status", [PolicyStatus.UPDATING, PolicyStatus.ACTIVE_WITH_ERRORS])
def test_the_services_own_work_is_no_reason(status: PolicyStatus) -> None:
    assert differences(plan(), (replace(MAIL, status=status), OTHER, SITES), HELD) == ()


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ((OTHER, SITES), "Exchange policy “Mail” does not exist any more."),
        ((replace(MAIL, name="Post"), OTHER), "Exchange policy “Mail” is called “Post” now."),
        (
            (replace(MAIL, status=PolicyStatus.INACTIVE), OTHER),
            "Exchange policy “Mail” was not paused and is paused now.",
        ),
        (
            (replace(MAIL, counts=Counts(9, 9)), OTHER),
            "Exchange policy “Mail” held 2 mailboxes and holds 9 now.",
        ),
        (
            (MAIL, OTHER, replace(OTHER, id="n", name="New")),
            "Exchange policy “New” is new.",
        ),
    ],
)
def test_each_change_of_a_policy_is_a_sentence(policies: tuple[Policy, ...], words: str) -> None:
    assert words in differences(plan(), policies, HELD)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (held(cyd=holding("cyd", "m")), "Cyd is in “Mail” already."),
        (held(cyd=holding("cyd", "o")), "Cyd is protected by “Other” now."),
        (held(cyd=holding("cyd", "x")), "Cyd is protected by “another policy” now."),
        (held(olaf=None), "Olaf has left “Other” already."),
        (held(bob=None), "Bob is not in “Mail” any more."),
        (held(bob=holding("bob", "o")), "Bob is not in “Mail” any more."),
        (
            held(bob=holding("bob", "m", by_rule=True)),
            "Bob is held by a rule of “Mail” now.",
        ),
    ],
)
def test_each_unit_that_is_elsewhere_is_a_sentence(
    now: dict[Product, dict[str, Holding]], words: str
) -> None:
    assert words in differences(plan(), POLICIES, now)


def test_a_name_that_the_plan_gives_and_somebody_else_took_is_said() -> None:
    draft = Draft(Product.EXCHANGE, "Wave", add=(candidate(Product.EXCHANGE, "cyd"),))
    made = make_plan([draft], POLICIES, tenant_id="t", tenant_name="T", made_at=START)
    taken = Policy(Product.EXCHANGE, "w", "wave", PolicyStatus.INACTIVE)
    (said,) = differences(made, (*POLICIES, taken), HELD)
    assert "“wave” is new" in said
    assert "Its name is the one that the plan gives." in said


def test_a_switch_needs_no_units_to_be_compared() -> None:
    draft = Draft(Product.EXCHANGE, "Mail", "m", "Mail", power=Power.PAUSE)
    made = make_plan([draft], POLICIES, tenant_id="t", tenant_name="T", made_at=START)
    assert differences(made, POLICIES, {}) == ()


def test_many_differences_are_counted_at_the_end() -> None:
    told = shortened([str(n) for n in range(SHOWN + 3)])
    assert told[-1] == "And 3 more."
    assert len(told) == SHOWN + 1
