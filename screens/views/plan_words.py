"""A plan in words: what the review shows, and what still has to be typed before it may be applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from m365backup_tui.domain.cost import size_words
from m365backup_tui.domain.facts import FIRST_POINTS, PRICE
from m365backup_tui.domain.plan import Act, Change, Plan
from m365backup_tui.domain.plan_text import cost_words
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import day_time, listed
from m365backup_tui.state import State

APPLY = "apply"
_LIVE_ONLY = (
    "the lower figure is for the live content of the usage report, the upper one adds archives and "
    "recycle bins: F1 says what counts"
)
_NAMED = 3
"""Policies named before a sentence that several share; the rest is counted."""
_VERBS = {"+": "create", "~": "change", "-": "delete"}
_TONES = {"+": "ok", "~": "warn", "-": "error"}


def plan_spans(plan: Plan, marks_warn: str) -> list[Span]:
    """Every change with its effects and warnings, then requests and cost. What several have in common is said
    once, below them."""
    spans: list[Span] = []
    shared = _shared(plan)
    for change in plan.changes:
        spans.append((f" {change.sign} ", _TONES[change.sign]))
        spans.append((f"{change_line(change)}\n", "plain"))
        spans.extend((f"     {words}\n", "dim") for words in change.effects if words not in shared)
        spans.extend(
            (f"   {marks_warn} {words}\n", "warn")
            for words in change.warnings
            if words not in shared
        )
    spans.extend(_common(plan, shared, marks_warn))
    spans.append((f"{totals(plan)}\n", "strong"))
    spans.append((f"({PRICE.dated}; {_LIVE_ONLY})", "dim"))
    return spans


def _shared(plan: Plan) -> dict[str, int]:
    """Sentences that more than one change has -> how many do."""
    seen = Counter(words for c in plan.changes for words in {*c.effects, *c.warnings})
    return {words: count for words, count in seen.items() if count > 1}


def _common(plan: Plan, shared: dict[str, int], marks_warn: str) -> Iterator[Span]:
    told: set[str] = set()
    for change in plan.changes:
        for words in (*change.effects, *change.warnings):
            if words not in shared or words in told:
                continue
            told.add(words)
            who = "each"
            if shared[words] < len(plan.changes):
                having = [c for c in plan.changes if words in (*c.effects, *c.warnings)]
                who = _names(having)
            if words in change.warnings:
                yield f"   {marks_warn} {who}: {words}\n", "warn"
            else:
                yield f"     {who}: {words}\n", "dim"


def _names(changes: list[Change]) -> str:
    """`“Everyone” and “Leadership”`; policies of different products may have one name."""
    names = list(dict.fromkeys(f"“{c.policy}”" for c in changes))
    if len(names) <= _NAMED + 1:
        return listed(names)
    return listed([*names[:_NAMED], f"{len(names) - _NAMED} more"])


def change_line(change: Change) -> str:
    """`create OneDrive “Finance”: 12 accounts, about 310.0 GB`."""
    amount = _amount(change, change.product) if change.product else change.what
    line = f"{_VERBS[change.sign]} {change.place}"
    return f"{line}: {amount}" if amount else line


def _amount(change: Change, product: Product) -> str:
    parts: list[str] = []
    if change.sign == "+":
        if change.adds or not change.rules:
            parts.append(f"{product.amount(change.adds)}{_part(change.moves, 'moved here')}")
    else:
        if change.adds:
            parts.append(f"+{change.adds:,}{_part(change.moves, 'moved here')}")
        if change.removes:
            parts.append(f"-{change.removes:,}{_part(change.leaves, 'moved away')}")
    if change.rules:
        parts.append("a rule" if change.rules == 1 else f"{change.rules} rules")
    if change.cost.known:
        parts.append(f"about {size_words(change.cost.known_bytes)}")
    return ", ".join(parts)


def _part(count: int, words: str) -> str:
    return f" ({count:,} {words})" if count else ""


def totals(plan: Plan) -> str:
    """`5 requests; adds about 55.00 to 82.50 USD a month; first restore points in 15 minutes to 2 hours.`"""
    one = plan.requests == 1
    parts = ["1 request" if one else f"{plan.requests:,} requests", cost_words(plan)]
    if plan.duration.words:
        parts.append(plan.duration.words)
    return f"{'; '.join(parts)}."


def busy_words(holder: str) -> str:
    """That somebody else is at work on the tenant: what Apply would run into."""
    return f"Somebody is at work on this tenant: {holder}. Applying is refused until that is over."


def irrevocable(plan: Plan) -> str:
    """What cannot be taken back once it is written."""
    if plan.notifications and not plan.products:
        return "No policy changes. The e-mail notifications can be changed again at any time."
    if any(change.sign == "-" for change in plan.changes):
        return (
            "Cannot be undone: a deleted policy does not come back, only a new one can be made. The time "
            "without new backups stays; backups that were made stay charged until they expire."
        )
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


def asked(plan: Plan, number: int) -> str:
    """The request to type the word that stands at `number` in `asks`."""
    if number >= len(asks(plan)) - 1:
        return f"Type  {APPLY}  and press Enter to write this to Microsoft 365."
    losing = [c for c in plan.changes if c.removes or c.sign == "-"]
    change = losing[number]
    what = "is deleted" if change.sign == "-" else f"loses {change.lost}"
    of = f" ({number + 1} of {len(losing)})" if len(losing) > 1 else ""
    return f"{change.place} {what}. Type its name and press Enter to confirm that{of}."


def writes_as(state: State) -> str:
    """Whose account writes, and where: on a shared host the last look before anything is sent (auth.md §4.1)."""
    if state.signed_in is None:
        return ""
    account = state.signed_in.account
    where = account.tenant_name or account.username.partition("@")[2]
    guest = " (you are a guest there)" if account.guest else ""
    return f"Account {account.username}, organization {where}{guest}."


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
    since = f" This run ended on {day_time(ended)}." if ended else ""
    return f"{FIRST_POINTS.dated}.{since}"
