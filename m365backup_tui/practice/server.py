"""The web application of the practice tenant and the one middleware every request goes through.

The middleware logs, strikes with the faults that are on, saves what changed before the answer
leaves, and gives every error the shape of the service that was asked.
"""

import asyncio
import hashlib
import re
import sys
import traceback
import uuid
from collections.abc import Awaitable, Callable

from aiohttp import web

from m365backup_tui.practice import control, portal
from m365backup_tui.practice.arm.routes import answer_arm
from m365backup_tui.practice.auth import CALLER_KEY, Caller
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra.routes import add_entra_routes
from m365backup_tui.practice.errors import ApiError, ArmError, GraphError, OAuthError
from m365backup_tui.practice.graph import add_graph_routes
from m365backup_tui.practice.log import Entry
from m365backup_tui.practice.tenant import TENANT, Tenant, tenant_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY = 32 * 1024 * 1024
AFTER_COMMIT = ("H6", "T6")
STRUCK_HERE = ("H1", "H3", "H4", "H5", *AFTER_COMMIT)
_ENTRA = re.compile(r"^/[^/]+/(oauth2/|v2\.0/|discovery/)", re.IGNORECASE)


def build_app(tenant: Tenant) -> web.Application:
    """The application for this tenant."""
    app = web.Application(middlewares=[_middleware], client_max_size=MAX_BODY)
    app[TENANT] = tenant
    control.add_control_routes(app)
    portal.add_portal_routes(app)
    add_entra_routes(app)
    add_graph_routes(app, tenant)
    # ARM paths are matched without regard to case and doubled slashes (reference/azure.md §4.5),
    # which aiohttp's router cannot; so everything that is left goes to ARM's own table.
    app.router.add_route("*", "/{rest:.*}", _rest)
    return app


def service_of(path: str) -> str:
    """Which service a path belongs to: graph, entra, portal, control or arm."""
    lower = path.lower()
    if lower.startswith(("/v1.0/", "/beta/")) or lower in ("/v1.0", "/beta"):
        return "graph"
    if lower.startswith("/control/"):
        return "control"
    if lower.startswith("/portal"):
        return "portal"
    return "entra" if _ENTRA.match(path) else "arm"


async def _rest(request: web.Request) -> web.StreamResponse:
    service = service_of(request.path)
    if service == "arm":
        return await answer_arm(request)
    if service == "graph":
        segment = request.path.rstrip("/").rpartition("/")[2]
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
    raise web.HTTPNotFound


@web.middleware
async def _middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    service = service_of(request.path)
    if service == "control":
        return await _answer_control(request, handler)
    tenant = tenant_of(request)
    seq = tenant.log.next_seq()
    request_id = str(uuid.uuid4())
    client_request_id = _client_request_id(request) or request_id
    changes = tenant.state.begin_request()
    body, too_large = await _read(request)
    fault = next((hit for key in STRUCK_HERE if (hit := tenant.faults.due(key, request))), None)
    response: web.StreamResponse | None = _broken(fault, service, request_id, client_request_id)
    if response is None:
        chosen = _refuse_size if too_large else handler
        response = await _answer(request, chosen, service, request_id, client_request_id)
        if fault is not None and response.status >= 400:
            tenant.faults.withdraw(fault, request)
            fault = None
    if not _saved(tenant):
        failed = _error(service, 500, "InternalServerError", "The practice tenant cannot save.")
        response = web.json_response(failed.body(request_id, client_request_id), status=500)
    _stamp(response, service, request_id, client_request_id)
    who = request.get(CALLER_KEY)
    tenant.log.add(
        Entry(
            seq=seq,
            time=to_iso(tenant.clock.now()),
            persona=who.persona.key if isinstance(who, Caller) else None,
            scopes=tuple(sorted(who.scopes)) if isinstance(who, Caller) else (),
            method=request.method,
            path=request.raw_path,
            status=response.status,
            client_request_id=_client_request_id(request),
            changed="; ".join(changes) or None,
            body=hashlib.sha256(body).hexdigest() if body else None,
        )
    )
    if fault is not None and fault["id"] == "H6":
        late = _error(service, 504, "GatewayTimeout", "The gateway gave up waiting.")
        response = web.json_response(late.body(request_id, client_request_id), status=504)
        _stamp(response, service, request_id, client_request_id)
    if fault is not None and fault["id"] == "T6" and request.transport is not None:
        request.transport.abort()
    return response


