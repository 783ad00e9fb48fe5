"""Who is calling: reads the bearer token of a Graph or Azure Resource Manager request."""

from dataclasses import dataclass

import jwt
from aiohttp import web

from m365backup_tui.practice.errors import ApiError, ArmError, GraphError
from m365backup_tui.practice.personas import Persona, persona_by_oid
from m365backup_tui.practice.tenant import tenant_of

GRAPH_AUDIENCES = ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000")
# az asks for the older audience, with a doubled slash in its scope (reference/azure.md §4.6).
ARM_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")

CALLER_KEY = "practice_caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """The person and the client behind a request. `scopes` are names such as `User.Read`."""

    persona: Persona
    scopes: frozenset[str]
    client_id: str
    oid: str
    tid: str


def caller(request: web.Request, audience: str = "graph") -> Caller:
    """The caller of a "graph" or "arm" request; raises 401 in that service's shape."""
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _refused(audience, "The request carries no access token.")
    try:
        claims = tenant_of(request).signer.read(token.strip())
    except jwt.ExpiredSignatureError:
        raise _refused(audience, "The access token's lifetime is over.") from None
    except jwt.PyJWTError:
        raise _refused(
            audience, "The access token cannot be read or was not issued here."
        ) from None
    accepted = GRAPH_AUDIENCES if audience == "graph" else ARM_AUDIENCES
    if str(claims.get("aud", "")).rstrip("/") not in accepted:
        raise _refused(
            audience, f"The access token is for {claims.get('aud')}, not for this service."
        )
    persona = persona_by_oid(str(claims.get("oid", "")))
    if persona is None:
        raise _refused(audience, "The access token names nobody of this tenant.")
    known = Caller(
        persona=persona,
        scopes=frozenset(str(claims.get("scp", "")).split()),
        client_id=str(claims.get("appid", "")),
        oid=persona.oid,
        tid=str(claims.get("tid", "")),
    )
    request[CALLER_KEY] = known
    return known


def require_scopes(who: Caller, *any_of: str) -> None:
    """403 in Graph's shape unless the token carries one of these delegated scopes."""
    if not who.scopes.intersection(any_of):
        raise GraphError(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )


def _refused(audience: str, message: str) -> ApiError:
    challenge = {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'}
    if audience == "graph":
        return GraphError(401, "InvalidAuthenticationToken", message, headers=challenge)
    return ArmError(401, "InvalidAuthenticationToken", message, headers=challenge)
