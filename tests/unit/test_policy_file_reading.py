"""Reading policy files: every problem with its line, its field, its rule and what was probably meant."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.notifications import MOST_RECIPIENTS, RecipientRole
from m365backup_tui.domain.policy_file import Entry, FileProblem, PolicyFile, RuleEntry, Source
from m365backup_tui.domain.policy_file_reading import parse


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
    [("version: 1\npolicies: [\n", 3), ("- 1\n", 1), ("", 1), ("\x00", 1)],
)
def test_what_is_no_policy_file_is_one_problem_with_a_line(text: str, line: int) -> None:
    found = parse(text, "f.yaml")
    assert isinstance(found, tuple)
    assert [(p.field, p.line) for p in found] == [("file", line)]


def test_a_file_with_nothing_to_do_says_so() -> None:
    found = parse("version: 1\n", "f.yaml")
    assert isinstance(found, tuple)
    assert "nothing to do" in found[0].rule


def read(text: str) -> PolicyFile:
    found = parse(text, "f.yaml")
    assert isinstance(found, PolicyFile), found
    return found


def problems(text: str) -> list[FileProblem]:
    found = parse(text, "f.yaml")
    assert isinstance(found, tuple), found
    return list(found)


WHOLE = """\
version: 1
tenant: contoso.example
notifications:
  enabled: true
  events: important
  recipients: [ann@x.example, ops@x.example]
policies:
  exchange:
    - name: Finance
      exact: true
      mailboxes: [ann@x.example]
      from: [finance.csv, more.csv]
      remove: [bob@x.example]
      remove_from: leavers.csv
      rules:
        - groups: [Finance, legal@contoso.example]
        - groups: Sales
          dynamic: true
      end_rules:
        - groups: [Old team]
          dynamic: true
          unprotect: true
  sharepoint:
    - name: Projects
      rules:
        - name_has: [finance, legal]
          address_has: projects
          match: all
          changed_since: 2026-01-01
