"""An existing policy file brought up to date with the tenant: its own words stay wherever they are still true.

Only parts that the file has are brought up to date; policies of the tenant that it does not name are added. CSV files
that `export` wrote are written anew, others stay as they are, or are no longer named when they are out of date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from m365backup_tui.domain.azure import normalise_region
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.lists_reading import Row, Unreadable, read
from m365backup_tui.domain.lists_text import decode
from m365backup_tui.domain.policy_file import (
    BillingWish,
    Entry,
    NotificationWish,
    PolicyFile,
    PolicyWish,
    RuleEntry,
    Source,
)
from m365backup_tui.domain.policy_file_policies import folded
from m365backup_tui.domain.policy_file_update import update
from m365backup_tui.domain.products import Product
from m365backup_tui.ports import Tools
from m365backup_tui.side_by_side import side_by_side
from m365backup_tui.work import lists
from m365backup_tui.work.exporting import Exported
from m365backup_tui.work.policy_file_disk import (
    HEADERS,
    MOST_INLINE,
    Kept,
    as_csv,
    new_list,
    replace_text,
)
from m365backup_tui.work.wish_groups import find_group


@dataclass(frozen=True, slots=True)
class Updated:
    """`kept.lists`: CSV files that were written. `remarks`: what was taken out of the file, a sentence each."""

    kept: Kept
    changed: bool
    remarks: tuple[str, ...] = ()


async def bring_up_to_date(tools: Tools, path: Path, old: PolicyFile, found: Exported) -> Updated:
    """`old`: the file at `path` as it was read, without problems. Raises CloudError; Rejected names the file that is in
    the way. Lists are written before the file that names them."""
    work = _Updating(tools, path, found)
    there = {(w.product, w.name.casefold()): w for w in found.file.policies}
    wishes: list[PolicyWish] = []
    for wish in old.policies:
        now = there.pop((wish.product, wish.name.casefold()), None)
        if now is None and wish.product in found.unseen:
            wishes.append(wish)  # it may well be there: this person is not shown it
        elif now is None:
            work.remarks.append(f"“{wish.name}”: the tenant has no such policy any more.")
        else:
            wishes.append(await work.policy(wish, now))
    wishes += [work.fresh(wish, (), wish.units) for wish in there.values()]
    file = replace(
        old,
        policies=tuple(wishes),
        billing=_billing(old, found.file),
        notifications=_notifications(old.notifications, found.file.notifications),
    )
    changed = await asyncio.to_thread(work.write, file)
    return Updated(Kept(path, tuple(work.written)), changed, tuple(work.remarks))


@dataclass
class _List:
    """A CSV as it was read. `own`: `export` wrote it."""

    source: Source
    path: Path
    rows: tuple[str, ...]
    own: bool


@dataclass
class _Updating:
    tools: Tools
    path: Path
    found: Exported
    remarks: list[str] = field(default_factory=list)
    anew: dict[Path, str] = field(default_factory=dict)
    wanted: list[tuple[PolicyWish, tuple[Entry, ...]]] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    async def policy(self, old: PolicyWish, now: PolicyWish) -> PolicyWish:
        """The file's policy with what the tenant has."""
        product = old.product
        known = self.found.units.get((product, now.name.casefold()), {})
        sources = await self._lists(old, old.sources)
        gone = await self._lists(old, old.remove_sources)
        names = [e.address for e in (*old.units, *old.remove)]
        names += [row for one in (*sources, *gone) for row in one.rows]
        keys = await self._keys(product, names, known)
        stay = tuple(e for e in old.units if folded(e.address) in keys)
        covered = {keys[folded(e.address)] for e in stay}
        kept, own = self._sources(old, sources, keys, covered)
        rest = [address for key, address in known.items() if key not in covered]
        if own is not None:
            self._list(own, [*(r for r in own.rows if folded(r) in keys), *rest], product)
            rest = []
        rules = await self._rules(old.rules, now.rules)
        exact = old.exact and not any(not rule.dynamic for rule in rules)
        if old.exact and not exact:
            self.remarks.append(
                f"“{old.name}”: exact, which does not go with a rule looked up once."
            )
        ending = await self._still_to_end(old.end_rules, now.rules)
        wish = replace(
            old,
            state=now.state,
            sources=kept,
            remove=tuple(e for e in old.remove if folded(e.address) not in keys),
            remove_sources=tuple(self._done(old, gone, keys)),
            exact=exact,
            rules=rules,
            end_rules=ending,
        )
        return self.fresh(wish, stay, tuple(Entry(one) for one in rest))

    def fresh(
        self, wish: PolicyWish, here: tuple[Entry, ...], more: tuple[Entry, ...]
    ) -> PolicyWish:
        """The policy with what it names already and what is new; much that is new goes to a list of its own."""
        if len(more) <= MOST_INLINE:
            return replace(wish, units=(*here, *more))
        marked = replace(wish, units=here)
        self.wanted.append((marked, more))
        return marked

    # --- what the file's words name ---

    async def _keys(
        self, product: Product, names: Sequence[str], known: Mapping[str, str]
    ) -> dict[str, str]:
        """Folded address -> key, for those that name a unit which the policy holds by hand."""
        by_name = {folded(address): key for key, address in known.items()}
        by_name |= {key: key for key in known}
        found = {folded(n): by_name[folded(n)] for n in names if folded(n) in by_name}
        rows = [Row(n, "", one) for n, one in enumerate(names) if folded(one) not in found]
        if rows:
            answers, _ = await lists.find(self.tools, product, rows)
            found |= {
                folded(row.address): candidate.key.lower()
                for row, candidate in answers
                if candidate.key.lower() in known
            }
        return found

    async def _lists(self, wish: PolicyWish, sources: Sequence[Source]) -> list[_List]:
        return [await asyncio.to_thread(self._read, wish.product, one) for one in sources]

    def _read(self, product: Product, source: Source) -> _List:
        path = self.path.parent / Path(source.path).expanduser()
        data = lists.read_bytes(path)
        try:
            rows = tuple(row.address for row in read(product, data).rows)
            own = decode(data).startswith(f"{HEADERS[product]}\n")
        except Unreadable as error:
            raise Rejected(f"{path}: {error}") from error
        return _List(source, path, rows, own)

    def _sources(
        self, wish: PolicyWish, found: Sequence[_List], keys: Mapping[str, str], covered: set[str]
    ) -> tuple[tuple[Source, ...], _List | None]:
        """(the lists that are still named, the one of ours that takes what is new)."""
        kept: list[Source] = []
        own: _List | None = None
        for one in found:
            if one.own and own is None:
                own = one
            elif not all(folded(row) in keys for row in one.rows):
                self.remarks.append(
                    f"“{wish.name}”: {one.source.path}, which names what the policy does not hold any more."
                )
                continue
            kept.append(one.source)
            covered |= {keys[folded(row)] for row in one.rows if folded(row) in keys}
        return tuple(kept), own

    def _list(self, own: _List, addresses: Sequence[str], product: Product) -> None:
        if [folded(a) for a in addresses] != [folded(row) for row in own.rows]:
            self.anew[own.path] = as_csv(product, addresses)

    def _done(
        self, wish: PolicyWish, found: Sequence[_List], keys: Mapping[str, str]
    ) -> Iterator[Source]:
        for one in found:
            if any(folded(row) in keys for row in one.rows):
                self.remarks.append(
                    f"“{wish.name}”: remove_from {one.source.path}, which names what the policy holds."
                )
            else:
                yield one.source

    # --- rules ---

    async def _rules(
        self, old: Sequence[RuleEntry], now: Sequence[RuleEntry]
    ) -> tuple[RuleEntry, ...]:
        """The tenant's rules, in the file's own words where those mean the same."""
        words = {await self._meaning(rule): rule for rule in old}
        return tuple([words.get(await self._meaning(rule), rule) for rule in now])

    async def _still_to_end(
        self, ends: Sequence[RuleEntry], now: Sequence[RuleEntry]
    ) -> tuple[RuleEntry, ...]:
        there = {await self._meaning(rule) for rule in now}
        return tuple([rule for rule in ends if await self._meaning(rule) not in there])

    async def _meaning(self, rule: RuleEntry) -> tuple[object, ...]:
        ids = {name.casefold(): key for key, name in self.found.groups.items()}

        async def group(name: str) -> str:
            if key := ids.get(name.casefold()):
                return key
            found = await find_group(self.tools, name)
            return name.casefold() if isinstance(found, str) else found.id.lower()

        groups = frozenset(await side_by_side(rule.groups, group))
        words = (rule.words, rule.address_words)
        plain = tuple(frozenset(word.casefold() for word in one) for one in words)
        every = rule.every and len(rule.words) + len(rule.address_words) > 1
        return (rule.dynamic, groups, plain, every, rule.changed_since)

    # --- disk ---

    def write(self, file: PolicyFile) -> bool:
        """True when anything was written."""
        try:
            text = decode(lists.read_bytes(self.path))
        except Unreadable as error:
            raise Rejected(f"{self.path}: {error}") from error
        named = {(w.product, w.name): more for w, more in self.wanted}
        wishes = []
        for wish in file.policies:
            if more := named.get((wish.product, wish.name)):
                where = new_list(
                    self.path, wish.product, wish.name, [entry.address for entry in more]
                )
                self.written.append(where)
                wish = replace(wish, sources=(*wish.sources, Source(where.name)))
            wishes.append(wish)
        for path, content in self.anew.items():
            replace_text(path, content)
            self.written.append(path)
        new = update(text, replace(file, policies=tuple(wishes)))
        if new != text:
            replace_text(self.path, new)
        return new != text or bool(self.written)


def _billing(old: PolicyFile, now: PolicyFile) -> BillingWish | None:
    """The file's, with what Azure shows; the way through the admin center is the file's own."""
    if old.billing is None or now.billing is None:
        return old.billing
    region = normalise_region
    if region(old.billing.region) == region(now.billing.region):
        return replace(now.billing, region=old.billing.region, node=old.billing.node)
    return replace(now.billing, node=old.billing.node)


def _notifications(
    old: NotificationWish | None, now: NotificationWish | None
) -> NotificationWish | None:
    """What the file speaks of, as the tenant has it."""
    if old is None or now is None:
        return old
    return NotificationWish(
        now.enabled if old.enabled is not None else None,
        now.all_events if old.all_events is not None else None,
        now.role if old.role is not None else None,
        now.addresses if old.role is not None else (),
        old.line,
    )
