"""Graph's own search for people and sites: a source besides the list of all there is, for whoever cannot wait for it.

A signed-in person cannot list every site (graph.md §12), and a search for words turns up sites that the list lacks.
"""

from __future__ import annotations

from collections.abc import Callable

from m365backup_tui.cloud import directory_requests as requests
from m365backup_tui.cloud.candidates import Background, background, is_guest, person, site
from m365backup_tui.cloud.graph_calls import GraphCalls, Json
from m365backup_tui.cloud.profiles import SCOPES_PEOPLE, SCOPES_SITES
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Backup


class GraphSearch:
    """What `GraphDirectory` finds by words. Sizes and holders are read with the first search of a product and kept:
    the plan reads the holders anew in any case."""

    _calls: GraphCalls
    _backup: Backup
    _known: dict[Product, Background]

    async def search(self, product: Product, words: str) -> tuple[Candidate, ...]:
        """The first page of what Graph finds, in its own order; () without words that can be searched for."""
        if not requests.searchable(words):
            return ()
        if product not in self._known:
            self._known[product] = await background(self._calls, self._backup, product)
        known = self._known[product]
        sites = product is Product.SHAREPOINT
        page = await self._calls.get(
            SCOPES_SITES if sites else SCOPES_PEOPLE,
            lambda client: (requests.found_sites if sites else requests.found_users)(client, words),
            f"searching for {product.units}",
        )
        items = page.get("value")
        found = items if isinstance(items, list) else []
        one = _site(known) if sites else _person(product, known)
        taken = (one(item) for item in found if isinstance(item, dict))
        return tuple({unit.key: unit for unit in taken if unit is not None}.values())


def _site(known: Background) -> Callable[[Json], Candidate | None]:
    rows = known.report.by_site() if known.report else {}
    return lambda item: site(item, rows, known)


def _person(product: Product, known: Background) -> Callable[[Json], Candidate | None]:
    rows = known.report.by_address() if known.report else {}
    # Somebody looked for by name is not left out for missing in the report, which is up to two days old.
    unreported = Background(None, known.holders) if product is Product.ONEDRIVE else known

    def one(item: Json) -> Candidate | None:
        if is_guest(item):
            return None
        row = rows.get(str(item.get("userPrincipalName") or "").lower())
        return person(item, product, row, known if row else unreported)

    return one