"""


def test_every_key_is_read() -> None:
    file = read(WHOLE)
    wish = file.notifications
    assert wish is not None
    assert (wish.enabled, wish.all_events, wish.role) == (True, False, RecipientRole.CUSTOM)
    assert wish.addresses == (Entry("ann@x.example"), Entry("ops@x.example"))
    projects, finance = file.policies
    assert finance.exact
    assert finance.sources == (Source("finance.csv"), Source("more.csv"))
    assert finance.remove_sources == (Source("leavers.csv"),)
    assert finance.rules == (
        RuleEntry(groups=("Finance", "legal@contoso.example")),
        RuleEntry(dynamic=True, groups=("Sales",)),
    )
    assert finance.end_rules == (RuleEntry(dynamic=True, groups=("Old team",), unprotect=True),)
    assert [rule.line for rule in finance.rules] == [16, 17]
    assert projects.rules == (
        RuleEntry(
            words=("finance", "legal"),
            address_words=("projects",),
            every=True,
            changed_since=date(2026, 1, 1),
        ),
    )


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("global-admins", RecipientRole.GLOBAL_ADMINS),
        ("backup-admins", RecipientRole.BACKUP_ADMINS),
        ("all-admins", RecipientRole.ALL_ADMINS),
        ("none", RecipientRole.NONE),
    ],
)
def test_recipients_by_role(word: str, role: RecipientRole) -> None:
    file = read(f"version: 1\nnotifications:\n  recipients: {word}\n")
    assert file.notifications is not None
    assert (file.notifications.role, file.notifications.enabled) == (role, None)


EX, SP, OD = "exchange", "sharepoint", "onedrive"


def policy(service: str, *lines: str) -> str:
    rows = "".join(f"      {line}\n" for line in lines)
    return f"version: 1\npolicies:\n  {service}:\n    - name: One\n{rows}"


MANY = ", ".join(f"a{n}@x.example" for n in range(MOST_RECIPIENTS + 1))
AT = "policies.exchange[1]"

WRONG = [
    # a key of another place, a key twice
    (policy(OD, "mailboxes: [a@x.example]"), 5, "policies.onedrive[1].mailboxes", "“accounts”"),
    (policy(EX, "sites: [https://x.example]"), 5, f"{AT}.sites", "“mailboxes”"),
    (policy(EX, "users: [a@x.example]"), 5, f"{AT}.users", "“mailboxes”"),
    (policy(EX, "Remove-From: a.csv"), 5, f"{AT}.Remove-From", "“remove_from”"),
    ("version: 1\nexchange: []\npolicies: {}\n", 2, "exchange", "below “policies:”"),
    ("version: 1\npolicies:\n  sites: []\n", 3, "policies.sites", "under “sharepoint”"),
    (policy(EX, "state: active", "state: paused"), 6, f"{AT}.state", "Line 5 has this key"),
    ("version: 1\nversion: 1\npolicies: {}\n", 2, "version", "Line 1 has this key"),
    # values
    (policy(EX, "state: Active"), 5, f"{AT}.state", "Did you mean “active”?"),
    (policy(EX, "state: pasued"), 5, f"{AT}.state", "Did you mean “paused”?"),
    (policy(EX, "state: [active]"), 5, f"{AT}.state", "one of: active, paused"),
    (policy(EX, "exact: yes"), 5, f"{AT}.exact", "Did you mean “true”?"),
    (policy(EX, "exact: [true]"), 5, f"{AT}.exact", "true or false"),
    (policy(EX, "mailboxes: a@x.example"), 5, f"{AT}.mailboxes", "Write a list"),
    (policy(EX, "mailboxes: {a: b}"), 5, f"{AT}.mailboxes", "Write a list"),
    (policy(EX, "mailboxes: [[a]]"), 5, f"{AT}.mailboxes[1]", "one text"),
    (policy(EX, "mailboxes: [12]"), 5, f"{AT}.mailboxes[1]", "quotation marks"),
    (policy(EX, "mailboxes: ['']"), 5, f"{AT}.mailboxes[1]", "no address here"),
    (policy(SP, "sites: [a@x.example]"), 5, "policies.sharepoint[1].sites[1]", "a mail address"),
    (policy(EX, "from: ['']"), 5, f"{AT}.from[1]", "no file here"),
    (policy(EX, "from: {a: b}"), 5, f"{AT}.from", "Write a list"),
    ("version: 1.0\npolicies: {}\n", 1, "version", "version 1 only"),
    ("version: '1'\npolicies: {}\n", 1, "version", "version 1 only"),
    ("policies: {}\n", 1, "version", "missing"),
    ("version: 1\ntenant: 7\npolicies: {}\n", 2, "tenant", "quotation marks"),
    ("version: 1\npolicies: [a]\n", 2, "policies", "below it"),
    ("version: 1\npolicies:\n  exchange: x\n", 3, "policies.exchange", "begins with “- name:”"),
    ("version: 1\npolicies:\n  exchange: [x]\n", 3, AT, "begins with “- name:”"),
    ("version: 1\nbilling: Main\n", 2, "billing", "below it"),
    # the same thing twice
    (
        policy(EX, "mailboxes: [a@x.example]", "remove: [A@x.example]"),
        6,
        f"{AT}.remove",
        "keep one of the two",
    ),
    (policy(EX, "remove: [a@x.example, a@x.example]"), 5, f"{AT}.remove", "has it already"),
    (policy(EX, "from: a.csv", "remove_from: a.csv"), 6, f"{AT}.remove_from", "names this file"),
    # rules
    (
        policy(SP, "rules:", "  - groups: [Sales]"),
        6,
        "policies.sharepoint[1].rules[1].groups",
        "name_has",
    ),
    (
        policy(SP, "rules:", "  - name_has: [abc]", "    dynamic: true"),
        7,
        "policies.sharepoint[1].rules[1].dynamic",
        "none that keep in step",
    ),
    (policy(EX, "rules:", "  - name_has: [abc]"), 6, f"{AT}.rules[1].name_has", "write groups"),
    (policy(EX, "rules:", "  - dynamic: true"), 6, f"{AT}.rules[1].groups", "at least one group"),
    (policy(EX, "rules:", "  - groups: []"), 6, f"{AT}.rules[1].groups", "at least one group"),
    (policy(EX, "rules:", "  - groups: [A, B, C, D]"), 6, f"{AT}.rules[1]", "takes 3 at most"),
    (policy(EX, "rules:", "  - groups: [A, a]"), 6, f"{AT}.rules[1].groups[2]", "twice"),
    (policy(EX, "rules:", "  - Sales"), 6, f"{AT}.rules[1]", "“- groups:”"),
    (policy(EX, "rules: Sales"), 5, f"{AT}.rules", "Write a list"),
    (
        policy(
            EX, "rules:", "  - {groups: [A], dynamic: true}", "  - {groups: [B], dynamic: true}"
        ),
        7,
        f"{AT}.rules",
        "Line 6 has a dynamic rule",
    ),
    (
        policy(EX, "rules:", "  - groups: [A, B]", "  - groups: [b, a]"),
        7,
        f"{AT}.rules[2]",
        "Line 6 has this rule",
    ),
    (
        policy(EX, "rules:", "  - groups: [A]", "end_rules:", "  - groups: [a]"),
        8,
        f"{AT}.end_rules",
        "Line 6 asks for the same rule",
    ),
    (
        policy(EX, "rules:", "  - groups: [A]", "    unprotect: true"),
        7,
        f"{AT}.rules[1].unprotect",
        "under “end_rules”",
    ),
    (
        policy(EX, "end_rules:", "  - groups: [A]", "    unprotect: true"),
        7,
        f"{AT}.end_rules[1].unprotect",
        "Only a dynamic rule",
    ),
    (
        policy(SP, "rules:", "  - name_has: [ab]"),
        6,
        "policies.sharepoint[1].rules[1].name_has[1]",
        "at least 3 characters",
    ),
    (
        policy(SP, "rules:", "  - name_has: [abc]", "    changed_since: last week"),
        7,
        "policies.sharepoint[1].rules[1].changed_since",
        "2026-01-31",
    ),
    (
        policy(SP, "rules:", "  - name_has: [abc]", "    match: both"),
        7,
        "policies.sharepoint[1].rules[1].match",
        "any, all",
    ),
    (policy(SP, "rules:", "  - match: any"), 6, "policies.sharepoint[1].rules[1]", "at least one"),
    # notifications
    ("version: 1\nnotifications: on\n", 2, "notifications", "below it"),
    ("version: 1\nnotifications: {}\n", 2, "notifications", "below it"),
    ("version: 1\nnotifications: {events: al}\n", 2, "notifications.events", "mean “all”?"),
    (
        "version: 1\nnotifications: {recipients: globalAdmins}\n",
        2,
        "notifications.recipients",
        "mean “global-admins”?",
    ),
    (
        "version: 1\nnotifications: {recipients: a@x.example}\n",
        2,
        "notifications.recipients",
        "as a list",
    ),
    (
        "version: 1\nnotifications: {recipients: []}\n",
        2,
        "notifications.recipients",
        "at least one",
    ),
    (
        f"version: 1\nnotifications: {{recipients: [{MANY}]}}\n",
        2,
        "notifications.recipients",
        f"{MOST_RECIPIENTS} at most",
    ),
    (
        "version: 1\nnotifications: {recipients: [ann]}\n",
        2,
        "notifications.recipients[1]",
        "name@example.com",
    ),
]


@pytest.mark.parametrize(("text", "line", "place", "words"), WRONG)
def test_a_mistake_is_one_problem_with_its_line_and_a_way_out(
    text: str, line: int, place: str, words: str
) -> None:
    (problem,) = problems(text)
    assert (problem.line, problem.field) == (line, place)
    assert words in problem.rule


def test_brackets_without_end_are_no_crash() -> None:
    (problem,) = problems("version: 1\n" + "[" * 5_000)
    assert problem.field == "file"


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    began = time.process_time()
    found = problems("\n".join(rows))
    assert {problem.field for problem in found} == {"file"}
    assert time.process_time() - began < 5  # 10 to the power of 30 would never end


def test_an_ampersand_inside_a_text_is_no_anchor() -> None:
    file = read("version: 1\npolicies:\n  exchange:\n    - name: Sales & more *x\n")
    assert file.policies[0].name == "Sales & more *x"


def test_a_unit_may_leave_one_policy_for_another() -> None:
    text = "version: 1\npolicies:\n  exchange:\n"
    text += "    - {name: A, remove: [a@x.example]}\n    - {name: B, mailboxes: [a@x.example]}\n"
    assert len(read(text).policies) == 2


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    text = policy(EX, "mailboxes:", "  - nobody").replace("\n", end)
    (problem,) = problems(text)
    assert problem.line == 6
