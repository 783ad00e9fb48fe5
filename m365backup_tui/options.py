"""What the command line asked for, as a value."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """Options that mean the same everywhere (command-line promise)."""

    practice: bool = False
    scenarios: tuple[str, ...] = ()
    state_dir: Path | None = None
    tenant: str = "organizations"
    json: bool = False
    yes: bool = False
    verbose: bool = False
    plain: bool = False  # linear text in place of a drawn screen
    passphrase_file: Path | None = None
    quick: bool = False  # the wizard leads straight to the policies
    opens: tuple[str, str] = ("", "")  # service and policy that a quick edit opens, "" for none

    @property
    def place(self) -> str:
        """The key of the cloud that is meant: the folder below `folder` that belongs to it."""
        return "practice" if self.practice else "global"

    @property
    def folder(self) -> Path:
        """The state folder: `--state-dir`, or the place the operating system keeps state in."""
        return self.state_dir or default_folder()


def default_folder() -> Path:
    """On Linux without importing platformdirs: the first frame waits for this (XDG base directories 0.8)."""
    named = os.environ.get("M365BACKUP_TUI_STATE_DIR")
    if named:
        return Path(named)
    if os.name == "posix" and os.uname().sysname == "Linux":
        base = os.environ.get("XDG_STATE_HOME", "")
        return (Path(base) if base else Path.home() / ".local" / "state") / "m365backup-tui"
    import platformdirs

    # Never the roaming folder: tokens and locks belong to this machine (auth.md 3.7).
    return Path(platformdirs.user_state_dir("m365backup-tui", appauthor=False))
