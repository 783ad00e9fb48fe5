"""`--plain`: the wizard as linear text. Composes the app without a screen and hands over."""

from __future__ import annotations

import os
from dataclasses import replace

from m365backup_tui.options import Options


def run(options: Options) -> int:
    """Runs until the person leaves; exit codes as those of the drawn wizard. Standard input and output are a terminal
    (cli.py looked)."""
    from m365backup_tui.plain.breaking import broken, terminal_width
    from m365backup_tui.plain.grammar import START

    lines = [piece for line in START for piece in broken(line, terminal_width())]
    print("\n".join(lines), flush=True)  # now: the rest takes a second or two to load
    from m365backup_tui.terminal.profile import prepare_environment

    profile = prepare_environment(os.environ)
    from m365backup_tui.main_screen import show
    from m365backup_tui.plain.app import PlainApp

    return show(options, replace(profile, colour=False, mouse=False, diff=False), PlainApp)
