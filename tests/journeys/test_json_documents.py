"""--json: one document on standard output and nothing else there, in good states and in bad ones, as its schema says.

`Ended.document` holds each against the published schema; here every command is run, and every way to fail.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from m365backup_tui.headless.schema import names
from tests.documents import problems
from tests.journeys.command import EXAMPLE, Ended, end_of, practice, run, start
from tests.journeys.processes import at_work_in


@pytest.fixture(scope="module")
def all_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice tenant where everything is protected."""
    folder = tmp_path_factory.mktemp("all-on")
    first = run("status", *practice(folder), "--scenario", "all-protected")
    assert first.code == 0, first.err
    assert at_work_in(folder) == []
    return folder


@pytest.fixture
def folder(all_on: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(all_on, tmp_path / "state"))


def one_document(ended: Ended) -> Ended:
    """It fits its schema, and is not mixed with words for people."""
    assert "Traceback" not in ended.err
    assert ended.document is not None
    assert ended.out == ended.out.rstrip("\n") + "\n"
    return ended


# --- good states -------------------------------------------------------------------------------------------------


def test_looking_commands_print_what_their_schemas_say(folder: Path, tmp_path: Path) -> None:
    status = one_document(run("status", "--coverage", *practice(folder), "--json"))
    assert status.code == 0
    document = status.document
    assert document["service"]["billing"]["connected"] is True
    assert {p["service"] for p in document["policies"]} == {"onedrive", "sharepoint", "exchange"}
    for policy in document["policies"]:
        assert policy["units"]["counted_by"] == "service"
        assert sum(policy["units"]["by_status"].values()) == policy["units"]["total"]
        assert policy["latest_restore_point"]["at"]
    assert len(document["coverage"]["services"]) == 3
    check = one_document(run("check", *practice(folder), "--json"))
    assert check.code == 0
    file = tmp_path / "policies.yaml"
    exported = one_document(run("export", "-o", str(file), *practice(folder), "--json"))
    assert exported.document["file"] == str(file)
    assert "policy_file" in one_document(run("export", *practice(folder), "--json")).document
    planned = one_document(run("plan", str(file), *practice(folder), "--json"))
    assert (planned.code, planned.document["changes"]) == (0, [])
    drift = one_document(run("plan", str(file), "--drift", *practice(folder), "--json"))
    assert (drift.code, drift.document["differences"]) == (0, [])


def test_a_saved_plan_a_run_and_its_record(folder: Path, tmp_path: Path) -> None:
    file, kept = tmp_path / "policies.yaml", tmp_path / "plan.json"
    file.write_text(
        "version: 1\npolicies:\n  exchange:\n    - {name: Mailboxes 1, state: paused}\n"
    )
    made = one_document(run("plan", str(file), "-o", str(kept), *practice(folder), "--json"))
    again = one_document(run("plan", str(kept), *practice(folder), "--json"))
    assert (made.code, again.code) == (4, 4)
    assert made.document["changes"] == again.document["changes"] != []
    applied = one_document(run("apply", str(kept), *practice(folder), "--json"))
    assert (applied.code, applied.document["result"]) == (0, "done")
    stale = one_document(run("apply", str(kept), *practice(folder), "--json"))
    assert stale.code == 1
    renamed = ("edit", "exchange", "Mailboxes 2", "--rename", "Second")
    edited = one_document(run(*renamed, *practice(folder), "--json"))
    assert (edited.code, edited.document["result"]) == (0, "done")
    listed = one_document(run("runs", *practice(folder), "--json")).document
    assert {edited.document["run"], applied.document["run"]} <= {one["run"] for one in listed}
    (one,) = one_document(run("runs", listed[0]["run"], *practice(folder), "--json")).document
    assert one["chain"]["verdict"] == "whole"
    report = run("status", *practice(folder), "--json").document
    found = {p["name"]: p["status"] for p in report["policies"] if p["service"] == "exchange"}
    assert found["Mailboxes 1"] == "inactive"
    assert "Second" in found


def test_text_and_document_tell_the_same_policies(folder: Path) -> None:
    told = run("status", *practice(folder))
    assert told.code == 0
    assert all(len(line) <= 80 for line in told.out.splitlines())
    document = run("status", *practice(folder), "--json").document
    for policy in document["policies"]:
        assert f"“{policy['name']}”: active" in told.out
        assert f"{policy['units']['total']:,} protected of" in told.out


