"""What Entra and the network answer to a sign-in, as our few kinds of trouble.

Logic is driven by `error`, `suberror` and `classification`; the AADSTS number only picks the sentence, because
Microsoft's page on error codes warns that numbers change (reference-error-codes, auth.md §1.5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)

T = TypeVar("T")

_SENTENCES: dict[int, str] = {
    50076: "Your organization asks for multifactor authentication.",
    50074: "Your organization asks for multifactor authentication.",
    50078: "Your multifactor authentication has expired.",
    50079: "You have to register for multifactor authentication in a browser first.",
    50072: "You have to register for multifactor authentication in a browser first.",
    53000: "Your organization asks for a managed device; a device code cannot prove one.",
    53001: "Your organization asks for a joined device; a device code cannot prove one.",
    50097: "Your organization asks for device authentication; a device code cannot give it.",
    50005: "Your organization does not allow this kind of device.",
    53003: "A Conditional Access policy of your organization blocks this sign-in.",
    530032: "A security policy of your organization blocks this sign-in.",
    530035: "The security defaults of your organization block this sign-in.",
    530036: "Your organization no longer accepts sign-ins that began with a device code.",
    530084: "Your organization asks for token protection, which this host cannot give.",
    65001: "The application may not use these permissions yet.",
    90094: "An administrator has to consent to these permissions.",
    90095: "An administrator has to approve the request for these permissions.",
    65004: "You declined to give the application its permissions.",
    65002: "This application may not ask for these permissions.",
    650057: "This application may not ask for tokens of this service.",
    650052: "Your organization does not use the service that was asked for.",
    500011: "The service that was asked for does not exist in your organization.",
    700016: "The application is not known in your organization.",
    50105: "Your organization lets only assigned people use this application.",
    50020: "This account does not belong to the organization.",
    90072: "This account does not belong to the organization.",
    50034: "This account does not exist in the organization.",
    50057: "This account is disabled.",
    50055: "The password of this account has expired.",
    53011: "This account is blocked because of its risk.",
    50173: "Your sign-in was revoked.",
    700082: "Your sign-in has expired because it was not used for a long time.",
    70008: "Your sign-in has expired.",
    70043: "Your organization asks you to sign in again.",
    50133: "Your sign-in ended because the password changed.",
    50053: "This account or address is locked for a while.",
    50196: "Entra sees the same request too often. Wait a few minutes.",
    90055: "Entra is busy with your organization. Wait a few minutes.",
}

# The application is the wrong one for the resource: another client id may do (auth.md §2.4).
_WRONG_CLIENT = frozenset({65002, 650057, 700016, 50105})
# The session is marked for ever; refreshing it again is of no use (auth.md §1.4).
_DEAD_SESSION = 530036
_CONSENT = frozenset({65001, 90094, 90095})


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


def refusal(
    answer: Mapping[str, Any], scopes: Sequence[str] = (), claims: str | None = None
) -> CloudError:
    """The error answer of a token or device-code request as one of our kinds.

    The answer's own text is not carried over: it may quote what was sent.
    """
    error = str(answer.get("error", ""))
    hints = {str(answer.get("suberror", "")), str(answer.get("classification", ""))}
    number = number_of(answer)
    code = f"AADSTS{number}" if number else error
    seen = str(answer.get("trace_id") or answer.get("correlation_id") or "")
    what = _SENTENCES.get(number, "")
    if error == "consent_required" or "consent_required" in hints or number in _CONSENT:
        what = what or "The application may not use these permissions yet."
        return ConsentNeeded(what, code, seen, tuple(scopes))
    if error in ("authorization_declined", "access_denied"):
        return SignInRefused(what or "The sign-in was declined in the browser.", code, seen)
    if error in ("expired_token", "code_expired", "bad_verification_code"):
        return SignInRefused(what or "The code has expired.", code, seen)
    if dead_session(answer):
        return SignInRefused(what, code, seen)
    if error in ("temporarily_unavailable", "server_error", "service_unavailable"):
        return Throttled(what or "Microsoft's sign-in service is busy.", code, seen)
    if error == "interaction_required" or hints & {"basic_action", "additional_action"}:
        wanted = str(answer.get("claims") or claims or "")
        return StepUpNeeded(
            what or "Entra asks for a fresh sign-in.", code, seen, wanted, tuple(scopes)
        )
    if claims is not None and error == "invalid_grant":
        return StepUpNeeded(
            what or "The service asks for a fresh sign-in.", code, seen, claims, tuple(scopes)
        )
    if error in ("invalid_grant", "login_required"):
        return NotSignedIn(what or "Your sign-in has ended.", code, seen)
    return SignInRefused(what or "Entra refused the sign-in.", code, seen)


def calling_entra(work: Callable[[], T]) -> T:
    """Run one MSAL call; what the network and MSAL throw comes out as our kinds.

    MSAL raises requests' exceptions for the network, one of its own for HTTP 5xx (measured with 1.39), json's for an
    answer that is no JSON, and ValueError for an authority that it cannot look up.
    """
    import msal  # type: ignore[import-untyped]  # msal has no py.typed
    import requests

    try:
        return work()
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
