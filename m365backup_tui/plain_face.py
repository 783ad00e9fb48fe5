"""`--plain`: the wizard as linear text. Composes the app without a screen and hands over."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from m365backup_tui.options import Options

USAGE = 2


def run(options: Options) -> int:
    """Runs until the person leaves; exit codes as those of the drawn wizard."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(
            "Plain mode talks with a person: standard input or output is no terminal. "
            "`m365backup-tui apply FILE --yes` does the same job from a file.",
            file=sys.stderr,
        )
        return USAGE
    from m365backup_tui.plain.grammar import START

    print("\n".join(START), flush=True)  # now: the rest takes a second or two to load
    from m365backup_tui.terminal.profile import prepare_environment

    profile = prepare_environment(os.environ)
    from m365backup_tui.main_screen import show
    from m365backup_tui.plain.app import PlainApp

    return show(options, replace(profile, colour=False, mouse=False, diff=False), PlainApp)
