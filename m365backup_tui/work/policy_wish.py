"""One policy of a policy file, compared with the tenant: the draft of what is still missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.lists import RowProblem
from m365backup_tui.domain.lists_reading import Row, Unreadable, read
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Policy, PolicyStatus, name_problem
from m365backup_tui.domain.policy_file import (
    UNITS_KEY,
    FileProblem,
    PolicyFile,
    PolicyWish,
    Wanted,
)
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.ports import Tools
from m365backup_tui.work import lists


@dataclass(frozen=True, slots=True)
class WishWork:
    """One policy of the file, being compared with the tenant. `holders`: key in lower case -> policy id."""

    tools: Tools
    file: PolicyFile
    wish: PolicyWish
    policies: tuple[Policy, ...]
    holders: dict[str, str]

    async def draft(self) -> tuple[Draft, list[FileProblem]]:
        wish = self.wish
        policy = self._existing()
        base = Draft(wish.product, wish.name)
        problems: list[FileProblem] = []
        if policy is not None:
            base = Draft(wish.product, policy.name, policy.id, policy.name)
        elif problem := name_problem(wish.name, [p.name for p in self._same_product()]):
            problems.append(self._problem(wish.line, "name", problem))
        adds, bad = await self._adds(base.policy_id)
        removes, more = await self._removes(base.policy_id) if policy else ((), [])
        draft = replace(base, add=adds, remove=removes, power=_power(policy, wish.state))
        problems += [*bad, *more]
        if draft.new and not adds and not problems:
            rule = f"A new policy needs at least one {wish.product.unit}."
            problems.append(self._problem(wish.line, UNITS_KEY[wish.product], rule))
        return draft, problems

    def _same_product(self) -> list[Policy]:
        return [p for p in self.policies if p.product is self.wish.product]

    def _existing(self) -> Policy | None:
        name = self.wish.name.casefold()
        return next((p for p in self._same_product() if p.name.strip().casefold() == name), None)

    def _problem(self, line: int, key: str, rule: str, file: str = "") -> FileProblem:
        return FileProblem(file or self.file.name, line, f"{self.wish.place}: {key}", rule)

    async def _adds(self, policy_id: str) -> tuple[tuple[Candidate, ...], list[FileProblem]]:
        key = UNITS_KEY[self.wish.product]
        rows = [Row(e.line, "", e.address) for e in self.wish.units]
        good, bad = await self._checked(rows, policy_id)
        problems = [self._problem(p.row, key, f"{p.value}: {p.rule}") for p in bad]
        once = {c.key: c for c in good}
        for source in self.wish.sources:
            path = Path(self.file.name).parent / source.path
            try:
                data = await asyncio.to_thread(lists.read_bytes, path)
                reading = await asyncio.to_thread(read, self.wish.product, data)
            except (Rejected, Unreadable) as error:
                problems.append(self._problem(source.line, "from", str(error)))
                continue
            more, bad = await self._checked(reading.rows, policy_id)
            for p in sorted([*reading.problems, *bad], key=lambda p: p.row):
                column = p.column or "row"
                problems.append(self._problem(p.row, column, f"{p.value}: {p.rule}", str(path)))
            once |= {c.key: c for c in more}
        return tuple(once.values()), problems

    async def _checked(
        self, rows: Sequence[Row], policy_id: str
    ) -> tuple[list[Candidate], list[RowProblem]]:
        """Candidates that the policy does not hold yet; what it holds is as asked for and no problem."""
        found, problems = await lists.find(self.tools, self.wish.product, rows)
        missing = [
            (r, c)
            for r, c in found
            if self.holders.get(c.key.lower(), "") != policy_id or not policy_id
        ]
        good, more = lists.usable(self.wish.product, missing, self._holder())
        return good, [*problems, *more]

    def _holder(self) -> Callable[[str], str]:
        names = {p.id: p.name for p in self.policies}
        held = self.holders
        return lambda key: (
            names.get(held[key.lower()], "another policy") if key.lower() in held else ""
        )

    async def _removes(
        self, policy_id: str
    ) -> tuple[tuple[ProtectionUnit, ...], list[FileProblem]]:
        """Units to take out; what the policy does not hold is gone as asked for."""
        if not self.wish.remove:
            return (), []
        product = self.wish.product
        units = await self.tools.backup.units(product, policy_id)
        there = [u for u in units if u.status is not UnitStatus.REMOVE_REQUESTED]
        by_name = {n.casefold().rstrip("/"): u for u in there for n in (u.address, u.key) if n}
        by_key = {u.key.lower(): u for u in there}
        chosen: dict[str, tuple[int, ProtectionUnit]] = {}
        unmatched: list[Row] = []
        for entry in self.wish.remove:
            unit = by_name.get(entry.address.casefold().rstrip("/"))
            if unit is None:
                unmatched.append(Row(entry.line, "", entry.address))
            else:
                chosen[unit.id] = (entry.line, unit)
        found, _ = await lists.look_up(self.tools, product, unmatched)
        for row, candidate in found:
            if unit := by_key.get(candidate.key.lower()):
                chosen[unit.id] = (row.row, unit)
        held = [(line, u) for line, u in chosen.values() if u.by_rule]
        problems = [
            self._problem(
                line,
                "remove",
                f"{u.address}: a dynamic rule holds it. Change the rule in the admin center.",
            )
            for line, u in held
        ]
        return tuple(u for _, u in chosen.values() if not u.by_rule), problems


def _power(policy: Policy | None, wanted: Wanted) -> Power:
    if wanted is Wanted.ACTIVE:
        on = (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)
        return Power.KEEP if policy is not None and policy.status in on else Power.ACTIVATE
    if policy is None or policy.status is PolicyStatus.INACTIVE:
        return Power.KEEP
    return Power.PAUSE
