"""A permission that nobody has granted yet: who can, at which address, as the wizard's page of consent tells it."""

from __future__ import annotations

from m365backup_tui.domain.consent import WHO_CONSENTS, HandOff
from m365backup_tui.domain.errors import CloudError, ConsentNeeded
from m365backup_tui.events import HAND_OFF, Arrived
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct
from m365backup_tui.work import consent


async def asked_for(sitting: Sitting, error: ConsentNeeded) -> Exception:
    """What ends the command: with the address where it can be made out, else the error itself. Asks nobody."""
    if not error.scopes:
        return error
    try:
        events = [e async for e in consent.prepare(sitting.tools, error.scopes)]
    except CloudError:
        return error
    found = next((e.value for e in events if isinstance(e, Arrived) and e.slot is HAND_OFF), None)
    return SomebodyMustAct(words(error, found)) if found else error


def words(error: ConsentNeeded, hand_off: HandOff) -> str:
    """What is lacking, who can grant it, and where."""
    lines = [
        error.what,
        f"{WHO_CONSENTS[0].upper()}{WHO_CONSENTS[1:]} can grant it to “{hand_off.application}”:",
        *(f"  {one.name}: {one.why}" for one in hand_off.permissions),
        "Open this address, sign in, compare the permissions and accept; then run the command again:",
        hand_off.link,
    ]
    return "\n".join(lines)
