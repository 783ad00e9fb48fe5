"""Groups through the real SDK against the practice tenant: search, size, and their members as candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.errors import NotFound, Rejected
from m365backup_tui.domain.groups import GROUPS_A_PAGE, GroupKind, GroupSize
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import Arrived
from m365backup_tui.ports import Azure, Identity, Tools
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import MailboxKind
from m365backup_tui.work.groups import check_group
from m365backup_tui.work.lists import Asked
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.test_cloud_directory import directory_of
from tests.unit.fakes import file_runs

Ready = dict[str, Any]


def group_id(company: Company, name: str) -> str:
    return next(g.id for g in company.groups() if g.display_name == name)


def people_below(company: Company, name: str) -> set[str]:
    below = company.transitive_members(group_id(company, name))
    return {key for key in below if company.user(key)}


async def in_group(
    directory: GraphDirectory, product: Product, key: str
) -> tuple[list[Candidate], list[str]]:
    found: list[Candidate] = []
    left: list[str] = []
    async for page in directory.members(product, key):
        found += page.candidates
        left += [f"{one.name}: {one.why}" for one in page.left_out]
    return found, left


async def test_groups_are_found_by_words_and_told_apart(
    fresh_practice: Ready, controls: Controls, company: Company
) -> None:
    async with directory_of(fresh_practice, controls) as directory:
        found = await directory.groups("legal")
        by_mail = await directory.groups("dl.legal@")
        first = await directory.groups("")
    kinds = {g.name: g.kind for g in found}
    assert kinds["SG Legal"] is GroupKind.SECURITY
    assert kinds["DL Legal"] is GroupKind.DISTRIBUTION
    assert kinds["Legal"] is GroupKind.MICROSOFT_365
    assert set(kinds) == {
        g.display_name for g in company.groups() if "legal" in g.display_name.lower()
    }
    assert [g.name for g in by_mail] == ["DL Legal"]
    every = sorted(g.display_name.casefold() for g in company.groups())
    assert [g.name.casefold() for g in first] == every[:GROUPS_A_PAGE]


@pytest.mark.parametrize(
    "words",
    [
        'le"gal',
        "legal\\",
        "' or 1 eq 1",
        "a&b=c#d+e%20",
        "legal:finance",
        "(",
        '"',
        "*",
        "é 研",
        "\x07\n",
    ],
)
async def test_no_sign_in_the_words_breaks_the_search(
    fresh_practice: Ready, controls: Controls, words: str
) -> None:
    async with directory_of(fresh_practice, controls) as directory:
        found = await directory.groups(words)
    assert len(found) <= GROUPS_A_PAGE


async def test_a_size_counts_people_once_through_nested_groups(
    fresh_practice: Ready, controls: Controls, company: Company
) -> None:
    async with directory_of(fresh_practice, controls) as directory:
        size = await directory.group_size(group_id(company, "SG All staff"))
        empty = await directory.group_size(group_id(company, "SG Empty"))
        with pytest.raises(NotFound):
            await directory.group_size("00000000-0000-4000-8000-00000000dead")
    below = company.transitive_members(group_id(company, "SG All staff"))
    people = people_below(company, "SG All staff")
    assert size == GroupSize(len(people), len(set(below) - people))
    assert size.groups > 10
    assert empty == GroupSize(0, 0)


@pytest.mark.parametrize("product", [Product.EXCHANGE, Product.ONEDRIVE])
async def test_everybody_in_a_nested_group_is_a_candidate_or_left_out_by_name(
    fresh_practice: Ready, controls: Controls, company: Company, product: Product
) -> None:
    wanted = people_below(company, "SG All staff")
    async with directory_of(fresh_practice, controls) as directory:
        found, left = await in_group(directory, product, group_id(company, "SG All staff"))
    keys = {one.key for one in found}
    assert len(keys) == len(found)
    assert keys <= wanted
    assert len(found) + len(left) == len(wanted)
    users = {u.id: u for u in company.users()}
    if product is Product.EXCHANGE:
        assert {one.key: one.size for one in found if one.size is not None} == {
            key: users[key].mailbox_bytes
            for key in wanted
            if users[key].mailbox is not MailboxKind.NONE and not users[key].hybrid
        }
    else:
        assert keys == {key for key in wanted if users[key].drive_url}


async def test_members_name_the_policy_that_holds_them(
    ready: Ready, controls: Controls, company: Company
) -> None:
    key = group_id(company, "SG Shared mailboxes")
    user = next(u for u in company.users() if u.id in people_below(company, "SG Shared mailboxes"))
    async with graph_calls(ready, controls) as calls:
        backup = GraphBackup(calls)
        ref = UnitRef(user.id, user.display_name, user.upn)
        await backup.create_policy(Product.EXCHANGE, "Board", [ref])
        found, _ = await in_group(GraphDirectory(calls, backup, lambda: ""), Product.EXCHANGE, key)
    assert [one.key for one in found if one.policy == "Board"] == [user.id]


async def test_a_group_goes_through_the_same_checks_as_a_list(
    ready: Ready, controls: Controls, company: Company, tmp_path: Path
) -> None:
    """Every person of a nested group ends as good or as a problem with a rule; nothing was written."""
    key = group_id(company, "SG Legal")
    people = people_below(company, "SG Legal")
    user = next(u for u in company.users() if u.id in people and u.mail)
    async with graph_calls(ready, controls) as calls:
        backup = GraphBackup(calls)
        ref = UnitRef(user.id, user.display_name, user.upn)
        await backup.create_policy(Product.EXCHANGE, "Board", [ref])
        since = controls.log()[-1]["seq"]
        directory = GraphDirectory(calls, backup, lambda: "")
        tools = Tools(
            calls.clock,
            identity=cast(Identity, None),
            directory=directory,
            azure=cast(Azure, None),
            backup=backup,
            runs=file_runs(tmp_path),
        )
        group = next(g for g in await directory.groups("SG Legal") if g.id == key)
        last = [e async for e in check_group(tools, Asked(Product.EXCHANGE), group)][-1]
    assert isinstance(last, Arrived)
    check = last.value
    assert check.rows == len(people) == len(check.good) + len(check.problems)
    assert [p.move.policy for p in check.problems if p.move] == ["Board"]
    assert all(p.rule.endswith(".") for p in check.problems)
    methods = {one["method"] for one in controls.log(since) if "/v1.0/" in one["path"]}
    assert methods == {"GET"}


async def test_a_group_holds_no_sites(
    fresh_practice: Ready, controls: Controls, company: Company
) -> None:
    async with directory_of(fresh_practice, controls) as directory:
        with pytest.raises(Rejected, match="people"):
            await in_group(directory, Product.SHAREPOINT, group_id(company, "SG Legal"))
