"""Signing in by browser through the real msal: the browser that comes back, the pasted address, and every refusal."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import socket
import statistics
import sys
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from m365backup_tui.cloud.identity import READING
from m365backup_tui.cloud.profiles import SCOPES_APPLY, SCOPES_READ, SCOPES_SIGN_IN, Resource
from m365backup_tui.cloud.redact import RedactingFilter, quiet_sdks
from m365backup_tui.domain.errors import (
    CloudError,
    Rejected,
    Remedy,
    SignInRefused,
    StepUpNeeded,
    Unreachable,
)
from tests.practice.browser_desk import ADMIN, OTHER, Desk, listens

CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"p1"}}}'


@pytest.fixture
async def desk(ready: dict[str, Any], tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(ready, tmp_path)
    yield made
    await made.close()


async def refused(waiting: asyncio.Task[Any]) -> CloudError:
    with pytest.raises(CloudError) as caught:
        await waiting
    return caught.value


# --- the two ends --------------------------------------------------------------------------------------------------


async def test_the_browser_comes_back_and_the_person_is_in(desk: Desk) -> None:
    one = desk.sign_in()
    account = await desk.come_in(one)
    who = next(p for p in desk.stand_in.personas() if p.key == ADMIN)
    assert (account.username, account.name) == (who.username, who.name)
    assert account == one.account
    assert not listens(desk.port), "only while it was waited for"


async def test_the_address_is_pasted_and_the_person_is_in(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    end = await desk.browse(begun)
    await one.paste(begun, f"  curl '{end[:90]}\n  {end[90:]}' -H 'accept: */*'")
    assert await waiting == one.account
    assert not listens(desk.port)


async def test_one_sign_in_serves_graph_and_azure(desk: Desk) -> None:
    one = desk.sign_in()
    await desk.come_in(one)
    graph, _ = await one.token(Resource.GRAPH, SCOPES_READ)
    arm, _ = await one.token(Resource.ARM, (desk.profile.arm_scope,))
    assert graph != arm


async def test_a_sign_in_for_azure_alone(desk: Desk) -> None:
    one = desk.sign_in()
    await desk.come_in(one, scopes=(desk.profile.arm_scope,), resource=Resource.ARM)
    assert await one.token(Resource.ARM, (desk.profile.arm_scope,))


async def test_the_browser_may_come_by_ipv6(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = urlsplit(await desk.browse(begun))
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    try:
        reader, writer = await asyncio.open_connection("::1", desk.port)
    except OSError as error:
        waiting.cancel()
        pytest.skip(f"this host has no ::1: {error}")
    writer.write(f"GET /?{end.query} HTTP/1.1\r\nHost: {end.netloc}\r\n\r\n".encode())
    assert b"go back to the terminal" in await reader.read()
    writer.close()
    await waiting


async def test_a_real_browser_finds_the_way(desk: Desk) -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this host")
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    process = await asyncio.create_subprocess_exec(
        program, "--headless", "--no-sandbox", "--no-proxy-server", "--dump-dom",
        f"--user-data-dir={desk.folder / 'browser'}", end,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    shown, _ = await asyncio.wait_for(process.communicate(), 60)
    assert b"go back to the terminal" in shown
    assert await waiting == one.account


async def test_the_address_asks_for_what_is_needed_and_no_more(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(READING)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    assert asked["redirect_uri"] == f"http://localhost:{desk.port}"
    assert asked["response_mode"] == "query"
    assert asked["prompt"] == "select_account"
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == {*READING, "openid", "profile", "offline_access"}
    assert begun.expires_at - desk.clock() <= timedelta(minutes=15)
    assert begun.url not in repr(begun)
    print(f"\nThe address has {len(begun.url)} characters.")


async def test_whoever_is_pinned_is_named_and_step_up_asks_again(desk: Desk) -> None:
    one = desk.sign_in()
    account = await desk.come_in(one)
    asked = parse_qs(urlsplit((await one.browser(SCOPES_SIGN_IN)).url).query)
    assert asked["login_hint"] == [account.username]
    assert "prompt" not in asked
    asked = parse_qs(urlsplit((await one.browser(SCOPES_SIGN_IN, claims=CLAIMS)).url).query)
    assert asked["prompt"] == ["login"]
    assert '"acrs"' in asked["claims"][0]
    assert "xms_cc" in asked["claims"][0]


async def test_msal_says_nothing_about_the_query(desk: Desk) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await desk.sign_in().browser(SCOPES_SIGN_IN)


# --- refusals of Entra ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pasted", [False, True])
async def test_declining_comes_out_by_either_end(desk: Desk, pasted: bool) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    end = await desk.browse(begun, None)
    await (one.paste(begun, end) if pasted else desk.stand_in.follow(end))
    error = await refused(waiting)
    assert isinstance(error, SignInRefused)
    assert (error.code, bool(error.request_id)) == ("AADSTS65004", True)
    assert one.account is None


@pytest.mark.parametrize(
    ("fault", "number", "remedy"),
    [
        ({"id": "A3", "operation": "get token"}, 53003, Remedy.OTHER_WAY),
        ({"id": "A", "aadsts": 53000, "operation": "get token"}, 53000, None),
        ({"id": "A", "aadsts": 50105, "operation": "get token"}, 50105, Remedy.OTHER_APPLICATION),
        ({"id": "A", "aadsts": 54005, "operation": "get token"}, 54005, None),
        ({"id": "A", "aadsts": 70008, "operation": "get token"}, 70008, None),
        ({"id": "A", "aadsts": 999999, "operation": "get token"}, 999999, None),
    ],
)
async def test_what_entra_refuses_at_the_end_is_said(
    desk: Desk, fault: dict[str, Any], number: int, remedy: Remedy | None
) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    await desk.control("POST", "faults", fault)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await one.paste(begun, end)
    error = await refused(waiting)
    assert error.code == f"AADSTS{number}"
    assert error.correlation_id
    assert remedy is None or error.remedy is remedy
    assert await one.accounts() == ()
    assert not listens(desk.port)


async def test_a_block_that_the_browser_alone_shows_leaves_the_wait_as_it_is(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await desk.control("POST", "faults", {"id": "A3", "operation": "sign in"})
    with pytest.raises(Rejected, match="Conditional Access") as caught:
        await desk.browse(begun)
    assert caught.value.code == "AADSTS53003"
    await desk.control("PUT", "scenarios", [])
    assert not waiting.done()
    await desk.stand_in.follow(await desk.browse(begun))  # the same address, once more
    await waiting


async def test_consent_is_given_in_the_browser_or_its_lack_comes_out(desk: Desk) -> None:
    await desk.control("PUT", "scenarios", [{"id": "consent-missing"}])
    one = desk.sign_in()
    begun = await one.browser(SCOPES_APPLY)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await desk.stand_in.follow(await desk.browse(begun, "sharepoint-admin"))  # may not consent
    error = await refused(waiting)
    assert error.code == "AADSTS65004"
    await desk.come_in(one, ADMIN, scopes=SCOPES_APPLY)
    assert await one.token(Resource.GRAPH, SCOPES_APPLY)


async def test_step_up_goes_through_this_way_too(desk: Desk) -> None:
    one = desk.sign_in()
    before = await desk.come_in(one)
    await desk.control("POST", "faults", {"id": "A2", "operation": "entra"})
    with pytest.raises(StepUpNeeded) as caught:
        await one.token(Resource.ARM, (desk.profile.arm_scope,))
    needs = caught.value
    after = await desk.come_in(one, scopes=needs.scopes, resource=Resource.ARM, claims=needs.claims)
    assert after == before
    assert await one.token(Resource.ARM, (desk.profile.arm_scope,))


async def test_another_person_cannot_slip_in(desk: Desk) -> None:
    one = desk.sign_in()
    mine = await desk.come_in(one)
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await desk.stand_in.follow(await desk.browse(begun, OTHER))
    assert (await refused(waiting)).code == "account_mismatch"
    assert (one.account, await one.accounts()) == (mine, (mine,))


async def test_an_account_may_be_changed_on_purpose(desk: Desk) -> None:
    one = desk.sign_in()
    mine = await desk.come_in(one)
    begun = await one.browser(SCOPES_SIGN_IN, another=True)
    assert "login_hint" not in parse_qs(urlsplit(begun.url).query)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await desk.stand_in.follow(await desk.browse(begun, OTHER))
    assert await waiting != mine


# --- the line, the clock ---------------------------------------------------------------------------------------------


async def pasted(desk: Desk, *faults: dict[str, Any]) -> tuple[Any, asyncio.Task[Any]]:
    """The browser has ended and its address is pasted while these faults are on."""
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    for fault in faults:
        await desk.control("POST", "faults", fault)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await one.paste(begun, end)
    return one, waiting


async def test_a_code_waits_while_entra_cannot_be_reached(desk: Desk) -> None:
    async def line_comes_back(_: float) -> None:
        if len(desk.waits) == 2:
            await desk.control("DELETE", "faults")

    desk.on_sleep = line_comes_back
    one, waiting = await pasted(desk, {"id": "T1"})
    assert await waiting == one.account
    assert desk.waits == [2.0, 4.0]


async def test_after_some_tries_it_is_said_that_entra_cannot_be_reached(desk: Desk) -> None:
    one, waiting = await pasted(desk, {"id": "T1"})
    error = await refused(waiting)
    assert isinstance(error, Unreachable)
    assert desk.waits == [2.0, 4.0, 8.0, 16.0]
    assert not listens(desk.port)
    await desk.control("DELETE", "faults")
    assert await desk.come_in(one), "and the next address works"


@pytest.mark.parametrize("fault", ["T6", "T5", "H3", "T9"])
async def test_a_lost_answer_is_never_guessed_at(desk: Desk, fault: str) -> None:
    one, waiting = await pasted(desk, {"id": fault, "operation": "get token", "nth": 1})
    error = await refused(waiting)
    assert (type(error), error.code) == (SignInRefused, "answer_lost")
    assert "ask for a new address" in error.what
    assert desk.waits == [], "the code is not sent a second time"
    assert await one.accounts() == ()
    await desk.control("DELETE", "faults")
    await desk.come_in(one)


@pytest.mark.parametrize("operation", ["start device code", "get token"])
async def test_after_a_short_failure_a_new_code_works_at_once(desk: Desk, operation: str) -> None:
    """MSAL alone would repeat the failure for seconds without asking."""
    one = desk.sign_in()
    await desk.control("POST", "faults", {"id": "H3", "operation": operation, "nth": 1})
    with suppress(CloudError):
        await one.device_code(SCOPES_SIGN_IN)
    code = await one.device_code(SCOPES_SIGN_IN)
    await desk.stand_in.approve(code.user_code, ADMIN)
    assert await one.wait_for_sign_in(code) == one.account


async def test_when_entra_asks_to_wait_the_code_waits_too(desk: Desk) -> None:
    fault = {"id": "H5", "operation": "get token", "nth": 1, "retry_after": 7}
    one, waiting = await pasted(desk, fault)
    assert await waiting == one.account
    assert len(desk.waits) == 1
    assert 5 < desk.waits[0] <= 7.5


async def test_an_address_is_good_for_fifteen_minutes(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    desk.clock.ahead += timedelta(minutes=15)
    with pytest.raises(Rejected) as caught:
        await one.paste(begun, end)
    assert caught.value.code == "expired_address"
    error = await refused(asyncio.create_task(one.wait_for_browser(begun)))
    assert error.code == "expired_address"
    assert not listens(desk.port)


async def test_a_code_that_is_too_old_or_was_used_is_refused(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    await desk.control("POST", "clock", {"advance": "PT11M"})
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await one.paste(begun, end)
    assert (await refused(waiting)).code == "AADSTS70008"
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    await somebody_else_redeems(desk, end)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await one.paste(begun, end)
    assert (await refused(waiting)).code == "AADSTS54005"


async def somebody_else_redeems(desk: Desk, end: str) -> None:
    """A code alone, without the verifier, is of no use to whoever saw the address; but it is used up then."""
    import httpx

    form = {
        "grant_type": "authorization_code",
        "client_id": desk.profile.graph_client_id,
        "code": parse_qs(urlsplit(end).query)["code"][0],
        "redirect_uri": f"http://localhost:{desk.port}",
        "code_verifier": "x" * 43,
    }
    async with httpx.AsyncClient(verify=desk.tls, trust_env=False) as thief:
        answer = await thief.post(f"{desk.profile.authority}/oauth2/v2.0/token", data=form)
    assert answer.json()["error_codes"] == [501481]


# --- the paste box ---------------------------------------------------------------------------------------------------


async def test_wrong_pastes_are_said_and_the_wait_goes_on(desk: Desk) -> None:
    one = desk.sign_in()
    earlier = await one.browser(SCOPES_SIGN_IN)
    old_end = await desk.browse(earlier)
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    for text, code in ((old_end, "other_state"), (begun.url, "not_the_end"), ("", "empty")):
        with pytest.raises(Rejected) as caught:
            await one.paste(begun, text)
        assert caught.value.code == code
    with pytest.raises(Rejected) as caught:
        await one.paste(earlier, old_end)
    assert caught.value.code == "address_replaced"
    await one.paste(begun, await desk.browse(begun))
    await waiting


async def test_the_first_answer_counts_and_the_second_hears_so(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    first, second = await desk.browse(begun), await desk.browse(begun)
    await one.paste(begun, first)
    assert "Done already" in await visit(second)
    with pytest.raises(Rejected) as caught:
        await one.paste(begun, second)
    assert caught.value.code == "already_done"
    assert await one.wait_for_browser(begun) == one.account
    with pytest.raises(Rejected) as caught:
        await one.paste(begun, second)
    assert caught.value.code == "already_done"
    with pytest.raises(Unreachable):
        await desk.stand_in.follow(second)


async def visit(address: str) -> str:
    """What the browser shows at this address of the listener."""
    end = urlsplit(address)
    reader, writer = await asyncio.open_connection("127.0.0.1", end.port)
    target = f"/?{end.query}" if end.query else "/"
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {end.netloc}\r\n\r\n".encode())
    shown = await reader.read()
    writer.close()
    return shown.decode()


# --- the port --------------------------------------------------------------------------------------------------------


async def test_a_port_in_use_is_said_and_pasting_works(desk: Desk) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", desk.port))
        other.listen()
        one = desk.sign_in()
        begun = await one.browser(SCOPES_SIGN_IN)
        assert f"port {desk.port}" in begun.why_not_listening
        waiting = asyncio.create_task(one.wait_for_browser(begun))
        await one.paste(begun, await desk.browse(begun))
        await waiting


async def test_with_port_0_nothing_listens_and_pasting_works(desk: Desk) -> None:
    one = desk.sign_in(port=0)
    begun = await one.browser(SCOPES_SIGN_IN)
    assert (begun.port, bool(begun.why_not_listening)) == (0, True)
    end = await desk.browse(begun)
    assert end.startswith("http://localhost:8400")
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await one.paste(begun, end)
    await waiting


async def test_a_new_port_holds_from_the_next_address_on(desk: Desk) -> None:
    from tests.practice.browser_desk import free_port

    one = desk.sign_in()
    await one.browser(SCOPES_SIGN_IN)
    other = free_port()
    await one.change_settings(replace(one.settings, port=other))
    begun = await one.browser(SCOPES_SIGN_IN)
    assert (begun.port, listens(other), listens(desk.port)) == (other, True, False)


async def test_a_second_process_with_the_same_port_goes_on_by_pasting(
    desk: Desk, ready: dict[str, Any]
) -> None:
    one = desk.sign_in()
    mine = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(mine))
    async with second_process(ready, desk) as (url, why, paste):
        assert f"port {desk.port}" in why
        theirs = await desk.stand_in.browse(url, OTHER)
        assert "belongs to another sign-in" in await visit(theirs), "the browser ended here"
        assert not waiting.done()
        assert await paste(theirs) == who(desk, OTHER)
    await desk.stand_in.follow(await desk.browse(mine))
    assert (await waiting).username == who(desk, ADMIN)


def who(desk: Desk, key: str) -> str:
    return next(one.username for one in desk.stand_in.personas() if one.key == key)


@asynccontextmanager
async def second_process(
    ready: dict[str, Any], desk: Desk
) -> AsyncIterator[tuple[str, str, Callable[[str], Awaitable[str]]]]:
    """Another process that signs in on the same port: its address, why it does not listen, and its paste box."""
    folder = desk.folder / "second"
    folder.mkdir()
    (folder / "ready.json").write_text(json.dumps(ready))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.practice.second_sign_in", str(folder), str(desk.port),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    written, read = process.stdin, process.stdout

    async def paste(address: str) -> str:
        written.write(f"{address}\n".encode())
        return (await asyncio.wait_for(read.readline(), 30)).decode().strip()

    try:
        told = json.loads(await asyncio.wait_for(read.readline(), 30))
        yield told["url"], told["why"], paste
    finally:
        written.close()
        await asyncio.wait_for(process.wait(), 30)


async def test_the_browser_gets_through_two_hundred_strangers(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    strange = (
        b"",
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\r\nHost: evil\r\n\r\n",
        b"GET /?code=1&state=2 HTTP/1.1\r\n",
    )
    open_ones = []
    for number in range(200):
        _, writer = await asyncio.open_connection("127.0.0.1", desk.port)
        writer.write(strange[number % len(strange)])
        open_ones.append(writer)
    assert not waiting.done()
    await desk.stand_in.follow(end)
    assert await waiting == one.account
    for writer in open_ones:
        writer.transport.abort()


async def test_an_answer_with_another_state_changes_nothing(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    for query in ("code=1.Aevil&state=evil", "error=access_denied&state=evil", "code=1.Aevil"):
        shown = await visit(f"http://localhost:{desk.port}/?{query}")
        assert "another sign-in" in shown
        assert "evil" not in shown
    assert not waiting.done()
    await desk.stand_in.follow(await desk.browse(begun))
    await waiting


# --- giving up -------------------------------------------------------------------------------------------------------


async def test_cancelling_ends_at_once_and_nothing_listens(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await asyncio.sleep(0)
    before = time.perf_counter()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    took = time.perf_counter() - before
    print(f"\nCancelled in {took * 1000:.2f} ms.")
    assert took < 5
    assert not listens(desk.port)
    with pytest.raises(Rejected):
        await one.paste(begun, "anything")


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8])
async def test_cancelled_while_the_code_is_redeemed_nobody_is_signed_in(
    desk: Desk, turns: int
) -> None:
    one, waiting = await pasted(desk)
    for _ in range(turns):
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await one.accounts() == (), "asked after the redemption, on the same thread"
    assert one.account is None
    assert not listens(desk.port)


async def test_cancelled_before_the_address_is_there_nothing_listens(desk: Desk) -> None:
    one = desk.sign_in()
    for turns in range(12):
        beginning = asyncio.create_task(one.browser(SCOPES_SIGN_IN))
        for _ in range(turns):
            await asyncio.sleep(0)
        beginning.cancel()
        with pytest.raises(asyncio.CancelledError):
            await beginning
        assert not listens(desk.port)


async def test_the_other_way_takes_its_place_and_back(desk: Desk) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    by_browser = asyncio.create_task(one.wait_for_browser(begun))
    code = await one.device_code(SCOPES_SIGN_IN)
    assert (await refused(by_browser)).code == "address_replaced"
    assert not listens(desk.port)
    by_code = asyncio.create_task(one.wait_for_sign_in(code))
    await asyncio.sleep(0)
    await one.browser(SCOPES_SIGN_IN)
    await desk.stand_in.approve(code.user_code, ADMIN)
    assert (await refused(by_code)).code == "code_replaced"
    assert await one.accounts() == ()


async def test_a_new_address_replaces_the_one_before_on_the_same_port(desk: Desk) -> None:
    one = desk.sign_in()
    earlier = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(earlier))
    await asyncio.sleep(0)
    begun = await one.browser(SCOPES_SIGN_IN)
    assert begun.why_not_listening == ""
    assert (await refused(waiting)).code == "address_replaced"
    with pytest.raises(SignInRefused):
        await one.wait_for_browser(earlier)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await desk.stand_in.follow(await desk.browse(begun))
    await waiting


async def test_two_begun_at_once_leave_one_that_listens(desk: Desk) -> None:
    one = desk.sign_in()
    both = await asyncio.gather(one.browser(SCOPES_SIGN_IN), one.browser(SCOPES_SIGN_IN))
    waits = [asyncio.create_task(one.wait_for_browser(begun)) for begun in both]
    done, going = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    assert [(await refused(task)).code for task in done] == ["address_replaced"]
    (task,) = going
    begun = both[waits.index(task)]
    assert begun.why_not_listening == ""
    await desk.stand_in.follow(await desk.browse(begun))
    assert await task == one.account


@pytest.mark.parametrize("end", ["sign out", "close"])
async def test_signing_out_and_leaving_end_the_listening(desk: Desk, end: str) -> None:
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    assert listens(desk.port)
    if end == "close":
        one.close()
    else:
        await one.sign_out()
    assert not listens(desk.port)
    assert (await refused(waiting)).code == "address_replaced"


# --- figures ---------------------------------------------------------------------------------------------------------


async def test_figures(desk: Desk) -> None:
    """Printed with -s: from the redirect to the end of the wait, and the longest time in which the loop did nothing."""
    took: list[float] = []
    one = desk.sign_in()
    await desk.come_in(one)  # msal is imported the first time
    watching = Watch()
    for _ in range(20):
        begun = await one.browser(SCOPES_SIGN_IN)
        end = await desk.browse(begun)
        waiting = asyncio.create_task(one.wait_for_browser(begun))
        async with watching:
            before = time.perf_counter()
            shown = asyncio.create_task(visit(end))
            await waiting
            took.append(time.perf_counter() - before)
            await shown
    print(
        f"\nFrom the redirect to the sign-in: median {statistics.median(took) * 1000:.0f} ms, "
        f"worst {max(took) * 1000:.0f} ms of {len(took)}; loop late by at most {watching.worst * 1000:.1f} ms."
    )
    assert statistics.median(took) < 5


class Watch:
    """How late a timer of one millisecond came at worst, in seconds."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._look())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _look(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.worst = max(self.worst, time.perf_counter() - before - 0.001)


# --- secrets ---------------------------------------------------------------------------------------------------------


async def test_no_log_line_and_no_repr_holds_code_state_or_verifier(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    keep = Keep()
    keep.addFilter(RedactingFilter())
    one = desk.sign_in()
    begun = await one.browser(SCOPES_SIGN_IN)
    end = await desk.browse(begun)
    held = one._ways._browser._begun
    assert held is not None
    root = logging.getLogger()
    with caplog.at_level(logging.DEBUG):
        root.addHandler(keep)
        for name in ("msal", "urllib3", "asyncio"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        waiting = asyncio.create_task(one.wait_for_browser(begun))
        await one.paste(begun, end)
        await waiting
        root.removeHandler(keep)
        quiet_sdks()
    text = "\n".join((*lines, repr(held), repr(begun), repr(waiting)))
    assert "event=" in text, "msal did log at DEBUG"
    answer = parse_qs(urlsplit(end).query)
    for secret in (answer["code"][0], answer["state"][0], held.flow["code_verifier"]):
        assert secret not in text
