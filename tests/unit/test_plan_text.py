"""A plan as text: amounts only where units join or leave, and no cost that nobody can know."""

from __future__ import annotations

from datetime import UTC, datetime

from m365backup_tui.domain.cost import Cost
from m365backup_tui.domain.plan import Act, Change, Plan, Write
from m365backup_tui.domain.plan_text import as_text, cost_words
from m365backup_tui.domain.products import Product

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SIZED = Cost(known_bytes=100_000_000_000, known=3, beside_bytes=50_000_000_000)


def plan(act: Act, adds: int = 0, removes: int = 0, cost: Cost | None = None) -> Plan:
    cost = cost or Cost()
    change = Change(Product.SHAREPOINT, "All sites", "~", adds, removes, cost)
    write = Write("1", act, Product.SHAREPOINT, "All sites", "p1")
    return Plan("t", "Contoso", NOW, changes=(change,), writes=(write,), cost=cost)


def test_a_policy_that_is_only_paused_has_no_amounts() -> None:
    assert as_text(plan(Act.PAUSE))[0] == "~ change SharePoint “All sites”"


def test_what_joins_and_leaves_is_counted() -> None:
    assert (
        as_text(plan(Act.CHANGE, 2, 1, SIZED))[0] == "~ change SharePoint “All sites”: +2 -1 sites"
    )


def test_without_a_rule_the_cost_is_a_figure_or_nothing() -> None:
    assert cost_words(plan(Act.CHANGE, 3, cost=SIZED)) == "adds about 15.00 to 22.50 USD a month"
    assert cost_words(plan(Act.PAUSE)) == "nothing is added to the monthly cost"
    assert cost_words(plan(Act.END_RULE)) == "nothing is added to the monthly cost"


def test_what_a_rule_brings_is_never_told_as_free() -> None:
    brings = "what the rules bring, which cannot be known before they run"
    for act in (Act.ADD_RULE, Act.RUN_RULE):
        assert cost_words(plan(act)) == f"the cost is that of {brings}"
        more = cost_words(plan(act, 3, cost=SIZED))
        assert more == f"adds about 15.00 to 22.50 USD a month, plus {brings}"
