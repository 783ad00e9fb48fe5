"""Answers of Entra that the practice tenant does not give yet, from a small server, through the real MSAL."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from m365backup_tui.cloud.profiles import (
    SCOPES_APPLY,
    SCOPES_SIGN_IN,
    Profile,
    Resource,
)
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.ways import FAILED_POLLS_IN_A_ROW
from m365backup_tui.domain.errors import NotSignedIn, SignInRefused, StepUpNeeded, Unreachable
from tests.unit.tenants import serving

TENANT, PERSON = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
DROPPED: tuple[int, dict[str, Any]] = (0, {})
PENDING = (400, {"error": "authorization_pending"})


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Entra:
    """Says yes to everything, except what is put in `next_answers` or `refuse`."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.next_answers: list[tuple[int, dict[str, Any]]] = []
        self.refuse: dict[tuple[str, str], int] = {}  # (client id, word in scope) -> AADSTS
        self.forms: list[dict[str, str]] = []
        self.asked, self.answers = asyncio.Event(), asyncio.Event()  # of the token endpoint
        self.answers.set()

    async def discovery(self, _: web.Request) -> web.Response:
        base = self.profile.authority
        ends = {
            "authorization": "authorize",
            "token": "token",
            "device_authorization": "devicecode",
        }
        document = {f"{name}_endpoint": f"{base}/oauth2/v2.0/{end}" for name, end in ends.items()}
        return web.json_response({**document, "issuer": f"{base}/v2.0"})

    async def device_code(self, request: web.Request) -> web.Response:
        self.forms.append({str(k): str(v) for k, v in (await request.post()).items()})
        page = "https://localhost/device"
        answer = {"user_code": "ABCDEFGH", "device_code": "d", "verification_uri": page}
        return web.json_response({**answer, "expires_in": 900, "interval": 1, "message": "m"})

    async def token(self, request: web.Request) -> web.Response:
        form = {str(k): str(v) for k, v in (await request.post()).items()}
        self.forms.append(form)
        self.asked.set()
        await self.answers.wait()
        if self.next_answers:
            status, body = self.next_answers.pop(0)
            if status == 0 and request.transport is not None:
                request.transport.abort()  # the line drops
            return web.json_response(body, status=status)
        for (client, word), number in self.refuse.items():
            if form["client_id"] == client and word in form.get("scope", ""):
                body = {"error": "invalid_grant", "error_codes": [number], "trace_id": "t"}
                return web.json_response(body, status=400)
        claims = {"tid": TENANT, "oid": PERSON, "preferred_username": "a@b.c", "name": "A"}
        answer = {
            "access_token": f"access-{len(self.forms)}",
            "refresh_token": "refresh",
            "id_token": f"{_part({'alg': 'none'})}.{_part({**claims, 'sub': 's', 'aud': 'x'})}.",
            "client_info": _part({"uid": PERSON, "utid": TENANT}),
            "expires_in": 3600,
            "token_type": "Bearer",
            "scope": form.get("scope") or "User.Read openid profile",
        }
        return web.json_response(answer)


@pytest.fixture
async def entra(tmp_path: Path) -> AsyncIterator[Entra]:
    async with serving(tmp_path, Entra) as made:
        yield made


@pytest.fixture
async def one(entra: Entra, tmp_path: Path) -> AsyncIterator[SignIn]:
    made = SignIn(entra.profile, tmp_path, backends=(), sleep=_no_wait, environ={})
    yield made
    made.close()


async def _no_wait(_: float) -> None:
    return


async def _come_in(one: SignIn, resource: Resource = Resource.GRAPH) -> None:
    await one.wait_for_sign_in(await one.device_code(SCOPES_SIGN_IN, resource))


async def test_when_azure_refuses_the_first_application_the_second_one_signs_in(
    one: SignIn, entra: Entra
) -> None:
    profile = entra.profile
    arm = (profile.arm_scope,)
    entra.refuse[profile.graph_client_id, "management.azure.com"] = 65002
    await _come_in(one)
    with pytest.raises(NotSignedIn) as caught:
        await one.token(Resource.ARM, arm)
    assert caught.value.code == "sign_in_for_azure"
    assert one.client_id(Resource.ARM) == profile.arm_fallback_client_id
    await one.wait_for_sign_in(await one.device_code(arm, Resource.ARM))
    token, _ = await one.token(Resource.ARM, arm)
    assert token.startswith("access-")
    assert entra.forms[-1]["client_id"] == profile.arm_fallback_client_id
    assert one.client_id(Resource.GRAPH) == profile.graph_client_id


