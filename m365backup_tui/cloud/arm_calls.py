"""One way to call Azure Resource Manager for every adapter: JSON in, JSON out, over the client of azure-mgmt-resource.

`send_request` of azure-mgmt-resource 26 signs and sends any ARM path (azure.md §2), so that permissions, eligibility
and subscriptions need no package more. Its automatic registration of resource providers never fires here: nothing
writes a resource of a provider.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from m365backup_tui.cloud import arm_errors
from m365backup_tui.cloud.loading import load_azure
from m365backup_tui.cloud.reads import OnWait, read
from m365backup_tui.cloud.renewal import once_more, stale_for_azure
from m365backup_tui.domain.errors import Broken, CloudError
from m365backup_tui.ports import Clock

if TYPE_CHECKING:
    from azure.mgmt.resource.resources.aio import ResourceManagementClient

Json = dict[str, Any]
# transport.arm_client with its first two arguments filled in; called inside the running loop
OpenClient = Callable[[], "ResourceManagementClient"]

MOST_PAGES = 10_000
# Every token for Azure (auth.md §2.6).
_SCOPES = ("https://management.azure.com/user_impersonation",)


class ArmCalls:
    """The ARM calls of one profile, over one client that is opened on first use. Close it at the end."""

    def __init__(
        self, open_client: OpenClient, base: str, clock: Clock, on_wait: OnWait | None = None
    ) -> None:
        """`base`: the profile's arm_base; links to any other host are refused."""
        self.clock = clock
        self._open = open_client
        self._host = urlsplit(base).netloc
        self._on_wait = on_wait
        self._client: ResourceManagementClient | None = None
        self._left: list[ResourceManagementClient] = []

    async def get(self, path: str, version: str, doing: str, **options: str) -> Json:
        """A read, repeated as `reads.read` says. `path` is an ARM path; `options` are query options without `$`."""
        url = _url(path, version, options)

        async def call() -> Json:
            return await self._send("GET", url)

        return await self._reading(call, doing)

    async def pages(
        self, path: str, version: str, doing: str, **options: str
    ) -> AsyncIterator[list[Json]]:
        """The `value` of every page; nextLink is an absolute URL of the same host."""
        url = _url(path, version, options)
        seen: set[str] = set()
        for _ in range(MOST_PAGES):

            async def call(url: str = url) -> Json:
                return await self._send("GET", url)

            page = await self._reading(call, doing)
            yield [item for item in page.get("value") or () if isinstance(item, dict)]
            url = str(page.get("nextLink") or "")
            if not url:
                return
            if url in seen:
                raise Broken(f"Azure repeats a page during {doing}.")
            seen.add(url)
            if urlsplit(url).netloc not in ("", self._host):
                raise Broken("Azure names a next page on a host that gets no token.")
        raise Broken(f"Azure sends pages without end during {doing}.")

    async def all(self, path: str, version: str, doing: str, **options: str) -> list[Json]:
        """Every item of every page."""
        return [item async for page in self.pages(path, version, doing, **options) for item in page]

    async def write(
        self, method: str, path: str, version: str, doing: str, body: Json | None = None
    ) -> Json:
        """Send once. Raises OutcomeUnknown when nobody can say whether it happened."""
        try:
            return await self._send(method, _url(path, version, {}), body)
        except Exception as exc:
            error = arm_errors.translate(
                exc, doing, write=True, now=self.clock.now(), scopes=_SCOPES
            )
            if error is exc:
                raise
            raise error from exc

    def forget(self) -> None:
        """Another person or another application asks from now on: azure-core keeps the last token in its client."""
        if self._client is not None:
            self._left.append(self._client)
            self._client = None

    async def close(self) -> None:
        self.forget()
        while self._left:
            await self._left.pop().close()

    async def _reading(self, call: Any, doing: str) -> Json:
        def translate(exc: Exception, attempt: int, now: datetime) -> CloudError:
            return arm_errors.translate(
                exc, doing, write=False, now=now, attempt=attempt, scopes=_SCOPES
            )

        found: Json = await read(call, translate, clock=self.clock, on_wait=self._on_wait)
        return found

    async def _send(self, method: str, url: str, body: Json | None = None) -> Json:
        client = await self._opened()
        from azure.core.rest import HttpRequest

        async def once() -> Any:
            answer = await client.send_request(HttpRequest(method, url, json=body))
            answer.raise_for_status()
            return answer

        response = await once_more(once, stale_for_azure)
        if not response.content:
            return {}
        found = response.json()
        if not isinstance(found, dict):
            raise ValueError("not a JSON object")
        return found

    async def _opened(self) -> ResourceManagementClient:
        if self._client is None:
            await asyncio.to_thread(load_azure)
            if self._client is None:  # another task may have been quicker
                self._client = self._open()
        return self._client


def _url(path: str, version: str, options: dict[str, str]) -> str:
    query = {"api-version": version} | {f"${name}": value for name, value in options.items()}
    return f"{path}?{urlencode(query, safe='$')}"
