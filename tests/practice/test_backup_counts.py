"""The counts of a policy agree with its units at any moment, whatever happened before."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from m365backup_tui.practice.backup import jobs, policies, rules, units
from m365backup_tui.practice.backup.patch import patch_policy
from m365backup_tui.practice.backup.products import EXCHANGE, PRODUCTS, SHAREPOINT, Product
from m365backup_tui.practice.backup.world import World
from m365backup_tui.practice.errors import GraphError
from tests.practice.backup_engine import Engine, engine

MOVING = {"protectRequested", "unprotectRequested", "removeRequested"}
STEPS = 60


def _check(world: World) -> None:
    """What the API shows of every policy against its units, counted one by one."""
    stored = world.many("SELECT product, policy, status, error FROM units")
    assert sum(row["n"] for row in world.many("SELECT n FROM unit_counts")) == len(stored)
    assert all(row["n"] >= 0 for row in world.many("SELECT n FROM unit_counts"))
    for policy in policies.policies_of(world, PRODUCTS):
        own = [row for row in stored if row["policy"] == policy["id"]]
        states = Counter(row["status"] for row in own)
        moving = sum(states[status] for status in MOVING)
        failed = sum(row["error"] is not None and row["status"] not in MOVING for row in own)
        shown = policies.show_policy(world, policy)
        assert shown["protectionPolicyArtifactCount"] == {
            "total": len(own),
            "completed": states["protected"],
            "inProgress": moving,
            "failed": failed,
        }
        assert {row["product"] for row in own} <= {policy["product"]}
        if moving:
            assert shown["status"] == "updating"
        if shown["status"] == "active":
            assert states["protected"] == len(own)
        if shown["status"] == "inactive":
            assert not shown["isEnabled"]
            assert set(states) <= {"unprotected"}


class Wanderer:
    """Does one possible thing after the other; what the engine refuses changes nothing."""

    def __init__(self, tenant: Engine, seed: int) -> None:
        self.engine, self.draw = tenant, random.Random(seed)
        company = tenant.tenant.company
        self.users = [user.id for user in company.users()][:60]
        self.sites = [site.id for site in company.sites()][:40]
        self.groups = [group.id for group in company.groups()]
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        moves: list[Callable[[World], Any]] = [
            self.create,
            self.patch,
            self.patch,
            self.activate,
            self.activate,
            self.deactivate,
            self.delete,
            self.rule,
            self.rule_action,
            self.job,
            self.offboard,
        ]
        move = self.draw.choice(moves)
        try:
            move(self.engine.world())
            self.done[move.__name__] += 1
        except GraphError as refused:
            if refused.status >= 500:
                raise
        if self.draw.random() < 0.6:
            minutes = self.draw.choice((1, 7, 40, 400, 60 * 24 * 95))
            self.engine.advance(timedelta(minutes=minutes))

    def _keys(self, product: Product, most: int) -> list[str]:
        pool = self.sites if product is SHAREPOINT else self.users
        return self.draw.sample(pool, self.draw.randint(1, most))

    def _policy(self, world: World) -> dict[str, Any]:
        found = policies.policies_of(world, PRODUCTS)
        if not found:
            raise GraphError(404, "PolicyNotFound", "none yet")
        return self.draw.choice(found)

    def create(self, world: World) -> None:
        product = self.draw.choice(PRODUCTS)
        entries = [{product.unit_key: key} for key in self._keys(product, 6)]
        policies.create_policy(world, product, {"displayName": "P", product.unit_nav: entries})

    def patch(self, world: World) -> None:
        policy = self._policy(world)
        product = next(one for one in PRODUCTS if one.key == policy["product"])
        delta: list[dict[str, Any]] = [{product.unit_key: key} for key in self._keys(product, 8)]
        own = world.many("SELECT id FROM units WHERE policy = ?", policy["id"])
        for unit in self.draw.sample(own, min(len(own), 2)):
            delta.append({"@removed": {"reason": "changed"}, "id": unit["id"]})
        patch_policy(world, policy, {f"{product.unit_nav}@delta": delta}, True)

    def activate(self, world: World) -> None:
        policies.activate(world, self._policy(world))

    def deactivate(self, world: World) -> None:
        policies.deactivate(world, self._policy(world))

    def delete(self, world: World) -> None:
        if self.draw.random() < 0.3:
            policies.delete_policy(world, self._policy(world))

    def rule(self, world: World) -> None:
        policy = self._policy(world)
        product = next(one for one in PRODUCTS if one.key == policy["product"])
        if product is SHAREPOINT:
            rules.create_rule(
                world, policy, {"siteExpression": "(displayName -contains 'Project')"}
            )
            return
        group = self.draw.choice(self.groups)
        expression = f"(memberOf -any (group.id -in ['{group}']))"
        auto = self.draw.random() < 0.7
        rules.create_rule(
            world, policy, {product.expression: expression, "isAutoApplyEnabled": auto}
        )

    def rule_action(self, world: World) -> None:
        found = world.many("SELECT * FROM rules")
        if found:
            chosen = self.draw.choice(found)
            action = self.draw.choice(
                (rules.delete_rule, rules.delete_and_unprotect, rules.run_rule)
            )
            action(world, chosen)

    def job(self, world: World) -> None:
        policy = self._policy(world)
        product = next(one for one in PRODUCTS if one.key == policy["product"])
        ids = [*self._keys(product, 20), "nobody"]
        jobs.create_job(world, policy, {"displayName": "J", product.job_ids: ids})

    def offboard(self, world: World) -> None:
        found = world.many("SELECT * FROM units WHERE policy IS NULL")
        if found:
            action = self.draw.choice((units.offboard, units.cancel_offboard))
            action(world, self.draw.choice(found))


@pytest.mark.parametrize("seed", range(6))
def test_counts_agree_with_the_units_through_random_sequences(seed: int) -> None:
    tenant = engine()
    wanderer = Wanderer(tenant, seed)
    for _ in range(STEPS):
        wanderer.step()
        _check(tenant.world())
    assert wanderer.done["patch"] > 0
    assert wanderer.done["activate"] > 0, wanderer.done


def test_a_tenant_that_was_exported_and_taken_back_counts_the_same() -> None:
    tenant = engine()
    wanderer = Wanderer(tenant, 11)
    for _ in range(40):
        wanderer.step()
    state = tenant.tenant.state
    tenant.world()
    before = state.canonical()
    counts = [dict(row) for row in state.db.execute("SELECT * FROM unit_counts WHERE n > 0")]
    assert counts
    state.replace(json.loads(before))
    after = [dict(row) for row in state.db.execute("SELECT * FROM unit_counts WHERE n > 0")]
    assert after == counts
    assert state.canonical() == before
    _check(tenant.world())


def test_the_export_can_be_read_by_people() -> None:
    tenant = engine()
    world = tenant.world()
    user = next(user for user in tenant.tenant.company.users() if user.mailbox == "user")
    body = {"displayName": "Finance", "mailboxProtectionUnits": [{"directoryObjectId": user.id}]}
    policy = policies.create_policy(world, EXCHANGE, body)
    backup = json.loads(tenant.tenant.state.canonical())["backup"]
    assert backup["policies"][policy["id"]]["displayName"] == "Finance"
    (unit,) = backup["units"].values()
    assert (unit["product"], unit["policy"], unit["key"], unit["status"]) == (
        "exchange",
        policy["id"],
        user.id,
        "unprotected",
    )
