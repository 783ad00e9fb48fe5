"""The few kinds of trouble a person can act on; `cloud` turns every SDK exception into one of these.

`what` is one sentence for the person (what happened); what to do about it lives beside the screen and in
`work.messages`. `request_id` is for support, shown on demand only. None of them ever carries a token or a body.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(eq=True)
class CloudError(Exception):
    """Base of all kinds. Comparable, so that states and tests can hold it."""

    what: str
    code: str = ""  # the service's own code, "" when there was no answer
    request_id: str = ""

    def __str__(self) -> str:
        return self.what

    def __hash__(self) -> int:
        return hash((type(self), self.what, self.code, self.request_id))


@dataclass(eq=True)
class NotSignedIn(CloudError):
    """No account, or its sign-in has expired, was revoked, or was declined."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class SignInRefused(CloudError):
    """Entra refused this way of signing in (Conditional Access, wrong account, expired or declined code)."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class StepUpNeeded(CloudError):
    """The service wants a fresh sign-in that satisfies `claims` (CAE or MFA for Azure writes)."""

    claims: str = ""
    scopes: tuple[str, ...] = ()
    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class ConsentNeeded(CloudError):
    """The signed-in application may not use `scopes` yet."""

    scopes: tuple[str, ...] = ()
    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class Forbidden(CloudError):
    """The person lacks a role, or a policy or lock refuses; `who_can_grant` names who can change that."""

    who_can_grant: str = ""
    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class NotController(CloudError):
    """The backup service does not take policy calls from this application in this tenant."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class ServiceOff(CloudError):
    """Microsoft 365 Backup is not turned on, or is locked because of billing."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class NotFound(CloudError):
    """The thing named does not exist (any more)."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class Conflict(CloudError):
    """Somebody else's change, or a state that does not allow this now."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class Limit(CloudError):
    """A documented limit of the service was met."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class Throttled(CloudError):
    """The service asks to wait until `until` (aware UTC) before the next call; nothing was changed."""

    until: datetime | None = None
    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class Unreachable(CloudError):
    """No connection was made: the request was certainly not carried out."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class Rejected(CloudError):
    """The service understood and refused; the request was certainly not carried out."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class OutcomeUnknown(CloudError):
    """The request was sent and no trustworthy answer came: read back before sending it again."""

    __hash__ = CloudError.__hash__


@dataclass(eq=True)
class Broken(CloudError):
    """A fault of this program or an answer it cannot read; the details are in the report file."""

    __hash__ = CloudError.__hash__
