"""What Microsoft Graph, the network and kiota raise, as our few kinds of trouble.

Codes are compared without regard to case: the pages print both PascalCase and camelCase (graph.md §9). The service's
own sentence is quoted only where no code of ours is known, and without the ids in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from m365backup_tui.cloud.answers import Answer, cap, later_or_again, quoted
from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    Conflict,
    ConsentNeeded,
    Forbidden,
    Limit,
    NotController,
    NotFound,
    OutcomeUnknown,
    Rejected,
    ServiceOff,
    Unreachable,
)
from m365backup_tui.domain.roles import WHO_GRANTS_ROLES

# code -> (kind, sentence). Codes and HTTP statuses: graph.md §9 (error page of 2024-11-07 with the codes of 2025).
_KNOWN: dict[str, tuple[type[CloudError], str]] = {
    "invalidcreaterequest": (Rejected, "The service does not accept the new policy as it is."),
    "invaliddisplayname": (Rejected, "The service does not accept the policy's name."),
    "invalidprotectionunitid": (Rejected, "One of the units is not known to the service."),
    "duplicateprotectionunitinlist": (Rejected, "One unit is in the request twice."),
    "filterlengthexceeded": (Rejected, "The question to the service was too long."),
    "invalidpolicyid": (NotFound, "The service does not know this policy."),
    "policynotfound": (NotFound, "The policy does not exist any more."),
    "protectionunitnotfound": (NotFound, "The unit does not exist any more."),
    "protectionunitslimitbreached": (Limit, "The request has more than 50 units."),
    "policycreationnotallowed": (
        Conflict,
        "The service does not take another policy of this product now.",
    ),
    "protectionunitalreadyexists": (Conflict, "One of the units is in another policy already."),
    "protectionunitactionnotallowed": (
        Conflict,
        "A dynamic rule holds one of the units: it cannot be removed by hand.",
    ),
    "policyactionnotallowed": (Conflict, "The state of the policy does not allow this now."),
    "invalidstateforactivation": (Conflict, "The state of the policy does not allow this now."),
    "unabletoreadbillingprofile": (ServiceOff, "The service cannot read the billing profile."),
    "invalidbillingprofile": (ServiceOff, "The billing profile is missing or not healthy."),
    "billingprofilenotavailable": (ServiceOff, "The billing profile is missing or not healthy."),
    # The next three: no page names what a service that is off or locked answers (graph.md §17 D, UNVERIFIED).
    "servicedisabled": (ServiceOff, "Microsoft 365 Backup is not turned on."),
    "servicenotenabled": (ServiceOff, "Microsoft 365 Backup is not turned on."),
    "protectionchangelocked": (
        ServiceOff,
        "Microsoft 365 Backup takes no changes: it is locked because of billing.",
    ),
    "restorelocked": (
        ServiceOff,
        "Microsoft 365 Backup takes no changes: it is locked because of billing.",
    ),
    "aadpremiumlicenserequired": (
        Rejected,
        "Your tenant has no license for Privileged Identity Management.",
    ),
}
_LOCKED_CODES = frozenset({"protectionchangelocked", "restorelocked"})
# While the tenant's data store is made (reliability-and-peers.md 2.1 item 6) calls fail. Status and code are
# UNVERIFIED, so choice: any refusal that names the data store means that.
_DATA_STORE = re.compile(r"data ?store", re.IGNORECASE)
_PREPARING = "The service still prepares your organization's data store, which takes a few minutes."
# Graph's own word for a token whose scopes do not reach; the backup service says accessDenied for a missing role.
# Choice: consent, although the directory uses it for a missing role at times; the sign-in then tells which.
NO_SCOPE_CODE = "authorization_requestdenied"
_OFF_WORDS = re.compile(r"\bnot (enabled|turned on|activated)\b", re.IGNORECASE)
_SCOPE_WORDS = re.compile(r"\bscopes?\b|\bconsent|permission grant|delegated permission", re.I)
_INTERNAL_CLIENT = re.compile(r"allow(ed)?[- ]?list", re.IGNORECASE)


def translate(
    exc: BaseException,
    doing: str,
    *,
    write: bool,
    now: datetime,
    attempt: int = 0,
    scopes: Sequence[str] = (),
    request_id: str = "",
) -> CloudError:
    """The exception as one of our kinds; a CloudError comes back as it is.

    `doing` completes a sentence ("reading your policies"). `now` is aware UTC, for waits. `attempt` counts from 0 and
    lengthens the wait where the service names none. `request_id`: the client-request-id that was sent.
    """
    import httpx
    from kiota_abstractions.api_error import APIError

    if isinstance(exc, CloudError):
        return exc
    if isinstance(exc, APIError):
        answer = _read(exc, request_id)
        return refusal(answer, doing, write=write, now=now, attempt=attempt, scopes=scopes)
    if isinstance(exc, httpx.HTTPError):
        return _network(exc, doing, write, request_id)
    if isinstance(exc, (TimeoutError, OSError)):
        return _lost(doing, write, request_id)
    if write:  # something went wrong after the request was handed over: only reading back can tell
        return OutcomeUnknown(
            f"The answer to {doing} could not be read.", type(exc).__name__, request_id
        )
    return Broken(
        f"The answer to {doing} could not be read. A proxy may stand in between.",
        type(exc).__name__,
        request_id,
    )


def refusal(
    answer: Answer,
    doing: str,
    *,
    write: bool,
    now: datetime,
    attempt: int = 0,
    scopes: Sequence[str] = (),
) -> CloudError:
    """An error answer (status 300 and above) as one of our kinds."""
    status, code, seen = answer.status, answer.code, answer.request_id
    about = later_or_again(
        answer, "Microsoft", doing, write=write, now=now, attempt=attempt, scopes=scopes
    )
    if about is not None:
        return about
    if (known := _known(answer)) is not None:
        return known
    if status == 403:
        return _forbidden(answer, doing, scopes)
    if status == 404 or status == 410:
        return NotFound(f"{cap(doing)}: not found.", code, seen)
    if status in (409, 412, 422, 423):
        return Conflict(quoted(answer, f"{cap(doing)} is not possible now."), code, seen)
    if status == 413:
        return Limit(quoted(answer, f"{cap(doing)}: too much in one request."), code, seen)
    if status == 407:
        return Unreachable("The proxy asks for a sign-in of its own.", "407", seen)
    return Rejected(quoted(answer, f"The service refused {doing}."), code or str(status), seen)


def is_locked(error: CloudError) -> bool:
    """Whether a ServiceOff means locked (billing) rather than never turned on."""
    return isinstance(error, ServiceOff) and error.code.lower() in _LOCKED_CODES


def is_preparing(error: CloudError) -> bool:
    """Whether a Conflict means that the tenant's data store is still being made."""
    return isinstance(error, Conflict) and error.what == _PREPARING


