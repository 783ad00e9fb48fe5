"""A policy file and the tenant, read side by side: everything that the comparison of the two rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import PolicyFile, PolicyWish
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule
from m365backup_tui.domain.wished import Spot, TenantNow, Wished
from m365backup_tui.ports import Tools
from m365backup_tui.side_by_side import side_by_side
from m365backup_tui.work.held import held_at
from m365backup_tui.work.rules import rules_of
from m365backup_tui.work.wish_groups import GroupsFound, find_groups, meant_rules
from m365backup_tui.work.wish_lines import Asked, Lines, lines_of, meanings


async def read_side_by_side(
    tools: Tools, file: PolicyFile, policies: Sequence[Policy], *, thorough: bool = False
) -> tuple[tuple[Wished, ...], TenantNow]:
    """`thorough`: every unit and rule of the file's services and policies, also where no change could need them
    (`plan --drift`). Sends no write. Raises CloudError."""
    wishes = file.policies
    names = TenantNow(tuple(policies))
    there = [next(iter(names.named(w.product, w.name)), None) for w in wishes]
    lines = [await lines_of(file, wish) for wish in wishes]
    ruled = [
        policy
        for wish, policy in zip(wishes, there, strict=True)
        if policy is not None and (thorough or wish.rules or wish.end_rules)
    ]
    adding = {w.product for w, found in zip(wishes, lines, strict=True) if thorough or found.adds}
    places = [
        (w.product, policy.id)
        for w, policy, found in zip(wishes, there, lines, strict=True)
        if policy is not None and (w.exact or found.removes)
    ]
    held = await held_at(tools, adding, places, policies)
    rules = await _rules(tools, ruled)
    groups = await find_groups(tools, wishes)
    now = TenantNow(tuple(policies), held, rules, groups.sizes)
    wished = await _meant(tools, file, there, lines, held, groups)
    return wished, now


async def _rules(tools: Tools, policies: Sequence[Policy]) -> dict[str, tuple[Rule, ...]]:
    found = await side_by_side(policies, lambda p: rules_of(tools, p.product, p.id))
    return {one.policy_id: one.rules for one in found}


async def _meant(
    tools: Tools,
    file: PolicyFile,
    there: Sequence[Policy | None],
    lines: Sequence[Lines],
    held: Mapping[Product, Mapping[str, Holding]],
    groups: GroupsFound,
) -> tuple[Wished, ...]:
    found: dict[int, Wished] = {}
    for product in dict.fromkeys(w.product for w in file.policies):
        mine = [n for n, w in enumerate(file.policies) if w.product is product]
        asked = [Asked(p.id if (p := there[n]) else "", lines[n]) for n in mine]
        meant = await meanings(tools, product, asked, held.get(product, {}))
        for n, (adds, removes) in zip(mine, meant, strict=True):
            wish = file.policies[n]
            rules, bad = meant_rules(file.name, wish, "rules", wish.rules, groups)
            ends, more = meant_rules(file.name, wish, "end_rules", wish.end_rules, groups)
            found[n] = Wished(
                product,
                wish.name,
                _spot(file, wish),
                there[n],
                wish.state,
                adds,
                removes,
                wish.exact,
                rules,
                ends,
                (*lines[n].problems, *bad, *more),
            )
    return tuple(found[n] for n in range(len(file.policies)))


def _spot(file: PolicyFile, wish: PolicyWish) -> Spot:
    return Spot(file.name, wish.line, wish.place)
