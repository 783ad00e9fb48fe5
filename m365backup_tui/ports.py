"""The ports: what the use cases need of the outside world. `cloud` and `journal` fulfil them; tests use fakes.

Every method raises only `domain.errors.CloudError` kinds. Reads may be repeated; a write is sent at most once per call
and raises `OutcomeUnknown` when nobody can say whether it happened (rules R1, R2 of the reliability reference).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from m365backup_tui.domain.author import Author
from m365backup_tui.domain.azure import (
    BillingResource,
    Provider,
    Registration,
    ResourceGroup,
    Subscription,
)
from m365backup_tui.domain.bulk import BulkJob
from m365backup_tui.domain.groups import GroupRef, GroupSize, MemberPage
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.notifications import NotificationChange, Notifications
from m365backup_tui.domain.plan import Plan, UnitRef
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rehearsal import Change, Rehearsal
from m365backup_tui.domain.roles import HeldRole
from m365backup_tui.domain.rules import Rule
from m365backup_tui.domain.run import Run, WriteState
from m365backup_tui.domain.service import BackupService
from m365backup_tui.domain.session import Account, Persona
from m365backup_tui.domain.units import Candidate, ItemRefusal, ProtectionUnit
from m365backup_tui.port_identity import Identity as Identity
from m365backup_tui.port_registrar import Registrar
from m365backup_tui.port_restore_points import RestorePoints


class Clock(Protocol):
    """Time and waiting, injected so that tests never sleep."""

    def now(self) -> datetime: ...
    async def sleep(self, seconds: float) -> None: ...


class StandIn(Protocol):
    """On the practice tenant only: plays the person at the browser and the admin center."""

    def personas(self) -> tuple[Persona, ...]: ...
    async def approve(self, user_code: str, persona_key: str) -> None: ...
    async def decline(self, user_code: str) -> None: ...
    async def browse(self, url: str, persona_key: str | None) -> str:
        """`persona_key` signs in at `url`, None declines; the address at which the browser ends, not opened."""
        ...

    async def follow(self, address: str) -> None:
        """Open the address at which the browser ended, as the browser would."""
        ...

    async def play_admin_center(
        self, node: str, subscription_id: str, resource_group: str, region: str, persona: str
    ) -> None: ...


class Rehearsing(Protocol):
    """On the practice tenant only: makes something go wrong on purpose."""

    async def look(self) -> Rehearsal: ...
    async def carry_out(self, change: Change) -> datetime | None:
        """The tenant's time afterwards where that is what changed (aware)."""
        ...


