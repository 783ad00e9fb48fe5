"""A policy file with waiting drafts carried out: what it would be once they are applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policy_file import Entry, PolicyFile, PolicyWish, RuleEntry, Wanted
from m365backup_tui.domain.policy_file_rule_entries import rule_entry, wish_entry
from m365backup_tui.domain.products import Product

Names = Mapping[str, str]
_POWER = {Power.ACTIVATE: Wanted.ACTIVE, Power.PAUSE: Wanted.PAUSED}


def with_drafts(
    file: PolicyFile, drafts: Sequence[Draft], names: Names | None = None
) -> PolicyFile:
    """The file as the tenant would be after the drafts. `names`: group id (lower case) -> its one name."""
    wishes = {(w.product, w.name.casefold()): w for w in file.policies}
    _move_out(wishes, drafts)
    for draft in drafts:
        old = (draft.product, (draft.old_name or draft.name).casefold())
        if draft.power is Power.DELETE:
            wishes.pop(old, None)
            continue
        wish = wishes.get(old) or PolicyWish(draft.product, draft.name, Wanted.PAUSED)
        gone = {name for unit in draft.remove for name in (unit.address, unit.key)}
        kept = [entry for entry in wish.units if entry.address not in gone]
        added = [Entry(unit.address or unit.key) for unit in draft.add]
        wishes[old] = replace(
            wish,
            name=draft.name.strip(),
            state=_POWER.get(draft.power, wish.state),
            units=tuple(dict.fromkeys([*kept, *added])),
            rules=_rules(wish.rules, draft, names or {}),
        )
    return replace(file, policies=tuple(wishes.values()))


def unsaid(drafts: Sequence[Draft], names: Names) -> list[str]:
    """What of the drafts a policy file has no word for, as remarks."""
    return [f"“{d.name.strip()}”: {words}" for d in drafts for words in _unsaid(d, names)]


def _unsaid(draft: Draft, names: Names) -> Iterator[str]:
    yield from (rule.words for rule in draft.rules if wish_entry(rule, names) is None)
    yield from (run.words for run in draft.run_rules)


def _rules(there: tuple[RuleEntry, ...], draft: Draft, names: Names) -> tuple[RuleEntry, ...]:
    ended = {rule_entry(end.rule, names) for end in draft.end_rules}
    kept = [rule for rule in there if rule not in ended]
    added = [entry for rule in draft.rules if (entry := wish_entry(rule, names)) is not None]
    return tuple(dict.fromkeys([*kept, *added]))


def _move_out(wishes: dict[tuple[Product, str], PolicyWish], drafts: Sequence[Draft]) -> None:
    """Units that a draft takes from another policy are not in that one any more."""
    gone: dict[tuple[Product, str], set[str]] = {}
    for draft in drafts:
        for unit in draft.add:
            if unit.policy:
                key = (draft.product, unit.policy.casefold())
                gone.setdefault(key, set()).update((unit.address, unit.key))
    for key, names in gone.items():
        if wish := wishes.get(key):
            kept = tuple(entry for entry in wish.units if entry.address not in names)
            wishes[key] = replace(wish, units=kept)
