"""Reads a policy file: a PolicyFile, or every problem with file, line, field, rule and the nearest known key."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.lists_addresses import address_problem
from m365backup_tui.domain.lists_text import Unreadable, decode
from m365backup_tui.domain.policy_file import (
    UNITS_KEY,
    VERSION,
    BillingWish,
    Entry,
    FileProblem,
    PolicyFile,
    PolicyWish,
    Source,
    Wanted,
)
from m365backup_tui.domain.products import ALL_PRODUCTS, Product

_TOP = ("version", "tenant", "billing", "policies")
_BILLING = ("subscription", "resource_group", "region", "node")


def parse(data: bytes | str, name: str) -> PolicyFile | tuple[FileProblem, ...]:
    """`name` is the file's name, as problems show it."""
    reader = _Reader(name)
    try:
        text = decode(data) if isinstance(data, bytes) else data
    except Unreadable as error:
        return (FileProblem(name, 1, "file", str(error)),)
    root = reader.load(text)
    file = reader.file(root) if root is not None else None
    if file is None or reader.problems:
        return tuple(sorted(reader.problems, key=lambda p: p.line))
    return file


@dataclass
class _Reader:
    """Collects problems while it reads, so that all of them are shown at once."""

    name: str
    problems: list[FileProblem] = field(default_factory=list)

    def load(self, text: str) -> Mapping[str, Any] | None:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            root = YAML(typ="rt").load(text)
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            said = str(error.problem or error.context or "it cannot be read").strip()
            self._add(line, "file", f"This is no YAML here: {said}.")
            return None
        except (YAMLError, ValueError, RecursionError) as error:
            self._add(1, "file", f"This is no YAML: {type(error).__name__}.")
            return None
        if not isinstance(root, Mapping):
            self._add(1, "file", "A policy file begins with “version: 1”, then “policies:”.")
            return None
        return root

    def file(self, root: Mapping[str, Any]) -> PolicyFile:
        self._keys(root, _TOP, "")
        version = root.get("version")
        if version is None:
            self._add(1, "version", f"It is missing: write “version: {VERSION}” first.")
        elif version != VERSION or isinstance(version, bool):
            self._add(
                _line(root, "version"), "version", f"This version reads version {VERSION} only."
            )
        return PolicyFile(
            policies=tuple(self._policies(root)),
            tenant=self._text(root, "tenant", "tenant"),
            billing=self._billing(root),
            name=self.name,
            tenant_line=_line(root, "tenant"),
        )

    def _billing(self, root: Mapping[str, Any]) -> BillingWish | None:
        billing = root.get("billing")
        if billing is None:
            return None
        if not isinstance(billing, Mapping):
            self._add(
                _line(root, "billing"),
                "billing",
                "Write subscription, resource_group and region below it.",
            )
            return None
        self._keys(billing, _BILLING, "billing.")
        for key in _BILLING[:3]:
            if key not in billing:
                self._add(
                    _line(root, "billing"), f"billing.{key}", "It is missing: billing needs it."
                )
        node = self._choice(billing, "node", "billing.node", [n.value for n in Node], Node.BILLING)
        subscription, group, region = (
            self._text(billing, key, f"billing.{key}") for key in _BILLING[:3]
        )
        return BillingWish(subscription, group, region, Node(node), _line(root, "billing"))

    def _policies(self, root: Mapping[str, Any]) -> Iterator[PolicyWish]:
        policies = root.get("policies")
        if policies is None:
            if "billing" not in root:
                self._add(
                    _line(root, "policies"), "policies", "There is nothing to do in this file."
                )
            return
        if not isinstance(policies, Mapping):
            self._add(
                _line(root, "policies"),
                "policies",
                "Write exchange, onedrive or sharepoint below it.",
            )
            return
        self._keys(policies, [str(p) for p in ALL_PRODUCTS], "policies.")
        for product in ALL_PRODUCTS:
            if str(product) in policies:
                yield from self._product(policies, product)

    def _product(self, policies: Mapping[str, Any], product: Product) -> Iterator[PolicyWish]:
        place = f"policies.{product}"
        items = policies[str(product)]
        if not isinstance(items, Sequence) or isinstance(items, str):
            self._add(
                _line(policies, str(product)),
                place,
                "Write a list: each policy begins with “- name:”.",
            )
            return
        names: dict[str, int] = {}
        seen: dict[str, int] = {}
        for n, item in enumerate(items):
            line = _line(items, n)
            if not isinstance(item, Mapping):
                self._add(line, f"{place}[{n + 1}]", "A policy begins with “- name:”.")
                continue
            wish = self._wish(item, product, f"{place}[{n + 1}]", line)
            first = names.setdefault(wish.name.casefold(), line)
            if wish.name and first != line:
                self._add(
                    line, f"{place}[{n + 1}].name", f"Line {first} has this name: names are unique."
                )
            for entry in (*wish.units, *wish.remove):
                same = entry.address.casefold().rstrip("/")
                if same in seen:
                    rule = f"Line {seen[same]} has it already: a {product.unit} is in one policy, once."
                    self._add(entry.line, f"{place}[{n + 1}]", f"{entry.address}: {rule}")
                seen.setdefault(same, entry.line)
            yield wish

    def _wish(self, item: Mapping[str, Any], product: Product, place: str, line: int) -> PolicyWish:
        units = UNITS_KEY[product]
        self._keys(item, ("name", "state", units, "from", "remove"), f"{place}.")
        name = self._text(item, "name", f"{place}.name")
        if "name" not in item or (not name and isinstance(item["name"], str)):
            self._add(line, f"{place}.name", "It is missing: a policy needs a name.")
        elif not name.isprintable():
            self._add(line, f"{place}.name", "It has a character that cannot be shown.")
        state = self._choice(
            item, "state", f"{place}.state", [w.value for w in Wanted], Wanted.ACTIVE
        )
        return PolicyWish(
            product,
            name,
            Wanted(state),
            tuple(self._addresses(item, units, product, place)),
            tuple(self._addresses(item, "remove", product, place)),
            tuple(self._sources(item, "from", f"{place}.from")),
            line=line,
        )

    def _addresses(
        self, item: Mapping[str, Any], key: str, product: Product, place: str
    ) -> Iterator[Entry]:
        values = item.get(key)
        if values is None:
            return
        if not isinstance(values, Sequence) or isinstance(values, str):
            self._add(
                _line(item, key),
                f"{place}.{key}",
                "Write a list: one address a line, each after “- ”.",
            )
            return
        for n, value in enumerate(values):
            line = _line(values, n)
            text = value.strip() if isinstance(value, str) else ""
            if rule := address_problem(product, text):
                shown = f"{value}: " if value is not None else ""
                self._add(line, f"{place}.{key}[{n + 1}]", f"{shown}{rule}")
            else:
                yield Entry(text, line)

    def _sources(self, item: Mapping[str, Any], key: str, place: str) -> Iterator[Source]:
        path = self._text(item, key, place)
        if path:
            yield Source(path, _line(item, key))

    def _text(self, parent: Mapping[str, Any], key: str, place: str) -> str:
        value = parent.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._add(
                _line(parent, key), place, f"“{value}” is no text: write it in quotation marks."
            )
            return ""
        return value.strip()

    def _choice(
        self, parent: Mapping[str, Any], key: str, place: str, allowed: Sequence[str], default: str
    ) -> str:
        value = parent.get(key, default)
        if value in allowed:
            return str(value)
        self._add(_line(parent, key), place, f"“{value}” is not one of: {', '.join(allowed)}.")
        return default

    def _keys(self, parent: Mapping[str, Any], allowed: Sequence[str], place: str) -> None:
        for key in parent:
            if key in allowed:
                continue
            close = difflib.get_close_matches(str(key), allowed, 1, 0.5)
            hint = f"Did you mean “{close[0]}”?" if close else f"Known are {', '.join(allowed)}."
            self._add(_line(parent, key), f"{place}{key}", f"This key is unknown. {hint}")

    def _add(self, line: int, place: str, rule: str) -> None:
        self.problems.append(FileProblem(self.name, line, place, rule))


def _line(parent: Any, key: Any) -> int:
    """The line that a key or an item stands in, 1 = first."""
    known = getattr(getattr(parent, "lc", None), "data", None)
    if isinstance(known, Mapping) and key in known:
        return int(known[key][0]) + 1
    return int(parent.lc.line) + 1 if hasattr(parent, "lc") else 1
