"""Compose the wizard for a terminal and run it: state, store, wizard, session, app."""

from __future__ import annotations

from m365backup_tui.app import BackupApp
from m365backup_tui.options import Options
from m365backup_tui.session import Session
from m365backup_tui.state import Place, State
from m365backup_tui.store import Store
from m365backup_tui.terminal.profile import TerminalProfile
from m365backup_tui.wizard import Wizard


def show(options: Options, profile: TerminalProfile) -> int:
    """Runs until the person leaves. Exit codes as the command-line page promises."""
    label = "PRACTICE" if options.practice else ""
    store = Store(State(place=Place(label=label, stand_in=options.practice)))
    wizard = Wizard(store)
    session = Session(options, wizard)
    app = BackupApp(wizard, profile, opened=session.open, closing=session.close)
    return app.run(mouse=profile.mouse) or 0
