"""Signing in to the practice tenant with the real MSAL, kiota and azure-core."""

from __future__ import annotations

import asyncio
import logging
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from m365backup_tui.cloud.credential import SessionCredential
from m365backup_tui.cloud.practice import (
    PracticeProcess,
    PracticeStandIn,
    start_practice,
)
from m365backup_tui.cloud.profiles import (
    SCOPES_APPLY,
    SCOPES_READ,
    SCOPES_SIGN_IN,
    Profile,
    Resource,
    global_profile,
    practice_profile,
)
from m365backup_tui.cloud.redact import RedactingFilter, quiet_sdks
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import arm_client, tls_context
from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    Unreachable,
)
from m365backup_tui.domain.session import DeviceCode, KeptIn
from tests.unit.rings import Ring

ADMIN, OTHER = "global-admin", "backup-admin"


class World:
    """A practice tenant, a state folder and a keyring; makes sign-ins as separate processes would."""

    def __init__(self, ready: Any, folder: Path) -> None:
        self.profile: Profile = practice_profile(ready)
        self.tls = tls_context(self.profile, {})
        self.stand_in = PracticeStandIn(ready, self.tls)
        self.folder = folder
        self.ring = Ring()
        self.made: list[SignIn] = []

    def sign_in(self, keyring: bool = True, **kwargs: Any) -> SignIn:
        backends = (("a test keyring", lambda: self.ring),) if keyring else ()
        kwargs.setdefault("sleep", _no_wait)  # whoever approves does so before the first poll
        made = SignIn(
            kwargs.pop("profile", self.profile),
            self.folder,
            backends=backends,
            environ=kwargs.pop("environ", {}),
            **kwargs,
        )
        self.made.append(made)
        return made

    async def come_in(self, one: SignIn, persona: str = ADMIN) -> DeviceCode:
        code = await one.device_code(SCOPES_SIGN_IN)
        await self.stand_in.approve(code.user_code, persona)
        await one.wait_for_sign_in(code)
        return code

    async def token_requests(self) -> int:
        seen = await self.stand_in.control("GET", "requests")
        return sum(one["path"].endswith("/oauth2/v2.0/token") for one in seen)

    @property
    def cache_file(self) -> Path:
        return self.folder / "practice" / "signin" / "tokens-14d82eec.bin"


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeProcess]:
    process = asyncio.run(start_practice(tmp_path_factory.mktemp("tenant")))
    yield process
    asyncio.run(process.stop())
    assert not process.running


@pytest.fixture
async def world(tenant: PracticeProcess, tmp_path: Path) -> AsyncIterator[World]:
    made = World(tenant.ready, tmp_path)
    await made.stand_in.control("POST", "reset")
    yield made
    for one in made.made:
        one.close()
    await made.stand_in.close()


async def test_an_approved_code_signs_the_person_in(world: World) -> None:
    one = world.sign_in()
    code = await one.device_code(SCOPES_SIGN_IN)
    await world.stand_in.approve(code.user_code, ADMIN)
    account = await one.wait_for_sign_in(code)
    who = next(p for p in world.stand_in.personas() if p.key == ADMIN)
    assert (account.username, account.name) == (who.username, who.name)
    assert account == one.account


async def test_tokens_for_graph_and_azure_come_from_one_sign_in(world: World) -> None:
    one = world.sign_in()
    await world.come_in(one)
    graph, ends = await one.token(Resource.GRAPH, SCOPES_READ)
    arm, _ = await one.token(Resource.ARM, (world.profile.arm_scope,))
    assert graph != arm
    assert ends > 0
    asked = await world.token_requests()
    assert (await one.token(Resource.GRAPH, SCOPES_READ))[0] == graph
    assert await world.token_requests() == asked, "the second time costs no request"


async def test_a_declined_code_is_a_refusal(world: World) -> None:
    one = world.sign_in()
    code = await one.device_code(SCOPES_SIGN_IN)
    await world.stand_in.decline(code.user_code)
    with pytest.raises(SignInRefused) as caught:
        await one.wait_for_sign_in(code)
    assert caught.value.code == "AADSTS65004"
    assert one.account is None


async def test_the_service_says_when_a_code_has_expired(world: World) -> None:
    one = world.sign_in()
    code = await one.device_code(SCOPES_SIGN_IN)
    await world.stand_in.control("POST", "clock", {"advance": "PT16M"})
    with pytest.raises(SignInRefused, match="expired"):
        await one.wait_for_sign_in(code)


