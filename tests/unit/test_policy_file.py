"""From a policy file to drafts: read, guarded, and only what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.domain.azure import Subscription, SubscriptionState
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import (
    BillingWish,
    FileProblem,
    PolicyFile,
    Wanted,
)
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.work import applying, policy_file
from m365backup_tui.work.planning import plan_for
from tests.from_file import drafts_from_file
from tests.unit.fakes import (
    ACCOUNT,
    FakeBackup,
    FakeDirectory,
    candidate,
    file_runs,
    make_tools,
)

MAIL, SITE = Product.EXCHANGE, Product.SHAREPOINT
EXAMPLE = Path(__file__).parents[2] / "examples" / "onboarding.yaml"


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
        file = PolicyFile(
            billing=BillingWish(name, "rg", "westeurope", line=3, lines={"subscription": 4})
        )
        return policy_file.find_subscription(file, subs)

    subs = [sub("1", "Main"), sub("2", "Twin"), sub("3", "twin")]
    assert find("main") == subs[0]
    assert find("3") == subs[2]
    for name, words in (
        ("Twin", "another name in the Azure portal"),
        ("Other", "You can use: “Main”"),
        ("Mian", "Did you mean “Main”?"),
    ):
        problem = find(name)
        assert isinstance(problem, FileProblem)
        assert problem.line == 4
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
    return await drafts_from_file(tools, file, tuple(backup.held.values()))


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