async def test_a_session_that_can_never_be_refreshed_is_dropped(one: SignIn, entra: Entra) -> None:
    await _come_in(one)
    entra.next_answers = [(400, {"error": "invalid_grant", "error_codes": [530036]})]
    with pytest.raises(SignInRefused, match="device code"):
        await one.token(Resource.GRAPH, SCOPES_APPLY)
    assert await one.accounts() == ()
    with pytest.raises(NotSignedIn):
        await one.token(Resource.GRAPH, SCOPES_SIGN_IN)


async def test_who_comes_in_while_a_dead_session_is_dropped_stays(
    one: SignIn, entra: Entra
) -> None:
    await _come_in(one)
    code = await one.device_code(SCOPES_SIGN_IN)
    entra.next_answers = [(400, {"error": "invalid_grant", "error_codes": [530036]})]
    refused, came = await asyncio.gather(
        one.token(Resource.GRAPH, SCOPES_APPLY), one.wait_for_sign_in(code), return_exceptions=True
    )
    assert isinstance(refused, SignInRefused)
    assert await one.accounts() == (came,)
    token, _ = await one.token(Resource.GRAPH, SCOPES_SIGN_IN)
    assert token.startswith("access-")


async def test_a_challenge_is_tried_silently_and_then_asks_for_the_person(
    one: SignIn, entra: Entra
) -> None:
    await _come_in(one)
    before, _ = await one.token(Resource.GRAPH, SCOPES_SIGN_IN)
    after, _ = await one.token(Resource.GRAPH, SCOPES_SIGN_IN, CLAIMS)
    assert after != before, "a challenge never gets the old token"
    assert '"nbf"' in entra.forms[-1]["claims"]
    assert "CP1" in entra.forms[-1]["claims"].upper()
    entra.next_answers = [(400, {"error": "interaction_required", "error_codes": [50076]})]
    with pytest.raises(StepUpNeeded, match="multifactor") as caught:
        await one.token(Resource.GRAPH, SCOPES_SIGN_IN, CLAIMS.replace("1", "2"))
    code = await one.device_code(SCOPES_SIGN_IN, claims=caught.value.claims)
    assert json.loads(entra.forms[-1]["claims"])["access_token"]["nbf"]["value"] == "2"
    await one.wait_for_sign_in(code)


async def test_a_refused_challenge_leaves_the_sign_in_alone(one: SignIn, entra: Entra) -> None:
    await _come_in(one)
    entra.next_answers = [(400, {"error": "interaction_required", "error_codes": [50076]})]
    with pytest.raises(StepUpNeeded):
        await one.token(Resource.ARM, (entra.profile.arm_scope,), CLAIMS)
    await one.token(Resource.GRAPH, SCOPES_SIGN_IN)


async def test_waiting_goes_on_through_pending_slow_down_and_a_lost_answer(
    one: SignIn, entra: Entra
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    one._ways._sleep = sleep
    entra.next_answers = [PENDING, (400, {"error": "slow_down"}), DROPPED, PENDING]
    account = await one.wait_for_sign_in(await one.device_code(SCOPES_SIGN_IN))
    assert account.username == "a@b.c"
    assert waits == [1, 1, 6, 6, 6], "five seconds more after slow_down"


async def test_a_dead_line_is_given_up_after_several_tries(one: SignIn, entra: Entra) -> None:
    code = await one.device_code(SCOPES_SIGN_IN)
    asked = len(entra.forms)
    entra.next_answers = [(503, {})] * 20
    with pytest.raises(Unreachable, match="503"):
        await one.wait_for_sign_in(code)
    assert len(entra.forms) - asked <= FAILED_POLLS_IN_A_ROW
    entra.next_answers = []


async def test_conditional_access_on_the_token_is_a_refusal_with_its_number(
    one: SignIn, entra: Entra
) -> None:
    code = await one.device_code(SCOPES_SIGN_IN)
    entra.next_answers = [(400, {"error": "access_denied", "error_codes": [53003]})]
    with pytest.raises(SignInRefused, match="Conditional Access") as caught:
        await one.wait_for_sign_in(code)
    assert caught.value.code == "AADSTS53003"
