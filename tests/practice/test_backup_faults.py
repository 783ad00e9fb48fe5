"""Faults B9 to B22 inside the backup engine: each is there when it is due, and what it says is true afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from m365backup_tui.practice.backup import faults, jobs, policies
from m365backup_tui.practice.backup.patch import patch_policy
from m365backup_tui.practice.backup.products import EXCHANGE, ONEDRIVE, PRODUCTS
from m365backup_tui.practice.backup.units import find_unit, show_unit
from m365backup_tui.practice.errors import GraphError
from tests.practice.backup_engine import Engine, engine
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token

NAV = "mailboxProtectionUnits"
DAY = timedelta(days=1)


@pytest.fixture
def tenant() -> Engine:
    return engine()


@pytest.fixture
def mailboxes(tenant: Engine) -> list[str]:
    users = tenant.tenant.company.users()
    return [user.id for user in users if user.mailbox == "user" and not user.hybrid][:12]


def _entries(*keys: str) -> list[dict[str, str]]:
    return [{"directoryObjectId": key} for key in keys]


def _create(tenant: Engine, *keys: str, name: str = "Finance") -> dict[str, Any]:
    body = {"displayName": name, NAV: _entries(*keys)}
    return policies.create_policy(tenant.world(), EXCHANGE, body)


def _add(tenant: Engine, policy: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    body = {f"{NAV}@delta": _entries(*keys)}
    found: list[dict[str, Any]] = patch_policy(tenant.world(), policy, body, True)[f"{NAV}@delta"]
    return found


def _shown(tenant: Engine, policy: dict[str, Any]) -> dict[str, Any]:
    world = tenant.world()
    return policies.show_policy(world, policies.find_policy(world, policy["id"]))


def _item_code(item: dict[str, Any]) -> str:
    return str(item["@Core.DataModificationException"]["info"]["code"])


def _names(tenant: Engine) -> list[str]:
    return [one["displayName"] for one in policies.policies_of(tenant.world(), PRODUCTS)]


def test_b9_there_are_as_many_policies_as_allowed(tenant: Engine) -> None:
    tenant.faults["B9"] = {"limit": 2}
    _create(tenant, name="One")
    _create(tenant, name="Two")
    with pytest.raises(GraphError) as refused:
        _create(tenant, name="Three")
    assert (refused.value.status, refused.value.code) == (409, "PolicyCreationNotAllowed")
    del tenant.faults["B9"]
    _create(tenant, name="Three")
    assert _names(tenant) == ["One", "Two", "Three"]


def test_b10_somebody_else_protects_the_item_really(tenant: Engine, mailboxes: list[str]) -> None:
    tenant.faults["B10"] = {"count": 1}
    with pytest.raises(GraphError) as refused:
        _create(tenant, *mailboxes[:3])
    assert (refused.value.status, refused.value.code) == (409, "ProtectionUnitAlreadyExists")
    del tenant.faults["B10"]
    assert _names(tenant) == [faults.OTHER_NAME]
    world = tenant.world()
    other = policies.policies_of(world, PRODUCTS)[0]
    assert policies.show_policy(world, other)["protectionPolicyArtifactCount"]["total"] == 1
    mine = _create(tenant, *mailboxes[1:3])
    tenant.faults["B10"] = {"count": 1}
    items = _add(tenant, mine, mailboxes[3], mailboxes[4])
    assert _item_code(items[0]) == "ProtectionUnitAlreadyExists"
    assert items[1]["status"] == "unprotected"


def test_b11_one_too_many(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant, mailboxes[0])
    tenant.faults["B11"] = {}
    for attempt in (
        lambda: _create(tenant, mailboxes[1]),
        lambda: _add(tenant, policy, mailboxes[1]),
    ):
        with pytest.raises(GraphError) as refused:
            attempt()
        assert (refused.value.status, refused.value.code) == (413, "ProtectionUnitsLimitBreached")
    assert _shown(tenant, policy)["protectionPolicyArtifactCount"]["total"] == 1


def test_b12_some_items_fail_inside_the_200(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant)
    tenant.faults["B12"] = {"count": 2, "code": "Invalid"}
    items = _add(tenant, policy, *mailboxes[:4])
    assert [_item_code(item) for item in items[:2]] == ["Invalid", "Invalid"]
    assert {item["status"] for item in items[2:]} == {"unprotected"}
    assert _shown(tenant, policy)["protectionPolicyArtifactCount"]["total"] == 2


def test_b13_nothing_is_saved(tenant: Engine, mailboxes: list[str]) -> None:
    tenant.faults["B13"] = {}
    with pytest.raises(GraphError) as refused:
        _create(tenant, *mailboxes[:2])
    assert (refused.value.status, refused.value.code) == (500, "PolicySaveFailed")
    assert _names(tenant) == []
    del tenant.faults["B13"]
    assert _shown(tenant, _create(tenant, *mailboxes[:2]))["status"] == "inactive"


def test_b14_the_policy_is_updating_and_shows_it(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant, mailboxes[0])
    tenant.faults["B14"] = {}
    world = tenant.world()
    with pytest.raises(GraphError) as refused:
        policies.activate(world, policies.find_policy(world, policy["id"]))
    assert (refused.value.status, refused.value.code) == (403, "PolicyActionNotAllowed")
    assert _shown(tenant, policy)["status"] == "updating"
    del tenant.faults["B14"]
    tenant.advance(timedelta(hours=1))
    world = tenant.world()
    policies.activate(world, policies.find_policy(world, policy["id"]))
    assert _shown(tenant, policy)["isEnabled"] is True


def test_b15_updating_never_ends_until_the_fault_does(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant, *mailboxes[:3])
    tenant.faults["B15"] = {}
    world = tenant.world()
    policies.activate(world, policies.find_policy(world, policy["id"]))
    tenant.advance(400 * DAY)
    stuck = _shown(tenant, policy)
    assert stuck["status"] == "updating"
    assert stuck["protectionPolicyArtifactCount"]["inProgress"] == 3
    del tenant.faults["B15"]
    assert _shown(tenant, policy)["status"] == "active"


def test_b16_active_with_errors(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant, *mailboxes[:5])
    tenant.faults["B16"] = {"count": 2}
    world = tenant.world()
    policies.activate(world, policies.find_policy(world, policy["id"]))
    tenant.advance(DAY)
    shown = _shown(tenant, policy)
    assert shown["status"] == "activeWithErrors"
    counts = shown["protectionPolicyArtifactCount"]
    assert (counts["completed"], counts["failed"]) == (3, 2)


def _mails(tenant: Engine, keys: list[str]) -> list[str]:
    found = [tenant.tenant.company.user(key) for key in keys]
    return [str(user.mail) for user in found if user]


def test_b17_addresses_are_not_found(tenant: Engine, mailboxes: list[str]) -> None:
    policy, addresses = _create(tenant), _mails(tenant, mailboxes[:4])
    tenant.faults["B17"] = {"count": 3}
    body = {"displayName": "Wave", "mailboxes": addresses}
    made = jobs.create_job(tenant.world(), policy, body)
    tenant.advance(DAY)
    job = jobs.show_job(tenant.world(), jobs.find_job(tenant.world(), policy, made["id"]))
    assert job["status"] == "completedWithErrors"
    assert job["error"]["code"] == "ProtectionResourcesNotFound"
    lost = [(detail["code"], detail["target"]) for detail in job["error"]["details"]]
    assert lost == [("EmailNotFound", address) for address in addresses[:3]]
    assert _shown(tenant, policy)["protectionPolicyArtifactCount"]["total"] == 1


def test_b18_the_job_is_gone(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant)
    body = {"displayName": "Wave", "mailboxes": _mails(tenant, mailboxes[:2])}
    made = jobs.create_job(tenant.world(), policy, body)
    tenant.faults["B18"] = {}
    faults.vanish_job(tenant.world(), policy, made["id"])
    tenant.faults.clear()
    with pytest.raises(GraphError) as refused:
        jobs.find_job(tenant.world(), policy, made["id"])
    assert refused.value.status == 404
    tenant.advance(DAY)
    assert _shown(tenant, policy)["protectionPolicyArtifactCount"]["total"] == 0


def test_b19_a_rule_holds_the_unit_until_the_fault_ends(
    tenant: Engine, mailboxes: list[str]
) -> None:
    policy = _create(tenant, mailboxes[0])
    unit = tenant.world().many("SELECT id FROM units")[0]["id"]
    removal = {f"{NAV}@delta": [{"@removed": {"reason": "changed"}, "id": unit}]}
    tenant.faults["B19"] = {"count": 1}
    with pytest.raises(GraphError) as refused:
        patch_policy(tenant.world(), policy, removal, True)
    assert (refused.value.status, refused.value.code) == (400, "ProtectionUnitActionNotAllowed")
    world = tenant.world()
    held = find_unit(world, unit)
    assert held is not None
    assert show_unit(world, held, True)["protectionSources"] == "manual,dynamicRule"
    tenant.faults.clear()
    patch_policy(tenant.world(), policy, removal, True)
    assert _shown(tenant, policy)["protectionPolicyArtifactCount"]["total"] == 0


def test_b20_a_mailbox_is_not_ready_and_then_it_is(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant)
    tenant.faults["B20"] = {"reads": 2}
    answers = [_add(tenant, policy, *mailboxes[:2])[0] for _ in range(3)]
    assert [_item_code(item) for item in answers[:2]] == ["ProtectionUnitNotFound"] * 2
    assert answers[2]["status"] == "unprotected"
    assert _shown(tenant, policy)["protectionPolicyArtifactCount"]["total"] == 2


def test_b20_is_about_mailboxes(tenant: Engine) -> None:
    tenant.faults["B20"] = {"reads": 2}
    drive = next(user.id for user in tenant.tenant.company.users() if user.drive_url)
    body = {"displayName": "Files", "driveProtectionUnits": _entries(drive)}
    made = policies.create_policy(tenant.world(), ONEDRIVE, body)
    assert _shown(tenant, made)["protectionPolicyArtifactCount"]["total"] == 1


def test_b21_another_administrator_deletes_the_policy(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant, mailboxes[0])
    tenant.faults["B21"] = {}
    with pytest.raises(GraphError) as refused:
        faults.deleted_by_another(tenant.world(), policy)
    assert (refused.value.status, refused.value.code) == (404, "PolicyNotFound")
    assert _names(tenant) == []
    unit = tenant.world().many("SELECT * FROM units")[0]
    assert (unit["policy"], unit["status"]) == (None, "unprotected")


def test_b22_the_quota_of_mailboxes_is_exceeded(tenant: Engine, mailboxes: list[str]) -> None:
    policy = _create(tenant, *mailboxes[:2])
    tenant.faults["B22"] = {}
    world = tenant.world()
    policies.activate(world, policies.find_policy(world, policy["id"]))
    tenant.advance(DAY)
    world = tenant.world()
    errors = [
        show_unit(world, find_unit(world, row["id"]) or {}, True)["error"]
        for row in world.many("SELECT id FROM units")
    ]
    assert [error["code"] for error in errors] == ["QuotaExceeded"] * 2
    assert _shown(tenant, policy)["status"] == "activeWithErrors"


@pytest.fixture
def rest(
    fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> Iterator[Rest]:
    controls.turn_backup_on()
    yield Rest(fresh_practice, graph_token(fresh_practice, controls), browser)
    controls.reset()


def test_they_are_switched_on_by_their_names_over_control(rest: Rest, controls: Controls) -> None:
    path, body = "/solutions/backupRestore/exchangeProtectionPolicies", {"displayName": "Once"}
    controls.scenarios({"id": "B13", "nth": 1, "times": 1})
    assert rest.code("POST", path, body) == (500, "PolicySaveFailed")
    status, made = rest.call("POST", path, body)
    assert status == 201
    one = f"/solutions/backupRestore/protectionPolicies/{made['id']}"
    controls.scenarios({"id": "B21"})
    assert rest.code("POST", f"{one}/activate") == (404, "PolicyNotFound")
    controls.scenarios()
    assert rest.code("GET", one) == (404, "PolicyNotFound")
    made = rest.call("POST", path, body)[1]
    jobs_path = f"{path}/{made['id']}/mailboxProtectionUnitsBulkAdditionJobs"
    job = rest.call("POST", jobs_path, {"displayName": "x", "mailboxes": ["a@b.example"]})[1]
    controls.scenarios({"id": "B18", "nth": 2})
    assert rest.call("GET", f"{jobs_path}/{job['id']}")[0] == 200
    assert rest.code("GET", f"{jobs_path}/{job['id']}")[0] == 404
