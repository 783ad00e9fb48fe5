"""The listener for the browser, over real sockets: what it answers, what it ignores, and what cannot hold it up."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from m365backup_tui.cloud import loopback
from m365backup_tui.cloud.loopback import MOST_CONNECTIONS, Loopback, PortError, Verdict, bound
from m365backup_tui.cloud.loopback_requests import Bad, Request, read_request

STATE = "state-of-ours"


class Listening:
    """A listener on a free port; `got` is every query that was judged."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.got: list[str] = []
        self.loopback = Loopback(self._accept)

    def _accept(self, query: str) -> Verdict:
        self.got.append(query)
        if STATE not in query:
            return Verdict.OTHER if "code=" in query else Verdict.NOTHING
        return Verdict.TAKEN if sum(STATE in one for one in self.got) == 1 else Verdict.OVER

    async def say(self, sent: bytes, host: str = "127.0.0.1") -> str:
        """The whole answer to these bytes."""
        reader, writer = await asyncio.open_connection(host, self.port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer.decode()

    async def get(self, target: str, *headers: str, host: str = "127.0.0.1") -> str:
        lines = (f"GET {target} HTTP/1.1", *(headers or (f"Host: localhost:{self.port}",)), "", "")
        return await self.say("\r\n".join(lines).encode(), host)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
async def here() -> AsyncIterator[Listening]:
    made = Listening(free_port())
    await made.loopback.listen(made.port)
    yield made
    made.loopback.close()


def status(answer: str) -> str:
    return answer.partition("\r\n")[0].removeprefix("HTTP/1.1 ")[:3]


async def test_the_answer_of_the_browser_is_taken_once(here: Listening) -> None:
    first = await here.get(f"/?code=1&state={STATE}")
    second = await here.get(f"/?code=2&state={STATE}")
    assert (status(first), status(second)) == ("200", "409")
    assert "close this window and go back to the terminal" in first
    assert "Done already" in second
    assert here.got == [f"code=1&state={STATE}", f"code=2&state={STATE}"]


async def test_the_page_is_plain_and_keeps_nothing(here: Listening) -> None:
    answer = await here.get(f"/?code=1.Acanary&state={STATE}")
    head, _, body = answer.partition("\r\n\r\n")
    for header in ("Referrer-Policy: no-referrer", "Cache-Control: no-store", "Connection: close"):
        assert header in head.split("\r\n")
    assert "default-src 'none'" in head
    assert "access-control" not in head.lower()
    assert "<script" not in body
    assert "canary" not in answer
    assert f"Content-Length: {len(body.encode())}" in head


async def test_a_form_is_read_as_well(here: Listening) -> None:
    form = f"code=1&state={STATE}"
    answer = await here.say(
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form)}\r\n\r\n{form}".encode()
    )
    assert status(answer) == "200"
    assert here.got == [form]


async def test_another_sign_in_is_told_so(here: Listening) -> None:
    answer = await here.get("/?code=1&state=of-somebody-else")
    assert status(answer) == "409"
    assert "belongs to another sign-in" in answer


async def test_opened_without_an_answer_it_says_that_the_way_is_open(here: Listening) -> None:
    answer = await here.get("/")
    assert status(answer) == "200"
    assert "Open the address that the terminal shows" in answer


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:1", "[::1]:9", "127.0.0.1:65000"]
)
async def test_hosts_that_are_this_host(here: Listening, host: str) -> None:
    assert status(await here.get("/", f"Host: {host}")) == "200"


