"""Faults of signing in: A and A1 to A7 of reference/reliability-and-peers.md §6.4.

Where one shows is for its operation to say: A3 with "sign in" blocks at the browser and leaves the
terminal waiting, with "get token" it blocks there, with "entra" at both. A2 with "entra" refuses
Azure tokens; with "arm" Azure itself challenges every write (auth.py).

A6 (keyring absent, locked, corrupt cache) and A7 (two accounts cached) happen on the client's
machine. What a server can show of them, and does: with A6 no refresh token is known here, with A7 a
sign-in ends as another person than the one who was chosen, so that a client has two in its cache.
"""

from typing import NamedTuple

from aiohttp import web

from m365backup_tui.practice.entra import challenges, devices
from m365backup_tui.practice.entra.asking import Request
from m365backup_tui.practice.entra.refusals import REFUSALS, aadsts
from m365backup_tui.practice.entra.scopes import GRAPH
from m365backup_tui.practice.entra.sessions import Session
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.faults.operations import strikes as meant
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import tenant_of


def numbered(number: int) -> OAuthError:
    """The refusal of this number, with the claims that come with it."""
    known = REFUSALS.get(number)
    claims = challenges.policy_claims() if known is not None and known.by_policy else None
    return aadsts(number, claims=claims)


def anywhere(request: web.Request) -> None:
    """A, for any request that may fail with an AADSTS number. Raises OAuthError."""
    fault = tenant_of(request).faults.due("A", request)
    if fault is not None:
        raise numbered(int(fault.get("aadsts", 50126)))


def at_browser(request: web.Request) -> None:
    """A and A3 at the page where a person signs in. Raises OAuthError."""
    anywhere(request)
    _blocked(request)


def at_device_poll(request: web.Request) -> None:
    """A1: what a poll for a device code hears instead. Raises OAuthError."""
    fault = tenant_of(request).faults.due("A1", request)
    if fault is None:
        return
    match fault.get("variant", "slow_down"):
        case "pending":
            raise aadsts(70016)
        case "expired":
            raise aadsts(70019)
        case "declined":
            raise devices.declined()
        case _:
            raise devices.slow_down()


def at_refresh(request: web.Request) -> None:
    """A5 and A6: the kept sign-in no longer works. Raises OAuthError."""
    faults = tenant_of(request).faults
    fault = faults.due("A5", request)
    if fault is not None:
        raise numbered(50173)
    if faults.due("A6", request) is not None:
        raise aadsts(70000, "The refresh token is not known for this application.")


def before_refresh(request: web.Request, asked: Request, session: Session) -> None:
    """A3, and A2 where Azure wants a second factor that the sign-in did not have.

    Raises OAuthError.
    """
    _blocked(request)
    if asked.resource == GRAPH or session.second_factor:
        return
    if tenant_of(request).faults.due("A2", request) is not None:
        raise numbered(50076)


class Turned(NamedTuple):
    """What else is true of somebody who signs in, just before tokens are given.

    `factor`: they passed a second factor because Azure wants one (A2: the page would have asked).
    `foreign`: the account turns out to be another tenant's (A4). `other`: who it is instead (A7).
    """

    factor: bool
    foreign: bool
    other: Persona | None


def before_sign_in(request: web.Request, asked: Request) -> Turned:
    """A2, A4 and A7 where somebody signs in. Raises OAuthError for A3."""
    _blocked(request)
    faults = tenant_of(request).faults
    # Only where A2 is about getting tokens: with "arm" Azure asks later, and no page asked before.
    wanted = faults.on("A2")
    asks = wanted is not None and meant(wanted["operation"], request.method, request.path)
    factor = asked.resource != GRAPH and asks
    foreign = faults.due("A4", request) is not None
    other = faults.due("A7", request)
    people = tenant_of(request).personas
    return Turned(factor, foreign, people.by_key(str(other["persona"])) if other else None)


def _blocked(request: web.Request) -> None:
    if tenant_of(request).faults.due("A3", request) is not None:
        raise numbered(53003)
