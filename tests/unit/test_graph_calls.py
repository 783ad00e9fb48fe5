"""GraphCalls over the real adapter and an HTTP stand-in: pages, batches, lost answers, answers that are none."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_http.middleware.options import RetryHandlerOption
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # no py.typed

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory_requests import usage_report
from m365backup_tui.cloud.graph_calls import GraphCalls, resolve_link
from m365backup_tui.domain.errors import (
    Broken,
    ConsentNeeded,
    Limit,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    Rejected,
    Unreachable,
)
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.products import Product

BASE = "https://graph.test/v1.0"
Answer = Callable[[httpx.Request], httpx.Response]


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 9, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Graph:
    """What the stand-in was asked, and what it answers."""

    def __init__(
        self, answer: Answer, provider: AnonymousAuthenticationProvider | None = None
    ) -> None:
        self._provider = provider or AnonymousAuthenticationProvider()
        self.asked: list[httpx.Request] = []
        self.clock = Clock()
        self._answer = answer

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answer(request)

    def calls(self) -> GraphCalls:
        def adapter(_: tuple[str, ...]) -> GraphRequestAdapter:
            once = RetryHandlerOption(max_retries=0, should_retry=False)
            client = GraphClientFactory.create_with_default_middleware(
                client=httpx.AsyncClient(transport=httpx.MockTransport(self.handle), base_url=BASE),
                options={**options, RetryHandlerOption.get_key(): once},
            )
            made = GraphRequestAdapter(self._provider, client=client)
            made.base_url = BASE
            return made

        return GraphCalls(adapter, self.clock)

    def backup(self) -> GraphBackup:
        return GraphBackup(self.calls())


def answer(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(
        status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def policy(name: str, **more: Any) -> dict[str, Any]:
    kind = "#microsoft.graph.exchangeProtectionPolicy"
    return {"@odata.type": kind, "id": name, "displayName": name, "status": "active", **more}


UNIT = UnitRef("a", "Ann", "ann@x.example", unit_id="u")


async def test_pages_are_followed_absolute_relative_and_empty() -> None:
    links = iter(
        [
            f"{BASE}/solutions/backuprestore/protectionPolicies?$skiptoken=1",
            "/v1.0/solutions/backupRestore/protectionPolicies?$skiptoken=2",
            "solutions/backupRestore/protectionPolicies?&$skiptoken=3",
        ]
    )

    def page(request: httpx.Request) -> httpx.Response:
        number = len(graph.asked)
        link = next(links, None)
        value = [] if number == 2 else [policy(f"p{number}")]
        return answer({"value": value} | ({"@odata.nextLink": link} if link else {}))

    graph = Graph(page)
    found = await graph.backup().policies()
    assert [one.name for one in found] == ["p1", "p3", "p4"]
    assert [request.url.path.lower() for request in graph.asked] == (
        ["/v1.0/solutions/backuprestore/protectionpolicies"] * 4
    )


async def test_a_page_that_repeats_itself_ends_in_an_error() -> None:
    link = f"{BASE}/solutions/backupRestore/protectionPolicies?$skiptoken=same"
    graph = Graph(lambda _: answer({"value": [], "@odata.nextLink": link}))
    with pytest.raises(Broken, match="repeats"):
        await graph.backup().policies()
    assert len(graph.asked) == 2


async def test_an_answer_with_dates_that_the_models_cannot_parse_is_read() -> None:
    odd = policy("Board", createdDateTime="2015-06-19T12-01-03.45Z", newThing={"a": 1})
    (found,) = await Graph(lambda _: answer({"value": [odd]})).backup().policies()
    assert (found.name, found.status) == ("Board", PolicyStatus.ACTIVE)


async def test_a_policy_of_a_kind_that_is_not_known_is_left_out() -> None:
    new = policy("Chats") | {"@odata.type": "#microsoft.graph.teamsProtectionPolicy"}
    found = await Graph(lambda _: answer({"value": [new, policy("Mail")]})).backup().policies()
    assert [one.name for one in found] == ["Mail"]


async def test_a_html_page_instead_of_an_answer_is_no_empty_list() -> None:
    graph = Graph(lambda _: httpx.Response(200, html="<html>Sign in to the proxy</html>"))
    with pytest.raises(Broken, match="proxy"):
        await graph.backup().policies()


async def test_a_read_that_fails_for_a_moment_is_asked_again_with_the_same_request() -> None:
    def flaky(_: httpx.Request) -> httpx.Response:
        return answer({}, 502) if len(graph.asked) < 3 else answer({"value": [policy("p")]})

    graph = Graph(flaky)
    assert len(await graph.backup().policies()) == 1
    assert len({request.url for request in graph.asked}) == 1
    assert graph.clock.slept == [1.0, 3.0]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_write_is_sent_once_whatever_the_server_says(status: int) -> None:
    graph = Graph(lambda _: answer({}, status, Retry_After="1"))
    with pytest.raises(OutcomeUnknown) as lost:
        await graph.backup().create_policy(Product.EXCHANGE, "Board", [UNIT])
    assert len(graph.asked) == 1
    assert lost.value.request_id == graph.asked[0].headers["client-request-id"]
    assert graph.clock.slept == []


@pytest.mark.parametrize(
    ("exc", "kind"),
    [(httpx.ReadError("reset"), OutcomeUnknown), (httpx.ConnectError("no"), Unreachable)],
)
async def test_a_write_on_a_broken_connection(exc: Exception, kind: type[Exception]) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise exc

    with pytest.raises(kind):
        await Graph(broken).backup().activate(Product.EXCHANGE, "p")


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"id": "p1", "disp'])
async def test_a_created_policy_without_a_readable_answer_may_exist(body: bytes) -> None:
    graph = Graph(lambda _: httpx.Response(201, content=body))
    with pytest.raises(OutcomeUnknown):
        await graph.backup().create_policy(Product.EXCHANGE, "Board", [UNIT])


async def test_what_is_sent_when_units_change() -> None:
    graph = Graph(lambda _: answer({"id": "p"}))
    other = UnitRef("b", "Bob", "bob@x.example")
    await graph.backup().change_policy(Product.EXCHANGE, "p", add=[other], remove=[UNIT])
    (request,) = graph.asked
    body = json.loads(request.content)
    assert request.method == "PATCH"
    assert request.url.path.endswith("/exchangeProtectionPolicies/p")
    assert body["mailboxProtectionUnits@delta"] == [
        {"directoryObjectId": "b"},
        {"@removed": {"reason": "changed"}, "id": "u"},
    ]
    assert "displayName" not in body


async def test_limits_are_kept_before_anything_is_sent() -> None:
    graph = Graph(lambda _: answer({}))
    backup = graph.backup()
    with pytest.raises(Limit):
        await backup.change_policy(Product.EXCHANGE, "p", add=[UNIT] * 26, remove=[UNIT] * 25)
    with pytest.raises(Rejected, match="unit id"):
        await backup.change_policy(Product.EXCHANGE, "p", add=[], remove=[UnitRef("a", "", "")])
    assert graph.asked == []


def batch_of(request: httpx.Request) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(request.content)["requests"]
    return found


async def test_only_the_throttled_parts_of_a_batch_are_asked_again() -> None:
    def parts(request: httpx.Request) -> httpx.Response:
        wanted = batch_of(request)
        first = len(graph.asked) == 1
        done = [
            {"id": part["id"], "status": 200, "body": {"url": part["url"]}}
            for part in wanted
            if not (first and part["url"] == "/b")
        ]
        late = {"id": "1", "status": 429, "headers": {"Retry-After": "9"}, "body": {}}
        return answer({"responses": [*reversed(done), *([late] if first else [])]})

    graph = Graph(parts)
    found = await graph.calls().batch(("User.Read",), ["/a", "/b", "/c"], "looking")
    assert [part.body["url"] for part in found] == ["/a", "/b", "/c"]
    assert [[part["url"] for part in batch_of(r)] for r in graph.asked] == [
        ["/a", "/b", "/c"],
        ["/b"],
    ]
    assert graph.clock.slept == [9.0]


@pytest.mark.parametrize("write", [False, True])
async def test_a_plain_401_is_sent_once_more_and_then_a_sign_in_is_asked_for(write: bool) -> None:
    graph = Graph(lambda request: answer({"error": {"code": "InvalidAuthenticationToken"}}, 401))
    backup = graph.backup()
    with pytest.raises(NotSignedIn):
        await (backup.activate(Product.EXCHANGE, "p") if write else backup.policies())
    assert len(graph.asked) == 2
    assert graph.clock.slept == []


async def test_a_401_inside_a_batch_is_asked_once_more_as_well() -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        status = 401 if len(graph.asked) == 1 else 200
        parts = json.loads(request.content)["requests"]
        return answer({"responses": [{"id": p["id"], "status": status} for p in parts]})

    graph = Graph(answers)
    parts = await graph.calls().batch((), ["/users/1", "/users/2"], "looking")
    assert [part.status for part in parts] == [200, 200]
    assert len(graph.asked) == 2


async def test_what_one_part_of_a_batch_does_not_find_is_left_to_the_caller() -> None:
    graph = Graph(
        lambda _: answer(
            {"responses": [{"id": "0", "status": 404, "body": {"error": {"code": "x"}}}]}
        )
    )
    (part,) = await graph.calls().batch(("User.Read",), ["/a"], "looking")
    assert part.status == 404


async def test_a_part_of_a_batch_without_consent_is_not_taken_for_one_that_is_not_there() -> None:
    body = {"error": {"code": "Authorization_RequestDenied"}}
    graph = Graph(lambda _: answer({"responses": [{"id": "0", "status": 403, "body": body}]}))
    with pytest.raises(ConsentNeeded) as caught:
        await graph.calls().batch(("User.Read",), ["/a"], "looking")
    assert caught.value.scopes == ("User.Read",)


async def test_a_single_thing_that_is_gone_is_not_found() -> None:
    graph = Graph(lambda _: answer({"error": {"code": "PolicyNotFound", "message": "x"}}, 404))
    with pytest.raises(NotFound):
        await graph.backup().policy(Product.EXCHANGE, "p")


class Bearer(AnonymousAuthenticationProvider):
    """Puts a token on every request, whatever its host."""

    async def authenticate_request(self, request: Any, context: Any = None) -> None:
        request.headers.try_add("Authorization", "Bearer secret")


async def test_a_report_is_fetched_from_elsewhere_without_the_token() -> None:
    def redirect(request: httpx.Request) -> httpx.Response:
        if request.url.host == "graph.test":
            return httpx.Response(302, headers={"Location": "https://files.test/report?sig=1"})
        return httpx.Response(200, content=b"Storage Used (Byte)\r\n")

    graph = Graph(redirect, Bearer())
    data = await graph.calls().get_bytes(
        ("Reports.Read.All",), lambda c: usage_report(c, Product.EXCHANGE), "reading"
    )
    assert data.startswith(b"Storage")
    assert [r.url.host for r in graph.asked] == ["graph.test", "files.test"]
    assert ["authorization" in r.headers for r in graph.asked] == [True, False]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://other.test/x?a=1", "https://other.test/x?a=1"),
        ("/v1.0/users?a=1", f"{BASE}/users?a=1"),
        ("users?a=1", f"{BASE}/users?a=1"),
        ("/users?a=1", f"{BASE}/users?a=1"),
    ],
)
def test_links_are_resolved_against_the_service_root(link: str, url: str) -> None:
    assert resolve_link(link, BASE) == url


def test_importing_the_adapters_loads_no_sdk() -> None:
    names = "backup azure directory graph_calls arm_calls graph_errors arm_errors reads clock"
    code = (
        f"import importlib, sys\nfor n in {names.split()!r}:\n"
        "    importlib.import_module('m365backup_tui.cloud.' + n)\n"
        "heavy = {'msgraph', 'kiota_abstractions', 'azure', 'httpx', 'aiohttp', 'msal', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- lists of units -------------------------------------------------------------------------------------------------


def unit(n: int, status: str) -> dict[str, Any]:
    return {"id": f"u{n}", "directoryObjectId": f"k{n}", "status": status}


@pytest.mark.parametrize(
    ("filtered", "asked", "found"),
    [
        (lambda: httpx.Response(200, json={"value": [unit(2, "unprotected")]}), 1, ["u2"]),
        (lambda: httpx.Response(200, json={"value": []}), 2, ["u1", "u2"]),
        (lambda: httpx.Response(400, json={"error": {"code": "BadRequest"}}), 3, ["u1", "u2"]),
    ],
    ids=["filtered", "finds fewer than the count says", "refused"],
)
async def test_failed_units_are_asked_for_alone_and_all_are_read_where_that_does_not_work(
    filtered: Callable[[], httpx.Response], asked: int, found: list[str]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "filter" in str(request.url):
            return filtered()
        return httpx.Response(200, json={"value": [unit(1, "protected"), unit(2, "unprotected")]})

    graph = Graph(answer)
    backup = GraphBackup(graph.calls())
    units = await backup.units(Product.EXCHANGE, "p", failed=1)
    assert [u.id for u in units] == found
    assert len(graph.asked) == asked
    assert "top=999" in str(graph.asked[-1].url)  # refused was the filter, not the size of the page


async def test_the_next_page_is_asked_for_while_this_one_is_worked_on() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", "1"))
        more = {"@odata.nextLink": f"{BASE}/list?page={page + 1}"} if page < 3 else {}
        return httpx.Response(200, json={"value": [{"id": page}], **more})

    graph = Graph(answer)
    calls = graph.calls()
    seen: list[tuple[int, int]] = []
    pages = calls.pages(
        ("s",), lambda c: c.users.to_get_request_information(), "reading", ahead=True
    )
    async for page in pages:
        for _ in range(50):
            await asyncio.sleep(0)
        seen.append((page[0]["id"], len(graph.asked)))
    assert seen == [(1, 2), (2, 3), (3, 3)]
