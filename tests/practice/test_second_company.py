"""Fabrikam: the same seed under another identity. No id, name or address of Northwind is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from m365backup_tui.domain.session import Account
from m365backup_tui.practice import serve
from m365backup_tui.practice.company.identity import FABRIKAM, NORTHWIND, Identity
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.opening import build_company
from m365backup_tui.practice.personas import personas_of
from m365backup_tui.practice.snapshots import Snapshots
from m365backup_tui.practice.tenant import DEFAULT_SEED, Tenant, open_tenant
from tests.practice.conftest import Controls, start_practice, stop_practice, web_session
from tests.practice.graph_client import Rest, graph_token
from tests.practice.signing_in import ARM_SCOPE, sign_in
from tests.practice.test_accounts import ADMIN, OTHER, Sitting
from tests.practice.test_directory_queries import everything

Ready = dict[str, Any]
ARM_LISTS = ("subscriptions", "tenants")


@pytest.fixture(scope="module")
def fabrikam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    folder = tmp_path_factory.mktemp("fabrikam")
    server, ready = start_practice(folder, "--company", "Fabrikam", "--size", "SMALL")
    yield ready
    assert stop_practice(server) == 0


@pytest.fixture
def desk(fabrikam: Ready) -> Iterator[Controls]:
    found = Controls(fabrikam)
    yield found
    found.close()


def small(identity: Identity) -> Company:
    return build_company(DEFAULT_SEED, "SMALL", identity)


def ids_of(company: Company) -> set[str]:
    """Every id of people, groups, sites, subscriptions and of the tenant."""
    found = {user.id for user in company.users()} | {group.id for group in company.groups()}
    found |= {user.drive_site_id for user in company.users() if user.drive_site_id}
    found |= {part for site in company.sites() for part in site.id.split(",")}
    one = company.identity
    subs = {one.subscription(name) for name in ("production", "sandbox", "legacy", "partner")}
    return found | subs | {one.tenant_id, one.partner_tenant_id}


def foreign(text: str) -> list[str]:
    """What of Northwind's is in it."""
    theirs = ids_of(small(NORTHWIND)) - {NORTHWIND.partner_tenant_id}  # that one is Fabrikam itself
    low = text.lower()
    return [word for word in ("northwind", *sorted(theirs)) if word in low]


def test_both_have_the_same_names_and_no_id_in_common() -> None:
    first, second = small(NORTHWIND), small(FABRIKAM)
    assert NORTHWIND.partner_tenant_id == FABRIKAM.tenant_id, "whose subscription Northwind sees"
    assert ids_of(first) & ids_of(second) == {FABRIKAM.tenant_id}
    pairs = list(zip(first.users(), second.users(), strict=True))
    assert [a.display_name for a, _ in pairs] == [b.display_name for _, b in pairs]
    assert [(a.upn + str(a.mail)).replace("northwindlabs", "fabrikam") for a, _ in pairs] == [
        b.upn + str(b.mail) for _, b in pairs
    ]
    assert [group.display_name for group in first.groups()] == [
        group.display_name for group in second.groups()
    ]
    assert [site.web_url.replace("northwindlabs", "fabrikam") for site in first.sites()] == [
        site.web_url for site in second.sites()
    ]
    assert second.home_site().name == "Fabrikam"


def test_who_signs_in_is_of_fabrikam_and_finds_nothing_of_northwind(
    fabrikam: Ready, desk: Controls
) -> None:
    assert fabrikam["tenant_id"] == FABRIKAM.tenant_id
    assert fabrikam["domain"] == "fabrikam.onmicrosoft.com"
    token = graph_token(fabrikam, desk)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["tid"] == FABRIKAM.tenant_id
    assert claims["upn"] == "adele.vance@fabrikam.onmicrosoft.com"
    with web_session(fabrikam) as web:
        rest = Rest(fabrikam, token, web)
        _, organization = rest.call("GET", "/organization")
        users, _ = everything(rest, "/users?$count=true&$top=999")
        groups, _ = everything(rest, "/groups?$count=true&$top=999")
        _, sites = rest.call("GET", "/sites?search=*&$top=999")
        _, roles = rest.call("GET", "/roleManagement/directory/roleAssignments")
        azure = sign_in(fabrikam, desk, [ARM_SCOPE], client="arm")["access_token"]
        for name in ARM_LISTS:
            answer = web.get(
                f"{fabrikam['arm']}/{name}?api-version=2022-12-01",
                headers={"Authorization": f"Bearer {azure}"},
                timeout=10,
            )
            assert answer.status_code == 200, answer.text
            assert foreign(answer.text) == []
            assert FABRIKAM.tenant_id in answer.text
            if name == "subscriptions":
                shown = [sub["displayName"] for sub in answer.json()["value"]]
    assert organization["value"][0]["id"] == FABRIKAM.tenant_id
    assert (len(users), len(sites["value"])) == (80, 24)
    assert shown == ["Fabrikam Production", "Fabrikam Sandbox", "Fabrikam Legacy", "Contoso Shared"]
    everyone = {persona.oid for persona in personas_of(FABRIKAM)}
    assert {one["principalId"] for one in roles["value"]} & everyone
    for part in (organization, users, groups, sites, roles, fabrikam):
        assert foreign(json.dumps(part)) == []
    desk.admin_center(
        subscription_id=FABRIKAM.subscription("production"),
        resource_group="rg-m365-billing",
        region="westeurope",
    ).raise_for_status()
    state = desk.call("GET", "state").text
    assert foreign(state) == []
    assert FABRIKAM.subscription("production") in state


