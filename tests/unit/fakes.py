"""Simple fakes of the ports: a clock that never waits, a tenant in memory with faults to order, a small directory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from m365backup_tui.domain.author import Author
from m365backup_tui.domain.bulk import BulkJob, BulkStatus
from m365backup_tui.domain.errors import CloudError, NotFound, OutcomeUnknown, Rejected
from m365backup_tui.domain.groups import GroupRef, GroupSize, MemberPage
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Draft, Plan, Power, UnitRef
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.units import Candidate, ItemRefusal, ProtectionUnit, UnitStatus
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Azure, Backup, Identity, Runs, Tools
from tests.unit.fake_notifications import FakeNotifications
from tests.unit.fake_rules import FakeNamedGroups, FakeRules

T = TypeVar("T")

START = datetime(2026, 11, 21, 11, 45, tzinfo=UTC)
TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
ACCOUNT = Account(TENANT, "object-1", "ada@example.com", "Ada", "Example")


@dataclass
class FakeClock:
    """`sleep` moves the time on and gives other tasks a turn."""

    time: datetime = START
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] | None = None

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        if self.on_sleep:
            self.on_sleep()
        await asyncio.sleep(0)


@dataclass
class Fault:
    """The next matching call fails with `error`; with `committed`, after it was carried out."""

    call: str
    error: BaseException
    times: int = 1
    committed: bool = False
    after: int = 0  # calls that pass first


@dataclass
class FakeBackup(FakeRules, FakeNotifications):
    """A tenant in memory. `writes` are the changes that were carried out, `sent` every write that arrived.

    Work of the service (`updating`) ends after `updating_looks` reads of the policy.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    held: dict[str, Policy] = field(default_factory=dict)
    contents: dict[str, list[ProtectionUnit]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    refusals: dict[str, tuple[str, str]] = field(default_factory=dict)  # key -> code, message
    broken_units: dict[str, str] = field(default_factory=dict)  # key -> error code once protected
    updating_looks: int = 2
    writes: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    sent_at: list[datetime] = field(default_factory=list)
    jobs: dict[str, dict[str, BulkJob]] = field(default_factory=dict)
    _work: dict[str, int] = field(default_factory=dict)
    _job_units: dict[str, tuple[UnitRef, ...]] = field(default_factory=dict)

    # --- for tests ---

    def have(
        self,
        product: Product,
        name: str,
        keys: Sequence[str] = (),
        status: PolicyStatus = PolicyStatus.ACTIVE,
    ) -> Policy:
        policy = Policy(product, f"id-{product}-{name}", name, status)
        self.held[policy.id] = policy
        self.contents[policy.id] = [self._unit(product, k, UnitStatus.PROTECTED) for k in keys]
        return policy

    def picture(self) -> dict[str, Any]:
        """What the tenant holds, for comparing end states."""
        return {
            policy.name: (str(policy.product), sorted(u.key for u in self.contents[policy.id]))
            for policy in self.held.values()
        }

    # --- the port ---

    async def probe(self) -> BackupService:
        return BackupService(Probe.ANSWERS, "enabled")

    async def policies(self) -> tuple[Policy, ...]:
        self._read("policies")
        for policy_id in tuple(self.held):
            self._look_at(policy_id)
        return tuple(self.held.values())

    async def policy(self, product: Product, policy_id: str) -> Policy:
        self._read("policy")
        self._look_at(policy_id)
        return self._find(policy_id)

    def _look_at(self, policy_id: str) -> None:
        policy = self._find(policy_id)
        if policy.status is PolicyStatus.UPDATING:
            self._work[policy_id] = self._work.get(policy_id, self.updating_looks) - 1
            if self._work[policy_id] <= 0:
                self._finish(policy_id)

    async def units(
        self, product: Product, policy_id: str, *, failed: int = 0
    ) -> tuple[ProtectionUnit, ...]:
        self._read("units")
        self._find(policy_id)
        return tuple(self.contents[policy_id])

    async def protected(self, product: Product) -> dict[str, Holding]:
        self._read("protected")
        return {
            u.key.lower(): Holding(
                product,
                u.key.lower(),
                i,
                u.id,
                u.by_rule,
                u.status,
                u.name,
                u.address,
                u.since,
                u.by,
            )
            for i, units in self.contents.items()
            for u in units
            if u.product is product and self.held[i].product is product
        }

    async def create_policy(
        self, product: Product, name: str, units: Sequence[UnitRef]
    ) -> tuple[Policy, str]:
        def change() -> tuple[Policy, str]:
            for unit in units:
                if unit.key in self.refusals:
                    raise Rejected(self.refusals[unit.key][1], self.refusals[unit.key][0])
            number = sum(name == p.name for p in self.held.values()) + 1
            policy = self.have(product, name, [u.key for u in units], PolicyStatus.INACTIVE)
            if (
                number > 1
            ):  # the service would make a second one of the same name: tests must see it
                self.held[policy.id + str(number)] = replace(policy, id=policy.id + str(number))
                self.contents[policy.id + str(number)] = []
            return policy, "req-create"

        return self._write(f"create {name}", "create_policy", change)

    async def change_policy(
        self,
        product: Product,
        policy_id: str,
        *,
        name: str = "",
        add: Sequence[UnitRef] = (),
        remove: Sequence[UnitRef] = (),
    ) -> tuple[tuple[ItemRefusal, ...], str]:
        def change() -> tuple[tuple[ItemRefusal, ...], str]:
            policy = self._find(policy_id)
            there = self.contents[policy_id]
            refused: list[ItemRefusal] = []
            for ref in add:
                if ref.key in self.refusals:
                    refused.append(ItemRefusal(ref.key, *self.refusals[ref.key]))
                elif any(u.key == ref.key for units in self.contents.values() for u in units):
                    refused.append(ItemRefusal(ref.key, "ProtectionUnitAlreadyExists", "is there"))
                else:
                    there.append(self._unit(product, ref.key, UnitStatus.PROTECT_REQUESTED))
            for ref in remove:
                if not any(u.id == ref.unit_id for u in there):
                    refused.append(ItemRefusal(ref.unit_id, "ProtectionUnitNotFound", "not there"))
                there[:] = [u for u in there if u.id != ref.unit_id]
            if name:
                self.held[policy_id] = replace(policy, name=name)
            return tuple(refused), "req-change"

        named = [f"={name}"] if name else []
        keys = [*named, *(f"+{u.key}" for u in add), *(f"-{u.key}" for u in remove)]
        return self._write(f"change {policy_id} {','.join(keys)}", "change_policy", change)

    async def add_in_bulk(
        self, product: Product, policy_id: str, name: str, units: Sequence[UnitRef]
    ) -> tuple[BulkJob, str]:
        def change() -> tuple[BulkJob, str]:
            self._find(policy_id)
            job = BulkJob(f"job-{len(self.jobs) + 1}", name, BulkStatus.ACTIVE)
            self.jobs.setdefault(policy_id, {})[job.id] = job
            self._job_units[job.id] = tuple(units)
            self._work[job.id] = self.updating_looks
            return job, "req-bulk"

        keys = ",".join(f"+{u.key}" for u in units)
        return self._write(f"bulk {policy_id} {keys}", "add_in_bulk", change)

    async def bulk_job(self, product: Product, policy_id: str, job_id: str) -> BulkJob:
        self._read("bulk_job")
        jobs = self.jobs.get(policy_id, {})
        if job_id not in jobs:
            raise NotFound("There is no such job.", "BulkAdditionJobNotFound")
        if jobs[job_id].status is BulkStatus.ACTIVE:
            self._work[job_id] -= 1
            if self._work[job_id] <= 0:
                jobs[job_id] = self._end_job(product, policy_id, jobs[job_id])
        return jobs[job_id]

    async def bulk_jobs(self, product: Product, policy_id: str) -> tuple[BulkJob, ...]:
        self._read("bulk_jobs")
        return tuple(self.jobs.get(policy_id, {}).values())

    async def delete_policy(self, product: Product, policy_id: str) -> str:
        def change() -> str:
            if self._find(policy_id).status is not PolicyStatus.INACTIVE:
                raise Rejected("The policy is not paused.", "PolicyActionNotAllowed")
            del self.held[policy_id], self.contents[policy_id]
            return "req-delete"

        return self._write(f"delete {policy_id}", "delete_policy", change)

    async def activate(self, product: Product, policy_id: str) -> str:
        return self._power("activate", policy_id, (PolicyStatus.INACTIVE,))

    async def pause(self, product: Product, policy_id: str) -> str:
        on = (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)
        return self._power("pause", policy_id, on)

    # --- within ---

    def _end_job(self, product: Product, policy_id: str, job: BulkJob) -> BulkJob:
        """What is unknown is reported; what another policy holds is passed over without a word, as the service does."""
        failures = []
        for ref in self._job_units[job.id]:
            if ref.key in self.refusals:
                failures.append(ItemRefusal(ref.key, *self.refusals[ref.key]))
            elif not any(u.key == ref.key for units in self.contents.values() for u in units):
                unit = self._unit(product, ref.key, UnitStatus.PROTECT_REQUESTED)
                self.contents[policy_id].append(unit)
        status = BulkStatus.COMPLETED_WITH_ERRORS if failures else BulkStatus.COMPLETED
        return replace(job, status=status, failures=tuple(failures))

    def _power(self, call: str, policy_id: str, allowed: tuple[PolicyStatus, ...]) -> str:
        def change() -> str:
            policy = self._find(policy_id)
            if policy.status not in allowed:
                raise Rejected("The policy is not in a state for this.", "PolicyActionNotAllowed")
            self.held[policy_id] = replace(policy, status=PolicyStatus.UPDATING, retention=call)
            self._work[policy_id] = self.updating_looks
            return f"req-{call}"

        return self._write(f"{call} {policy_id}", call, change)

    def _finish(self, policy_id: str) -> None:
        policy = self.held[policy_id]
        if policy.retention == "pause":
            self.held[policy_id] = replace(policy, status=PolicyStatus.INACTIVE, retention="")
            return
        units = [
            replace(u, status=UnitStatus.UNPROTECTED, error_code=self.broken_units[u.key])
            if u.key in self.broken_units
            else replace(u, status=UnitStatus.PROTECTED)
            for u in self.contents[policy_id]
        ]
        failed = sum(bool(u.error_code) for u in units)
        self.contents[policy_id] = units
        status = PolicyStatus.ACTIVE_WITH_ERRORS if failed else PolicyStatus.ACTIVE
        counts = Counts(len(units), len(units) - failed, 0, failed)
        self.held[policy_id] = replace(policy, status=status, counts=counts, retention="")

    def _unit(self, product: Product, key: str, status: UnitStatus) -> ProtectionUnit:
        return ProtectionUnit(
            product, f"unit-{key}", key, key.title(), f"{key}@example.com", status
        )

    def _find(self, policy_id: str) -> Policy:
        if policy_id not in self.held:
            raise NotFound("The policy does not exist.", "PolicyNotFound")
        return self.held[policy_id]

    def _read(self, call: str) -> None:
        self.reads.append(call)
        if fault := self._due(call):
            raise fault.error

    def _write(self, words: str, call: str, change: Callable[[], T]) -> T:
        self.sent.append(words)
        self.sent_at.append(self.clock.now())
        fault = self._due(call)
        if fault and not fault.committed:
            raise fault.error
        answer = change()
        self.writes.append(words)
        if fault:
            raise fault.error
        return answer

    def _due(self, call: str) -> Fault | None:
        for fault in self.faults:
            if fault.call != call or fault.times <= 0:
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            return fault
        return None


@dataclass
class FakeDirectory(FakeNamedGroups):
    """Knows `known`; addresses and keys are compared without case."""

    known: tuple[Candidate, ...] = ()
    error: CloudError | None = field(default=None, kw_only=True)
    asked: list[int] = field(default_factory=list)
    in_groups: dict[GroupRef, tuple[MemberPage, ...]] = field(default_factory=dict, kw_only=True)
    nested: int = 0  # groups in each group
    ended_sessions: int = 0
    named_people: dict[str, Author] = field(default_factory=dict)
    asked_people: list[tuple[str, ...]] = field(default_factory=list)

    def beside(self, backup: Backup) -> FakeDirectory:
        return self

    async def tenant_name(self) -> str:
        return "Example"

    async def end_my_sessions(self) -> None:
        self.ended_sessions += 1

    async def active_roles(self) -> tuple[()]:
        return ()

    async def eligible_roles(self) -> tuple[()]:
        return ()

    async def candidates(self, product: Product) -> AsyncIterator[tuple[Candidate, ...]]:
        yield tuple(c for c in self.known if c.product is product)

    async def resolve(
        self, product: Product, addresses: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
        if self.error:
            raise self.error
        self.asked.append(len(addresses))
        mine = [c for c in self.known if c.product is product]
        found: list[Candidate] = []
        missing: list[str] = []
        for address in addresses:
            wanted = address.casefold().rstrip("/")
            hit = next((c for c in mine if wanted in _names(c)), None)
            if hit is None:
                missing.append(address)
            else:
                found.append(hit)
        once = {c.key: c for c in found}  # as the real one: each once, in the order asked
        return tuple(once.values()), tuple(missing)

    async def search(self, product: Product, words: str) -> tuple[Candidate, ...]:
        if self.error:
            raise self.error
        wanted = words.casefold().split()
        return tuple(
            c
            for c in self.known
            if c.product is product and all(w in c.name.casefold() for w in wanted)
        )

    async def groups(self, words: str) -> tuple[GroupRef, ...]:
        if self.error:
            raise self.error
        wanted = words.casefold().split()
        return tuple(g for g in self.in_groups if all(w in g.name.casefold() for w in wanted))

    async def group_size(self, group_id: str) -> GroupSize:
        pages = self._pages_of(group_id)
        return GroupSize(sum(len(p.candidates) + len(p.left_out) for p in pages), self.nested)

    async def members(self, product: Product, group_id: str) -> AsyncIterator[MemberPage]:
        for page in self._pages_of(group_id):
            mine = tuple(c for c in page.candidates if c.product is product)
            yield MemberPage(mine, page.left_out)

    def _pages_of(self, group_id: str) -> tuple[MemberPage, ...]:
        if self.error:
            raise self.error
        for group, pages in self.in_groups.items():
            if group.id == group_id:
                return pages
        raise NotFound("The group does not exist any more.")


def _names(candidate: Candidate) -> set[str]:
    alias = candidate.kind.removeprefix("alias ") if candidate.kind.startswith("alias ") else ""
    return {n.casefold().rstrip("/") for n in (candidate.address, candidate.key, alias) if n}


def candidate(product: Product, key: str, **more: Any) -> Candidate:
    return Candidate(product, key, key.title(), f"{key}@example.com", **more)


def make_tools(
    runs: Runs,
    backup: FakeBackup | None = None,
    directory: FakeDirectory | None = None,
    clock: FakeClock | None = None,
) -> Tools:
    """Tools whose sign-in and Azure are not there: a use case that asks for them fails the test."""
    backup = backup or FakeBackup()
    return Tools(
        clock=clock or backup.clock,
        identity=cast(Identity, None),
        directory=directory or FakeDirectory(),
        azure=cast(Azure, None),
        backup=backup,
        runs=runs,
    )


def file_runs(folder: Path, holder: str = "test") -> FileRuns:
    """Run ids count up, so that the newest run is the last one although the fake clock stands still."""
    numbers = iter(range(1, 9999))
    return FileRuns(folder, holder, token=lambda: f"{next(numbers):04x}")


def onboarding(backup: FakeBackup, mailboxes: int = 3) -> Plan:
    """Three new policies with a few units each, all activated."""
    drafts = [
        Draft(
            product,
            f"All {product.label}",
            add=tuple(candidate(product, f"{product.unit}{n}", size=10) for n in range(count)),
            power=Power.ACTIVATE,
        )
        for product, count in (
            (Product.ONEDRIVE, 3),
            (Product.SHAREPOINT, 3),
            (Product.EXCHANGE, mailboxes),
        )
    ]
    return plan_of(drafts, backup)


def plan_of(drafts: Sequence[Draft], backup: FakeBackup) -> Plan:
    return make_plan(
        drafts,
        tuple(backup.held.values()),
        tenant_id=TENANT,
        tenant_name="Example",
        made_at=START,
    )


def lost(committed: bool, call: str, times: int = 1, after: int = 0) -> Fault:
    """A 504: the answer never came; with `committed` the change was made all the same."""
    return Fault(call, OutcomeUnknown("No answer came.", "504"), times, committed, after)
