"""Looking at what is there: policies, one policy's units, and everything that could be protected."""

from __future__ import annotations

from collections.abc import AsyncIterator

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import CATALOGS, OPENED, POLICIES, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import Tools
from m365backup_tui.state import Catalog, Opened
from m365backup_tui.work.reading import read


async def load_policies(tools: Tools) -> AsyncIterator[Event]:
    async for event in read(POLICIES, tools.backup.policies(), tools.clock, "Reading policies"):
        yield event


async def open_policy(tools: Tools, policy: Policy) -> AsyncIterator[Event]:
    """The policy at once, its units when they have come."""
    yield Began(OPENED, tools.clock.now(), f"Reading what “{policy.name}” protects")
    yield Arrived(OPENED, Opened(policy), tools.clock.now(), more=True)
    try:
        units = await tools.backup.units(policy.product, policy.id)
    except CloudError as error:
        yield Broke(OPENED, error)
        return
    yield Arrived(OPENED, Opened(policy, units), tools.clock.now())


async def load_catalog(tools: Tools, product: Product) -> AsyncIterator[Event]:
    """Page by page, so that the list can be used while it fills."""
    slot = CATALOGS[product]
    yield Began(slot, tools.clock.now(), f"Reading {product.units}")
    found: list[Candidate] = []
    try:
        async for page in tools.directory.candidates(product):
            found.extend(page)
            yield Arrived(slot, Catalog(tuple(found)), tools.clock.now(), more=True)
            yield Noted(slot, f"{product.amount(len(found))} so far")
    except CloudError as error:
        yield Broke(slot, error)
        return
    yield Arrived(slot, Catalog(tuple(found), complete=True), tools.clock.now())
