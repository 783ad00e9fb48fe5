"""`signin`, `signout`, `accounts`: the same use cases as the wizard's pages."""

from __future__ import annotations

import argparse
import json
from typing import Any

from m365backup_tui.domain.session import Account, KeptIn, Way
from m365backup_tui.headless import keeping
from m365backup_tui.headless.coming_in import come_in
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.headless.unlocking import unlock
from m365backup_tui.state import Remote
from m365backup_tui.work import accounts as use

# What signing out cannot do (auth.md §5.5, decision D10).
NOT_REVOKED = (
    "Microsoft Entra is not told: what was copied from this host before works on until it is revoked, up to 90 days. "
    "`m365backup-tui signout --everywhere` ends your sign-ins on every device."
)


async def accounts(sitting: Sitting, _: argparse.Namespace) -> int:
    """Who is kept on this host, one a line, the one in use first."""
    await _looked(sitting)
    if sitting.options.passphrase_file or (sitting.may_ask and not sitting.options.json):
        await unlock(sitting)
    kept = await _kept(sitting)
    home = await sitting.tools.identity.token_home()
    if sitting.options.json:
        document = {
            "kept_in": str(home.kept_in),
            "locked": home.locked,
            "why": home.why,
            "accounts": [as_data(one, sitting) for one in kept],
        }
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    for one in kept:
        print("  ".join(_line(one, sitting)))
    sitting.say(home.why if kept or home.locked else "Nobody is signed in on this host.")
    return 0


