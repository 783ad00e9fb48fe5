"""The device code flow: asking for a code, the person's decision, polling."""

import secrets
import time
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra import asking, challenges, clients, consent, sessions
from m365backup_tui.practice.entra.challenges import Wanted
from m365backup_tui.practice.entra.clients import Client
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.tokens import Strike, issue
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant

LIFETIME = timedelta(minutes=15)
INTERVAL = 1  # seconds; Entra says 5
# A poll may come a little early without being told to slow down.
EARLY = 0.7
CODES_KEPT = 50
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def start(tenant: Tenant, client: Client, scope: str, wanted: Wanted) -> dict[str, Any]:
    """A new device code: the devicecode endpoint's 200 answer. Raises OAuthError."""
    asking.resolve(client, scope, tenant.base_url)
    user_code = "".join(secrets.choice(_LETTERS) for _ in range(9))
    codes: dict[str, Any] = tenant.data["entra"]["device_codes"]
    codes[user_code] = {
        "device_code": secrets.token_urlsafe(96),
        "client_id": client.app_id,
        "scope": scope,
        "second_factor": wanted.second_factor,
        "expires": to_iso(tenant.clock.now() + LIFETIME),
        "status": "pending",
        "persona": None,
        "polled": None,
    }
    while len(codes) > CODES_KEPT:
        del codes[next(iter(codes))]
    tenant.state.touch("device code")
    page = f"{tenant.base_url}/common/oauth2/deviceauth"
    return {
        "user_code": user_code,
        "device_code": codes[user_code]["device_code"],
        "verification_uri": page,
        "expires_in": int(LIFETIME.total_seconds()),
        "interval": INTERVAL,
        "message": f"To sign in, open {page} in a browser and enter the code {user_code}.",
    }


def find(tenant: Tenant, user_code: str) -> dict[str, Any]:
    """The open request with this user code. Raises ValueError, in words for a person."""
    typed = user_code.strip().upper().replace("-", "").replace(" ", "")
    code: dict[str, Any] | None = tenant.data["entra"]["device_codes"].get(typed)
    if code is None:
        raise ValueError("That code is not known. Check it and try again.")
    if tenant.clock.reached(code["expires"]):
        raise ValueError("That code has expired. Ask for a new one.")
    if code["status"] != "pending":
        raise ValueError("That code has already been used.")
    return code


def asked_by(tenant: Tenant, code: dict[str, Any]) -> tuple[Client, asking.Request]:
    """Who asked for the code, and for what. Raises OAuthError when that is no longer possible."""
    client = clients.find(tenant, code["client_id"])
    return client, asking.resolve(client, code["scope"], tenant.base_url)


def approve(tenant: Tenant, user_code: str, persona: Persona) -> None:
    """The person at the browser signs in, and accepts what everybody may accept for themselves.

    Raises ValueError when the code is not open.
    """
    code = find(tenant, user_code)
    try:
        consent.accept_small(tenant, *asked_by(tenant, code), persona)
    except OAuthError as refused:
        raise ValueError(refused.description) from None
    code.update(status="approved", persona=persona.key)
    tenant.state.touch(f"device code approved by {persona.key}")


def decline(tenant: Tenant, user_code: str) -> None:
    """The person at the browser says no. Raises ValueError when the code is not open."""
    find(tenant, user_code).update(status="declined")
    tenant.state.touch("device code declined")


def poll(
    tenant: Tenant, client: Client, device_code: str, wanted: Wanted, strike: Strike
) -> dict[str, Any]:
    """The token endpoint's answer to a poll: tokens, or OAuthError for every other state."""
    codes = tenant.data["entra"]["device_codes"]
    found = ((key, one) for key, one in codes.items() if one["device_code"] == device_code)
    user_code, code = next(found, ("", None))
    if code is None or code["client_id"] != client.app_id:
        raise aadsts(70018)
    if code["status"] == "used":
        raise aadsts(90120)
    if tenant.clock.reached(code["expires"]):
        raise aadsts(70019)
    if code["status"] == "declined":
        raise declined()
    if code["status"] == "pending":
        _hurry(code)
        auto = tenant.personas.by_key(tenant.persona_auto or "")
        if auto is None:
            raise aadsts(70016)
        approve(tenant, user_code, auto)
    persona = tenant.personas.by_key(str(code["persona"]))
    if persona is None:
        raise aadsts(50034)
    # A sign-in that was asked to have a second factor had one: the page says so.
    asked = asking.resolve(client, code["scope"], tenant.base_url)
    factor, foreign, other = strike(asked)
    persona = other or persona
    wanted = challenges.both(Wanted(second_factor=code["second_factor"] or factor), wanted)
    session = sessions.start(tenant, persona, client.app_id, wanted.second_factor)
    answer = issue(tenant, session, client, asked, wanted, foreign=foreign)
    code["status"] = "used"
    tenant.state.touch("device code used")
    return answer


def declined() -> OAuthError:
    """The answer to a poll after the person said no."""
    refused = aadsts(65004, "The user declined to sign in.")
    refused.error = "authorization_declined"
    return refused


def slow_down() -> OAuthError:
    """The answer to a poll that came too soon."""
    refused = aadsts(70016, "You are asking too often.")
    refused.error = "slow_down"
    return refused


def _hurry(code: dict[str, Any]) -> None:
    # Real seconds: this is about how fast the client runs, not about the tenant's time.
    now = time.time()
    before = code["polled"]
    code["polled"] = now
    if before is not None and 0 <= now - float(before) < INTERVAL * EARLY:
        raise slow_down()
