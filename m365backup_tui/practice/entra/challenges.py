"""Claims challenges: what a service asks for in WWW-Authenticate, and what a token answers it with.

Facts: reference/auth.md §1.4, §1.8; reference/azure.md §2.3. The claims in the MFA challenge
(`acrs` with the value p1) are general knowledge, not in the reference: UNVERIFIED.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.entra import sessions
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.tenant import Tenant

SECOND_FACTOR = "p1"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a `claims` parameter asks of an access token.

    `continuous`: the client handles challenges (cp1). `second_factor`: a sign-in with one is asked
    for, by `acrs` or by the ids of the policies that demand it.
    """

    continuous: bool = False
    second_factor: bool = False
    text: str = ""


def read(text: str) -> Wanted:
    """Read the `claims` parameter, "" for none. Raises AADSTS90100 when it is no JSON object."""
    if not text.strip():
        return Wanted()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise aadsts(90100, "The claims parameter is not a JSON object.")
    asked = document.get("access_token")
    asked = asked if isinstance(asked, dict) else {}
    continuous = any(value.lower() == "cp1" for value in _values(asked.get("xms_cc")))
    return Wanted(continuous, "acrs" in asked or "capolids" in asked, text)


def both(first: Wanted, second: Wanted) -> Wanted:
    """What two requests of one flow ask for together."""
    return Wanted(
        first.continuous or second.continuous,
        first.second_factor or second.second_factor,
        second.text or first.text,
    )


def understands(claims: dict[str, Any]) -> bool:
    """Whether the token was issued to a client that declared cp1."""
    return any(value.lower() == "cp1" for value in _values({"values": claims.get("xms_cc")}))


def has_second_factor(claims: dict[str, Any]) -> bool:
    """Whether the token comes from a sign-in with a second factor."""
    return SECOND_FACTOR in _values({"values": claims.get("acrs")})


def second_factor_for_azure() -> str:
    """The challenge of a write that needs a second factor, as the header carries it."""
    return _encoded({"acrs": {"essential": True, "values": [SECOND_FACTOR]}})


def after_revocation(tenant: Tenant, claims: dict[str, Any]) -> str:
    """The challenge that asks for a token newer than the revocation, as the header carries it."""
    moment = sessions.revoked_at(tenant, claims)
    return _encoded({"nbf": {"essential": True, "value": str(moment)}})


def policy_claims() -> str:
    """The claims of a token answer that a Conditional Access policy refused: the policy's id."""
    policy = everywhere("conditional-access-policy")
    return json.dumps({"access_token": {"capolids": {"essential": True, "values": [policy]}}})


def _values(request: Any) -> list[str]:
    if not isinstance(request, dict):
        return []
    several = request.get("values")
    found = several if isinstance(several, list) else [request.get("value")]
    return [value for value in found if isinstance(value, str)]


def _encoded(asked: dict[str, Any]) -> str:
    raw = json.dumps({"access_token": asked}, separators=(",", ":")).encode()
    return base64.b64encode(raw).decode()
