"""What a policy file (or a one-line edit) asks for, looked up: each line with what it names. No id was typed by anyone.

`work.wish_reading` makes these values, `domain.wish_drafts` compares them with the tenant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from m365backup_tui.domain.groups import GroupSize
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import FileProblem, Wanted
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleWish
from m365backup_tui.domain.units import Candidate


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was asked for: file (or list beside it), line (1 = first, 0 on a command line), field."""

    file: str
    line: int
    field: str

    def problem(self, rule: str) -> FileProblem:
        """What is wrong there."""
        return FileProblem(self.file, self.line, self.field, rule)


@dataclass(frozen=True, slots=True)
class Meant:
    """One address and what it names: `key` in lower case is "" where it names nothing, and `rule` then says why.

    `candidate` is None where the policy's own unit answered: nothing had to be looked up.
    """

    spot: Spot
    address: str
    key: str = ""
    candidate: Candidate | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class MeantRule:
    """A rule with its groups found; with `unprotect` (of rules to be ended) what only it holds leaves too."""

    spot: Spot
    wish: RuleWish
    unprotect: bool = False


@dataclass(frozen=True, slots=True)
class Wished:
    """One policy as it is wanted. `policy`: as the tenant has it, None when it is new. `state` None leaves it as it is.

    `found_out`: problems that reading it brought up (a list that cannot be read, a group that is not there).
    """

    product: Product
    name: str
    spot: Spot
    policy: Policy | None = None
    state: Wanted | None = None
    adds: tuple[Meant, ...] = ()
    removes: tuple[Meant, ...] = ()
    exact: bool = False
    rules: tuple[MeantRule, ...] = ()
    end_rules: tuple[MeantRule, ...] = ()
    found_out: tuple[FileProblem, ...] = ()

    def at(self, key: str) -> Spot:
        """The policy's own line, with a field of it."""
        return Spot(self.spot.file, self.spot.line, f"{self.spot.field}: {key}")


@dataclass(frozen=True, slots=True)
class TenantNow:
    """What of the tenant the comparison rests on. `held`: product -> key in lower case -> where it is held.

    `rules`: policy id -> its rules with the names of their groups, for the policies whose rules were asked for.
    `sizes`: group id -> size, of the groups of dynamic rules that the file wants.
    """

    policies: tuple[Policy, ...] = ()
    held: Mapping[Product, Mapping[str, Holding]] = field(default_factory=dict)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    sizes: Mapping[str, GroupSize] = field(default_factory=dict)

    def name_of(self, policy_id: str) -> str:
        """As people call it; for a policy that is not shown to this person, words."""
        return next((p.name for p in self.policies if p.id == policy_id), "another policy")

    def named(self, product: Product, name: str) -> tuple[Policy, ...]:
        """The product's policies with this name, in any case: the service allows several."""
        wanted = name.strip().casefold()
        return tuple(
            p for p in self.policies if p.product is product and p.name.strip().casefold() == wanted
        )
