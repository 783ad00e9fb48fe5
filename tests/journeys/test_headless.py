"""The commands without a terminal: exit codes and JSON as promised, and every way of being cut off."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.admin import policies_on_disk
from tests.journeys.command import (
    EXAMPLE,
    Ended,
    control,
    end_of,
    practice,
    run,
    said,
    start,
)
from tests.journeys.processes import at_work_in
from tests.journeys.terminal import Terminal
from tests.practice.stored import rows_on_disk

NAMES = {"OneDrive": "All accounts", "SharePoint": "All sites", "Exchange": "All mailboxes"}
ALL = sorted(NAMES.values())
SEGMENTS = {
    "OneDrive": "oneDriveForBusiness",
    "SharePoint": "sharePoint",
    "Exchange": "exchange",
}
POLICIES = "POST /v1.0/solutions/backupRestore/"


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice tenant with backup turned on and no policy: what a first run left that was killed just then."""
    folder = tmp_path_factory.mktemp("on")
    running = start("apply", EXAMPLE, *practice(folder))
    said(running, "Microsoft 365 Backup is turned on")
    running.kill()
    running.communicate()
    assert at_work_in(folder) == []
    assert policies_on_disk(folder) == {}
    return folder


@pytest.fixture
def folder(on: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(on, tmp_path / "state"))


def written(folder: Path) -> list[str]:
    """What the running command changed in the tenant's backup so far."""
    asked: list[dict[str, Any]] = control(folder, "GET", "requests")
    wrote = [r for r in asked if r["method"] != "GET" and "/backupRestore/" in r["path"]]
    return [f"{r['method']} {r['path']}" for r in wrote]


def to_the_end(folder: Path, running: subprocess.Popen[str]) -> Ended:
    """Once everything is sent, the service's hours pass at once."""
    told = said(running, "activate Exchange policy")
    control(folder, "POST", "clock", {"advance": "PT3H"})
    ended = end_of(running)
    return replace(ended, err=told + ended.err)


def no_traceback(ended: Ended) -> None:
    assert "Traceback" not in ended.err
    assert "Traceback" not in ended.out


# --- 0, 4: done, and changes -----------------------------------------------------------------------------


def test_apply_then_plan_and_runs_say_what_was_done(folder: Path, tmp_path: Path) -> None:
    applied = to_the_end(folder, start("apply", EXAMPLE, *practice(folder), "--json"))
    assert applied.code == 0, applied.err
    done = applied.document
    assert done["result"] == "done"
    assert [item["outcome"] for item in done["items"]] == ["done"] * 6
    assert [p["units"]["protected"] for p in done["policies"]] == [3, 3, 3]
    assert sorted(policies_on_disk(folder)) == ALL

    again = run("apply", EXAMPLE, *practice(folder), "--json")
    assert again.code == 0
    assert again.document["changes"] == []

    file = tmp_path / "more.yaml"
    file.write_text(Path(EXAMPLE).read_text().replace("state: active", "state: paused"))
    planned = run("plan", str(file), *practice(folder), "--json")
    assert planned.code == 4, planned.err
    assert planned.document["changes"]
    assert set(planned.document) >= {"changes", "requests", "effects", "cost"}

    listed = run("runs", *practice(folder), "--json")
    assert listed.code == 0
    (record,) = listed.document
    assert (record["run"], record["result"]) == (done["run"], "done")
    assert record["account"].startswith("adele.vance@")
    one = run("runs", done["run"], *practice(folder))
    assert one.code == 0
    assert done["items"][0]["request_id"] in one.out
    assert "Chain: whole" in one.out
    report = tmp_path / "evidence.json"
    assert run("runs", done["run"], "--export", str(report), *practice(folder)).code == 0
    proof = json.loads(report.read_text())
    assert (proof["chain"]["verdict"], proof["result"]) == ("whole", "done")
    assert [w["request_ids"] for w in proof["writes"]] == [
        [item["request_id"]] for item in done["items"]
    ]
    assert run("runs", done["run"], "--export", str(report), *practice(folder)).code == 2

    nothing = run("resume", *practice(folder))
    assert (nothing.code, nothing.out) == (0, "")
    assert "Nothing to resume" in nothing.err
    assert at_work_in(folder) == []


