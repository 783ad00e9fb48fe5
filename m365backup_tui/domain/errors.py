"""The few kinds of trouble a person can act on; `cloud` turns every SDK exception into one of these.

`what` is one sentence for the person (what happened); what to do about it lives beside the screen and in
`work.messages`. `request_id` is for support, shown on demand only. None of them ever carries a token or a body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Remedy(Enum):
    """What helps after trouble with a sign-in; a page offers the key for it (auth.md §1.4, §1.5)."""

    OTHER_WAY = "other_way"  # the other way of signing in: browser instead of device code, or back
    OTHER_APPLICATION = "other_application"  # another application has to ask for the token
    OTHER_ACCOUNT = "other_account"
    STEP_UP = "step_up"  # a fresh sign-in that satisfies the claims of the error
    CONSENT = "consent"
    ASK_ADMIN = "ask_admin"  # somebody else has to change something first
    WAIT = "wait"
    SIGN_IN = "sign_in"  # the same sign-in once more


@dataclass(eq=False)
class CloudError(Exception):
    """Base of all kinds.

    `remedy`: what helps where a sign-in is the trouble, else None. `correlation_id` and `at` (aware UTC, by the
    service's clock): what an administrator needs to find a refused sign-in in the sign-in logs.
    """

    what: str
    code: str = ""  # the service's own code, "" when there was no answer
    request_id: str = ""
    remedy: Remedy | None = field(default=None, kw_only=True)
    correlation_id: str = field(default="", kw_only=True)
    at: datetime | None = field(default=None, kw_only=True)

    def __str__(self) -> str:
        return self.what

    def __eq__(self, other: object) -> bool:
        """By value, so that states and tests can hold and compare errors (an exception compares by identity)."""
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), self.what, self.code, self.request_id))


@dataclass(eq=False)
class NotSignedIn(CloudError):
    """No account, or its sign-in has expired, was revoked, or was declined. `scopes`: what was asked for, so that
    the new sign-in is for the same service; () for any."""

    remedy: Remedy | None = field(default=Remedy.SIGN_IN, kw_only=True)
    scopes: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(eq=False)
class SignInRefused(CloudError):
    """Entra refused this way of signing in (Conditional Access, wrong account, expired or declined code).
    `scopes`: as NotSignedIn."""

    remedy: Remedy | None = field(default=Remedy.SIGN_IN, kw_only=True)
    scopes: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(eq=False)
class StepUpNeeded(CloudError):
    """The service wants a fresh sign-in that satisfies `claims` (CAE or MFA for Azure writes)."""

    claims: str = ""
    scopes: tuple[str, ...] = ()
    remedy: Remedy | None = field(default=Remedy.STEP_UP, kw_only=True)


@dataclass(eq=False)
class ConsentNeeded(CloudError):
    """The signed-in application may not use `scopes` yet."""

    scopes: tuple[str, ...] = ()
    remedy: Remedy | None = field(default=Remedy.CONSENT, kw_only=True)


@dataclass(eq=False)
class Forbidden(CloudError):
    """The person lacks a role, or a policy or lock refuses; `who_can_grant` names who can change that."""

    who_can_grant: str = ""


@dataclass(eq=False)
class NotController(CloudError):
    """The backup service does not take policy calls from this application in this tenant."""


@dataclass(eq=False)
class ServiceOff(CloudError):
    """Microsoft 365 Backup is not turned on, or is locked because of billing."""


@dataclass(eq=False)
class NotFound(CloudError):
    """The thing named does not exist (any more)."""


@dataclass(eq=False)
class Conflict(CloudError):
    """Somebody else's change, or a state that does not allow this now."""


@dataclass(eq=False)
class Limit(CloudError):
    """A documented limit of the service was met."""


@dataclass(eq=False)
class Throttled(CloudError):
    """The service asks to wait until `until` (aware UTC) before the next call; nothing was changed."""

    until: datetime | None = None


@dataclass(eq=False)
class Unreachable(CloudError):
    """No connection was made: the request was certainly not carried out."""


@dataclass(eq=False)
class Rejected(CloudError):
    """The service understood and refused; the request was certainly not carried out."""


@dataclass(eq=False)
class OutcomeUnknown(CloudError):
    """The request was sent and no trustworthy answer came: read back before sending it again."""


@dataclass(eq=False)
class Broken(CloudError):
    """A fault of this program or an answer it cannot read; the details are in the report file."""
