"""A kept sign-in that a passphrase opens: from `--passphrase-file`, or asked for on the terminal, not shown there."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING

from m365backup_tui.headless.interruptible import interruptible
from m365backup_tui.headless.passphrase_file import read_passphrase
from m365backup_tui.headless.sitting import SomebodyMustAct
from m365backup_tui.work import sign_in

if TYPE_CHECKING:
    from m365backup_tui.headless.sitting import Sitting


async def locked(sitting: Sitting) -> bool:
    """Whether a sign-in is kept that nobody has opened yet."""
    return (await sitting.tools.identity.token_home()).locked


async def unlock(sitting: Sitting) -> None:
    """Nothing where nothing is locked. Raises SomebodyMustAct where it stays so; the kept file stays in any case.
    Raises Usage for a file of the passphrase that cannot be used."""
    if not await locked(sitting):
        return
    file = sitting.options.passphrase_file
    if file is not None:
        await _try(sitting, read_passphrase(file, os.environ))
        if (error := sitting.state.token_home.error) is not None:
            raise error
        if await locked(sitting):
            raise SomebodyMustAct(
                f"The passphrase in {file} does not open the sign-in kept on this host. Put the right one there, or "
                "run `m365backup-tui signin` on a terminal without --passphrase-file."
            )
        return
    while await locked(sitting):
        if not sitting.may_ask:
            raise SomebodyMustAct(
                "The sign-in kept on this host opens with your passphrase, and nobody can be asked for it here: run "
                "this on a terminal, or name a file that holds it with --passphrase-file."
            )
        await _try(sitting, _ask())
        home = sitting.state.token_home
        if home.error is not None:
            raise home.error
        if home.value is not None and sitting.state.signed_in is None:
            sitting.say(home.value.why)


async def _try(sitting: Sitting, passphrase: str) -> None:
    await sitting.do(sign_in.unlock(sitting.tools, passphrase))


def _ask() -> str:
    try:
        with interruptible():
            return getpass.getpass("Passphrase of the kept sign-in: ", sys.stderr)
    except EOFError:
        raise SomebodyMustAct("The kept sign-in stays locked.") from None
