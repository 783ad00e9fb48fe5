"""Who is signed in, how, and where the sign-in is kept: plain values without a token in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

KERNEL_HOURS = 8  # after which the kernel ends a key that it keeps for us (auth.md §5.8)


class KeptIn(StrEnum):
    """Where the refresh token lives."""

    KEYRING = "keyring"  # encrypted file, its key in the keyring of the operating system
    LOGOUT = "until-logout"  # encrypted file that ends with the login, key in the kernel (Linux)
    # Encrypted file, its key made from what the person types at each start.
    PASSPHRASE = "passphrase"  # noqa: S105 - a name
    MEMORY = "memory"  # nowhere but this process


class Way(StrEnum):
    """How a person signs in."""

    CODE = "code"  # device code: a code to type at any browser
    BROWSER = "browser"  # authorization code with PKCE: the browser comes back to this host, or its address is pasted


@dataclass(frozen=True, slots=True)
class Account:
    """The person, as the id token names them; `tenant_id` and `object_id` are what is compared. `guest`: at home in
    another organization than this one."""

    tenant_id: str
    object_id: str
    username: str
    name: str
    tenant_name: str = ""
    guest: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Names the person in one tenant: a guest is somebody else at home (auth.md §5.7)."""
        return self.tenant_id, self.object_id

    def same_as(self, other: Account | None) -> bool:
        """The same person in the same tenant, whatever else is known of them by now."""
        return other is not None and self.key == other.key


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person types at another machine, and until when (aware UTC); `interval`: seconds."""

    user_code: str = field(repr=False)  # until it is used, whoever has it gets the sign-in
    verification_uri: str
    expires_at: datetime
    interval: int
    message: str = field(repr=False)  # names the code

    @property
    def grouped(self) -> str:
        """The code as it is read aloud, in groups of four: `ABCD EFGH`; nine characters in threes."""
        code = self.user_code
        size = 3 if len(code) % 4 == 1 and len(code) % 3 == 0 else 4
        return " ".join(code[at : at + size] for at in range(0, len(code), size))


@dataclass(frozen=True, slots=True)
class BrowserSignIn:
    """A sign-in that waits for a browser to come back to `http://localhost:port`, or for its address to be pasted.

    `url` is what the person opens. `why_not_listening`: a sentence when nothing listens on the port, so that only
    pasting works; "" while it listens. `expires_at`: until when it is waited for (aware UTC).
    """

    url: str = field(repr=False)  # holds state and nonce: not for logs
    port: int
    why_not_listening: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenHome:
    """Where the sign-in is kept, and `why` in one sentence for the person.

    `locked`: a kept sign-in is there and its passphrase has not been typed yet.
    """

    kept_in: KeptIn
    why: str
    locked: bool = False


@dataclass(frozen=True, slots=True)
class HomeOffer:
    """A place where a sign-in can be kept on this host. `why_not`: a sentence where it cannot, "" where it can.

    `ends_with_login`: of KeptIn.LOGOUT, whether logging out really ends it here; if not, time alone does.
    """

    kept_in: KeptIn
    why_not: str = ""
    ends_with_login: bool = True


@dataclass(frozen=True, slots=True)
class CliSession:
    """The session that Azure CLI keeps on this host. `why_not`: why it cannot be used here, "" when it can."""

    username: str
    tenant_id: str
    subscription_name: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody who can sign in to the practice tenant; `roles` says what they may do, for people."""

    key: str
    name: str
    username: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that holds: the account, where it is kept, and when it was obtained (aware UTC).

    `way`: how the person came; None for a sign-in that was kept from an earlier sitting.
    """

    account: Account
    home: TokenHome
    at: datetime
    way: Way | None = None
