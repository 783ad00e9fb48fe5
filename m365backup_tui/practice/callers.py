"""Who sent a request, for the log and for counting: also when it was refused before its handler."""

from dataclasses import dataclass

import jwt
from aiohttp import web

from m365backup_tui.practice.auth import CALLER_KEY
from m365backup_tui.practice.tenant import tenant_of


@dataclass(frozen=True, slots=True)
class Who:
    """Person (object id and persona key) and client behind a request, and the scopes held."""

    oid: str
    client_id: str
    persona: str | None
    scopes: tuple[str, ...]


def who_calls(request: web.Request) -> Who | None:
    """The caller, None without a token that was issued here. Judges nothing and raises nothing."""
    known = request.get(CALLER_KEY)
    if known is not None:
        return Who(known.oid, known.client_id, known.persona.key, tuple(sorted(known.scopes)))
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    tenant = tenant_of(request)
    try:
        claims = tenant.signer.read(token.strip())
    except jwt.PyJWTError:
        return None
    persona = tenant.personas.by_oid(str(claims.get("oid", "")))
    return Who(
        str(claims.get("oid", "")),
        str(claims.get("appid", "")),
        persona.key if persona else None,
        tuple(sorted(str(claims.get("scp", "")).split())),
    )
