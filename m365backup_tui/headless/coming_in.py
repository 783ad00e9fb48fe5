"""A new sign-in without a screen: the code or the address is told, and then waited for."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import BrowserSignIn, Way
from m365backup_tui.headless.sitting import Usage
from m365backup_tui.work import sign_in

if TYPE_CHECKING:
    from m365backup_tui.domain.session import Persona
    from m365backup_tui.headless.sitting import Sitting
    from m365backup_tui.ports import StandIn

_LOOK_SECONDS = 0.1


async def come_in(
    sitting: Sitting,
    needs: CloudError | None = None,
    way: Way | None = None,
    *,
    another: bool = False,
) -> None:
    """Until somebody has signed in; practising with --yes, a persona. Asks nothing where there is no terminal: then
    nobody is signed in afterwards. Raises CloudError."""
    stand_in = sitting.tools.stand_in
    plays = stand_in if sitting.options.yes else None
    if plays is None and not sitting.may_ask:
        return
    kept = sitting.tools.identity.settings.way
    by_browser = (way or kept or Way.CODE) is Way.BROWSER
    start = sign_in.sign_in_by_browser if by_browser else sign_in.sign_in
    waiting = asyncio.create_task(sitting.do(start(sitting.tools, needs, another=another)))
    told = False
    try:
        while not waiting.done():
            state = sitting.state
            if by_browser and state.browser.value is not None and not told:
                told = True
                await _tell_address(sitting, state.browser.value, plays)
            elif not by_browser and state.device_code.value is not None and not told:
                told = True
                code = state.device_code.value
                if plays is not None:
                    person = _persona(sitting, plays)
                    sitting.say(
                        f"PRACTICE: {person.name} types the code {code.grouped} and approves."
                    )
                    await plays.approve(code.user_code, person.key)
                else:
                    sitting.say(
                        f"Open {code.verification_uri} in a browser and type {code.grouped}."
                    )
            await asyncio.wait({waiting}, timeout=_LOOK_SECONDS)
        await waiting
    finally:
        waiting.cancel()  # of no effect once it is done; a question of ours may have failed
    slot = sitting.state.browser if by_browser else sitting.state.device_code
    if slot.error is not None:
        raise slot.error


async def _tell_address(sitting: Sitting, begun: BrowserSignIn, plays: StandIn | None) -> None:
    if plays is not None:
        person = _persona(sitting, plays)
        sitting.say(f"PRACTICE: {person.name} opens the address in a browser and signs in.")
        await sitting.do(sign_in.play_person(sitting.tools, begun, person.key))
        return
    sitting.say(f"Open this address in a browser:\n\n{begun.url}\n")
    where = begun.why_not_listening or (
        f"The browser comes back to port {begun.port} of this host. From another computer that works with "
        f"ssh -L {begun.port}:localhost:{begun.port}."
    )
    sitting.say(f"{where}\nOr paste the address at which the browser ended, and press Enter.")
    _read_lines(asyncio.get_running_loop(), lambda line: _pasted(sitting, begun, line))


_pasting: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish


def _pasted(sitting: Sitting, begun: BrowserSignIn, line: str) -> None:
    task = asyncio.create_task(_paste(sitting, begun, line))
    _pasting.add(task)
    task.add_done_callback(_pasting.discard)


async def _paste(sitting: Sitting, begun: BrowserSignIn, line: str) -> None:
    await sitting.do(sign_in.paste(sitting.tools, begun, line))
    if (error := sitting.state.pasted.error) is not None:
        sitting.say(error.what)


def _read_lines(loop: asyncio.AbstractEventLoop, hear: Callable[[str], None]) -> None:
    """On a daemon thread: a read from a terminal cannot be ended, and must not keep the command from ending."""

    def read() -> None:
        for line in sys.stdin:
            if loop.is_closed():
                return
            if line.strip():
                loop.call_soon_threadsafe(hear, line)

    threading.Thread(target=read, name="pasted addresses", daemon=True).start()


def _persona(sitting: Sitting, stand_in: StandIn) -> Persona:
    """Who plays: the one named with --account, the one signed in already, else the first."""
    people = stand_in.personas()
    mine = sitting.state.signed_in.account.username if sitting.state.signed_in else ""
    wanted = sitting.plays or mine
    found = next((p for p in people if p.username.casefold() == wanted.casefold()), None)
    if found is None and sitting.plays:
        names = ", ".join(p.username for p in people)
        raise Usage(f"Nobody in the practice tenant is called {sitting.plays}. It has {names}.")
    return found or people[0]