def _saved(tenant: Tenant) -> bool:
    """Nothing is acknowledged that is not on disk; False (and why on stderr) when that fails."""
    try:
        tenant.state.save_if_changed()
    except OSError as wrong:
        print(f"The practice tenant cannot save its state: {wrong}", file=sys.stderr)
        return False
    return True


async def _read(request: web.Request) -> tuple[bytes, bool]:
    try:
        return await request.read(), False
    except web.HTTPRequestEntityTooLarge:
        return b"", True


async def _refuse_size(request: web.Request) -> web.StreamResponse:
    raise web.HTTPRequestEntityTooLarge(max_size=MAX_BODY, actual_size=MAX_BODY + 1)


async def _answer(
    request: web.Request, handler: Handler, service: str, request_id: str, client_request_id: str
) -> web.StreamResponse:
    try:
        return await handler(request)
    except OAuthError as refused:
        return web.json_response(
            refused.body(client_request_id), status=refused.status, headers=refused.headers
        )
    except ApiError as refused:
        known: ApiError = refused
    except web.HTTPException as http:
        if http.status < 400:
            raise
        if service in ("portal", "entra"):
            return web.Response(status=http.status, text=http.reason)
        known = _error(service, http.status, http.reason.replace(" ", ""), f"{http.reason}.")
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception:
        # A fault of the emulator, not of the caller: shown on stderr, answered as a server error.
        traceback.print_exc(file=sys.stderr)
        known = _error(service, 500, "InternalServerError", "The practice tenant has a fault.")
    body = known.body(request_id, client_request_id)
    return web.json_response(body, status=known.status, headers=known.headers)


async def _answer_control(request: web.Request, handler: Handler) -> web.StreamResponse:
    tenant = tenant_of(request)
    tenant.state.begin_request()
    try:
        response = await handler(request)
    except ValueError as wrong:
        response = web.json_response({"error": str(wrong)}, status=400)
    if not _saved(tenant):
        return web.json_response({"error": "The practice tenant cannot save."}, status=500)
    return response


def _broken(
    fault: dict[str, object] | None, service: str, request_id: str, client_request_id: str
) -> web.Response | None:
    if fault is None or fault["id"] in AFTER_COMMIT:
        return None
    status, code = {
        "H1": (429, "TooManyRequests" if service == "graph" else "SubscriptionRequestsThrottled"),
        "H3": (500, "InternalServerError"),
        "H4": (502, "BadGateway"),
        "H5": (503, "ServiceUnavailable"),
    }[str(fault["id"])]
    says = "The practice tenant was asked to fail this request."
    headers = {"Retry-After": str(fault["retry_after"])} if status in (429, 503) else {}
    body = _error(service, status, code, says).body(request_id, client_request_id)
    if service == "entra":
        # 90055 is the throttled tenant (reference/auth.md §1.5); 90033 is UNVERIFIED.
        number = 90055 if status == 429 else 90033
        body = OAuthError("temporarily_unavailable", number, says).body(client_request_id)
    return web.json_response(body, status=status, headers=headers)


def _error(service: str, status: int, code: str, message: str) -> ApiError:
    shape = GraphError if service == "graph" else ArmError
    return shape(status, code, message)


def _client_request_id(request: web.Request) -> str | None:
    headers = request.headers
    return headers.get("client-request-id") or headers.get("x-ms-client-request-id")


def _stamp(
    response: web.StreamResponse, service: str, request_id: str, client_request_id: str
) -> None:
    if service == "graph":
        response.headers["request-id"] = request_id
        response.headers["client-request-id"] = client_request_id
    else:
        response.headers["x-ms-request-id"] = request_id
    if service == "arm":
        response.headers["x-ms-correlation-request-id"] = client_request_id
        response.headers.setdefault("x-ms-ratelimit-remaining-subscription-reads", "249")
        response.headers.setdefault("x-ms-ratelimit-remaining-subscription-writes", "199")
    response.headers.setdefault("Cache-Control", "no-store")
