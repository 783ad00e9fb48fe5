"""Groups of the directory: search, size, and their members as candidates. The group part of `ports.Directory`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from m365backup_tui.cloud import directory_requests as requests
from m365backup_tui.cloud.candidates import background, is_guest, person
from m365backup_tui.cloud.graph_calls import GraphCalls, Json
from m365backup_tui.cloud.profiles import SCOPES_GROUPS, SCOPES_MEMBERS
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.groups import GroupKind, GroupRef, GroupSize, LeftOut, MemberPage
from m365backup_tui.domain.products import Product
from m365backup_tui.ports import Backup

_USER, _GROUP = "#microsoft.graph.user", "#microsoft.graph.group"
_WORDS = {
    "#microsoft.graph.orgcontact": "contact",
    "#microsoft.graph.device": "device",
    "#microsoft.graph.serviceprincipal": "application",
}


class GraphGroups:
    """What `GraphDirectory` knows of groups."""

    _calls: GraphCalls
    _backup: Backup

    async def groups(self, words: str) -> tuple[GroupRef, ...]:
        """The first groups, by name, whose name has all `words` or whose mail address begins with them."""
        page = await self._calls.get(
            SCOPES_GROUPS, lambda client: requests.groups(client, words), "searching for groups"
        )
        items = page.get("value")
        return tuple(group(item) for item in items) if isinstance(items, list) else ()

    async def group_size(self, group_id: str) -> GroupSize:
        """Both numbers at once; they come from an index that may lag behind by minutes (Graph, advanced queries)."""
        people, nested = await asyncio.gather(
            self._count(group_id, "people"), self._count(group_id, "groups")
        )
        return GroupSize(people, nested)

    async def members(self, product: Product, group_id: str) -> AsyncIterator[MemberPage]:
        """Everybody in the group and in groups in it. Raises Rejected for sites, which no group holds."""
        if product is Product.SHAREPOINT:
            raise Rejected("A group holds people: sites cannot be chosen by it.")
        known = await background(self._calls, self._backup, product)
        rows = known.report.by_address() if known.report else {}
        async for page in self._calls.pages(
            SCOPES_MEMBERS,
            lambda client: requests.members(client, group_id),
            "reading who is in it",
        ):
            found, left = [], []
            for item in page:
                if _type(item) == _GROUP:
                    continue  # its members come by themselves
                why = _barred(item)
                row = rows.get(str(item.get("userPrincipalName") or "").lower())
                one = None if why else person(item, product, row, known)
                if one is not None:
                    found.append(one)
                else:
                    left.append(_left_out(item, why or _nothing_of(product)))
            yield MemberPage(tuple(found), tuple(left))

    async def _count(self, group_id: str, what: str) -> int:
        body = await self._calls.get_bytes(
            SCOPES_MEMBERS,
            lambda client: requests.member_count(client, group_id, what),
            "counting who is in the group",
            _check_number,
        )
        return _number(body)


def group(item: Json) -> GroupRef:
    """A group as Graph shows it."""
    name, mail = str(item.get("displayName") or ""), str(item.get("mail") or "")
    return GroupRef(str(item.get("id") or "").lower(), name or mail, mail, kind_of(item))


def kind_of(item: Json) -> GroupKind:
    """graph.md §12: Unified is a Microsoft 365 group whatever else it is enabled for."""
    if "Unified" in (item.get("groupTypes") or ()):
        return GroupKind.MICROSOFT_365
    match bool(item.get("securityEnabled")), bool(item.get("mailEnabled")):
        case True, mailed:
            return GroupKind.MAILED_SECURITY if mailed else GroupKind.SECURITY
        case _, True:
            return GroupKind.DISTRIBUTION
        case _:
            return GroupKind.OTHER


def _barred(item: Json) -> str:
    """Why a member is nobody whose mailbox or OneDrive could be protected, as a sentence; "" for a person."""
    kind = _type(item)
    if kind != _USER:
        return f"This is a {_WORDS.get(kind, 'directory object')} and no person."
    if not item.get("userPrincipalName") and not item.get("displayName"):
        return "Graph shows you no more of this person than the id: you may not read it."
    if is_guest(item):
        return "This is a guest: guests have no mailbox and no OneDrive here."
    return ""


def _nothing_of(product: Product) -> str:
    if product is Product.EXCHANGE:
        return "This person has no mail address, so no mailbox."
    return "This person has no OneDrive in the usage report, which is a day or two old."


def _left_out(item: Json, why: str) -> LeftOut:
    address = str(item.get("userPrincipalName") or item.get("mail") or "")
    return LeftOut(str(item.get("displayName") or item.get("id") or ""), address, why)


def _type(item: Json) -> str:
    """Without a type it is a user: a list of one type does not say so on each."""
    return str(item.get("@odata.type") or _USER).lower()


def _number(body: bytes) -> int:
    """$count answers plain text, which may begin with a byte order mark. Raises ValueError."""
    return int(body.decode("utf-8-sig"))


def _check_number(body: bytes) -> None:
    _number(body)
