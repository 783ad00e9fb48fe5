"""The authorization code flow with PKCE, for a browser on the same or another machine."""

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra.scopes import check_client, resolve
from m365backup_tui.practice.entra.tokens import issue
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import Persona, persona_by_key
from m365backup_tui.practice.tenant import Tenant

CODE_LIFE = timedelta(minutes=10)
NATIVE_CLIENT = "https://login.microsoftonline.com/common/oauth2/nativeclient"


def check_request(tenant: Tenant, query: dict[str, str]) -> None:
    """Whether an /authorize address is one we can answer. Raises OAuthError."""
    client_id = check_client(query.get("client_id", ""))
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", 700054, "Only response_type=code is offered.")
    if not is_registered(query.get("redirect_uri", "")):
        raise OAuthError(
            "invalid_request", 50011, "The redirect address is not registered for the application."
        )
    if query.get("code_challenge_method", "S256") != "S256":
        raise OAuthError("invalid_request", 501491, "Only code_challenge_method=S256 is offered.")
    resolve(client_id, query.get("scope", ""), tenant.base_url)


def sign_in(tenant: Tenant, query: dict[str, str], persona: Persona) -> dict[str, str]:
    """The person signs in: what goes back to the redirect address (code, state, client_info)."""
    code = "1.A" + secrets.token_urlsafe(200)
    tenant.data["entra"]["auth_codes"][code] = {
        "client_id": query["client_id"],
        "redirect_uri": query["redirect_uri"],
        "scope": query.get("scope", ""),
        "challenge": query.get("code_challenge"),
        "nonce": query.get("nonce"),
        "persona": persona.key,
        "expires": to_iso(tenant.clock.now() + CODE_LIFE),
    }
    tenant.state.touch(f"authorization code for {persona.key}")
    return {"code": code, **_state(query), "session_state": secrets.token_hex(16)}


def refuse(query: dict[str, str]) -> dict[str, str]:
    """The person says no."""
    return {
        "error": "access_denied",
        "error_description": "AADSTS65004: User declined to consent to access the app.",
        **_state(query),
    }


def redirect_address(query: dict[str, str], values: dict[str, str]) -> str:
    """The redirect address with the values in its query."""
    address = query["redirect_uri"]
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(values)}"


def redeem_code(tenant: Tenant, form: dict[str, str]) -> dict[str, Any]:
    """The token endpoint's answer to an authorization code. Raises OAuthError."""
    stored = tenant.data["entra"]["auth_codes"].pop(form.get("code", ""), None)
    if stored is None or stored["client_id"] != form.get("client_id"):
        raise OAuthError("invalid_grant", 70000, "The code is unknown or was used before.")
    tenant.state.touch("authorization code used")
    if tenant.clock.reached(stored["expires"]):
        raise OAuthError("invalid_grant", 70008, "The code has expired.")
    if stored["redirect_uri"] != form.get("redirect_uri"):
        raise OAuthError("invalid_grant", 50011, "The redirect address differs from the first.")
    if stored["challenge"] and _challenge(form.get("code_verifier", "")) != stored["challenge"]:
        raise OAuthError("invalid_grant", 501481, "The code verifier does not fit the challenge.")
    persona = persona_by_key(stored["persona"])
    if persona is None:
        raise OAuthError("invalid_grant", 50034, "The user does not exist in this directory.")
    # The client names one resource's scopes again; without them those of the first step count.
    scope = form.get("scope") or stored["scope"]
    asked = resolve(stored["client_id"], scope, tenant.base_url)
    return issue(tenant, persona, stored["client_id"], asked, nonce=stored["nonce"])


def is_registered(address: str) -> bool:
    """Whether the practice clients may be sent back there."""
    # http://localhost is registered and its port ignored (reference/auth.md §1.3).
    parts = urlsplit(address)
    return address == NATIVE_CLIENT or (parts.scheme == "http" and parts.hostname == "localhost")


def _state(query: dict[str, str]) -> dict[str, str]:
    return {"state": query["state"]} if "state" in query else {}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
