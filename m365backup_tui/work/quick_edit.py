"""The one-line edit of a policy: names as a person types them, to the same draft that the wizard would make."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.lists_addresses import address_problem, bare
from m365backup_tui.domain.nearest import did_you_mean, nearest
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy, name_problem
from m365backup_tui.domain.policy_file import FileProblem, Wanted
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.domain.wish_drafts import Compared, compare
from m365backup_tui.domain.wished import Meant, Spot, TenantNow, Wished
from m365backup_tui.ports import Tools
from m365backup_tui.work.held import held_at
from m365backup_tui.work.wish_guess import alike
from m365backup_tui.work.wish_lines import Asked, Lines, meanings, read_list

_NAMED = 10
"""Matches listed for a name that fits several; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What the command line asks for. `add`, `remove`: names, addresses or URLs; `add_from`, `remove_from`: lists."""

    product: Product
    policy: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    add_from: tuple[Path, ...] = ()
    remove_from: tuple[Path, ...] = ()
    rename: str = ""
    state: Wanted | None = None


def find_policy(edit: Edit, policies: Sequence[Policy]) -> Policy | str:
    """The policy with this name, in any case; otherwise a sentence with the names that are near, or all there are."""
    mine = [p for p in policies if p.product is edit.product]
    found = TenantNow(tuple(mine)).named(edit.product, edit.policy)
    if len(found) == 1:
        return found[0]
    if found:
        return (
            f"{len(found)} {edit.product.label} policies are called “{edit.policy}”: give all but one of them "
            "another name first, in the wizard."
        )
    names = sorted((p.name for p in mine), key=str.casefold)
    head = f"There is no {edit.product.label} policy “{edit.policy}”."
    if not names:
        return f"{head} {edit.product.label} has no policies yet: make one in the wizard, or with a policy file."
    near = nearest(edit.policy, names, most=3, likeness=0.5)
    if near:
        return f"{head} Did you mean “{'” or “'.join(near)}”?"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{head} There are: {', '.join(f'“{n}”' for n in names[:_NAMED])}{more}."


async def draft_for(
    tools: Tools, edit: Edit, policy: Policy, policies: Sequence[Policy]
) -> Compared:
    """One draft at most. `notes` say what is there already and what a name was taken for. Raises CloudError."""
    adds, bad = await asyncio.to_thread(_lines, edit, "--add", edit.add, edit.add_from)
    removes, more = await asyncio.to_thread(_lines, edit, "--remove", edit.remove, edit.remove_from)
    held: dict[Product, dict[str, Holding]] = {}
    if adds or edit.add or removes or edit.remove:
        whole = {edit.product} if adds or edit.add else set[Product]()
        held = await held_at(tools, whole, [(edit.product, policy.id)], policies)
    now = TenantNow(tuple(policies), held)
    mine = held.get(edit.product, {})
    work = _Naming(tools, policy, {k: h for k, h in mine.items() if h.policy_id == policy.id})
    lines = [Asked(policy.id, Lines(tuple(adds), tuple(removes)))]
    ((more_adds, more_removes),) = await meanings(tools, edit.product, lines, mine)
    gone = [await work.removed(n) for n in _names(edit.product, edit.remove)]
    named = [meant for meant in gone if meant is not None]
    wished = Wished(
        edit.product,
        policy.name,
        Spot("", 0, "edit"),
        policy,
        edit.state,
        (*more_adds, *[await work.added(n) for n in _names(edit.product, edit.add)]),
        (*more_removes, *named),
        found_out=(*bad, *more),
    )
    found = await asyncio.to_thread(compare, [wished], now, one_line=True)
    return _with_the_rest(edit, policy, policies, found, work.notes)


def _with_the_rest(
    edit: Edit,
    policy: Policy,
    policies: Sequence[Policy],
    found: Compared,
    notes: Sequence[str],
) -> Compared:
    """The new name, and what is to be told."""
    said, problems = [*notes, *found.notes], list(found.problems)
    draft = next(iter(found.drafts), Draft(policy.product, policy.name, policy.id, policy.name))
    if edit.state is not None and not found.drafts:
        state = "active" if edit.state is Wanted.ACTIVE else "paused"
        said.append(f"“{policy.name}” is {state} already.")
    new = edit.rename.strip()
    if edit.rename and new == policy.name:
        said.append(f"“{policy.name}” is its name already.")
    elif edit.rename:
        others = [p.name for p in policies if p.product is policy.product and p.id != policy.id]
        if problem := name_problem(new, others):
            problems.append(FileProblem("", 0, "--rename", f"{edit.rename}: {problem}"))
        draft = replace(draft, name=new)
    drafts = () if draft.empty else (draft,)
    return Compared(drafts, tuple(problems), tuple(dict.fromkeys(said)), found.moves)


def _lines(
    edit: Edit, option: str, typed: Iterable[str], files: Iterable[Path]
) -> tuple[list[tuple[Spot, str]], list[FileProblem]]:
    """What is an address by its form, and what the lists have; names are left for a search."""
    spot = Spot("", 0, option)
    found = [
        (spot, bare(t.strip()))
        for t in dict.fromkeys(typed)
        if not address_problem(edit.product, bare(t.strip()))
    ]
    problems: list[FileProblem] = []
    for path in files:
        more, bad = read_list(edit.product, path.expanduser(), Spot("", 0, f"{option}-from"))
        found += more
        problems += bad
    return found, problems


def _names(product: Product, typed: Iterable[str]) -> list[str]:
    return [t for t in dict.fromkeys(typed) if address_problem(product, bare(t.strip()))]


@dataclass(frozen=True, slots=True)
class _Match:
    """One thing that a name may mean."""

    key: str
    name: str
    address: str
    candidate: Candidate | None = None


class _Naming:
    """From a name to the one thing that is meant. `own`: what the policy holds. `notes`: what a name was taken for."""

    def __init__(self, tools: Tools, policy: Policy, own: dict[str, Holding]) -> None:
        self._tools, self._product, self._policy = tools, policy.product, policy.name
        self._own = [_Match(key, h.name, h.address) for key, h in own.items()]
        self.notes: list[str] = []

    async def added(self, text: str) -> Meant:
        """By the service's own search."""
        if rule := self._unfit(text):
            return Meant(Spot("", 0, "--add"), text, rule=rule)
        found = await self._tools.directory.search(self._product, text.strip())
        matches = [_Match(c.key.lower(), c.name, c.address, c) for c in found]
        return await self._one("--add", text, matches)

    async def removed(self, text: str) -> Meant | None:
        """Among what the policy holds. What it does not hold is searched for, to tell a name of somebody else (None,
        and a note: it is not there, as asked for) from one that nobody has."""
        if rule := self._unfit(text):
            return Meant(Spot("", 0, "--remove"), text, rule=rule)
        words = text.casefold().split()
        matches = [
            m
            for m in self._own
            if all(w in m.name.casefold() or w in m.address.casefold() for w in words)
        ]
        if not matches and await self._tools.directory.search(self._product, text.strip()):
            self.notes.append(f"{text}: “{self._policy}” holds nothing of this name.")
            return None
        return await self._one("--remove", text, matches)

    def _unfit(self, text: str) -> str:
        """An address of another service: a search for it would find the wrong thing."""
        looks = "@" in text or "://" in text
        return (
            address_problem(self._product, bare(text.strip())) if looks or not text.strip() else ""
        )

    async def _one(self, option: str, text: str, matches: Sequence[_Match]) -> Meant:
        spot = Spot("", 0, option)
        wanted = text.strip().casefold()
        exact = [m for m in matches if m.name.strip().casefold() == wanted]
        chosen = exact or list(matches)
        if len(chosen) == 1:
            one = chosen[0]
            known = one.address if one.name.casefold() == wanted else f"{one.name} ({one.address})"
            self.notes.append(f"{text}: {known}")
            return Meant(spot, one.address or one.name, one.key, one.candidate)
        if chosen:
            return Meant(spot, text, rule=self._several(chosen))
        return Meant(spot, text, rule=await self._none(option, text))

    def _several(self, matches: Sequence[_Match]) -> str:
        lines = [f"    {m.address}  {m.name}" for m in matches[:_NAMED]]
        if (more := len(matches) - _NAMED) > 0:
            lines.append(f"    and {more:,} more: type more of the name")
        count = self._product.amount(len(matches))
        return "\n".join([f"{count} fit. Write the address of the one you mean:", *lines])

    async def _none(self, option: str, text: str) -> str:
        units = await alike(self._tools, self._product, text)
        known = {unit.name: unit.address for unit in units}
        if option == "--remove":
            known |= {match.name: match.address for match in self._own}
        near = nearest(text, known, likeness=0.6)
        guess = f" Did you mean “{near[0]}” ({known[near[0]]})?" if near else ""
        hint = guess or did_you_mean(text, known.values())
        return f"No {self._product.unit} has this name or address.{hint or ' Check how it is written.'}"
