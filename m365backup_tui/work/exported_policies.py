"""The tenant's policies as a policy file has them: names, states, units by address, rules by names of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.lists_addresses import address_problem
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.policy_file import Entry, PolicyWish, RuleEntry, Wanted
from m365backup_tui.domain.policy_file_policies import folded
from m365backup_tui.domain.policy_file_rule_entries import rule_entry
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.rules import Rule, RuleStatus
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.ports import Tools
from m365backup_tui.side_by_side import side_by_side
from m365backup_tui.work.reading import caught
from m365backup_tui.work.rules import rules_of
from m365backup_tui.work.wish_groups import find_group

Units = dict[tuple[Product, str], dict[str, str]]
"""(product, policy name in lower case) -> key in lower case -> address, of the units in a file."""


@dataclass(frozen=True, slots=True)
class ExportedPolicies:
    """See exporting.Exported."""

    wishes: tuple[PolicyWish, ...]
    remarks: tuple[str, ...]
    groups: dict[str, str]
    units: Units


async def read_policies(tools: Tools) -> ExportedPolicies:
    """Raises CloudError where policies or their units cannot be read; rules that cannot be are told."""
    listed = await tools.backup.policies()
    policies = [p for product in ALL_PRODUCTS for p in listed if p.product is product]
    units = await side_by_side(policies, lambda p: tools.backup.units(p.product, p.id))
    rules = await side_by_side(policies, lambda p: caught(_rules(tools, p)))
    known = await _addresses(tools, policies, units)
    ruled = [rule for one in rules if not isinstance(one, CloudError) for rule in one]
    groups = await group_names(tools, (group for rule in ruled for group in rule.groups))
    making = _Making(known, groups)
    for policy, held, there in zip(policies, units, rules, strict=True):
        making.policy(policy, held, there)
    return ExportedPolicies(tuple(making.wishes), tuple(making.remarks), groups, making.units)


async def _rules(tools: Tools, policy: Policy) -> tuple[Rule, ...]:
    return (await rules_of(tools, policy.product, policy.id)).rules


async def _addresses(
    tools: Tools, policies: Sequence[Policy], units: Sequence[Sequence[ProtectionUnit]]
) -> dict[tuple[Product, str], str]:
    """Addresses of units that the service named without one, from the directory: (product, key) -> address."""
    bare: dict[Product, list[str]] = {}
    for policy, held in zip(policies, units, strict=True):
        keys = [u.key for u in held if u.key and not u.address and not u.by_rule]
        bare.setdefault(policy.product, []).extend(keys)
    found: dict[tuple[Product, str], str] = {}
    for product, keys in bare.items():
        there = await caught(tools.directory.resolve(product, keys)) if keys else ((), ())
        if not isinstance(there, CloudError):
            found |= {(product, one.key.lower()): one.address for one in there[0]}
    return found


async def group_names(tools: Tools, groups: Iterable[GroupRef]) -> dict[str, str]:
    """Group id (lower case) -> the name, or the mail address where the name is not enough, that leads back to it."""
    refs = {group.id.lower(): group for group in groups}

    async def name(group: GroupRef) -> str:
        for text in (group.name, group.mail):
            if text.strip() and text.isprintable():
                found = await caught(find_group(tools, text))
                if isinstance(found, GroupRef) and found.id.lower() == group.id.lower():
                    return text
        return ""

    names = await side_by_side(refs.values(), name)
    return {key: text for key, text in zip(refs, names, strict=True) if text}


@dataclass
class _Making:
    """`known`: addresses from the directory; `groups`: names of groups."""

    known: Mapping[tuple[Product, str], str]
    groups: Mapping[str, str]
    wishes: list[PolicyWish] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    names: set[tuple[Product, str]] = field(default_factory=set)
    seen: set[tuple[Product, str]] = field(default_factory=set)
    units: Units = field(default_factory=dict)

    def policy(
        self, policy: Policy, units: Sequence[ProtectionUnit], rules: Sequence[Rule] | CloudError
    ) -> None:
        name = policy.name.strip()
        if not name or not name.isprintable():
            self.remarks.append(
                f"a policy for {policy.product.label} whose name cannot be written."
            )
            return
        if (policy.product, name.casefold()) in self.names:
            self.remarks.append(
                f"a second policy “{name}” for {policy.product.label}: names are unique in a file."
            )
            return
        self.names.add((policy.product, name.casefold()))
        if not policy.resting:
            self.remarks.append(
                f"“{name}” is being changed now: its state was judged by its units."
            )
        self.wishes.append(
            PolicyWish(
                policy.product,
                name,
                _state(policy, units),
                self._units(policy, name, units),
                rules=self._rules(name, rules),
            )
        )

    def _units(
        self, policy: Policy, name: str, units: Sequence[ProtectionUnit]
    ) -> tuple[Entry, ...]:
        product = policy.product
        going = [u for u in units if u.status is UnitStatus.REMOVE_REQUESTED]
        by_rule = sum(u.by_rule for u in units if u.status is not UnitStatus.REMOVE_REQUESTED)
        found = self.units.setdefault((product, name.casefold()), {})
        nameless = 0
        for unit in units:
            if unit.by_rule or unit.status is UnitStatus.REMOVE_REQUESTED:
                continue
            address = unit.address or self.known.get((product, unit.key.lower()), "")
            if not address or address_problem(product, address):
                nameless += 1
            elif (product, folded(address)) not in self.seen:
                self.seen.add((product, folded(address)))
                found[unit.key.lower()] = address
        self._said(name, by_rule, product, "more through a dynamic rule")
        self._said(name, len(going), product, "being taken out now")
        self._said(name, nameless, product, "whose address Microsoft 365 does not tell")
        return tuple(Entry(one) for one in sorted(found.values(), key=str.casefold))

    def _said(self, name: str, count: int, product: Product, words: str) -> None:
        if count:
            self.remarks.append(f"“{name}” has {product.amount(count)} {words}.")

    def _rules(self, name: str, rules: Sequence[Rule] | CloudError) -> tuple[RuleEntry, ...]:
        if isinstance(rules, CloudError):
            self.remarks.append(f"the rules of “{name}”. {rules.what}")
            return ()
        found: list[RuleEntry] = []
        for rule in rules:
            if rule.status is RuleStatus.DELETE_REQUESTED:
                self.remarks.append(f"“{name}”: the rule for {rule.words}. It is being ended now.")
            elif entry := rule_entry(rule, self.groups):
                found.append(entry)
            else:
                self.remarks.append(f"“{name}”: the rule for {rule.words}.")
        return tuple(dict.fromkeys(found))


def _state(policy: Policy, units: Sequence[ProtectionUnit]) -> Wanted:
    """Of a policy that the service is working on its units say it: none of them is being protected any more."""
    if policy.status is PolicyStatus.INACTIVE:
        return Wanted.PAUSED
    found = {unit.status for unit in units}
    stopped = found & {UnitStatus.UNPROTECTED, UnitStatus.UNPROTECT_REQUESTED}
    running = found & {UnitStatus.PROTECTED, UnitStatus.PROTECT_REQUESTED}
    return Wanted.PAUSED if not policy.resting and stopped and not running else Wanted.ACTIVE