def test_commands_that_need_no_tenant(tmp_path: Path) -> None:
    state = ("--state-dir", str(tmp_path))
    assert one_document(run("runs", *state, "--json")).document == []
    assert one_document(run("accounts", *state, "--json")).document["accounts"] == []
    assert one_document(run("signout", *state, "--json")).document == {"signed_out": []}
    assert one_document(run("doctor", "--practice", *state, "--json")).document["sections"]
    assert one_document(run("practice", "reset", *state, "--json")).document["message"]
    known = one_document(run("practice", "scenarios", "--json")).document
    assert {"throttled", "H1"} <= {one["name"] for one in known}
    listed = one_document(run("schema", "--json")).document
    assert [one["name"] for one in listed] == names()
    printed = json.loads(run("schema", "error", "--json").out)
    assert printed["title"] == "Error"


def test_nothing_to_resume_is_a_result(folder: Path) -> None:
    ended = one_document(run("resume", *practice(folder), "--json"))
    assert (ended.code, ended.document["result"], ended.document["run"]) == (0, "nothing", None)


def test_the_practice_tenant_says_when_it_is_ready(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    words = ("practice", "serve", "--state-dir", str(tmp_path / "s"), "--ready-file", str(ready))
    serving = start(*words)
    try:
        assert serving.stdout is not None
        document = json.loads(serving.stdout.readline())
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=30)
    assert list(problems("practice-ready", document)) == []
    assert json.loads(ready.read_text(encoding="utf-8")) == document


# --- bad states --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("status",),
        ("export",),
        ("plan", EXAMPLE),
        ("apply", EXAMPLE),
        ("resume",),
        ("signin",),
        ("edit", "exchange", "All", "--pause"),
    ],
)
def test_not_signed_in_is_an_error_document_and_3(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = one_document(run(*words, "--state-dir", str(tmp_path), "--json"))
    assert ended.code == 3
    told = ended.document["error"]
    assert told["code"] == 3
    assert told["message"] in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "/nowhere/at-all.yaml"),
        ("apply", "/nowhere/at-all.yaml"),
        ("runs", "nope"),
        ("schema", "nope"),
        ("status", "--bogus"),
        ("export", "--update"),
        ("signout", "--all", "--everywhere"),
    ],
)
def test_wrong_usage_is_an_error_document_and_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = one_document(run(*words, *practice(tmp_path), "--json"))
    assert (ended.code, ended.document["error"]["code"]) == (2, 2)


def test_an_invalid_file_lists_its_problems_as_data(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "version: 1\npolicies:\n  onedrive:\n    - name: All\n"
        "      state: sleeping\n      accounts: [nobody]\n"
    )
    ended = one_document(run("plan", str(file), *practice(tmp_path / "state"), "--json"))
    assert ended.code == 2
    found = ended.document["error"]["problems"]
    assert [one["line"] for one in found] == [5, 6]
    assert all(one["file"].endswith("wrong.yaml") and one["field"] for one in found)


def test_backup_that_is_off_is_3_with_what_is_known(tmp_path: Path) -> None:
    status = one_document(run("status", *practice(tmp_path), "--json"))
    assert status.code == 3
    assert status.document["service"]["probe"] == "off"
    assert status.document["policies"] == []
    assert status.document["account"]["username"].startswith("adele.vance@")
    assert "Turn on is at https://" in status.err
    for words in (("plan", EXAMPLE), ("export",)):
        ended = one_document(run(*words, *practice(tmp_path), "--json"))
        assert (ended.code, ended.document["error"]["code"]) == (3, 3)


@pytest.mark.parametrize(
    ("scenario", "code", "probe"),
    [("H10", 3, "no role"), ("B5", 3, "not the controller"), ("B2", 3, "being prepared")],
)
def test_status_in_a_bad_state_is_still_its_own_document(
    folder: Path, scenario: str, code: int, probe: str
) -> None:
    ended = one_document(run("status", *practice(folder), "--scenario", scenario, "--json"))
    assert (ended.code, ended.document["service"]["probe"]) == (code, probe)
    assert ended.document["policies"] == []


def test_azure_that_wants_its_own_sign_in_is_told_and_nobody_is_asked(folder: Path) -> None:
    ended = run("status", *practice(folder), "--scenario", "graph-client-no-arm", "--json")
    one_document(ended)
    assert ended.code == 0
    assert ended.document["service"]["billing"]["connected"] is None
    assert ended.err.count("types the code") == 1


def test_interrupted_is_an_error_document_and_130(folder: Path) -> None:
    running = start("status", *practice(folder), "--json")
    assert running.stderr is not None
    while "Signed in as" not in running.stderr.readline():
        assert running.poll() is None
    os.kill(running.pid, signal.SIGINT)
    ended = one_document(end_of(running))
    assert (ended.code, ended.document["error"]["code"]) == (130, 130)


def test_a_closed_pipe_and_a_full_disk_are_1_without_a_traceback(tmp_path: Path) -> None:
    words = ["m365backup-tui", "schema", "status", "--json"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*_program(), *words[1:]], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 1
    assert "cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr


def _program() -> list[str]:
    import sys

    return [sys.executable, "-m", "m365backup_tui"]