async def signin(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0 when somebody is signed in afterwards and that is kept; 3 when a person has to act first. With `--keep` 2 where
    this host has no such place."""
    await _looked(sitting)
    where = KeptIn(arguments.keep) if arguments.keep else None
    if where is not None:
        await keeping.must_be_offered(sitting, where)
    await unlock(sitting)
    sitting.plays = arguments.account or ""
    passphrase = keeping.new_passphrase(sitting, where) if where is not None else ""
    if where is None:
        await _can_be_kept(sitting)
    elif where is KeptIn.MEMORY and sitting.state.signed_in is None:
        await keeping.keep(sitting, where, passphrase)
        sitting.say(keeping.NOBODY_IN_MEMORY)
        return 0
    state = sitting.state
    if arguments.account and not arguments.another:
        found = await _named(sitting, arguments.account)
        if found is not None and not found.same_as(_mine(sitting)):
            state = await sitting.do(use.switch(sitting.tools, found))
            if state.accounts.error is not None:
                raise state.accounts.error
        elif found is None and sitting.state.signed_in is not None:
            arguments.another = True
    if state.signed_in is None or arguments.another:
        before = _mine(sitting)
        way = Way(arguments.way) if arguments.way else None
        await come_in(sitting, None, way, another=arguments.another)
        if before is not None and before.same_as(_mine(sitting)) and not sitting.may_ask:
            raise _no_terminal()
    account = _mine(sitting)
    if account is None:
        raise _no_terminal()
    if arguments.account and account.username.casefold() != arguments.account.casefold():
        raise SomebodyMustAct(
            f"{account.username} is signed in now, but you named {arguments.account}."
        )
    if where is not None:
        await keeping.keep(sitting, where, passphrase)
    home = await sitting.tools.identity.token_home()
    if sitting.options.json:
        print(json.dumps(as_data(account, sitting) | {"kept_in": str(home.kept_in)}, indent=2))
    sitting.say(f"Signed in as {account.username} ({_organization(account)}). {home.why}")
    return 0


async def signout(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """Forget the account in use, the one named, or everybody; with `--everywhere` at Microsoft Entra too."""
    if arguments.all and (arguments.account or arguments.everywhere):
        raise Usage("`--all` goes with neither `--account` nor `--everywhere`.")
    await _looked(sitting)
    if not arguments.all:
        await unlock(sitting)
    kept = await _kept(sitting)
    account = _mine(sitting)
    if arguments.everywhere:
        account = await sitting.signed_in()
        if arguments.account and account.username.casefold() != arguments.account.casefold():
            raise Usage(
                "`--everywhere` is for who is signed in: `signin --account` goes to another one."
            )
        if account.guest:
            sitting.say(
                "You are a guest in this organization: Entra ends the sign-ins of a guest only at home."
            )
        if not sitting.confirm(f"End every sign-in of {account.username}, on every device?"):
            sitting.say("Nothing was signed out.")
            return 1
        state = await sitting.do(use.sign_out_everywhere(sitting.tools, account))
        if state.accounts.error is not None:
            raise state.accounts.error
        sitting.say(
            f"Microsoft Entra ends every sign-in of {account.username} within minutes. Nothing is kept of it here."
        )
        return _signed_out(sitting, (account,))
    if arguments.account:
        account = await _named(sitting, arguments.account)
        if account is None:
            raise Usage(f"{arguments.account} is not kept on this host; `accounts` lists who is.")
    elif len(kept) > 1 and not arguments.all:
        names = ", ".join(one.username for one in kept)
        raise Usage(
            f"Several accounts are kept here: {names}. Name one with --account, or add --all."
        )
    mine, gone = _mine(sitting), None if arguments.all else account
    if gone is None and not arguments.all and not kept:
        sitting.say("Nobody is signed in on this host.")
        return _signed_out(sitting, ())
    state = await sitting.do(use.sign_out(sitting.tools, gone, mine))
    if state.accounts.error is not None:
        raise state.accounts.error
    who = f"{gone.username} is" if gone else "All accounts are"
    sitting.say(f"{who} signed out on this host. {NOT_REVOKED}")
    return _signed_out(sitting, (gone,) if gone else kept)


def _signed_out(sitting: Sitting, gone: tuple[Account, ...]) -> int:
    if sitting.options.json:
        listed = [as_data(one, sitting) | {"in_use": False} for one in gone]
        print(json.dumps({"signed_out": listed}, indent=2, ensure_ascii=False))
    return 0


def as_data(account: Account, sitting: Sitting) -> dict[str, Any]:
    """One account of the JSON document."""
    return {
        "username": account.username,
        "name": account.name,
        "tenant": {"id": account.tenant_id, "name": account.tenant_name},
        "guest": account.guest,
        "in_use": account.same_as(_mine(sitting)),
    }


def _line(account: Account, sitting: Sitting) -> list[str]:
    words = ["*" if account.same_as(_mine(sitting)) else " ", account.username]
    words.append(_organization(account))
    return [*words, "guest"] if account.guest else words


def _organization(account: Account) -> str:
    return account.tenant_name or account.tenant_id


async def _looked(sitting: Sitting) -> None:
    """The session looks for an account as it opens."""
    if sitting.wizard.found is not None:
        await sitting.wizard.found


async def _kept(sitting: Sitting) -> tuple[Account, ...]:
    listed: Remote[tuple[Account, ...]] = (
        await sitting.do(use.list_accounts(sitting.tools))
    ).accounts
    if listed.error is not None:
        raise listed.error
    return listed.value or ()


async def _named(sitting: Sitting, name: str) -> Account | None:
    """The account of this user name; the one in use where a person is in several organizations."""
    found = [one for one in await _kept(sitting) if one.username.casefold() == name.casefold()]
    mine = _mine(sitting)
    return next((one for one in found if one.same_as(mine)), found[0] if found else None)


async def _can_be_kept(sitting: Sitting) -> None:
    """A sign-in that ends with the command is of no use; practising it is shown all the same."""
    home = await sitting.tools.identity.token_home()
    if home.kept_in is KeptIn.MEMORY and sitting.tools.stand_in is None:
        raise SomebodyMustAct(
            f"{home.why} So it would end with this command: choose where to keep it, for example with "
            "`m365backup-tui signin --keep passphrase`."
        )


def _no_terminal() -> SomebodyMustAct:
    return SomebodyMustAct("Nobody can be asked here: run `m365backup-tui signin` on a terminal.")


def _mine(sitting: Sitting) -> Account | None:
    return sitting.state.signed_in.account if sitting.state.signed_in else None