async def test_the_waits_are_counted_and_end_by_themselves(world: World) -> None:
    """Neither clock moves here: the service's would say that the code has expired, ours may be put right."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    one = world.sign_in(sleep=sleep)
    code = await one.device_code(SCOPES_SIGN_IN)
    with pytest.raises(SignInRefused) as caught:
        await one.wait_for_sign_in(code)
    assert caught.value.code == "expired_token"
    assert 900 <= sum(waited) < 1000


async def test_a_new_code_replaces_the_old_one(world: World) -> None:
    one = world.sign_in()
    old = await one.device_code(SCOPES_SIGN_IN)
    await one.device_code(SCOPES_SIGN_IN)
    with pytest.raises(SignInRefused, match="replaced"):
        await one.wait_for_sign_in(old)


async def test_cancelling_during_a_poll_signs_nobody_in(world: World) -> None:
    polling = asyncio.Event()

    async def sleep(_: float) -> None:
        polling.set()

    one = world.sign_in(sleep=sleep)
    code = await one.device_code(SCOPES_SIGN_IN)
    await world.stand_in.approve(code.user_code, ADMIN)
    task = asyncio.create_task(one.wait_for_sign_in(code))
    await polling.wait()  # the poll is on its way, and would succeed
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await one.accounts() == ()
    assert one.account is None
    assert await world.sign_in().accounts() == (), "nor is it kept on disk"


async def test_a_second_process_goes_on_without_a_person(world: World) -> None:
    await world.come_in(world.sign_in())
    later = world.sign_in()
    account = await later.resume()
    assert account is not None
    assert (account,) == await later.accounts()
    assert (await later.token_home()).kept_in is KeptIn.KEYRING
    await later.token(Resource.ARM, (world.profile.arm_scope,))


async def test_a_running_process_sees_a_sign_in_made_by_another(world: World) -> None:
    first, second = world.sign_in(), world.sign_in()
    assert await first.accounts() == ()
    await world.come_in(second)
    assert await first.resume() == second.account


async def test_the_file_is_private_and_holds_nothing_in_clear(world: World) -> None:
    one = world.sign_in()
    code = await world.come_in(one)
    token, _ = await one.token(Resource.GRAPH, SCOPES_READ)
    blob = world.cache_file.read_bytes()
    who = next(p for p in world.stand_in.personas() if p.key == ADMIN)
    for secret in (token, token.split(".")[1], "refresh_token", "RefreshToken", code.user_code):
        assert secret.encode() not in blob
    assert who.username.encode() not in blob
    assert stat.S_IMODE(world.cache_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(world.cache_file.parent.stat().st_mode) == 0o700


async def test_without_a_keyring_nothing_is_written(world: World) -> None:
    one = world.sign_in(keyring=False)
    await world.come_in(one)
    await one.token(Resource.GRAPH, SCOPES_READ)
    home = await one.token_home()
    assert home.kept_in is KeptIn.MEMORY
    assert "memory only" in home.why
    assert [path for path in world.folder.rglob("*") if path.suffix == ".bin"] == []


async def test_signing_out_leaves_neither_file_nor_key_nor_account(world: World) -> None:
    one = world.sign_in()
    await world.come_in(one)
    await one.sign_out()
    assert not world.cache_file.exists()
    assert world.ring.items == {}
    with pytest.raises(NotSignedIn):
        await one.token(Resource.GRAPH, SCOPES_READ)
    assert await world.sign_in().resume() is None


async def test_another_person_cannot_slip_into_the_session(world: World) -> None:
    one = world.sign_in()
    await world.come_in(one)
    before = one.account
    code = await one.device_code(SCOPES_SIGN_IN)
    await world.stand_in.approve(code.user_code, OTHER)
    with pytest.raises(SignInRefused) as caught:
        await one.wait_for_sign_in(code)
    assert caught.value.code == "account_mismatch"
    assert one.account == before
    assert await one.accounts() == (before,)


async def test_the_same_person_may_sign_in_again(world: World) -> None:
    one = world.sign_in()
    await world.come_in(one)
    before = one.account
    await world.come_in(one)
    assert one.account == before


async def test_missing_consent_names_the_scopes_and_check_again_asks_anew(world: World) -> None:
    one = world.sign_in()
    await world.come_in(one)
    await world.stand_in.control("PUT", "scenarios", [{"id": "consent-missing"}])
    with pytest.raises(ConsentNeeded) as caught:
        await one.token(Resource.GRAPH, SCOPES_APPLY)
    assert caught.value.scopes == SCOPES_APPLY
    await world.stand_in.control("PUT", "scenarios", [])
    asked = await world.token_requests()
    with pytest.raises(ConsentNeeded):
        await one.token(Resource.GRAPH, SCOPES_APPLY)
    assert await world.token_requests() == asked, "MSAL remembers the refusal"
    await one.forget_refusals()
    await one.token(Resource.GRAPH, SCOPES_APPLY)


async def test_a_server_with_another_authority_is_not_trusted(world: World, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(stranger)
    one = world.sign_in(profile=replace(world.profile, ca_file=stranger))
    with pytest.raises(Unreachable, match="was issued by"):
        await one.device_code(SCOPES_SIGN_IN)


async def test_microsofts_profile_does_not_trust_the_practice_tenant(world: World) -> None:
    here = world.profile.authority
    profile = replace(global_profile(), authority=here, instance_discovery=False)
    with pytest.raises(Unreachable, match="was issued by"):
        await world.sign_in(profile=profile).device_code(SCOPES_SIGN_IN)


async def test_the_environment_cannot_redirect_the_practice_tenant(world: World) -> None:
    environ = {"HTTPS_PROXY": "http://127.0.0.1:1", "REQUESTS_CA_BUNDLE": "/nowhere.pem"}
    one = world.sign_in(environ=environ)
    await world.come_in(one)
    await one.token(Resource.GRAPH, SCOPES_READ)


async def test_the_credential_serves_azure_core(world: World) -> None:
    from azure.core.rest import HttpRequest

    one = world.sign_in()
    await world.come_in(one)
    client = arm_client(await one.transport(), SessionCredential(one, world.profile, SCOPES_READ))
    async with client:
        request = HttpRequest("GET", "/subscriptions?api-version=2022-12-01")
        answer = await client.send_request(request)
    assert answer.status_code == 200
    assert answer.json()["value"]


async def test_the_stand_in_plays_the_admin_center(world: World, tenant: PracticeProcess) -> None:
    subscription = tenant.ready["subscriptions"][0]["id"]
    play = world.stand_in.play_admin_center
    await play("setup", subscription, "rg-m365-billing", "westeurope", ADMIN)
    state = await world.stand_in.control("GET", "state")
    assert state["billing"]["linked"]["resource_group"] == "rg-m365-billing"
    with pytest.raises(CloudError) as caught:
        await play("setup", subscription, "rg-nowhere", "westeurope", ADMIN)
    assert "rg-nowhere" in caught.value.what
    with pytest.raises(CloudError):
        await play("setup", subscription, "rg-m365-billing", "westeurope", "no-such-person")


async def test_a_tenant_that_has_gone_is_unreachable(world: World, tenant: PracticeProcess) -> None:
    gone = PracticeStandIn({**tenant.ready, "control": "https://localhost:1/"}, world.tls)
    with pytest.raises(Unreachable):
        await gone.control("GET", "state")
    await gone.close()


@pytest.mark.parametrize("page", ["billing_older", "billing_newer", "turn_on", "policies"])
async def test_every_link_of_the_practice_tenant_leads_to_a_page(world: World, page: str) -> None:
    import httpx

    async with httpx.AsyncClient(verify=world.tls, trust_env=False) as browser:
        answer = await browser.get(getattr(world.profile.links, page).url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_no_log_line_holds_a_secret_even_at_debug(world: World) -> None:
    one = world.sign_in()
    with _captured_logs() as lines:
        code = await one.device_code(SCOPES_SIGN_IN)
    flow = one._ways._codes[code.user_code].flow
    await world.stand_in.approve(code.user_code, ADMIN)  # its address names the code
    with _captured_logs(lines):
        await one.wait_for_sign_in(code)
        tokens = [
            (await one.token(Resource.GRAPH, SCOPES_READ))[0],
            (await one.token(Resource.ARM, (world.profile.arm_scope,)))[0],
        ]
    text = "\n".join(lines)
    assert "event=" in text, "msal did log at DEBUG"
    for secret in (flow["device_code"], code.user_code, *tokens):
        assert secret not in text


def test_the_tenant_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import asyncio, json, sys\n"
        "from pathlib import Path\n"
        "from m365backup_tui.cloud.practice import start_practice\n"
        "ready = asyncio.run(start_practice(Path(sys.argv[1]))).ready\n"
        "print(ready['pid'], flush=True)\n"
        "import os; os._exit(9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 9, done.stderr
    pid = int(done.stdout)
    assert _gone_within(pid, seconds=10)


async def test_a_tenant_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(Broken) as caught:
        await start_practice(tmp_path, scenarios=["no-such-thing"])
    assert "no-such-thing" in str(caught.value)


async def test_a_tenant_that_is_too_slow_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="in time"):
        await start_practice(tmp_path, deadline=-1.0)


async def _no_wait(_: float) -> None:
    return


@contextmanager
def _captured_logs(earlier: list[str] | None = None) -> Iterator[list[str]]:
    lines = earlier if earlier is not None else []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Keep()
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    level = root.level
    names = ("msal", "urllib3", "httpx", "azure", "httpcore")
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        quiet_sdks()


def _gone_within(pid: int, seconds: float) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        process.wait(timeout=seconds)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return bool(process.status() == psutil.STATUS_ZOMBIE)  # nobody collects it in a container
    return True
