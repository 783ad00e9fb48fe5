"""`export --update`: the file's own words stay where they are true, its lists are kept or written anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import BillingWish, PolicyFile
from m365backup_tui.domain.products import Product
from m365backup_tui.ports import Tools
from m365backup_tui.work import exporting, policy_file
from m365backup_tui.work.policy_file_disk import HEADERS, MOST_INLINE
from m365backup_tui.work.updating import Updated, bring_up_to_date
from tests.from_file import drafts_from_file
from tests.unit.fakes import FakeBackup, FakeDirectory, candidate, file_runs, make_tools

MAIL = Product.EXCHANGE
BILLING = BillingWish("Main", "rg", "westeurope")
PEOPLE = tuple(candidate(MAIL, key) for key in ("ann", "bob", "cyd", "dan"))


def tools_of(folder: Path, backup: FakeBackup) -> Tools:
    return make_tools(file_runs(folder), backup, FakeDirectory(known=PEOPLE))


async def updated(tools: Tools, path: Path) -> Updated:
    old = policy_file.load(path)
    assert isinstance(old, PolicyFile), old
    done = await bring_up_to_date(tools, path, old, await exporting.from_tenant(tools))
    file = policy_file.load(path)
    assert isinstance(file, PolicyFile), file
    policies = await tools.backup.policies()
    assert await drafts_from_file(tools, file, policies) == ((), ())
    again = await bring_up_to_date(tools, path, file, await exporting.from_tenant(tools))
    assert not again.changed
    return done


TEXT = """\
# Ours.
version: 1
policies:
  exchange:
    - name: mail # everybody
      state: active
      mailboxes:
        - Ann@example.com # the boss
        - gone@example.com
      remove: [bob@example.com, dan@example.com]
    - name: Old
      mailboxes: [dan@example.com]
"""


async def test_only_what_is_no_longer_true_changes(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann", "bob"], PolicyStatus.INACTIVE)
    backup.have(MAIL, "More", ["cyd"])
    path = tmp_path / "job.yaml"
    path.write_text(TEXT)
    path.chmod(0o640)
    done = await updated(tools_of(tmp_path, backup), path)
    assert done.changed
    assert done.remarks == ("“Old”: the tenant has no such policy any more.",)
    assert path.read_text() == (
        "# Ours.\nversion: 1\npolicies:\n  exchange:\n    - name: mail # everybody\n"
        "      state: paused\n      mailboxes:\n        - Ann@example.com # the boss\n"
        "        - bob@example.com\n"
        "      remove:\n        - dan@example.com\n"
        "    - name: More\n      state: active\n      mailboxes:\n        - cyd@example.com\n"
    )
    assert path.stat().st_mode & 0o777 == 0o640


async def test_what_this_person_is_not_shown_stays_in_the_file(tmp_path: Path) -> None:
    """An administrator of SharePoint updates the file: the mailboxes in it are somebody else's."""
    backup = FakeBackup()
    path = tmp_path / "job.yaml"
    path.write_text(TEXT)
    tools = tools_of(tmp_path, backup)
    old = policy_file.load(path)
    assert isinstance(old, PolicyFile), old
    found = await exporting.export(tools, None, BILLING)
    assert MAIL in found.unseen
    assert any(
        remark.startswith("Exchange: no policy of it can be seen") for remark in found.remarks
    )
    done = await bring_up_to_date(tools, path, old, found)
    assert (done.changed, done.remarks, path.read_text()) == (False, (), TEXT)
    # Whoever may see them finds that they are gone.
    seeing = replace(found, unseen=found.unseen - {MAIL})
    done = await bring_up_to_date(tools, path, old, seeing)
    assert len(done.remarks) == 2
    assert "mail" not in path.read_text()


async def test_a_file_that_is_true_is_not_touched(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann"])
    path = tmp_path / "job.yaml"
    path.write_bytes(
        b"version: 1\r\npolicies: {exchange: [{name: Mail, mailboxes: [ANN@example.com]}]}"
    )
    before = path.stat()
    assert not (await updated(tools_of(tmp_path, backup), path)).changed
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


async def test_our_list_takes_what_is_new_and_somebody_elses_stays_while_it_is_true(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    policy = backup.have(MAIL, "Mail", ["ann", "bob"])
    path, ours, theirs = (tmp_path / n for n in ("job.yaml", "ours.csv", "theirs.csv"))
    path.write_text(
        "version: 1\npolicies:\n  exchange:\n    - name: Mail\n      from: [ours.csv, theirs.csv]\n"
    )
    ours.write_text(f"{HEADERS[MAIL]}\nann@example.com\ndan@example.com\n")
    theirs.write_text("Mail,Note\nbob@example.com,x\n")
    before = path.read_bytes()
    backup.have(MAIL, "Other", ["dan"])
    backup.contents[policy.id].append(
        replace(backup.contents[policy.id][0], id="u9", key="cyd", address="cyd@example.com")
    )
    text = before.decode() + "    - name: Other\n      mailboxes: [dan@example.com]\n"
    path.write_text(text)
    done = await updated(tools_of(tmp_path, backup), path)
    assert ours.read_text() == f"{HEADERS[MAIL]}\nann@example.com\ncyd@example.com\n"
    assert path.read_text() == text
    assert done.kept.lists == (ours,)
    backup.contents[policy.id] = [u for u in backup.contents[policy.id] if u.key != "bob"]
    done = await updated(tools_of(tmp_path, backup), path)
    assert theirs.read_text() == "Mail,Note\nbob@example.com,x\n"
    assert "theirs.csv" not in path.read_text()
    assert done.remarks == (
        "“Mail”: theirs.csv, which names what the policy does not hold any more.",
    )


async def test_many_that_are_new_go_to_a_list_beside_the_file(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann", *(f"p{n}" for n in range(MOST_INLINE + 1))])
    path = tmp_path / "job.yaml"
    path.write_text(
        "version: 1\npolicies:\n  exchange:\n    - name: Mail\n      mailboxes:\n        - ann@example.com # boss\n"
    )
    done = await updated(tools_of(tmp_path, backup), path)
    (where,) = done.kept.lists
    assert where.name == "job-exchange-mail.csv"
    assert len(where.read_text().splitlines()) == MOST_INLINE + 2
    assert path.read_text().endswith(
        "- ann@example.com # boss\n      from: job-exchange-mail.csv\n"
    )


async def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Mail", ["ann"])
    real, link = tmp_path / "real.yaml", tmp_path / "job.yaml"
    real.write_text("version: 1\npolicies: {}\n")
    link.symlink_to(real)
    await updated(tools_of(tmp_path, backup), link)
    assert link.is_symlink()
    assert "ann@example.com" in real.read_text()
