"""The policies of a policy file, by service: names, states, addresses, lists and rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from m365backup_tui.domain.lists_addresses import address_problem
from m365backup_tui.domain.policy_file import (
    UNITS_KEY,
    Entry,
    PolicyWish,
    RuleEntry,
    Source,
    Wanted,
)
from m365backup_tui.domain.policy_file_fields import Fields, shown
from m365backup_tui.domain.policy_file_rules import RuleReader
from m365backup_tui.domain.policy_file_yaml import Items, Keys, Tree
from m365backup_tui.domain.products import ALL_PRODUCTS, Product


def policies(fields: Fields, root: Keys) -> Iterator[PolicyWish]:
    """In the order of the products, then as they stand."""
    value = root.get("policies")
    if value is None:
        return
    if not isinstance(value, Keys):
        rule = "Write exchange, onedrive or sharepoint below it."
        fields.add(root.line_of("policies"), "policies", rule)
        return
    fields.keys(value, [str(product) for product in ALL_PRODUCTS], "policies.", _OTHER_NAMES)
    for product in ALL_PRODUCTS:
        if (below := value.get(str(product))) is not None:
            yield from _Service(fields, product).read(below, value.line_of(str(product)))


_FIRST_KEYS = ("name", "state", "exact")
_LAST_KEYS = ("from", "remove", "remove_from", "rules", "end_rules")
_OTHER_NAMES = {
    **dict.fromkeys(("mail", "mailboxes", "outlook"), "Mailboxes stand under “exchange”."),
    **dict.fromkeys(("accounts", "drives"), "Accounts stand under “onedrive”."),
    "sites": "Sites stand under “sharepoint”.",
}


@dataclass
class _Service:
    """The policies of one service. `units`: address -> the line that protects it."""

    fields: Fields
    product: Product
    names: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    def read(self, value: Tree, line: int) -> Iterator[PolicyWish]:
        place = f"policies.{self.product}"
        if not isinstance(value, Items):
            self.fields.add(line, place, "Write a list: each policy begins with “- name:”.")
            return
        for n, item in enumerate(value.values):
            if not isinstance(item, Keys):
                rule = "A policy begins with “- name:”."
                self.fields.add(item.line, f"{place}[{n + 1}]", rule)
                continue
            yield self._policy(item, f"{place}[{n + 1}]")

    def _policy(self, item: Keys, place: str) -> PolicyWish:
        units = UNITS_KEY[self.product]
        known = (*_FIRST_KEYS, units, *_LAST_KEYS)
        self.fields.keys(item, known, f"{place}.", self._elsewhere())
        wish = PolicyWish(
            self.product,
            self._name(item, f"{place}.name", known),
            Wanted(
                self.fields.choice(item, "state", f"{place}.state", [w.value for w in Wanted])
                or Wanted.ACTIVE
            ),
            tuple(self._addresses(item, units, f"{place}.{units}")),
            tuple(self._addresses(item, "remove", f"{place}.remove")),
            tuple(self._sources(item, "from", f"{place}.from")),
            tuple(self._sources(item, "remove_from", f"{place}.remove_from")),
            self.fields.switch(item, "exact", f"{place}.exact") or False,
            tuple(RuleReader(self.fields, self.product).read(item, "rules", f"{place}.rules")),
            tuple(
                RuleReader(self.fields, self.product, ends=True).read(
                    item, "end_rules", f"{place}.end_rules"
                )
            ),
            line=item.line,
        )
        self._clashes(wish, place)
        return wish

    def _elsewhere(self) -> dict[str, str]:
        """A key that another service has, and words that people use for `from` and `remove`."""
        own = UNITS_KEY[self.product]
        found = dict.fromkeys(UNITS_KEY.values(), f"Under {self.product} it is “{own}”.")
        found |= dict.fromkeys(("users", "people", "units"), found[own])
        return found | {"id": "Ids are not used here: write the policy's “name”."}

    def _name(self, item: Keys, place: str, known: Sequence[str]) -> str:
        needed = "It is missing: a policy needs a name."
        if "name" not in item.values and self.fields.misspelt(item, "name", known):
            needed = ""
        name = self.fields.text(item, "name", place, needed=needed)
        line = item.line_of("name")
        if name and (first := self.names.get(name.casefold())) is not None:
            self.fields.add(line, place, f"Line {first} has this name: names are unique.")
        self.names.setdefault(name.casefold(), line)
        return name

    def _addresses(self, item: Keys, key: str, place: str) -> Iterator[Entry]:
        for value, line, where in self.fields.listed(item, key, place, "address"):
            text = self.fields.one(value, line, where)
            if text is None:
                continue
            if rule := address_problem(self.product, text):
                said = f"{shown(text)}: " if text else ""
                self.fields.add(line, where, f"{said}{rule}")
            else:
                yield Entry(text, line)

    def _sources(self, item: Keys, key: str, place: str) -> Iterator[Source]:
        for text, line, _ in self.fields.texts(item, key, place, "file", alone=True):
            yield Source(text, line)

    def _clashes(self, wish: PolicyWish, place: str) -> None:
        """What is named twice, and what the policy is to hold and to lose."""
        key = UNITS_KEY[self.product]
        own: dict[str, int] = {}
        for entry in wish.units:
            same = folded(entry.address)
            if same in self.units:
                rule = f"Line {self.units[same]} has it already: a {self.product.unit} is in one policy, once."
                self.fields.add(entry.line, place, f"{entry.address}: {rule}")
            self.units.setdefault(same, entry.line)
            own.setdefault(same, entry.line)
        gone: dict[str, int] = {}
        for entry in wish.remove:
            same = folded(entry.address)
            if same in own:
                rule = f"Line {own[same]} names it under “{key}”: keep one of the two."
                self.fields.add(entry.line, f"{place}.remove", f"{entry.address}: {rule}")
            elif same in gone:
                rule = f"Line {gone[same]} has it already."
                self.fields.add(entry.line, f"{place}.remove", f"{entry.address}: {rule}")
            gone.setdefault(same, entry.line)
        self._files(wish, place)
        self._rules(wish, place)

    def _files(self, wish: PolicyWish, place: str) -> None:
        seen: dict[str, int] = {}
        for key, sources in (("from", wish.sources), ("remove_from", wish.remove_sources)):
            for source in sources:
                if source.path in seen:
                    rule = f"{source.path}: line {seen[source.path]} names this file already."
                    self.fields.add(source.line, f"{place}.{key}", rule)
                seen.setdefault(source.path, source.line)

    def _rules(self, wish: PolicyWish, place: str) -> None:
        dynamic = [rule for rule in wish.rules if rule.dynamic]
        for rule in dynamic[1:]:
            words = (
                f"Line {dynamic[0].line} has a dynamic rule already, and a policy takes one: "
                "put the groups of both into one rule."
            )
            self.fields.add(rule.line, f"{place}.rules", words)
        wanted = {_meaning(rule): rule.line for rule in wish.rules}
        for rule in wish.end_rules:
            if line := wanted.get(_meaning(rule)):
                words = f"Line {line} asks for the same rule: keep one of the two."
                self.fields.add(rule.line, f"{place}.end_rules", words)


def folded(address: str) -> str:
    """The same text for two ways to write an address."""
    return address.casefold().rstrip("/")


def _meaning(rule: RuleEntry) -> tuple[object, ...]:
    words = (rule.groups, rule.words, rule.address_words)
    parts = tuple(tuple(sorted(word.casefold() for word in part)) for part in words)
    return (rule.dynamic, *parts, rule.every, rule.changed_since)
