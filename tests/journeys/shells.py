"""A real shell on a real terminal, with the completion that the program printed for it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.journeys.admin import ROOT
from tests.journeys.command import run
from tests.journeys.terminal import Terminal

PATIENCE = 90.0
PROMPT = "ready%"


def shell(name: str, home: Path, *, here: Path = Path(ROOT)) -> Terminal:
    """An interactive shell at its prompt that has loaded the script. `home`: an empty folder of its own."""
    program = shutil.which(name)
    assert program is not None
    script = home / f"completion.{name}"
    script.write_text(run("completion", name).out, encoding="utf-8")
    bins = home / "bin"
    bins.mkdir()
    # The command as it is installed: beside the interpreter that runs the tests.
    (bins / "m365backup-tui").symlink_to(Path(sys.executable).parent / "m365backup-tui")
    env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home)}
    env |= {"PATH": f"{bins}:{os.environ['PATH']}", "ZDOTDIR": str(home), "SHELL": program}
    env |= {"M365BACKUP_TUI_STATE_DIR": str(home / "state"), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    terminal = Terminal(_begun(name, program, home, script), 120, 40, env=env, cwd=str(here))
    terminal.wait_for(PROMPT, PATIENCE)
    return terminal


def _begun(name: str, program: str, home: Path, script: Path) -> list[str]:
    if name == "bash":
        rc = home / ".bashrc"
        quiet = "bind 'set bell-style none'\nbind 'set show-all-if-ambiguous on'\n"
        rc.write_text(f"PS1='{PROMPT} '\n{quiet}source {script}\n", encoding="utf-8")
        return [program, "--noprofile", "--rcfile", str(rc), "-i"]
    if name == "zsh":
        begins = f"autoload -U compinit && compinit -u\nunsetopt beep\nPROMPT='{PROMPT}% '\n"
        (home / ".zshrc").write_text(f"{begins}source {script}\n", encoding="utf-8")
        return [program, "-i"]
    config = home / "fish"
    config.mkdir()
    prompt = f"function fish_prompt; echo -n '{PROMPT} '; end\nset fish_greeting\n"
    (config / "config.fish").write_text(
        f"{prompt}set -g fish_autosuggestion_enabled 0\nsource {script}\n", encoding="utf-8"
    )
    return [program, "-i"]
