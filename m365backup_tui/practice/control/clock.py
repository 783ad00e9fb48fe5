"""`/control/clock`: read the tenant's time, move it on, hold it, change the pace of waits."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from m365backup_tui.practice.clock import PracticeClock, check_pace, parse_duration
from m365backup_tui.practice.control.bodies import read_object
from m365backup_tui.practice.tenant import tenant_of

_KNOWN = ("advance", "at", "hold", "pace")


def add_clock_routes(app: web.Application) -> None:
    """Register the clock."""
    app.router.add_route("GET", "/control/clock", _get_clock)
    app.router.add_route("POST", "/control/clock", _post_clock)


async def _get_clock(request: web.Request) -> web.Response:
    """The tenant's time, the pace of its waits, and whether time is held."""
    return web.json_response(_shown(tenant_of(request).clock))


async def _post_clock(request: web.Request) -> web.Response:
    """Move time on: {"advance": "PT15M"} or {"at": MOMENT}; {"hold": true}; {"pace": 300}."""
    tenant = tenant_of(request)
    body = await read_object(request)
    if set(body) - set(_KNOWN):
        raise ValueError(
            "The clock takes advance (a duration), at (a moment), hold (true or false) and pace "
            "(a number)."
        )
    clock, pace = tenant.clock, check_pace(body.get("pace", tenant.clock.pace))
    hold = body.get("hold", clock.held)
    if not isinstance(hold, bool):
        raise ValueError("hold is true or false.")
    if "advance" in body and "at" in body:
        raise ValueError("Give either advance or at.")
    # Only a move can still be refused, so it comes before anything is changed.
    if "advance" in body:
        clock.advance(parse_duration(str(body["advance"])))
        tenant.state.touch("clock advanced")
    at = _moment(str(body["at"])) if "at" in body else None
    if at is not None:
        clock.set_to(at)
        tenant.state.touch("clock set")
    if hold != clock.held:
        if hold:
            clock.hold(at)
        else:
            clock.let_go()
        tenant.state.touch("clock held" if hold else "clock let go")
    if "pace" in body:
        tenant.data["clock"]["pace"] = pace
        tenant.state.touch("pace set")
    return web.json_response(_shown(clock))


def _shown(clock: PracticeClock) -> dict[str, Any]:
    return {"now": clock.now_iso(), "pace": clock.pace, "held": clock.held}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a moment such as 2026-12-01T09:00:00Z.") from None
