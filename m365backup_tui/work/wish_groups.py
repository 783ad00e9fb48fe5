"""Groups as people write them in a policy file: by name or mail address, to the one group that is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from m365backup_tui.domain.groups import GROUPS_A_PAGE, GroupRef, GroupSize
from m365backup_tui.domain.nearest import nearest
from m365backup_tui.domain.policy_file import FileProblem, PolicyWish, RuleEntry
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_expression import list_words
from m365backup_tui.domain.rules import RuleWish, SiteWish, SiteWord
from m365backup_tui.domain.wished import MeantRule, Spot
from m365backup_tui.ports import Tools
from m365backup_tui.side_by_side import side_by_side

_NAMED = 5


@dataclass(frozen=True, slots=True)
class GroupsFound:
    """By what was written, in lower case: the group, or why there is none. `sizes` by group id."""

    found: Mapping[str, GroupRef] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, GroupSize] = field(default_factory=dict)


async def find_groups(tools: Tools, wishes: Sequence[PolicyWish]) -> GroupsFound:
    """Every group that rules of the file name, each searched for once. Raises CloudError."""
    entries = [r for w in wishes for r in (*w.rules, *w.end_rules)]
    names = list({_folded(n): n.strip() for r in entries for n in r.groups if n.strip()}.values())
    found: dict[str, GroupRef] = {}
    missing: dict[str, str] = {}
    answers = await side_by_side(names, lambda name: find_group(tools, name))
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, GroupRef):
            found[_folded(name)] = answer
        else:
            missing[_folded(name)] = answer
    kept = chain.from_iterable(r.groups for w in wishes for r in w.rules if r.dynamic)
    ids = list(dict.fromkeys(found[_folded(n)].id for n in kept if _folded(n) in found))
    sizes = await side_by_side(ids, tools.directory.group_size)
    return GroupsFound(found, missing, dict(zip(ids, sizes, strict=True)))


async def find_group(tools: Tools, name: str) -> GroupRef | str:
    """The one group with this mail address or name; otherwise a sentence with the way out."""
    there = await tools.directory.groups(name)
    wanted = _folded(name)
    by_mail = [g for g in there if g.mail and g.mail.casefold() == wanted]
    matches = by_mail or [g for g in there if _folded(g.name) == wanted]
    if len(matches) == 1:
        return matches[0]
    if matches:
        return _ambiguous(name, matches)
    if len(there) >= GROUPS_A_PAGE:
        return (
            f"“{name}”: more than {GROUPS_A_PAGE} groups have these words: write the group's mail address, "
            "or the whole of its name."
        )
    first = name.partition("@")[0].split()[:1]
    pool = {g.id: g for g in there}
    for words in (*first, ""):
        pool |= {g.id: g for g in await tools.directory.groups(words)}
    names = [n for g in pool.values() for n in (g.name, g.mail) if n]
    near = nearest(name, names, most=3, likeness=0.6) or [g.name for g in there[:3]]
    hint = f" Near it: {list_words([f'“{n}”' for n in near])}." if near else ""
    return f"“{name}”: no group has this name or mail address.{hint}"


def _ambiguous(name: str, matches: Sequence[GroupRef]) -> str:
    mails = sorted(g.mail for g in matches if g.mail)
    head = f"{len(matches)} groups are called “{name}”"
    if not mails:
        return f"{head}, and none of them has a mail address: give the one you mean another name."
    shown = list_words(mails[:_NAMED], "or")
    without = len(matches) - len(mails)
    more = f" {without} more of them has no mail address." if without == 1 else ""
    more = f" {without} more of them have no mail address." if without > 1 else more
    return f"{head}: write the mail address of the one you mean: {shown}.{more}"


def meant_rules(
    file: str, wish: PolicyWish, key: str, entries: Iterable[RuleEntry], groups: GroupsFound
) -> tuple[tuple[MeantRule, ...], list[FileProblem]]:
    """(rules whose groups were all found, a problem for every group that was not)."""
    found: list[MeantRule] = []
    problems: list[FileProblem] = []
    for entry in entries:
        spot = Spot(file, entry.line or wish.line, f"{wish.place}: {key}")
        bad = [groups.missing[_folded(n)] for n in entry.groups if _folded(n) in groups.missing]
        problems += [spot.problem(one) for one in dict.fromkeys(bad)]
        if not bad:
            found.append(MeantRule(spot, _wish(wish.product, entry, groups), entry.unprotect))
    return tuple(found), problems


def _wish(product: Product, entry: RuleEntry, groups: GroupsFound) -> RuleWish:
    if product is not Product.SHAREPOINT:
        once = {g.id: g for n in entry.groups if (g := groups.found.get(_folded(n))) is not None}
        return RuleWish(product, entry.dynamic, tuple(once.values()))
    words = (
        *(SiteWord(word) for word in entry.words),
        *(SiteWord(word, address=True) for word in entry.address_words),
    )
    sites = SiteWish(words, entry.every, entry.changed_since)
    return RuleWish(product, entry.dynamic, sites=sites)


def _folded(name: str) -> str:
    return name.strip().casefold()
