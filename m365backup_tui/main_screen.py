"""Compose the wizard for a terminal and run it: state, store, wizard, session, app."""

from __future__ import annotations

import asyncio
import sys
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


def show(options: Options, profile: TerminalProfile) -> int:
    """Runs until the person leaves. Exit codes as the command-line page promises."""
    store = Store(
        State(
            at=StepId.SIGN_IN if options.quick else StepId.WELCOME,
            started=options.quick,
            quick=options.quick,
            place=Place(
                key=options.place,
                label="PRACTICE" if options.practice else "",
                stand_in=options.practice,
            ),
        )
    )
    wizard = Wizard(store)
    session = Session(options, wizard, "the wizard", alone=True)
    failed: list[str] = []

    keepers: list[Keeper] = []

    async def opened() -> None:
        from m365backup_tui.keeper import Keeper

        keepers.append(Keeper(store, options.folder / options.place / "progress.json"))
        try:
            await session.open()
        except CannotStart as error:
            # Without a cloud there is nothing to show: say why on the ordinary screen, not in a box.
            failed.append(str(error))
            app.exit(return_code=1)

    app = BackupApp(wizard, profile, opened=opened)
    app.crash_folder = options.folder / "crashes"
    store.report_crashes_to(app.crashed)
    asyncio.run(_run(app, session, keepers, mouse=profile.mouse))
    failed += [keeper.trouble for keeper in keepers if keeper.trouble]
    for line in failed:
        print(line, file=sys.stderr)
    return app.return_code or 0


async def _run(app: BackupApp, session: Session, keepers: list[Keeper], *, mouse: bool) -> None:
    try:
        await app.run_async(mouse=mouse)
    finally:
        for keeper in keepers:
            await keeper.flush()
        await app.finish()
        await session.close()
