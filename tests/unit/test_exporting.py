"""From the tenant to a policy file: a file that asks for nothing, and what is waiting."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.errors import Forbidden, NotSignedIn, Rejected
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.lists_reading import read
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import (
    Entry,
    PolicyFile,
    PolicyWish,
    RuleEntry,
    Source,
    Wanted,
)
from m365backup_tui.domain.policy_file_drafts import with_drafts
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.policy_file_rule_entries import rule_entry
from m365backup_tui.domain.policy_file_rules import site_wish
from m365backup_tui.domain.policy_file_writing import dump
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus, RuleWish
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.events import SAVED, Arrived, Broke
from m365backup_tui.ports import Azure, Tools
from m365backup_tui.state import State
from m365backup_tui.work import exporting, policy_file
from m365backup_tui.work.policy_file_disk import MOST_INLINE, keep
from tests.from_file import drafts_from_file
from tests.unit.fakes import (
    FakeBackup,
    FakeDirectory,
    Fault,
    candidate,
    file_runs,
    make_tools,
)
from tests.unit.policy_files import site_rules

MAIL = Product.EXCHANGE
PEOPLE = tuple(candidate(MAIL, key) for key in ("ann", "bob", "cyd", "dan"))


class ClosedAzure:
    """A sign-in without Azure."""

    async def subscriptions(self) -> tuple[()]:
        raise NotSignedIn("Not signed in to Azure.")


class MailDirectory(FakeDirectory):
    """Finds groups by their mail address too, as the service does."""

    async def groups(self, words: str) -> tuple[GroupRef, ...]:
        by_mail = [g for g in self.in_groups if g.mail and g.mail.startswith(words)]
        return tuple(dict.fromkeys([*by_mail, *await super().groups(words)]))


def tools_for(folder: Path, backup: FakeBackup, *groups: GroupRef) -> Tools:
    directory = MailDirectory(known=PEOPLE, in_groups=dict.fromkeys(groups, ()))
    tools = make_tools(file_runs(folder), backup, directory)
    return replace(tools, azure=cast(Azure, ClosedAzure()))


async def test_the_tenant_is_saved_as_a_file_that_asks_for_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    board = backup.have(MAIL, "Board", ["ann", "bob"])
    backup.have(MAIL, "Others", ["cyd"], PolicyStatus.INACTIVE)
    rule = replace(backup.contents[board.id][1], by_rule=True)
    backup.contents[board.id][1] = rule
    tools = tools_for(tmp_path, backup)
    path = tmp_path / "out.yaml"
    events = [e async for e in exporting.save(tools, State(), path)]
    assert events[-1] == Arrived(SAVED, str(path), tools.clock.now())
    text = path.read_text()
    assert "1 mailbox more through a dynamic rule" in text
    file = policy_file.load(path)
    assert isinstance(file, PolicyFile)
    assert [(w.name, w.state) for w in file.policies] == [
        ("Board", Wanted.ACTIVE),
        ("Others", Wanted.PAUSED),
    ]
    assert await drafts_from_file(tools, file, tuple(backup.held.values())) == ((), ())


async def test_an_existing_file_is_kept_and_trouble_is_said(tmp_path: Path) -> None:
    backup = FakeBackup()
    tools = tools_for(tmp_path, backup)
    path = tmp_path / "out.yaml"
    path.write_text("mine")
    kept = [e async for e in exporting.save(tools, State(), path)][-1]
    assert isinstance(kept, Broke)
    assert "exists already" in kept.error.what
    assert path.read_text() == "mine"
    done = [e async for e in exporting.save(tools, State(), path, overwrite=True)][-1]
    assert isinstance(done, Arrived)
    backup.faults = [Fault("policies", Forbidden("Your role is missing."))]
    denied = [e async for e in exporting.save(tools, State(), path, overwrite=True)][-1]
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
    file = with_drafts(there, (edited, made))
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
    assert with_drafts(there, (new, gone)).policies == (
        PolicyWish(Product.EXCHANGE, "Old", Wanted.ACTIVE, (Entry("bob@x"),)),
        PolicyWish(Product.EXCHANGE, "New", Wanted.ACTIVE, (Entry("amy@x"),)),
    )


SALES = GroupRef("g1", "Sales", "sales@x.example", "security group")
TWIN = GroupRef("g2", "Sales", "", "security group")


@pytest.mark.parametrize(
    ("groups", "written"),
    [((), ""), ((SALES,), "Sales"), ((SALES, TWIN), "sales@x.example"), ((TWIN, SALES), "")],
)
async def test_a_group_is_written_as_it_can_be_found_again(
    tmp_path: Path, groups: tuple[GroupRef, ...], written: str
) -> None:
    wanted = groups[0] if groups else SALES
    rule = RuleWish(MAIL, True, (wanted,))
    amy = Candidate(MAIL, "key-amy", "Amy", "amy@x.example")
    state = State(drafts=(Draft(MAIL, "New", add=(amy,), rules=(rule,)),))
    tools = tools_for(tmp_path, FakeBackup(), *groups)
    path = tmp_path / "kept.yaml"
    done = [e async for e in exporting.save(tools, state, path)][-1]
    assert isinstance(done, Arrived)
    file = policy_file.load(path)
    assert isinstance(file, PolicyFile)
    rules = (RuleEntry(dynamic=True, groups=(written,)),) if written else ()
    assert file.policies[0].rules == rules
    remark = "# Not in this file: “New”: members of Sales, kept in step."
    assert (remark in path.read_text(encoding="utf-8")) is not bool(written)


def site_rule(expression: str, dynamic: bool = False) -> Rule:
    return Rule(Product.SHAREPOINT, "r", expression, dynamic, RuleStatus.COMPLETED)


@given(entry=site_rules)
def test_words_of_a_site_rule_come_back_as_they_were_written(entry: RuleEntry) -> None:
    wish = RuleWish(Product.SHAREPOINT, False, sites=site_wish(entry))
    found = rule_entry(site_rule(wish.expression), {})
    assert found is not None
    again = RuleWish(Product.SHAREPOINT, False, sites=site_wish(found))
    assert again.key == wish.key


@pytest.mark.parametrize(
    "expression",
    [
        "((displayName -contains 'abc') -and ((webUrl -contains 'def') -or (webUrl -contains 'ghi')))",
        "((displayName -contains 'abc') -or (lastModifiedDateTime -ge '2026-01-01T00:00:00Z'))",
        "(lastModifiedDateTime -ge '2026-01-01T12:30:00Z')",
        "(displayName -contains 'ab')",
        "(title -contains 'abc')",
        "",
    ],
)
def test_a_site_rule_that_words_do_not_fit_is_left_out(expression: str) -> None:
    assert rule_entry(site_rule(expression), {}) is None


async def test_what_a_file_cannot_say_is_told_and_the_file_can_be_read(tmp_path: Path) -> None:
    backup = FakeBackup()
    mail = backup.have(MAIL, "Mail", ["ann", "bob", "cyd", "dan"])
    backup.have(MAIL, "mail ", ["eve"])
    backup.have(MAIL, "\x07", ["eve"])
    ann, bob, cyd, dan = backup.contents[mail.id]
    backup.contents[mail.id] = [
        replace(ann, address=""),  # the directory knows it
        replace(bob, address="", key="nobody"),
        replace(cyd, status=UnitStatus.REMOVE_REQUESTED),
        replace(dan, address="not an address"),
    ]
    found = await exporting.from_tenant(tools_for(tmp_path, backup))
    (wish,) = found.file.policies
    assert [entry.address for entry in wish.units] == [PEOPLE[0].address]
    assert sorted(found.remarks) == [
        "a policy for Exchange whose name cannot be written.",
        "a second policy “mail” for Exchange: names are unique in a file.",
        "“Mail” has 1 mailbox being taken out now.",
        "“Mail” has 2 mailboxes whose address Microsoft 365 does not tell.",
    ]
    assert parse(dump(found.file), "f") == found.file


@settings(max_examples=40, deadline=None)
@given(expression=some.text(max_size=30) | some.just("(memberOf -any (group.id -in ['x']))"))
def test_no_expression_crashes_the_export(expression: str) -> None:
    rule_entry(site_rule(expression), {})
    rule_entry(replace(site_rule(expression), product=MAIL), {})


# --- on disk -------------------------------------------------------------------------------------------------


def big(name: str, start: int = 0) -> PolicyWish:
    entries = (Entry(f"user{n}@x.example") for n in range(start, start + MOST_INLINE + 1))
    return PolicyWish(MAIL, name, Wanted.ACTIVE, tuple(entries))


async def test_long_lists_stand_beside_the_file_under_names_of_their_own(tmp_path: Path) -> None:
    mine = tmp_path / "t-exchange-a-b.csv"
    mine.write_text("mine")
    file = PolicyFile((big("A: b"), big("a/b", 100), big("../..", 200)))
    kept = await keep(tmp_path / "t.yaml", file, ["A comment."])
    assert [one.name for one in kept.lists] == [
        "t-exchange-a-b-2.csv",
        "t-exchange-a-b-3.csv",
        "t-exchange-policy.csv",
    ]
    assert mine.read_text() == "mine"
    read_back = policy_file.load(kept.path)
    assert isinstance(read_back, PolicyFile)
    for wish, where in zip(file.policies, kept.lists, strict=True):
        reading = read(MAIL, where.read_bytes())
        assert reading.problems == ()
        assert [row.address for row in reading.rows] == [e.address for e in wish.units]
        assert where.stat().st_mode & 0o777 == 0o644
    assert [w.sources for w in read_back.policies] == [(Source(p.name),) for p in kept.lists]
    assert all(w.units == () for w in read_back.policies)


async def test_a_file_that_cannot_be_written_leaves_no_lists(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.yaml"
    (tmp_path / "t.yaml").symlink_to(target)  # leads to nothing: it is not followed
    with pytest.raises(Rejected, match="exists already"):
        await keep(tmp_path / "t.yaml", PolicyFile((big("A"),)), [])
    assert not target.exists()
    assert [one for one in os.listdir(tmp_path) if one.endswith(".csv")] == []
    with pytest.raises(Rejected, match="cannot be written"):
        await keep(tmp_path / "none" / "t.yaml", PolicyFile((big("A"),)), [])
