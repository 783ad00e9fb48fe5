"""E-mail notifications from a policy file, as a script does it: planned, saved, applied, interrupted, refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.command import EXAMPLE, control, end_of, practice, run, said, start
from tests.journeys.processes import at_work_in
from tests.practice.conftest import Controls, start_practice, stop_practice

PATH = "/v1.0/solutions/backupRestore/emailNotificationsSetting"
SCOPE = "BackupRestore-Control.ReadWrite.All"
FILE = """\
version: 1
notifications:
  enabled: true
  events: all
  recipients: [ops@northwindlabs.com, DESK@northwindlabs.com]
"""
NOW = "(now: to all administrators, important events only)"
LINE = f"change e-mail notifications: to ops@northwindlabs.com, DESK@northwindlabs.com, all events {NOW}"


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice tenant with backup turned on."""
    folder = tmp_path_factory.mktemp("on")
    running = start("apply", EXAMPLE, *practice(folder))
    said(running, "Microsoft 365 Backup is turned on")
    running.kill()
    running.communicate()
    assert at_work_in(folder) == []
    return folder


@pytest.fixture
def folder(on: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(on, tmp_path / "state"))


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "notify.yaml"
    path.write_text(FILE, encoding="utf-8")
    return str(path)


def fault(method: str, fault_id: str, **more: Any) -> dict[str, Any]:
    return {"id": fault_id, "operation": f"{method} {PATH}", **more}


def strikes(folder: Path, running: subprocess.Popen[str], *faults: dict[str, Any]) -> None:
    """From here on, before the command comes to the notifications."""
    said(running, "Signed in as")
    control(folder, "PUT", "scenarios", list(faults))


def nobody_consented(folder: Path) -> None:
    """Changed while nobody is signed in: putting back a state would take somebody's sign-in away."""
    server, ready = start_practice(folder, "--state-dir", str(folder))
    controls = Controls(ready)
    try:
        state = controls.call("GET", "state").json()
        state["entra"]["policy"]["users_consent"] = False
        for grant in state["entra"]["grants"].values():
            grant["scope"] = " ".join(one for one in grant["scope"].split() if one != SCOPE)
        controls.call("PUT", "state", state).raise_for_status()
    finally:
        controls.close()
        stop_practice(server)


def test_planned_saved_applied_once_and_then_nothing_is_left(
    folder: Path, file: str, tmp_path: Path
) -> None:
    plan = tmp_path / "notify.plan"
    planned = run("plan", file, "-o", str(plan), *practice(folder), "--json")
    assert planned.code == 4, planned.err
    (change,) = planned.document["changes"]
    assert (change["service"], change["policy"], change["change"]) == ("tenant", "", "change")
    assert change["what"] == LINE.partition(": ")[2]
    assert planned.document["requests"] == 1
    assert f"~ {LINE}" in json.loads(plan.read_text(encoding="utf-8"))["text"]
    applied = run("apply", str(plan), *practice(folder), "--json")
    assert applied.code == 0, applied.err
    (item,) = applied.document["items"]
    assert (item["what"], item["outcome"]) == (LINE, "done")
    assert item["request_id"]
    again = run("plan", file, *practice(folder))
    assert (again.code, again.out) == (
        0,
        "0 requests; nothing is added to the monthly cost\n",
    )
    late = run("apply", str(plan), *practice(folder))
    assert late.code == 1
    assert "The e-mail notifications have changed." in late.err + late.out
    told = run("runs", applied.document["run"], *practice(folder))
    assert f"done: {LINE}  {item['request_id']}" in told.out


def test_a_lost_answer_and_a_kill_are_looked_up_and_nothing_is_sent_twice(
    folder: Path, file: str
) -> None:
    """The service did it and the answer got lost; killed before it could be looked up."""
    running = start("apply", file, *practice(folder))
    strikes(folder, running, fault("PATCH", "H6", nth=1))
    said(running, "reading back")
    sent = [r for r in control(folder, "GET", "requests") if r["method"] == "PATCH"]
    running.kill()
    running.communicate()
    assert [r["path"] for r in sent] == [PATH]
    running = start("resume", *practice(folder))
    told = said(running, "done: change e-mail")
    ended = end_of(running)
    assert ended.code == 0, told + ended.err
    assert "E-mail notifications: to ops@northwindlabs.com" in ended.out
    assert run("plan", file, *practice(folder)).code == 0


def test_who_may_not_read_them_hears_who_may_and_how_to_plan_the_rest(
    folder: Path, file: str
) -> None:
    running = start("plan", file, *practice(folder))
    strikes(folder, running, fault("GET", "H10"))
    ended = end_of(running)
    assert ended.code == 3, ended.err
    assert "Global Administrator or Microsoft 365 Backup Administrator" in ended.err
    assert "Take `notifications:` out of the file" in ended.err
    assert ended.out == ""


def test_a_permission_that_nobody_granted_is_3_with_the_address_to_grant_it(
    folder: Path, file: str
) -> None:
    """The wizard's pages never ask for it, so this is where it can be had."""
    nobody_consented(folder / "practice-tenant")
    ended = run("plan", file, *practice(folder))
    assert (ended.code, ended.out) == (3, "")
    assert "Take `notifications:` out of the file" in ended.err
    assert f"  {SCOPE}: read and change the e-mail notifications about backup" in ended.err
    link = ended.err.splitlines()[-1]
    assert "/v2.0/adminconsent?client_id=" in link
    assert SCOPE in link


def test_a_refused_change_leaves_the_rest_of_the_file_done(folder: Path, tmp_path: Path) -> None:
    """Exit 5; `resume` sends it once the role is there."""
    both = tmp_path / "both.yaml"
    text = Path(EXAMPLE).read_text(encoding="utf-8")
    both.write_text(text + FILE.partition("\n")[2], encoding="utf-8")
    shutil.copytree(Path(EXAMPLE).parent, tmp_path, dirs_exist_ok=True)
    running = start("apply", str(both), *practice(folder), "--json")
    strikes(folder, running, fault("PATCH", "H10"))
    said(running, "refused: change e-mail notifications")
    control(folder, "POST", "clock", {"advance": "PT3H"})
    ended = end_of(running)
    assert ended.code == 5, ended.err
    *others, mine = ended.document["items"]
    assert {item["outcome"] for item in others} == {"done"}
    assert mine["outcome"] == "refused"
    assert "Microsoft 365 Backup Administrator" in mine["note"]
    running = start("resume", ended.document["run"], *practice(folder), "--json")
    strikes(folder, running)
    resumed = end_of(running)
    assert resumed.code == 0, resumed.err
    assert {item["outcome"] for item in resumed.document["items"]} == {"done"}
