"""Inclusion rules in a policy file: groups for mailboxes and accounts, words for sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from m365backup_tui.domain.groups import GroupKind, GroupRef
from m365backup_tui.domain.policy_file import RuleEntry
from m365backup_tui.domain.policy_file_fields import Fields, shown
from m365backup_tui.domain.policy_file_yaml import Keys, Scalar
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_limits import rule_problems, word_problem
from m365backup_tui.domain.rules import RuleWish, SiteWish, SiteWord

GROUP_KEYS = ("groups", "dynamic")
SITE_KEYS = ("name_has", "address_has", "match", "changed_since")
MATCH = ("any", "all")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RuleReader:
    """The rules of one policy. `ends`: rules that are to be ended."""

    fields: Fields
    product: Product
    ends: bool = False

    def read(self, policy: Keys, key: str, place: str) -> Iterator[RuleEntry]:
        seen: dict[RuleEntry, int] = {}
        for value, line, where in self.fields.listed(policy, key, place, "rule"):
            if not isinstance(value, Keys):
                first = "- name_has:" if self.product is Product.SHAREPOINT else "- groups:"
                self.fields.add(line, where, f"A rule begins with “{first}”.")
                continue
            before = len(self.fields.problems)
            entry = self._one(value, where, before)
            if len(self.fields.problems) > before:
                continue
            mark = replace(entry, unprotect=False, groups=_folded(entry.groups))
            if mark in seen:
                self.fields.add(line, where, f"Line {seen[mark]} has this rule already.")
                continue
            seen[mark] = line
            yield entry

    def _one(self, rule: Keys, place: str, before: int) -> RuleEntry:
        """`before`: so many problems there were; a rule that has one is not blamed for what follows from it."""
        sites = self.product is Product.SHAREPOINT
        known = (*(SITE_KEYS if sites else GROUP_KEYS), *(("unprotect",) if self.ends else ()))
        self.fields.keys(rule, known, f"{place}.", self._elsewhere())
        unprotect = self.fields.switch(rule, "unprotect", f"{place}.unprotect") or False
        entry = self._sites(rule, place, before) if sites else self._groups(rule, place, before)
        if self.ends and unprotect and not entry.dynamic:
            rule_text = (
                "Only a dynamic rule can take its units out of the policy: leave it out, "
                "and name the units under “remove”."
            )
            self.fields.add(rule.line_of("unprotect"), f"{place}.unprotect", rule_text)
        return replace(entry, unprotect=unprotect, line=rule.line)

    def _elsewhere(self) -> dict[str, str]:
        found = {}
        if self.product is Product.SHAREPOINT:
            words = "Rules for sites go by words, not by groups: write name_has or address_has."
            once = "Rules for sites are looked up once: there are none that keep in step."
            found = {"groups": words, "dynamic": once}
        else:
            words = f"Rules for {self.product.units} go by groups, not by words: write groups."
            found = dict.fromkeys(SITE_KEYS, words)
        if not self.ends:
            found["unprotect"] = "It belongs to a rule under “end_rules”."
        return found

    def _groups(self, rule: Keys, place: str, before: int) -> RuleEntry:
        dynamic = self.fields.switch(rule, "dynamic", f"{place}.dynamic") or False
        names: dict[str, str] = {}
        where = f"{place}.groups"
        for text, line, at in self.fields.texts(rule, "groups", where, "group", alone=True):
            if text.casefold() in names:
                self.fields.add(line, at, f"“{shown(text)}” stands here twice.")
            names.setdefault(text.casefold(), text)
        if not names and len(self.fields.problems) == before:
            self.fields.add(
                rule.line_of("groups"), where, "Name at least one group, by its name or address."
            )
        wish = RuleWish(self.product, dynamic, tuple(_ref(name) for name in names.values()))
        if names:
            self._limits(wish, rule.line, place)
        return RuleEntry(dynamic, tuple(names.values()))

    def _sites(self, rule: Keys, place: str, before: int) -> RuleEntry:
        words = tuple(self._words(rule, "name_has", place))
        address_words = tuple(self._words(rule, "address_has", place))
        match = self.fields.choice(rule, "match", f"{place}.match", MATCH)
        since = self._day(rule, f"{place}.changed_since")
        entry = RuleEntry(
            words=words,
            address_words=address_words,
            every=match == "all",
            changed_since=since,
        )
        if len(self.fields.problems) == before:
            self._limits(RuleWish(self.product, False, sites=site_wish(entry)), rule.line, place)
        return entry

    def _words(self, rule: Keys, key: str, place: str) -> Iterator[str]:
        seen: set[str] = set()
        where = f"{place}.{key}"
        for text, line, at in self.fields.texts(rule, key, where, "word", alone=True):
            if problem := word_problem(text):
                self.fields.add(line, at, f"“{shown(text)}”: {problem}")
            elif text.casefold() in seen:
                self.fields.add(line, at, f"“{shown(text)}” stands here twice.")
            else:
                yield text
            seen.add(text.casefold())

    def _day(self, rule: Keys, place: str) -> date | None:
        value = rule.get("changed_since")
        if value is None:
            return None
        if isinstance(value, Scalar) and _DAY.fullmatch(value.text.strip()):
            with suppress(ValueError):  # the 31st of a short month
                return date.fromisoformat(value.text.strip())
        written = f"“{shown(value.text)}” is no day: w" if isinstance(value, Scalar) else "W"
        self.fields.add(
            value.line, place, f"{written}rite year, month and day, such as 2026-01-31."
        )
        return None

    def _limits(self, wish: RuleWish, line: int, place: str) -> None:
        for problem in rule_problems(wish):
            self.fields.add(line, place, problem)


def site_wish(entry: RuleEntry) -> SiteWish:
    """What a rule for sites asks for."""
    words = (
        *(SiteWord(text) for text in entry.words),
        *(SiteWord(text, address=True) for text in entry.address_words),
    )
    return SiteWish(words, entry.every, entry.changed_since)


def _ref(name: str) -> GroupRef:
    return GroupRef(name, name, "", GroupKind.SECURITY)


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name.casefold() for name in names))
