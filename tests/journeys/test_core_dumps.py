"""A wizard that is killed with a sign-in in its memory leaves no core file, whatever the shell allows."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.admin import ROOT, Admin
from tests.journeys.terminal import Terminal

PATTERN = Path("/proc/sys/kernel/core_pattern")
ALLOWED = "ulimit -c unlimited; exec "


def cores(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*core*") if path.is_file()]


@pytest.mark.skipif(not PATTERN.exists(), reason="limits of a process are read from /proc")
def test_a_wizard_that_is_aborted_with_a_token_in_hand_leaves_no_core(tmp_path: Path) -> None:
    (tmp_path / "m365backup_tui").symlink_to(Path(ROOT) / "m365backup_tui")
    state = tmp_path / "state"
    words = [sys.executable, "-m", "m365backup_tui", "--practice", "--state-dir", str(state)]
    argv = ["bash", "-c", ALLOWED + shlex.join(words)]
    with Terminal(argv, env={"PYTHONPATH": ROOT}, cwd=str(tmp_path)) as terminal:
        Admin(terminal, state).signs_in()
        limits = Path(f"/proc/{terminal.pid}/limits").read_text(encoding="ascii")
        (limit,) = [line.split() for line in limits.splitlines() if "core file" in line]
        assert limit[4:6] == ["0", "0"]
        terminal.signal(signal.SIGABRT)
        assert terminal.wait_exit(20) == -signal.SIGABRT
    assert cores(tmp_path) == []


@pytest.mark.skipif(
    not PATTERN.exists() or "/" in (pattern := PATTERN.read_text()) or pattern.startswith("|"),
    reason="this host's core_pattern leads cores elsewhere: that none is left proves nothing",
)
def test_the_same_death_of_another_program_leaves_one_here(tmp_path: Path) -> None:
    """So that the test above can fail."""
    dies = shlex.join([sys.executable, "-c", "import os; os.abort()"])
    subprocess.run(["bash", "-c", ALLOWED + dies], cwd=tmp_path, check=False, timeout=60)
    assert len(cores(tmp_path)) == 1
