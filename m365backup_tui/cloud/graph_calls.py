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
from m365backup_tui.cloud.answers import Answer
from m365backup_tui.cloud.graph_infos import batch_of, following
from m365backup_tui.cloud.loading import load_graph
from m365backup_tui.cloud.reads import OnWait, longest, read
from m365backup_tui.cloud.renewal import once_more, stale_for_graph
from m365backup_tui.domain.errors import Broken, CloudError, NotSignedIn
from m365backup_tui.ports import Clock

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
BATCH = 20  # parts in one $batch (graph.md §12)


@dataclass(frozen=True, slots=True)
class _Opened:
    client: GraphServiceClient
    adapter: GraphRequestAdapter


@dataclass(frozen=True, slots=True)
class Part:
    """One answer of a `$batch`. Header names are in lower case."""

    status: int
    body: Json
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The service's own code, "" where it gave none."""
        error = self.body.get("error")
        return str(error.get("code") or "") if isinstance(error, dict) else ""

    @property
    def lacks_consent(self) -> bool:
        """403 because of the application's permissions: never about this one item, as another 403 may be."""
        return self.status == 403 and self.code.lower() == graph_errors.NO_SCOPE_CODE


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

    async def pages(
        self, scopes: Scopes, build: Build, doing: str, *, ahead: bool = False
    ) -> AsyncIterator[list[Json]]:
        """The `value` of every page. nextLink is followed as printed, relative ones against the service root
        (graph.md §15 item 7); headers are sent again, as nextLink does not carry them (§12). `ahead`: the next page is
        asked for while the caller works on this one; for a list that is read to its end."""
        opened = await self._adapter(scopes)
        first = build(opened.client)
        headers = dict(first.request_headers or {})
        seen: set[str] = set()

        async def page_at(link: str) -> Json:
            async def call() -> Json:
                info = following(link, headers) if link else build(opened.client)
                return _object(await _send(opened, info))

            return await self._reading(call, doing, scopes)

        coming: asyncio.Task[Json] | None = None
        link = ""
        try:
            for _ in range(MOST_PAGES):
                page = await (coming or page_at(link))
                coming = None
                more = page.get("@odata.nextLink")
                if more:
                    link = resolve_link(str(more), opened.adapter.base_url)
                    if ahead and link not in seen:
                        coming = asyncio.ensure_future(page_at(link))
                value = page.get("value")
                yield [item for item in value if isinstance(item, dict)] if value else []
                if not more:
                    return
                if link in seen:
                    raise Broken(f"The service repeats a page during {doing}.")
                seen.add(link)
            raise Broken(f"The service sends pages without end during {doing}.")
        finally:
            if coming is not None:
                coming.cancel()
                coming.add_done_callback(_looked_at)

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

    async def batch(self, scopes: Scopes, urls: Sequence[str], doing: str) -> list[Part]:
        """GET up to 20 relative URLs at once; the parts in the order of `urls`.

        Parts that are throttled or fail inside the 200 are asked again like any read; the SDK would not (graph.md §12).
        """
        done: dict[int, Part] = {}

        async def all_parts() -> list[Part]:
            waiting = [n for n in range(len(urls)) if n not in done]
            refused: list[CloudError] = []
            for n, part in zip(
                waiting, await self._parts(scopes, urls, waiting, doing), strict=True
            ):
                if part.status in (401, 429) or part.status >= 500 or part.lacks_consent:
                    answer = Answer(part.status, part.code, headers=part.headers)
                    now = self.clock.now()
                    refused.append(
                        graph_errors.refusal(answer, doing, write=False, now=now, scopes=scopes)
                    )
                else:
                    done[n] = part
            if refused:
                raise longest(refused)
            return [done[n] for n in range(len(urls))]

        def stale(exc: Exception) -> bool:
            return type(exc) is NotSignedIn  # of a part; a 401 of the batch is `_send`'s

        async def call() -> list[Part]:
            return await once_more(all_parts, stale)

        return await self._reading(call, doing, scopes)

    async def _parts(
        self, scopes: Scopes, urls: Sequence[str], wanted: Sequence[int], doing: str
    ) -> list[Part]:
        opened = await self._adapter(scopes)
        answer = _object(await _send(opened, batch_of(urls, wanted)))
        found = {str(p.get("id")): p for p in answer.get("responses") or () if isinstance(p, dict)}
        return [_part(found.get(str(n))) for n in wanted]

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


def _looked_at(task: asyncio.Task[Json]) -> None:
    """Nobody reads on: what came of the next page is of no interest."""
    if not task.cancelled():
        task.exception()


async def _send(opened: _Opened, info: RequestInformation) -> bytes:
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    async def once() -> bytes:
        info.headers.remove("Authorization")  # kiota keeps the token of the try before
        body = await opened.adapter.send_primitive_async(info, "bytes", {"XXX": ODataError})
        return body if isinstance(body, bytes) else b""

    return await once_more(once, stale_for_graph)


def _part(item: Json | None) -> Part:
    """One answer of a batch; one that is missing counts as a server's failure."""
    if item is None:
        return Part(502, {}, {})
    body, headers = item.get("body"), item.get("headers")
    return Part(
        int(item.get("status") or 502),
        body if isinstance(body, dict) else {},
        {str(k).lower(): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
    )


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
    load_graph()
    from msgraph.graph_service_client import GraphServiceClient

    return GraphServiceClient
