"""Reading everything that can be protected: usable while it comes, quiet, and nothing lost when it breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import CATALOGS, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import Tools
from m365backup_tui.work.browse import load_catalog
from tests.unit.fakes import START, candidate

MAIL = Product.EXCHANGE


@dataclass
class Tenant:
    """Pages of two, a tenth of a second each; breaks after so many."""

    pages: int
    breaks: bool = False
    seconds: float = 0.1
    time: datetime = field(default=START)

    def now(self) -> datetime:
        return self.time

    async def candidates(self, product: Product) -> AsyncIterator[tuple[Candidate, ...]]:
        for page in range(self.pages):
            self.time += timedelta(seconds=self.seconds)
            yield tuple(candidate(product, f"k{2 * page + n}") for n in range(2))
        if self.breaks:
            raise Unreachable("No connection to Microsoft Graph.")

    @property
    def tools(self) -> Tools:
        return cast("Tools", SimpleNamespace(clock=self, directory=self))


async def events(tenant: Tenant, known: Catalog | None = None) -> list[Event]:
    return [event async for event in load_catalog(tenant.tools, MAIL, known)]


def lengths(seen: list[Event]) -> list[tuple[int, bool]]:
    return [(len(e.value), e.more) for e in seen if isinstance(e, Arrived)]


async def test_the_first_page_is_there_at_once_and_then_four_pictures_a_second() -> None:
    seen = await events(Tenant(pages=20))
    assert isinstance(seen[0], Began)
    counts = [2, 8, 14, 20, 26, 32, 38]
    assert lengths(seen) == [*((count, True) for count in counts), (40, False)]
    last = seen[-1]
    assert isinstance(last, Arrived)
    assert last.value.complete
    assert [one.key for one in last.value] == [f"k{n}" for n in range(40)]


async def test_the_words_give_the_rate_once_it_is_known() -> None:
    notes = [e.note for e in await events(Tenant(pages=20)) if isinstance(e, Noted)]
    assert notes[0] == "2 mailboxes so far"
    assert notes[-1] == "38 mailboxes so far, 20 a second"


async def test_what_came_before_the_line_broke_stays() -> None:
    seen = await events(Tenant(pages=3, breaks=True, seconds=0.01))
    assert lengths(seen) == [(2, True), (6, True)]
    assert isinstance(seen[-1], Broke)


async def test_a_list_that_was_whole_stays_until_the_new_one_is() -> None:
    known = Catalog.of([candidate(MAIL, f"old{n}") for n in range(90)])
    seen = await events(Tenant(pages=20), known)
    assert lengths(seen) == [(40, False)]
    assert any(isinstance(e, Noted) for e in seen)
    broken = await events(Tenant(pages=20, breaks=True), known)
    assert lengths(broken) == []


async def test_a_tenant_with_nothing_is_a_whole_list_of_nothing() -> None:
    seen = await events(Tenant(pages=0))
    assert lengths(seen) == [(0, False)]
    assert [e.slot for e in seen if isinstance(e, Arrived)] == [CATALOGS[MAIL]]
