"""What Azure Resource Manager, the network and azure-core raise, as our few kinds of trouble.

azure-core 1.41's aiohttp transport turns every aiohttp.ClientError into ServiceRequestError ("not sent"), even for a
connection that broke after the request: only a failed connect proves that nothing was sent (its source, _aiohttp.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from m365backup_tui.cloud.answers import Answer, cap, later_or_again, quoted
from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Unreachable,
)

ROLE_GIVERS = "an Owner or User Access Administrator of the subscription"
POLICY_KEEPERS = "whoever manages Azure Policy for the subscription"
LOCK_KEEPERS = "an Owner of the resource group (locks)"

# code -> (kind, sentence): azure.md §2.2. The pairing with an HTTP status is UNVERIFIED for most, so codes decide.
_KNOWN: dict[str, tuple[type[CloudError], str]] = {
    "locationnotavailableforresourcetype": (Rejected, "Azure does not offer this in that region."),
    "locationnotavailableforresourcegroup": (
        Rejected,
        "Azure has no resource groups in that region.",
    ),
    "missingsubscriptionregistration": (
        Conflict,
        "The subscription is not registered for Microsoft.Syntex yet.",
    ),
    "subscriptionnotregistered": (
        Conflict,
        "The subscription is not registered for Microsoft.Syntex yet.",
    ),
    "invalidresourcegrouplocation": (
        Conflict,
        "A resource group of that name exists in another region, and a group cannot move.",
    ),
    "resourcegroupbeingdeleted": (Conflict, "The resource group is being deleted."),
    "readonlydisabledsubscription": (
        Conflict,
        "The subscription is disabled: it can be read, not changed.",
    ),
    "subscriptionnotfound": (NotFound, "The subscription does not exist, or you may not see it."),
    "resourcegroupnotfound": (NotFound, "The resource group does not exist."),
    "reservedresourcename": (Rejected, "Azure keeps this name for itself."),
    "invalidresourcegroup": (Rejected, "Azure does not accept this name."),
}


@dataclass(frozen=True, slots=True)
class ArmAnswer(Answer):
    """An error answer of ARM. `additional`: its additionalInfo."""

    additional: tuple[dict[str, Any], ...] = ()


def translate(
    exc: BaseException,
    doing: str,
    *,
    write: bool,
    now: datetime,
    attempt: int = 0,
    scopes: Sequence[str] = (),
) -> CloudError:
    """The exception as one of our kinds; a CloudError comes back as it is. Arguments: see graph_errors.translate."""
    from azure.core.exceptions import (
        DecodeError,
        HttpResponseError,
        ServiceRequestError,
        ServiceResponseError,
    )

    if isinstance(exc, CloudError):
        return exc
    # azure-core's DecodeError, a kind of HttpResponseError, is a 200 whose JSON cannot be read: that refuses nothing.
    unread = isinstance(exc, DecodeError)
    if isinstance(exc, HttpResponseError) and exc.response is not None and not unread:
        answer = _read(exc)
        return refusal(answer, doing, write=write, now=now, attempt=attempt, scopes=scopes)
    if isinstance(exc, (ServiceRequestError, ServiceResponseError)):
        return _network(exc, doing, write)
    if write:
        return OutcomeUnknown(f"The answer to {doing} could not be read.", type(exc).__name__)
    if isinstance(exc, (TimeoutError, OSError)):
        return Unreachable(f"The connection to Azure ended during {doing}.")
    return Broken(
        f"The answer to {doing} could not be read. A proxy may stand in between.",
        type(exc).__name__,
    )


def refusal(
    answer: ArmAnswer,
    doing: str,
    *,
    write: bool,
    now: datetime,
    attempt: int = 0,
    scopes: Sequence[str] = (),
) -> CloudError:
    """An error answer (status 300 and above) as one of our kinds."""
    status, code, seen = answer.status, answer.code, answer.request_id
    lower = code.lower()
    about = later_or_again(
        answer, "Azure", doing, write=write, now=now, attempt=attempt, scopes=scopes
    )
    if about is not None:
        return about
    if lower in ("authorizationfailed", "linkedauthorizationfailed"):
        return _not_authorised(answer, doing)
    if lower == "requestdisallowedbypolicy":
        return _by_policy(answer)
    if lower == "scopelocked":
        return Forbidden(
            "A lock on the resource group or subscription refuses changes.",
            code,
            seen,
            LOCK_KEEPERS,
        )
    if lower in _KNOWN:
        kind, sentence = _KNOWN[lower]
        return kind(sentence, code, seen)
    if status == 403:
        return Forbidden(f"Your Azure roles do not allow {doing}.", code, seen, ROLE_GIVERS)
    if status in (404, 410):
        return NotFound(f"{cap(doing)}: not found.", code, seen)
    if status in (409, 412, 423):
        return Conflict(quoted(answer, "Azure does not allow this now."), code, seen)
    if status == 407:
        return Unreachable("The proxy asks for a sign-in of its own.", "407", seen)
    return Rejected(quoted(answer, f"Azure refused {doing}."), code or str(status), seen)


def _read(exc: Any) -> ArmAnswer:
    response = exc.response
    headers = {str(k).lower(): str(v) for k, v in dict(response.headers).items()}
    error = _error_of(response)
    parsed = getattr(exc, "error", None)
    extra = error.get("additionalInfo")
    return ArmAnswer(
        status=int(exc.status_code or 0),
        code=str(error.get("code") or getattr(parsed, "code", None) or ""),
        message=str(error.get("message") or getattr(parsed, "message", None) or ""),
        request_id=headers.get("x-ms-correlation-request-id", headers.get("x-ms-request-id", "")),
        headers=headers,
        additional=tuple(i for i in extra if isinstance(i, dict))
        if isinstance(extra, list)
        else (),
    )


def _error_of(response: Any) -> dict[str, Any]:
    """`error` of the body. azure-core keeps additionalInfo on one of its two paths only (azure.md §2.2)."""
    from azure.core.exceptions import AzureError

    try:
        body = json.loads(response.text())
    except (ValueError, AzureError):  # not JSON, or never read: the parsed exception has to do
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _not_authorised(answer: ArmAnswer, doing: str) -> CloudError:
    action = re.search(r"perform action '([^']+)'", answer.message)
    what = f"Your Azure roles do not allow {doing}."
    if action:
        what = f"Your Azure roles do not allow {doing} ({action.group(1)})."
    return Forbidden(what, answer.code, answer.request_id, ROLE_GIVERS)


def _by_policy(answer: ArmAnswer) -> CloudError:
    """Names the policy and, where told, the resource type that it refuses."""
    name = kind = ""
    for item in answer.additional:
        info = item.get("info")
        if item.get("type") != "PolicyViolation" or not isinstance(info, dict):
            continue
        name = str(
            info.get("policyAssignmentDisplayName") or info.get("policyAssignmentName") or ""
        )
        details = info.get("evaluationDetails")
        expressions = details.get("evaluatedExpressions") if isinstance(details, dict) else None
        for one in expressions or ():
            if isinstance(one, dict) and one.get("path") == "type":
                kind = str(one.get("expressionValue") or "")
        break
    if not name:  # the older form: names inside the message
        found = re.search(r'"policyAssignment":\{"name":"([^"]+)"', answer.message)
        name = found.group(1) if found else ""
    policy = f"the Azure Policy “{name}”" if name else "an Azure Policy"
    refused = f" {kind}" if kind else " this"
    return Forbidden(
        f"{cap(policy)} refuses{refused}.",
        answer.code,
        answer.request_id,
        POLICY_KEEPERS,
    )


def _network(exc: Any, doing: str, write: bool) -> CloudError:
    import aiohttp
    from azure.core.exceptions import ServiceRequestTimeoutError

    cause = exc.inner_exception or exc.__cause__
    if isinstance(cause, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)):
        return Unreachable(
            "The certificate of Azure is not trusted here. Behind a proxy that re-signs TLS, "
            "set SSL_CERT_FILE to its certificate."
        )
    if isinstance(cause, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)):
        return Unreachable(f"The proxy did not let {doing} through.")
    never_sent = isinstance(exc, ServiceRequestTimeoutError) or isinstance(
        cause, aiohttp.ClientConnectorError
    )
    if never_sent:
        return Unreachable(f"Azure cannot be reached for {doing}.")
    if write:
        return OutcomeUnknown(f"The connection ended before Azure answered {doing}.")
    return Unreachable(f"The connection to Azure ended during {doing}.")