class Directory(Protocol):
    """Entra and the content that can be protected, through Microsoft Graph."""

    async def tenant_name(self) -> str: ...
    async def end_my_sessions(self) -> None:
        """Every sign-in of this person on every device; not at once, and not those of a guest. Sent once."""
        ...

    async def active_roles(self) -> tuple[HeldRole, ...]: ...
    async def eligible_roles(self) -> tuple[HeldRole, ...]: ...

    def candidates(self, product: Product) -> AsyncIterator[tuple[Candidate, ...]]:
        """Everything of one product that can be protected, page by page, sizes filled in where known."""
        ...

    async def resolve(
        self, product: Product, addresses: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
        """(found, not found) for user principal names, mail addresses, site URLs or site ids."""
        ...

    async def search(self, product: Product, words: str) -> tuple[Candidate, ...]:
        """The first ones that the service's own search finds; sizes filled in where known."""
        ...

    async def groups(self, words: str) -> tuple[GroupRef, ...]:
        """The first GROUPS_A_PAGE groups by name that have these words; "" for the first of all."""
        ...

    async def group_size(self, group_id: str) -> GroupSize: ...

    def members(self, product: Product, group_id: str) -> AsyncIterator[MemberPage]:
        """Who is in a group now, groups in it followed: candidates, and who is left out and why."""
        ...

    async def named_groups(self, ids: Sequence[str]) -> tuple[GroupRef, ...]:
        """Those of the groups that exist and may be seen."""
        ...

    async def people(self, ids: Sequence[str]) -> Mapping[str, Author]:
        """Id in lower case -> who that is, for those who exist and may be read."""
        ...

    def beside(self, backup: Backup) -> Directory:
        """The same, asking this `backup` who holds what it finds: one that has read that already reads it once."""
        ...


class Azure(Protocol):
    """Azure Resource Manager."""

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """All that the person sees, with effective permissions and how they are held."""
        ...

    async def resource_groups(self, subscription_id: str) -> tuple[ResourceGroup, ...]: ...
    async def provider(self, subscription_id: str) -> Provider: ...
    async def create_group(
        self, subscription_id: str, name: str, location: str
    ) -> ResourceGroup: ...
    async def register_provider(self, subscription_id: str) -> Registration: ...
    async def billing_resources(self, subscription_id: str) -> tuple[BillingResource, ...]: ...


class Backup(Protocol):
    """Microsoft 365 Backup through Microsoft Graph. Never calls serviceApps or enable."""

    async def probe(self) -> BackupService: ...
    async def policies(self) -> tuple[Policy, ...]: ...
    async def policy(self, product: Product, policy_id: str) -> Policy: ...
    async def units(
        self, product: Product, policy_id: str, *, failed: int = 0
    ) -> tuple[ProtectionUnit, ...]:
        """Every unit. With `failed`, so many are known not to have made it: these, and the others or not."""
        ...

    async def protected(self, product: Product) -> dict[str, Holding]:
        """Object or site key in lower case -> where it is held, for every unit that a policy of this product holds."""
        ...

    async def create_policy(
        self, product: Product, name: str, units: Sequence[UnitRef]
    ) -> tuple[Policy, str]:
        """(the new policy, request id)."""
        ...

    async def change_policy(
        self,
        product: Product,
        policy_id: str,
        *,
        name: str = "",
        add: Sequence[UnitRef] = (),
        remove: Sequence[UnitRef] = (),
    ) -> tuple[tuple[ItemRefusal, ...], str]:
        """One PATCH: a new name, additions, removals; at most 50 units. (items refused inside the 200, request id)."""
        ...

    async def add_in_bulk(
        self, product: Product, policy_id: str, name: str, units: Sequence[UnitRef]
    ) -> tuple[BulkJob, str]:
        """Starts a bulk addition job of at most 50,000 units. (the job, request id)."""
        ...

    async def bulk_job(self, product: Product, policy_id: str, job_id: str) -> BulkJob: ...
    async def bulk_jobs(self, product: Product, policy_id: str) -> tuple[BulkJob, ...]: ...
    async def activate(self, product: Product, policy_id: str) -> str: ...
    async def pause(self, product: Product, policy_id: str) -> str: ...
    async def delete_policy(self, product: Product, policy_id: str) -> str: ...
    async def rules(self, product: Product, policy_id: str) -> tuple[Rule, ...]:
        """The policy's inclusion rules, without the names of their groups."""
        ...

    async def add_rule(
        self, product: Product, policy_id: str, expression: str, dynamic: bool
    ) -> tuple[Rule, str]:
        """(the new rule, request id). It starts by itself."""
        ...

    async def run_rule(self, product: Product, policy_id: str, rule_id: str) -> str: ...
    async def end_rule(
        self, product: Product, policy_id: str, rule_id: str, unprotect: bool
    ) -> str:
        """With `unprotect` (dynamic rules only) what only the rule holds leaves the policy too."""
        ...

    async def notifications(self) -> Notifications:
        """The tenant's e-mail notifications. Takes a permission to write: ask only where they matter."""
        ...

    async def set_notifications(self, change: NotificationChange) -> str:
        """Sends what differs between `change.now` and `change.wanted`; the request id."""
        ...


class Runs(Protocol):
    """The journal: what is kept on disk of runs, answers and acceptances. See journal/."""

    def begin(self, plan: Plan, account: Account, at: datetime) -> str:
        """Takes the tenant's lock, writes the run's first record, gives the run's id.

        Raises Conflict, naming the holder, when another process has the lock.
        """
        ...

    def reopen(self, run_id: str, account: Account, at: datetime) -> Run:
        """Takes the lock and replays the record: which writes were intended, which have an outcome."""
        ...

    def intend(self, run_id: str, write_id: str, at: datetime) -> None:
        """Durable (fsync) before the write is sent."""
        ...

    def outcome(self, run_id: str, state: WriteState, at: datetime) -> None:
        """Durable after the answer, or after reading back."""
        ...

    def end(self, run: Run, at: datetime) -> None:
        """Writes the closing record (any phase that is over) and gives the lock back."""
        ...

    def unfinished(self, tenant_id: str) -> Run | None:
        """The newest run of this tenant that can go on."""
        ...

    def list_runs(self, tenant_id: str) -> tuple[Run, ...]:
        """All runs of the tenant, newest first."""
        ...

    def path(self, run_id: str) -> str: ...

    def holder(self, tenant_id: str) -> str:
        """Who else seems to be at work on the tenant, in words; "" for nobody. Cheap; `begin` has the last word."""
        ...

    def remarks(self, run_id: str) -> tuple[str, ...]:
        """What a person should know of the lock of a run begun or reopened here: taken over from whom."""
        ...

    def ask_to_stop(self) -> None: ...
    def asked_to_stop(self) -> bool: ...

    def note(self, kind: str, tenant_id: str, facts: Mapping[str, str], at: datetime) -> None:
        """One line in the tenant's log outside runs: terms accepted, resource group created, provider registered."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """The ports of one cloud profile. `stand_in` only where somebody can play the other parts, `rehearsing` only
    where things can be made to go wrong (practice). `registrar`, `restore_points`: every real set of tools has them.
    `clock_warning`: a sentence where the answers so far show that this host's clock is more than a minute off, else
    ""."""

    clock: Clock
    identity: Identity
    directory: Directory
    azure: Azure
    backup: Backup
    runs: Runs
    stand_in: StandIn | None = None
    rehearsing: Rehearsing | None = None
    registrar: Registrar | None = None
    restore_points: RestorePoints | None = None
    clock_warning: Callable[[], str] = str
