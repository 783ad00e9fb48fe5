"""The device code flow: asking for a code, the person's decision, polling."""

import secrets
import time
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra.scopes import resolve
from m365backup_tui.practice.entra.tokens import issue
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import Persona, persona_by_key
from m365backup_tui.practice.tenant import Tenant

LIFETIME = timedelta(minutes=15)
INTERVAL = 1  # seconds; Entra says 5
# A poll may come a little early without being told to slow down.
EARLY = 0.7
CODES_KEPT = 50
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def start(tenant: Tenant, client_id: str, scope: str) -> dict[str, Any]:
    """A new device code: the devicecode endpoint's 200 answer."""
    resolve(client_id, scope, tenant.base_url)
    user_code = "".join(secrets.choice(_LETTERS) for _ in range(9))
    codes: dict[str, Any] = tenant.data["entra"]["device_codes"]
    codes[user_code] = {
        "device_code": secrets.token_urlsafe(96),
        "client_id": client_id,
        "scope": scope,
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


def approve(tenant: Tenant, user_code: str, persona: Persona) -> None:
    """The person at the browser signs in. Raises ValueError when the code is not open."""
    find(tenant, user_code).update(status="approved", persona=persona.key)
    tenant.state.touch(f"device code approved by {persona.key}")


def decline(tenant: Tenant, user_code: str) -> None:
    """The person at the browser says no. Raises ValueError when the code is not open."""
    find(tenant, user_code).update(status="declined")
    tenant.state.touch("device code declined")


def poll(tenant: Tenant, client_id: str, device_code: str) -> dict[str, Any]:
    """The token endpoint's answer to a poll: tokens, or OAuthError for every other state."""
    codes = tenant.data["entra"]["device_codes"].values()
    code = next((code for code in codes if code["device_code"] == device_code), None)
    if code is None or code["client_id"] != client_id:
        raise OAuthError("bad_verification_code", 70018, "The device code is not known.")
    if code["status"] == "used":
        raise OAuthError("invalid_grant", 90120, "The device code has already been used.")
    if tenant.clock.reached(code["expires"]):
        raise OAuthError("expired_token", 70019, "The verification code has expired.")
    if code["status"] == "declined":
        raise OAuthError("authorization_declined", 65004, "The user declined to sign in.")
    if code["status"] == "pending":
        _hurry(code)
        if tenant.persona_auto is None:
            raise OAuthError(
                "authorization_pending", 70016, "The user has not finished signing in yet."
            )
        code.update(status="approved", persona=tenant.persona_auto)
    persona = persona_by_key(str(code["persona"]))
    if persona is None:
        raise OAuthError("invalid_grant", 50034, "The user does not exist in this directory.")
    answer = issue(tenant, persona, client_id, resolve(client_id, code["scope"], tenant.base_url))
    code["status"] = "used"
    tenant.state.touch("device code used")
    return answer


def _hurry(code: dict[str, Any]) -> None:
    # Real seconds: this is about how fast the client runs, not about the tenant's time.
    now = time.time()
    before = code["polled"]
    code["polled"] = now
    if before is not None and 0 <= now - float(before) < INTERVAL * EARLY:
        raise OAuthError("slow_down", 70016, "You are asking too often.")
