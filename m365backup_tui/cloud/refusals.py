"""What Entra and the network answer to a sign-in, as our few kinds of trouble.

Logic is driven by `error`, `suberror` and `classification`; the AADSTS number picks sentence and remedy, because
Microsoft's page on error codes warns that numbers change (reference-error-codes, auth.md §1.5). The exceptions have
no other mark to go by: the wrong application, consent behind `access_denied`, a session marked for ever, 50199.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    Remedy,
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.sign_in_numbers import MEANINGS

T = TypeVar("T")

UNTIL = "wait_until"  # in an answer: what Retry-After asked for, aware UTC (patience.py)

# The application is the wrong one for the resource: another client id may do (auth.md §2.4).
_WRONG_CLIENT = frozenset({65002, 650057, 700016, 700011, 50105})
# The session is marked for ever; refreshing it again is of no use (auth.md §1.4).
_DEAD_SESSION = 530036
_CONSENT = frozenset({65001, 90094, 90095})
# "Is this the application you meant?": harmless, the person answers in the browser.
_CONFIRM = 50199
_BUSY = frozenset({"temporarily_unavailable", "server_error", "service_unavailable"})
_OVER = frozenset({"expired_token", "code_expired", "bad_verification_code"})
_DECLINED = frozenset({"authorization_declined", "access_denied"})
_ASK_THE_PERSON = frozenset({"basic_action", "additional_action"})
# The application or what it asks for is wrong, not the person (RFC 6749 §5.2; invalid_resource is Entra's own).
_WRONG_REQUEST = {
    "unauthorized_client": Remedy.OTHER_APPLICATION,
    "invalid_client": Remedy.OTHER_APPLICATION,
    "invalid_resource": Remedy.OTHER_APPLICATION,
    "invalid_scope": Remedy.OTHER_APPLICATION,
}


def number_of(answer: Mapping[str, Any]) -> int:
    """The AADSTS number of an error answer, 0 without one."""
    codes = answer.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    found = re.search(r"AADSTS(\d+)", str(answer.get("error_description", "")))
    return int(found.group(1)) if found else 0


def wrong_client(answer: Mapping[str, Any]) -> bool:
    """Whether another application might get the token that this one was refused."""
    return number_of(answer) in _WRONG_CLIENT


def dead_session(answer: Mapping[str, Any]) -> bool:
    """Whether the kept sign-in can never be refreshed again."""
    return number_of(answer) == _DEAD_SESSION


def harmless(answer: Mapping[str, Any]) -> bool:
    """Whether the person only has to confirm something in the browser: who waits goes on waiting (auth.md §1.5)."""
    return number_of(answer) == _CONFIRM


def refusal(
    answer: Mapping[str, Any],
    scopes: Sequence[str] = (),
    claims: str | None = None,
    *,
    asked: bool = False,
) -> CloudError:
    """The error answer of a token or device-code request as one of our kinds.

    `asked`: a person was at the browser for it; else a kept sign-in was tried silently. The answer's
    own text is not carried over: it may quote what was sent.
    """
    error = str(answer.get("error", ""))
    hints = {str(answer.get("suberror", "")), str(answer.get("classification", ""))}
    number = number_of(answer)
    known = MEANINGS.get(number)
    said = known.what if known else ""
    told: dict[str, Any] = {
        "code": f"AADSTS{number}" if number else error,
        "request_id": _id(answer, "trace_id", "Trace ID"),
        "correlation_id": _id(answer, "correlation_id", "Correlation ID"),
        "at": _at(answer),
    }
    remedy = {"remedy": known.remedy} if known else {}
    wanted = str(answer.get("claims") or claims or "")
    everything: dict[str, Any] = {**told, **remedy, "scopes": tuple(scopes)}
    until = answer.get(UNTIL)
    if error in _BUSY or until is not None:
        what = said or "Microsoft's sign-in service is busy."
        return Throttled(what, until=until, **{**told, "remedy": Remedy.WAIT})
    if error == "consent_required" or "consent_required" in hints or number in _CONSENT:
        what = said or "The application may not use these permissions yet."
        return ConsentNeeded(what, **everything)
    if error in _DECLINED:
        return SignInRefused(said or "The sign-in was declined in the browser.", **everything)
    if error in _OVER:
        return SignInRefused(said or "The code has expired.", **everything)
    if dead_session(answer) or wrong_client(answer):
        return SignInRefused(said, **everything)
    if "message_only" in hints:  # nothing done here helps: another way, or somebody else
        everything.setdefault("remedy", Remedy.OTHER_WAY)
        what = said or "A rule of your organization blocks this sign-in."
        return SignInRefused(what, **everything)
    if error == "interaction_required" or hints & _ASK_THE_PERSON:
        what = said or "Entra asks for a fresh sign-in."
        return StepUpNeeded(what, claims=wanted, **everything)
    if claims is not None and not asked and error == "invalid_grant":
        what = said or "The service asks for a fresh sign-in."
        return StepUpNeeded(what, claims=wanted, **everything)
    if error in ("invalid_grant", "login_required") and not asked:
        return NotSignedIn(said or "Your sign-in has ended.", **everything)
    if error in _WRONG_REQUEST:
        everything.setdefault("remedy", _WRONG_REQUEST[error])
    return SignInRefused(said or "Entra refused the sign-in.", **everything)


def _id(answer: Mapping[str, Any], key: str, label: str) -> str:
    """An id of the answer; older answers carry it in the text only."""
    found = answer.get(key)
    if not found:
        text = re.search(
            rf"{label}: ([0-9a-fA-F-]{{36}})", str(answer.get("error_description", ""))
        )
        found = text.group(1) if text else ""
    return str(found)


def _at(answer: Mapping[str, Any]) -> datetime | None:
    """When Entra refused, by its own clock ("2026-11-21 20:41:27Z"); a browser brings it in the text only."""
    told = str(answer.get("timestamp") or "")
    if not told:
        text = re.search(r"Timestamp: ([\d-]+ [\d:]+Z)", str(answer.get("error_description", "")))
        told = text.group(1) if text else ""
    try:
        moment = datetime.fromisoformat(told.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def failures() -> tuple[type[Exception], ...]:
    """What MSAL takes for an outage, in which it goes on with a token that still holds; by itself it knows only
    RequestException (auth.md §1.1), so that a 5xx while it renews early would stop the work."""
    import msal  # type: ignore[import-untyped]  # msal has no py.typed
    import requests

    network = requests.exceptions.RequestException
    return (network, msal.exceptions.MsalServiceError, json.JSONDecodeError, Unreachable)


def calling_entra(work: Callable[[], T]) -> T:
    """Run one MSAL call; what the network and MSAL throw comes out as our kinds.

    MSAL raises requests' exceptions for the network, one of its own for HTTP 5xx (measured with 1.39), json's for an
    answer that is no JSON, and ValueError for an authority that it cannot look up.
    """
    import msal
    import requests

    try:
        return work()
    except Unreachable as error:  # told in full where it happened (for_requests.py)
        raise Unreachable(error.what, error.code) from error
    except requests.exceptions.SSLError as error:
        raise Unreachable(
            "The certificate of the sign-in service is not trusted here. "
            "Behind a proxy that re-signs TLS, set SSL_CERT_FILE to its certificate."
        ) from error
    except requests.exceptions.ProxyError as error:
        raise Unreachable("The proxy did not let the sign-in through.") from error
    except msal.exceptions.MsalServiceError as error:  # MSAL 1.39 for HTTP 5xx; "HTTP Error: 503"
        status = "".join(filter(str.isdigit, str(error)))
        raise Unreachable(f"The sign-in service answered with HTTP {status}.", status) from error
    except requests.exceptions.RequestException as error:
        raise Unreachable("The sign-in service cannot be reached.") from error
    except json.JSONDecodeError as error:  # cut short, or a proxy's page
        raise Unreachable(
            "The answer of the sign-in service could not be read. A proxy may stand in between."
        ) from error
    except ValueError as error:
        raise SignInRefused(
            "The sign-in service gave an answer that cannot be used. Check the tenant name."
        ) from error
