"""The authorization code flow with PKCE, for a browser on the same or another machine.

Parameters and errors: Microsoft's page v2-oauth2-auth-code-flow; reference/auth.md §1.3.
"""

import base64
import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra import asking, challenges, clients, sessions
from m365backup_tui.practice.entra.asking import Request
from m365backup_tui.practice.entra.challenges import Wanted
from m365backup_tui.practice.entra.clients import Client
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.tokens import Strike, issue
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant

CODE_LIFE = timedelta(minutes=10)
CODES_KEPT = 100
BROWSERS_KEPT = 100
MODES = ("query", "fragment", "form_post")
PROMPTS = ("login", "none", "consent", "select_account")
# How long a code challenge may be (RFC 7636 §4.1, §4.2); a hash always has 43 characters.
CHALLENGES = {"plain": range(43, 129), "S256": range(43, 44)}
Query = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """An /authorize request that can be answered. `several`: one Request for each resource.

    `max_age`: how many seconds ago the person may have signed in at the most, None for any.
    """

    client: Client
    several: tuple[Request, ...]
    wanted: Wanted
    prompt: str
    max_age: int | None = None


def check_address(tenant: Tenant, query: Query, tenant_name: str) -> Client:
    """The client, if an answer may be sent to its redirect address at all.

    Raises OAuthError, which is for the person at the browser and never for the address.
    """
    client = clients.find(tenant, query.get("client_id", ""), tenant_name)
    clients.check_redirect(client, query.get("redirect_uri", ""))
    if query.get("response_mode", "query") not in MODES:
        raise aadsts(70007)
    return client


def check_request(tenant: Tenant, query: Query, client: Client) -> Asked:
    """What the address asks for. Raises OAuthError, which goes to the redirect address."""
    if query.get("response_type") != "code":
        raise aadsts(700054 if query.get("response_type") else 900144)
    method = query.get("code_challenge_method", "plain")
    if method not in CHALLENGES:
        raise aadsts(90100, f"The code challenge method '{method}' is not plain or S256.")
    challenge = query.get("code_challenge", "")
    if not challenge and "code_challenge_method" in query:
        raise aadsts(50147)
    if challenge and len(challenge) not in CHALLENGES[method]:
        raise aadsts(501491)
    prompt = query.get("prompt", "")
    if prompt and prompt not in PROMPTS:
        raise aadsts(90100, f"The prompt '{prompt}' is not one of {', '.join(PROMPTS)}.")
    age = query.get("max_age")
    if age is not None and not re.fullmatch(r"[0-9]{1,9}", age):
        raise aadsts(90100, "The parameter max_age is not a number of seconds.")
    if not query.get("scope", "").strip():
        raise aadsts(900144, "The parameter scope is missing.")
    several = asking.resolve_all(client, query["scope"], tenant.base_url)
    wanted = challenges.read(query.get("claims", ""))
    return Asked(client, several, wanted, prompt, None if age is None else int(age))


def sign_in(tenant: Tenant, query: Query, asked: Asked, persona: Persona, at: int) -> Query:
    """The person has signed in (`at`: seconds since 1970): what the redirect address gets."""
    code = "1.A" + secrets.token_urlsafe(200)
    codes: dict[str, Any] = tenant.data["entra"]["auth_codes"]
    codes[code] = {
        "client_id": asked.client.app_id,
        "redirect_uri": query["redirect_uri"],
        "scope": query["scope"],
        "challenge": query.get("code_challenge"),
        "method": query.get("code_challenge_method", "plain"),
        "nonce": query.get("nonce"),
        "auth_time": None if asked.max_age is None else at,
        "persona": persona.key,
        "second_factor": asked.wanted.second_factor,
        "expires": to_iso(tenant.clock.now() + CODE_LIFE),
        "used": False,
    }
    while len(codes) > CODES_KEPT:
        del codes[next(iter(codes))]
    tenant.state.touch(f"authorization code for {persona.key}")
    return {"code": code, **state_of(query), "session_state": secrets.token_hex(16)}


