"""Several accounts of several tenants, through the real MSAL: adding, switching, guests, signing out of one of them."""

from __future__ import annotations

import json
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.known_accounts import NAME, KnownAccounts, choose
from m365backup_tui.cloud.profiles import SCOPES_READ, SCOPES_SIGN_IN, Resource
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.errors import NotSignedIn, Remedy, SignInRefused, Unreachable
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.settings import SignInSettings
from tests.unit.rings import Ring
from tests.unit.tenants import ADA, BEN, CONTOSO, FABRIKAM, FAY, Entra, Human, serving

Make = Callable[..., SignIn]
OWN = "0a0a0a0a-0000-4000-8000-0000000000aa"


@pytest.fixture
async def entra(tmp_path: Path) -> AsyncIterator[Entra]:
    async with serving(tmp_path, Entra) as made:
        yield made


@pytest.fixture
async def make(entra: Entra, tmp_path: Path) -> AsyncIterator[Make]:
    """Sign-ins as separate processes would make them: one folder, one keyring."""
    made: list[SignIn] = []
    ring = Ring()

    def build(**kwargs: Any) -> SignIn:
        profile = kwargs.pop("profile", entra.profile)
        backends = (("a test keyring", lambda: ring),)
        one = SignIn(
            profile, tmp_path, backends=backends, sleep=_no_wait, environ={"PATH": ""}, **kwargs
        )
        made.append(one)
        return one

    yield build
    for one in made:
        one.close()


async def _no_wait(_: float) -> None:
    return


async def come_in(one: SignIn, entra: Entra, human: Human, **how: Any) -> Account:
    entra.comes = human
    return await one.wait_for_sign_in(await one.device_code(SCOPES_SIGN_IN, **how))


async def whose(one: SignIn, resource: Resource = Resource.GRAPH) -> list[str]:
    """[tenant id, object id, client id, scope] of the token that would be sent now."""
    scopes = SCOPES_READ if resource is Resource.GRAPH else (one._profile.arm_scope,)
    token, _ = await one.token(resource, scopes)
    found: list[str] = json.loads(token)
    return found


async def test_another_account_is_added_and_takes_the_place_of_the_first(
    make: Make, entra: Entra
) -> None:
    one = make()
    await come_in(one, entra, ADA)
    assert (await whose(one))[:2] == [CONTOSO, ADA.oid]
    fay = await come_in(one, entra, FAY, another=True)
    assert one.account == fay
    assert (await whose(one))[:2] == [FABRIKAM, FAY.oid]
    assert (await whose(one, Resource.ARM))[:2] == [FABRIKAM, FAY.oid]
    assert [a.username for a in await one.accounts()] == [FAY.name, ADA.name]


async def test_only_who_asks_for_another_account_gets_one(make: Make, entra: Entra) -> None:
    one = make()
    await come_in(one, entra, ADA)
    for human, words in ((BEN, BEN.name), (FAY, "another organization")):
        with pytest.raises(SignInRefused, match=words) as caught:
            await come_in(one, entra, human)
        assert ADA.name in caught.value.what, "both are named"
        assert caught.value.remedy is Remedy.OTHER_ACCOUNT
    assert [a.username for a in await one.accounts()] == [ADA.name]
    await come_in(one, entra, FAY, another=True)
    with pytest.raises(SignInRefused):  # it was for that one sign-in alone
        await come_in(one, entra, BEN)


async def test_whoever_was_last_goes_on_after_a_start_and_nobody_is_guessed(
    make: Make, entra: Entra, tmp_path: Path
) -> None:
    first = make()
    await come_in(first, entra, ADA)
    await come_in(first, entra, BEN, another=True)
    second = make()
    assert (await second.resume() or second).username == BEN.name  # type: ignore[union-attr]
    back = await second.resume(next(a for a in await second.accounts() if a.username == ADA.name))
    assert back is not None
    assert (await make().resume()) == back
    (tmp_path / "global" / NAME).unlink()
    assert await make().resume() is None, "two are kept, and nobody knows who was last"


