"""The service's own search as a source: people and sites by words, with sizes and holders, nothing that is no unit."""

from __future__ import annotations

from typing import Any

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.products import Product
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.test_cloud_backup import mailboxes, sites

Ready = dict[str, Any]


@pytest.fixture
def tenant(fresh_practice: Ready, controls: Controls) -> Ready:
    controls.turn_backup_on()
    return fresh_practice


@pytest.mark.parametrize("product", [Product.EXCHANGE, Product.ONEDRIVE])
async def test_a_person_is_found_by_words_in_any_order_and_by_address(
    tenant: Ready, controls: Controls, product: Product
) -> None:
    one = mailboxes(1, skip=5)[0]
    first, last = one.name.split()[0], one.name.split()[-1]
    async with graph_calls(tenant, controls) as calls:
        directory = GraphDirectory(calls, GraphBackup(calls), str)
        by_name = await directory.search(product, f"{last} {first}")
        by_address = await directory.search(product, one.address)
        nobody = await directory.search(product, "zzzyx")
    assert one.key.lower() in [c.key for c in by_name]
    assert [c.address.lower() for c in by_address] == [one.address.lower()]
    assert by_address[0].size is not None
    assert nobody == ()


async def test_a_site_is_found_by_a_word_of_its_name_and_says_who_holds_it(
    tenant: Ready, controls: Controls
) -> None:
    one = sites(1)[0]
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        await backup.create_policy(Product.SHAREPOINT, "Has it", [one])
        found = await GraphDirectory(calls, backup, str).search(Product.SHAREPOINT, one.name)
    assert {c.key: c.policy for c in found}[one.key.lower()] == "Has it"


@pytest.mark.parametrize("words", ["", "  ", '"', "\\", '" OR "', "' and (", "(((", "a&b=c#d"])
async def test_odd_words_break_nothing(tenant: Ready, controls: Controls, words: str) -> None:
    async with graph_calls(tenant, controls) as calls:
        directory = GraphDirectory(calls, GraphBackup(calls), str)
        for product in Product:
            assert isinstance(await directory.search(product, words), tuple)
