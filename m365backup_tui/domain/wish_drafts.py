"""What is wanted beside what the tenant has: the drafts still missing, and everything that speaks against them.

Nothing is read here. A unit that another policy holds moves only when the file says that it is to leave that one.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import name_problem
from m365backup_tui.domain.policy_file import UNITS_KEY, FileProblem
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.domain.wish_names import near_name
from m365backup_tui.domain.wish_power import power_for, under_way
from m365backup_tui.domain.wish_rules import rule_changes
from m365backup_tui.domain.wished import Meant, TenantNow, Wished


@dataclass(frozen=True, slots=True)
class Compared:
    """`drafts`: what is to be done, none for a policy that is as wanted. `problems`: while there is one, nothing may be
    planned. `notes`: lines for a person about what needs nothing. `moves`: those of the problems that a person can
    solve with a word: another policy holds the unit (its `.policy` says which) and would have to let it go."""

    drafts: tuple[Draft, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    notes: tuple[str, ...] = ()
    moves: tuple[tuple[FileProblem, Candidate], ...] = ()


def compare(wished: Sequence[Wished], now: TenantNow, *, one_line: bool = False) -> Compared:
    """`one_line`: an edit on the command line, where a person is told of what is there already."""
    work = _Comparing(wished, now, one_line)
    drafts = [work.draft(wish) for wish in wished]
    wanted = tuple(d for d in drafts if d.new or not d.empty)
    problems = tuple(dict.fromkeys(work.problems))
    return Compared(wanted, problems, tuple(work.notes), tuple(work.moves))


@dataclass
class _Comparing:
    wished: Sequence[Wished]
    now: TenantNow
    one_line: bool
    problems: list[FileProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    moves: list[tuple[FileProblem, Candidate]] = field(default_factory=list)
    leaving: dict[tuple[Product, str], dict[str, Holding]] = field(default_factory=dict)
    moving: set[tuple[Product, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        claimed: dict[tuple[Product, str], Wished] = {}
        for wish in self.wished:
            self._claim(wish, claimed)
            if wish.policy is not None:
                self.leaving[wish.product, wish.policy.id] = self._leaving(wish, wish.policy.id)
        for wish in self.wished:  # a unit that a policy takes over is not taken out a second time
            for meant in wish.adds:
                holding = self._held(wish.product, meant.key)
                if holding is not None and self._lets_go(holding):
                    self.moving.add((wish.product, meant.key))

    def draft(self, wish: Wished) -> Draft:
        policy = wish.policy
        self.problems += wish.found_out
        self.problems += self._naming(wish)
        add = tuple(c for meant in wish.adds if (c := self._add(wish, meant)) is not None)
        remove = tuple(
            _unit(h)
            for h in self.leaving.get((wish.product, policy.id if policy else ""), {}).values()
            if (wish.product, h.key) not in self.moving
        )
        there = self.now.rules.get(policy.id, ()) if policy else ()
        rules = rule_changes(wish, there, self.now.sizes)
        self.problems += rules.problems
        if policy is None and not add and not rules.add and not self._blamed(wish):
            what = f"A new policy needs at least one {wish.product.unit}, or a rule."
            self.problems.append(wish.at(UNITS_KEY[wish.product]).problem(what))
        power = power_for(policy, wish.state)
        self.notes += under_way(policy, wish.state, power)
        draft = Draft(wish.product, wish.name, power=power)
        if policy is not None:
            draft = replace(draft, name=policy.name, policy_id=policy.id, old_name=policy.name)
        once = {c.key: c for c in add}
        return replace(
            draft, add=tuple(once.values()), remove=remove, rules=rules.add, end_rules=rules.end
        )

    # --- what leaves ---

    def _leaving(self, wish: Wished, policy_id: str) -> dict[str, Holding]:
        """Units that go: those named for it, and with `exact` those held by hand that nothing names."""
        found: dict[str, Holding] = {}
        adds = {meant.key for meant in wish.adds}
        unfound: list[Meant] = []
        for meant in wish.removes:
            holding = self._held(wish.product, meant.key)
            if meant.key and meant.key in adds:
                what = f"{meant.address}: It is to be added and to be taken out: leave one away."
                self.problems.append(meant.spot.problem(what))
            elif not meant.key:
                unfound.append(meant)
            elif holding is None or holding.policy_id != policy_id or _going(holding):
                if self.one_line:
                    self.notes.append(f"{meant.address} is not in “{wish.name}”.")
            elif holding.by_rule:
                self.problems.append(meant.spot.problem(_by_rule(meant.address)))
            else:
                found[holding.key] = holding
        self._unfound(wish, unfound)
        if wish.exact:
            found |= self._unnamed(wish, policy_id, adds)
        return found

    def _unfound(self, wish: Wished, unfound: Sequence[Meant]) -> None:
        """Nothing has these addresses. Whoever left is gone as asked for, but a slip of the pen looks the same."""
        if self.one_line:
            for meant in unfound:
                self.problems.append(meant.spot.problem(f"{meant.address}: {meant.rule}"))
            return
        for meant in unfound[:_TOLD]:
            spot = meant.spot
            self.notes.append(
                f"{spot.file}, line {spot.line}: {meant.address} names nothing that exists: nothing to take out."
            )
        if (more := len(unfound) - _TOLD) > 0:
            self.notes.append(f"“{wish.name}”: the same of {more:,} more.")

    def _unnamed(self, wish: Wished, policy_id: str, adds: set[str]) -> dict[str, Holding]:
        static = next((rule for rule in wish.rules if not rule.wish.dynamic), None)
        if static is not None:
            what = (
                "`exact` and a rule that is looked up once do not go together: what such a rule brings looks as if "
                "it was added by hand, and would be taken out. Leave one of the two away, or make the rule dynamic."
            )
            self.problems.append(wish.at("exact").problem(what))
            return {}
        found = {
            key: holding
            for key, holding in self.now.held.get(wish.product, {}).items()
            if holding.policy_id == policy_id
            and key not in adds
            and not (holding.by_rule or _going(holding))
        }
        if found and not wish.adds and not wish.rules:
            what = (
                f"“{wish.name}” would lose all its {wish.product.amount(len(found))}: the file names none. "
                "Name those that stay, or write those that go under `remove`."
            )
            self.problems.append(wish.at("exact").problem(what))
        return found

    # --- what comes ---

    def _claim(self, wish: Wished, claimed: dict[tuple[Product, str], Wished]) -> None:
        for meant in wish.adds:
            first = claimed.setdefault((wish.product, meant.key), wish) if meant.key else wish
            if first is not wish:
                what = (
                    f"{meant.address}: “{first.name}” of this file has it too: a {wish.product.unit} can be in one "
                    "policy only."
                )
                self.problems.append(meant.spot.problem(what))

    def _add(self, wish: Wished, meant: Meant) -> Candidate | None:
        """What is to be added; None where the policy has it, or where something speaks against it."""
        rule = meant.rule
        holding = self._held(wish.product, meant.key)
        candidate = meant.candidate
        if rule:
            pass
        elif holding is not None and _going(holding):
            where = self.now.name_of(holding.policy_id)
            rule = f"It is being taken out of “{where}” now: wait until that is done, then run this again."
        elif (
            holding is not None and wish.policy is not None and holding.policy_id == wish.policy.id
        ):
            if self.one_line:
                self.notes.append(f"{meant.address} is in “{wish.name}” already.")
            return None
        elif candidate is None:  # cannot be: only the policy's own unit answers without a look-up
            rule = "It was not found again: run this again."
        elif candidate.unsupported:
            rule = candidate.unsupported
        elif holding is not None and (wish.product, meant.key) in self.moving:
            return replace(candidate, policy=self.now.name_of(holding.policy_id), by_rule=False)
        elif holding is not None or candidate.policy:
            rule = self._elsewhere(wish, meant, holding, candidate)
        else:
            return candidate
        problem = meant.spot.problem(f"{meant.address}: {rule}")
        self.problems.append(problem)
        if candidate is not None and holding is not None and _movable(holding, candidate):
            where = self.now.name_of(holding.policy_id)
            self.moves.append((problem, replace(candidate, policy=where)))
        return None

    def _elsewhere(
        self, wish: Wished, meant: Meant, holding: Holding | None, candidate: Candidate
    ) -> str:
        """Another policy has it: the sentence with the way to move it."""
        name = self.now.name_of(holding.policy_id) if holding else candidate.policy
        if candidate.by_rule or (holding is not None and holding.by_rule):
            return (
                f"A rule of policy “{name}” holds it: it cannot be moved by hand. "
                "Take it out of the rule's groups, or end the rule."
            )
        held = f"Policy “{name}” protects it already, and it can be in one only."
        if self.one_line:
            words = shlex.join(["edit", str(wish.product), name, "--remove", meant.address])
            return f"{held} Take it out there first: m365backup-tui {words}"
        if holding is not None and (wish.product, holding.policy_id) in self.leaving:
            return f"{held} To move it, name it under `remove` of “{name}” too."
        return f"{held} To move it, add “{name}” to this file with it under `remove`; or leave it out here."

    def _lets_go(self, holding: Holding) -> bool:
        return holding.key in self.leaving.get((holding.product, holding.policy_id), {})

    def _held(self, product: Product, key: str) -> Holding | None:
        return self.now.held.get(product, {}).get(key) if key else None

    # --- the policy itself ---

    def _naming(self, wish: Wished) -> Iterator[FileProblem]:
        twins = self.now.named(wish.product, wish.name)
        if len(twins) > 1:
            what = f"{len(twins)} policies of the tenant have this name: give all but one of them another name first."
            yield wish.at("name").problem(what)
        if wish.policy is None and (problem := name_problem(wish.name, [])):
            yield wish.at("name").problem(problem)
        elif wish.policy is None and (near := near_name(wish, self.wished, self.now)):
            spot = wish.spot
            self.notes.append(
                f"{spot.file}, line {spot.line}: “{wish.name}” is a new policy. Or did you mean “{near}”, which the "
                "tenant has?"
            )

    def _blamed(self, wish: Wished) -> bool:
        """Something of this policy is wrong already: that it comes to nothing is no news then."""
        files = {p.field for p in self.problems}
        return bool(wish.found_out) or any(f.startswith(wish.spot.field) for f in files)


_TOLD = 5
"""Lines about addresses that name nothing; the rest is counted."""


def known_as(held: Mapping[str, Holding], policy_id: str) -> dict[str, str]:
    """Address, key or site collection in lower case -> key, of the units of one policy; only what names one of them."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for key, holding in held.items():
        if holding.policy_id != policy_id:
            continue
        parts = key.split(",")
        for name in (holding.address.casefold().rstrip("/"), key, *parts[1:2]):
            if name and found.setdefault(name, key) != key:
                twice.add(name)
    return {name: key for name, key in found.items() if name not in twice}


def _going(holding: Holding) -> bool:
    return holding.status is UnitStatus.REMOVE_REQUESTED


def _movable(holding: Holding, candidate: Candidate) -> bool:
    return not (holding.by_rule or _going(holding) or candidate.unsupported)


def _by_rule(address: str) -> str:
    return (
        f"{address}: a dynamic rule holds it, so it cannot be taken out by hand. Take it out of the rule's groups, "
        "or end the rule with `end_rules`."
    )


def _unit(holding: Holding) -> ProtectionUnit:
    return ProtectionUnit(
        holding.product,
        holding.unit_id,
        holding.key,
        holding.name,
        holding.address,
        holding.status,
        by_rule=holding.by_rule,
    )
