"""An own app registration made, completed, used and deleted, with the real SDK against the practice tenant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.profiles import SCOPES_APPLY
from m365backup_tui.cloud.registering import SCOPES_OWN_APP
from m365backup_tui.domain.app_registration import (
    GRAPH_API,
    WANTED,
    Act,
    OwnApp,
    Wish,
    missing,
    next_write,
)
from m365backup_tui.domain.consent import ConsentSeen
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    Forbidden,
    NotSignedIn,
    SignInRefused,
)
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.events import SignInNeeded
from m365backup_tui.port_registrar import Registrar
from m365backup_tui.work import applications, consent, own_app
from tests.practice.conftest import Controls
from tests.practice.own_app_host import Sitting, signed_in

Ready = dict[str, Any]
APPS, PRINCIPALS, GRANTS = "/applications", "/servicePrincipals", "/oauth2PermissionGrants"
OPERATIONS = {
    Act.CREATE: "PATCH /v1.0/applications*",
    Act.PRINCIPAL: "POST /v1.0/servicePrincipals",
    Act.CLOSE: "PATCH /v1.0/servicePrincipals/*",
    Act.ASSIGN: "POST /v1.0/servicePrincipals/*/appRoleAssignedTo",
    Act.GRANT: "POST /v1.0/oauth2PermissionGrants",
}


@pytest.fixture
async def sitting(
    fresh_practice: Ready, controls: Controls, tmp_path: Path
) -> AsyncIterator[Sitting]:
    made = await Sitting(fresh_practice, controls, tmp_path).open()
    yield made
    await made.close()
    controls.reset()


def registrar(sitting: Sitting) -> Registrar:
    assert sitting.tools.registrar is not None
    return sitting.tools.registrar


async def make(sitting: Sitting, account: Account, *, everybody: bool = False) -> OwnApp:
    wish = Wish(account.object_id, everybody)
    made = await sitting.run(own_app.make(sitting.tools, account, wish))
    assert isinstance(made, OwnApp), made
    return made


async def first_writes(sitting: Sitting, account: Account, count: int) -> None:
    """An earlier run that ended in the middle."""
    wish = Wish(account.object_id)
    for _ in range(count):
        found = await registrar(sitting).find()
        write = next_write(found, wish)
        assert write is not None
        await registrar(sitting).carry_out(write, found)


async def test_looking_needs_just_the_permissions_of_this_stage(sitting: Sitting) -> None:
    _standing(sitting, SCOPES_OWN_APP, held=False)
    account = await sitting.come_in()
    assert isinstance(account, Account)
    error = await sitting.run(own_app.look(sitting.tools, account))
    assert isinstance(error, ConsentNeeded)
    assert error.scopes == SCOPES_OWN_APP
    assert await sitting.come_in(error, consenting=True) == account
    assert isinstance(await sitting.run(own_app.look(sitting.tools, account)), OwnApp)


async def test_a_second_run_changes_nothing(sitting: Sitting) -> None:
    account = await sitting.admin()
    start = sitting.here()
    made = await make(sitting, account)
    assert made.complete
    assert len(sitting.writes(start)) == 6
    again = sitting.here()
    assert (await make(sitting, account)).complete
    assert sitting.writes(again) == []
    assert not [e for e in sitting.controls.log() if "serviceapps" in e["path"].lower()]


async def test_what_was_made_is_public_closed_and_for_the_admin_alone(sitting: Sitting) -> None:
    account = await sitting.admin()
    found = (await make(sitting, account)).found
    assert found.app is not None
    assert found.app.public
    assert found.app.single_tenant
    assert found.principal is not None
    assert found.principal.assignment_required
    assert found.assigned == {account.object_id}
    assert {grant.person for grant in found.grants} == {account.object_id}
    entra = sitting.controls.call("GET", "state").json()["entra"]
    (stored,) = entra["applications"].values()
    assert stored["passwordCredentials"] == stored["keyCredentials"] == []


@pytest.mark.parametrize("count", range(1, 6))
async def test_a_half_made_one_is_completed_with_the_rest(sitting: Sitting, count: int) -> None:
    account = await sitting.admin()
    await first_writes(sitting, account, count)
    start = sitting.here()
    assert (await make(sitting, account)).complete
    assert len(sitting.writes(start)) == 6 - count


async def test_one_that_was_deleted_in_between_is_made_anew(sitting: Sitting) -> None:
    account = await sitting.admin()
    await first_writes(sitting, account, 3)
    app = (await registrar(sitting).find()).app
    assert app is not None
    await registrar(sitting).delete(app)
    made = await make(sitting, account)
    assert made.complete
    assert made.app_id != app.app_id


async def test_a_grant_keeps_what_it_had(sitting: Sitting) -> None:
    account = await sitting.admin()
    await first_writes(sitting, account, 4)
    found = await registrar(sitting).find()
    write = next_write(found, Wish(account.object_id))
    assert write is not None
    assert write.act is Act.GRANT
    other = replace(write, scopes=("User.Read", "Files.Read"))
    await registrar(sitting).carry_out(other, found)
    made = await make(sitting, account)
    graph = next(one for one in made.found.grants if one.service == GRAPH_API)
    assert set(graph.scopes) >= {"Files.Read", *WANTED[GRAPH_API]}


async def test_for_everybody_only_when_asked(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account, everybody=True)
    assert {grant.person for grant in made.found.grants} == {""}
    assert made.found.principal is not None
    assert made.found.principal.assignment_required


@pytest.mark.parametrize("fault", ["H6", "T6"])
@pytest.mark.parametrize("act", OPERATIONS)
async def test_a_lost_answer_is_read_back_and_nothing_is_sent_twice(
    sitting: Sitting, act: Act, fault: str
) -> None:
    account = await sitting.admin()
    sitting.controls.scenarios({"id": fault, "operation": OPERATIONS[act], "nth": 1, "times": 1})
    start = sitting.here()
    assert (await make(sitting, account)).complete
    assert len(sitting.writes(start)) == 6
    assert any("Looking whether it happened" in note for note in sitting.notes)


@pytest.mark.parametrize("act", OPERATIONS)
async def test_throttling_is_waited_for(sitting: Sitting, act: Act) -> None:
    account = await sitting.admin()
    sitting.controls.scenarios({"id": "H1", "operation": OPERATIONS[act], "nth": 1, "times": 1})
    assert (await make(sitting, account)).complete
    assert sitting.clock.waits


async def test_what_is_too_new_to_be_seen_is_waited_for_with_the_seconds_left(
    sitting: Sitting,
) -> None:
    account = await sitting.admin()
    sitting.controls.scenarios({"id": "H14", "operation": "POST /v1.0/servicePrincipals"})
    start = sitting.here()
    assert (await make(sitting, account)).complete
    assert len([w for w in sitting.writes(start) if w[2] < 300]) == 6
    assert any("s left to wait" in note for note in sitting.notes)


async def test_every_write_is_noted_before_and_after(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    lines = "".join(p.read_text() for p in (sitting.folder / "runs").rglob("*.jsonl"))
    for act in OPERATIONS:
        assert f"own application: going to {act}" in lines
        assert f"own application: did {act}" in lines
    assert made.app_id in lines


async def test_without_the_role_it_says_who_has_it(sitting: Sitting) -> None:
    _standing(sitting, SCOPES_OWN_APP, held=False)
    account = await sitting.come_in(persona="sharepoint-admin")
    assert isinstance(account, Account)
    needs = await sitting.run(own_app.look(sitting.tools, account))
    assert isinstance(needs, ConsentNeeded)
    refused = await sitting.come_in(needs, "sharepoint-admin")
    assert isinstance(refused, ConsentNeeded | SignInRefused)
    _standing(sitting, SCOPES_OWN_APP, held=True)
    await sitting.tools.identity.forget_refusals()
    assert isinstance(await sitting.run(own_app.look(sitting.tools, account)), OwnApp)
    sitting.controls.call("PUT", "state", _no_new_apps(sitting)).raise_for_status()
    error = await sitting.run(own_app.make(sitting.tools, account, Wish(account.object_id)))
    assert isinstance(error, Forbidden)
    assert "Cloud Application Administrator" in error.who_can_grant


async def test_one_sign_in_with_it_serves_graph_and_azure(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    settings = SignInSettings(
        graph_application=made.app_id, azure_application=made.app_id, tenant=account.tenant_id
    )
    asked = [e async for e in applications.use(sitting.tools, settings, signed_in(account))]
    needed = asked[-1]
    assert isinstance(needed, SignInNeeded)
    assert isinstance(needed.error, NotSignedIn)
    start = sitting.here()
    assert await sitting.come_in(needed.error) == account
    assert await sitting.tools.directory.active_roles()
    assert await sitting.tools.azure.subscriptions()
    log = sitting.controls.log(start)
    assert {e["client_id"] for e in log if e["path"].startswith(("/v1.0", "/subscriptions"))} == {
        made.app_id
    }
    assert len([e for e in log if e["path"].endswith("/devicecode")]) == 1


async def test_nobody_else_gets_in_with_it(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account, everybody=True)
    settings = SignInSettings(
        graph_application=made.app_id, azure_application=made.app_id, tenant=account.tenant_id
    )
    await sitting.tools.identity.sign_out()
    await sitting.tools.identity.change_settings(settings)
    refused = await sitting.come_in(persona="sharepoint-admin")
    assert isinstance(refused, CloudError)
    assert refused.code == "AADSTS50105"


async def test_an_application_that_entra_does_not_know_yet_is_waited_for(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    app = made.found.app
    assert app is not None
    state = sitting.controls.call("GET", "state").json()
    without = json.loads(json.dumps(state))
    del without["entra"]["applications"][app.object_id]
    sitting.controls.call("PUT", "state", without).raise_for_status()

    def appear() -> None:
        if len(sitting.clock.waits) >= 3:
            sitting.controls.call("PUT", "state", state).raise_for_status()

    sitting.clock.waits.clear()
    sitting.clock.on_wait = appear
    settings = SignInSettings(
        graph_application=app.app_id, azure_application=app.app_id, tenant=account.tenant_id
    )
    events = [e async for e in applications.use(sitting.tools, settings, signed_in(account))]
    assert isinstance(events[-1], SignInNeeded)
    assert sitting.clock.waits == [5.0, 5.0, 5.0]
    assert any("115 s left" in str(e) or "120 s left" in str(e) for e in events)


async def test_a_grant_that_is_not_seen_everywhere_yet_is_asked_for_again(
    sitting: Sitting,
) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    settings = SignInSettings(
        graph_application=made.app_id, azure_application=made.app_id, tenant=account.tenant_id
    )
    await sitting.run(applications.use(sitting.tools, settings, signed_in(account)))
    assert await sitting.come_in(NotSignedIn("", "application_changed")) == account
    state = sitting.controls.call("GET", "state").json()
    without = json.loads(json.dumps(state))
    for grant in without["entra"]["grants"].values():
        if grant["clientId"] == (made.found.principal and made.found.principal.object_id):
            grant["scope"] = "User.Read"
    sitting.controls.call("PUT", "state", without).raise_for_status()
    sitting.clock.waits.clear()

    def appear() -> None:
        if len(sitting.clock.waits) == 2:
            sitting.controls.call("PUT", "state", state).raise_for_status()

    sitting.clock.on_wait = appear
    seen = await sitting.run(consent.check(sitting.tools, SCOPES_APPLY))
    assert isinstance(seen, ConsentSeen)
    assert seen.granted
    assert sitting.clock.waits == [5.0, 5.0]
    assert any("s left to wait" in note for note in sitting.notes)


async def test_it_is_deleted_with_all_that_belongs_to_it(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    left = await sitting.run(own_app.delete(sitting.tools, account, made))
    assert isinstance(left, OwnApp)
    assert left.found.app is None
    entra = sitting.controls.call("GET", "state").json()["entra"]
    assert entra["applications"] == {}
    assert made.app_id not in json.dumps(entra["service_principals"])
    assert len(missing(left.found, left.wish)) == 6


@pytest.mark.parametrize("fault", ["H6", "T6"])
async def test_a_lost_answer_to_the_deletion_is_read_back(sitting: Sitting, fault: str) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    operation = "DELETE /v1.0/applications/*"
    sitting.controls.scenarios({"id": fault, "operation": operation, "nth": 1, "times": 1})
    start = sitting.here()
    left = await sitting.run(own_app.delete(sitting.tools, account, made))
    assert isinstance(left, OwnApp)
    assert left.found.app is None
    assert len(sitting.writes(start)) == 1


async def test_another_application_than_ours_is_not_deleted(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    assert made.found.app is not None
    foreign = replace(made, found=replace(made.found, app=replace(made.found.app, unique_name="")))
    start = sitting.here()
    error = await sitting.run(own_app.delete(sitting.tools, account, foreign))
    assert isinstance(error, CloudError)
    assert sitting.writes(start) == []


async def test_the_applications_of_the_organization_can_be_listed(sitting: Sitting) -> None:
    account = await sitting.admin()
    made = await make(sitting, account)
    found = await sitting.run(applications.list_applications(sitting.tools))
    assert [one.app_id for one in found] == [made.app_id]
    await asyncio.sleep(0)


def _standing(sitting: Sitting, scopes: Sequence[str], *, held: bool) -> None:
    """Whether everybody's consent for Microsoft's tools has these scopes, put straight into the tenant."""
    state = sitting.controls.call("GET", "state").json()
    for grant in state["entra"]["grants"].values():
        others = [one for one in grant["scope"].split() if one not in scopes]
        grant["scope"] = " ".join((*others, *(scopes if held else ())))
    sitting.controls.call("PUT", "state", state).raise_for_status()


def _no_new_apps(sitting: Sitting) -> Any:
    state = sitting.controls.call("GET", "state").json()
    state["entra"]["policy"]["users_create_apps"] = False
    return state


async def test_a_second_administrator_uses_the_same_application(sitting: Sitting) -> None:
    first = await sitting.admin()
    made = await make(sitting, first)
    await sitting.tools.identity.sign_out()
    second = await sitting.admin("backup-admin")
    start = sitting.here()
    own = await sitting.run(own_app.look(sitting.tools, second))
    assert isinstance(own, OwnApp)
    assert own.app_id == made.app_id
    assert [w.act for w in own.writes] == [Act.ASSIGN, Act.GRANT, Act.GRANT]
    assert sitting.writes(start) == []