def refuse(query: Query, refused: OAuthError) -> Query:
    """A refusal as the redirect address gets it, with the ids that support asks for."""
    told = refused.body(query.get("client-request-id") or str(uuid.uuid4()))
    wanted = ("error", "error_description", "error_uri")
    return {name: str(told[name]) for name in wanted} | state_of(query)


def state_of(query: Query) -> Query:
    """The client's state, to give back unread."""
    return {"state": query["state"]} if "state" in query else {}


def redirect_address(query: Query, values: Query) -> str:
    """The redirect address with the values in its query or fragment."""
    address, mark = query["redirect_uri"], "?"
    if query.get("response_mode") == "fragment":
        mark = "#"
    elif urlsplit(address).query:
        mark = "&"
    return f"{address}{mark}{urlencode(values)}"


def redeem_code(
    tenant: Tenant, client: Client, form: Query, wanted: Wanted, strike: Strike
) -> dict[str, Any]:
    """The token endpoint's answer to an authorization code. Raises OAuthError."""
    stored = tenant.data["entra"]["auth_codes"].get(form.get("code", ""))
    if stored is None or stored["client_id"] != client.app_id:
        raise aadsts(70000, "The code is not known.")
    if stored["used"]:
        raise aadsts(54005)
    stored["used"] = True
    tenant.state.touch("authorization code used")
    if tenant.clock.reached(stored["expires"]):
        raise aadsts(70008, "The code has expired.")
    if stored["redirect_uri"] != form.get("redirect_uri"):
        refused = aadsts(50011, "The redirect address differs from the first.")
        refused.error = "invalid_grant"
        raise refused
    # choice: a verifier for a code that had no challenge is refused too, as RFC 9700 §2.1.1 asks.
    if (stored["challenge"] or form.get("code_verifier")) and (
        _challenge(stored, form) != stored["challenge"]
    ):
        raise aadsts(501481)
    persona = tenant.personas.by_key(stored["persona"])
    if persona is None:
        raise aadsts(50034)
    # The client names one resource's scopes again; without them those of the first step count.
    asked = asking.resolve(client, form.get("scope") or stored["scope"], tenant.base_url)
    factor, foreign, other = strike(asked)
    persona = other or persona
    wanted = challenges.both(Wanted(second_factor=stored["second_factor"] or factor), wanted)
    session = sessions.start(tenant, persona, client.app_id, wanted.second_factor)
    echoed = {name: stored[name] for name in ("nonce", "auth_time") if stored.get(name)}
    return issue(tenant, session, client, asked, wanted, foreign, echoed)


def remember(tenant: Tenant, persona: Persona) -> str:
    """Keep the person signed in at this browser; the text for its cookie, which tells when."""
    key = f"{secrets.token_urlsafe(32)}.{sessions.seconds(tenant)}"
    known = tenant.data["entra"]["browsers"]
    known[key] = persona.oid
    while len(known) > BROWSERS_KEPT:
        del known[next(iter(known))]
    tenant.state.touch(f"{persona.key} signed in at a browser")
    return key


def remembered(tenant: Tenant, cookie: str, asked: Asked) -> tuple[Persona, int] | None:
    """Who is signed in at this browser and since when, unless that is too long ago."""
    persona = tenant.personas.by_oid(tenant.data["entra"]["browsers"].get(cookie, ""))
    since = cookie.rpartition(".")[2]
    at = int(since) if since.isdecimal() else 0
    if persona is None:
        return None
    if asked.max_age is not None and sessions.seconds(tenant) - at > asked.max_age:
        return None
    return persona, at


def forget(tenant: Tenant, cookie: str) -> None:
    """Sign this browser out."""
    if tenant.data["entra"]["browsers"].pop(cookie, None) is not None:
        tenant.state.touch("signed out at a browser")


def _challenge(stored: dict[str, Any], form: Query) -> str:
    verifier = form.get("code_verifier", "")
    if stored["method"] == "plain":
        return verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