# --- 2: wrong usage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "naming"),
    [
        (("bogus",), "bogus"),
        (("check", "--bogus"), "--bogus"),
        (("apply",), "FILE"),
        (("plan", "any.yaml", "-o", "-"), "name the file that the plan is to be saved in"),
        (("apply", "/nowhere/at-all.yaml"), "/nowhere/at-all.yaml"),
        (("runs", "nope"), "There is no run nope"),
        ((), "apply examples/onboarding.yaml --practice --yes"),
        (("edit",), "edit SERVICE POLICY --add NAME --yes"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_wrong(
    tmp_path: Path, words: tuple[str, ...], naming: str
) -> None:
    ended = run(*words, env={"M365BACKUP_TUI_STATE_DIR": str(tmp_path)})
    assert ended.code == 2
    assert naming in ended.err
    assert ended.out == ""
    no_traceback(ended)


def test_an_invalid_file_is_2_and_every_problem_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "version: 1\npolicies:\n  onedrive:\n    - name: All\n"
        "      state: sleeping\n      accounts: [nobody]\n"
    )
    ended = run("plan", str(file), *practice(tmp_path / "state"))
    assert ended.code == 2
    assert "line 5" in ended.err
    assert "line 6" in ended.err
    no_traceback(ended)
    # Where Backup is off, a list that is missing is told before anything is written to Azure.
    file.write_text("version: 1\npolicies:\n  onedrive:\n    - name: All\n      from: gone.csv\n")
    ended = run("apply", str(file), *practice(tmp_path / "state"))
    assert ended.code == 2
    assert "wrong.yaml, line 5: policies.onedrive “All”: from: " in ended.err
    assert "gone.csv does not exist" in ended.err
    assert "will be written" not in ended.err
    known = Path(EXAMPLE).read_text()
    file.write_text(known.replace("region: westeurope", "region: westeurop"))
    ended = run("apply", str(file), *practice(tmp_path / "state"))
    assert ended.code == 2
    at = 1 + file.read_text().splitlines().index("  region: westeurop")
    assert f"line {at}: billing.region: “westeurop” is not offered" in ended.err
    assert "Did you mean “westeurope”?" in ended.err


# --- 3: somebody has to act ------------------------------------------------------------------------------


def test_not_signed_in_is_3_and_nothing_waits(tmp_path: Path) -> None:
    for words in (("check",), ("resume",), ("apply", EXAMPLE)):
        ended = run(*words, "--state-dir", str(tmp_path))
        assert ended.code == 3
        assert "Not signed in" in ended.err


def test_check_is_3_with_what_is_missing_and_who_can_grant_it(tmp_path: Path) -> None:
    ended = run("check", *practice(tmp_path), "--json")
    assert ended.code == 3
    assert all(item["who"] for item in ended.document["missing"])
    assert ended.document["account"]["username"].startswith("adele.vance@")


# --- 1: failed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("no-subscriptions", "no subscription is visible to you"),
        ("policy-blocks-syntex", "Allowed resource types"),
    ],
)
def test_billing_that_somebody_has_to_make_possible_is_3(
    tmp_path: Path, scenario: str, words: str
) -> None:
    ended = run("apply", EXAMPLE, *practice(tmp_path), "--scenario", scenario)
    assert ended.code == 3
    assert words in ended.err


def test_azures_own_sign_in_comes_in_between_where_it_is_wanted(tmp_path: Path) -> None:
    ended = run("check", *practice(tmp_path), "--scenario", "graph-client-no-arm")
    assert ended.err.count("types the code") == 2
    assert "Northwind Labs Production: Owner" in ended.out


