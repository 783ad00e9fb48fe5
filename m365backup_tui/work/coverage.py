"""Coverage of the tenant: reads what exists, what is held and what rules name, and counts.

What could not be read becomes a gap in words, never a number that looks whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.coverage import Claim, Coverage, ProductCoverage
from m365backup_tui.domain.coverage_count import Count
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import (
    COVERAGE,
    Arrived,
    Began,
    Broke,
    Event,
    Noted,
)
from m365backup_tui.garbage import uncollected
from m365backup_tui.ports import Tools
from m365backup_tui.state import State
from m365backup_tui.work import browse

LOOKED_UP = 400  # units that seem to have vanished and are looked up one by one
GROUPS = 100  # groups of rules whose members are read, a product


async def read(tools: Tools, state: State, *, anew: bool = False) -> AsyncIterator[Event]:
    """Events on COVERAGE, and on CATALOGS where what exists was not read yet (or is to be read `anew`)."""
    clock = tools.clock
    yield Began(COVERAGE, clock.now(), "Reading the policies")
    products = state.products or ALL_PRODUCTS
    gaps: list[str] = []
    done: list[ProductCoverage] = []
    try:
        policies = await tools.backup.policies()
        names = {p.id: p.name for p in policies}
        for product in products:
            before = state.catalog(product).value
            rows = before if before is not None and before.complete and not anew else None
            if rows is None:
                rows = Catalog()
                async for event in browse.load_catalog(tools, product):
                    yield event
                    if isinstance(event, Noted):
                        yield Noted(COVERAGE, f"Reading {product.units}: {event.note}")
                    elif isinstance(event, Broke):
                        gaps.append(_broke_off(product, event.error))
                    elif isinstance(event, Arrived):
                        rows = event.value
            yield Noted(COVERAGE, f"Reading which {product.units} are held")
            held = await tools.backup.protected(product)
            claims = list(draft_claims(state.drafts, product))
            async for words in _rule_claims(tools, product, policies, state.drafts, claims, gaps):
                yield Noted(COVERAGE, words)
            yield Noted(COVERAGE, f"Counting {product.amount(len(rows))}")
            done.append(await count(tools, product, rows, held, claims, names, gaps))
    except CloudError as error:
        yield Broke(COVERAGE, error)
        return
    yield Arrived(COVERAGE, Coverage(tuple(done), names, tuple(gaps)), clock.now())


async def count(
    tools: Tools,
    product: Product,
    rows: Catalog,
    held: Mapping[str, Holding],
    claims: Sequence[Claim],
    names: Mapping[str, str],
    gaps: list[str],
) -> ProductCoverage:
    """Counts one product; looks up one by one what seems to have vanished, and adds to `gaps` what it does not."""
    found: list[Candidate] = []
    whole = len(rows)

    def row_at(n: int) -> Candidate:
        return rows[n] if n < whole else found[n - whole]

    def counted() -> Count:
        with uncollected():
            counting = Count(product, held, claims, names, row_at)
            for chunk in rows.chunks:
                counting.add_chunk(chunk)
        return counting

    def finished() -> ProductCoverage:
        with uncollected():
            return counting.finish(complete=rows.complete)

    # On a thread: a million rows take seconds, and the screen must go on.
    counting = await asyncio.to_thread(counted)
    if rows.complete and (unseen := counting.unseen):
        known, _ = await tools.directory.resolve(product, unseen[:LOOKED_UP])
        missing = set(unseen)
        found += [one for one in known if one.key.lower() in missing]
        counting.add(found)
        if (more := len(unseen) - LOOKED_UP) > 0:
            gaps.append(
                f"{product.amount(more)} more that a policy names were not found in the list, and not looked up "
                "one by one."
            )
    return await asyncio.to_thread(finished)


def draft_claims(drafts: Iterable[Draft], product: Product) -> list[Claim]:
    """What the waiting changes want of this product's units, unit by unit."""
    mine = [d for d in drafts if d.product is product]
    released = {unit.key.lower() for draft in mine for unit in draft.remove}
    found: list[Claim] = []
    for draft in mine:
        if draft.add:
            keys = frozenset(unit.key.lower() for unit in draft.add)
            moves = {unit.key.lower() for unit in draft.add if unit.policy}
            words = f"your change “{draft.name.strip()}”"
            place = draft.policy_id or draft.key
            found.append(Claim(place, words, keys, moves=frozenset(moves | released)))
    return found


async def _rule_claims(
    tools: Tools,
    product: Product,
    policies: Sequence[Policy],
    drafts: Sequence[Draft],
    claims: list[Claim],
    gaps: list[str],
) -> AsyncIterator[str]:
    """Adds to `claims` whom rules name: the dynamic ones that there are, and all that are wanted. Yields progress."""
    if product is Product.SHAREPOINT:
        return  # no dynamic rules there, and only the service evaluates words (graph.md §7)
    wanted: list[tuple[str, str, str, str]] = []  # place, words, rule, group
    mine = [p for p in policies if p.product is product]
    for number, policy in enumerate(mine, 1):
        yield f"Reading rules: policy {number} of {len(mine)}"
        try:
            rules = await tools.backup.rules(product, policy.id)
        except CloudError as error:
            gaps.append(f"The rules of “{policy.name}” could not be read: {error.what}")
            continue
        for rule in rules:
            if rule.dynamic:
                words = f"a rule of “{policy.name}”"
                wanted += [(policy.id, words, rule.id, group) for group in rule.group_ids]
    for draft in drafts:
        if draft.product is not product:
            continue
        for number, wish in enumerate(draft.rules):
            words = f"a rule of your change “{draft.name.strip()}”"
            place = draft.policy_id or draft.key
            wanted += [(place, words, f"wish {number}", group.id) for group in wish.groups]
    groups = list(dict.fromkeys(group.lower() for *_, group in wanted))
    people: dict[str, frozenset[str]] = {}
    for number, group in enumerate(groups[:GROUPS], 1):
        yield f"Reading who is in the groups of rules: {number} of {len(groups)}"
        try:
            pages = [page async for page in tools.directory.members(product, group)]
        except CloudError as error:
            gaps.append(f"A group that a rule names could not be read: {error.what}")
            continue
        people[group] = frozenset(c.key.lower() for page in pages for c in page.candidates)
    if len(groups) > GROUPS:
        gaps.append(f"Rules name {len(groups):,} groups; {GROUPS} of them were looked into.")
    named: dict[tuple[str, str, str], frozenset[str]] = {}
    for place, words, rule_id, group in wanted:
        key = (place, words, rule_id)
        named[key] = named.get(key, frozenset()) | people.get(group.lower(), frozenset())
    claims += [
        Claim(place, words, keys, rule_id) for (place, words, rule_id), keys in named.items()
    ]


def _broke_off(product: Product, error: CloudError) -> str:
    return f"The list of {product.units} broke off: {error.what} Counts are of what came; what is gone is not told."
