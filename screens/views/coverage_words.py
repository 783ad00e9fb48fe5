"""The coverage in words: rows of the page and of its lists, what Enter does with each, and what to keep in mind."""

from __future__ import annotations

from m365backup_tui.domain.cost import size_words
from m365backup_tui.domain.coverage import (
    Amount,
    Coverage,
    Item,
    Kind,
    ProductCoverage,
    percent,
)
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.views.finding import short_address
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.state import Remote

ORDER = (
    Kind.PROTECTED,
    Kind.IDLE,
    Kind.CHOSEN,
    Kind.UNPROTECTED,
    Kind.TWICE,
    Kind.VANISHED,
    Kind.BARRED,
)
_ALWAYS = (Kind.PROTECTED, Kind.UNPROTECTED)
"""Shown also when there are none: these two are what one looks for first."""

_MARKS = {
    Kind.PROTECTED: "ok",
    Kind.IDLE: "warn",
    Kind.CHOSEN: "current",
    Kind.UNPROTECTED: "warn",
    Kind.TWICE: "warn",
    Kind.VANISHED: "warn",
    Kind.BARRED: "dot",
}
_LIMITS = {
    Product.SHAREPOINT: (
        "Sites: those that your search and the usage report know. The report is a day or two old, and a "
        "site that you may not open can be missing here."
    ),
    Product.ONEDRIVE: "OneDrive: an account that got its OneDrive in the last two days may be missing here.",
    Product.EXCHANGE: "Mailboxes: users with a mail address; guests are left out.",
}


def headline(coverage: Coverage | None) -> str:
    """How much of everything has backups now."""
    if coverage is None:
        return "What is protected, and what is not, is being counted."
    able = sum((p.able for p in coverage.products), Amount())
    done = sum((p.amount(Kind.PROTECTED) for p in coverage.products), Amount())
    if not able.units:
        return "There is nothing that could be protected."
    shares = percent(done.units, able.units)
    if able.bytes:
        shares += f", by size {percent(done.bytes, able.bytes)}"
    return f"Protected now: {done.units:,} of {able.units:,} ({shares})."


def summary_rows(coverage: Coverage) -> tuple[Row, ...]:
    """One row for each product and kind; ids are `product:kind`."""
    return tuple(row for found in coverage.products for row in _of_product(found))


def _of_product(found: ProductCoverage) -> list[Row]:
    rows: list[Row] = []
    able = found.able
    for kind in ORDER:
        amount = found.amount(kind)
        if not amount.units and kind not in _ALWAYS:
            continue
        share = percent(amount.units, able.units) if kind not in _BESIDE else ""
        mark = _MARKS[kind]
        if not amount.units:
            mark = "ok" if kind is Kind.UNPROTECTED else "dot"
        label = "" if rows else found.product.label
        rows.append(
            Row(
                f"{found.product}:{kind.name}",
                (label, str(kind), f"{amount.units:,}", bytes_words(amount), share),
                mark=mark,
            )
        )
    return rows


_BESIDE = (Kind.TWICE, Kind.VANISHED, Kind.BARRED)
"""No shares of what can be protected: findings beside the count."""


def bytes_words(amount: Amount) -> str:
    """`38.1 GB`; "" of nothing, `not known` where no size is."""
    if not amount.units:
        return ""
    if amount.units == amount.unknown:
        return "not known"
    return f"{'over ' if amount.unknown else ''}{size_words(amount.bytes)}"


def in_words(product: Product, kind: Kind, amount: Amount) -> str:
    """The heading of a list."""
    n = product.amount(amount.units)
    is_, has = ("is", "has") if amount.units == 1 else ("are", "have")
    match kind:
        case Kind.PROTECTED:
            return f"{n} {is_} protected."
        case Kind.UNPROTECTED:
            return f"{n} {is_} in no policy and in no change of yours."
        case Kind.CHOSEN:
            return f"{n} {is_} in a change of yours that is not applied yet."
        case Kind.IDLE:
            return f"{n} {is_} in a policy, but {has} no new backups now."
        case Kind.BARRED:
            return f"{n} cannot be protected by Microsoft 365 Backup."
        case Kind.TWICE:
            return f"{n} {is_} wanted in two places."
        case Kind.VANISHED:
            return f"{n} that a policy names cannot be found any more."


def about(product: Product, kind: Kind) -> str:
    """What the kind means, and what can be done."""
    match kind:
        case Kind.PROTECTED:
            return "The service says of each that it is protected. Enter opens the policy."
        case Kind.UNPROTECTED:
            return f"Enter chooses a policy for them, then you choose among these {product.units}."
        case Kind.CHOSEN:
            return "Enter opens the change. They are protected once it is applied: V on the policies page."
        case Kind.IDLE:
            return (
                "The policy is paused, still beginning, or the unit failed. Enter opens the policy."
            )
        case Kind.BARRED:
            return "Each line says why. Nothing can be done here."
        case Kind.TWICE:
            return (
                f"A {product.unit} can be in one policy only: the plan or the service refuses the second. "
                "Enter opens the policy or the change that holds it."
            )
        case Kind.VANISHED:
            return (
                "Deleted, or not open to you: look before you remove. Removing takes the entry out of the policy; "
                "backups already made stay and stay charged until they expire."
            )


def limits(coverage: Coverage, product: Product | None) -> str:
    """What could not be looked at, and what the numbers of this product leave out."""
    lines = list(coverage.gaps)
    if product is not None:
        lines.append(_LIMITS[product])
    return " ".join(lines)


def item_row(item: Item, number: int, *, box: bool, marked: bool, chosen: str = "") -> Row:
    """One line of a list; its number in the list is the row's id. `chosen`: the change it is in since the count."""
    size = size_words(item.size) if item.size is not None else ""
    used = f"used {item.last_activity.isoformat()}" if item.last_activity else ""
    note = "to be removed" if marked else item.note or used
    if chosen:
        note = f"in your “{chosen.strip()}” now"
    return Row(
        str(number),
        (item.name, short_address(item.address), size, note),
        attention=marked,
        checked=False if box else None,
        tone="warn" if marked else "accent" if chosen else "plain",
    )


def chosen_for(change: str) -> str:
    """Below the list, of a unit that was chosen since the count."""
    return f"You chose it for “{change.strip()}”: V on the policies page applies that."


def whole_item(item: Item) -> str:
    """All about one line, for below the list: its columns are narrow."""
    used = f"last used {item.last_activity.isoformat()}" if item.last_activity else ""
    more = ", ".join(part for part in (item.address, used) if part)
    words = f"{item.name} ({more})" if more else item.name
    return f"{words}: {item.note}." if item.note else f"{words}."


def saved(kept: Remote[str]) -> str:
    """Where the last list was written, or why not."""
    if kept.busy:
        return kept.note
    if kept.error is not None:
        return kept.error.what
    return f"Written to {kept.value}" if kept.value else ""