def test_a_folder_that_cannot_be_used_is_1(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("notes")
    for words in (("check",), ("apply", EXAMPLE)):
        ended = run(*words, *practice(file))
        assert ended.code == 1
        assert "cannot be used: Not a directory" in ended.err
        no_traceback(ended)


def test_an_unreachable_service_is_1_and_said_in_words(tmp_path: Path) -> None:
    """The real profile behind a proxy that is not there; on a terminal, where it may ask for a sign-in."""
    argv = [sys.executable, "-m", "m365backup_tui", "check", "--state-dir", str(tmp_path)]
    with Terminal(argv, 200, 24, env={"HTTPS_PROXY": "http://127.0.0.1:9"}) as terminal:
        assert terminal.wait_exit(60) == 1
        text = terminal.text()
    assert "Check the network or proxy" in text
    assert "Traceback" not in text


def test_a_damaged_record_is_told_of_and_never_resumed(folder: Path) -> None:
    running = start("apply", EXAMPLE, *practice(folder))
    said(running, "done: create OneDrive")
    running.kill()
    running.communicate()
    (record,) = folder.glob("practice/*/runs/*.jsonl")
    lines = record.read_text().splitlines()
    lines[1] = lines[1].replace('"n":1', '"n":7')
    record.write_text("\n".join(lines) + "\n")
    listed = run("runs", *practice(folder))
    assert listed.code == 1
    assert "Damaged" in listed.err
    report = record.parent / "evidence.txt"
    one = run("runs", record.stem, "--export", str(report), *practice(folder))
    assert one.code == 1
    assert "Line 2 was changed." in one.out
    assert "Chain: broken" in report.read_text()
    resumed = run("resume", record.stem, *practice(folder))
    assert resumed.code == 1
    assert "damaged" in resumed.out
    assert sorted(policies_on_disk(folder)) == ["All accounts"]


def test_a_fault_of_ours_is_1_with_a_report_and_no_traceback(tmp_path: Path) -> None:
    program = "tests.journeys.breaking_program"
    ended = run("check", *practice(tmp_path), env={"BREAK": "use case"}, program=program)
    assert ended.code == 1
    assert "Something in this program broke" in ended.err
    no_traceback(ended)
    (report,) = (tmp_path / "crashes").iterdir()
    assert "CANARY" not in report.read_text() + ended.err + ended.out
    assert at_work_in(tmp_path) == []


# --- 5: in part ------------------------------------------------------------------------------------------


def test_units_that_do_not_make_it_are_5_and_named(folder: Path) -> None:
    options = (*practice(folder), "--json", "--scenario", "partial-failure")
    ended = to_the_end(folder, start("apply", EXAMPLE, *options))
    assert ended.code == 5, ended.err
    assert ended.document["result"] == "partly"
    assert all(unit["reason"] for unit in ended.document["failed_units"])
    assert len(ended.document["failed_units"]) >= 1


# --- lost answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ["commit-then-504", "reset-after-commit"])
def test_a_lost_answer_is_looked_up_and_nothing_is_made_twice(folder: Path, scenario: str) -> None:
    running = start("apply", EXAMPLE, *practice(folder), "--json", "--scenario", scenario)
    ended = to_the_end(folder, running)
    assert ended.code == 0, ended.err
    assert ended.document["items"][0]["note"] == "Found carried out when looking."
    held = policies_on_disk(folder)
    assert sorted(held) == ALL
    # By id: a second one of the same name would count.
    assert len(rows_on_disk(folder / "practice-tenant", "policies")) == 3


# --- 130 and kill -9 -------------------------------------------------------------------------------------


THROTTLED = {
    "id": "H1",
    "operation": "POST /v1.0/solutions/backupRestore/sharePointProtectionPolicies",
    "nth": 1,
    "times": 1,
    "retry_after": 120,
}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_is_130_and_resume_goes_on(folder: Path, how: signal.Signals) -> None:
    running = start("apply", EXAMPLE, *practice(folder))
    said(running, "Signed in as")
    control(folder, "PUT", "scenarios", [THROTTLED])
    said(running, "done: create OneDrive policy")  # creates come before activations
    running.send_signal(how)
    ended = end_of(running)
    assert ended.code == 130
    assert "`m365backup-tui resume` goes on" in ended.err
    no_traceback(ended)
    assert at_work_in(folder) == []
    (record,) = folder.glob("practice/*/runs/*.jsonl")
    last = json.loads(record.read_text().splitlines()[-1])
    assert (last["kind"], last["phase"]) == ("end", "stopped")
    if how is signal.SIGTERM:  # how it was interrupted makes no difference from here on
        goes_on_and_finishes(folder, before=["All accounts"])


@pytest.mark.parametrize("point", ["6 requests", "done: create OneDrive", "activate Exchange"])
def test_killed_anywhere_it_goes_on_and_repeats_nothing(folder: Path, point: str) -> None:
    running = start("apply", EXAMPLE, *practice(folder))
    said(running, point)
    running.kill()
    running.communicate()
    assert at_work_in(folder) == []
    if any(path.stat().st_size for path in folder.glob("practice/*/runs/*.jsonl")):
        goes_on_and_finishes(folder, before=sorted(policies_on_disk(folder)))
    else:  # killed before anything was recorded: nothing to resume, nothing was written
        assert policies_on_disk(folder) == {}
        assert "Nothing to resume" in run("resume", *practice(folder)).err


def goes_on_and_finishes(folder: Path, before: list[str]) -> None:
    running = start("resume", *practice(folder))
    told = said(running, "Signed in as")
    control(folder, "PUT", "scenarios", [])
    if before != ALL:
        told += said(running, "activate Exchange policy")
        wrote = written(folder)
        for product, name in NAMES.items():
            create = f"{POLICIES}{SEGMENTS[product]}ProtectionPolicies"
            assert wrote.count(create) == (0 if name in before else 1)
    control(folder, "POST", "clock", {"advance": "PT3H"})
    ended = end_of(running)
    assert ended.code == 0, told + ended.err
    assert sorted(policies_on_disk(folder)) == ALL
    assert at_work_in(folder) == []


# --- the switches and their twins ------------------------------------------------------------------------


def test_environment_twins_do_what_the_options_do(tmp_path: Path) -> None:
    twins = {
        "M365BACKUP_TUI_PRACTICE": "1",
        "M365BACKUP_TUI_YES": "1",
        "M365BACKUP_TUI_JSON": "1",
        "M365BACKUP_TUI_VERBOSE": "0",
        "M365BACKUP_TUI_SCENARIO": "no-subscriptions",
        "M365BACKUP_TUI_STATE_DIR": str(tmp_path),
    }
    ended = run("check", env=twins)
    assert ended.code == 3
    assert ended.document["subscriptions"] == []
    assert (tmp_path / "practice-tenant").is_dir()


def test_two_commands_at_once_on_one_practice_tenant_the_second_says_so(folder: Path) -> None:
    running = start("apply", EXAMPLE, *practice(folder))
    said(running, "Signed in as")
    second = run("check", *practice(folder))
    assert second.code == 1
    assert "in use already" in second.err
    assert to_the_end(folder, running).code == 0
