"""A plan as lines of text: for a terminal without the wizard, and inside the saved plan for whoever opens it."""

from __future__ import annotations

from collections.abc import Iterator

from m365backup_tui.domain.facts import PRICE
from m365backup_tui.domain.plan import Change, Plan

_VERBS = {"+": "create", "~": "change", "-": "delete"}


def as_text(plan: Plan) -> list[str]:
    lines = [line for change in plan.changes for line in _change(change)]
    one = plan.requests == 1
    lines.append(f"{'1 request' if one else f'{plan.requests:,} requests'}; {plan.cost.words}")
    if plan.cost.known:
        lines.append(f"({PRICE.dated}; the upper figure adds archives and recycle bins)")
    if plan.duration.words:
        lines.append(f"{plan.duration.words[0].upper()}{plan.duration.words[1:]}")
    return lines


def _change(change: Change) -> Iterator[str]:
    amounts = f"+{change.adds:,} -{change.removes:,} {change.product.units}"
    verb = _VERBS[change.sign]
    yield f"{change.sign} {verb} {change.product.label} “{change.policy}”: {amounts}"
    yield from (f"    {text}" for text in (*change.effects, *change.warnings))
