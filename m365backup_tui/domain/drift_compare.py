"""Compares what a policy file wishes with what the tenant has: every difference, also those that nobody mends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from m365backup_tui.domain.author import Author
from m365backup_tui.domain.drift import TO_END, TO_GO, Difference, Drift, Kind, Place, Told
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.notifications import NotificationChange
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.policy_file import Wanted
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleStatus, same_rule
from m365backup_tui.domain.units import UnitStatus
from m365backup_tui.domain.wished import Meant, TenantNow, Wished


def compare(
    wished: Sequence[Wished],
    now: TenantNow,
    drafts: Sequence[Draft],
    *,
    notifications: NotificationChange | None = None,
    brought: Mapping[str, frozenset[str]] | None = None,
    refused: bool = False,
) -> Drift:
    """Everything that differs. `drafts`: what `apply` would do; `refused`: nothing, as the file has problems.

    `brought`: policy id -> keys that the file's own rules explain although no line names them. Rules are compared
    for the policies that `now.rules` has.
    """
    work = _Comparing(wished, now, () if refused else drafts, brought or {})
    found = [one for wish in wished for one in work.policy(wish)]
    found += work.not_in_file()
    if notifications is not None:
        wanted, there = notifications.wanted.words, notifications.now.words
        kind = Kind.NOTIFICATIONS
        found.append(Difference(None, "", kind, "", wanted, there, mended=not refused))
    told = [one for wish in wished if wish.policy for one in work.idle(wish.policy)]
    changed: dict[Place, tuple[datetime, Author]] = {
        (p.product, p.name): (p.changed, p.changed_by) for p in now.policies if p.changed
    }
    found.sort(key=lambda one: one.order)
    return Drift(tuple(found), tuple(sorted(told, key=lambda one: one.order)), changed)


@dataclass
class _Comparing:
    wished: Sequence[Wished]
    now: TenantNow
    drafts: Sequence[Draft]
    brought: Mapping[str, frozenset[str]]
    inside: dict[str, list[Holding]] = field(default_factory=dict)  # by policy id
    claimed: set[tuple[Product, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for holdings in self.now.held.values():
            for one in holdings.values():
                if not _leaving(one):
                    self.inside.setdefault(one.policy_id, []).append(one)
        self.claimed = {(w.product, meant.key) for w in self.wished for meant in w.adds}

    def policy(self, wish: Wished) -> Iterator[Difference]:
        """What differs in one policy of the file."""
        draft = self._draft(wish)
        if wish.policy is None:
            yield self._missing(wish, draft)
        else:
            yield from _state(wish, wish.policy, draft)
        yield from self._wanted_units(wish, draft)
        if wish.policy is not None:
            yield from self._extra_units(wish, wish.policy, draft)
            yield from self._rules(wish, wish.policy, draft)

    def not_in_file(self) -> Iterator[Difference]:
        """Policies of the tenant that the file does not name, whatever their service."""
        named = {wish.policy.id for wish in self.wished if wish.policy}
        for one in self.now.policies:
            if one.id not in named:
                words = one.status.words
                there = f"{words}, {one.product.amount(one.counts.total)}" if one.counts else words
                since = datetime.fromisoformat(one.created) if one.created else None
                kind = Kind.POLICY_EXTRA
                yield Difference(
                    one.product, one.name, kind, "", "not named", there, since, one.created_by
                )

    def idle(self, policy: Policy) -> Iterator[Told]:
        """Failed units: the file says who is in, not how they fare, so there is nothing for `apply` to mend. In a
        paused policy all of them rest, as its state says."""
        inside = self.inside.get(policy.id, [])
        if policy.status is not PolicyStatus.INACTIVE:
            states = Counter(u.status.words for u in inside if u.status is not UnitStatus.PROTECTED)
            words = ", ".join(f"{n:,} {word}" for word, n in sorted(states.items()))
            if states:
                yield Told(policy.product, policy.name, states.total(), len(inside), words)

    def _draft(self, wish: Wished) -> Draft | None:
        place = wish.policy.id if wish.policy else ""
        name = wish.name.strip().casefold()
        for draft in self.drafts:
            mine = draft.product is wish.product and draft.policy_id == place
            if mine and (place or draft.name.strip().casefold() == name):
                return draft
        return None

    def _missing(self, wish: Wished, draft: Draft | None) -> Difference:
        units = len({meant.key for meant in wish.adds if meant.key})
        what = wish.product.amount(units)
        if rules := len(wish.rules):
            what += f" and {rules} {'rule' if rules == 1 else 'rules'}"
        return Difference(
            wish.product,
            wish.name,
            Kind.POLICY_MISSING,
            "",
            what,
            "no policy of this name",
            mended=draft is not None,
        )

    # --- units ---

    def _wanted_units(self, wish: Wished, draft: Draft | None) -> Iterator[Difference]:
        """What the file names and the policy does not hold. Units of a policy that is missing are not told one by one,
        but for those that something else holds."""
        added = {unit.key.lower() for unit in draft.add} if draft else set()
        name = wish.policy.name if wish.policy else wish.name
        held = self.now.held.get(wish.product, {})
        for meant in {m.key or m.address.casefold(): m for m in wish.adds}.values():
            there = held.get(meant.key)
            mended = meant.key in added
            if not meant.key:
                yield _unknown(wish.product, name, meant)
            elif there is None or _leaving(there):
                tenant = "being removed" if there else "no policy holds it"
                if wish.policy is not None:
                    kind = Kind.UNIT_MISSING
                    yield Difference(
                        wish.product, name, kind, meant.address, "named", tenant, mended=mended
                    )
            elif wish.policy is None or there.policy_id != wish.policy.id:
                yield Difference(
                    wish.product,
                    name,
                    Kind.UNIT_ELSEWHERE,
                    meant.address,
                    "named",
                    f"in “{self.now.name_of(there.policy_id)}”",
                    there.since,
                    there.by,
                    mended,
                )

    def _extra_units(
        self, wish: Wished, policy: Policy, draft: Draft | None
    ) -> Iterator[Difference]:
        """What the policy holds and the file does not name. A unit that a dynamic rule brought is the rule's business;
        one that the file names elsewhere is told there."""
        removed = {unit.key.lower() for unit in draft.remove} if draft else set()
        leaves = {meant.key for meant in wish.removes}
        explained = self.brought.get(policy.id, frozenset())
        for unit in self.inside.get(policy.id, []):
            out = unit.key in leaves
            known = unit.by_rule or unit.key in explained
            if (wish.product, unit.key) not in self.claimed and (out or not known):
                yield Difference(
                    wish.product,
                    policy.name,
                    Kind.UNIT_EXTRA,
                    unit.address or unit.name or "one without a readable name",
                    TO_GO if out or (wish.exact and not unit.by_rule) else "not named",
                    "through a rule" if unit.by_rule else unit.status.words,
                    unit.since,
                    unit.by,
                    unit.key in removed,
                )

    # --- rules ---

    def _rules(self, wish: Wished, policy: Policy, draft: Draft | None) -> Iterator[Difference]:
        there = [r for r in self.now.rules.get(policy.id, ()) if not _ending(r.status)]
        if policy.id not in self.now.rules:
            return
        planned = {rule.key for rule in draft.rules} if draft else set()
        ended = {end.rule.id for end in draft.end_rules} if draft else set()
        for meant in wish.rules:
            if not any(same_rule(rule, meant.wish) for rule in there):
                yield Difference(
                    wish.product,
                    policy.name,
                    Kind.RULE_MISSING,
                    meant.wish.words,
                    "named",
                    "no such rule",
                    mended=meant.wish.key in planned,
                )
        for rule in there:
            if not any(same_rule(rule, meant.wish) for meant in wish.rules):
                out = any(same_rule(rule, meant.wish) for meant in wish.end_rules)
                yield Difference(
                    wish.product,
                    policy.name,
                    Kind.RULE_EXTRA,
                    rule.words,
                    TO_END if out else "not named",
                    rule.status.words,
                    rule.modified,
                    rule.by,
                    rule.id in ended,
                )


def _state(wish: Wished, policy: Policy, draft: Draft | None) -> Iterator[Difference]:
    """Name and state of a policy that both have."""
    if wish.name.strip() != policy.name.strip():
        yield Difference(
            wish.product,
            policy.name,
            Kind.NAME,
            "",
            wish.name.strip(),
            policy.name,
            policy.changed,
            policy.changed_by,
        )
    power = draft.power if draft else Power.KEEP
    on = (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)
    paused = wish.state is Wanted.PAUSED and policy.status in on
    active = wish.state is Wanted.ACTIVE and policy.status is PolicyStatus.INACTIVE
    if paused or active or power is not Power.KEEP:
        yield Difference(
            wish.product,
            policy.name,
            Kind.STATE,
            "",
            str(wish.state),
            policy.status.words,
            policy.changed,
            policy.changed_by,
            power is not Power.KEEP,
        )


def _unknown(product: Product, policy: str, meant: Meant) -> Difference:
    why = meant.rule or "Nothing has this address."
    return Difference(product, policy, Kind.UNKNOWN_ADDRESS, meant.address, "named", why)


def _leaving(unit: Holding) -> bool:
    return unit.status is UnitStatus.REMOVE_REQUESTED


def _ending(status: RuleStatus) -> bool:
    return status is RuleStatus.DELETE_REQUESTED
