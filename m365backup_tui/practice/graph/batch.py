"""POST /v1.0/$batch: up to 20 requests in one, each with its own status (graph.md §12).

Each part is judged by the faults and logged as a request of its own, after the batch's own number.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from m365backup_tui.practice.auth import caller
from m365backup_tui.practice.errors import ApiError, GraphError
from m365backup_tui.practice.graph.odata import read_body, read_query, reply
from m365backup_tui.practice.graph.paths import routed
from m365backup_tui.practice.handling import handle

MOST_PARTS = 20


def add_batch_route(app: web.Application) -> None:
    """Register $batch."""
    app.router.add_route("POST", "/v1.0/$batch", _batch)


async def _batch(request: web.Request) -> web.StreamResponse:
    caller(request)
    read_query(request)
    parts = (await read_body(request)).get("requests")
    if not isinstance(parts, list) or not parts or not all(isinstance(one, dict) for one in parts):
        raise GraphError(400, "BadRequest", "requests must be a list of objects.")
    if len(parts) > MOST_PARTS:
        raise GraphError(400, "BadRequest", f"A batch may carry {MOST_PARTS} requests.")
    ids = [str(part.get("id") or "") for part in parts]
    if not all(ids) or len(set(ids)) != len(ids):
        raise GraphError(400, "BadRequest", "Every request of a batch needs an id of its own.")
    for number, part in enumerate(parts):
        headers, needed = part.get("headers") or {}, part.get("dependsOn") or []
        if not isinstance(headers, dict) or not isinstance(needed, list):
            raise GraphError(
                400, "BadRequest", "headers must be an object and dependsOn a list of ids."
            )
        # OData's JSON format has no forward references; that Graph refuses them whole is a choice.
        if not {str(one) for one in needed} <= set(ids[:number]):
            raise GraphError(
                400, "BadRequest", "dependsOn must name earlier requests of the batch."
            )
    statuses: dict[str, int] = {}
    answers: list[dict[str, Any]] = []
    for part in parts:
        needed = [str(one) for one in part.get("dependsOn") or []]
        if any(statuses[one] >= 400 for one in needed):
            error = GraphError(424, "FailedDependency", "A request this one depends on failed.")
            answer = _failed(str(part["id"]), error)
        else:
            answer = await _one(request, part)
        statuses[answer["id"]] = answer["status"]
        answers.append(answer)
    return reply({"responses": answers})


async def _one(request: web.Request, part: dict[str, Any]) -> dict[str, Any]:
    key = str(part["id"])
    url, method = str(part.get("url") or ""), str(part.get("method") or "").upper()
    if method not in ("GET", "POST", "PATCH", "PUT", "DELETE") or not url or "$batch" in url:
        return _failed(key, GraphError(400, "BadRequest", "The request has no method or url."))
    headers = CIMultiDict({k: str(v) for k, v in (part.get("headers") or {}).items()})
    headers["Authorization"] = request.headers["Authorization"]
    body = b"" if part.get("body") is None else json.dumps(part["body"]).encode()
    target = URL("/v1.0/" + url.removeprefix("/"), encoded=True)
    inner, handler = await routed(request, target, method, headers, body)
    inner.clear()  # what is known of the batch's own request (caller, faults) is not the part's
    answer = await handle(inner, handler, part=True)
    if not isinstance(answer, web.Response):
        return _failed(key, GraphError(500, "InternalServerError", "No answer."))
    shown: dict[str, Any] = {"id": key, "status": answer.status, "headers": dict(answer.headers)}
    raw = answer.body if isinstance(answer.body, bytes) else b""
    if raw:
        is_json = "json" in answer.headers.get("Content-Type", "")
        shown["body"] = json.loads(raw) if is_json else _plain(answer, raw)
    return shown


def _plain(answer: web.Response, raw: bytes) -> str:
    if answer.content_type.startswith("text/"):
        return raw.decode()
    return base64.b64encode(raw).decode()


def _failed(key: str, error: ApiError) -> dict[str, Any]:
    request_id = str(uuid.uuid4())
    return {
        "id": key,
        "status": error.status,
        "headers": {"Content-Type": "application/json", "request-id": request_id, **error.headers},
        "body": error.body(request_id, request_id),
    }
