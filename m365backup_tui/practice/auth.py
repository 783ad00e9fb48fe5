"""Who is calling: reads the bearer token of a Graph or Azure Resource Manager request."""

from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web

from m365backup_tui.practice.entra import challenges, sessions
from m365backup_tui.practice.errors import ApiError, ArmError, GraphError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant, tenant_of

GRAPH_AUDIENCES = ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000")
# az asks for the older audience, with a doubled slash in its scope (reference/azure.md §4.6).
ARM_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
ARM_SCOPE = "user_impersonation"
WRITES = frozenset({"PUT", "POST", "PATCH", "DELETE"})
# Graph has one code for every token it refuses; Azure names the reason. The first two:
# reference/azure.md §2.2; the others as public logs have them. All paired with 401: UNVERIFIED.
NOT_VALID = "InvalidAuthenticationToken"
OTHER_TENANT = "InvalidAuthenticationTokenTenant"
ABSENT = "AuthenticationFailed"
NO_BEARER = "AuthenticationFailedInvalidHeader"
TOO_OLD = "ExpiredAuthenticationToken"
OTHER_AUDIENCE = "InvalidAuthenticationTokenAudience"


@dataclass(frozen=True, slots=True)
class Caller:
    """The person and the client behind a request. `scopes` are names such as `User.Read`.

    `used` fills with the scopes that let the request through, in the order they were needed. There
    are no application-only callers: the practice Entra has no client credentials (entra/grants.py).
    """

    persona: Persona
    scopes: frozenset[str]
    client_id: str
    oid: str
    tid: str
    used: list[str] = field(default_factory=list, compare=False)


CALLER_KEY = web.RequestKey("practice_caller", Caller)


def caller(request: web.Request, audience: str = "graph") -> Caller:
    """The caller of a "graph" or "arm" request; raises 401 in that service's shape.

    Asked again in the same request, the answer is the same: a request has one service.
    """
    found = request.get(CALLER_KEY)
    if isinstance(found, Caller):
        return found
    tenant = tenant_of(request)
    claims = _claims(request, audience, tenant)
    persona = tenant.personas.by_oid(str(claims.get("oid", "")))
    if persona is None or claims.get("tid") != tenant.company.tenant_id:
        message = "The access token names nobody of this tenant."
        raise _refused(tenant, audience, message, code=OTHER_TENANT)
    known = Caller(
        persona=persona,
        scopes=frozenset(str(claims.get("scp", "")).split()),
        client_id=str(claims.get("appid", "")),
        oid=persona.oid,
        tid=str(claims.get("tid", "")),
    )
    request[CALLER_KEY] = known
    if sessions.is_revoked(tenant, claims) and challenges.understands(claims):
        # Only clients that declare cp1 are sent a challenge; with the others a token stays good
        # until its time is over (reference/auth.md §1.8).
        challenge = challenges.after_revocation(tenant, claims)
        raise _refused(
            tenant,
            audience,
            "The sign-in was revoked; ask for a new token.",
            "insufficient_claims",
            challenge,
        )
    if audience == "arm":
        _check_arm(request, tenant, claims, known)
    return known


def require_scopes(who: Caller, *any_of: str) -> None:
    """403 in Graph's shape unless the token carries one of these delegated scopes.

    The first of them that it carries is noted as used, so name the least first.
    """
    used = next((scope for scope in any_of if scope in who.scopes), None)
    if used is None:
        raise GraphError(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    if used not in who.used:
        who.used.append(used)


def scopes_used(request: web.Request) -> tuple[str, ...]:
    """The scopes that let this request through; empty for one that was refused before."""
    who = request.get(CALLER_KEY)
    return tuple(who.used) if isinstance(who, Caller) else ()


def _claims(request: web.Request, audience: str, tenant: Tenant) -> dict[str, Any]:
    header = request.headers.get("Authorization", "").strip()
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        code = NO_BEARER if header else ABSENT
        raise _refused(tenant, audience, "The request carries no access token.", code=code)
    try:
        claims = tenant.signer.read(token.strip(), sessions.seconds(tenant))
    except jwt.ExpiredSignatureError:
        message = "The access token's lifetime is over."
        raise _refused(tenant, audience, message, code=TOO_OLD) from None
    except jwt.PyJWTError:
        raise _refused(
            tenant, audience, "The access token cannot be read or was not issued here."
        ) from None
    accepted = GRAPH_AUDIENCES if audience == "graph" else ARM_AUDIENCES
    if str(claims.get("aud", "")).rstrip("/") not in accepted:
        message = f"The access token is for {claims.get('aud')}, not for this service."
        raise _refused(tenant, audience, message, code=OTHER_AUDIENCE)
    return claims


def _check_arm(request: web.Request, tenant: Tenant, claims: dict[str, Any], who: Caller) -> None:
    # Azure's one delegated scope; that a token without it gets 401 is a choice.
    if ARM_SCOPE not in who.scopes:
        raise _refused(tenant, "arm", f"The access token lacks the scope {ARM_SCOPE}.")
    who.used.append(ARM_SCOPE)
    if request.method not in WRITES or challenges.has_second_factor(claims):
        return
    if tenant.faults.due("A2", request) is not None:
        challenge = challenges.second_factor_for_azure()
        raise _refused(
            tenant,
            "arm",
            "Users must sign in with multifactor authentication to create, change or delete.",
            "insufficient_claims",
            challenge,
        )


def _refused(
    tenant: Tenant,
    audience: str,
    message: str,
    error: str = "invalid_token",
    challenge: str | None = None,
    code: str = NOT_VALID,
) -> ApiError:
    # The practice Entra's own address, so that a client that follows it stays on this machine.
    authorize = f"{tenant.base_url}/common/oauth2/v2.0/authorize"
    value = f'Bearer realm="", authorization_uri="{authorize}", error="{error}"'
    if challenge is not None:
        value += f', claims="{challenge}"'
    headers = {"WWW-Authenticate": value}
    if audience == "graph":
        return GraphError(401, NOT_VALID, message, headers=headers)
    return ArmError(401, code, message, headers=headers)
