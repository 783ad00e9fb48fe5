"""Sign-in sessions: who signed in to which client and how, refresh tokens, and revoking.

A refresh token is bound to person and client, not to a resource; it lasts 90 days, is replaced at
every use, and the older one stays good (reference/auth.md §1.7).
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant

REFRESH_LIFE = timedelta(days=90)
REFRESH_BYTES = 1270  # 1.7 kB of text (reference/auth.md §3.5)
REFRESH_KEPT = 200
SESSIONS_KEPT = 500
REVOKED_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `second_factor`: multifactor authentication was part of it.

    `scope`: what was asked for last, for a refresh that names no scopes.
    """

    id: str
    persona: Persona
    client_id: str
    second_factor: bool = False
    scope: str = ""


def seconds(tenant: Tenant) -> int:
    """Now on the service's clock, since 1970: real time, as clients check tokens against theirs.

    The tenant's own clock may be far ahead; only fault T12 puts this one wrong.
    """
    skew = tenant.faults.on("T12")
    return int(tenant.clock.real().timestamp()) + (int(skew.get("skew", 0)) if skew else 0)


def start(tenant: Tenant, persona: Persona, client_id: str, second_factor: bool = False) -> Session:
    """The session of somebody who has just signed in."""
    session = Session(str(uuid.uuid4()), persona, client_id, second_factor)
    known = tenant.data["entra"]["sessions"]
    known[session.id] = persona.oid
    while len(known) > SESSIONS_KEPT:
        del known[next(iter(known))]
    tenant.state.touch(f"{persona.key} signed in")
    return session


def refresh_token(tenant: Tenant, session: Session, scope: str) -> str:
    """A new refresh token of this session, as long as Entra's; `scope` is what it was given for."""
    tokens: dict[str, Any] = tenant.data["entra"]["refresh_tokens"]
    token = "1.A" + secrets.token_urlsafe(REFRESH_BYTES)
    tokens[token] = {
        "session": session.id,
        "client_id": session.client_id,
        "oid": session.persona.oid,
        "second_factor": session.second_factor,
        "scope": scope,
        "expires": to_iso(tenant.clock.now() + REFRESH_LIFE),
    }
    while len(tokens) > REFRESH_KEPT:
        del tokens[next(iter(tokens))]
    tenant.state.touch(f"refresh token for {session.persona.key}")
    return token


def redeem(tenant: Tenant, client_id: str, token: str) -> Session:
    """The session of a refresh token.

    Raises AADSTS70000 when it is unknown or another client's, 50173 when it was revoked, 700082
    when its 90 days are over.
    """
    stored = tenant.data["entra"]["refresh_tokens"].get(token)
    persona = tenant.personas.by_oid(stored["oid"]) if stored else None
    if stored is None or persona is None or stored["client_id"] != client_id:
        raise aadsts(70000, "The refresh token is not known for this application.")
    if stored["session"] in tenant.data["entra"]["revoked"]:
        raise aadsts(50173)
    if tenant.clock.reached(stored["expires"]):
        raise aadsts(700082)
    factor, scope = stored["second_factor"], stored.get("scope", "")
    return Session(stored["session"], persona, client_id, factor, scope)


def revoke(tenant: Tenant, persona: Persona) -> None:
    """End every session of this person, as revokeSignInSessions does.

    At once; Graph's page allows for a delay of minutes.
    """
    entra = tenant.data["entra"]
    now = to_iso(tenant.clock.real())
    for area in ("sessions", "browsers"):
        for session in [key for key, oid in entra[area].items() if oid == persona.oid]:
            del entra[area][session]
            if area == "sessions":
                entra["revoked"][session] = now
    while len(entra["revoked"]) > REVOKED_KEPT:
        del entra["revoked"][next(iter(entra["revoked"]))]
    tenant.state.touch(f"sign-in sessions of {persona.key} revoked")


def is_revoked(tenant: Tenant, claims: dict[str, Any]) -> bool:
    """Whether the session an access token comes from was revoked."""
    return claims.get("sid") in tenant.data["entra"]["revoked"]


def revoked_at(tenant: Tenant, claims: dict[str, Any]) -> int:
    """When, in seconds since 1970. Only for a token that `is_revoked`."""
    return int(from_iso(tenant.data["entra"]["revoked"][claims["sid"]]).timestamp())
