"""A plan as lines of text: for a terminal without the wizard, and inside the saved plan for whoever opens it."""

from __future__ import annotations

from collections.abc import Iterator

from m365backup_tui.domain.facts import PRICE
from m365backup_tui.domain.plan import Act, Change, Plan

_BY_RULE = (Act.ADD_RULE, Act.RUN_RULE)
_VERBS = {"+": "create", "~": "change", "-": "delete"}


def as_text(plan: Plan) -> list[str]:
    lines = [line for change in plan.changes for line in _change(change)]
    one = plan.requests == 1
    lines.append(f"{'1 request' if one else f'{plan.requests:,} requests'}; {cost_words(plan)}")
    if plan.cost.known:
        lines.append(f"({PRICE.dated}; the upper figure adds archives and recycle bins)")
    if plan.duration.words:
        lines.append(f"{plan.duration.words[0].upper()}{plan.duration.words[1:]}")
    return lines


def cost_words(plan: Plan) -> str:
    """The monthly cost that the plan adds. What a rule finds only the service knows, so it is in no figure here."""
    cost = plan.cost
    some = cost.known or cost.unknown
    words = f"adds {cost.words}" if cost.known else cost.words
    if any(write.act in _BY_RULE for write in plan.writes):
        brings = "what the rules bring, which cannot be known before they run"
        return f"{words}, plus {brings}" if some else f"the cost is that of {brings}"
    return words if some else "nothing is added to the monthly cost"


def _change(change: Change) -> Iterator[str]:
    """What happens to a policy, and how many units join and leave where any do."""
    yield f"{change.sign} {_VERBS[change.sign]} {change.place}{_some(change)}"
    yield from (f"    {text}" for text in (*change.effects, *change.warnings))


def _some(change: Change) -> str:
    if change.product is None:
        return f": {change.what}"
    amounts = f": +{change.adds:,} -{change.removes:,} {change.product.units}"
    return amounts if change.adds or change.removes else ""
