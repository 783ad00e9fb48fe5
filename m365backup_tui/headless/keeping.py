"""`signin --keep`: where the sign-in is kept, chosen in one line; the same move as on the wizard's page (key K)."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.session import HomeOffer, KeptIn
from m365backup_tui.headless.interruptible import interruptible
from m365backup_tui.headless.passphrase_file import read_passphrase
from m365backup_tui.headless.sitting import SomebodyMustAct, Usage
from m365backup_tui.parsing import listed
from m365backup_tui.work import sign_in

if TYPE_CHECKING:
    from m365backup_tui.headless.sitting import Sitting

NOBODY_IN_MEMORY = (
    "From now on no sign-in is kept on this host. Nobody was signed in, and nobody is asked to: it would end with this "
    "command."
)


async def must_be_offered(sitting: Sitting, where: KeptIn) -> None:
    """Before anybody is asked for anything. Raises Usage where this host has no such place, or nobody can say the
    passphrase; CloudError. Takes up to three seconds where a keyring does not answer."""
    if where is KeptIn.PASSPHRASE and not (sitting.options.passphrase_file or sitting.may_ask):
        raise Usage(
            "--keep passphrase: there is no terminal to ask for the passphrase on. Name a file whose first line it is "
            "with --passphrase-file."
        )
    state = await sitting.do(sign_in.list_homes(sitting.tools))
    if state.homes.error is not None:
        raise state.homes.error
    if why := _why_not(where, state.homes.value or ()):
        there = [str(one.kept_in) for one in state.homes.value or () if not one.why_not]
        raise Usage(f"--keep {where}: {why} This host offers {listed(there)}.")


def new_passphrase(sitting: Sitting, where: KeptIn) -> str:
    """The passphrase to keep the sign-in with: from `--passphrase-file`, or typed twice and not shown; "" for a place
    that has none. Raises Usage for a file of no use, SomebodyMustAct where it was not typed."""
    if where is not KeptIn.PASSPHRASE:
        return ""
    from m365backup_tui.cloud.passphrase import RULE, rule_broken

    if (file := sitting.options.passphrase_file) is not None:
        passphrase = read_passphrase(file, os.environ)
        if rule := rule_broken(passphrase):
            raise Usage(f"--passphrase-file {file}: its first line is no passphrase. {rule}")
        return passphrase
    sitting.say(f"{RULE} Nobody can recover a forgotten one: you sign in anew.")
    while True:
        first = _typed("New passphrase: ")
        if rule := rule_broken(first):
            sitting.say(rule)
        elif first != _typed("Once more: "):
            sitting.say("The two are not the same.")
        else:
            return first


async def keep(sitting: Sitting, where: KeptIn, passphrase: str) -> None:
    """Moves what is kept and writes the choice down, for the next commands too. Raises CloudError; then all is as it
    was."""
    state = await sitting.do(sign_in.keep_in(sitting.tools, where, passphrase))
    home = state.token_home
    if home.error is not None:
        raise home.error
    if home.value is not None and home.value.kept_in is not where:
        raise Rejected(f"The sign-in is not kept there. {home.value.why}")


def _why_not(where: KeptIn, offers: tuple[HomeOffer, ...]) -> str:
    for offer in offers:
        if offer.kept_in is where:
            return offer.why_not
    return "Only Linux has such a place."  # the one that is not offered everywhere


def _typed(question: str) -> str:
    try:
        with interruptible():
            return getpass.getpass(question, sys.stderr)
    except EOFError:
        raise SomebodyMustAct("No passphrase was chosen. Nothing was changed.") from None
