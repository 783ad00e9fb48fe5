"""The bad days that `--scenario` takes. The practice tenant knows them; it is a program of its own, so it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from m365backup_tui.parsing import nearest


def names() -> list[str]:
    """Every name, as `practice scenarios` lists them. Takes half a second; [] where that does not run."""
    done = subprocess.run(
        [sys.executable, "-m", "m365backup_tui.practice", "scenarios"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={name: value for name, value in os.environ.items() if name != "_ARGCOMPLETE"}
        | {"PYTHONIOENCODING": "utf-8"},
    )
    return [line.split()[0] for line in done.stdout.splitlines() if line.strip()]


def unknown(wanted: Sequence[str]) -> str:
    """A sentence on the first one that nobody knows, "" where all are known."""
    known = names()
    wrong = next((name for name in wanted if known and name not in known), None)
    if wrong is None:
        return ""
    # Those with a name of their own; the others are ids of single faults.
    told = ", ".join(name for name in known if not name[:1].isupper())
    return (
        f"There is no scenario {wrong}.{nearest(wrong, known)} There are {told}; "
        "`m365backup-tui practice scenarios` lists them all and says what they do."
    )
