"""Who a token is of: for display and comparison, never a validation."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from m365backup_tui.domain.session import Account


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of the cache, with MSAL's own name for it."""

    home_id: str
    account: Account

    @property
    def guest(self) -> bool:
        """Whether the account is at home in another tenant than the one it signed in to."""
        return self.home_id.rpartition(".")[2] not in ("", self.account.tenant_id)


def token_claims(jwt: str) -> dict[str, Any]:
    """The claims of a token, for display and comparison; {} when it is no JWT. Not a validation."""
    try:
        body = jwt.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def account_of(claims: dict[str, Any]) -> Account:
    """The person whom an id token names."""
    return Account(
        tenant_id=str(claims.get("tid", "")),
        object_id=str(claims.get("oid", "")),
        username=str(claims.get("preferred_username", "")),
        name=str(claims.get("name", "")),
    )
