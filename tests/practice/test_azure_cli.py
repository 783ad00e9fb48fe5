"""Azure CLI's session as the source of tokens for Azure: a real process, a real token, and all that can go wrong."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.azure_cli import MARGIN_SECONDS, AzureCli
from m365backup_tui.cloud.connect import tools_of
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import SCOPES_READ, SCOPES_SIGN_IN, Resource, practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.errors import NotSignedIn, Remedy, SignInRefused, StepUpNeeded
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.journal.runs import FileRuns
from tests.practice.az_program import Az
from tests.practice.conftest import Controls

Ready = dict[str, Any]
ADMIN, OTHER = "global-admin", "backup-admin"
CLAIMS = '{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}'


class Host:
    """Somebody signed in here, and an `az` beside it."""

    def __init__(self, ready: Ready, controls: Controls, folder: Path) -> None:
        self.ready, self.controls, self.folder = ready, controls, folder
        self.profile = practice_profile(ready)
        self.stand_in = PracticeStandIn(ready, tls_context(self.profile, {}))
        (folder / "bin").mkdir()
        self.az = Az(folder / "bin", ready, controls, ADMIN)
        self.made: list[SignIn] = []

    async def sign_in(self, persona: str = ADMIN, **settings: Any) -> SignIn:
        wanted = SignInSettings(azure_application="az", **settings)
        one = SignIn(
            self.profile,
            self.folder / "state",
            settings=wanted,
            backends=(),
            sleep=_no_wait,
            environ=self.az.environ,
        )
        self.made.append(one)
        await self.come_in(one, persona)
        return one

    async def come_in(self, one: SignIn, persona: str = ADMIN, **how: Any) -> Account:
        code = await one.device_code(how.pop("scopes", SCOPES_SIGN_IN), **how)
        await self.stand_in.approve(code.user_code, persona)
        return await one.wait_for_sign_in(code)

    def cli(self, **how: Any) -> AzureCli:
        return AzureCli(self.az.environ, self.profile.arm_scope, **how)

    def person(self, persona: str = ADMIN) -> Account:
        found = next(one for one in self.ready["personas"] if one["key"] == persona)
        return Account(self.ready["tenant_id"], found["oid"], f"{persona}@here", persona)


@pytest.fixture
async def host(ready: Ready, controls: Controls, tmp_path: Path) -> AsyncIterator[Host]:
    made = Host(ready, controls, tmp_path)
    yield made
    for one in made.made:
        one.close()
    await made.stand_in.close()


async def _no_wait(_: float) -> None:
    return


async def test_azure_is_asked_with_azure_clis_token_and_graph_with_our_own(host: Host) -> None:
    one = await host.sign_in()
    runs = FileRuns(host.folder / "runs", "a test")
    tools, close = await tools_of(one, host.profile, runs, host.stand_in, lambda *_: None)
    since = len(host.controls.log())
    assert await tools.azure.subscriptions()
    assert await tools.directory.tenant_name()
    await close()
    asked = [row for row in host.controls.log(since) if row.get("persona")]
    assert {row["persona"] for row in asked} == {ADMIN}
    assert [run[:2] for run in host.az.runs] == [["account", "get-access-token"]], "asked once"
    assert host.az.runs[0][2:] == [
        *("--resource", "https://management.azure.com"),
        *("--tenant", host.ready["tenant_id"]),
        *("-o", "json"),
    ]


async def test_the_session_is_shown_before_it_is_used(host: Host) -> None:
    one = await host.sign_in()
    found = await one.azure_cli()
    assert found is not None
    assert (found.why_not, found.subscription_name) == ("", "Production")
    assert found.tenant_id == host.ready["tenant_id"]
    assert one.account is not None
    assert found.username == one.account.username


async def test_it_is_not_asked_unless_it_was_chosen(host: Host) -> None:
    one = await host.sign_in()
    await one.change_settings(SignInSettings())
    await one.token(Resource.ARM, (host.profile.arm_scope,))
    assert host.az.runs == []


async def test_another_person_is_refused_by_both_names(host: Host, tmp_path: Path) -> None:
    one = await host.sign_in(OTHER)
    with pytest.raises(SignInRefused) as caught:
        await one.token(Resource.ARM, (host.profile.arm_scope,))
    assert caught.value.remedy is Remedy.OTHER_ACCOUNT
    assert one.account is not None
    for name in (host.az.session["shown"]["user"]["name"], one.account.username):
        assert name in caught.value.what
    found = await one.azure_cli()
    assert found is not None
    assert found.why_not == caught.value.what
    assert await one.token(Resource.GRAPH, SCOPES_READ), "Graph goes on"


async def test_another_tenant_is_told_without_asking_for_a_token(host: Host) -> None:
    host.az.session["shown"]["tenantId"] = "99999999-0000-4000-8000-000000000099"
    host.az.write()
    found = await host.cli().session(host.person())
    assert found is not None
    assert "of another organization (99999999" in found.why_not
    assert [run[:2] for run in host.az.runs] == [["account", "show"]]


async def test_an_application_is_no_person(host: Host) -> None:
    host.az.session["shown"]["user"] = {"name": "b6c1", "type": "servicePrincipal"}
    host.az.write()
    found = await host.cli().session(host.person())
    assert found is not None
    assert "signed in as an application" in found.why_not


WORDS = (
    ("sys.exit(\"ERROR: Please run 'az login' to setup account.\")", "Nobody is signed in"),
    ('sys.exit("az: error: unrecognized arguments: --tenant")', "too old"),
    ('sys.exit("AADSTS50173: The grant has expired, run az login")', "AADSTS50173"),
    ("sys.exit(7)", "ended with code 7"),
    ('print("<html>"); sys.exit(0)', "cannot be read"),
    ('print("[" * 9000); sys.exit(0)', "cannot be read"),
    ("print('[1]'); sys.exit(0)", "cannot be read"),
    ("sys.exit(0)", "cannot be read"),
    ("os.write(1, b'\\xff\\xfe\\x00'); sys.exit(0)", "cannot be read"),
    ("while True: os.write(1, b'x' * 65536)", "cannot be read"),
    ("while True: os.write(2, b'x' * 65536)", "ended with code -9"),
    ("os.kill(os.getpid(), 9)", "ended with code -9"),
)


async def test_whatever_az_does_is_a_sentence(host: Host) -> None:
    for before, words in WORDS:
        host.az.write(before)
        cli = host.cli()
        found = await cli.session(host.person())
        assert found is not None
        assert words in found.why_not
        with pytest.raises(NotSignedIn, match=words) as caught:
            await cli.token(host.person())
        assert caught.value.code == "sign_in_for_azure", "the sign-in page offers one of our own"
        assert caught.value.scopes == (host.profile.arm_scope,)
        assert caught.value.__cause__ is None


NO_TOKENS = (
    '{"accessToken": "opaque", "expires_on": 4102444800}',
    '{"accessToken": "e30.e30.x", "expires_on": 4102444800}',
    '{"expires_on": 4102444800}',
    '{"accessToken": null}',
)


async def test_what_is_no_token_of_a_person_is_not_sent(host: Host) -> None:
    for answer in NO_TOKENS:
        host.az.write(f"print({answer!r}); sys.exit(0)")
        with pytest.raises(NotSignedIn, match="no token of a person"):
            await host.cli().token(host.person())


async def test_without_az_there_is_no_session(host: Host, tmp_path: Path) -> None:
    for path in ("", str(tmp_path), f".{os.pathsep}", "bin"):
        cli = AzureCli({"PATH": path}, host.profile.arm_scope)
        assert await cli.session(host.person()) is None
        with pytest.raises(NotSignedIn, match="no `az` on this host"):
            await cli.token(host.person())


async def test_an_az_of_the_current_folder_is_not_run(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(host.az.folder)
    for path in (".", ""):
        assert AzureCli({"PATH": path}, host.profile.arm_scope).program is None
    assert host.az.runs == []


async def test_one_that_hangs_is_ended_with_all_it_started(host: Host, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    host.az.write(
        "child = os.fork()\n"
        f"open({str(pids)!r}, 'a').write(str(os.getpid()) + ' ')\n"
        "time.sleep(600)"
    )
    cli = host.cli(seconds=1.0)
    began = time.monotonic()
    found = await cli.session(host.person())
    assert time.monotonic() - began < 30, "az would have taken ten minutes"
    assert found is not None
    assert "did not answer within 1 seconds" in found.why_not
    assert await _all_gone(pids)
    task = asyncio.create_task(host.cli().token(host.person()))
    assert await _until(lambda: len(_pids(pids)) == 4)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 10, "a cancelled wait does not wait for az"
    assert await _all_gone(pids)


async def test_the_loop_goes_on_while_az_works(host: Host) -> None:
    host.az.write("time.sleep(1)")
    found = [await _worst_block(host) for _ in range(3)]
    print(
        f"worst blocks of the loop while az ran: {', '.join(f'{s * 1000:.1f} ms' for s in found)}"
    )
    assert min(found) < 0.5, "the loop did not wait for az"


async def _worst_block(host: Host) -> float:
    """How much later than asked for the loop came back, at worst, while `az` ran twice; seconds."""
    worst = 0.0
    asking = asyncio.create_task(host.cli().session(host.person()))
    while not asking.done():
        began = time.perf_counter()
        await asyncio.wait({asking}, timeout=0.005)
        if not asking.done():
            worst = max(worst, time.perf_counter() - began - 0.005)
    found = await asking
    assert found is not None
    assert found.why_not == ""
    return worst


async def test_a_token_is_kept_in_memory_until_five_minutes_before_its_end(host: Host) -> None:
    time_now = time.time()
    cli = host.cli(now=lambda: time_now)
    token, ends = await cli.token(host.person())
    assert ends > time_now + 3000
    assert (await asyncio.gather(*(cli.token(host.person()) for _ in range(5))))[4][0] == token
    assert len(host.az.runs) == 1
    time_now = ends - MARGIN_SECONDS + 1
    await cli.token(host.person())
    assert len(host.az.runs) == 2
    cli.forget()
    await cli.token(host.person())
    assert len(host.az.runs) == 3
    assert token not in repr(cli.__dict__)
    assert [p for p in host.folder.rglob("*") if p.is_file() and token in _text(p)] == []


async def test_an_older_az_without_a_usable_time_is_served_by_the_token_itself(host: Host) -> None:
    host.az.write(epoch=False)
    _, ends = await host.cli().token(host.person())
    assert ends > time.time() + 3000


async def test_a_withdrawn_session_is_told_with_its_number(host: Host) -> None:
    host.controls.scenarios({"id": "A5", "operation": "entra", "times": 1})
    with pytest.raises(NotSignedIn, match="AADSTS50173"):
        await host.cli().token(host.person())


async def test_a_challenge_needs_a_sign_in_of_our_own_which_then_takes_over(host: Host) -> None:
    one = await host.sign_in()
    arm = (host.profile.arm_scope,)
    await one.token(Resource.ARM, arm)
    with pytest.raises(StepUpNeeded) as caught:
        await one.token(Resource.ARM, arm, CLAIMS)
    assert (caught.value.claims, caught.value.scopes) == (CLAIMS, arm)
    ran = len(host.az.runs)
    came = await host.come_in(one, scopes=arm, resource=Resource.ARM, claims=CLAIMS)
    assert came == one.account
    await one.token(Resource.ARM, arm)
    assert len(host.az.runs) == ran, "from here on our own sign-in serves Azure"
    assert one.settings.azure_application == "az", "the choice stays for the next sitting"


async def test_signing_out_forgets_azure_clis_token_too(host: Host) -> None:
    one = await host.sign_in()
    await one.token(Resource.ARM, (host.profile.arm_scope,))
    await one.sign_out()
    with pytest.raises(NotSignedIn):
        await one.token(Resource.ARM, (host.profile.arm_scope,))
    await host.come_in(one, OTHER)
    with pytest.raises(SignInRefused):
        await one.token(Resource.ARM, (host.profile.arm_scope,))


async def test_nothing_of_a_foreign_person_is_kept(host: Host) -> None:
    cli = host.cli()
    await cli.token(host.person())
    stranger = replace(host.person(), object_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(SignInRefused):
        await cli.token(stranger)
    assert list(cli._kept) == [(host.person().tenant_id, host.person().object_id)]


def _text(path: Path) -> str:
    return path.read_bytes().decode("latin-1")


def _pids(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text().split()]


async def _all_gone(pids: Path) -> bool:
    return await _until(lambda: not any(_lives(pid) for pid in _pids(pids)))


def _lives(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def _until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Other processes are waited for: there is no clock of theirs to move."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.02)
    return True
