"""Quoted facts: each names its source and a date that people see, and fits into a sentence."""

from __future__ import annotations

import re
from datetime import date

import pytest

from m365backup_tui.domain import facts
from m365backup_tui.domain.facts import Fact, Price

FACTS = {name: value for name, value in vars(facts).items() if isinstance(value, Fact)}


def test_there_are_facts_to_check() -> None:
    assert len(FACTS) >= 15


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_has_a_real_date_that_is_shown_with_it(name: str) -> None:
    fact = FACTS[name]
    assert date.fromisoformat(fact.checked) >= date(2025, 1, 1)
    assert fact.dated == f"{fact.text} ({fact.source}, {fact.checked})"
    assert fact.source


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_can_stand_in_a_sentence(name: str) -> None:
    """The screens add the full stop, so a fact has none; and nothing shouts."""
    text = FACTS[name].text
    assert not text.endswith((".", " "))
    assert "!" not in text


def test_the_price_is_shown_with_its_month() -> None:
    assert isinstance(facts.PRICE, Price)
    assert re.fullmatch(
        r"list price 0\.15 USD per GB and month, checked 2026-09", facts.PRICE.dated
    )
