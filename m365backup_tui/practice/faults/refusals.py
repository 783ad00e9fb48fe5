"""The answers that come instead of the service's own: statuses, codes and headers of H1 to H14."""

import base64
import json
import math
from datetime import timedelta
from email.utils import format_datetime

from aiohttp import web

from m365backup_tui.practice.errors import GraphError, OAuthError
from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.tenant import Tenant
from m365backup_tui.practice.trace import Trace

SAYS = "The practice tenant was asked to fail this request."

# Status, code in Graph's answers, code in Azure's. Graph's codes: reference/graph.md §9 and
# reliability-and-peers.md §3.1 where they are there; 409, 412, 502, 504 and every code of Azure's
# but AuthorizationFailed are UNVERIFIED.
CODES: dict[str, tuple[int, str, str]] = {
    "H1": (429, "TooManyRequests", "SubscriptionRequestsThrottled"),
    "H2": (429, "TooManyRequests", "SubscriptionRequestsThrottled"),
    "H3": (500, "InternalServerError", "InternalServerError"),
    "H4": (502, "BadGateway", "BadGateway"),
    "H5": (503, "ServiceUnavailable", "ServiceUnavailable"),
    "H6": (504, "GatewayTimeout", "GatewayTimeout"),
    "H7": (409, "Conflict", "Conflict"),
    "H8": (401, "InvalidAuthenticationToken", "InvalidAuthenticationToken"),
    "H9": (403, "Authorization_RequestDenied", "AuthorizationFailed"),
    "H10": (403, "AccessDenied", "AuthorizationFailed"),
    "H14": (404, "ResourceNotFound", "ResourceNotFound"),
}
SENTENCES = {
    "H1": "Too many requests. Come back later.",
    "H2": "Too many requests. This one came before the time that was asked for.",
    "H6": "The gateway gave up waiting.",
    "H7": "The resource was changed by another request at the same time.",
    "H8": "The sign-in was ended; ask for a new token.",
    "H9": "Insufficient privileges to complete the operation.",
    "H10": "The signed-in user has no role that allows this for the service.",
    "H14": "The resource does not exist or is not visible yet.",
}


def refusal(tenant: Tenant, trace: Trace, fault: Fault) -> web.Response:
    """The answer of this fault in the shape of the service that was asked."""
    fault_id = str(fault["id"])
    status, graph_code, arm_code = CODES[fault_id]
    code = graph_code if trace.service == "graph" else arm_code
    if fault_id == "H7" and fault.get("status") == 412:
        status, code = 412, "PreconditionFailed"
    code = str(fault.get("code") or code)
    headers: dict[str, str] = {}
    if fault_id in ("H1", "H5") and fault.get("retry_after") != "absent":
        headers["Retry-After"] = _retry_after(tenant, fault)
    if fault_id == "H8":
        headers["WWW-Authenticate"] = challenge(tenant, fault)
    return _render(trace, status, code, SENTENCES.get(fault_id, SAYS), headers)


def too_early(trace: Trace, seconds: int) -> web.Response:
    """429 for a caller that came back before its time, with what is left of it."""
    status, graph_code, arm_code = CODES["H2"]
    code = graph_code if trace.service == "graph" else arm_code
    return _render(trace, status, code, SENTENCES["H2"], {"Retry-After": str(max(1, seconds))})


def proxy_page(status: int) -> web.Response:
    """A web page as a proxy on the way would answer it, without any of the service's headers."""
    page = (
        "<!DOCTYPE html>\n<html><head><title>Proxy</title></head>\n"
        f"<body><h1>{status}</h1><p>The proxy could not let this request through.</p></body></html>"
    )
    headers = {"Via": "1.1 proxy.invalid"}
    if status == 407:
        headers["Proxy-Authenticate"] = 'Basic realm="proxy"'
    return web.Response(status=status, text=page, content_type="text/html", headers=headers)


def challenge(tenant: Tenant, fault: Fault) -> str:
    """The claims challenge of a token that was good and no longer is (reference/auth.md §1.8)."""
    moment = str(int(tenant.clock.real().timestamp()))
    asked = {"access_token": {"nbf": {"essential": True, "value": moment}}}
    claims = base64.b64encode(json.dumps(asked, separators=(",", ":")).encode()).decode()
    if fault.get("padded") is False:
        claims = claims.rstrip("=")
    # The practice Entra's own address, so that a client that follows it stays on this machine.
    authorize = f"{tenant.base_url}/common/oauth2/v2.0/authorize"
    return (
        f'Bearer realm="", authorization_uri="{authorize}", error="insufficient_claims", '
        f'claims="{claims}"'
    )


def _retry_after(tenant: Tenant, fault: Fault) -> str:
    seconds = int(fault["retry_after"])
    if fault.get("retry_after_as") != "date":
        return str(seconds)
    moment = tenant.clock.real() + timedelta(seconds=seconds)
    # A date has no fractions: rounded up, or the caller would be back too early.
    whole = moment.replace(microsecond=0) + timedelta(seconds=math.ceil(moment.microsecond / 1e6))
    return format_datetime(whole, usegmt=True)


def _render(
    trace: Trace, status: int, code: str, says: str, headers: dict[str, str]
) -> web.Response:
    if trace.service == "entra":
        # 90055 is the throttled tenant (reference/auth.md §1.5); 90033 is UNVERIFIED.
        wrong = OAuthError("temporarily_unavailable", 90055 if status == 429 else 90033, says)
        body = wrong.body(trace.client_request_id)
        return web.json_response(body, status=status, headers=headers)
    if trace.service == "portal":
        return web.Response(status=status, text=says, headers=headers)
    error = trace.error(status, code, says, headers)
    if status == 429 and isinstance(error, GraphError):
        error.inner["code"] = "429"  # reference/graph.md §10
    return trace.render(error)
