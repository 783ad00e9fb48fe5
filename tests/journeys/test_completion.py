"""Tab in real shells: commands, options, choices, runs, policies, files. And how soon the answer comes."""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from m365backup_tui.last_seen_names import POLICIES, VERSION, account_folder
from tests.journeys.command import environment, run
from tests.journeys.shells import PATIENCE, PROMPT, shell
from tests.journeys.terminal import Terminal

RUN = "20261122T000000Z-abcd"
TENANT, PERSON = "tenant-of-the-test", "person-of-the-test"
SOON = 150.0  # milliseconds
SHELLS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"),
    )
    for name in ("bash", "zsh", "fish")
]


def remembered(folder: Path) -> None:
    """What earlier sittings left: one run, and the policies that were seen."""
    runs = folder / "global" / TENANT / "runs"
    runs.mkdir(parents=True)
    (runs / f"{RUN}.jsonl").touch()
    known = {"accounts": [{"tenant_id": TENANT, "object_id": PERSON}]}
    (folder / "global" / "accounts.json").write_text(json.dumps(known), encoding="utf-8")
    seen = account_folder(folder / "global", (TENANT, PERSON))
    seen.mkdir(parents=True)
    listed = [
        {"product": "exchange", "name": "Board members"},
        {"product": "exchange", "name": "Staff"},
        {"product": "sharepoint", "name": "Projects"},
    ]
    document = {"version": VERSION, "policies": listed}
    (seen / POLICIES).write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(params=SHELLS)
def typing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """A shell in a folder with two files, its state folder as earlier sittings left it."""
    remembered(tmp_path / "state")
    here = tmp_path / "here"
    (here / "lists").mkdir(parents=True)
    (here / "tenant.yaml").touch()
    (here / "lists" / "leavers.csv").touch()
    with shell(request.param, tmp_path, here=here) as terminal:
        yield terminal


def completed(terminal: Terminal, typed: str, whole: str) -> None:
    """`typed`, Tab: the line becomes `whole`. Then it is wiped."""
    terminal.send(typed)
    terminal.wait_until(lambda text: line_of(text) == typed, PATIENCE)
    terminal.send("\t")
    try:
        terminal.wait_until(lambda text: line_of(text) == whole, PATIENCE)
    finally:
        terminal.press("ctrl+u")
    terminal.wait_until(lambda text: line_of(text) == "", PATIENCE)


def line_of(text: str) -> str:
    """What stands behind the last prompt."""
    behind = text.rpartition(PROMPT)[2].splitlines()
    return behind[0].strip() if behind else ""


def test_tab_completes_what_is_known(typing: Terminal) -> None:
    program = "m365backup-tui"
    completed(typing, f"{program} comp", f"{program} completion")
    completed(typing, f"{program} check --verb", f"{program} check --verbose")
    completed(typing, f"{program} edit exch", f"{program} edit exchange")
    completed(typing, f"{program} signin --keep pa", f"{program} signin --keep passphrase")
    completed(typing, f"{program} completion po", f"{program} completion powershell")
    completed(typing, f"{program} runs 2026", f"{program} runs {RUN}")
    completed(typing, f"{program} resume 2026", f"{program} resume {RUN}")
    completed(typing, f"{program} edit exchange St", f"{program} edit exchange Staff")
    completed(typing, f"{program} edit exchange Bo", f"{program} edit exchange Board\\ members")
    completed(typing, f"{program} plan ten", f"{program} plan tenant.yaml")
    completed(
        typing, f"{program} edit --add-from lists/l", f"{program} edit --add-from lists/leavers.csv"
    )


def test_tab_twice_lists_what_there_is(typing: Terminal) -> None:
    typing.send("m365backup-tui signin --way \t\t")
    typing.wait_until(lambda text: "code" in text and "browser" in text, PATIENCE)


def asked(line: str, folder: Path, **more: str) -> tuple[list[str], float]:
    """The answer as the shell's script gets it, and the milliseconds of processor time that it took: other tests run
    beside this one, and clocks on the wall count them too."""
    env = environment({"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line})
    env |= {"COMP_POINT": str(len(line)), "M365BACKUP_TUI_STATE_DIR": str(folder)} | more
    answer = folder / "answer"
    env["_ARGCOMPLETE_STDOUT_FILENAME"] = str(answer)
    began = _spent()
    command = [sys.executable, "-m", "m365backup_tui"]
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True)
    took = (_spent() - began) * 1000
    assert (done.stdout, done.stderr) == (b"", b"")
    text = answer.read_text(encoding="utf-8") if answer.exists() else ""
    answer.unlink(missing_ok=True)
    return [word.strip() for word in text.split("\n") if word.strip()], took


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def test_policies_of_another_service_are_not_offered(tmp_path: Path) -> None:
    remembered(tmp_path)
    assert asked("m365backup-tui edit sharepoint ", tmp_path)[0] == ["Projects"]
    assert asked("m365backup-tui edit onedrive ", tmp_path)[0] == []
    assert asked("m365backup-tui --practice edit exchange ", tmp_path)[0] == []
    assert asked("m365backup-tui --practice runs ", tmp_path)[0] == []
    assert asked("m365backup-tui runs ", tmp_path)[0] == [RUN]
    practice = asked("m365backup-tui runs ", tmp_path, M365BACKUP_TUI_PRACTICE="1")[0]
    assert practice == []


def test_bad_days_are_offered(tmp_path: Path) -> None:
    words, _ = asked("m365backup-tui --practice --scenario commit", tmp_path)
    assert words == ["commit-then-504"]


def test_a_damaged_folder_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "global").mkdir()
    (tmp_path / "global" / "accounts.json").write_bytes(b"\xff{")
    assert asked("m365backup-tui edit exchange ", tmp_path)[0] == []
    (tmp_path / "file").touch()
    env = {"M365BACKUP_TUI_STATE_DIR": str(tmp_path / "file")}
    assert asked("m365backup-tui runs ", tmp_path, **env)[0] == []


def test_nothing_heavy_is_imported_for_an_answer() -> None:
    code = (
        "import sys\n"
        "import m365backup_tui.cli, m365backup_tui.completing as c\n"
        "from m365backup_tui.arguments import make_parser\n"
        "from argcomplete.finders import CompletionFinder\n"
        "c.equip(make_parser())\n"
        "heavy = {'textual', 'msal', 'msgraph', 'azure', 'httpx', 'aiohttp', 'requests', 'keyring', 'asyncio', 'ssl'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_answer_comes_soon(tmp_path: Path) -> None:
    remembered(tmp_path)
    took = [asked("m365backup-tui edit exchange ", tmp_path)[1] for _ in range(7)]
    assert min(took) < SOON, statistics.median(took)


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed")
def test_powershell_takes_its_script(tmp_path: Path) -> None:
    script = tmp_path / "completion.ps1"
    script.write_text(run("completion", "powershell").out, encoding="utf-8")
    asks = (
        f". {script}; $found = TabExpansion2 -inputScript 'm365backup-tui comp' -cursorColumn 19; "
        "$found.CompletionMatches.CompletionText"
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["pwsh", "-NoProfile", "-Command", asks],
        capture_output=True,
        text=True,
        env=environment({"PATH": path, "HOME": str(tmp_path)}),
    )
    assert done.stdout.strip() == "completion"


def test_the_script_for_powershell_registers_the_program() -> None:
    """Not run where PowerShell is missing: then only what stands in it is looked at."""
    script = run("completion", "powershell").out
    assert "Register-ArgumentCompleter -Native -CommandName m365backup-tui" in script
    assert script.count("{") == script.count("}")
