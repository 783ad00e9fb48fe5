"""Protection units through Microsoft Graph: the units part of `ports.Backup`. Lists are read a page ahead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from m365backup_tui.cloud import backup_requests as requests
from m365backup_tui.cloud import backup_values as values
from m365backup_tui.cloud.graph_calls import GraphCalls, Json
from m365backup_tui.cloud.profiles import SCOPES_READ
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.garbage import set_aside

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_service_client import GraphServiceClient

UNITS_A_PAGE = 999  # as for users; the service may give fewer
_UNPROTECTED = "status eq 'unprotected'"


class GraphUnits:
    """What `GraphBackup` does with units. Importing this module loads no SDK."""

    _calls: GraphCalls
    _large_pages = True
    _filters = True

    async def units(
        self, product: Product, policy_id: str, *, failed: int = 0
    ) -> tuple[ProtectionUnit, ...]:
        """Every unit. With `failed` the service is asked for the unprotected ones alone. That unit lists can be
        filtered by status is UNVERIFIED (graph.md §6): where it is refused, or finds fewer, all are read."""
        if failed and self._filters:
            large = self._large_pages
            try:
                found = await self._units(product, policy_id, _UNPROTECTED)
            except Rejected:
                self._filters, self._large_pages = False, large
            else:
                if sum(u.status is UnitStatus.UNPROTECTED for u in found) >= failed:
                    return found
        return await self._units(product, policy_id)

    async def _units(
        self, product: Product, policy_id: str, where: str = ""
    ) -> tuple[ProtectionUnit, ...]:
        doing = f"reading the {product.units} of the policy"
        found: list[ProtectionUnit] = []
        async for page in self._unit_pages(
            lambda c, top: requests.units_of(c, product, policy_id, top, where), doing
        ):
            found += [values.unit_from(item, product) for item in page]
        return tuple(found)

    async def protected(self, product: Product) -> dict[str, Holding]:
        """Key -> where it is held. Units without a policy have left theirs and are free (graph.md §6)."""
        doing = f"reading the protected {product.units}"
        found: dict[str, Holding] = {}
        async for page in self._unit_pages(
            lambda c, top: requests.all_units(c, product, top), doing
        ):
            for item in page:
                holding = values.holding_from(item, product)
                if holding is not None:
                    found[holding.key] = holding
        return found

    async def _unit_pages(
        self, build: Callable[[GraphServiceClient, int], RequestInformation], doing: str
    ) -> AsyncIterator[list[Json]]:
        """Pages as large as the service gives them. That unit lists take $top is UNVERIFIED: where it is refused they
        are read in the service's own pages. What was made of a page is kept out of garbage collection."""
        top = UNITS_A_PAGE if self._large_pages else 0
        try:
            pages = self._calls.pages(SCOPES_READ, lambda c: build(c, top), doing, ahead=True)
            async for page in pages:
                yield page
                page.clear()  # its parts end here, before what is left is set aside
                set_aside()
            return
        except Rejected:
            if not top:
                raise
            self._large_pages = False
        async for page in self._calls.pages(SCOPES_READ, lambda c: build(c, 0), doing):
            yield page
