"""Compose the wizard for a terminal and run it: state, store, wizard, session, app."""

from __future__ import annotations

import asyncio
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from m365backup_tui.app import BackupApp
from m365backup_tui.options import Options
from m365backup_tui.session import CannotStart, Session
from m365backup_tui.state import Place, State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store
from m365backup_tui.terminal.profile import TerminalProfile
from m365backup_tui.wizard import Wizard

if TYPE_CHECKING:
    from m365backup_tui.keeper import Keeper
    from m365backup_tui.seen_keeper import SeenKeeper


def show(options: Options, profile: TerminalProfile, make: type[BackupApp] = BackupApp) -> int:
    """Runs until the person leaves. Exit codes as the command-line page promises."""
    first = State(
        at=StepId.SIGN_IN if options.quick else StepId.WELCOME,
        started=options.quick,
        quick=options.quick,
        wanted=options.opens,
        place=Place(
            key=options.place,
            label="PRACTICE" if options.practice else "",
            stand_in=options.practice,
        ),
    )
    if options.quick:
        from m365backup_tui.last_seen_start import first_state

        first = first_state(options, first)
    store = Store(first)
    wizard = Wizard(store)
    failed: list[str] = []

    def stop(why: str) -> None:
        """Told on the ordinary screen, after the terminal was given back."""
        failed.append(why)
        app.exit(return_code=1)

    session = Session(options, wizard, "the wizard", alone=True, on_lost=stop)
    keepers: list[Keeper | SeenKeeper] = []

    async def opened() -> None:
        from m365backup_tui.keeper import Keeper
        from m365backup_tui.seen_keeper import SeenKeeper

        folder = options.folder / options.place
        keepers.extend((Keeper(store, folder / "progress.json"), SeenKeeper(store, folder)))
        try:
            await session.open()
        except CannotStart as error:
            stop(str(error))  # without a cloud there is nothing to show

    app = make(wizard, profile, opened=opened)
    app.crash_folder = options.folder / "crashes"
    store.report_crashes_to(app.crashed)
    code = 0
    try:
        asyncio.run(_run(app, session, keepers, mouse=profile.mouse))
    except Exception as error:  # on the way in or out, where no screen can tell of it
        from m365backup_tui.terminal.crash import sentence, write_report

        failed.append(sentence(write_report(error, app.crash_folder)))
        code = 1
    failed += [trouble for keeper in keepers if (trouble := getattr(keeper, "trouble", ""))]
    for text in failed:
        print(wrapped(text), file=sys.stderr)
    return app.return_code or code


def wrapped(text: str) -> str:
    """`text` in lines that break between words, each no wider than the terminal."""
    width = min(shutil.get_terminal_size().columns, 100)
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )


async def _run(
    app: BackupApp, session: Session, keepers: list[Keeper | SeenKeeper], *, mouse: bool
) -> None:
    try:
        await app.run_async(mouse=mouse)
    finally:
        for keeper in keepers:
            await keeper.flush()
        await app.finish()
        await session.close()
