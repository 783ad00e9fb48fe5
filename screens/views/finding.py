"""What the picker says about candidates: why one cannot be chosen, where it is, what a filter lists."""

from __future__ import annotations

from collections.abc import Mapping

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.catalog_query import Filter, Size, Used
from m365backup_tui.domain.limits import UNITS_PER_POLICY
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.state import State


def other_drafts(state: State, draft: Draft) -> tuple[Draft, ...]:
    """The drafts that compete for the same units as this one."""
    return tuple(d for d in state.drafts if d.product is draft.product and d.key != draft.key)


def barred_by(others: tuple[Draft, ...]) -> dict[str, str]:
    """Why units cannot be chosen because another draft has them, by key."""
    barred: dict[str, str] = {}
    for other in others:
        reason = f"It is in “{other.name}” already, which waits to be applied."
        barred.update(dict.fromkeys((unit.key for unit in other.add), reason))
    return barred


def own_policy(candidate: Candidate, draft: Draft) -> bool:
    """Whether the policy that this draft changes holds it already."""
    return not draft.new and candidate.policy == draft.old_name


def why_barred(candidate: Candidate, draft: Draft, barred: Mapping[str, str]) -> str:
    """Why Space cannot choose this one, in one line of 76 cells; "" when it can."""
    if candidate.unsupported:
        return candidate.unsupported
    if own_policy(candidate, draft):
        return "This policy protects it already."
    if candidate.policy and candidate.by_rule:
        return f"A rule of “{candidate.policy}” holds it: end the rule, or change whom it takes."
    if candidate.key in barred:
        return barred[candidate.key]
    if candidate.policy:
        return f"“{candidate.policy}” holds it. M moves it: no new backups for a while."
    return ""


def why_not_moved(candidate: Candidate, draft: Draft, barred: Mapping[str, str]) -> str:
    """Why M cannot choose this one as a move; "" when it can."""
    if not candidate.policy and not candidate.unsupported:
        return "No policy holds it: Space chooses it."
    held = candidate.policy and not candidate.by_rule and not candidate.unsupported
    if held and not own_policy(candidate, draft):
        return barred.get(candidate.key, "")
    return why_barred(candidate, draft, barred)


def moved_words(candidate: Candidate) -> str:
    """What a move means, in one line."""
    return f"It leaves “{candidate.policy}”; until it is in here, no new backups are made."


def too_many(product: Product, count: int) -> str:
    """Why a choice of `count` in one policy is refused, and what helps; "" when it is not too large."""
    over = count - UNITS_PER_POLICY
    if over <= 0:
        return ""
    return f"{over:,} too many: a policy holds {UNITS_PER_POLICY:,} {product.units}. F or / lists fewer."


def note_of(candidate: Candidate, barred: Mapping[str, str], *, chosen: bool = False) -> str:
    """The last column: where it is protected, or what it is, or when it was used last."""
    if candidate.policy:
        return f"moves from {candidate.policy}" if chosen else f"in “{candidate.policy}”"
    if candidate.unsupported:
        return "not supported"
    if candidate.key in barred:
        return "in another draft"
    plain = candidate.kind.casefold() in {
        "",
        candidate.product.label.casefold(),
        candidate.product.unit,
    }
    if not plain:
        return candidate.kind
    return f"used {candidate.last_activity.isoformat()}" if candidate.last_activity else ""


def short_address(address: str) -> str:
    """The address as far as a column has use for it: of a site the path, which tells it from its neighbours."""
    if not address.startswith("https://"):
        return address
    host, slash, path = address.removeprefix("https://").partition("/")
    return f"{slash}{path}" if path else host


def filter_words(wanted: Filter, *, chosen: bool = False) -> str:
    """What is listed: `everything`, `not protected, over 100 GB`."""
    parts = ["chosen"] if chosen else []
    if wanted.free:
        parts.append("not protected")
    if wanted.policy is not None:
        parts.append(f"in “{wanted.policy}”")
    if wanted.size is not Size.ANY:
        parts.append(wanted.size)
    if wanted.used is not Used.ANY:
        parts.append(wanted.used)
    if wanted.kind is not None:
        parts.append(wanted.kind or "of no known kind")
    return ", ".join(parts) or "everything"


def policies_in(catalog: Catalog) -> tuple[str, ...]:
    """Names of the policies that hold something in the list."""
    return tuple(sorted({t.policy for t in catalog.traits() if t.policy}, key=str.casefold))


def kinds_in(catalog: Catalog) -> tuple[str, ...]:
    """Kinds that occur, when there is more than one."""
    kinds = sorted({t.kind for t in catalog.traits()}, key=str.casefold)
    return tuple(kinds) if len(kinds) > 1 else ()
