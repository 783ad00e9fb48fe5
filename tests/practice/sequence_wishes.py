"""From an admin's intentions to drafts, as the pages of the wizard would make them."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.rules import RuleEnd, RuleWish
from m365backup_tui.ports import Tools
from tests.practice.sequence_model import Act, Group, Held, Model, Want
from tests.practice.sequence_people import people

MANY = 60  # more than one request carries: a bulk addition job is fewer requests than two


async def drafts_of(
    tools: Tools, model: Model, wants: tuple[Want, ...], ids: dict[str, str]
) -> list[Draft]:
    """The wishes as drafts, at most one for each policy, none of them against another. `ids`: of policies, by name."""
    drafts: dict[object, Draft] = {}
    spoken: dict[Product, set[str]] = {product: set() for product in ALL_PRODUCTS}
    for want in wants:
        if want.act is Act.NEW or not model.policies:
            product = ALL_PRODUCTS[want.which % len(ALL_PRODUCTS)]
            free = [k for k in model.free(product) if k not in spoken[product]]
            chosen = free[: max(1, want.units)]
            if chosen:
                spoken[product] |= set(chosen)
                power = Power.ACTIVATE if want.on else Power.KEEP
                add = tuple(people()[product][key] for key in chosen)
                name = model.name()
                drafts[name] = Draft(product, name, add=add, power=power)
            continue
        held = model.policies[want.which % len(model.policies)]
        draft = drafts.get(held) or Draft(held.product, held.name, ids[held.name], held.name)
        drafts[held] = await _wish(tools, model, held, draft, want, spoken[held.product])
    return list(drafts.values())


async def _wish(
    tools: Tools, model: Model, held: Held, draft: Draft, want: Want, spoken: set[str]
) -> Draft:
    """`spoken`: units of this product that another wish of the round is about already."""
    ending = draft.power is Power.DELETE
    match want.act:
        case Act.ADD | Act.MANY if not ending:
            free = [key for key in model.free(held.product) if key not in spoken]
            chosen = free[: MANY if want.act is Act.MANY else want.units]
            spoken |= set(chosen)
            more = tuple(people()[held.product][key] for key in chosen)
            return replace(draft, add=(*draft.add, *more))
        case Act.MOVE if not ending:
            others = (p for p in model.policies if p.product is held.product and p is not held)
            takes = [
                (key, p.name)
                for p in others
                for key in sorted(p.keys - p.ruled)
                if key not in spoken
            ]
            spoken |= {key for key, _ in takes[: want.units]}
            come = tuple(
                replace(people()[held.product][key], policy=name)
                for key, name in takes[: want.units]
            )
            return replace(draft, add=(*draft.add, *come))
        case Act.REMOVE:
            units = await tools.backup.units(held.product, draft.policy_id)
            some = sorted(
                (u for u in units if u.key not in spoken and not u.by_rule),
                key=lambda u: u.key,
            )
            spoken |= {u.key for u in some[: want.units]}
            return replace(draft, remove=(*draft.remove, *some[: want.units]))
        case Act.RULE if held.product is not Product.SHAREPOINT and not ending:
            group = _nameable(model, held, want.units, spoken)
            if group is not None and not (want.on and held.dynamic):
                spoken |= group.members[held.product]
                ref = GroupRef(group.id, group.name, "", "security group")
                wish = RuleWish(held.product, want.on, (ref,))
                return replace(draft, rules=(wish,))
        case Act.END_RULE if held.dynamic or held.static:
            rules = await tools.backup.rules(held.product, draft.policy_id)
            rule = min(rules, key=lambda r: r.id)
            return replace(draft, end_rules=(RuleEnd(rule, want.on and rule.dynamic),))
        case Act.RENAME:
            return replace(draft, name=model.name())
        case Act.DELETE if not (draft.add or draft.rules or draft.end_rules):
            return replace(draft, power=Power.DELETE)
        case Act.POWER if not ending:
            power = Power.PAUSE if held.on else Power.ACTIVATE
            return replace(draft, power=power if draft.power is Power.KEEP else Power.KEEP)
    return draft


def _nameable(model: Model, held: Held, number: int, spoken: set[str]) -> Group | None:
    """A group whose people are free or in this policy, so that a rule finds nobody in another policy's hands."""
    taken = {k for p in model.policies if p.product is held.product for k in p.all} - held.all
    known = {*held.dynamic, *held.static}
    fit = [
        group
        for group in model.groups
        if group.id not in known and not group.members[held.product] & (taken | spoken)
    ]
    return fit[number % len(fit)] if fit else None