def _read(exc: Any, request_id: str) -> Answer:
    """Read an APIError or an ODataError; every part may be missing (HTML of a gateway, truncated JSON)."""
    headers = {str(k).lower(): str(v) for k, v in dict(exc.response_headers or {}).items()}
    error = getattr(exc, "error", None)
    inner = getattr(error, "inner_error", None)
    seen = getattr(inner, "request_id", None) or headers.get("request-id") or request_id
    return Answer(
        status=int(exc.response_status_code or 0),
        code=str(getattr(error, "code", None) or ""),
        message=str(getattr(error, "message", None) or ""),
        request_id=str(seen or ""),
        headers=headers,
    )


def _known(answer: Answer) -> CloudError | None:
    code, seen = answer.code.lower(), answer.request_id
    if code == "operationnotallowed":
        if "controller" in answer.message.lower():  # measured in the field, graph.md §1 item 4
            return NotController(
                "The backup service takes no policy calls from this application in your tenant.",
                answer.code,
                seen,
            )
        return Conflict("The service does not allow this for the unit now.", answer.code, seen)
    if code in _KNOWN:
        kind, sentence = _KNOWN[code]
        if code == "protectionunitalreadyexists":
            owner = re.search(r"policy ['\"“]([^'\"”]+)['\"”]", answer.message)
            if owner:
                sentence = f"One of the units is in the policy “{owner.group(1)}” already."
        return kind(sentence, answer.code, seen)
    if _DATA_STORE.search(f"{answer.code} {answer.message}"):
        return Conflict(_PREPARING, answer.code, seen)
    if answer.status == 402:
        return ServiceOff("The billing of Microsoft 365 Backup is not healthy.", answer.code, seen)
    return None


def _forbidden(answer: Answer, doing: str, scopes: Sequence[str]) -> CloudError:
    code, seen = answer.code, answer.request_id
    if _INTERNAL_CLIENT.search(answer.message):
        return Forbidden(f"Microsoft keeps {doing} to its own applications.", code, seen, "nobody")
    if _OFF_WORDS.search(answer.message):
        return ServiceOff("Microsoft 365 Backup is not turned on.", code, seen)
    if code.lower() == NO_SCOPE_CODE or _SCOPE_WORDS.search(answer.message):
        return ConsentNeeded(
            f"This application may not use the permissions for {doing} yet.",
            code,
            seen,
            tuple(scopes),
        )
    return Forbidden(f"Your roles do not allow {doing}.", code, seen, WHO_GRANTS_ROLES)


def _network(exc: Any, doing: str, write: bool, request_id: str) -> CloudError:
    import httpx

    if isinstance(exc, httpx.ProxyError):
        return Unreachable(f"The proxy did not let {doing} through.", "", request_id)
    if isinstance(exc, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        if "CERTIFICATE_VERIFY_FAILED" in str(exc):
            return Unreachable(
                "The certificate of Microsoft Graph is not trusted here. Behind a proxy that re-signs TLS, "
                "set SSL_CERT_FILE to its certificate.",
                "",
                request_id,
            )
        return Unreachable(f"Microsoft Graph cannot be reached for {doing}.", "", request_id)
    return _lost(doing, write, request_id)


def _lost(doing: str, write: bool, request_id: str) -> CloudError:
    if write:
        return OutcomeUnknown(
            f"The connection ended before Microsoft answered {doing}.", "", request_id
        )
    return Unreachable(f"The connection ended during {doing}.", "", request_id)
