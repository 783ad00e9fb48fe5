"""A kept sign-in that a passphrase opens: asked for on the terminal, where what is typed is not shown."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from m365backup_tui.headless.interruptible import interruptible
from m365backup_tui.headless.sitting import SomebodyMustAct
from m365backup_tui.work import sign_in

if TYPE_CHECKING:
    from m365backup_tui.headless.sitting import Sitting


async def locked(sitting: Sitting) -> bool:
    """Whether a sign-in is kept that nobody has opened yet."""
    return (await sitting.tools.identity.token_home()).locked


async def unlock(sitting: Sitting) -> None:
    """Nothing where nothing is locked. Raises SomebodyMustAct where it stays so; the kept file stays in any case."""
    while await locked(sitting):
        if not sitting.may_ask:
            raise SomebodyMustAct(
                "The sign-in kept on this host opens with your passphrase, and nobody can be asked for it here: run "
                "this on a terminal."
            )
        typed = _ask()
        await sitting.do(sign_in.unlock(sitting.tools, typed))
        home = sitting.state.token_home
        if home.error is not None:
            raise home.error
        if home.value is not None and sitting.state.signed_in is None:
            sitting.say(home.value.why)


def _ask() -> str:
    try:
        with interruptible():
            return getpass.getpass("Passphrase of the kept sign-in: ", sys.stderr)
    except EOFError:
        raise SomebodyMustAct("The kept sign-in stays locked.") from None
