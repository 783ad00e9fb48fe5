"""What can be protected: users with a mailbox, users with a OneDrive, sites; with sizes from the usage reports.

The reports are one to two days old and may be unreadable or concealed: then sizes are None and nothing is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from m365backup_tui.cloud import directory_requests as requests
from m365backup_tui.cloud.addresses import SITE_FIELDS, is_personal
from m365backup_tui.cloud.graph_calls import BATCH, GraphCalls, Json
from m365backup_tui.cloud.graph_errors import is_preparing
from m365backup_tui.cloud.profiles import SCOPES_PEOPLE, SCOPES_REPORTS, SCOPES_SITES
from m365backup_tui.cloud.reports import (
    Report,
    Row,
    read_report,
    recipient_problem,
    template_problem,
    template_words,
)
from m365backup_tui.domain.errors import (
    CloudError,
    NotController,
    NotSignedIn,
    ServiceOff,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Backup
from m365backup_tui.side_by_side import side_by_side

_SIGN_IN = (NotSignedIn, SignInRefused, StepUpNeeded)
_NO_ROW = Row()


class Held(NamedTuple):
    """Which policy (by name) holds a unit, "" for none, and whether a rule of that policy brought it."""

    policy: str = ""
    by_rule: bool = False


_FREE = Held()


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of a product beforehand: the report's rows and who holds which key. Making one with a report goes
    through all of it."""

    report: Report | None
    holders: Mapping[str, Held]
    names_people: bool = field(init=False)
    """Whether the report says who has what; not when it is concealed, old (no owner names) or empty."""

    def __post_init__(self) -> None:
        named = self.report is not None and any(row.address for row in self.report.rows)
        object.__setattr__(self, "names_people", named)


async def people(
    calls: GraphCalls, backup: Backup, product: Product
) -> AsyncIterator[tuple[Candidate, ...]]:
    """Users of the tenant that have a mailbox (or a OneDrive), by name, a page at a time. Guests are left out."""
    known = await background(calls, backup, product)
    rows = await asyncio.to_thread(known.report.by_address) if known.report else {}
    async for page in calls.pages(SCOPES_PEOPLE, requests.users, f"listing {product.units}"):
        found = [
            person(item, product, rows.get(_text(item, "userPrincipalName").lower()), known)
            for item in page
            if not is_guest(item)
        ]
        kept = tuple(one for one in found if one is not None)
        if kept:
            yield kept


def person(item: Json, product: Product, row: Row | None, known: Background) -> Candidate | None:
    """A user as a candidate; None for one that has nothing of this product as far as can be told."""
    if product is Product.EXCHANGE and not item.get("mail"):
        return None
    if product is Product.ONEDRIVE and row is None and known.names_people:
        return None
    key = _text(item, "id").lower()
    seen, held = row or _NO_ROW, known.holders.get(key, _FREE)
    address = _text(item, "userPrincipalName") or _text(item, "mail")
    return Candidate(
        product=product,
        key=key,
        name=_text(item, "displayName") or address,
        address=address,
        size=seen.size,
        last_activity=seen.last_activity,
        kind=_mailbox_words(item, row, known) if product is Product.EXCHANGE else "OneDrive",
        policy=held.policy,
        by_rule=held.by_rule,
        unsupported=recipient_problem(seen.recipient) if product is Product.EXCHANGE else "",
    )


async def sites(calls: GraphCalls, backup: Backup) -> AsyncIterator[tuple[Candidate, ...]]:
    """Sites that the person's search turns up, then those that only the usage report knows (graph.md §12: a signed-in
    person cannot list every site). OneDrives are left out: they are accounts."""
    known = await background(calls, backup, Product.SHAREPOINT)
    rows = await asyncio.to_thread(known.report.by_site) if known.report else {}
    seen: set[str] = set()
    async for page in calls.pages(SCOPES_SITES, requests.sites, "listing sites"):
        found: list[Candidate] = []
        for item in page:
            one = site(item, rows, known)
            if one is not None and one.key not in seen:
                seen.add(one.key)
                found.append(one)
        if found:
            yield tuple(found)
    rest = await asyncio.to_thread(_unseen, rows, seen)
    for start in range(0, len(rest), 5 * BATCH):  # five batches at once, then a page for the screen
        some = rest[start : start + 5 * BATCH]
        chunks = [some[at : at + BATCH] for at in range(0, len(some), BATCH)]

        async def look_up(chunk: Sequence[Row]) -> list[Candidate]:
            return await _from_report(calls, chunk, rows, known)

        more = [one for chunk in await side_by_side(chunks, look_up) for one in chunk]
        if more:
            yield tuple(more)


