"""Policy files: a round trip for any file, every problem with its line, and only what is missing as drafts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.azure import Subscription, SubscriptionState
from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import (
    BillingWish,
    Entry,
    FileProblem,
    PolicyFile,
    PolicyWish,
    Source,
    Wanted,
    dump,
)
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.events import SAVED, Arrived, Broke
from m365backup_tui.state import State
from m365backup_tui.work import applying, policy_file
from m365backup_tui.work.planning import plan_for
from tests.unit.fakes import (
    ACCOUNT,
    FakeBackup,
    FakeDirectory,
    Fault,
    candidate,
    file_runs,
    make_tools,
)

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


def example() -> PolicyFile:
    file = policy_file.load(EXAMPLE)
    assert isinstance(file, PolicyFile)
    return file


def test_the_example_has_three_policies_with_nine_units() -> None:
    file = example()
    assert [w.product for w in file.policies] == [MAIL, Product.ONEDRIVE, SITE] or len(
        {w.product for w in file.policies}
    ) == 3
    assert sum(len(w.units) for w in file.policies) == 9
    assert {w.state for w in file.policies} == {Wanted.ACTIVE}


def test_a_file_that_is_not_there_is_a_problem_that_names_it(tmp_path: Path) -> None:
    found = policy_file.load(tmp_path / "none.yaml")
    assert isinstance(found, tuple)
    assert "none.yaml does not exist" in found[0].rule


@pytest.mark.parametrize(
    ("tenant", "fits"),
    [("", True), ("EXAMPLE.com", True), ("example", True), (ACCOUNT.tenant_id, True), ("x", False)],
)
def test_the_guard_knows_the_tenant_by_domain_name_or_id(tenant: str, fits: bool) -> None:
    problem = policy_file.guard(PolicyFile(tenant=tenant, tenant_line=4, name="f"), ACCOUNT)
    assert (problem is None) is fits


def test_a_subscription_is_found_by_its_name() -> None:
    def sub(key: str, name: str) -> Subscription:
        return Subscription(key, name, ACCOUNT.tenant_id, SubscriptionState.ENABLED)

    def find(name: str) -> object:
        file = PolicyFile(billing=BillingWish(name, "rg", "westeurope", line=3))
        return policy_file.find_subscription(file, subs)

    subs = [sub("1", "Main"), sub("2", "Twin"), sub("3", "twin")]
    assert find("main") == subs[0]
    assert find("3") == subs[2]
    for name, words in (("Twin", "write the id"), ("Other", "“Main”")):
        problem = find(name)
        assert isinstance(problem, FileProblem)
        assert words in problem.rule
    assert policy_file.find_subscription(PolicyFile(), subs) is None


# --- from a file to drafts ------------------------------------------------------------------------------------

PEOPLE = tuple(candidate(MAIL, key) for key in ("ann", "bob", "cyd", "dan"))
ROOM = candidate(MAIL, "room", unsupported="Room mailboxes cannot be protected.")


async def drafts(
    backup: FakeBackup, tmp_path: Path, text: str
) -> tuple[tuple[Draft, ...], tuple[FileProblem, ...]]:
    file = parse(text, str(tmp_path / "job.yaml"))
    assert isinstance(file, PolicyFile)
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory((*PEOPLE, ROOM)))
    return await policy_file.drafts_from_file(tools, file, tuple(backup.held.values()))


def job(*mailboxes: str, name: str = "Mail", more: str = "") -> str:
    rows = "".join(f"        - {m}@example.com\n" for m in mailboxes)
    head = f"version: 1\npolicies:\n  exchange:\n    - name: {name}\n"
    return head + (f"      mailboxes:\n{rows}" if rows else "") + more


async def test_a_policy_that_is_missing_is_created_and_activated(tmp_path: Path) -> None:
    ((draft,), problems) = await drafts(FakeBackup(), tmp_path, job("ann", "bob"))
    assert problems == ()
    assert draft == Draft(MAIL, "Mail", add=PEOPLE[:2], power=Power.ACTIVATE)


async def test_only_what_is_missing_is_added_to_a_policy_that_is_there(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(MAIL, "mail", ["ann", "dan"])
    ((draft,), problems) = await drafts(backup, tmp_path, job("ann", "bob"))
    assert problems == ()
    assert draft == Draft(MAIL, "mail", policy.id, "mail", add=(PEOPLE[1],))


async def test_a_tenant_that_is_as_the_file_says_needs_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann", "bob", "dan"])
    more = "      remove: [cyd@example.com]\n"
    assert await drafts(backup, tmp_path, job("ann", "bob", more=more)) == ((), ())


async def test_state_and_removal_are_taken_from_the_file(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann", "bob"])
    more = "      state: paused\n      remove:\n        - bob@example.com\n"
    ((draft,), problems) = await drafts(backup, tmp_path, job("ann", more=more))
    assert problems == ()
    assert [u.key for u in draft.remove] == ["bob"]
    assert (draft.add, draft.power) == ((), Power.PAUSE)
    backup.have(MAIL, "Mail", ["ann"], PolicyStatus.INACTIVE)
    ((draft,), _) = await drafts(backup, tmp_path, job("ann"))
    assert draft.power is Power.ACTIVATE


async def test_what_a_dynamic_rule_holds_cannot_be_removed(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(MAIL, "Mail", ["ann"])
    backup.contents[policy.id] = [replace(u, by_rule=True) for u in backup.contents[policy.id]]
    more = "      remove: [ann@example.com]\n"
    (_, (problem,)) = await drafts(backup, tmp_path, job(more=more))
    assert "dynamic rule" in problem.rule


async def test_addresses_that_cannot_be_used_are_named_with_their_line(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Board", ["cyd"])
    (_, problems) = await drafts(backup, tmp_path, job("ann", "nobody", "cyd", "room"))
    assert [(p.line, p.rule.split(":")[0]) for p in problems] == [
        (7, "nobody@example.com"),
        (8, "cyd@example.com"),
        (9, "room@example.com"),
    ]
    assert "“Board” protects it already" in problems[1].rule


async def test_a_csv_beside_the_file_is_read_and_its_problems_name_it(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Mail\nann@example.com\nbob@example.com\nbad\n")
    more = "      from: people.csv\n"
    ((draft,), problems) = await drafts(FakeBackup(), tmp_path, job("bob", more=more))
    assert [c.key for c in draft.add] == ["bob", "ann"]
    assert [(p.file, p.line) for p in problems] == [(str(tmp_path / "people.csv"), 4)]
    more = "      from: none.csv\n"
    (_, (problem,)) = await drafts(FakeBackup(), tmp_path, job("bob", more=more))
    assert problem.line == 7
    assert "none.csv does not exist" in problem.rule


async def test_a_new_policy_without_units_or_with_a_long_name_is_refused(tmp_path: Path) -> None:
    (_, (empty,)) = await drafts(FakeBackup(), tmp_path, job())
    assert "at least one mailbox" in empty.rule
    (_, (long,)) = await drafts(FakeBackup(), tmp_path, job("ann", name="A" * 21))
    assert "20 at most" in long.rule


async def test_applying_a_file_twice_writes_once(tmp_path: Path) -> None:
    backup = FakeBackup()
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(PEOPLE))
    found, _ = await drafts(backup, tmp_path, job("ann", "bob"))
    plan = await plan_for(tools, found, ACCOUNT.tenant_id, "Example")
    runs = [e.run async for e in applying.apply(tools, plan, ACCOUNT)]
    assert runs[-1].phase is RunPhase.DONE
    assert await drafts(backup, tmp_path, job("ann", "bob")) == ((), ())


# --- from the tenant to a file --------------------------------------------------------------------------------


async def test_the_tenant_is_saved_as_a_file_that_asks_for_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    board = backup.have(MAIL, "Board", ["ann", "bob"])
    backup.have(MAIL, "Others", ["cyd"], PolicyStatus.INACTIVE)
    rule = replace(backup.contents[board.id][1], by_rule=True)
    backup.contents[board.id][1] = rule
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(PEOPLE))
    path = tmp_path / "out.yaml"
    events = [e async for e in policy_file.save(tools, State(), path)]
    assert events[-1] == Arrived(SAVED, str(path), tools.clock.now())
    text = path.read_text()
    assert "1 mailbox more through a dynamic rule" in text
    file = policy_file.load(path)
    assert isinstance(file, PolicyFile)
    assert [(w.name, w.state) for w in file.policies] == [
        ("Board", Wanted.ACTIVE),
        ("Others", Wanted.PAUSED),
    ]
    assert await policy_file.drafts_from_file(tools, file, tuple(backup.held.values())) == ((), ())


async def test_an_existing_file_is_kept_and_trouble_is_said(tmp_path: Path) -> None:
    backup = FakeBackup()
    tools = make_tools(file_runs(tmp_path), backup)
    path = tmp_path / "out.yaml"
    path.write_text("mine")
    kept = [e async for e in policy_file.save(tools, State(), path)][-1]
    assert isinstance(kept, Broke)
    assert "exists already" in kept.error.what
    assert path.read_text() == "mine"
    done = [e async for e in policy_file.save(tools, State(), path, overwrite=True)][-1]
    assert isinstance(done, Arrived)
    backup.faults = [Fault("policies", Forbidden("Your role is missing."))]
    denied = [e async for e in policy_file.save(tools, State(), path, overwrite=True)][-1]
    assert denied == Broke(SAVED, Forbidden("Your role is missing."))


def test_a_file_saved_before_applying_holds_what_is_waiting() -> None:
    there = PolicyFile(
        (
            PolicyWish(Product.EXCHANGE, "Mail", Wanted.ACTIVE, (Entry("amy@x"), Entry("bob@x"))),
            PolicyWish(Product.SHAREPOINT, "Sites", Wanted.PAUSED, (Entry("https://x/a"),)),
        )
    )
    amy = ProtectionUnit(Product.EXCHANGE, "unit", "key-amy", "Amy", "amy@x", UnitStatus.PROTECTED)
    cat = Candidate(Product.EXCHANGE, "key-cat", "Cat", "cat@x")
    edited = Draft(
        Product.EXCHANGE, "Post", "p-1", "Mail", add=(cat,), remove=(amy,), power=Power.PAUSE
    )
    dan = Candidate(Product.ONEDRIVE, "key-dan", "Dan", "dan@x")
    made = Draft(Product.ONEDRIVE, "Drives", add=(dan,), power=Power.ACTIVATE)
    file = policy_file.with_drafts(there, (edited, made))
    assert file.policies == (
        PolicyWish(Product.EXCHANGE, "Post", Wanted.PAUSED, (Entry("bob@x"), Entry("cat@x"))),
        there.policies[1],
        PolicyWish(Product.ONEDRIVE, "Drives", Wanted.ACTIVE, (Entry("dan@x"),)),
    )


def test_what_moves_leaves_its_old_policy_and_what_is_deleted_is_not_in_the_file() -> None:
    there = PolicyFile(
        (
            PolicyWish(Product.EXCHANGE, "Old", Wanted.ACTIVE, (Entry("amy@x"), Entry("bob@x"))),
            PolicyWish(Product.EXCHANGE, "Gone", Wanted.PAUSED, (Entry("eve@x"),)),
        )
    )
    amy = Candidate(Product.EXCHANGE, "key-amy", "Amy", "amy@x", policy="Old")
    new = Draft(Product.EXCHANGE, "New", add=(amy,), power=Power.ACTIVATE)
    gone = Draft(Product.EXCHANGE, "Gone", "p-2", "Gone", power=Power.DELETE)
    assert policy_file.with_drafts(there, (new, gone)).policies == (
        PolicyWish(Product.EXCHANGE, "Old", Wanted.ACTIVE, (Entry("bob@x"),)),
        PolicyWish(Product.EXCHANGE, "New", Wanted.ACTIVE, (Entry("amy@x"),)),
    )


async def test_rules_that_a_file_cannot_hold_are_named_in_it(tmp_path: Path) -> None:
    rule = RuleWish(Product.EXCHANGE, True, (GroupRef("g", "Sales", "", "security group"),))
    amy = Candidate(Product.EXCHANGE, "key-amy", "Amy", "amy@x")
    state = State(drafts=(Draft(Product.EXCHANGE, "New", add=(amy,), rules=(rule,)),))
    tools = make_tools(file_runs(tmp_path), FakeBackup())
    done = [e async for e in policy_file.save(tools, state, tmp_path / "kept.yaml")][-1]
    assert isinstance(done, Arrived)
    text = (tmp_path / "kept.yaml").read_text(encoding="utf-8")
    assert "# Not in this file: “New”: members of Sales, kept in step." in text
