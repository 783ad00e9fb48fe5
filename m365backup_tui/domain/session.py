"""Who is signed in, how, and where the sign-in is kept: plain values without a token in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeptIn(StrEnum):
    """Where the refresh token lives."""

    KEYRING = "keyring"  # encrypted file, its key in the keyring of the operating system
    MEMORY = "memory"  # nowhere but this process


@dataclass(frozen=True, slots=True)
class Account:
    """The person, as the id token names them; `tenant_id` and `object_id` are what is compared."""

    tenant_id: str
    object_id: str
    username: str
    name: str
    tenant_name: str = ""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person types at another machine, and until when (aware UTC); `interval`: seconds."""

    user_code: str
    verification_uri: str
    expires_at: datetime
    interval: int
    message: str

    @property
    def grouped(self) -> str:
        """The code as it is read aloud, in groups of four: `ABCD EFGH`; nine characters in threes."""
        code = self.user_code
        size = 3 if len(code) % 4 == 1 and len(code) % 3 == 0 else 4
        return " ".join(code[at : at + size] for at in range(0, len(code), size))


@dataclass(frozen=True, slots=True)
class TokenHome:
    """Where the sign-in is kept, and `why` in one sentence for the person."""

    kept_in: KeptIn
    why: str


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody who can sign in to the practice tenant; `roles` says what they may do, for people."""

    key: str
    name: str
    username: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that holds: the account, where it is kept, and when it was obtained (aware UTC)."""

    account: Account
    home: TokenHome
    at: datetime
