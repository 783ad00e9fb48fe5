"""The nightly check as a script runs it: no difference, every kind of difference, and the same report twice."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from tests.journeys.command import Ended, end_of, practice, run, said, start
from tests.journeys.processes import at_work_in

SETTLED = ("--scenario", "all-protected")


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(state folder, policy file): a tenant with everything protected, exported."""
    folder = tmp_path_factory.mktemp("tenant")
    file = folder / "file" / "tenant.yaml"
    file.parent.mkdir()
    done = run("export", "-o", str(file), *practice(folder / "state"), *SETTLED)
    assert done.code == 0, done.err
    return folder / "state", file


@pytest.fixture
def there(tenant: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """Copies for one test."""
    folder, file = tenant
    shutil.copytree(folder, tmp_path / "state")
    shutil.copytree(file.parent, tmp_path / "file")
    return tmp_path / "state", tmp_path / "file" / file.name


def check(folder: Path, file: Path, *more: str) -> Ended:
    ended = run("plan", str(file), "--drift", *practice(folder), *more)
    assert "Traceback" not in ended.err
    return ended


def changed(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def meddled(file: Path) -> None:
    """The file says otherwise in six ways, as if the tenant had been changed since."""
    text = file.read_text(encoding="utf-8")
    start = text.index("    - name: Mailboxes 2\n")
    file.write_text(text[:start] + text[text.index("    - name: Mailboxes 3\n") :], "utf-8")
    changed(
        file,
        ("- name: OneDrive 5\n      state: active", "- name: onedrive 5\n      state: paused"),
        ("events: important", "events: all"),
    )
    rows = (file.parent / "tenant-exchange-mailboxes-1.csv").read_text("utf-8").splitlines()
    (file.parent / "tenant-exchange-mailboxes-1.csv").write_text("\n".join(rows[:-15]) + "\n")


def test_a_file_fresh_from_export_has_no_difference(there: tuple[Path, Path]) -> None:
    ended = check(*there)
    assert (ended.code, ended.out) == (0, "No difference: the tenant is as tenant.yaml says.\n")
    document = check(*there, "--json").document
    assert document["differences"] == document["changes"] == document["problems"] == []
    assert document["left_alone"] == 0


def test_differences_are_told_and_the_same_every_night(there: tuple[Path, Path]) -> None:
    folder, file = there
    meddled(file)
    first, second = check(folder, file), check(folder, file)
    assert first.code == second.code == 4
    assert first.out == second.out
    assert max(map(len, first.out.splitlines())) < 80
    head = "19 differences between tenant.yaml and the tenant: `apply` mends 2 and leaves 17 alone."
    assert first.out.replace("\n", " ").startswith(head)
    assert "In the tenant, not in the file: 15 mailboxes." in first.out
    assert "- and 5 more; --json lists all" in first.out
    assert "by Adele Vance" in first.out

    document = check(folder, file, "--json").document
    kinds = [one["kind"] for one in document["differences"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "name": 1,
        "state": 1,
        "unit-not-in-file": 15,
        "policy-not-in-file": 1,
        "notifications": 1,
    }
    assert all(one["by"] for one in document["differences"] if one["service"] != "tenant")
    assert (document["requests"], document["left_alone"]) == (2, 17)

    plain = run("plan", str(file), *practice(folder), "--json")
    assert (plain.code, plain.document["left_alone"]) == (4, 17)
    assert "differences" not in plain.document
    assert "At least 17 more differences between tenant and file" in plain.err


def test_an_address_that_is_gone_is_told_and_no_reason_to_stop(there: tuple[Path, Path]) -> None:
    folder, file = there
    name = "nobody.at.all@northwindlabs.example"
    changed(file, ("      accounts:\n", f"      accounts:\n        - {name}\n"))
    ended = check(folder, file)
    assert ended.code == 4
    assert f"- {name}: No account has this address" in ended.out
    assert "`apply` refuses the file until it fits the tenant" in ended.err
    document = check(folder, file, "--json").document
    assert [one["kind"] for one in document["differences"]] == ["address-unknown"]
    assert name in document["problems"][0]["rule"]
    assert run("plan", str(file), *practice(folder)).code == 2


def test_a_fault_of_the_file_itself_is_2(there: tuple[Path, Path]) -> None:
    folder, file = there
    changed(file, ("from: tenant-exchange-mailboxes-1.csv", "from: not-there.csv"))
    ended = check(folder, file)
    assert (ended.code, ended.out) == (2, "")
    assert "not-there.csv" in ended.err


def test_coverage_comes_with_the_report(there: tuple[Path, Path]) -> None:
    folder, file = there
    ended = check(folder, file, "--coverage")
    assert ended.code == 0
    report, _, table = ended.out.partition("\n\n")
    assert report == "No difference: the tenant is as tenant.yaml says."
    assert "OneDrive: 2,048 accounts that can be protected; protected 100 %" in table
    assert max(map(len, ended.out.splitlines())) < 80
    assert "Reading mailboxes" in ended.err
    counted = check(folder, file, "--coverage", "--json").document["coverage"]
    status = run("status", "--coverage", "--json", *practice(folder)).document["coverage"]
    assert counted == status
    mail = next(one for one in counted["services"] if one["service"] == "exchange")
    able = mail["can_be_protected"]["units"]
    parts = ("protected", "held_without_new_backups", "chosen_not_applied", "not_protected")
    assert sum(mail[part]["units"] for part in parts) == able
    assert able + mail["cannot_be_protected"]["units"] == mail["exist"]["units"]


def test_counting_can_be_interrupted(there: tuple[Path, Path]) -> None:
    folder, file = there
    running = start("plan", str(file), "--coverage", *practice(folder))
    said(running, "Reading accounts")
    running.send_signal(signal.SIGINT)
    ended = end_of(running)
    assert (ended.code, ended.out) == (130, "")
    assert "Interrupted." in ended.err
    assert at_work_in(folder) == []


def test_a_saved_plan_has_nothing_to_compare(there: tuple[Path, Path], tmp_path: Path) -> None:
    folder, file = there
    changed(
        file, ("- name: OneDrive 5\n      state: active", "- name: OneDrive 5\n      state: paused")
    )
    saved = tmp_path / "plan.json"
    assert check(folder, file, "-o", str(saved)).code == 4
    ended = check(folder, saved)
    assert ended.code == 2
    assert "is a saved plan: --drift and --coverage take a policy file" in ended.err
    assert run("plan", str(saved), *practice(folder)).code == 4