def test_entra_knows_its_own_names_alone(fabrikam: Ready) -> None:
    with web_session(fabrikam) as web:
        for name, status in (
            (FABRIKAM.domain, 200),
            (FABRIKAM.tenant_id, 200),
            (NORTHWIND.domain, 400),
            (NORTHWIND.tenant_id, 400),
        ):
            url = f"{fabrikam['base_url']}/{name}/v2.0/.well-known/openid-configuration"
            answer = web.get(url, timeout=10)
            assert answer.status_code == status, name
            if status == 200:
                assert FABRIKAM.tenant_id in answer.json()["issuer"]


def opened(folder: Path, company: str | None = None) -> Tenant:
    return open_tenant(folder, size="SMALL", company=company)


def test_the_company_is_fixed_when_the_folder_is_first_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant = opened(tmp_path, "fabrikam")
    tenant.state.reset()
    tenant.state.save()
    assert tenant.data["meta"]["company"] == "fabrikam", "after starting over, too"
    tenant.state.close()
    again = opened(tmp_path)
    assert again.identity == FABRIKAM
    again.state.reset()
    assert again.data["meta"]["company"] == "fabrikam", "also where nobody says it again"
    again.state.undo()
    again.state.close()
    wrong = ["serve", "--company", "northwind", "--state-dir", str(tmp_path)]
    assert serve.main(wrong) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "Fabrikam" in sentence
    assert f"reset --state-dir {tmp_path}" in sentence


def test_a_state_without_a_company_is_northwind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for company in (None, "northwind"):
        tenant = opened(tmp_path, company)
        assert "company" not in tenant.data["meta"], "as every state before there were two"
        assert tenant.identity == NORTHWIND
        tenant.state.close()
    assert serve.main(["serve", "--company", "fabrikam", "--state-dir", str(tmp_path)]) == 2
    assert "Northwind Labs" in capsys.readouterr().err
    unknown = tmp_path / "new"
    assert serve.main(["serve", "--company", "contoso", "--state-dir", str(unknown)]) == 2
    assert "northwind or fabrikam" in capsys.readouterr().err
    assert not list(unknown.glob("*.db")), "nothing was begun"


def test_what_was_kept_of_northwind_cannot_be_put_into_fabrikam(
    tmp_path: Path, practice: Ready, controls: Controls, fabrikam: Ready, desk: Controls
) -> None:
    northwind = opened(tmp_path / "one")
    Snapshots(northwind.state).take("before")
    second = opened(tmp_path / "two", "fabrikam")
    (tmp_path / "two" / "snapshots").mkdir()
    kept = "snapshots/before.db"
    (tmp_path / "two" / kept).write_bytes((tmp_path / "one" / kept).read_bytes())
    with pytest.raises(ValueError, match="is of Northwind Labs, this one is Fabrikam"):
        Snapshots(second.state).restore("before")
    northwind.state.close()
    second.state.close()
    for there, state in ((desk, controls), (controls, desk)):
        answer = there.call("PUT", "state", state.call("GET", "state").json())
        assert answer.status_code == 400
        assert "this one is" in answer.text


async def test_one_state_folder_keeps_the_accounts_of_two_tenants_apart(
    practice: Ready, controls: Controls, fabrikam: Ready, desk: Controls, tmp_path: Path
) -> None:
    here = await Sitting(practice, controls, tmp_path).open()
    there = await Sitting(fabrikam, desk, tmp_path).open()
    try:
        assert await here.come_in(ADMIN) is None
        assert await there.sign_in.resume() is None, "nobody has signed in to Fabrikam"
        assert await there.come_in(ADMIN) is None
        assert who(await there.tools.identity.accounts()) == [("Fabrikam", FABRIKAM.tenant_id)]
        assert who(await here.tools.identity.accounts()) == [
            ("Northwind Labs", NORTHWIND.tenant_id)
        ]
        assert await there.tools.directory.tenant_name() == "Fabrikam"
        assert await here.tools.directory.tenant_name() == "Northwind Labs"
        assert foreign(repr(await there.tools.azure.subscriptions())) == []
        assert foreign(repr(await here.tools.azure.subscriptions())), "which is no empty question"
        # Adele Vance of the one is not Adele Vance of the other.
        (adele,) = await there.tools.identity.accounts()
        assert await here.sign_in.resume(adele) is None
        assert await there.come_in(OTHER, another=True) is None
        await here.sign_in.sign_out()
        assert len(await there.tools.identity.accounts()) == 2
    finally:
        await here.close()
        await there.close()


def who(accounts: tuple[Account, ...]) -> list[tuple[str, str]]:
    return [(one.tenant_name, one.tenant_id) for one in accounts]