H = "Host: localhost"
REFUSED = {
    "a page of the internet whose name leads here": ("GET / HTTP/1.1", ("Host: evil.example",), "421"),
    "localhost of somebody": ("GET / HTTP/1.1", ("Host: localhost.evil.example",), "421"),
    "no host": ("GET / HTTP/1.1", ("Accept: */*",), "421"),
    "two hosts": ("GET / HTTP/1.1", (H, "Host: evil.example"), "400"),
    "the picture of the page": ("GET /favicon.ico HTTP/1.1", (H,), "404"),
    "elsewhere": (f"GET /x?code=1&state={STATE} HTTP/1.1", (H,), "404"),
    "a whole address": ("GET http://localhost/ HTTP/1.1", (H,), "404"),
    "HEAD": (f"HEAD /?code=1&state={STATE} HTTP/1.1", (H,), "405"),
    "OPTIONS": ("OPTIONS / HTTP/1.1", (H, "Origin: https://evil.example"), "405"),
    "HTTP/2": ("PRI * HTTP/2.0", ("X: y",), "400"),
    "no HTTP": ("hello", ("X: y",), "400"),
    "no header": ("GET / HTTP/1.1", ("Host localhost",), "400"),
    "a header with a blank": ("GET / HTTP/1.1", (H, "Content-Length : 5"), "400"),
    "too many headers": ("GET / HTTP/1.1", (H, *(f"X{n}: y" for n in range(101))), "431"),
    "a long address": (f"GET /?{'a' * 17_000} HTTP/1.1", (H,), "414"),
    "a form without length": ("POST / HTTP/1.1", (H, "Content-Type: application/x-www-form-urlencoded"), "411"),
    "a form in pieces": (
        "POST / HTTP/1.1",
        (H, "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked", "Content-Length: 0"),
        "411",
    ),
    "a long form": (
        "POST / HTTP/1.1",
        (H, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 999999"),
        "413",
    ),
    "a length that is no number": (
        "POST / HTTP/1.1",
        (H, "Content-Type: application/x-www-form-urlencoded", "Content-Length: \u00b2"),
        "411",
    ),
    "JSON": ("POST / HTTP/1.1", (H, "Content-Type: application/json", "Content-Length: 2"), "415"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "headers", "wanted"), REFUSED.values(), ids=REFUSED.keys())
async def test_everything_else_is_refused_and_nothing_judged(
    here: Listening, first: str, headers: tuple[str, ...], wanted: str
) -> None:
    answer = await here.say("\r\n".join((first, *headers, "", "")).encode("latin-1"))
    assert status(answer) == wanted
    assert here.got == []
    assert status(await here.get("/")) == "200", "it goes on"


async def test_a_head_without_end_is_cut_off(here: Listening) -> None:
    assert status(await here.say(b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000)) == "431"


async def test_https_is_turned_away_at_once(here: Listening) -> None:
    begun = time.monotonic()
    assert status(await here.say(b"\x16\x03\x01\x02\x00\x01\x00")) == "400"
    assert time.monotonic() - begun < loopback.SECONDS / 2


@given(some.binary(max_size=600), some.sampled_from([b"", b"\r\n\r\n"]))
@example(b"GET / HTTP/1.1\r\nHost: localhost", b"\r\n\r\n")
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_is_a_request_or_refused(sent: bytes, end: bytes) -> None:
    async def read() -> object:
        reader = asyncio.StreamReader(limit=1024)
        reader.feed_data(sent + end)
        reader.feed_eof()
        return await read_request(reader)

    try:
        assert isinstance(asyncio.run(read()), Request)
    except (Bad, asyncio.IncompleteReadError):
        return


async def test_both_loopbacks_are_listened_on(here: Listening) -> None:
    if not has_ipv6():
        pytest.skip("this host has no ::1")
    assert status(await here.get(f"/?code=1&state={STATE}", host="::1")) == "200"


async def test_nothing_is_reached_from_elsewhere(here: Listening) -> None:
    for server in here.loopback._servers:
        assert {one.getsockname()[0] for one in server.sockets} <= {"127.0.0.1", "::1"}


async def test_after_closing_nobody_listens(here: Listening) -> None:
    waiting, writer = await asyncio.open_connection("127.0.0.1", here.port)
    await asyncio.sleep(0)
    here.loopback.close()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", here.port)
    assert await gone(waiting), "who had not said anything is cut off"
    writer.close()
    again = Listening(here.port)
    await again.loopback.listen(here.port)  # at once, although connections have just ended
    assert status(await again.get("/")) == "200"
    again.loopback.close()


async def test_who_says_nothing_is_cut_off(
    here: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
    writer.write(b"GET / HT")
    assert await gone(reader)
    writer.close()
    assert here.loopback._open == {}


async def test_the_browser_gets_through_two_hundred_who_say_nothing(here: Listening) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", here.port) for _ in range(200)]
    begun = time.monotonic()
    answer = await here.get(f"/?code=1&state={STATE}")
    assert status(answer) == "200"
    assert time.monotonic() - begun < loopback.SECONDS / 2, (
        "nobody else's time limit was waited for"
    )
    assert len(here.loopback._open) <= MOST_CONNECTIONS
    for _, writer in silent:
        writer.transport.abort()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_port_that_another_program_has_is_left_to_it(host: str) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this host has no ::1")
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    with socket.socket(family) as other:
        other.bind((host, 0))
        other.listen()
        port = int(other.getsockname()[1])
        with pytest.raises(PortError, match=f"port {port}") as caught:
            await Listening(port).loopback.listen(port)
        assert "Paste the address" in str(caught.value)
        assert "name another port in the settings" in str(caught.value)
    for one in bound(port):  # and the other loopback was not kept
        one.close()


async def test_a_number_that_is_no_port_is_said() -> None:
    with pytest.raises(PortError, match="65535"):
        await Listening(1).loopback.listen(70_000)


async def test_a_port_that_this_user_may_not_have_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(loopback, "_bound", refused)  # root may have every port
    with pytest.raises(PortError, match="1024"):
        bound(80)


async def test_a_host_without_ipv6_listens_on_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[[str, int], socket.socket] = loopback._bound

    def without(host: str, port: int) -> socket.socket:
        if host == "::1":
            raise OSError(99, "Cannot assign requested address")
        return real(host, port)

    monkeypatch.setattr(loopback, "_bound", without)
    made = bound(free_port())
    assert len(made) == 1
    made[0].close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


async def gone(reader: asyncio.StreamReader) -> bool:
    """Whether the other side has ended the connection without a word."""
    try:
        return await asyncio.wait_for(reader.read(), 10) == b""
    except ConnectionResetError:
        return True
