"""GraphDirectory against the practice tenant: roles, everything that can be protected, and addresses looked up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.errors import Conflict
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.roles import How, manageable
from m365backup_tui.domain.units import Candidate
from m365backup_tui.practice.company.model import MailboxKind
from m365backup_tui.practice.company.opening import build_company
from m365backup_tui.practice.tenant import DEFAULT_SEED
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.northwind import persona_by_key

Ready = dict[str, Any]
COMPANY = build_company(DEFAULT_SEED, "MEDIUM")


@asynccontextmanager
async def directory_of(
    ready: Ready, controls: Controls, persona: str = "global-admin"
) -> AsyncIterator[GraphDirectory]:
    who = persona_by_key(persona)
    assert who is not None
    async with graph_calls(ready, controls, persona) as calls:
        yield GraphDirectory(calls, GraphBackup(calls), lambda: who.oid)


async def every(directory: GraphDirectory, product: Product) -> dict[str, Candidate]:
    found = [one async for page in directory.candidates(product) for one in page]
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


async def test_the_organization_has_a_name(fresh_practice: Ready, controls: Controls) -> None:
    async with directory_of(fresh_practice, controls) as directory:
        assert await directory.tenant_name() == "Northwind Labs"


@pytest.mark.parametrize(
    ("persona", "how", "products"),
    [
        ("global-admin", {How.DIRECT}, 3),
        ("backup-admin", {How.GROUP}, 3),
        ("sharepoint-admin", {How.DIRECT}, 2),
        ("exchange-admin", {How.DIRECT}, 1),
        ("pim-eligible", set(), 0),
        ("no-role", set(), 0),
    ],
)
async def test_roles_in_force_and_how_they_are_held(
    fresh_practice: Ready, controls: Controls, persona: str, how: set[How], products: int
) -> None:
    async with directory_of(fresh_practice, controls, persona) as directory:
        held = await directory.active_roles()
    assert {role.how for role in held} == how
    assert len(manageable(held)) == products
    assert all(role.name and role.tenant_wide for role in held)


async def test_a_role_that_could_be_activated(fresh_practice: Ready, controls: Controls) -> None:
    async with directory_of(fresh_practice, controls, "pim-eligible") as directory:
        (role,) = await directory.eligible_roles()
    async with directory_of(fresh_practice, controls) as directory:
        none = await directory.eligible_roles()
    assert (role.name, role.how) == ("Global Administrator", How.ELIGIBLE)
    assert none == ()


async def test_every_mailbox_is_listed_with_its_size(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with directory_of(fresh_practice, controls) as directory:
        found = await every(directory, Product.EXCHANGE)
    wanted = {u.id: u for u in COMPANY.users() if u.mail and u.user_type == "Member"}
    assert set(found) == set(wanted)
    sized = {k: one.size for k, one in found.items() if one.size is not None}
    assert sized == {
        k: u.mailbox_bytes
        for k, u in wanted.items()
        if u.mailbox is not MailboxKind.NONE and not u.hybrid
    }
    rooms = {one.kind for k, one in found.items() if wanted[k].mailbox is MailboxKind.ROOM}
    assert rooms == {"shared or room mailbox"}


async def test_only_accounts_with_a_onedrive_are_listed(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with directory_of(fresh_practice, controls) as directory:
        found = await every(directory, Product.ONEDRIVE)
    assert {k: one.size for k, one in found.items()} == {
        u.id: u.drive_bytes for u in COMPANY.users() if u.drive_url and u.user_type == "Member"
    }


@pytest.mark.parametrize("scenario", ["reports-concealed", "reports-empty-url"])
async def test_sites_keep_their_sizes_whatever_the_report_hides(
    fresh_practice: Ready, controls: Controls, scenario: str
) -> None:
    controls.scenarios({"id": scenario})
    async with directory_of(fresh_practice, controls) as directory:
        found = await every(directory, Product.SHAREPOINT)
    assert {k: (one.name, one.address, one.size) for k, one in found.items()} == {
        s.id: (s.name, s.web_url, s.bytes) for s in COMPANY.sites()
    }
    assert "private channel site" in {one.kind for one in found.values()}


async def test_a_concealed_report_leaves_nobody_out(
    fresh_practice: Ready, controls: Controls
) -> None:
    controls.scenarios({"id": "reports-concealed"})
    async with directory_of(fresh_practice, controls) as directory:
        found = await every(directory, Product.ONEDRIVE)
    members = {u.id for u in COMPANY.users() if u.user_type == "Member"}
    assert set(found) == members
    assert {one.size for one in found.values()} == {None}


async def test_without_the_right_to_read_reports_sizes_are_unknown_and_the_list_is_whole(
    fresh_practice: Ready, controls: Controls
) -> None:
    async with directory_of(fresh_practice, controls, "backup-admin") as directory:
        found = await every(directory, Product.SHAREPOINT)
    assert len(found) == len(list(COMPANY.sites()))
    assert {one.size for one in found.values()} == {None}


async def test_what_a_policy_holds_already_names_that_policy(
    fresh_practice: Ready, controls: Controls
) -> None:
    controls.turn_backup_on()
    user = next(u for u in COMPANY.users() if u.mailbox is MailboxKind.USER and not u.hybrid)
    async with graph_calls(fresh_practice, controls) as calls:
        backup = GraphBackup(calls)
        await backup.create_policy(
            Product.EXCHANGE, "Board", [UnitRef(user.id, user.display_name, user.upn)]
        )
        directory = GraphDirectory(calls, backup, lambda: "")
        found = await every(directory, Product.EXCHANGE)
        again, _ = await directory.resolve(Product.EXCHANGE, [user.upn])
        with pytest.raises(Conflict, match="Board"):
            await backup.create_policy(
                Product.EXCHANGE, "Second", [UnitRef(again[0].key, "", user.upn)]
            )
    assert [one.key for one in found.values() if one.policy == "Board"] == [user.id]
    assert again[0].policy == "Board"


async def test_people_are_found_by_sign_in_name_and_by_mail_in_any_case(
    fresh_practice: Ready, controls: Controls
) -> None:
    users = [u for u in COMPANY.users() if u.mailbox is MailboxKind.USER and u.mail][:45]
    typed = [u.upn.upper() if n % 2 else f" {u.mail} " for n, u in enumerate(users)]
    typed += ["nobody@northwindlabs.example", "no address", users[0].upn, "o'hara@x.example"]
    async with directory_of(fresh_practice, controls) as directory:
        found, missing = await directory.resolve(Product.EXCHANGE, typed)
    assert [one.key for one in found] == [u.id for u in users]
    assert missing == ("nobody@northwindlabs.example", "no address", "o'hara@x.example")
    assert all(one.size is not None for one in found if one.kind == "mailbox")


async def test_sites_are_found_by_any_spelling_of_their_address(
    fresh_practice: Ready, controls: Controls
) -> None:
    site, other = list(COMPANY.sites())[5:7]
    typed = [
        f"{site.web_url}/",
        f"{site.web_url}/SitePages/Home.aspx?web=1",
        site.web_url.removeprefix("https://"),
        site.id,
        other.collection_id.upper(),
        "https://northwindlabs.sharepoint.com/sites/nothing%20here",
        "not a site",
    ]
    async with directory_of(fresh_practice, controls) as directory:
        found, missing = await directory.resolve(Product.SHAREPOINT, typed)
    assert [one.key for one in found] == [site.id, other.id]
    assert missing == tuple(typed[-2:])