async def test_switching_changes_nothing_until_it_is_known_to_work(
    make: Make, entra: Entra
) -> None:
    one = make()
    ada = await come_in(one, entra, ADA)
    ben = await come_in(one, entra, BEN, another=True)
    heard: list[str] = []
    one.on_change(lambda: heard.append(one.account.username if one.account else ""))
    later = make()
    later.on_change(lambda: heard.append("later"))
    assert await later.resume() == ben
    heard.clear()
    entra.revoked = {ADA.name}
    assert await one.resume(ada) is not None, "an access token in memory still holds"
    assert heard == [ADA.name]
    assert await later.resume(ada) is None, "this process has to ask Entra"
    assert later.account == ben
    entra.down = True
    await later.forget_refusals()  # MSAL remembers one for a minute
    with pytest.raises(Unreachable):
        await later.resume(ada)
    assert later.account == ben
    assert heard == [ADA.name], "nobody was told of a switch that did not happen"


async def test_signing_out_of_one_account_leaves_the_other_and_the_last_takes_the_key(
    make: Make, entra: Entra, tmp_path: Path
) -> None:
    one = make()
    ada = await come_in(one, entra, ADA)
    fay = await come_in(one, entra, FAY, another=True)
    await one.sign_out(ada)
    assert one.account == fay, "somebody else left"
    assert (await whose(one))[1] == FAY.oid
    assert await make().accounts() == (fay,)
    assert ADA.name not in (tmp_path / "global" / NAME).read_text()
    await one.sign_out(fay)
    assert one.account is None
    with pytest.raises(NotSignedIn):
        await whose(one)
    assert list((tmp_path / "global" / "signin").glob("tokens-*.bin")) == []
    assert not (tmp_path / "global" / NAME).exists()
    assert await make().accounts() == ()


async def test_a_sign_in_under_way_ends_when_all_that_is_kept_is_deleted(
    make: Make, entra: Entra
) -> None:
    ada = await come_in(make(), entra, ADA)
    other = make()
    assert await other.accounts() == (ada,)
    entra.comes = BEN
    code = await other.device_code(SCOPES_SIGN_IN)
    await other.sign_out(ada)
    with pytest.raises(SignInRefused) as caught:
        await other.wait_for_sign_in(code)
    assert caught.value.code == "code_replaced"
    assert await other.accounts() == ()
    ben = await come_in(other, entra, BEN)
    assert (await whose(other))[:2] == list(ben.key)


async def test_who_is_signed_out_as_a_guest_goes_on_at_home(make: Make, entra: Entra) -> None:
    guest = await come_in(make(profile=entra.at(CONTOSO)), entra, FAY)
    one = make()
    home = await come_in(one, entra, FAY)
    assert {a.key for a in await one.accounts()} == {guest.key, home.key}
    await one.sign_out(guest)
    assert one.account == home
    assert await one.accounts() == (home,)
    token, _ = await one.token(Resource.GRAPH, SCOPES_READ, fresh=True)
    assert json.loads(token)[:2] == list(home.key)


async def test_signing_out_forgets_an_account_in_every_applications_cache(
    make: Make, entra: Entra
) -> None:
    settings = SignInSettings(azure_application=entra.profile.arm_fallback_client_id)
    one = make(settings=settings)
    ada = await come_in(one, entra, ADA)
    arm = (entra.profile.arm_scope,)
    await one.wait_for_sign_in(await one.device_code(arm, Resource.ARM))
    assert (await whose(one, Resource.ARM))[2] == entra.profile.arm_fallback_client_id
    await come_in(one, entra, BEN, another=True)
    await one.sign_out(ada)
    later = make(settings=settings)
    assert await later.resume(ada) is None
    client = await later._clients.of(entra.profile.arm_fallback_client_id)
    assert client.accounts() == []


