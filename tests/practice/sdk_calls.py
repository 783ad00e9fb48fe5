"""Which model the msgraph-sdk sends and expects for a method and a path, found in its request builders.

A path is walked segment by segment the way a script writes it (`/users/{id}/drive` is
`users.by_user_id(..).drive`); what a builder's method would hand to its adapter tells the rest.
"""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from kiota_serialization_json.json_serialization_writer_factory import (
    JsonSerializationWriterFactory,
)
from msgraph.graph_service_client import GraphServiceClient

from tests.practice import sdk_models

ITEM = "{id}"


@dataclass(frozen=True, slots=True)
class Call:
    """`sends` and `answers`: model classes, None for no body; a primitive answers its Python name."""

    sends: type | None
    answers: type | str | None


class _Stop(Exception):
    def __init__(self, answers: type | str | None) -> None:
        super().__init__(str(answers))
        self.answers = answers


class _Adapter:
    """A request adapter that sends nothing and tells what was expected of it."""

    base_url = "https://graph.microsoft.com/v1.0"

    def get_serialization_writer_factory(self) -> JsonSerializationWriterFactory:
        return JsonSerializationWriterFactory()

    def enable_backing_store(self, store: Any) -> None:
        return None

    async def send_async(self, info: Any, factory: type, errors: Any) -> None:
        raise _Stop(factory)

    async def send_primitive_async(self, info: Any, name: str, errors: Any) -> None:
        raise _Stop(name)

    async def send_no_response_content_async(self, info: Any, errors: Any) -> None:
        raise _Stop(None)


@cache
def call(method: str, path: str) -> Call | None:
    """None when the SDK has no such call. `path` is without /v1.0, its keys written `{id}`."""
    builder = _builder(path)
    act = getattr(builder, method.lower(), None)
    if act is None:
        return None
    body = inspect.signature(act).parameters.get("body")
    sends = _class(builder, str(body.annotation)) if body is not None else None
    try:
        (act(sends()) if sends else act()).send(None)
    except _Stop as stop:
        return Call(sends, stop.answers)
    raise AssertionError(f"{method} {path} handed nothing to its adapter")


def _builder(path: str) -> Any:
    builder: Any = GraphServiceClient(request_adapter=_Adapter())  # type: ignore[arg-type]
    for segment in path.strip("/").split("/"):
        builder = _step(builder, segment)
        if builder is None:
            return None
    return builder


def _step(builder: Any, segment: str) -> Any:
    if segment == "$batch":  # msgraph_core's, without models
        return None
    if segment == ITEM:
        by = next((name for name in dir(builder) if re.fullmatch(r"by_\w+_id", name)), None)
        return None if by is None else getattr(builder, by)("x")
    plain = segment.removeprefix("microsoft.")  # the SDK writes casts as graph.x (graph.md §13)
    function = re.fullmatch(r"(\w+)\((\w+)=[^)]*\)", plain)
    wanted = _squeezed(f"{function[1]}with{function[2]}" if function else plain)
    found = next((name for name in dir(builder) if _squeezed(name) == wanted), None)
    if found is None:
        return None
    step = getattr(builder, found)
    return step("x") if function else step


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _class(builder: Any, name: str) -> type:
    found = sdk_models.model(name)
    if found is None:  # the body of an action lives beside its builder
        package = type(builder).__module__.rpartition(".")[0]
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        found = getattr(importlib.import_module(f"{package}.{snake}"), name)
    assert found is not None, name
    return found


# Documented or kindred calls that the SDK lacks (graph.md §13.1), and which of its calls speak of the
# same things. `(method it is like, path it is like)`; groups of the pattern may be used.
_TWINS = (
    (r"POST (.*(?:InclusionRules|BulkAdditionJobs))", "GET", r"\1/{id}"),
    (r"(?:PATCH|DELETE) (.*InclusionRules/\{id\})", "GET", r"\1"),
    (r"POST (.*InclusionRules/\{id\})/(?:run|deleteAndUnprotect)", "GET", r"\1"),
    (r"POST (/.*)/\w+BrowseSessions(/\{id\}/browse)", "POST", r"\1/browseSessions\2"),
    (r"GET (/.*)/\w+BrowseSessions(/\{id\}/browse\(.*)", "GET", r"\1/browseSessions\2"),
    (r"GET (/.*)/protectionPolicies/(?:microsoft\.)?graph\.(\w+)y", "GET", r"\1/\2ies"),
    (r"GET (/.*)/protectionPolicies/\{id\}/(?:microsoft\.)?graph\.(\w+)y", "GET", r"\1/\2ies/{id}"),
    (r"GET (.*)/transitiveRoleAssignments", "GET", r"\1/roleAssignments"),
    (r"(\w+) (/\w+)\(appId='x'\)(/.+)", r"\1", r"\2/{id}\3"),
    (r"GET /groups/\{id\}(/\w+/)(microsoft\.)?graph.directoryRole", "GET", r"/me\1graph.directoryRole"),
)  # fmt: skip
NO_TWIN = ("POST /$batch", "GET /reports/{id}")


def call_or_twin(method: str, path: str) -> Call | None:
    """As `call`; where the SDK has none, what a call about the same things sends and answers."""
    found = call(method, path)
    for pattern, verb, like in _TWINS if found is None else ():
        match = re.fullmatch(pattern, f"{method} {path}")
        if match:
            twin = call(match.expand(verb), match.expand(like))
            assert twin is not None, (method, path)
            rule = method in ("POST", "PATCH") and verb == "GET"
            acts = path.endswith(("/run", "/deleteAndUnprotect"))
            sends = twin.answers if rule and not acts else twin.sends
            answers = None if method == "DELETE" else twin.answers
            return Call(sends if isinstance(sends, type) else None, answers)
    return found
