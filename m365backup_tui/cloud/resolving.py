"""From addresses as people have them to candidates: user principal names, mail addresses, site URLs, site ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from m365backup_tui.cloud import addresses
from m365backup_tui.cloud.candidates import (
    Background,
    background,
    is_guest,
    person,
    site,
)
from m365backup_tui.cloud.graph_calls import BATCH, GraphCalls, Json, Part, Scopes
from m365backup_tui.cloud.profiles import SCOPES_PEOPLE, SCOPES_SITES
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Backup
from m365backup_tui.side_by_side import side_by_side


async def resolve(
    calls: GraphCalls, backup: Backup, product: Product, typed: Sequence[str]
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """(found in the order of `typed`, each once; not found, as typed). See ports.Directory.resolve."""
    if not typed:
        return (), ()
    known = await background(calls, backup, product)
    if product is Product.SHAREPOINT:
        rows = known.report.by_site() if known.report else {}
        items = await _sites(calls, typed)
        found = [site(item, rows, known) if item else None for item in items]
    else:
        items = await _users(calls, typed)
        found = [_person(item, product, known) if item else None for item in items]
    once = {one.key: one for one in found if one is not None}
    missing = [text for text, one in zip(typed, found, strict=True) if one is None]
    return tuple(once.values()), tuple(missing)


async def _users(calls: GraphCalls, typed: Sequence[str]) -> list[Json | None]:
    """By user principal name first, then by mail address for those that are not one."""
    found = await _look_up(calls, typed, addresses.user_path, _own, SCOPES_PEOPLE)
    missing = [n for n, item in enumerate(found) if item is None]
    by_mail = await _look_up(
        calls, [typed[n] for n in missing], addresses.mail_path, _only, SCOPES_PEOPLE
    )
    for n, item in zip(missing, by_mail, strict=True):
        found[n] = item
    return found


async def _sites(calls: GraphCalls, typed: Sequence[str]) -> list[Json | None]:
    return await _look_up(calls, typed, addresses.site_path, _own, SCOPES_SITES)


async def _look_up(
    calls: GraphCalls,
    typed: Sequence[str],
    path: Callable[[str], str],
    take: Callable[[Part], Json | None],
    scopes: Scopes,
) -> list[Json | None]:
    """One $batch for every 20 addresses, several at once; None for what is not found or no address at all."""
    paths = [path(text) if text.strip() else "" for text in typed]
    asked = [n for n, one in enumerate(paths) if one]
    chunks = [asked[at : at + BATCH] for at in range(0, len(asked), BATCH)]

    async def ask(chunk: Sequence[int]) -> list[Part]:
        return await calls.batch(scopes, [paths[n] for n in chunk], "looking up addresses")

    found: list[Json | None] = [None] * len(typed)
    for chunk, parts in zip(chunks, await side_by_side(chunks, ask), strict=True):
        for n, part in zip(chunk, parts, strict=True):
            found[n] = take(part)
    return found


def _own(part: Part) -> Json | None:
    return part.body if part.status == 200 and part.body.get("id") else None


def _only(part: Part) -> Json | None:
    """The one user of a filtered list; an address that several users claim is not resolved."""
    value = part.body.get("value")
    if part.status != 200 or not isinstance(value, list) or len(value) != 1:
        return None
    return value[0] if isinstance(value[0], dict) else None


def _person(item: Json, product: Product, known: Background) -> Candidate | None:
    """Somebody named on purpose is not left out for missing in the report: that is up to two days old."""
    if is_guest(item):
        return None
    rows = known.report.by_address() if known.report else {}
    row = rows.get(str(item.get("userPrincipalName") or "").lower())
    if product is Product.ONEDRIVE and row is None:
        known = Background(None, known.holders)
    return person(item, product, row, known)
