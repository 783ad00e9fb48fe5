"""Policy files: a round trip for any file, and every problem with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.policy_file import (
    BillingWish,
    Entry,
    PolicyFile,
    PolicyWish,
    Source,
    Wanted,
    dump,
)
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.products import Product

MAIL, SITE = Product.EXCHANGE, Product.SHAREPOINT
EXAMPLE = Path(__file__).parents[2] / "examples" / "onboarding.yaml"

names = some.text(
    some.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)
mails = some.from_regex(r"[a-z0-9.']{1,8}@[a-z]{1,6}\.example", fullmatch=True)
wishes = some.builds(
    PolicyWish,
    some.just(MAIL),
    names,
    some.sampled_from(Wanted),
    sources=some.sampled_from([(), *((Source(n),) for n in ("people.csv", "a: b.csv", "#1.csv"))]),
)
billings = some.builds(BillingWish, names, names, names, some.sampled_from(Node))


@settings(max_examples=60, deadline=None)
@given(
    policies=some.lists(wishes, max_size=3, unique_by=lambda w: w.name.casefold()),
    addresses=some.lists(mails, max_size=8, unique_by=str.casefold),
    tenant=some.just("") | names,
    billing=some.none() | billings,
)
def test_any_file_that_is_written_reads_back_as_it_was(
    policies: list[PolicyWish], addresses: list[str], tenant: str, billing: BillingWish | None
) -> None:
    dealt = [
        replace(
            w,
            units=tuple(Entry(a) for a in addresses[n::6]),
            remove=tuple(Entry(a) for a in addresses[n + 3 :: 6]),
        )
        for n, w in enumerate(policies)
    ]
    file = PolicyFile(tuple(dealt), tenant, billing)
    assert parse(dump(file, ["A comment."]).encode(), "f.yaml") == file


@settings(max_examples=60, deadline=None)
@given(text=some.text(alphabet="abp:-#'\"{}[]&*!|>%@ \n\tversion1", max_size=60))
def test_no_text_crashes_the_reader(text: str) -> None:
    result = parse(text, "f.yaml")
    assert isinstance(result, PolicyFile) or len(result) > 0


BAD = """\
version: 2
tennant: example.com
billing:
  subscription: Main
  regoin: westeurope
  node: kitchen
policies:
  exchange:
    - name: Mail
      mailboxs: [ann@x.example]
    - name: mail
      state: aktive
      mailboxes:
        - ann@x.example
        - nobody
        - https://x.example
        - ann@x.example
    - state: paused
    - name: 2026
  sharepont: []
"""


def test_every_problem_is_named_with_line_field_rule_and_the_nearest_key() -> None:
    found = parse(BAD, "job.yaml")
    assert isinstance(found, tuple)
    by_place = {(p.line, p.field): p.rule for p in found}
    expected = {
        (1, "version"): "version 1 only",
        (2, "tennant"): "“tenant”",
        (3, "billing.resource_group"): "missing",
        (3, "billing.region"): "missing",
        (5, "billing.regoin"): "“region”",
        (6, "billing.node"): "billing, setup",
        (10, "policies.exchange[1].mailboxs"): "“mailboxes”",
        (11, "policies.exchange[2].name"): "Line 9",
        (12, "policies.exchange[2].state"): "active, paused",
        (15, "policies.exchange[2].mailboxes[2]"): "nobody: This is no address",
        (16, "policies.exchange[2].mailboxes[3]"): "web address",
        (17, "policies.exchange[2]"): "Line 14 has it already",
        (18, "policies.exchange[3].name"): "missing",
        (19, "policies.exchange[4].name"): "quotation marks",
        (20, "policies.sharepont"): "“sharepoint”",
    }
    assert set(by_place) == set(expected)
    for place, words in expected.items():
        assert words in by_place[place]
    assert str(found[0]).startswith("job.yaml, line 1: version: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [("version: 1\npolicies: [\n", 3), ("a: 1\na: 2\n", 2), ("- 1\n", 1), ("", 1), ("\x00", 1)],
)
def test_what_is_no_policy_file_is_one_problem_with_a_line(text: str, line: int) -> None:
    found = parse(text, "f.yaml")
    assert isinstance(found, tuple)
    assert [(p.field, p.line) for p in found] == [("file", line)]


def test_a_file_with_nothing_to_do_says_so() -> None:
    found = parse("version: 1\n", "f.yaml")
    assert isinstance(found, tuple)
    assert "nothing to do" in found[0].rule
