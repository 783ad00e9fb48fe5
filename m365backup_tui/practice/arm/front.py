"""The way of an ARM request: token, route, api-version, allowance, subscription, rights, handler.

Paths are matched without regard to case and doubled slashes are tolerated (reference/azure.md §4.5).
"""

import re
import uuid
from datetime import datetime, timedelta

from aiohttp import web

from m365backup_tui.practice.arm import cloud
from m365backup_tui.practice.arm.call import Call, Route, require_enabled
from m365backup_tui.practice.arm.faulty import judging, struck
from m365backup_tui.practice.arm.routes import ROUTES
from m365backup_tui.practice.arm.throttle import Buckets
from m365backup_tui.practice.arm.versions import check_version
from m365backup_tui.practice.arm.world import subscriptions_of
from m365backup_tui.practice.auth import caller
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant, tenant_of

BUCKETS = web.AppKey("arm_buckets", Buckets)
_OPERATION = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def buckets_of(tenant: Tenant) -> Buckets:
    """The throttling of a server; it starts anew whenever the tenant does.

    Its time passes while the tenant's is held, or nobody could call any more; it moves on with it.
    """

    def now() -> datetime:
        offset = float(tenant.data["clock"].get("offset_seconds", 0.0))
        return tenant.clock.real() + timedelta(seconds=offset)

    return Buckets(now, lambda: tenant.data)


async def answer_arm(request: web.Request) -> web.Response:
    """Find the route and answer. Raises ArmError."""
    path = re.sub(r"/{2,}", "/", request.path).rstrip("/") or "/"
    if path.lower() == "/metadata/endpoints":
        return cloud.endpoints(request)
    with judging(request):
        who = caller(request, "arm")
        known, args = _routed(request.method, path)
        version = _checked(request, known)
        call = Call(tenant_of(request), who, request, path, args, version)
        headers = _allowance(call)
        try:
            response = await _answered(call, known)
        except ArmError as refused:
            refused.headers = {**headers, **refused.headers}
            raise
    response.headers.update(headers)
    return response


def _routed(method: str, path: str) -> tuple[Route, dict[str, str]]:
    # The first pattern that fits says what the path is; then the method has to fit too.
    hit = next(((r, found) for r in ROUTES if (found := r.pattern.fullmatch(path))), None)
    if hit is None:
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type could not be found for the path '{path}'.",
        )
    same = [route for route in ROUTES if route.pattern == hit[0].pattern]
    chosen = next((route for route in same if route.method == method), None)
    if chosen is None:
        raise ArmError(
            405,
            "HttpMethodNotSupported",
            f"The HTTP method '{method}' is not supported at scope '{path}'.",
            headers={"Allow": ", ".join(sorted({route.method for route in same}))},
        )
    return chosen, hit[1].groupdict()


def _checked(request: web.Request, known: Route) -> str:
    """The api-version; raises 400 for it or for a query option that the call does not take."""
    given = {key.lower(): value for key, value in request.query.items()}
    version = given.pop("api-version", "")
    check_version(version, known.versions, known.by_type)
    unknown = sorted(set(given) - known.options)
    if unknown:
        # choice: strict where ARM may be lenient; the code's name is UNVERIFIED.
        raise ArmError(
            400, "InvalidQueryParameter", f"The query option '{unknown[0]}' is not supported here."
        )
    return version


def _allowance(call: Call) -> dict[str, str]:
    """Take from the caller's allowance; the headers that tell what is left of it."""
    wanted = call.args.get("sub", "").lower()
    known = subscriptions_of(call.tenant.identity)
    sub = wanted if any(sub.id == wanted for sub in known) else None
    operation = _OPERATION.get(call.request.method, "writes")
    fault = struck(call.tenant, "Z10")
    headers = call.request.app[BUCKETS].take(call.oid, sub, operation, fault)
    stamp = call.tenant.clock.now().strftime("%Y%m%dT%H%M%SZ")
    headers["x-ms-routing-request-id"] = f"NORWAYEAST:{stamp}:{uuid.uuid4()}"
    return headers


async def _answered(call: Call, known: Route) -> web.Response:
    if "sub" in call.args and not known.unseen:
        subscription = call.subscription
        if known.action:
            call.require(_PLACEHOLDER.sub(lambda part: call.args[part.group(1)], known.action))
        if known.writes:
            require_enabled(subscription)
    return await known.answer(call)
