"""Consent given by somebody else, on the page that the link leads to, between two presses of "check again"."""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from m365backup_tui.cloud.profiles import SCOPES_APPLY
from m365backup_tui.domain.consent import ConsentSeen, HandOff
from m365backup_tui.domain.errors import ConsentNeeded, NotSignedIn, Rejected
from m365backup_tui.domain.session import Account
from m365backup_tui.work import consent
from tests.practice.conftest import Controls
from tests.practice.own_app_host import Sitting
from tests.practice.sign_in_pages import open_page

Ready = dict[str, Any]
PERSON = "sharepoint-admin"


@pytest.fixture
async def sitting(
    fresh_practice: Ready, controls: Controls, tmp_path: Path
) -> AsyncIterator[Sitting]:
    made = await Sitting(fresh_practice, controls, tmp_path).open()
    yield made
    await made.close()
    controls.reset()


async def lacking(sitting: Sitting) -> Account:
    """Signed in before the consent to the backup permissions went away; a token of then is not at hand."""
    account = await sitting.come_in(persona=PERSON)
    assert isinstance(account, Account)
    sitting.controls.scenarios({"id": "consent-missing"})
    return account


async def check(sitting: Sitting) -> ConsentSeen:
    seen = await sitting.run(consent.check(sitting.tools, SCOPES_APPLY))
    assert isinstance(seen, ConsentSeen), seen
    return seen


async def link(sitting: Sitting) -> str:
    found = await sitting.run(consent.prepare(sitting.tools, SCOPES_APPLY))
    assert isinstance(found, HandOff)
    return found.link


async def test_check_again_asks_again_within_the_minute_that_msal_remembers(
    sitting: Sitting, browser: requests.Session
) -> None:
    await lacking(sitting)
    began = time.monotonic()
    assert not (await check(sitting)).granted
    page = open_page(browser, await link(sitting))
    went = await asyncio.to_thread(lambda: page.press("accept", persona="global-admin").went_to)
    assert went.startswith("http://localhost")
    assert parse_qs(urlsplit(went).query)["admin_consent"] == ["True"]
    start = sitting.here()
    assert (await check(sitting)).granted
    assert time.monotonic() - began < 60
    asked = [one for one in sitting.controls.log(start) if one["path"].endswith("/token")]
    assert len(asked) == 1, "Entra was asked, not MSAL's memory"


async def test_msals_memory_would_have_answered(
    sitting: Sitting, browser: requests.Session
) -> None:
    await lacking(sitting)
    assert not (await check(sitting)).granted
    page = open_page(browser, await link(sitting))
    await asyncio.to_thread(lambda: page.press("accept", persona="global-admin").went_to)
    assert sitting.tools.registrar is not None
    with pytest.raises(ConsentNeeded):  # without forgetting first: why `check` does
        await sitting.tools.registrar.holds(SCOPES_APPLY)


async def test_who_may_not_consent_is_turned_away_by_the_page(
    sitting: Sitting, browser: requests.Session
) -> None:
    await lacking(sitting)
    page = open_page(browser, await link(sitting))
    refused = await asyncio.to_thread(lambda: page.press("accept", persona=PERSON))
    assert "AADSTS90094" in refused.answer.text
    assert not (await check(sitting)).granted


async def test_the_link_is_for_the_tenant_of_who_is_signed_in(sitting: Sitting) -> None:
    before = await link(sitting)
    assert "/organizations/v2.0/adminconsent" in before
    account = await lacking(sitting)
    after = urlsplit(await link(sitting))
    assert after.path == f"/{account.tenant_id}/v2.0/adminconsent"
    assert parse_qs(after.query)["client_id"] == [sitting.profile.graph_client_id]


async def test_the_message_is_a_file_for_this_user_alone(sitting: Sitting, tmp_path: Path) -> None:
    await lacking(sitting)
    path = tmp_path / "consent.txt"
    assert await sitting.run(consent.save(sitting.tools, SCOPES_APPLY, path)) == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await link(sitting) in path.read_text().splitlines()
    again = await sitting.run(consent.save(sitting.tools, SCOPES_APPLY, path))
    assert isinstance(again, Rejected)


async def test_what_else_stands_in_the_way_is_told_as_itself(sitting: Sitting) -> None:
    await lacking(sitting)
    await sitting.tools.identity.sign_out()
    error = await sitting.run(consent.check(sitting.tools, SCOPES_APPLY))
    assert isinstance(error, NotSignedIn)
