"""Drift: every kind of difference, whether `apply` mends it, since when and by whom; in text, in JSON, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.drift import Difference, Drift, Kind
from m365backup_tui.domain.groups import GroupKind, GroupRef, MemberPage
from m365backup_tui.domain.notifications import NotificationChange, Notifications, RecipientRole
from m365backup_tui.domain.policies import Counts, PolicyStatus
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus, RuleWish
from m365backup_tui.domain.units import UnitStatus
from m365backup_tui.headless.drift import LISTED, as_data, as_text, left_alone, told_as_data
from m365backup_tui.work import drift as work
from m365backup_tui.work import policy_file
from m365backup_tui.work.planning import plan_for
from m365backup_tui.work.read_once import once
from tests.unit.fakes import (
    ACCOUNT,
    FakeBackup,
    FakeDirectory,
    candidate,
    file_runs,
    make_tools,
)

MAIL, SITE = Product.EXCHANGE, Product.SHAREPOINT
WHEN = datetime(2026, 11, 3, 9, 15, tzinfo=UTC)
ID = "7b0c2f1e-0d5a-4d53-9d0b-1a2b3c4d5e6f"
ADA = Author(ID, "Ada", "ada@example.com")
SALES = GroupRef("aaaaaaaa-0000-4000-8000-0000000000aa", "Sales", "", GroupKind.SECURITY)
LEGAL = GroupRef("aaaaaaaa-0000-4000-8000-0000000000bb", "Legal", "", GroupKind.SECURITY)


@dataclass
class Scene:
    """A tenant in memory and a policy file beside it."""

    folder: Path
    backup: FakeBackup = field(default_factory=FakeBackup)
    directory: FakeDirectory = field(default_factory=FakeDirectory)

    def people(self, *keys: str, product: Product = MAIL) -> None:
        self.directory.known += tuple(candidate(product, key) for key in keys)

    def units(self, policy_id: str, **more: object) -> None:
        """What all units of a policy have."""
        there = self.backup.contents[policy_id]
        self.backup.contents[policy_id] = [replace(u, **more) for u in there]  # type: ignore[arg-type]

    def policy(self, policy_id: str, **more: object) -> None:
        self.backup.held[policy_id] = replace(self.backup.held[policy_id], **more)  # type: ignore[arg-type]

    async def drift(
        self, text: str, notifications: NotificationChange | None = None, *, full: bool = True
    ) -> Drift:
        file = parse(f"version: 1\npolicies:\n{text}".encode(), "f.yaml")
        assert isinstance(file, PolicyFile), file
        tools = make_tools(file_runs(self.folder), self.backup, self.directory)
        there = await tools.backup.policies()
        found, wished, now = await policy_file.compared(tools, file, there, thorough=full)
        if full:
            return await work.in_full(tools, found, wished, now, notifications)
        return await work.at_a_glance(found, wished, now, notifications)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def mail(name: str = "Finance", *more: str, **words: str) -> str:
    lines = [f"  exchange:\n    - name: {name}\n"]
    lines += [f"      {key}: {value}\n" for key, value in words.items()]
    return "".join(lines) + "".join(f"      {line}\n" for line in more)


def of(drift: Drift) -> Difference:
    (one,) = drift.differences
    return one


def read(drift: Drift) -> str:
    """The report without its line ends."""
    return " ".join(" ".join(as_text(drift, "f")).split())


# --- nothing ------------------------------------------------------------------------------------------------


async def test_a_tenant_that_is_as_the_file_says(scene: Scene) -> None:
    scene.people("ada", "kai")
    scene.backup.have(MAIL, "Finance", ["ada", "kai"])
    drift = await scene.drift(mail(mailboxes="[ada@example.com, kai@example.com]"))
    assert drift.differences == ()
    assert as_text(drift, "f.yaml") == ["No difference: the tenant is as f.yaml says."]
    assert as_data(drift) == []
    assert left_alone(drift) == ""


# --- units --------------------------------------------------------------------------------------------------


async def test_a_unit_that_only_the_tenant_has(scene: Scene) -> None:
    scene.people("ada", "kai")
    policy = scene.backup.have(MAIL, "Finance", ["ada", "kai"])
    scene.units(policy.id, since=WHEN, by=ADA)
    drift = await scene.drift(mail(mailboxes="[ada@example.com]"))
    one = of(drift)
    assert (one.kind, one.what, one.mended) == (Kind.UNIT_EXTRA, "kai@example.com", False)
    assert as_data(drift) == [
        {
            "service": "exchange",
            "policy": "Finance",
            "kind": "unit-not-in-file",
            "what": "kai@example.com",
            "in_file": "not named",
            "in_tenant": "protected",
            "since": "2026-11-03T09:15:00Z",
            "by": "Ada (ada@example.com)",
            "mended_by_apply": False,
        }
    ]
    text = "\n".join(as_text(drift, "f.yaml"))
    assert "1 difference between f.yaml and the tenant: `apply` mends none of them." in text
    assert "- kai@example.com, on 2026-11-03 09:15 UTC, by Ada (ada@example.com)" in text


@pytest.mark.parametrize(
    "line", ["exact: true", "remove: [kai@example.com]"], ids=["exact", "remove"]
)
async def test_apply_mends_it_where_the_file_says_so(scene: Scene, line: str) -> None:
    scene.people("ada", "kai")
    scene.backup.have(MAIL, "Finance", ["ada", "kai"])
    one = of(await scene.drift(mail("Finance", line, mailboxes="[ada@example.com]")))
    assert (one.kind, one.what, one.mended) == (Kind.UNIT_EXTRA, "kai@example.com", True)


async def test_a_unit_that_only_the_file_has(scene: Scene) -> None:
    scene.people("ada", "kai")
    scene.backup.have(MAIL, "Finance", ["ada"])
    one = of(await scene.drift(mail(mailboxes="[ada@example.com, kai@example.com]")))
    assert (one.kind, one.what, one.mended) == (Kind.UNIT_MISSING, "kai@example.com", True)
    assert (one.since, one.by) == (None, NOBODY)


async def test_a_unit_in_another_policy_is_told_once_and_where(scene: Scene) -> None:
    scene.people("ada", "kai")
    scene.backup.have(MAIL, "Finance", ["ada"])
    other = scene.backup.have(MAIL, "Sales", ["kai"])
    scene.units(other.id, since=WHEN, by=ADA)
    text = mail(mailboxes="[ada@example.com, kai@example.com]")
    stays = await scene.drift(text + "    - name: Sales\n")
    one = of(stays)
    assert (one.kind, one.policy, one.in_tenant) == (Kind.UNIT_ELSEWHERE, "Finance", "in “Sales”")
    assert (one.since, one.by, one.mended) == (WHEN, ADA, False)
    moves = await scene.drift(text + "    - name: Sales\n      remove: [kai@example.com]\n")
    assert of(moves) == replace(one, mended=True)


async def test_an_address_that_is_gone_is_a_difference_and_stops_apply(scene: Scene) -> None:
    scene.people("ada", "kai")
    scene.backup.have(MAIL, "Finance", ["ada"])
    drift = await scene.drift(
        mail(mailboxes="[ada@example.com, gone@example.com, kai@example.com]")
    )
    kinds = {one.what: (one.kind, one.mended) for one in drift.differences}
    assert kinds == {
        "gone@example.com": (Kind.UNKNOWN_ADDRESS, False),
        "kai@example.com": (Kind.UNIT_MISSING, False),
    }


async def test_a_refused_file_is_not_told_to_write_what_it_has_written(scene: Scene) -> None:
    scene.backup.have(MAIL, "Mail", ["ann", "bob"])
    scene.people("ann", "bob")
    text = "  exchange: [{name: Mail, exact: true, mailboxes: [ann@example.com, bop@example.com]}]"
    drift = await scene.drift(text)
    (extra,) = [d for d in drift.differences if d.kind is Kind.UNIT_EXTRA]
    assert (extra.what, extra.in_file, extra.mended) == (
        "bob@example.com",
        "to be taken out",
        False,
    )
    words = " ".join(" ".join(as_text(drift, "f.yaml")).split())
    assert "does not take out what is listed while the file has problems: - bob@" in words
    assert "exact: true" not in words


async def test_what_a_dynamic_rule_holds_is_the_rules_business(scene: Scene) -> None:
    scene.people("ada", "kai")
    policy = scene.backup.have(MAIL, "Finance", ["ada", "kai"])
    scene.units(policy.id, by_rule=True)
    drift = await scene.drift(mail(mailboxes="[ada@example.com]"))
    assert drift.differences == ()


async def test_what_is_being_removed_has_left(scene: Scene) -> None:
    scene.people("ada", "kai")
    policy = scene.backup.have(MAIL, "Finance", ["ada", "kai"])
    scene.units(policy.id, status=UnitStatus.REMOVE_REQUESTED)
    one = of(await scene.drift(mail(mailboxes="[ada@example.com]")))
    assert (one.kind, one.what, one.in_tenant) == (
        Kind.UNIT_MISSING,
        "ada@example.com",
        "being removed",
    )
    assert "ada@example.com: being removed" in "\n".join(as_text(Drift((one,)), "f"))


async def test_failed_units_are_told_and_no_difference(scene: Scene) -> None:
    scene.people("ada", "kai")
    policy = scene.backup.have(MAIL, "Finance", ["ada", "kai"], PolicyStatus.ACTIVE_WITH_ERRORS)
    there = scene.backup.contents[policy.id]
    there[1] = replace(there[1], status=UnitStatus.UNPROTECTED, error_code="MailboxNotFound")
    drift = await scene.drift(mail(mailboxes="[ada@example.com, kai@example.com]"))
    assert drift.differences == ()
    assert as_text(drift, "f")[-1] == "  Exchange “Finance”: 1 of 2 mailboxes: 1 not protected."
    assert told_as_data(drift) == [
        {
            "service": "exchange",
            "policy": "Finance",
            "units": 1,
            "of": 2,
            "what": "1 not protected",
        }
    ]


async def test_units_of_a_paused_policy_rest_as_its_state_says(scene: Scene) -> None:
    scene.people("ada")
    policy = scene.backup.have(MAIL, "Finance", ["ada"], PolicyStatus.INACTIVE)
    scene.units(policy.id, status=UnitStatus.UNPROTECTED)
    drift = await scene.drift(mail(mailboxes="[ada@example.com]", state="paused"))
    assert (drift.differences, drift.told) == ((), ())


# --- policies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "in_tenant"),
    [
        (PolicyStatus.INACTIVE, "active", "paused"),
        (PolicyStatus.ACTIVE, "paused", "active"),
        (PolicyStatus.ACTIVE_WITH_ERRORS, "paused", "active, with errors"),
    ],
)
async def test_paused_and_active(
    scene: Scene, status: PolicyStatus, state: str, in_tenant: str
) -> None:
    scene.people("ada")
    policy = scene.backup.have(MAIL, "Finance", ["ada"], status)
    scene.policy(policy.id, changed=WHEN, changed_by=ADA)
    drift = await scene.drift(mail(mailboxes="[ada@example.com]", state=state))
    one = of(drift)
    assert (one.kind, one.in_file, one.in_tenant) == (Kind.STATE, state, in_tenant)
    assert (one.since, one.by, one.mended) == (WHEN, ADA, True)
    text = read(drift)
    assert "changed last on 2026-11-03 09:15 UTC, by Ada (ada@example.com)." in text
    assert f"`apply` makes it {state}." in text


async def test_a_policy_that_only_the_file_has(scene: Scene) -> None:
    scene.people("ada")
    drift = await scene.drift(mail(mailboxes="[ada@example.com]"))
    one = of(drift)
    assert (one.kind, one.in_file, one.mended) == (Kind.POLICY_MISSING, "1 mailbox", True)


async def test_policies_that_the_file_does_not_name_whatever_their_service(scene: Scene) -> None:
    scene.people("ada")
    scene.backup.have(MAIL, "Finance", ["ada"])
    site = scene.backup.have(SITE, "Old projects", ["s1"])
    scene.policy(site.id, created="2026-10-01T08:00:00Z", created_by=ADA, counts=Counts(7, 7, 0, 0))
    drift = await scene.drift(mail(mailboxes="[ada@example.com]"))
    one = of(drift)
    assert (one.kind, one.product, one.policy) == (Kind.POLICY_EXTRA, SITE, "Old projects")
    assert (one.in_tenant, one.mended) == ("active, 7 sites", False)
    assert (one.since, one.by) == (datetime(2026, 10, 1, 8, tzinfo=UTC), ADA)
    assert "1 more difference" in left_alone(drift)


async def test_a_name_in_another_case(scene: Scene) -> None:
    scene.people("ada")
    scene.backup.have(MAIL, "FINANCE", ["ada"])
    one = of(await scene.drift(mail(mailboxes="[ada@example.com]")))
    assert (one.kind, one.in_file, one.in_tenant) == (Kind.NAME, "Finance", "FINANCE")
    assert not one.mended


# --- rules --------------------------------------------------------------------------------------------------


def tenant_rule(group: GroupRef, *, dynamic: bool) -> Rule:
    wish = RuleWish(MAIL, dynamic, (group,))
    return Rule(
        MAIL, f"rule-{group.name}", wish.expression, dynamic, RuleStatus.COMPLETED,
        modified=WHEN, by=ADA,
    )  # fmt: skip


@pytest.mark.parametrize("end", [False, True])
async def test_rules_that_only_one_side_has(scene: Scene, end: bool) -> None:
    scene.people("ada")
    scene.directory.in_groups = {SALES: (), LEGAL: ()}
    policy = scene.backup.have(MAIL, "Finance", ["ada"])
    scene.backup.ruled[policy.id] = [tenant_rule(SALES, dynamic=False)]
    ends = ["end_rules: [{groups: [Sales]}]"] if end else []
    drift = await scene.drift(
        mail("Finance", "rules: [{groups: [Legal]}]", *ends, mailboxes="[ada@example.com]")
    )
    missing, extra = drift.differences
    assert (missing.kind, missing.what) == (
        Kind.RULE_MISSING,
        "members of Legal, looked up once",
    )
    assert missing.mended
    assert (extra.kind, extra.what) == (Kind.RULE_EXTRA, "members of Sales, looked up once")
    assert (extra.since, extra.by, extra.mended) == (WHEN, ADA, end)
    assert SALES.id not in str(as_data(drift)) + str(as_text(drift, "f"))


async def test_what_a_rule_of_the_file_brought_once_is_explained(scene: Scene) -> None:
    scene.people("ada", "kai", "eve")
    member = MemberPage((candidate(MAIL, "kai"),), ())
    scene.directory.in_groups = {SALES: (member,)}
    policy = scene.backup.have(MAIL, "Finance", ["ada", "kai", "eve"])
    scene.backup.ruled[policy.id] = [tenant_rule(SALES, dynamic=False)]
    text = mail("Finance", "rules: [{groups: [Sales]}]", mailboxes="[ada@example.com]")
    one = of(await scene.drift(text))
    assert (one.kind, one.what) == (Kind.UNIT_EXTRA, "eve@example.com")
    glance = await scene.drift(text, full=False)
    assert glance.differences == ()  # a lower bound: it did not look into the group


async def test_sites_that_words_of_the_file_brought_are_explained(scene: Scene) -> None:
    scene.people("s1", "s2", product=SITE)
    scene.backup.have(SITE, "Projects", ["s1", "s2"])
    drift = await scene.drift(
        "  sharepoint:\n    - name: Projects\n      rules: [{address_has: [s10, s1@exa]}]\n"
    )
    kinds = [(one.kind, one.what) for one in drift.differences]
    assert (Kind.UNIT_EXTRA, "s2@example.com") in kinds
    assert (Kind.UNIT_EXTRA, "s1@example.com") not in kinds


# --- the tenant ---------------------------------------------------------------------------------------------


async def test_notifications(scene: Scene) -> None:
    scene.people("ada")
    scene.backup.have(MAIL, "Finance", ["ada"])
    off = Notifications(False, False, RecipientRole.NONE)
    on = Notifications(True, True, RecipientRole.GLOBAL_ADMINS)
    drift = await scene.drift(mail(mailboxes="[ada@example.com]"), NotificationChange(off, on))
    (data,) = as_data(drift)
    assert data["service"] == "tenant"
    assert (data["kind"], data["in_tenant"]) == ("notifications", "off")
    assert as_text(drift, "f")[2] == "E-mail notifications of the tenant"


# --- who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "known", "words"),
    [
        (Author(ID), {ID: ADA}, "Ada (ada@example.com)"),
        (Author(ID), {}, "somebody (id not readable)"),
        (ADA, {}, "Ada (ada@example.com)"),
        (NOBODY, {}, None),
    ],
)
async def test_an_id_alone_gets_its_name_by_one_read(
    scene: Scene, by: Author, known: Mapping[str, Author], words: str | None
) -> None:
    scene.people("ada", "kai", "eve")
    policy = scene.backup.have(MAIL, "Finance", ["ada", "kai", "eve"])
    scene.units(policy.id, since=WHEN, by=by)
    scene.policy(policy.id, changed=WHEN, changed_by=by)
    scene.directory.named_people = dict(known)
    drift = await scene.drift(mail(mailboxes="[ada@example.com]"))
    assert [one["by"] for one in as_data(drift)] == [words, words]
    text = read(drift)
    assert ID not in text
    assert (words or "the service does not say by whom") in text
    assert scene.directory.asked_people == ([(ID,)] if by == Author(ID) else [])


# --- the report ---------------------------------------------------------------------------------------------


async def test_long_lists_are_shortened_with_counts_and_nothing_is_wider_than_80(
    scene: Scene,
) -> None:
    keys = [f"somebody.with.a.long.name.{n:03}" for n in range(300)]
    scene.people("ada", *keys)
    policy = scene.backup.have(MAIL, "Finance", ["ada", *keys])
    scene.units(policy.id, since=WHEN, by=ADA)
    drift = await scene.drift(mail(mailboxes="[ada@example.com]"))
    lines = as_text(drift, "f.yaml")
    assert f"    - and {300 - LISTED} more; --json lists all" in lines
    assert max(map(len, lines)) < 80
    assert len(lines) < 4 * LISTED
    assert len(as_data(drift)) == 300


async def test_the_report_does_not_depend_on_the_order_of_the_services_answers(
    scene: Scene,
) -> None:
    scene.people("ada", "kai", "eve", "bob")
    scene.backup.have(MAIL, "Sales", ["kai"])
    policy = scene.backup.have(MAIL, "Finance", ["ada", "eve", "bob"])
    scene.units(policy.id, since=WHEN)
    text = mail(mailboxes="[ada@example.com]")
    first = await scene.drift(text)
    scene.backup.contents[policy.id].reverse()
    scene.backup.held = dict(reversed(scene.backup.held.items()))
    again = await scene.drift(text)
    assert as_data(again) == as_data(first)
    assert as_text(again, "f") == as_text(first, "f")


async def test_a_check_with_changes_reads_each_list_once(scene: Scene, tmp_path: Path) -> None:
    """Drafts, differences and the plan rest on one reading: what a plain look at the same tenant takes."""
    scene.people("ada", "kai", "eve")
    policy = scene.backup.have(MAIL, "Finance", ["ada", "kai"])
    scene.backup.ruled[policy.id] = []
    text = mail("Finance", "exact: true", mailboxes="[ada@example.com, eve@example.com]")
    file = parse(f"version: 1\npolicies:\n{text}".encode(), "f.yaml")
    assert isinstance(file, PolicyFile)
    tools = once(make_tools(file_runs(tmp_path), scene.backup, scene.directory))
    found, wished, now = await policy_file.compared(
        tools, file, await tools.backup.policies(), thorough=True
    )
    drift = await work.in_full(tools, found, wished, now)
    plan = await plan_for(tools, found.drafts, ACCOUNT.tenant_id, "Example")
    assert (len(drift.differences), plan.requests) == (2, 1)
    assert sorted(scene.backup.reads) == ["policies", "protected", "rules"]
