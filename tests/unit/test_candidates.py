"""Candidates from what Graph and the usage reports say, where the practice tenant cannot show it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

from m365backup_tui.cloud import candidates
from m365backup_tui.cloud.graph_calls import GraphCalls, Part
from m365backup_tui.cloud.reports import Report, Row
from m365backup_tui.domain.errors import ServiceOff, Unreachable
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Backup

HOST = "contoso.sharepoint.com"


def site_id(number: int) -> str:
    guid = f"00000000-0000-4000-8000-{number:012d}"
    return f"{HOST},{guid},{guid}"


def site(number: int) -> dict[str, Any]:
    return {
        "id": site_id(number),
        "displayName": f"Site {number}",
        "webUrl": f"https://{HOST}/sites/s{number}",
    }


def report(*numbers: int) -> bytes:
    lines = ["Site Id,Site URL,Storage Used (Byte),Root Web Template"]
    for n in numbers:
        lines.append(f"{site_id(n).split(',')[1]},https://{HOST}/sites/s{n},{n},Group")
    return "\n".join(lines).encode()


class Calls:
    """Answers lists, the report and batches from memory. `closed`: sites that may not be opened."""

    def __init__(
        self,
        listed: list[dict[str, Any]],
        csv: bytes | None,
        closed: Sequence[int] = (),
    ) -> None:
        self._listed, self._csv = listed, csv
        self._closed = {site_id(n).split(",")[1] for n in closed}
        self.batches: list[int] = []

    async def pages(self, *_: Any) -> AsyncIterator[list[dict[str, Any]]]:
        for item in self._listed:
            yield [item]

    async def get_bytes(self, *_: Any) -> bytes:
        if self._csv is None:
            raise Unreachable("no report")
        return self._csv

    async def batch(self, _: Any, urls: Sequence[str], __: str) -> list[Part]:
        self.batches.append(len(urls))
        return [self._one(url.split("?")[0].removeprefix("/sites/")) for url in urls]

    def _one(self, guid: str) -> Part:
        if guid in self._closed:
            return Part(403, {"error": {"code": "accessDenied"}}, {})
        return Part(200, site(int(guid[-12:])), {})


class OffBackup:
    """Backup is not turned on: nobody is protected, and nothing else may suffer from it."""

    async def protected(self, product: Product) -> dict[str, str]:
        raise ServiceOff("off")

    async def policies(self) -> tuple[()]:
        raise ServiceOff("off")


BACKUP = cast(Backup, OffBackup())


async def sites_of(calls: Calls) -> list[Candidate]:
    found = candidates.sites(cast(GraphCalls, calls), BACKUP)
    return [one async for page in found for one in page]


async def people_of(
    product: Product, users: list[dict[str, Any]], csv: bytes | None
) -> list[Candidate]:
    found = candidates.people(cast(GraphCalls, Calls(users, csv)), BACKUP, product)
    return [one async for page in found for one in page]


async def test_sites_that_only_the_report_knows_are_looked_up_in_batches() -> None:
    calls = Calls([site(1), site(2)], report(*range(1, 60)), closed=[50])
    found = {one.key: one for one in await sites_of(calls)}
    assert len(found) == 59
    assert calls.batches == [20, 20, 17]
    assert found[site_id(30)].size == 30
    closed = found[f"report:{site_id(50).split(',')[1]}"]
    assert closed.unsupported
    assert closed.address == f"https://{HOST}/sites/s50"
    assert [key for key, one in found.items() if one.unsupported] == [closed.key]


async def test_onedrives_are_no_sites() -> None:
    personal = site(9) | {"webUrl": "https://contoso-my.sharepoint.com/personal/ann"}
    assert [one.key for one in await sites_of(Calls([personal, site(1)], None))] == [site_id(1)]


def user(name: str, **more: Any) -> dict[str, Any]:
    upn = f"{name}@x.example"
    return {
        "id": name.upper(),
        "displayName": name,
        "userPrincipalName": upn,
        "mail": upn,
        "accountEnabled": True,
        "userType": "Member",
        **more,
    }


async def test_guests_are_left_out_even_where_their_type_may_not_be_read() -> None:
    users = [
        user("ann"),
        user("bob", userType="Guest"),
        user("cat", userType=None, userPrincipalName="cat_y.example#EXT#@x.onmicrosoft.com"),
        user("dan", userType=None),
    ]
    found = await people_of(Product.EXCHANGE, users, None)
    assert [one.name for one in found] == ["ann", "dan"]


async def test_users_without_a_mail_address_have_no_mailbox() -> None:
    assert await people_of(Product.EXCHANGE, [user("ann", mail=None)], None) == []


async def test_recipient_types_tell_rooms_where_the_report_has_them() -> None:
    csv = (
        b"User Principal Name,Storage Used (Byte),Recipient Type\n"
        b"ann@x.example,5,User\nroom@x.example,1,Room\ninfo@x.example,2,Shared\n"
    )
    users = [user("ann"), user("room"), user("info"), user("new")]
    found = {one.name: one for one in await people_of(Product.EXCHANGE, users, csv)}
    assert {name: one.kind for name, one in found.items()} == {
        "ann": "user mailbox",
        "room": "room mailbox",
        "info": "shared mailbox",
        "new": "not in the usage report: new, or on premises",
    }
    assert [name for name, one in found.items() if one.unsupported] == ["room"]
    assert found["new"].size is None


async def test_a_report_without_owner_names_leaves_nobody_out() -> None:
    csv = b"Site Id,Owner Display Name,Storage Used (Byte)\nabc,Ann,5\n"  # an older file
    found = await people_of(Product.ONEDRIVE, [user("ann"), user("bob")], csv)
    assert [one.name for one in found] == ["ann", "bob"]


async def test_a_report_that_is_something_else_is_as_good_as_none() -> None:
    found = await people_of(Product.ONEDRIVE, [user("ann")], b"<html>proxy</html>")
    assert [(one.name, one.size) for one in found] == [("ann", None)]


class HoldingBackup:
    """Two units are held, one of them by a rule."""

    async def protected(self, product: Product) -> dict[str, Holding]:
        return {
            "ann": Holding(product, "ann", "p-1"),
            "bob": Holding(product, "bob", "p-2", by_rule=True),
            "cat": Holding(product, "cat", "p-gone"),
        }

    async def policies(self) -> tuple[Policy, ...]:
        return (
            Policy(Product.EXCHANGE, "p-1", "Leaders", PolicyStatus.ACTIVE),
            Policy(Product.EXCHANGE, "p-2", "Everyone", PolicyStatus.ACTIVE),
        )


async def test_who_holds_a_unit_is_told_and_whether_a_rule_does() -> None:
    users = [user(name) for name in ("ann", "bob", "cat", "dan")]
    calls = cast(GraphCalls, Calls(users, None))
    pages = candidates.people(calls, cast(Backup, HoldingBackup()), Product.EXCHANGE)
    found = [(one.name, one.policy, one.by_rule) async for page in pages for one in page]
    assert found == [
        ("ann", "Leaders", False),
        ("bob", "Everyone", True),
        ("cat", "another policy", False),
        ("dan", "", False),
    ]


async def test_whether_a_report_names_people_is_looked_up_once_and_not_for_every_person() -> None:
    class Rows(tuple[Row, ...]):
        looked = 0

        def __iter__(self) -> Iterator[Row]:
            self.looked += 1
            return super().__iter__()

    rows = Rows([Row(size=1)] * 3)
    known = candidates.Background(Report(rows, concealed=True), {})
    for number in range(10):
        candidates.person(user(f"u{number}"), Product.EXCHANGE, None, known)
    assert not known.names_people
    assert rows.looked == 1
