"""Looking at what is there: policies, one policy's units, and everything that could be protected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.events import (
    CATALOGS,
    FOUND,
    OPENED,
    POLICIES,
    Arrived,
    Began,
    Broke,
    Dropped,
    Event,
    Noted,
)
from m365backup_tui.ports import Tools
from m365backup_tui.state import FoundUnits, Opened
from m365backup_tui.work.reading import read

_TURNS = 8
"""Turns of the event loop between two pages: a key goes through several until it is on the screen."""
_PAUSE = timedelta(seconds=0.25)
"""Between two pictures of a list that fills: more often is only work for the screen and the line."""


async def load_policies(tools: Tools) -> AsyncIterator[Event]:
    async for event in read(POLICIES, tools.backup.policies(), tools.clock, "Reading policies"):
        yield event


async def open_policy(
    tools: Tools, policy: Policy, known: Opened | None = None
) -> AsyncIterator[Event]:
    """The policy at once, its units when they have come. `known`: what is shown now; where it is this policy it stays
    until then."""
    if known is None or known.policy.id != policy.id:
        yield Dropped(OPENED)
        yield Began(OPENED, tools.clock.now(), f"Reading what “{policy.name}” protects")
        yield Arrived(OPENED, Opened(policy), tools.clock.now(), more=True)
    else:
        yield Began(OPENED, tools.clock.now(), f"Reading what “{policy.name}” protects")
    try:
        units = await tools.backup.units(policy.product, policy.id)
    except CloudError as error:
        yield Broke(OPENED, error)
        return
    yield Arrived(OPENED, Opened(policy, units), tools.clock.now())


async def search(tools: Tools, product: Product, words: str) -> AsyncIterator[Event]:
    """Events on FOUND: what the service's own search finds."""
    yield Began(FOUND, tools.clock.now(), f"Searching for “{words}”")
    try:
        candidates = await tools.directory.search(product, words)
    except CloudError as error:
        yield Broke(FOUND, error)
        return
    yield Arrived(FOUND, FoundUnits(product, words, candidates), tools.clock.now())


async def load_catalog(
    tools: Tools, product: Product, known: Catalog | None = None
) -> AsyncIterator[Event]:
    """Page by page, so that the list can be used while it fills; told at most four times a second.

    `known`: what was read before. Read anew, it stays on screen until the new one is whole.
    """
    slot, clock = CATALOGS[product], tools.clock
    began = told = clock.now()
    yield Began(slot, began, f"Reading {product.units}")
    shown = known is None or not known.complete
    catalog = Catalog()
    try:
        async for page in tools.directory.candidates(product):
            first, now = not catalog, clock.now()
            catalog = catalog.plus(page)
            if first or now - told >= _PAUSE:
                told = now
                if shown:
                    yield Arrived(slot, catalog, now, more=True)
                yield Noted(slot, _so_far(product, len(catalog), now - began))
            for _ in range(_TURNS):
                await asyncio.sleep(0)
    except CloudError as error:
        if shown and catalog:
            yield Arrived(slot, catalog, clock.now(), more=True)
        yield Broke(slot, error)
        return
    yield Arrived(slot, catalog.whole(), clock.now())


def _so_far(product: Product, count: int, took: timedelta) -> str:
    seconds = took.total_seconds()
    words = f"{product.amount(count)} so far"
    return f"{words}, {count / seconds:,.0f} a second" if seconds >= 1 else words
