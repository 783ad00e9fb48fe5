"""What time does to rules and units: dynamic rules are looked at again, points of every protection are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from m365backup_tui.practice.backup import incoming, policies, rules, units
from m365backup_tui.practice.backup.patch import patch_policy
from m365backup_tui.practice.backup.products import EXCHANGE, PRODUCTS
from m365backup_tui.practice.backup.seed import arrange
from m365backup_tui.practice.backup.world import World
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.scenarios import Scenarios
from tests.practice.backup_engine import Engine, engine

NAV = "mailboxProtectionUnits"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def tenant() -> Engine:
    return engine()


def _group(tenant: Engine) -> tuple[str, list[str]]:
    """A group and those of its direct members that have a mailbox."""
    company = tenant.tenant.company
    for group in company.groups():
        users = [company.user(member) for member in company.members(group.id)]
        found = [user.id for user in users if user and user.mailbox != "none"]
        if len(found) > 1:
            return group.id, found
    raise AssertionError("the company has no such group")


def _dynamic(tenant: Engine, policy: dict[str, Any], group: str) -> dict[str, Any]:
    expression = f"(memberOf -any (group.id -in ['{group}']))"
    body = {"mailboxExpression": expression, "isAutoApplyEnabled": True}
    return rules.create_rule(tenant.world(), policy, body)


def _policy(tenant: Engine, *keys: str) -> dict[str, Any]:
    entries = [{"directoryObjectId": key} for key in keys]
    return policies.create_policy(tenant.world(), EXCHANGE, {"displayName": "P", NAV: entries})


def _keys(world: World, policy: dict[str, Any]) -> dict[str, str]:
    rows = world.many("SELECT key, sources FROM units WHERE policy = ?", policy["id"])
    return {row["key"]: row["sources"] for row in rows}


def test_a_dynamic_rule_is_looked_at_again_every_day(tenant: Engine) -> None:
    group, members = _group(tenant)
    first = _policy(tenant, members[0])
    second = _policy(tenant)
    rule = _dynamic(tenant, second, group)
    tenant.advance(HOUR)
    world = tenant.world()
    shown = rules.show_rule(world, rules.find_rule(world, second, rule["id"]), True)
    assert shown["status"] == "completedWithErrors"
    taken = [(one["code"], one["target"]) for one in shown["error"]["details"]]
    assert taken == [("ProtectionUnitAlreadyExists", members[0])]
    assert set(_keys(world, second)) == set(members[1:])
    policies.delete_policy(world, policies.find_policy(world, first["id"]))
    tenant.advance(HOUR)
    assert members[0] not in _keys(tenant.world(), second)
    tenant.advance(DAY)
    world = tenant.world()
    assert _keys(world, second) == dict.fromkeys(members, "dynamicRule")
    shown = rules.show_rule(world, rules.find_rule(world, second, rule["id"]), True)
    assert (shown["status"], shown["error"]) == ("completed", None)


def test_a_jump_of_the_clock_keeps_the_hour_of_the_looks(tenant: Engine) -> None:
    group, _ = _group(tenant)
    policy = _policy(tenant)
    rule = _dynamic(tenant, policy, group)
    tenant.advance(HOUR)
    before = rules.find_rule(tenant.world(), policy, rule["id"])["ready"]
    tenant.advance(400 * DAY)
    after = rules.find_rule(tenant.world(), policy, rule["id"])["ready"]
    assert after[11:] == before[11:]
    assert tenant.world().moment < after


def test_any_pace_is_survived(tenant: Engine) -> None:
    group, members = _group(tenant)
    policy = _policy(tenant)
    _dynamic(tenant, policy, group)
    for pace in (1e9, 0.01):
        tenant.pace = pace
        tenant.advance(400 * DAY)
        assert set(_keys(tenant.world(), policy)) == set(members)


def test_a_rule_adds_its_source_to_what_was_chosen_by_hand(tenant: Engine) -> None:
    group, members = _group(tenant)
    policy = _policy(tenant, members[0])
    rule = _dynamic(tenant, policy, group)
    tenant.advance(HOUR)
    world = tenant.world()
    assert _keys(world, policy)[members[0]] == "manual,dynamicRule"
    assert _keys(world, policy)[members[1]] == "dynamicRule"
    rules.delete_and_unprotect(world, rules.find_rule(world, policy, rule["id"]))
    with pytest.raises(GraphError) as refused:
        rules.patch_rule(
            world,
            rules.find_rule(world, policy, rule["id"]),
            {"mailboxExpression": f"(memberOf -any (group.id -in ['{group}']))"},
        )
    assert refused.value.code == "InvalidProtectionRuleStatusForUpdation"
    tenant.advance(HOUR)
    assert _keys(tenant.world(), policy) == {members[0]: "manual"}


def test_deleting_a_dynamic_rule_leaves_its_units_in_hand(tenant: Engine) -> None:
    group, members = _group(tenant)
    policy = _policy(tenant)
    rule = _dynamic(tenant, policy, group)
    tenant.advance(HOUR)
    world = tenant.world()
    rules.delete_rule(world, rules.find_rule(world, policy, rule["id"]))
    tenant.advance(9 * DAY)
    assert _keys(tenant.world(), policy) == dict.fromkeys(members, "manual")


def _protected_for(tenant: Engine, policy: dict[str, Any], how_long: timedelta) -> None:
    world = tenant.world()
    policies.activate(world, policies.find_policy(world, policy["id"]))
    tenant.advance(how_long)
    world = tenant.world()
    policies.deactivate(world, policies.find_policy(world, policy["id"]))
    tenant.advance(HOUR)


def test_every_time_of_protection_is_kept_until_offboarding(tenant: Engine) -> None:
    _, members = _group(tenant)
    policy = _policy(tenant, members[0])
    for _ in range(3):
        _protected_for(tenant, policy, 2 * DAY)
    world = tenant.world()
    unit = world.many("SELECT * FROM units")[0]
    spans = world.many("SELECT * FROM spans ORDER BY id")
    assert len(spans) == 2
    ends = [moment for span in spans for moment in (span["first_point"], span["last_point"])]
    ends += [unit["first_point"], unit["last_point"]]
    assert ends == sorted(ends)
    assert {span["unit"] for span in spans} == {unit["id"]}
    delta = [{"@removed": {"reason": "changed"}, "id": unit["id"]}]
    patch_policy(world, policies.find_policy(world, policy["id"]), {f"{NAV}@delta": delta}, True)
    tenant.advance(HOUR)
    world = tenant.world()
    found = units.find_unit(world, unit["id"])
    assert found is not None
    units.offboard(world, found)
    tenant.advance(91 * DAY)
    world = tenant.world()
    assert world.many("SELECT * FROM spans") == []
    gone = world.many("SELECT status, first_point FROM units")
    assert gone == [{"status": "offboarded", "first_point": None}]


def test_a_full_policy_takes_no_more(tenant: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "MOST_UNITS_A_POLICY", 2)
    users = [user.id for user in tenant.tenant.company.users() if user.mailbox == "user"][:4]
    policy = _policy(tenant, users[0])
    world = tenant.world()
    delta = [{"directoryObjectId": key} for key in users[1:4]]
    answer = patch_policy(world, policy, {f"{NAV}@delta": delta}, True)[f"{NAV}@delta"]
    assert answer[0]["status"] == "unprotected"
    codes = [item["@Core.DataModificationException"]["info"]["code"] for item in answer[1:]]
    assert codes == ["QuotaExceeded"] * 2
    assert len(_keys(tenant.world(), policy)) == 2


def test_a_product_takes_a_hundred_policies(tenant: Engine) -> None:
    world = tenant.world()
    for number in range(policies.MOST_POLICIES):
        policies.create_policy(world, EXCHANGE, {"displayName": f"Policy {number}"})
    with pytest.raises(GraphError) as refused:
        policies.create_policy(world, EXCHANGE, {"displayName": "One more"})
    assert (refused.value.status, refused.value.code) == (409, "PolicyCreationNotAllowed")
    other = PRODUCTS[1]
    assert policies.create_policy(world, other, {"displayName": "Files"})["enabled"] == 0


def test_everything_is_protected_from_the_start_and_after_a_reset(tenant: Engine) -> None:
    inner = tenant.tenant
    inner.scenarios = Scenarios(lambda: {"scenarios": ["all-protected"]}, inner.faults)
    arrange(inner)
    company = inner.company
    expected = {
        "exchange": sum(
            user.mailbox in ("user", "shared") and not user.hybrid for user in company.users()
        ),
        "oneDrive": sum(user.drive_url is not None for user in company.users()),
        "sharePoint": sum(site.protectable for site in company.sites()),
    }
    for _ in range(2):
        world = tenant.world()
        counted = world.many("SELECT product, sum(n) AS n FROM unit_counts GROUP BY product")
        assert {row["product"]: row["n"] for row in counted} == expected
        for policy in policies.policies_of(world, PRODUCTS):
            shown = policies.show_policy(world, policy)
            assert shown["status"] == "active"
            counts = shown["protectionPolicyArtifactCount"]
            assert counts["total"] == counts["completed"] > 0
        row = world.many("SELECT * FROM units ORDER BY row LIMIT 1")[0]
        assert units.find_unit(world, row["id"]) is not None
        indexes = {one["name"] for one in world.many("SELECT name FROM sqlite_master")}
        assert {"units_by_id", "units_by_policy", "units_due", "units_added"} <= indexes
        assert inner.data["billing"]["service"]["status"] == "enabled"
        inner.state.reset()
        inner.state.save()
