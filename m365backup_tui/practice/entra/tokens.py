"""Issues access and id tokens and the token endpoint's answer."""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from m365backup_tui.practice.entra import clients, grants, sessions
from m365backup_tui.practice.entra.asking import Request
from m365backup_tui.practice.entra.challenges import SECOND_FACTOR, Wanted
from m365backup_tui.practice.entra.clients import Client
from m365backup_tui.practice.entra.keys import compact
from m365backup_tui.practice.entra.sessions import Session
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant

# Entra draws 60 to 90 minutes for an access token. Longer lives for clients that declare cp1 (up
# to 28 hours) are possible and not done here: a choice.
ACCESS_SECONDS = (3600, 5400)

# Asked just before somebody who signs in gets tokens: (second factor passed, foreign account).
Strike = Callable[[Request], tuple[bool, bool, Persona | None]]


def issue(
    tenant: Tenant,
    session: Session,
    client: Client,
    asked: Request,
    wanted: Wanted,
    foreign: bool = False,
    echoed: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The token endpoint's 200 answer. `refresh_token` only with `offline_access`.

    Raises OAuthError 65001 or 65002 about consent, 50105 for a person not assigned. `scp` holds
    the scopes that were asked for, not everything ever consented to as Entra would put there: the
    practice tenant is strict, so that a client missing a scope finds out. `foreign`: the account
    turns out to be another tenant's (fault A4). `echoed`: what the request asked to find in the id
    token (nonce, auth_time).
    """
    clients.check_assigned(tenant, client, session.persona)
    names = grants.consented(tenant, client, session.persona, asked)
    lifetime = ACCESS_SECONDS[0] + secrets.randbelow(ACCESS_SECONDS[1] - ACCESS_SECONDS[0])
    tid = tenant.identity.partner_tenant_id if foreign else tenant.identity.tenant_id
    common = _common(tenant, session, lifetime, tid)
    access = {**common, **_access(session, client, asked, names, wanted, tid)}
    answer: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": " ".join(_granted(asked, names)),
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": tenant.signer.sign(access),
        "client_info": compact({"uid": session.persona.oid, "utid": tid}),
    }
    if "offline_access" in asked.identity:
        scope = " ".join((*asked.echo, "offline_access"))
        answer["refresh_token"] = sessions.refresh_token(tenant, session, scope)
        answer["refresh_in"] = lifetime // 2
    if "openid" in asked.identity:
        person = _person(session, client, asked) | (echoed or {})
        issuer = f"{tenant.base_url}/{tid}/v2.0"
        answer["id_token"] = tenant.signer.sign({**common, **person, "iss": issuer})
    return answer


def _granted(asked: Request, names: Iterable[str]) -> Sequence[str]:
    """What the answer says is granted: after `.default` the scopes that it stood for, too (as in
    public logs of msal)."""
    if asked.default:
        return (*(f"{asked.audience}/{name}" for name in names), *asked.echo)
    return asked.echo or tuple(names)


def _common(tenant: Tenant, session: Session, lifetime: int, tid: str) -> dict[str, Any]:
    now = sessions.seconds(tenant)
    roles = sorted(session.persona.active_roles)
    return {
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "tid": tid,
        "oid": session.persona.oid,
        "sid": session.id,
        "uti": str(uuid.uuid4()),
        "rh": "1.A" + secrets.token_urlsafe(60),
        # Role template ids; general knowledge, UNVERIFIED (reference/graph.md §11.2).
        **({"wids": roles} if roles else {}),
    }


def _access(
    session: Session,
    client: Client,
    asked: Request,
    names: tuple[str, ...],
    wanted: Wanted,
    tid: str,
) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "aud": asked.audience,
        "iss": f"https://sts.windows.net/{tid}/",
        "acr": "1",
        # Entra's own, opaque to everybody else: here it makes the token as long as Entra's
        # (2.3 to 2.8 kB, reference/auth.md §3.5, §6).
        "aio": secrets.token_urlsafe(420),
        "amr": ["pwd", "mfa"] if session.second_factor else ["pwd"],
        "app_displayname": client.name,
        "appid": client.app_id,
        "appidacr": "0",
        "idtyp": "user",
        "ipaddr": "127.0.0.1",
        "name": session.persona.name,
        "scp": " ".join(names or [one for one in asked.identity if one != "offline_access"]),
        "sub": pairwise(session.persona.oid, asked.audience),
        "unique_name": session.persona.upn,
        "upn": session.persona.upn,
        "ver": "1.0",
    }
    if session.second_factor:
        claims["acrs"] = [SECOND_FACTOR]
    if wanted.continuous:
        claims["xms_cc"] = ["CP1"]
    return claims


def _person(session: Session, client: Client, asked: Request) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "aud": client.app_id,
        "sub": pairwise(session.persona.oid, client.app_id),
        "ver": "2.0",
    }
    if "profile" in asked.identity:
        claims |= {"name": session.persona.name, "preferred_username": session.persona.upn}
    if "email" in asked.identity:
        claims["email"] = session.persona.upn
    return claims


def pairwise(oid: str, audience: str) -> str:
    """The person's `sub` for one audience: the same every time, another for every audience."""
    digest = hashlib.sha256(f"{oid} {audience}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
