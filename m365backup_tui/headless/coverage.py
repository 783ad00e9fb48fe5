"""`--coverage` of `status` and `plan`: what exists beside what is protected, as text and as part of a JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from m365backup_tui.domain.cost import size_words
from m365backup_tui.domain.coverage import Amount, Coverage, Kind, ProductCoverage, percent
from m365backup_tui.events import COVERAGE, Noted
from m365backup_tui.work import coverage as use

if TYPE_CHECKING:
    from m365backup_tui.headless.sitting import Sitting
    from m365backup_tui.ports import Tools

_EVERY = 10.0  # seconds between two words of progress of the same kind
_KEYS = {
    Kind.PROTECTED: "protected",
    Kind.IDLE: "held_without_new_backups",
    Kind.CHOSEN: "chosen_not_applied",
    Kind.UNPROTECTED: "not_protected",
    Kind.BARRED: "cannot_be_protected",
    Kind.TWICE: "named_twice",
    Kind.VANISHED: "vanished",
}
"""In the order of the report; the values are keys of the JSON document, a promise."""


async def read(sitting: Sitting, tools: Tools | None = None) -> Coverage:
    """Reads everything that exists and counts it; progress goes to standard error. Waiting changes of the sitting
    count as chosen. Raises CloudError."""
    told, at = "", sitting.tools.clock.now()
    async for event in use.read(tools or sitting.tools, sitting.state):
        sitting.store.send(event)
        if isinstance(event, Noted) and event.slot == COVERAGE:
            what, now = event.note.partition(":")[0], sitting.tools.clock.now()
            if what != told or (now - at).total_seconds() >= _EVERY:
                told, at = what, now
                sitting.say(event.note)
    slot = sitting.state.coverage
    if slot.error is not None:
        raise slot.error
    assert slot.value is not None  # noqa: S101 - a count or an error, nothing else
    return slot.value


def as_text(coverage: Coverage) -> list[str]:
    """A table of at most 80 columns for each service, then what could not be looked at."""
    lines: list[str] = []
    for found in coverage.products:
        lines += [*_table(found), ""]
    lines += [f"Not looked at: {gap}" for gap in coverage.gaps]
    if lines and not lines[-1]:
        lines.pop()
    return lines


def as_data(coverage: Coverage) -> dict[str, object]:
    """`coverage` of the documents: counts and bytes by service. Bytes are those of the units with a known size."""
    return {
        "services": [_service(found) for found in coverage.products],
        "not_looked_at": list(coverage.gaps),
    }


def _table(found: ProductCoverage) -> Iterator[str]:
    able = found.able
    share = percent(found.amount(Kind.PROTECTED).units, able.units)
    whole = "" if found.complete else " so far: the list broke off"
    what = f"{found.product.amount(able.units)} that can be protected{whole}"
    yield f"{found.product.label}: {what}; protected {share or 'none'}"
    for kind in _KEYS:
        amount = found.amount(kind)
        yield f"  {kind:<28}{amount.units:>12,}  {_size(amount)}".rstrip()


def _size(amount: Amount) -> str:
    if not amount.units:
        return ""
    if amount.unknown == amount.units:
        return "size not known"
    unknown = f" and {amount.unknown:,} of unknown size" if amount.unknown else ""
    return f"{size_words(amount.bytes)}{unknown}"


def _service(found: ProductCoverage) -> dict[str, object]:
    amounts = {key: _amount(found.amount(kind)) for kind, key in _KEYS.items()}
    exist = found.able + found.amount(Kind.BARRED)
    return {
        "service": str(found.product),
        "complete": found.complete,
        "exist": _amount(exist),
        "can_be_protected": _amount(found.able),
        **amounts,
    }


def _amount(amount: Amount) -> dict[str, int]:
    return {
        "units": amount.units,
        "bytes": amount.bytes,
        "units_of_unknown_size": amount.unknown,
    }