async def test_a_guest_gets_tokens_of_the_tenant_that_invited_them(
    make: Make, entra: Entra
) -> None:
    there = make(profile=entra.at(CONTOSO))
    guest = await come_in(there, entra, FAY)
    assert (guest.tenant_id, guest.guest) == (CONTOSO, True)
    here = make()  # without --tenant: Entra would answer with Fabrikam, where Fay is at home
    assert await here.resume() == guest
    assert (await whose(here))[:2] == [CONTOSO, FAY.as_guest[CONTOSO]]
    assert entra.forms[-1]["tenant"] == CONTOSO
    again = await come_in(here, entra, FAY)
    assert again == guest, "a fresh sign-in of a guest comes back to the same tenant"
    at_home = await come_in(here, entra, FAY, another=True)
    assert (at_home.tenant_id, at_home.guest) == (FABRIKAM, False)
    assert (await whose(here))[:2] == [FABRIKAM, FAY.oid]
    assert set(await here.accounts()) == {guest, at_home}
    assert await here.resume(guest) == guest
    assert (await whose(here))[:2] == [CONTOSO, FAY.as_guest[CONTOSO]]


async def test_an_account_of_elsewhere_does_not_go_on_where_a_tenant_was_named(
    make: Make, entra: Entra
) -> None:
    await come_in(make(), entra, FAY)
    assert await make(profile=entra.at(FABRIKAM)).resume() is not None
    assert await make(profile=entra.at(CONTOSO)).resume() is None, "there Fay is a guest"


async def test_another_application_has_a_sign_in_of_its_own_and_never_mixes(
    make: Make, entra: Entra
) -> None:
    one = make()
    ada = await come_in(one, entra, ADA)
    heard: list[bool] = []
    one.on_change(lambda: heard.append(True))
    before = await whose(one, Resource.ARM)
    await one.change_settings(SignInSettings(graph_application=OWN, azure_application=OWN))
    assert heard == [True], "azure-core keeps a token of the application before"
    for resource in Resource:
        with pytest.raises(NotSignedIn):
            await whose(one, resource)
    with pytest.raises(SignInRefused, match=ADA.name):  # the same person, whatever the application
        await come_in(one, entra, BEN)
    assert await come_in(one, entra, ADA) == ada
    assert [(await whose(one, resource))[2] for resource in Resource] == [OWN, OWN]
    await one.change_settings(SignInSettings())
    assert await whose(one, Resource.ARM) == before


async def test_names_are_kept_in_a_private_file_and_a_spoiled_one_costs_names_only(
    make: Make, entra: Entra, tmp_path: Path
) -> None:
    one = make()
    await come_in(one, entra, ADA)
    await one.name_tenant("Contoso Ltd")
    file = tmp_path / "global" / NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [a.tenant_name for a in await make().accounts()] == ["Contoso Ltd"]
    resumed = await make().resume()
    assert resumed is not None
    assert resumed.tenant_name == "Contoso Ltd"
    assert "refresh" not in file.read_text()
    for spoiled in ("", "[]", "{}", '{"version":1,"accounts":[{}]}', "\0", '{"version":2}'):
        file.write_text(spoiled)
        assert [a.username for a in await make().accounts()] == [ADA.name]


def test_a_folder_that_cannot_be_written_costs_the_names_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    book = KnownAccounts(tmp_path / "file")
    book.remember(_account("a"))
    assert [one.object_id for one in book.all()] == ["a"], "known until the end of this sitting"


def test_two_processes_do_not_lose_each_others_names(tmp_path: Path) -> None:
    first, second = KnownAccounts(tmp_path), KnownAccounts(tmp_path)
    first.remember(_account("a"))
    second.remember(_account("b"))
    first.remember(_account("c"))
    assert [one.object_id for one in KnownAccounts(tmp_path).all()] == ["c", "b", "a"]
    second.forget(_account("b"))
    assert [one.object_id for one in first.all()] == ["c", "b", "a"], "read once"
    assert [one.object_id for one in KnownAccounts(tmp_path).all()] == ["c", "a"]


def test_who_goes_on() -> None:
    a, b, c = _account("a"), _account("b"), _account("c")
    assert choose([a, b], b, [a]) is b
    assert choose([a, b], c, [a]) is None
    assert choose([a, b], None, [c, b, a]) is b
    assert choose([a, b], None, []) is None
    assert choose([a], None, [c]) is a
    assert choose([], None, [a]) is None


def _account(oid: str) -> Account:
    return Account(CONTOSO, oid, f"{oid}@contoso.example", oid)
