"""Drift with the real SDK: rules, people and units as the service tells them, and each list read once."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.drift import Kind
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.products import Product
from m365backup_tui.ports import Azure, Identity, Runs, Tools
from m365backup_tui.work import drift as work
from m365backup_tui.work import policy_file
from m365backup_tui.work.planning import plan_for
from m365backup_tui.work.read_once import once
from tests.practice.cloud_ports import JumpingClock, graph_calls
from tests.practice.conftest import Controls
from tests.practice.sequence_people import groups, people

MAIL = Product.EXCHANGE


async def test_a_nightly_check_reads_each_list_once_and_explains_what_a_rule_brought(
    ready: dict[str, Any], controls: Controls
) -> None:
    units = list(people()[MAIL].values())
    group, other = groups()[:2]
    outside = [u for u in units if u.key not in group.members[MAIL] | other.members[MAIL]]
    kept, extra, wanted = outside[:3]
    async with graph_calls(ready, controls) as calls:
        backup = GraphBackup(calls)
        tools = Tools(
            clock=JumpingClock(),
            identity=cast(Identity, None),
            directory=GraphDirectory(calls, backup, lambda: ""),
            azure=cast(Azure, None),
            backup=backup,
            runs=cast(Runs, None),
        )
        refs = [UnitRef(u.key, u.name, u.address) for u in (kept, extra)]
        made, _ = await backup.create_policy(MAIL, "Finance", refs)
        for one in (group, other):
            expression = f"(memberOf -any (group.id -in ['{one.id}']))"
            await backup.add_rule(MAIL, made.id, expression, dynamic=False)
        controls.advance("PT2H")

        text = (
            "version: 1\npolicies:\n  exchange:\n    - name: Finance\n      state: paused\n"
            f"      mailboxes: [{kept.address}, {wanted.address}]\n"
            f"      rules: [{{groups: ['{group.name}']}}]\n"
        )
        file = parse(text.encode(), "f.yaml")
        assert isinstance(file, PolicyFile), file
        before = len(controls.log())
        shared = once(tools)
        found, wished, now = await policy_file.compared(
            shared, file, await shared.backup.policies(), thorough=True
        )
        drift = await work.in_full(shared, found, wished, now)
        plan = await plan_for(shared, found.drafts, "tenant", "Tenant")
        asked = controls.log()[before:]

    mine = [one for one in drift.differences if one.policy == "Finance"]
    kinds = {(one.kind, one.what, one.mended) for one in mine}
    only_other = other.members[MAIL] - group.members[MAIL]
    assert (Kind.UNIT_MISSING, wanted.address, True) in kinds
    assert (Kind.UNIT_EXTRA, extra.address, False) in kinds
    brought = {one.what for one in mine if one.kind is Kind.UNIT_EXTRA} - {extra.address}
    assert brought == {u.address for u in units if u.key in only_other}
    (rule,) = [one for one in mine if one.kind is Kind.RULE_EXTRA]
    assert other.name in rule.what
    assert rule.since is not None
    assert {one.by.name for one in mine if one.since} == {"Adele Vance"}
    assert plan.requests == 1

    backup_reads = [e for e in asked if "/backupRestore/" in e["path"]]
    assert {e["method"] for e in backup_reads} == {"GET"}
    lists = Counter(e["path"].partition("/backupRestore/")[2] for e in backup_reads)
    assert set(lists.values()) == {1}
    assert sum("Units" in path for path in lists) == 1
    assert sum("Rules" in path for path in lists) == 1
