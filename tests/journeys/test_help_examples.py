"""Every example of `--help` is run, as it stands there, against the practice tenant; one after the other."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from m365backup_tui.help_pages import PAGES, PROGRAM
from tests.journeys.command import EXAMPLE, Ended, environment, practice, said, start

AT = "northwindlabs.onmicrosoft.com"
FILE = f"""\
version: 1
policies:
  exchange:
    - name: Finance
      state: paused
      mailboxes: [chiara.moretti@{AT}, bruno.keller@{AT}]
"""
# What stands for somebody of a real tenant, and who it is in the practice tenant.
STANDS_FOR = {"ana@contoso.com": f"adele.vance@{AT}"}
P = "m365backup-tui"

RUN = [
    (f"{P} apply tenant.yaml --practice --yes", 0),
    (f"{P} edit exchange Finance --add ana@contoso.com", 0),
    (f"{P} check", 0),
    (f"{P} check --json", 0),
    (f"{P} status", 0),
    (f"{P} status --coverage --json", 0),
    (f"{P} doctor", None),  # as this host is
    (f"{P} doctor --json", None),
    (f"{P} plan tenant.yaml", 0),
    (f"{P} plan tenant.yaml --drift --json", 4),  # whom the edit added is not in the file
    (f"{P} edit exchange Finance --remove-from leavers.csv --yes", 0),
    (f"{P} plan tenant.yaml -o change.plan", 4),
    (f"{P} apply change.plan --yes", 0),
    (f"{P} apply tenant.yaml", 0),
    (f"{P} export -o exported.yaml", 0),
    (f"{P} export > tenant.yaml", 0),
    (f"{P} plan tenant.yaml", 0),
    (f"{P} resume", 0),
    (f"{P} resume --json", 0),
    (f"{P} runs", 0),
    (f"{P} runs --json", 0),
    (f"{P} signin", 0),
    (f"{P} signin --way browser --another", 0),
    (f"{P} accounts", 0),
    (f"{P} accounts --json", 0),
    (f"{P} signout", 0),
    (f"{P} signout --all", 0),
    (f"{P} signin --keep passphrase --passphrase-file passphrase", 0),
    (f"{P} schema", 0),
    (f"{P} schema policy-file > policy-file.schema.json", 0),
    (f"{P} practice scenarios", 0),
    (f'eval "$({P} completion bash)"', 0),
    (f"{P} practice reset", 0),
]
ELSEWHERE = {
    f"{P} --practice": "the wizard: test_onboarding.py",
    f"{P} edit exchange Finance": "a screen: test_edit.py",
    f"{P} completion fish | source": "in fish: test_completion.py",
    f"{P} completion powershell | Out-String | Invoke-Expression": "in PowerShell: test_completion.py",
    f"{P} practice serve --port 8443": "below, and its options in tests/practice/test_serve_options.py",
}


def test_every_example_is_run_or_accounted_for() -> None:
    shown = {one.command for page in (PROGRAM, *PAGES.values()) for one in page.examples}
    assert shown == {command for command, _ in RUN} | set(ELSEWHERE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files of the examples; Backup is on in the practice tenant."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "tenant.yaml").write_text(FILE, encoding="utf-8")
    (folder / "leavers.csv").write_text(f"address\nbruno.keller@{AT}\n", encoding="utf-8")
    running = start("apply", EXAMPLE, *practice(folder / "state"))
    said(running, "Microsoft 365 Backup is turned on")
    running.kill()
    running.communicate()
    passphrase = folder / "passphrase"
    passphrase.write_text("correct horse\n", encoding="utf-8")
    passphrase.chmod(0o600)
    bins = folder / "bin"
    bins.mkdir()
    # The command as it is installed: beside the interpreter that runs the tests.
    (bins / P).symlink_to(Path(sys.executable).parent / P)
    yield folder
    shutil.rmtree(folder / "state", ignore_errors=True)


def environs(place: Path) -> dict[str, str]:
    """The options that make a rehearsal of it, by their twins."""
    more = {"M365BACKUP_TUI_PRACTICE": "1", "M365BACKUP_TUI_YES": "1"}
    more |= {"M365BACKUP_TUI_STATE_DIR": str(place / "state"), "HOME": str(place)}
    return environment(more | {"PATH": f"{place / 'bin'}:{os.environ['PATH']}"})


def shown(place: Path, line: str) -> Ended:
    for word, person in STANDS_FOR.items():
        line = line.replace(word, person)
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=place,
        env=environs(place),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.timeout(600)
def test_examples_do_what_they_say(place: Path) -> None:
    for line, code in RUN:
        ended = shown(place, line)
        assert "Traceback" not in ended.err
        assert ended.code in ((0, 1) if code is None else (code,)), (line, ended.out, ended.err)
        if "--json" in line:
            assert ended.document is not None
    assert "Finance" in (place / "exported.yaml").read_text(encoding="utf-8")
    assert "$schema" in (place / "policy-file.schema.json").read_text(encoding="utf-8")


def test_it_serves_until_ctrl_c(place: Path) -> None:
    """On a free port: 8443 may be somebody else's here."""
    command = [P, "practice", "serve", "--port", "0"]
    env = environs(place)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert '"base_url"' in serving.stdout.readline()
        serving.send_signal(signal.SIGINT)
        assert serving.wait(20) == 0