def _unseen(rows: Mapping[str, Row], seen: Iterable[str]) -> list[Row]:
    """Sites that the report has and the search did not."""
    known = {collection_of(key) for key in seen}
    return [row for guid, row in rows.items() if guid not in known and not is_personal(row.url)]


def site(item: Json, rows: dict[str, Row], known: Background) -> Candidate | None:
    """A site as a candidate; None for a OneDrive, a subsite or an item without an id."""
    key, url = _text(item, "id").lower(), _text(item, "webUrl")
    if key.count(",") != 2 or is_personal(url):
        return None
    row, held = rows.get(collection_of(key), _NO_ROW), known.holders.get(key, _FREE)
    return Candidate(
        product=Product.SHAREPOINT,
        key=key,
        name=_text(item, "displayName") or _text(item, "name") or url,
        address=url,
        size=row.size,
        last_activity=row.last_activity,
        kind=template_words(row.template),
        policy=held.policy,
        by_rule=held.by_rule,
        unsupported=template_problem(row.template),
    )


async def background(calls: GraphCalls, backup: Backup, product: Product) -> Background:
    """The usage report and the holders, read at once; either may be missing."""
    report, holders = await asyncio.gather(_report(calls, product), _holders(backup, product))
    return await asyncio.to_thread(Background, report, holders)


def collection_of(key: str) -> str:
    """The site collection id inside a composite site id."""
    parts = key.split(",")
    return parts[1] if len(parts) == 3 else ""


def is_guest(item: Json) -> bool:
    """By userType; where that may not be read, by the mark in the user principal name."""
    kind = _text(item, "userType")
    return kind.lower() == "guest" if kind else "#EXT#" in _text(item, "userPrincipalName").upper()


async def _from_report(
    calls: GraphCalls, chunk: Iterable[Row], rows: dict[str, Row], known: Background
) -> list[Candidate]:
    wanted = list(chunk)
    urls = [f"/sites/{row.site_id}?$select={SITE_FIELDS}" for row in wanted]
    parts = await calls.batch(SCOPES_SITES, urls, "looking up sites of the usage report")
    found: list[Candidate] = []
    for row, part in zip(wanted, parts, strict=True):
        one = site(part.body, rows, known) if part.status == 200 else None
        if one is not None:
            found.append(one)
        elif part.status != 200 and (row.url or row.name):
            found.append(_closed(row))
    return found


def _closed(row: Row) -> Candidate:
    """A site that the report knows and this person may not open: shown, so that nobody misses it silently."""
    return Candidate(
        product=Product.SHAREPOINT,
        key=f"report:{row.site_id}",
        name=row.url.rpartition("/")[2] or row.name,
        address=row.url,
        size=row.size,
        last_activity=row.last_activity,
        kind=template_words(row.template),
        unsupported=template_problem(row.template)
        or "Graph does not let you read this site, so it cannot be added here.",
    )


async def _report(calls: GraphCalls, product: Product) -> Report | None:
    """The product's usage report; None where the tenant, the role or the permission does not allow it."""
    try:
        data = await calls.get_bytes(
            SCOPES_REPORTS,
            lambda client: requests.usage_report(client, product),
            f"reading the usage report of {product.label}",
        )
        return await asyncio.to_thread(read_report, data)
    except _SIGN_IN:
        raise
    except (CloudError, ValueError):
        return None


async def _holders(backup: Backup, product: Product) -> dict[str, Held]:
    """Key -> who holds it; {} while Backup is off or another's. What else goes wrong is raised, a missing role or
    consent too: a list that shows protected things as free would be a false one."""
    try:
        held, policies = await asyncio.gather(backup.protected(product), backup.policies())
    except (NotController, ServiceOff):
        return {}
    except CloudError as error:
        if is_preparing(error):
            return {}
        raise
    names = {policy.id: policy.name for policy in policies}
    return await asyncio.to_thread(_named, held, names)


def _named(held: Mapping[str, Holding], names: Mapping[str, str]) -> dict[str, Held]:
    """The few different answers are made once: a tenant may have a million holdings."""
    once: dict[Held, Held] = {}
    found: dict[str, Held] = {}
    for key, holding in held.items():
        one = Held(names.get(holding.policy_id, "another policy"), holding.by_rule)
        found[key] = once.setdefault(one, one)
    return found


def _mailbox_words(item: Json, row: Row | None, known: Background) -> str:
    if row is not None and row.recipient:
        return f"{row.recipient.lower().removesuffix('mailbox').strip()} mailbox"
    if item.get("accountEnabled") is False:
        return (
            "shared or room mailbox"  # their accounts cannot sign in; the report may not say which
        )
    if row is None and known.names_people:
        return "not in the usage report: new, or on premises"
    return "mailbox"


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
