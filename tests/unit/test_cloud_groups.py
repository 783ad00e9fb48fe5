"""Groups and their members where the practice tenant cannot show it: guests, devices, what may not be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.cloud.directory_requests import searchable
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.groups import kind_of
from m365backup_tui.domain.errors import ServiceOff
from m365backup_tui.domain.groups import GroupKind
from m365backup_tui.domain.products import Product
from m365backup_tui.ports import Backup


class Calls:
    """Members from memory, a page for each list; no usage report."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self._pages = pages

    async def get_bytes(self, *args: Any) -> bytes:
        raise ServiceOff("no reports here")

    async def pages(self, *args: Any) -> AsyncIterator[list[dict[str, Any]]]:
        for page in self._pages:
            yield page


class Off:
    """Backup is not on: nobody holds anything."""

    async def protected(self, product: Product) -> dict[str, str]:
        raise ServiceOff("off")

    async def policies(self) -> tuple[()]:
        return ()


def user(name: str, **more: Any) -> dict[str, Any]:
    address = f"{name}@contoso.com"
    return {
        "@odata.type": "#microsoft.graph.user",
        "id": name,
        "displayName": name.title(),
        "userPrincipalName": address,
        "mail": address,
        "accountEnabled": True,
        **more,
    }


GUEST = user("gil_else#EXT#", userType="Guest")
BARE = {"@odata.type": "#microsoft.graph.user", "id": "u-7", "displayName": None, "mail": None}
DEVICE = {"@odata.type": "#microsoft.graph.device", "id": "d-1", "displayName": "Laptop 7"}
CONTACT = {"@odata.type": "#microsoft.graph.orgContact", "id": "c-1", "displayName": "Carol"}
GROUP = {"@odata.type": "#microsoft.graph.group", "id": "g-2", "displayName": "Inner"}
NO_MAIL = user("max", mail=None)


async def test_who_is_left_out_is_named_with_the_reason_and_groups_are_not() -> None:
    calls = Calls([user("ann"), GUEST, GROUP], [DEVICE, CONTACT, BARE, NO_MAIL, user("bob")])
    directory = GraphDirectory(cast(GraphCalls, calls), cast(Backup, Off()), lambda: "")
    pages = [page async for page in directory.members(Product.EXCHANGE, "g-1")]
    assert [[c.key for c in page.candidates] for page in pages] == [["ann"], ["bob"]]
    left = {one.name: one.why for page in pages for one in page.left_out}
    assert "guest" in left["Gil_Else#Ext#"]
    assert "device" in left["Laptop 7"]
    assert "contact" in left["Carol"]
    assert "may not read it" in left["u-7"]
    assert "no mail address" in left["Max"]
    assert len(left) == 5


@pytest.mark.parametrize(
    ("security", "mailed", "types", "kind"),
    [
        (True, False, [], GroupKind.SECURITY),
        (True, True, [], GroupKind.MAILED_SECURITY),
        (False, True, [], GroupKind.DISTRIBUTION),
        (True, True, ["Unified"], GroupKind.MICROSOFT_365),
        (False, True, ["Unified", "DynamicMembership"], GroupKind.MICROSOFT_365),
        (False, False, [], GroupKind.OTHER),
        (None, None, None, GroupKind.OTHER),
    ],
)
def test_kinds_of_groups(
    security: bool | None, mailed: bool | None, types: list[str] | None, kind: GroupKind
) -> None:
    item = {"securityEnabled": security, "mailEnabled": mailed, "groupTypes": types}
    assert kind_of(item) is kind


def test_words_of_a_search_cannot_leave_their_clause() -> None:
    assert searchable('a" OR "mail:x') == "a OR mail:x"
    assert searchable("back\\slash\x00 two") == "back slash two"
    assert searchable(' "*" ') == ""
