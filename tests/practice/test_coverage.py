"""Coverage read with the real SDK from a practice tenant: every unit once, rules' people named, nothing written."""

from __future__ import annotations

from typing import Any, cast

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.coverage import SHARES, Coverage, Kind
from m365backup_tui.domain.plan import Draft, UnitRef
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.events import CATALOGS, COVERAGE, Arrived, Broke
from m365backup_tui.ports import Azure, Identity, Runs, Tools
from m365backup_tui.state import State
from m365backup_tui.work import coverage
from tests.practice.cloud_ports import JumpingClock, graph_calls
from tests.practice.conftest import Controls
from tests.practice.sequence_people import groups, people

MAIL = Product.EXCHANGE


async def test_it_adds_up_and_names_what_two_places_want(
    ready: dict[str, Any], controls: Controls
) -> None:
    units = list(people()[MAIL].values())
    refs = [UnitRef(u.key, u.name, u.address) for u in units]
    group = groups()[0]
    in_group = group.members[MAIL]
    outside = [r for r in refs if r.key not in in_group]
    by_hand = next(r for r in refs if r.key in in_group)
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
        active, _ = await backup.create_policy(MAIL, "Active", [by_hand, *outside[:2]])
        paused, _ = await backup.create_policy(MAIL, "Paused", outside[2:4])
        await backup.activate(MAIL, active.id)
        expression = f"(memberOf -any (group.id -in ['{group.id}']))"
        await backup.add_rule(MAIL, paused.id, expression, True)
        controls.advance("PT2H")
        drafts = (
            Draft(
                MAIL, "New", add=tuple(u for u in units if u.key in {r.key for r in outside[1:2]})
            ),
            Draft(MAIL, "Other", add=tuple(u for u in units if u.key == outside[5].key)),
        )
        before = len(controls.log())
        found: Coverage | None = None
        rows: dict[Product, int] = {}
        async for event in coverage.read(tools, State(drafts=drafts)):
            if isinstance(event, Arrived) and event.slot is COVERAGE:
                found = event.value
            elif isinstance(event, Arrived):
                product = next(p for p in ALL_PRODUCTS if CATALOGS[p] is event.slot)
                rows[product] = len(event.value)
            assert not isinstance(event, Broke), event
    assert found is not None
    assert found.gaps == ()
    asked = [e for e in controls.log()[before:] if "/v1.0/" in e["path"]]
    assert asked
    assert [e for e in asked if e["changed"]] == []
    for product in ALL_PRODUCTS:
        counted = found.of(product)
        assert counted is not None
        assert sum(counted.amount(kind).units for kind in SHARES) == rows[product] > 0
    mail = found.of(MAIL)
    assert mail is not None
    keys = {kind: {item.key for item in mail.lists[kind]} for kind in Kind}
    assert keys[Kind.PROTECTED] == {by_hand.key, outside[0].key, outside[1].key}
    joined = (in_group - {by_hand.key}) | {outside[2].key, outside[3].key}
    assert keys[Kind.IDLE] == joined
    assert keys[Kind.CHOSEN] == {outside[5].key}
    assert keys[Kind.VANISHED] == set()
    twice = {item.key: item.note for item in mail.lists[Kind.TWICE]}
    assert twice == {
        by_hand.key: "“Active” and a rule of “Paused”",
        outside[1].key: "“Active” and your change “New”",
    }
