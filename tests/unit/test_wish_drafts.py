"""From a policy file to drafts: lists beside it, removals, exact, moves, and what speaks against each of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import UnitStatus
from m365backup_tui.domain.wish_drafts import Compared
from m365backup_tui.work import policy_file
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

MAIL = Product.EXCHANGE
PEOPLE = tuple(candidate(MAIL, key) for key in ("ann", "bob", "cyd", "dan", "eve"))


def text_of(*policies: str) -> str:
    return "version: 1\npolicies:\n  exchange:\n" + "".join(policies)


def job(name: str, **keys: object) -> str:
    """A policy of the file; lists of names become addresses."""
    lines = [f"    - name: {name}\n"]
    for key, value in keys.items():
        if isinstance(value, str) and key in ("mailboxes", "remove"):
            value = [f"{one}@example.com" for one in value.split()]
        lines.append(f"      {key}: {str(value).lower() if isinstance(value, bool) else value}\n")
    return "".join(lines)


async def compared(
    backup: FakeBackup, folder: Path, *policies: str, directory: FakeDirectory | None = None
) -> Compared:
    file = parse(text_of(*policies), str(folder / "job.yaml"))
    assert isinstance(file, PolicyFile), file
    tools = make_tools(file_runs(folder), backup, directory or FakeDirectory(known=PEOPLE))
    found, _, _ = await policy_file.compared(tools, file, tuple(backup.held.values()))
    return found


async def drafts(backup: FakeBackup, folder: Path, *policies: str) -> tuple[Draft, ...]:
    found = await compared(backup, folder, *policies)
    assert found.problems == ()
    return found.drafts


def keys(units: object) -> list[str]:
    return [unit.key for unit in units]  # type: ignore[attr-defined]


def csv(folder: Path, name: str, *people: str) -> str:
    rows = "".join(f"{one}@example.com\n" for one in people)
    (folder / name).write_text(f"Mail\n{rows}")
    return name


# --- lists beside the file --------------------------------------------------------------------------------------


async def test_several_lists_come_in_and_several_go_out(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["cyd", "dan"])
    come = [csv(tmp_path, "one.csv", "ann"), csv(tmp_path, "two.csv", "bob", "ann")]
    go = [csv(tmp_path, "gone.csv", "dan"), csv(tmp_path, "left.csv", "zoe", "cyd")]
    (draft,) = await drafts(
        backup, tmp_path, job("Mail", **{"from": come, "remove_from": go, "mailboxes": "ann"})
    )
    assert keys(draft.add) == ["ann", "bob"]
    assert keys(draft.remove) == ["dan", "cyd"]


async def test_a_row_that_stands_in_a_list_twice_is_taken_once(tmp_path: Path) -> None:
    backup = FakeBackup()
    twice = csv(tmp_path, "twice.csv", "ann", "bob", "ann")
    found = await compared(backup, tmp_path, job("Mail", **{"from": twice}))
    assert found.problems == ()
    assert [len(draft.add) for draft in found.drafts] == [2]
    (tmp_path / "gaps.csv").write_text("Mail,Name\nann@example.com,Ann\n,Bob\n")
    (gap,) = (await compared(backup, tmp_path, job("Mail", **{"from": "gaps.csv"}))).problems
    assert gap.rule.startswith("There is no address here")


async def test_what_is_wrong_with_every_list_and_line_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("Mail\n")
    (tmp_path / "bad.csv").write_text("Mail\nann@example.com\nnobody\nzed@example.com\n")
    found = await compared(
        FakeBackup(),
        tmp_path,
        job("Mail", **{"from": ["none.csv", "empty.csv", "bad.csv"], "mailboxes": "yan"}),
        job("More", mailboxes="annn", remove_from="lost.csv"),
    )
    told = {(Path(p.file).name, p.line): p.rule for p in found.problems}
    assert set(told) == {("job.yaml", 5), ("job.yaml", 6), ("bad.csv", 3), ("bad.csv", 4)} | {
        ("job.yaml", 8),
        ("job.yaml", 9),
    }
    rules = " ".join(p.rule for p in found.problems)
    for words in ("none.csv does not exist", "empty.csv: The list has a header", "zed@example.com"):
        assert words in rules
    assert "Did you mean “ann@example.com”?" in told["job.yaml", 8]
    assert all(p.field.startswith("policies.exchange “M") for p in found.problems)


async def test_what_nothing_is_called_is_told_but_stops_no_removal(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann"])
    gone = " ".join(f"gone{n}" for n in range(7))
    found = await compared(backup, tmp_path, job("Mail", remove=f"{gone} bob"))
    assert (found.drafts, found.problems) == ((), ())
    assert len(found.notes) == 6
    assert "line 5: gone0@example.com names nothing that exists" in found.notes[0]
    assert "2 more" in found.notes[-1]


async def test_what_the_policy_holds_is_not_looked_up(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann", "bob", "zoe"])  # zoe is in no directory any more
    directory = FakeDirectory(known=PEOPLE)
    file = job("Mail", mailboxes="ann bob zoe", exact=True)
    found = await compared(backup, tmp_path, file, directory=directory)
    assert found == Compared()
    assert directory.asked == []


async def test_all_policies_of_a_service_are_looked_up_at_once(tmp_path: Path) -> None:
    backup, directory = FakeBackup(), FakeDirectory(known=PEOPLE)
    files = [job("A", mailboxes="ann bob"), job("B", mailboxes="cyd"), job("C", mailboxes="dan")]
    found = await compared(backup, tmp_path, *files, directory=directory)
    assert [keys(d.add) for d in found.drafts] == [["ann", "bob"], ["cyd"], ["dan"]]
    assert directory.asked == [4]
    assert backup.reads.count("protected") == 1


async def test_two_ways_to_write_one_mailbox_are_one(tmp_path: Path) -> None:
    nick = replace(PEOPLE[0], kind="alias annie@example.com")
    directory = FakeDirectory(known=(nick, *PEOPLE[1:]))
    file = job("Mail", mailboxes="ann annie bob")
    found = await compared(FakeBackup(), tmp_path, file, directory=directory)
    assert keys(found.drafts[0].add) == ["ann", "bob"]
    two = [job("Mail", mailboxes="ann"), job("Post", mailboxes="annie")]
    (problem,) = (await compared(FakeBackup(), tmp_path, *two, directory=directory)).problems
    assert "annie@example.com: “Mail” of this file has it too" in problem.rule
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["bob"])
    both = job("Mail", mailboxes="ann", remove="annie")
    (problem,) = (await compared(backup, tmp_path, both, directory=directory)).problems
    assert "leave one away" in problem.rule


# --- exact --------------------------------------------------------------------------------------------------------


async def test_exact_takes_out_what_is_held_by_hand_and_not_named(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(MAIL, "Mail", ["ann", "bob", "cyd", "dan"])
    units = backup.contents[policy.id]
    units[2] = replace(units[2], by_rule=True)
    units[3] = replace(units[3], status=UnitStatus.REMOVE_REQUESTED)
    (draft,) = await drafts(backup, tmp_path, job("Mail", mailboxes="ann eve", exact=True))
    assert (keys(draft.add), keys(draft.remove)) == (["eve"], ["bob"])
    assert draft.remove[0].id == "unit-bob"
    assert await drafts(backup, tmp_path, job("Mail", mailboxes="ann")) == ()  # without it: stays


async def test_exact_does_nothing_while_an_address_cannot_be_found(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann", "bob"])
    found = await compared(backup, tmp_path, job("Mail", mailboxes="ann bobb", exact=True))
    (problem,) = found.problems
    assert "Did you mean “bob@example.com”?" in problem.rule


async def test_exact_never_empties_a_policy_for_want_of_names(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann", "bob"])
    (problem,) = (await compared(backup, tmp_path, job("Mail", exact=True))).problems
    assert "“Mail” would lose all its 2 mailboxes" in problem.rule
    backup.have(MAIL, "Mail")
    assert await compared(backup, tmp_path, job("Mail", exact=True)) == Compared()


# --- moves --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "letting_go",
    [{"remove": "ann"}, {"mailboxes": "bob", "exact": True}, {"remove_from": "go.csv"}],
)
async def test_what_one_policy_lets_go_moves_to_the_other(
    tmp_path: Path, letting_go: dict[str, object]
) -> None:
    csv(tmp_path, "go.csv", "ann")
    backup = FakeBackup()
    backup.have(MAIL, "Old", ["ann", "bob"])
    files = (job("New", mailboxes="ann cyd"), job("Old", **letting_go))
    (draft,) = await drafts(backup, tmp_path, *files)
    assert (draft.name, keys(draft.add)) == ("New", ["ann", "cyd"])
    assert [unit.policy for unit in draft.add] == ["Old", ""]
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(known=PEOPLE))
    plan = await plan_for(tools, [draft], ACCOUNT.tenant_id, "Example")
    assert {(c.policy, c.adds, c.removes, c.moves) for c in plan.changes} == {
        ("New", 2, 0, 1),
        ("Old", 0, 1, 0),
    }


async def test_without_a_word_nothing_moves_and_the_way_is_told(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Old", ["ann", "bob"])
    files = (job("New", mailboxes="ann cyd"), job("Old", mailboxes="bob"))
    (problem,) = (await compared(backup, tmp_path, *files)).problems
    assert "To move it, name it under `remove` of “Old” too." in problem.rule
    (problem,) = (await compared(backup, tmp_path, files[0])).problems
    assert "add “Old” to this file" in problem.rule


async def test_what_a_rule_holds_or_what_is_leaving_cannot_move(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(MAIL, "Old", ["ann", "bob"])
    ann, bob = backup.contents[policy.id]
    backup.contents[policy.id] = [
        replace(ann, by_rule=True),
        replace(bob, status=UnitStatus.REMOVE_REQUESTED),
    ]
    files = (job("New", mailboxes="ann bob"), job("Old", exact=True, mailboxes="cyd"))
    rules = [p.rule for p in (await compared(backup, tmp_path, *files)).problems]
    assert len(rules) == 2
    assert "A rule of policy “Old” holds it" in rules[0]
    assert "being taken out of “Old” now" in rules[1]
    (own,) = (await compared(backup, tmp_path, job("Old", mailboxes="bob"))).problems
    assert "being taken out of “Old” now" in own.rule


# --- the policy itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "guess"),
    [("Finanse", "Finance"), ("Boxes 3", ""), ("Board", ""), ("Finance", "")],
)
async def test_a_new_policy_named_nearly_as_one_that_the_file_leaves_out_is_told(
    tmp_path: Path, written: str, guess: str
) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Finance", ["ann"])
    backup.have(MAIL, "Boxes 2", ["bob"])
    notes = (await compared(backup, tmp_path, job(written, mailboxes="cyd"))).notes
    assert [f"did you mean “{guess}”" in note for note in notes] == ([True] if guess else [])
    both = await compared(backup, tmp_path, job("Finance"), job("Finanse", mailboxes="cyd"))
    assert both.notes == ()


async def test_two_policies_of_one_name_are_a_problem(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann"])
    backup.have(MAIL, "MAIL ", ["bob"])
    (problem,) = (await compared(backup, tmp_path, job("Mail", mailboxes="ann"))).problems
    assert "2 policies of the tenant have this name" in problem.rule


@pytest.mark.parametrize(
    ("status", "state", "power"),
    [
        (PolicyStatus.ACTIVE, "active", Power.KEEP),
        (PolicyStatus.ACTIVE_WITH_ERRORS, "active", Power.KEEP),
        (PolicyStatus.INACTIVE, "active", Power.ACTIVATE),
        (PolicyStatus.ACTIVE, "paused", Power.PAUSE),
        (PolicyStatus.INACTIVE, "paused", Power.KEEP),
    ],
)
async def test_the_switch_is_set_only_where_it_stands_otherwise(
    tmp_path: Path, status: PolicyStatus, state: str, power: Power
) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann"], status)
    found = await drafts(backup, tmp_path, job("Mail", state=state))
    assert [d.power for d in found] == ([] if power is Power.KEEP else [power])


@pytest.mark.parametrize(
    ("enabled", "state", "power"),
    [
        (True, "active", Power.KEEP),
        (False, "active", Power.ACTIVATE),
        (None, "active", Power.ACTIVATE),
        (False, "paused", Power.KEEP),
        (True, "paused", Power.PAUSE),
        (None, "paused", Power.PAUSE),
    ],
)
async def test_a_policy_under_work_is_left_alone_where_the_service_says_which_way_it_goes(
    tmp_path: Path, enabled: bool | None, state: str, power: Power
) -> None:
    backup = FakeBackup()
    policy = backup.have(MAIL, "Mail", ["ann"], PolicyStatus.UPDATING)
    backup.held[policy.id] = replace(policy, enabled=enabled)
    found = await compared(backup, tmp_path, job("Mail", state=state))
    assert [d.power for d in found.drafts] == ([] if power is Power.KEEP else [power])
    told = [note for note in found.notes if "still working on it" in note]
    assert len(told) == (power is Power.KEEP)


async def test_a_file_without_policies_asks_the_tenant_for_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    for text in (
        "version: 1\nnotifications: {enabled: true}\n",
        "version: 1\nbilling: {subscription: Main, resource_group: rg, region: westeurope}\n",
    ):
        file = parse(text, "job.yaml")
        assert isinstance(file, PolicyFile), file
        tools = make_tools(file_runs(tmp_path), backup)
        assert await drafts_from_file(tools, file, ()) == ((), ())
    assert backup.reads == []
