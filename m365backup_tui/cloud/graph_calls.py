"""One way to call Graph for every adapter: the SDK builds, signs and sends; answers are read as plain JSON.

Why not the SDK's models for answers: one date printed with dashes loses a whole page of them (31 of the 57 printed
examples, graph.md §13 item 4), an unknown enum member becomes None without its text, and 999 users take kiota's parser
3.8 seconds of the screen's own loop, json 1 millisecond (measured on 2 busy cores with msgraph-sdk 1.65). Requests are
built with the SDK's builders and models. The SDK is imported on first use, in a thread: that takes about a second.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from m365backup_tui.cloud import graph_errors
from m365backup_tui.cloud.reads import OnWait, read
from m365backup_tui.domain.errors import Broken
from m365backup_tui.work.ports import Clock

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient

T = TypeVar("T")
Json = dict[str, Any]
Scopes = tuple[str, ...]
# scopes -> adapter; transport.graph_adapter with its first two arguments filled in
OpenAdapter = Callable[[Scopes], "GraphRequestAdapter"]
# Builds a request when it is about to be sent, with the client for the right scopes.
Build = Callable[["GraphServiceClient"], "RequestInformation"]

MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class _Opened:
    client: GraphServiceClient
    adapter: GraphRequestAdapter


class GraphCalls:
    """The Graph calls of one profile: one adapter for each set of scopes, opened on first use. Close it at the end.

    `on_wait` hears of every wait before a repeated read.
    """

    def __init__(
        self, open_adapter: OpenAdapter, clock: Clock, on_wait: OnWait | None = None
    ) -> None:
        self.clock = clock
        self._open = open_adapter
        self._on_wait = on_wait
        self._opened: dict[Scopes, _Opened] = {}

    async def get(self, scopes: Scopes, build: Build, doing: str) -> Json:
        """A read that answers one JSON object; repeated as `reads.read` says."""
        return _object(await self.get_bytes(scopes, build, doing, _check_json))

    async def get_bytes(
        self,
        scopes: Scopes,
        build: Build,
        doing: str,
        check: Callable[[bytes], None] = lambda body: None,
    ) -> bytes:
        """A read that answers anything. `check` raises ValueError for an answer that is not one."""
        opened = await self._adapter(scopes)

        async def call() -> bytes:
            body = await _send(opened, build(opened.client))
            check(body)
            return body

        return await self._reading(call, doing, scopes)

    async def pages(self, scopes: Scopes, build: Build, doing: str) -> AsyncIterator[list[Json]]:
        """The `value` of every page. nextLink is followed as printed, relative ones against the service root
        (graph.md §15 item 7); headers are sent again, as nextLink does not carry them (§12)."""
        opened = await self._adapter(scopes)
        first = build(opened.client)
        headers = dict(first.request_headers or {})
        seen: set[str] = set()
        link = ""
        for _ in range(MOST_PAGES):

            async def call(link: str = link) -> Json:
                info = _follow(link, headers) if link else build(opened.client)
                return _object(await _send(opened, info))

            page = await self._reading(call, doing, scopes)
            value = page.get("value")
            yield [item for item in value if isinstance(item, dict)] if value else []
            following = page.get("@odata.nextLink")
            if not following:
                return
            link = resolve_link(str(following), opened.adapter.base_url)
            if link in seen:
                raise Broken(f"The service repeats a page during {doing}.")
            seen.add(link)
        raise Broken(f"The service sends pages without end during {doing}.")

    async def all(self, scopes: Scopes, build: Build, doing: str) -> list[Json]:
        """Every item of every page."""
        return [item async for page in self.pages(scopes, build, doing) for item in page]

    async def write(self, scopes: Scopes, build: Build, doing: str) -> tuple[Json, str]:
        """Send once. (the answer's body, {} where there is none; the client-request-id).

        Raises OutcomeUnknown when nobody can say whether it happened.
        """
        request_id = str(uuid.uuid4())
        opened = await self._adapter(scopes)
        info = build(opened.client)
        info.headers.try_add("client-request-id", request_id)
        try:
            body = await _send(opened, info)
            return (_object(body) if body else {}), request_id
        except Exception as exc:
            error = graph_errors.translate(
                exc,
                doing,
                write=True,
                now=self.clock.now(),
                scopes=scopes,
                request_id=request_id,
            )
            if error is exc:
                raise
            raise error from exc

    async def batch(self, scopes: Scopes, urls: Sequence[str], doing: str) -> list[Json]:
        """GET up to 20 relative URLs at once: [{status, headers, body}] in the order of `urls`.

        Throttled parts arrive as 429 inside the 200 and are not repeated here (graph.md §12).
        """
        from kiota_abstractions.method import Method
        from kiota_abstractions.request_information import RequestInformation

        parts = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate(urls)]

        def build(client: GraphServiceClient) -> RequestInformation:
            info = RequestInformation(Method.POST, "{+baseurl}/$batch", {})
            info.headers.try_add("Accept", "application/json")
            info.set_stream_content(json.dumps({"requests": parts}).encode(), "application/json")
            return info

        answer = await self.get(scopes, build, doing)
        by_id = {str(part.get("id")): part for part in answer.get("responses", [])}
        return [by_id.get(str(n), {}) for n in range(len(urls))]

    async def close(self) -> None:
        from m365backup_tui.cloud.transport import close_graph

        for opened in self._opened.values():
            await close_graph(opened.adapter)
        self._opened.clear()

    async def _reading(self, call: Callable[[], Awaitable[T]], doing: str, scopes: Scopes) -> T:
        def translate(exc: Exception, attempt: int, now: Any) -> Any:
            return graph_errors.translate(
                exc, doing, write=False, now=now, attempt=attempt, scopes=scopes
            )

        return await read(call, translate, clock=self.clock, on_wait=self._on_wait)

    async def _adapter(self, scopes: Scopes) -> _Opened:
        if scopes not in self._opened:
            make = await asyncio.to_thread(_load)
            if scopes not in self._opened:  # another task may have been quicker
                adapter = self._open(scopes)
                self._opened[scopes] = _Opened(make(request_adapter=adapter), adapter)
        return self._opened[scopes]


async def _send(opened: _Opened, info: RequestInformation) -> bytes:
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    body = await opened.adapter.send_primitive_async(info, "bytes", {"XXX": ODataError})
    return body if isinstance(body, bytes) else b""


def _follow(link: str, headers: dict[str, str]) -> RequestInformation:
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation

    info = RequestInformation(Method.GET)
    info.url = link
    for name, value in headers.items():
        if name.lower() not in ("authorization", "client-request-id"):
            info.headers.try_add(name, value)
    return info


def resolve_link(link: str, base: str) -> str:
    """A nextLink as an absolute URL. `base` is the service root with its version ("https://host/v1.0")."""
    if "://" in link:
        return link
    root = urlsplit(base)
    path = "/" + link.lstrip("/")
    if path.startswith(("/v1.0/", "/beta/")):
        return f"{root.scheme}://{root.netloc}{path}"
    return base.rstrip("/") + path


def _object(body: bytes) -> Json:
    """The JSON object in `body`. ValueError for anything else (HTML of a proxy, a truncated answer)."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _check_json(body: bytes) -> None:
    _object(body)


def _load() -> type[GraphServiceClient]:
    """Import what every call needs; slow the first time, so never on the loop."""
    import msgraph.generated.models.o_data_errors.o_data_error  # noqa: F401  # for what it loads
    from msgraph.graph_service_client import GraphServiceClient

    return GraphServiceClient
