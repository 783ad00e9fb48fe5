"""From a run to drafts: what it did not achieve, or what it did, reversed. Reads only; putting the drafts is for a
person to decide."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from m365backup_tui.domain.again import Again, try_again
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Act
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule
from m365backup_tui.domain.run import COMMITTED, Run
from m365backup_tui.domain.undo import undo
from m365backup_tui.events import AGAIN, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import Tools


async def make(tools: Tools, run: Run, *, reverse: bool) -> AsyncIterator[Event]:
    """Events on AGAIN. `reverse`: the drafts undo the run instead of trying again what failed in it."""
    yield Began(AGAIN, tools.clock.now(), "Reading the policies")
    try:
        policies = await tools.backup.policies()
        held: dict[Product, dict[str, Holding]] = {}
        for product in dict.fromkeys(w.write.policy_product for w in run.writes if w.write.size):
            yield Noted(AGAIN, f"Reading what {product.label} policies hold")
            held[product] = await tools.backup.protected(product)
        rules: dict[str, tuple[Rule, ...]] = {}
        if reverse:
            there = {p.id for p in policies}
            for state in run.writes:
                added = state.write.act is Act.ADD_RULE and state.outcome in COMMITTED
                if added and state.policy_id in there and state.policy_id not in rules:
                    yield Noted(AGAIN, f"Reading the rules of “{state.write.policy}”")
                    rules[state.policy_id] = await tools.backup.rules(
                        state.write.policy_product, state.policy_id
                    )
        again: Again
        if reverse:  # on a thread: 100,000 units take the loop too long
            again = await asyncio.to_thread(undo, run, policies, held, rules)
        else:
            again = await asyncio.to_thread(try_again, run, policies, held)
    except CloudError as error:
        yield Broke(AGAIN, error)
        return
    yield Arrived(AGAIN, again, tools.clock.now())
