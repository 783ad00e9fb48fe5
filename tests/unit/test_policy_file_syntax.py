"""What is no YAML, or a slip of the hand in it: the line to look at, and words that say what to do."""

from __future__ import annotations

import pytest

from m365backup_tui.domain.policy_file import FileProblem
from m365backup_tui.domain.policy_file_reading import parse


def problems(text: str) -> list[FileProblem]:
    found = parse(text, "f.yaml")
    assert isinstance(found, tuple), found
    return list(found)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("version: 1\npolicies:\n\texchange: []\n", 3, "tab"),
        ("version: 1\npolicies: &p {}\n", 2, "in full"),
        ("version: 1\n<<: {tenant: x}\npolicies: {}\n", 2, "in full"),
        ("version: 1\npolicies: {}\n---\nversion: 1\n", 3, "one document"),
        ("version: 1\ntenant: a: b\n", 2, "colon"),
        ("version: 1\ntenant: a\n  b: c\n", 3, "colon of the line above"),
        ("version: 1\ntenant: 'a\npolicies: {}\n", 2, "never closed"),
        ("version: 1\npolicies: {exchange: [{name: A}\n", 2, "bracket"),
        ("version: 1\npolicies: [\n", 3, "bracket"),
        ('version: 1\ntenant: "C:\\Users"\n', 2, "backslash"),
        ("version: 1\npolicies:\n  exchange:\n    - name: A\n     state: paused\n", 5, "indent it"),
        ("version: 1\ntenant: @contoso\n", 2, "cannot begin with “@”"),
        ("version: 1\ntenant: `contoso`\n", 2, "cannot begin with “`”"),
        ("version: 1\npolicies:\n  exchange: - name: A\n", 3, "line of its own"),
        ("version: 1\ntenant: a\nnode\npolicies: {}\n", 3, "“: ” after a key"),
    ],
)
def test_what_yaml_can_do_and_a_policy_file_cannot(text: str, line: int, words: str) -> None:
    (problem,) = problems(text)
    assert (problem.line, problem.field) == (line, "file")
    assert words in problem.rule


def test_a_misspelt_key_is_one_problem_and_not_missing_too() -> None:
    text = "verson: 1\nbilling: {subscripton: A, resource_grp: b, regoin: c}\npolices: {}\n"
    assert [p.field for p in problems(text)] == [
        "verson",
        "billing.subscripton",
        "billing.resource_grp",
        "billing.regoin",
        "polices",
    ]
    (alone,) = problems("version: 1\npolicies: {exchange: [{nam: A}]}\n")
    assert (alone.field, "“name”" in alone.rule) == ("policies.exchange[1].nam", True)


def test_names_on_one_line_are_told_apart_too() -> None:
    (twice,) = problems('{"version": 1, "policies": {"exchange": [{"name": "A"}, {"name": "a"}]}}')
    assert (twice.field, twice.rule) == (
        "policies.exchange[2].name",
        "Line 1 has this name: names are unique.",
    )


def test_an_odd_blank_before_a_key_is_named() -> None:
    (problem,) = problems("version: 1\n\u00a0tenant: a\npolicies: {}\n")
    assert (problem.line, "no space (U+00A0)" in problem.rule) == (2, True)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("5e0c5f0e-3a52-5a6e-9d0d-6a1f4c0f7b21", "This is an id, and none is needed"),
        ("ann@x.example, bob@x.example", "Several addresses"),
        ("", "Nothing stands here"),
    ],
)
def test_what_is_no_address_says_what_to_write(entry: str, words: str) -> None:
    text = (
        f"version: 1\npolicies:\n  exchange:\n    - name: A\n      mailboxes:\n        - {entry}\n"
    )
    (problem,) = problems(text)
    assert (problem.line, problem.field) == (6, "policies.exchange[1].mailboxes[1]")
    assert words in problem.rule


def test_a_group_that_azure_would_refuse_is_told_with_its_line() -> None:
    billing = "billing:\n  subscription: Main\n  resource_group: my group!\n  region: westeurope\n"
    (problem,) = problems(f"version: 1\n{billing}")
    assert (problem.line, problem.field) == (4, "billing.resource_group")
    assert problem.rule == "my group!: The name has a space: use letters, digits, - _ . ( ) only."
