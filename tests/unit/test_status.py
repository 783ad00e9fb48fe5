"""How backup stands, on fakes: who counted what, what could not be read, who is asked for restore points."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m365backup_tui.domain.author import Author
from m365backup_tui.domain.azure import (
    BillingKind,
    BillingResource,
    Subscription,
    SubscriptionState,
)
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    Forbidden,
    NotFound,
    NotSignedIn,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.roles import HeldRole, How
from m365backup_tui.domain.service import BackupService, Consumer, Probe
from m365backup_tui.domain.status import (
    BillingReport,
    CountedBy,
    PolicyReport,
    StatusReport,
    UnitCount,
    count,
    few_enough,
    left_out,
)
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.headless.status_document import as_data
from m365backup_tui.headless.status_text import as_text
from m365backup_tui.ports import Azure, Tools
from m365backup_tui.work import status as use
from tests.documents import problems
from tests.unit.fakes import ACCOUNT, FakeBackup, FakeDirectory, Fault, file_runs, make_tools

MAIL, DRIVES, SITES = Product.EXCHANGE, Product.ONEDRIVE, Product.SHAREPOINT
AT = datetime(2026, 11, 21, 10, 20, tzinfo=UTC)
EXCHANGE_ADMIN = HeldRole(
    "29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", How.DIRECT
)
SHAREPOINT_LATER = HeldRole(
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", How.ELIGIBLE
)


@dataclass
class FakeAzure:
    """Subscriptions with their billing resources; an error in the place of either."""

    held: dict[str, tuple[BillingResource, ...] | CloudError] = field(default_factory=dict)
    error: CloudError | None = None

    async def subscriptions(self) -> tuple[Subscription, ...]:
        if self.error:
            raise self.error
        return tuple(
            Subscription(name, name.title(), ACCOUNT.tenant_id, SubscriptionState.ENABLED)
            for name in self.held
        )

    async def billing_resources(self, subscription_id: str) -> tuple[BillingResource, ...]:
        found = self.held[subscription_id]
        if isinstance(found, CloudError):
            raise found
        return found


@dataclass
class FakePoints:
    """Every unit has the point `at`; `asked`: the units of each question."""

    at: datetime | None = AT
    error: CloudError | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def latest(self, unit_ids: Sequence[str]) -> datetime | None:
        self.asked.append(tuple(unit_ids))
        if self.error:
            raise self.error
        return self.at


@dataclass
class Probed(FakeBackup):
    says: BackupService = field(default_factory=lambda: BackupService(Probe.ANSWERS, "enabled"))

    async def probe(self) -> BackupService:
        return self.says


@dataclass
class Directory(FakeDirectory):
    roles: tuple[HeldRole, ...] | CloudError = ()

    async def active_roles(self) -> tuple[HeldRole, ...]:  # type: ignore[override]
        if isinstance(self.roles, CloudError):
            raise self.roles
        return self.roles


RESOURCE = BillingResource(BillingKind.ACCOUNT, "Syntex", "one", "rg", "westeurope", "Succeeded")


@dataclass
class Scene:
    tools: Tools
    backup: Probed
    directory: Directory
    azure: FakeAzure
    points: FakePoints


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    backup, directory, azure = Probed(), Directory(), FakeAzure({"one": (RESOURCE,)})
    points = FakePoints()
    tools = make_tools(file_runs(tmp_path), backup, directory)
    tools = replace(tools, azure=cast(Azure, azure), restore_points=points)
    return Scene(tools, backup, directory, azure, points)


def units(*statuses: UnitStatus, wrong: str = "") -> tuple[ProtectionUnit, ...]:
    return tuple(
        ProtectionUnit(MAIL, f"u{n}", f"k{n}", "", "", status, error_code=wrong)
        for n, status in enumerate(statuses)
    )


def fitting(report: StatusReport) -> str:
    """The text, after the document was held against its schema."""
    document = json.loads(json.dumps(as_data(report, ACCOUNT)))
    assert list(problems("status", document)) == []
    lines = as_text(report, ACCOUNT)
    assert all(len(line) <= 80 for line in lines), lines
    return "\n".join(lines)


# --- counting ----------------------------------------------------------------------------------------------------


def test_the_services_figures_come_first_and_units_add_their_statuses() -> None:
    policy = Policy(MAIL, "p", "All", PolicyStatus.ACTIVE, Counts(5, 3, 1, 1))
    every = tuple(UnitStatus)
    found = count(policy, units(*every))
    assert (found.counted_by, found.total, found.protected) == (CountedBy.SERVICE, 5, 3)
    assert found.by_status == dict.fromkeys(every, 1)
    alone = count(policy, None)
    assert (alone.total, alone.by_status, alone.with_error) == (5, None, None)


def test_without_figures_of_the_service_the_units_are_counted_and_unknown_is_never_done() -> None:
    policy = Policy(MAIL, "p", "All", PolicyStatus.ACTIVE)
    some = (UnitStatus.PROTECTED, UnitStatus.PROTECT_REQUESTED, UnitStatus.REMOVE_REQUESTED)
    broken = units(UnitStatus.UNPROTECTED, wrong="MailboxNotFound")
    found = count(policy, (*units(*some, UnitStatus.UNKNOWN, UnitStatus.UNPROTECTED), *broken))
    assert (found.counted_by, found.total, found.protected) == (CountedBy.UNITS, 6, 1)
    assert (found.in_progress, found.failed, found.with_error) == (2, 1, 1)
    assert count(policy, None).counted_by is CountedBy.NOBODY


def test_units_are_read_of_the_smallest_policies_first_until_it_would_be_too_many() -> None:
    sizes = {"a": 3_000, "b": 2_000, "c": 1, "d": 90_000}
    policies = [
        Policy(MAIL, name, name, PolicyStatus.ACTIVE, Counts(total=size))
        for name, size in sizes.items()
    ]
    assert few_enough(policies) == {"c", "b"}
    assert few_enough([*policies, Policy(MAIL, "e", "e", PolicyStatus.ACTIVE)]) == {"c", "b", "e"}
    assert few_enough(policies, None) == set(sizes)
    assert few_enough(policies[:2]) == {"a", "b"}


def test_a_service_that_no_role_manages_is_named_unless_a_policy_of_it_is_shown() -> None:
    found = left_out({MAIL}, (EXCHANGE_ADMIN, SHAREPOINT_LATER))
    assert set(found) == {DRIVES, SITES}
    assert "eligible" in found[SITES]
    assert left_out(set(), None) == {}
    assert set(left_out(set(), ())) == {MAIL, DRIVES, SITES}


REPORTS = st.builds(
    StatusReport,
    service=st.builds(BackupService),
    billing=st.builds(BillingReport, resources=st.tuples(st.builds(BillingResource))),
    policies=st.lists(
        st.builds(
            PolicyReport,
            policy=st.builds(
                Policy,
                created=st.just("") | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
                changed=st.none() | st.datetimes(timezones=st.just(UTC)),
            ),
            units=st.builds(
                UnitCount,
                *(st.just(CountedBy.SERVICE), *[st.integers(0, 10**6)] * 4),
                by_status=st.none() | st.dictionaries(st.sampled_from(UnitStatus), st.integers(0)),
            ),
            point=st.none() | st.datetimes(timezones=st.just(UTC)),
            asked=st.integers(0, 5),
        ),
        max_size=3,
    ).map(tuple),
    notes=st.lists(st.text()).map(tuple),
)


@settings(max_examples=50)
@given(REPORTS)
def test_whatever_the_service_says_the_document_fits_and_the_text_can_be_made(
    report: StatusReport,
) -> None:
    document = json.loads(json.dumps(as_data(report, ACCOUNT)))
    assert list(problems("status", document)) == []
    assert as_text(report, ACCOUNT)


# --- looking -----------------------------------------------------------------------------------------------------


async def test_everything_that_can_be_read_is_told_and_nothing_is_written(scene: Scene) -> None:
    policy = scene.backup.have(MAIL, "Zeta", [f"box{n}" for n in range(7)])
    scene.backup.held[policy.id] = replace(
        policy, changed=AT, changed_by=Author(id="someone"), retention="every week for 1 year"
    )
    scene.backup.have(DRIVES, "All", ["d1"])
    scene.directory.named_people["someone"] = Author(name="Ada", mail="ada@example.com")
    report = await use.look(scene.tools)
    assert scene.backup.sent == []
    assert report.told
    assert report.billing.seen is True
    assert [one.policy.name for one in report.policies] == ["Zeta", "All"]  # by service, then name
    mail = report.policies[0]
    assert (mail.point, mail.asked) == (AT, 5)
    assert {len(asked) for asked in scene.points.asked} == {5, 1}
    text = fitting(report)
    assert "by Ada (ada@example.com)" in text
    assert "2026-11-21 10:20 UTC (of 5 mailboxes asked)" in text
    assert "resource group rg" in text


async def test_one_refusal_of_restore_points_is_enough(scene: Scene) -> None:
    for name in "abc":
        scene.backup.have(MAIL, name, [name])
    scene.points.error = ConsentNeeded("No consent.")
    report = await use.look(scene.tools)
    assert report.told
    assert len(scene.points.asked) == 1
    assert {one.point_note for one in report.policies} == {"not readable with this sign-in"}
    fitting(report)


async def test_trouble_with_one_restore_point_is_no_refusal(scene: Scene) -> None:
    for name in "abc":
        scene.backup.have(MAIL, name, [name])
    scene.points.error = Throttled("Too many requests.")
    report = await use.look(scene.tools)
    assert len(scene.points.asked) == 3
    assert {one.point_note for one in report.policies} == {"could not be read: Too many requests."}


async def test_without_a_restore_point_yet_and_without_anything_protected(scene: Scene) -> None:
    scene.points.at = None
    scene.backup.have(MAIL, "new", ["a"])
    scene.backup.have(MAIL, "empty")
    report = await use.look(scene.tools)
    notes = {one.policy.name: one.point_note for one in report.policies}
    assert notes == {"new": "none yet", "empty": "none: nothing in it is protected now"}
    assert "mailboxes: 0 protected of 0" in fitting(report)


async def test_a_large_policy_is_counted_by_the_service_unless_all_units_are_asked_for(
    scene: Scene,
) -> None:
    policy = scene.backup.have(MAIL, "Large", ["a", "b"])
    scene.backup.held[policy.id] = replace(policy, counts=Counts(100_000, 99_000, 0, 1_000))
    (one,) = (await use.look(scene.tools)).policies
    assert (one.units.total, one.units.by_status) == (100_000, None)
    assert one.point_note == "not asked, because its units were not read"
    assert scene.points.asked == []
    report = await use.look(scene.tools, every_unit=True)
    assert report.policies[0].units.by_status == {UnitStatus.PROTECTED: 2}
    assert "99,000 protected of 100,000, 1,000 failed (counted by the service)" in fitting(report)


@pytest.mark.parametrize(
    ("error", "note"),
    [(NotFound("Gone."), "deleted while it was read"), (Unreachable("No way."), "No way.")],
)
async def test_units_that_cannot_be_read_are_told(
    scene: Scene, error: CloudError, note: str
) -> None:
    scene.backup.have(MAIL, "One", ["a"])
    scene.backup.have(DRIVES, "Two", ["b"])
    scene.backup.faults = [Fault("units", error)]
    report = await use.look(scene.tools)
    assert report.told
    assert any(note in said for said in report.notes)
    assert sorted(str(one.units.counted_by) for one in report.policies) == ["nobody", "units"]
    assert "not counted" in fitting(report)


# --- what is missing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "probe", [p for p in Probe if p not in (Probe.ANSWERS, Probe.LOCKED, Probe.NO_ROLE)]
)
async def test_a_service_that_lists_nothing_is_told_with_its_billing(
    scene: Scene, probe: Probe
) -> None:
    scene.backup.says = BackupService(
        probe, "disabled", Consumer.THIRD_PARTY, "invalidBillingProfile", AT, AT, "Off.", "r-1"
    )
    report = await use.look(scene.tools)
    assert not report.told
    assert "policies" not in scene.backup.reads
    text = fitting(report)
    assert "grace period until: 2026-11-21 10:20 UTC" in text
    assert "resource group rg" in text


async def test_a_person_with_one_service_gets_that_service(scene: Scene) -> None:
    scene.backup.says = BackupService(Probe.NO_ROLE, said="Refused.")
    scene.directory.roles = (EXCHANGE_ADMIN,)
    scene.backup.have(MAIL, "Mine", ["a"])
    report = await use.look(scene.tools)
    assert report.told
    assert set(report.left_out or {}) == {DRIVES, SITES}
    assert "OneDrive: no policy of it can be seen: none of your roles manages it" in fitting(report)


async def test_a_person_without_any_is_refused_and_the_rest_is_told(scene: Scene) -> None:
    scene.backup.says = BackupService(Probe.NO_ROLE)
    scene.directory.roles = Forbidden("Roles are closed.")
    scene.backup.faults = [Fault("policies", Forbidden("Policies are closed."))]
    report = await use.look(scene.tools)
    assert not report.told
    assert report.refused == Forbidden("Policies are closed.")
    assert "Roles are closed." in fitting(report)


@pytest.mark.parametrize(
    ("azure", "seen", "note"),
    [
        (FakeAzure(error=NotSignedIn("Azure needs a sign-in.")), None, "Azure needs a sign-in."),
        (FakeAzure(), None, "No Azure subscription is visible"),
        (FakeAzure({"one": ()}), False, ""),
        (FakeAzure({"one": Forbidden("Closed."), "two": ()}), None, "1 of your subscriptions"),
        (FakeAzure({"one": Forbidden("Closed."), "two": (RESOURCE,)}), True, "Closed."),
        (FakeAzure({"one": (replace(RESOURCE, provisioning="Failed"),)}), False, ""),
        (FakeAzure({f"s{n}": () for n in range(30)}), None, "5 more of your subscriptions"),
    ],
)
async def test_azure_is_told_as_far_as_it_may_be_read(
    scene: Scene, azure: FakeAzure, seen: bool | None, note: str
) -> None:
    report = await use.look(replace(scene.tools, azure=cast(Azure, azure)))
    assert report.told
    assert report.billing.seen is seen
    assert note in report.billing.why_not
    assert "Billing:" in fitting(report)


async def test_trouble_with_the_sign_in_is_raised(scene: Scene) -> None:
    scene.backup.faults = [Fault("policies", NotSignedIn("It expired."))]
    with pytest.raises(NotSignedIn):
        await use.look(scene.tools)
