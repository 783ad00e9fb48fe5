"""`m365backup-tui practice serve / reset / scenarios`: the practice tenant on its own (design/command-line.md)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from m365backup_tui.practice.scenarios import SCENARIOS
from tests.practice.conftest import Controls

COMMAND = [sys.executable, "-m", "m365backup_tui", "practice"]
PROMISED = {
    "base_url", "authority", "graph", "arm", "portal", "control", "ca_file",
    "tenant_id", "domain", "client_ids", "personas", "subscriptions",
}  # fmt: skip


def practice(*words: str) -> subprocess.CompletedProcess[str]:
    """One finished command."""
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=60)


def test_scenarios_lists_what_can_be_rehearsed() -> None:
    done = practice("scenarios")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(SCENARIOS)


def test_serve_prints_one_json_object_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    """Then reset in the same folder starts over what was served there, and not while it is served."""
    ready_file = tmp_path / "ready.json"
    words = ["serve", "--state-dir", str(tmp_path), "--ready-file", str(ready_file)]
    server = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        assert set(ready) >= PROMISED
        assert json.loads(ready_file.read_text(encoding="utf-8")) == ready
        controls = Controls(ready)
        controls.call("POST", "clock", {"pace": 77}).raise_for_status()
        controls.close()
        busy = practice("reset", "--state-dir", str(tmp_path))
        assert (busy.returncode, "in use" in busy.stderr) == (1, True)
        server.send_signal(signal.SIGINT)
        assert server.stdout.read() == ""
        assert server.wait(20) == 0
    finally:
        server.kill()
        server.wait(20)
        if server.stdout is not None:
            server.stdout.close()
    state = tmp_path / "practice-tenant.json"
    assert json.loads(state.read_text(encoding="utf-8"))["clock"]["pace"] == 77
    done = practice("reset", "--state-dir", str(tmp_path))
    assert done.returncode == 0
    assert not state.exists()
    assert ready_file.exists()  # nothing but the tenant is taken away
