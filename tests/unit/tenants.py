"""A small Entra of several tenants, where a person can be at home in one and a guest in another, for the real MSAL."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import trustme
from aiohttp import web
from aiohttp.test_utils import unused_port

from m365backup_tui.cloud.profiles import Profile, global_profile

CONTOSO, FABRIKAM = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


@dataclass(frozen=True)
class Human:
    """At home in `home`; `as_guest`: the object id in another tenant."""

    name: str
    home: str
    oid: str
    as_guest: dict[str, str] = field(default_factory=dict)

    def seen_from(self, tenant: str) -> tuple[str, str] | None:
        """(tenant id, object id) in a token of this authority; None where the person is unknown."""
        if tenant in ("organizations", self.home):
            return self.home, self.oid
        return (tenant, self.as_guest[tenant]) if tenant in self.as_guest else None


ADA = Human("ada@contoso.example", CONTOSO, "a0000000-0000-4000-8000-00000000000a")
BEN = Human("ben@contoso.example", CONTOSO, "b0000000-0000-4000-8000-00000000000b")
FAY = Human(
    "fay@fabrikam.example",
    FABRIKAM,
    "f0000000-0000-4000-8000-00000000000f",
    {CONTOSO: "f1111111-0000-4000-8000-00000000000f"},
)
PEOPLE = {human.name: human for human in (ADA, BEN, FAY)}


class Entra:
    """`comes`: who uses the next code. Refresh tokens name their person and application; access tokens everything."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.comes = ADA
        self.forms: list[
            dict[str, str]
        ] = []  # what was asked of the token endpoint, with its tenant
        self.revoked: set[str] = set()
        self.down = False

    def at(self, tenant: str) -> Profile:
        """The same cloud, started with `--tenant`."""
        root = self.profile.authority.rpartition("/")[0]
        return replace(self.profile, authority=f"{root}/{tenant}")

    async def discovery(self, request: web.Request) -> web.Response:
        base = f"{self.profile.authority.rpartition('/')[0]}/{request.match_info['tenant']}"
        ends = {"authorization": "authorize", "token": "token"}
        document = {f"{name}_endpoint": f"{base}/oauth2/v2.0/{end}" for name, end in ends.items()}
        document["device_authorization_endpoint"] = f"{base}/oauth2/v2.0/devicecode"
        return web.json_response({**document, "issuer": f"{base}/v2.0"})

    async def device_code(self, request: web.Request) -> web.Response:
        form = {str(k): str(v) for k, v in (await request.post()).items()}
        device = json.dumps([form["client_id"], form["scope"]])
        answer = {"user_code": "ABCDEFGH", "device_code": device, "verification_uri": "https://x/"}
        return web.json_response({**answer, "expires_in": 900, "interval": 1, "message": "m"})

    async def token(self, request: web.Request) -> web.Response:
        form = {str(k): str(v) for k, v in (await request.post()).items()}
        tenant = request.match_info["tenant"]
        self.forms.append({**form, "tenant": tenant})
        if self.down and request.transport is not None:
            request.transport.abort()
        human, scope = self.comes, form.get("scope", "")
        if "refresh_token" in form:
            name, client = json.loads(form["refresh_token"])
            if name in self.revoked or client != form["client_id"]:
                body = {"error": "invalid_grant", "error_codes": [50173]}
                return web.json_response(body, status=400)
            human = PEOPLE[name]
        else:
            scope = json.loads(form["device_code"])[1]
        seen = human.seen_from(tenant)
        if seen is None:
            return web.json_response({"error": "invalid_grant", "error_codes": [50020]}, status=400)
        claims = {"tid": seen[0], "oid": seen[1], "preferred_username": human.name, "name": "N"}
        answer = {
            "access_token": json.dumps([*seen, form["client_id"], scope]),
            "refresh_token": json.dumps([human.name, form["client_id"]]),
            "id_token": f"{part({'alg': 'none'})}.{part({**claims, 'sub': 's', 'aud': 'x'})}.",
            "client_info": part({"uid": human.oid, "utid": human.home}),
            "expires_in": 3600,
            "token_type": "Bearer",
            "scope": scope,
        }
        return web.json_response(answer)


def part(value: Any) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Answers(Protocol):
    """What an Entra of a test answers."""

    async def discovery(self, request: web.Request, /) -> web.Response: ...
    async def device_code(self, request: web.Request, /) -> web.Response: ...
    async def token(self, request: web.Request, /) -> web.Response: ...


E = TypeVar("E", bound=Answers)


@asynccontextmanager
async def serving(folder: Path, make: Callable[[Profile], E]) -> AsyncIterator[E]:
    """An Entra, on a port of its own with a certificate of its own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    port = unused_port()
    made = make(
        replace(
            global_profile(),
            authority=f"https://localhost:{port}/organizations",
            instance_discovery=False,
            ca_file=folder / "ca.pem",
            use_environment=False,
        )
    )
    app = web.Application()
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", made.discovery)
    app.router.add_post("/{tenant}/oauth2/v2.0/devicecode", made.device_code)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", made.token)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        yield made
    finally:
        await runner.cleanup()
