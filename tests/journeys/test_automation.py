"""Every example of examples/automation is tried: checked by the tool it is for, then run against the practice tenant.

Nobody is there: the sign-in was kept with a passphrase, which comes from a file, as on a jump host.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.journeys.admin import ROOT
from tests.journeys.command import PATIENCE, Ended, practice, run

EXAMPLES = Path(ROOT) / "examples" / "automation"
PASSPHRASE = "correct horse battery"
SHORTER = 3  # rows that the list of the file lacks once the two differ


def tool(name: str) -> str:
    """Where it is, in this environment or on the host; the test is skipped where it is not."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip(f"{name} is not installed on this host")
    return found


@dataclass(frozen=True, slots=True)
class Host:
    """A jump host in a folder: what the examples have in /etc, /usr/local/bin and /var/lib."""

    top: Path

    @property
    def file(self) -> Path:
        return self.top / "etc" / "m365backup" / "tenant.yaml"

    @property
    def state(self) -> Path:
        return self.top / "var" / "lib" / "m365backup"

    def here(self, text: str) -> str:
        """An example with the folders of this host in place of the usual ones."""
        for usual in ("/etc/m365backup", "/usr/local/bin", "/var/lib/m365backup"):
            text = text.replace(usual, f"{self.top}{usual}")
        return text

    def environment(self, path: str = "/usr/bin:/bin", **more: str) -> dict[str, str]:
        """Little, as cron and systemd give it; the practice tenant stands for Microsoft's cloud."""
        return {
            "HOME": str(self.top),
            "PATH": f"{self.top}/usr/local/bin:{path}",
            "LC_ALL": "C.UTF-8",
            "M365BACKUP_TUI_PRACTICE": "1",
            "M365BACKUP_TUI_STATE_DIR": str(self.state),
            **more,
        }

    def run(
        self, argv: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Ended:
        """To its end, with nothing to read from."""
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self.environment() if env is None else dict(env),
            cwd=cwd or self.top,
            timeout=PATIENCE,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def differ(self) -> None:
        """The file does not name a few mailboxes that the tenant has."""
        rows = self.file.with_name("tenant-exchange-mailboxes-1.csv")
        lines = rows.read_text("utf-8").splitlines()
        rows.write_text("\n".join(lines[:-SHORTER]) + "\n", "utf-8")

    def sign_out(self) -> None:
        """As after a sign-in that has ended: only a person helps."""
        done = run("signout", "--all", *practice(self.state))
        assert done.code == 0, done.err


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Host:
    host = Host(tmp_path_factory.mktemp("host"))
    program = host.top / "usr" / "local" / "bin" / "m365backup-tui"
    for folder in (program.parent, host.file.parent, host.state):
        folder.mkdir(parents=True)
    python = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m m365backup_tui "$@"'
    program.write_text(f"#!/bin/sh\n{python}\n", "utf-8")
    program.chmod(0o755)
    check = host.file.with_name("nightly-check.sh")
    shutil.copy(EXAMPLES / "nightly-check.sh", check)
    passphrase = host.file.with_name("passphrase")
    passphrase.write_text(f"{PASSPHRASE}\n", "utf-8")
    passphrase.chmod(0o600)
    settled = ("--scenario", "all-protected")
    done = run("export", "-o", str(host.file), *practice(host.state), *settled)
    assert done.code == 0, done.err
    keep = ("--keep", "passphrase", "--passphrase-file", str(passphrase))
    done = run("signin", *keep, *practice(host.state))
    assert done.code == 0, done.err
    return host


@pytest.fixture
def host(made: Host, tmp_path: Path) -> Host:
    """A copy for one test."""
    copy = Host(tmp_path / "host")
    shutil.copytree(made.top, copy.top)
    program = copy.top / "usr" / "local" / "bin" / "m365backup-tui"
    assert program.exists()
    return copy


# --- cron ---------------------------------------------------------------------------------------------------


def cron_line(text: str) -> tuple[str, str]:
    """(PATH, command) of the one job; no % is in it, which cron would read as a line end."""
    path = re.search(r"^PATH=(.+)$", text, re.MULTILINE)
    (job,) = [x for x in text.splitlines() if re.match(r"^[\d*]", x)]
    command = job.split(None, 5)[5]
    assert path is not None
    assert "%" not in command
    return path[1], command


def test_cron_takes_the_table() -> None:
    done = subprocess.run(
        [tool("crontab"), "-n", str(EXAMPLES / "crontab")],
        capture_output=True,
        text=True,
        check=False,
    )
    if "invalid option" in done.stderr:
        pytest.skip("this crontab has no -n to check a file with")
    assert done.returncode == 0, done.stderr


def test_the_cron_job_says_nothing_then_reports_then_calls_for_a_person(host: Host) -> None:
    path, command = cron_line(host.here((EXAMPLES / "crontab").read_text("utf-8")))
    env = host.environment(path)

    def night() -> Ended:
        return host.run(["/bin/sh", "-c", command], env)

    assert night() == Ended(0, "", "")
    host.differ()
    differs = night()
    assert (differs.code, differs.err) == (4, "")
    assert differs.out.startswith(f"{SHORTER} differences between tenant.yaml and the tenant")
    assert night() == differs
    host.sign_out()
    ended = night()
    assert ended.code == 3
    assert ended.out.startswith("The nightly check needs a person (exit 3):")
    assert "Not signed in." in ended.out


def test_the_script_tells_what_did_not_work(host: Host) -> None:
    check = str(host.file.with_name("nightly-check.sh"))
    ended = host.run([check, str(host.top / "nowhere.yaml")])
    assert ended.code == 2
    assert ended.out.startswith("The nightly check did not work (exit 2):")
    assert "nowhere.yaml does not exist" in ended.out


# --- systemd ------------------------------------------------------------------------------------------------


def test_systemd_takes_the_units(host: Host) -> None:
    analyze = tool("systemd-analyze")
    units = host.top / "units"
    units.mkdir()
    for unit in ("m365backup-drift.service", "m365backup-drift.timer"):
        (units / unit).write_text(host.here((EXAMPLES / unit).read_text("utf-8")), "utf-8")
    done = host.run([analyze, "verify", "--man=no", *map(str, sorted(units.iterdir()))])
    mine = [line for line in done.err.splitlines() if "m365backup" in line]
    assert (done.code, mine) == (0, [])
    when = re.search(r"^OnCalendar=(.+)$", (units / "m365backup-drift.timer").read_text(), re.M)
    assert when is not None
    assert host.run([analyze, "calendar", when[1]]).code == 0


def test_the_service_finds_its_passphrase_and_fails_where_tenant_and_file_differ(
    host: Host,
) -> None:
    text = host.here((EXAMPLES / "m365backup-drift.service").read_text("utf-8"))
    settings = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    name, _, kept = settings["LoadCredential"].partition(":")
    credentials = host.top / "credentials"
    credentials.mkdir(mode=0o700)
    shutil.copy(kept, credentials / name)  # what systemd does before it starts the program
    (credentials / name).chmod(0o440)
    variable, _, value = settings["Environment"].partition("=")
    env = host.environment(CREDENTIALS_DIRECTORY=str(credentials), **{variable: value})
    command = ["/bin/sh", "-c", settings["ExecStart"]]  # ${...} means the same to both

    alike = host.run(command, env)
    assert (alike.code, alike.out) == (0, "No difference: the tenant is as tenant.yaml says.\n")
    host.differ()
    assert host.run(command, env).code == 4
    (credentials / name).write_text("another horse\n", "utf-8")
    wrong = host.run(command, env)
    assert (wrong.code, wrong.out) == (3, "")
    assert "does not open the sign-in kept on this host" in wrong.err
    assert "horse" not in wrong.err


# --- GitHub Actions -----------------------------------------------------------------------------------------


def workflow() -> Any:
    return YAML(typ="safe").load((EXAMPLES / "github-actions.yml").read_text("utf-8"))


def test_the_workflow_is_one_by_the_published_schema(host: Host) -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    checked = host.run([tool("check-jsonschema"), *schema, str(EXAMPLES / "github-actions.yml")])
    assert checked.code == 0, checked.out


def test_the_workflow_is_one_by_actionlint(host: Host) -> None:
    lint, text = tool("actionlint"), (EXAMPLES / "github-actions.yml").read_text("utf-8")
    checked = host.run([lint, str(EXAMPLES / "github-actions.yml")])
    assert checked.code == 0, checked.out
    mistaken = host.top / "mistaken.yml"
    mistaken.write_text(text.replace("runs-on:", "run-on:"), "utf-8")
    assert 'unexpected key "run-on"' in host.run([lint, str(mistaken)]).out


def test_the_steps_of_the_workflow_do_what_they_say(host: Host) -> None:
    job = workflow()["jobs"]["compare"]
    plan, drift = [step for step in job["steps"] if "run" in step]
    env = host.environment(GITHUB_STEP_SUMMARY=str(host.top / "summary.md"))
    env |= {name: host.here(value) for name, value in job["env"].items()}

    def step(text: str) -> Ended:
        # As the runner starts it: https://docs.github.com, jobs.<id>.steps[*].shell
        script = host.top / "step.sh"
        script.write_text(text, "utf-8")
        return host.run(["bash", "-e", str(script)], env, cwd=host.file.parent)

    assert step(plan["run"]).code == 0
    alike = step(drift["run"])
    assert (alike.code, alike.out) == (0, "No difference: the tenant is as tenant.yaml says.\n")
    host.differ()
    planned = step(plan["run"])
    assert planned.code == 0  # a plan that changes nothing leaves the rest alone, and says so
    assert f"At least {SHORTER} more differences" in planned.out
    differs = step(drift["run"])
    assert differs.code == 4
    assert "::error title=The tenant is not as the file says::3 differences" in differs.out
    summary = (host.top / "summary.md").read_text("utf-8")
    assert summary.count("```") == 8
    assert "In the tenant, not in the file: 3 mailboxes." in summary
    host.sign_out()
    ended = step(drift["run"])
    assert ended.code == 3
    assert "::error title=Somebody has to sign in on the runner::Not signed in." in ended.out
    assert step(plan["run"]).code == 3


# --- Ansible ------------------------------------------------------------------------------------------------


def test_the_playbook_tells_and_fails_where_tenant_and_file_differ(host: Host) -> None:
    playbook = tool("ansible-playbook")
    text = host.here((EXAMPLES / "ansible-drift.yml").read_text("utf-8"))
    (host.top / "drift.yml").write_text(text, "utf-8")
    env = host.environment(ANSIBLE_NOCOLOR="1", ANSIBLE_LOCAL_TEMP=str(host.top / "ansible"))
    env |= {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}

    def play(*more: str) -> Ended:
        where = (
            "-i",
            "localhost,",
            "-c",
            "local",
            "-e",
            f"ansible_python_interpreter={sys.executable}",
        )
        return host.run([playbook, *where, *more, "drift.yml"], env)

    def recap(ended: Ended) -> dict[str, int]:
        return {name: int(n) for name, n in re.findall(r"(\w+)=(\d+)", ended.out.split("RECAP")[1])}

    alike = play()
    assert alike.code == 0, alike.out
    assert (recap(alike)["changed"], recap(alike)["failed"]) == (0, 0)
    host.differ()
    differs = play()
    assert differs.code == 2
    assert "The tenant is not as the file says: 3 differences" in differs.out
    assert differs.out.count("exchange Mailboxes 1: unit-not-in-file") == SHORTER
    told = play("-e", "drift_is_failure=false")
    assert (told.code, recap(told)["failed"], recap(told)["changed"]) == (0, 0, 0)
    host.sign_out()
    assert recap(play())["failed"] == 1


def test_every_example_is_explained_and_tried() -> None:
    page = (Path(ROOT) / "docs" / "automation.md").read_text("utf-8")
    own = Path(__file__).read_text("utf-8")
    for example in EXAMPLES.iterdir():
        assert f"(../examples/automation/{example.name})" in page
        assert f'"{example.name}"' in own
    assert json.dumps(PASSPHRASE)[1:-1] not in page
