"""Answers to a browser's code that the practice tenant does not give, through the real MSAL."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.errors import CloudError, SignInRefused
from m365backup_tui.domain.session import BrowserSignIn
from m365backup_tui.domain.settings import SignInSettings
from tests.unit.test_signin_entra import PERSON, TENANT, Entra, _part
from tests.unit.test_signin_entra import entra as entra  # the fixture


@pytest.fixture
async def one(entra: Entra, tmp_path: Path) -> AsyncIterator[SignIn]:
    settings = SignInSettings(port=0)
    made = SignIn(entra.profile, tmp_path, settings=settings, backends=(), environ={})
    yield made
    made.close()


def asked(begun: BrowserSignIn) -> dict[str, str]:
    query = parse_qs(urlsplit(begun.url).query)
    return {name: values[0] for name, values in query.items()}


def tokens(nonce: str | None, **claims: Any) -> tuple[int, dict[str, Any]]:
    """A token answer whose id token carries this nonce."""
    person = {"tid": TENANT, "oid": PERSON, "preferred_username": "a@b.c", "name": "A", "aud": "x"}
    named = {**person, "sub": "s", **({"nonce": nonce} if nonce else {}), **claims}
    return 200, {
        "access_token": "access",
        "refresh_token": "refresh",
        "id_token": f"{_part({'alg': 'none'})}.{_part(named)}.",
        "client_info": _part({"uid": PERSON, "utid": TENANT}),
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": "User.Read openid profile",
    }


async def come_back(one: SignIn, begun: BrowserSignIn) -> Any:
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    await one.paste(begun, f"http://localhost:8400/?code=canary-code&state={asked(begun)['state']}")
    return await waiting


async def test_the_nonce_of_the_address_signs_in(one: SignIn, entra: Entra) -> None:
    begun = await one.browser(SCOPES_SIGN_IN)
    entra.next_answers = [tokens(asked(begun)["nonce"])]
    assert (await come_back(one, begun)).object_id == PERSON
    form = entra.forms[-1]
    assert form["redirect_uri"] == asked(begun)["redirect_uri"]
    hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
    assert asked(begun)["code_challenge"] == challenge
    assert "client_secret" not in form


@pytest.mark.parametrize("nonce", [None, "of-another-sign-in"])
async def test_an_id_token_of_another_sign_in_is_thrown_away(
    one: SignIn, entra: Entra, nonce: str | None
) -> None:
    begun = await one.browser(SCOPES_SIGN_IN)
    entra.next_answers = [tokens(nonce)]
    with pytest.raises(SignInRefused) as caught:
        await come_back(one, begun)
    assert caught.value.code == "wrong_id_token"
    assert await one.accounts() == ()
    assert one.account is None
    text = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert "canary" not in text
    assert asked(begun)["nonce"] not in text


async def test_an_answer_without_a_person_signs_nobody_in(one: SignIn, entra: Entra) -> None:
    begun = await one.browser(SCOPES_SIGN_IN)
    status, body = tokens(None)
    entra.next_answers = [(status, {n: v for n, v in body.items() if n != "id_token"})]
    with pytest.raises(CloudError):
        await come_back(one, begun)
    assert one.account is None


async def test_an_empty_answer_is_a_refusal(one: SignIn, entra: Entra) -> None:
    begun = await one.browser(SCOPES_SIGN_IN)
    entra.next_answers = [(400, {})]
    with pytest.raises(SignInRefused):
        await come_back(one, begun)


async def test_what_was_given_up_while_its_code_is_at_entra_signs_nobody_in(
    one: SignIn, entra: Entra
) -> None:
    begun = await one.browser(SCOPES_SIGN_IN)
    entra.next_answers = [tokens(asked(begun)["nonce"])]
    entra.answers.clear()
    waiting = asyncio.create_task(come_back(one, begun))
    await entra.asked.wait()
    another = asyncio.create_task(one.browser(SCOPES_SIGN_IN))
    await asyncio.sleep(0)  # it gives up the one before as it begins
    assert one._ways._browser._begun is None
    entra.answers.set()
    with pytest.raises(SignInRefused) as caught:
        await waiting
    assert caught.value.code == "address_replaced"
    await another
    assert await one.accounts() == ()
    assert one.account is None
