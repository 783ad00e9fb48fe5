"""What came of names that were typed, in words."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, ProtectionUnit

_NAMED = 3


def done_words(
    product: Product,
    add: Sequence[Candidate],
    remove: Sequence[ProtectionUnit],
    notes: Sequence[str],
) -> str:
    """`To be added: Adele Vance (adele@contoso.com).` Of many the first ones and the number."""
    parts = [
        f"{head} {_names(product, units)}."
        for head, units in (("To be added:", add), ("To be removed:", remove))
        if units
    ]
    many = len(add) + len(remove) > 1
    return " ".join([*parts, *(note for note in notes if many or " already" in note)])


def move_words(moves: Sequence[Candidate]) -> str:
    """Who holds what could be moved, and what a move means."""
    holders = list(dict.fromkeys(unit.policy for unit in moves))
    where = "“" + "”, “".join(holders[:_NAMED]) + "”"
    if len(moves) == 1:
        one = moves[0]
        return (
            f"{one.name}: {where} protects it already, and it can be in one policy only. Enter again moves it here; "
            "until it has joined, no new backups are made of it."
        )
    return (
        f"{len(moves):,} are protected by other policies: {where}. Enter again moves them here; until they have "
        "joined, no new backups are made of them."
    )


def _names(product: Product, units: Sequence[Candidate | ProtectionUnit]) -> str:
    if len(units) == 1:
        address = units[0].address
        return f"{units[0].name} ({address})" if address else units[0].name
    first = ", ".join(unit.name for unit in units[:_NAMED])
    more = len(units) - _NAMED
    return f"{product.amount(len(units))}: {first}{f' and {more:,} more' if more > 0 else ''}"
