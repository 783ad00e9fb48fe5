"""Which units of a list can be added to a policy, and for each of the others the rule that bars it and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.lists import RowProblem
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Tools
from m365backup_tui.work.list_lookup import Found


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is for: a policy (`policy_id` is "" for a new one) of one product.

    `known`: everything that can be protected, where it was read already; `others`: the drafts of other policies;
    `has_header`: what the person said of the first row, None to judge it.
    """

    product: Product
    policy_id: str = ""
    known: Sequence[Candidate] = ()
    others: tuple[Draft, ...] = ()
    has_header: bool | None = None


@dataclass(frozen=True, slots=True)
class Holders:
    """Where units are held now: `held` by key in lower case, `names` of policies by id."""

    held: dict[str, Holding] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


async def holders(tools: Tools, product: Product) -> Holders:
    """Read anew: a list is judged by what is true now."""
    held = await tools.backup.protected(product)
    names = {p.id: p.name for p in await tools.backup.policies()} if held else {}
    return Holders(held, names)


def judge(
    asked: Asked, found: Sequence[Found], now: Holders
) -> tuple[list[Candidate], list[RowProblem]]:
    """(what can be added, each once; a problem for every other row)."""
    drafted = {unit.key: other.name for other in asked.others for unit in other.add}
    good: list[Candidate] = []
    problems: list[RowProblem] = []
    first_at: dict[str, int] = {}
    for row, one in found:
        move = None
        if rule := one.unsupported:
            pass
        elif one.key in first_at:
            rule = f"Same {one.product.unit} as in row {first_at[one.key]}: it is taken once."
        elif one.key in drafted:
            rule = f"“{drafted[one.key]}” has it already and waits to be applied: it can be in one only."
        else:
            rule, move = _held(asked, one, now)
        first_at.setdefault(one.key, row.row)
        if rule:
            problems.append(RowProblem(row.row, row.column, row.address, rule, move))
        else:
            good.append(one)
    return good, problems


def _held(asked: Asked, one: Candidate, now: Holders) -> tuple[str, Candidate | None]:
    """(why a policy that holds it bars it, "" when none does; the unit, where it could be moved from there)."""
    held = now.held.get(one.key.lower())
    if held is None and not one.policy:
        return "", None
    name = now.names.get(held.policy_id, "another policy") if held else one.policy
    if held and asked.policy_id and held.policy_id == asked.policy_id:
        return "This policy protects it already: there is nothing to do.", None
    if one.by_rule or (held and held.by_rule):
        return (
            f"A rule of policy “{name}” holds it: it cannot be moved by hand. "
            "Take it out of the rule's groups, or end the rule."
        ), None
    return (
        f"Policy “{name}” protects it already, and it can be in one only: move it from there, or leave it out."
    ), replace(one, policy=name)


def usable(
    product: Product, found: Iterable[Found], policy_of: Callable[[str], str]
) -> tuple[list[Candidate], list[RowProblem]]:
    """As `judge`, where nobody can be asked whether a unit is to be moved (policy files)."""
    good: dict[str, Found] = {}
    problems: list[RowProblem] = []
    for row, candidate in found:
        rule = ""
        policy = candidate.policy or policy_of(candidate.key)
        if candidate.unsupported:
            rule = candidate.unsupported
        elif policy:
            rule = f"Policy “{policy}” protects it already, and it can be in one only."
        elif candidate.key in good:
            rule = f"Same {product.unit} as in row {good[candidate.key][0].row}: it is taken once."
        if rule:
            problems.append(RowProblem(row.row, row.column, row.address, rule))
        else:
            good[candidate.key] = (row, candidate)
    return [c for _, c in good.values()], problems
