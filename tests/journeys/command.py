"""The commands as a script runs them: no terminal, a folder of their own, and what they leave behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.documents import check
from tests.journeys.admin import ROOT
from tests.journeys.terminal import INHERITED

PATIENCE = 180.0  # seconds: two busy cores
EXAMPLE = str(Path(ROOT) / "examples" / "onboarding.yaml")


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str
    words: tuple[
        str, ...
    ] = ()  # of the command, where its document is to be held against its schema

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that `--json` promises, as its schema says it."""
        found = json.loads(self.out)
        if self.words:
            check(self.words, found)
        return found


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    base = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return base | {"LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb"} | dict(more or {})


def start(
    *words: str, env: Mapping[str, str] | None = None, program: str = "m365backup_tui"
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", program, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(env),
        preexec_fn=_hears_ctrl_c,
    )


def _hears_ctrl_c() -> None:
    # A shell that started the tests in the background has switched it off for all below it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end_of(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=PATIENCE)
    assert isinstance(process.args, list)
    words = process.args[process.args.index("-m") + 2 :] if "-m" in process.args else ()
    return Ended(process.returncode, out, err, tuple(map(str, words)))


def run(
    *words: str, env: Mapping[str, str] | None = None, program: str = "m365backup_tui"
) -> Ended:
    return end_of(start(*words, env=env, program=program))


def practice(folder: Path) -> Sequence[str]:
    """The options of every command below."""
    return ("--practice", "--yes", "--state-dir", str(folder))


def said(process: subprocess.Popen[str], words: str) -> str:
    """Reads standard error up to the line with `words`; what was read."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"ended without {words!r}:\n{''.join(lines)}")


def control(folder: Path, method: str, path: str, body: Any = None) -> Any:
    """The practice tenant that a running command started."""
    ready = json.loads((folder / "practice-tenant" / "ready.json").read_text(encoding="utf-8"))
    with requests.Session() as session:
        session.trust_env = False
        session.verify = ready["ca_file"]
        url = f"{ready['control'].rstrip('/')}/{path}"
        answer = session.request(method, url, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None
