"""A plan in words: what the review shows, and what still has to be typed before it may be applied."""

from __future__ import annotations

from datetime import datetime

from m365backup_tui.domain.cost import Cost, size_words
from m365backup_tui.domain.facts import FIRST_POINTS, PRICE
from m365backup_tui.domain.plan import Act, Change, Plan
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import clock_time
from m365backup_tui.state import State

APPLY = "apply"
_LIVE_ONLY = "sizes are of live content only, so expect somewhat more: F1 says what counts"


def plan_spans(plan: Plan, marks_warn: str) -> list[Span]:
    """Every change with its effects and warnings, then requests and cost. What all have in common is said once."""
    spans: list[Span] = []
    shared = {change.effects for change in plan.changes}
    common = shared.pop() if len(plan.changes) > 1 and len(shared) == 1 else ()
    for change in plan.changes:
        tone = "ok" if change.sign == "+" else "warn"
        spans.append((f" {change.sign} ", tone))
        spans.append((f"{change_line(change)}\n", "plain"))
        own = () if common else change.effects
        spans.extend((f"     {words}\n", "dim") for words in own)
        spans.extend((f"   {marks_warn} {words}\n", "warn") for words in change.warnings)
    spans.extend((f"     each: {words}\n", "dim") for words in common)
    spans.append((f"{totals(plan)}\n", "strong"))
    spans.append((f"({PRICE.dated}; {_LIVE_ONLY})", "dim"))
    return spans


def change_line(change: Change) -> str:
    """`create OneDrive “Finance”: 12 accounts, about 310.0 GB`."""
    verb = "create" if change.sign == "+" else "change"
    amount = _amount(change)
    line = f"{verb} {change.product.label} “{change.policy}”"
    return f"{line}: {amount}" if amount else line


def _amount(change: Change) -> str:
    if change.sign == "+":
        parts = [change.product.amount(change.adds)]
    else:
        parts = [f"+{change.adds}"] if change.adds else []
        parts += [f"-{change.removes}"] if change.removes else []
    if change.cost.known:
        parts.append(f"about {size_words(change.cost.known_bytes)}")
    return ", ".join(parts)


def totals(plan: Plan) -> str:
    """`5 requests; from about 55.00 USD a month.`"""
    one = plan.requests == 1
    return f"{'1 request' if one else f'{plan.requests:,} requests'}; {cost_words(plan.cost)}."


def cost_words(cost: Cost) -> str:
    """The monthly cost that this plan adds."""
    if not cost.known and not cost.unknown:
        return "nothing is added to the monthly cost"
    return cost.words


def irrevocable(plan: Plan) -> str:
    """What cannot be taken back once it is written."""
    if plan.removals:
        return (
            "Cannot be undone: the time without new backups. What was removed can be added back, and is "
            "backed up again from then on."
        )
    return (
        "Backups that were made stay charged until they expire, also if you pause or remove later."
    )


def before(state: State) -> str:
    """What was written until now."""
    if state.prepared.value is not None:
        return "Nothing of this is written to Microsoft 365 yet; Azure was prepared earlier."
    return "Nothing of this has been written to Microsoft 365 yet."


def asks(plan: Plan) -> tuple[str, ...]:
    """What is to be typed, one after the other: the name of each policy that loses units, then `apply`."""
    return (*plan.removals, APPLY)


def asked(word: str) -> str:
    """The request to type one of them."""
    if word == APPLY:
        return f"Type  {APPLY}  and press Enter to write this to Microsoft 365."
    return f"“{word}” loses units. Type its name and press Enter to confirm that."


def wrong(word: str, typed: str) -> str | None:
    """Why what was typed is not it; None when it is."""
    text = typed.strip()
    if text == word or (word == APPLY and text.casefold() == APPLY):
        return None
    if not text:
        return f"Type {word}, or press Esc to go back."
    return f"This is not it: type {word} exactly, or press Esc to go back."


def expects_points(plan: Plan) -> bool:
    """True when the plan starts backups: removing, renaming and pausing lead to no new restore points."""
    gaining = (Act.CREATE, Act.BULK, Act.ADD_RULE, Act.RUN_RULE, Act.ACTIVATE)
    return any(write.act in gaining or write.units for write in plan.writes)


def expected(ended: datetime | None) -> str:
    """When the first restore points can be expected, with the date of the fact."""
    since = f" This run ended at {clock_time(ended)}." if ended else ""
    return f"{FIRST_POINTS.dated}.{since}"
