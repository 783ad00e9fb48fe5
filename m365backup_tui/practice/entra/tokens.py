"""Issues access, id and refresh tokens, and decides about consent."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.company_model import TENANT_ID
from m365backup_tui.practice.entra.keys import compact
from m365backup_tui.practice.entra.scopes import BACKUP_PREFIX, GRAPH, GRAPH_CLIENT, Request
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import Persona, persona_by_oid
from m365backup_tui.practice.tenant import Tenant

# Entra draws 60 to 90 minutes for an access token; refresh tokens last 90 days (auth.md §1.7).
ACCESS_SECONDS = (3600, 5400)
REFRESH_LIFE = timedelta(days=90)
REFRESH_KEPT = 200


def consented(tenant: Tenant, client_id: str, asked: Request) -> tuple[str, ...]:
    """The scopes the token will carry: all that were asked for, or with `.default` what is granted.

    Raises 65001 where consent is missing, 65002 where the client may not ask at all.
    """
    if asked.resource != GRAPH:
        if client_id == GRAPH_CLIENT and tenant.scenarios.on("graph-client-no-arm"):
            raise OAuthError(
                "invalid_grant",
                65002,
                "This application is not authorised in advance for Azure Resource Manager.",
            )
        return asked.names
    granted = tenant.data["entra"]["consents"].get(client_id, ["*"])
    missing = [
        name
        for name in asked.names
        if name.lower().startswith(BACKUP_PREFIX)
        and name not in granted
        and ("*" not in granted or tenant.scenarios.on("consent-missing"))
    ]
    if missing and not asked.default:
        raise OAuthError(
            "invalid_grant",
            65001,
            "Neither the user nor an administrator has consented to use the application "
            f"'{client_id}' with {', '.join(missing)}.",
            suberror="consent_required",
        )
    return tuple(name for name in asked.names if name not in missing)


def issue(
    tenant: Tenant,
    persona: Persona,
    client_id: str,
    asked: Request,
    nonce: str | None = None,
) -> dict[str, Any]:
    """The token endpoint's 200 answer. `refresh_token` only with `offline_access`.

    `scp` holds the scopes that were asked for, not everything ever consented to as Entra would
    put there: the practice tenant is strict, so that a client missing a scope finds out.
    """
    names = consented(tenant, client_id, asked)
    lifetime = ACCESS_SECONDS[0] + secrets.randbelow(ACCESS_SECONDS[1] - ACCESS_SECONDS[0])
    answer: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": " ".join(asked.echo or names),
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": _access_token(
            tenant, persona, client_id, (asked.resource, names), lifetime
        ),
        "client_info": compact({"uid": persona.oid, "utid": TENANT_ID}),
    }
    if "offline_access" in asked.identity:
        answer["refresh_token"] = _refresh_token(tenant, persona, client_id)
        answer["refresh_in"] = lifetime // 2
    if "openid" in asked.identity:
        answer["id_token"] = _id_token(tenant, persona, client_id, nonce, lifetime)
    return answer


def redeem(tenant: Tenant, client_id: str, token: str) -> Persona:
    """Who a refresh token belongs to. Raises 70008 when it is unknown, another's or over."""
    stored = tenant.data["entra"]["refresh_tokens"].get(token)
    persona = persona_by_oid(stored["oid"]) if stored else None
    if (
        stored is None
        or persona is None
        or stored["client_id"] != client_id
        or tenant.clock.reached(stored["expires"])
    ):
        raise OAuthError(
            "invalid_grant", 70008, "The refresh token is unknown, revoked or expired."
        )
    return persona


def _access_token(
    tenant: Tenant,
    persona: Persona,
    client_id: str,
    granted: tuple[str, tuple[str, ...]],
    lifetime: int,
) -> str:
    resource, names = granted
    # Lifetimes are checked by clients against their own clock: real time, not the tenant's.
    now = int(tenant.clock.real().timestamp())
    return tenant.signer.sign(
        {
            "aud": resource,
            "iss": f"https://sts.windows.net/{TENANT_ID}/",
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "appid": client_id,
            "idtyp": "user",
            "name": persona.name,
            "oid": persona.oid,
            "scp": " ".join(names),
            "sub": secrets.token_urlsafe(24),
            "tid": TENANT_ID,
            "unique_name": persona.upn,
            "upn": persona.upn,
            "uti": str(uuid.uuid4()),
            "ver": "1.0",
        }
    )


def _id_token(
    tenant: Tenant, persona: Persona, client_id: str, nonce: str | None, lifetime: int
) -> str:
    now = int(tenant.clock.real().timestamp())
    claims = {
        "aud": client_id,
        "iss": f"{tenant.base_url}/{TENANT_ID}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "name": persona.name,
        "oid": persona.oid,
        "preferred_username": persona.upn,
        "sub": persona.oid,
        "tid": TENANT_ID,
        "ver": "2.0",
    }
    if nonce:
        claims["nonce"] = nonce
    return tenant.signer.sign(claims)


def _refresh_token(tenant: Tenant, persona: Persona, client_id: str) -> str:
    # Bound to person and client, not to a resource; an older one stays good (auth.md §1.7).
    tokens: dict[str, Any] = tenant.data["entra"]["refresh_tokens"]
    token = "1.A" + secrets.token_urlsafe(600)
    expires = tenant.clock.now() + REFRESH_LIFE
    tokens[token] = {
        "client_id": client_id,
        "oid": persona.oid,
        "expires": expires.isoformat(),
    }
    while len(tokens) > REFRESH_KEPT:
        del tokens[next(iter(tokens))]
    tenant.state.touch(f"refresh token for {persona.key}")
    return token
