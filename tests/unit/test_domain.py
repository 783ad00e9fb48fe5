"""Roles, Azure rights, names and the readiness report: plain values in, plain values out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from m365backup_tui.domain import azure, cost, policies, readiness, roles
from m365backup_tui.domain.azure import PermissionEntry, Subscription, SubscriptionState
from m365backup_tui.domain.limits import POLICY_NAME_MAX
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.roles import HeldRole, How, Verdict
from m365backup_tui.domain.service import BackupService, Probe

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ROLE = {r.name: r.template_id for r in roles.BACKUP_ROLES}

# Built-in roles as the permissions API prints them (azure.md 3.1).
OWNER = (PermissionEntry(("*",)),)
CONTRIBUTOR = (
    PermissionEntry(
        ("*",), ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write")
    ),
)
READER = (PermissionEntry(("*/read",)),)


def held(name: str, how: How = How.DIRECT, *, tenant_wide: bool = True) -> HeldRole:
    return HeldRole(ROLE[name], name, how, tenant_wide)


@pytest.mark.parametrize(
    ("name", "onedrive", "sharepoint", "exchange"),
    [
        ("Global Administrator", True, True, True),
        ("Microsoft 365 Backup Administrator", True, True, True),
        ("SharePoint Administrator", True, True, False),
        ("SharePoint Backup Administrator", True, True, False),
        ("Exchange Administrator", False, False, True),
        ("Exchange Backup Administrator", False, False, True),
    ],
)
def test_the_role_table_of_the_set_up_page(
    name: str, onedrive: bool, sharepoint: bool, exchange: bool
) -> None:
    mine = set(roles.manageable([held(name)]))
    assert mine == {
        p
        for p, yes in zip(
            (Product.ONEDRIVE, Product.SHAREPOINT, Product.EXCHANGE),
            (onedrive, sharepoint, exchange),
            strict=True,
        )
        if yes
    }


def test_an_eligible_role_counts_only_after_activation() -> None:
    seen = [held("Global Administrator", How.ELIGIBLE)]
    assert roles.manageable(seen) == ()
    assert roles.verdict(Product.EXCHANGE, seen) is Verdict.AFTER_ACTIVATION


def test_a_role_over_an_administrative_unit_does_not_count() -> None:
    assert roles.manageable([held("Exchange Administrator", tenant_wide=False)]) == ()


@pytest.mark.parametrize(("entries", "yes"), [(OWNER, True), (CONTRIBUTOR, True), (READER, False)])
def test_rights_are_judged_by_actions(entries: tuple[PermissionEntry, ...], yes: bool) -> None:
    mine = Subscription("s", "S", "t", SubscriptionState.ENABLED, entries)
    assert (azure.refusal(mine, "t") == "") is yes


def test_a_custom_role_without_the_star_is_refused_as_the_admin_center_does() -> None:
    entries = (PermissionEntry(azure.NEEDED_ACTIONS),)
    mine = Subscription("s", "S", "t", SubscriptionState.ENABLED, entries, access="Syntex operator")
    assert azure.missing_actions(mine) == ()
    assert azure.refusal(mine, "t") == "Syntex operator: billing needs Owner or Contributor."


def test_what_one_entry_takes_away_another_may_give() -> None:
    both = (PermissionEntry(("*",), ("Microsoft.Syntex/*",)), PermissionEntry((azure.REGISTER,)))
    assert azure.allows(both, "microsoft.syntex/register/action")
    assert not azure.allows(both[:1], azure.REGISTER)


def test_the_reason_for_a_greyed_subscription_names_the_way_out() -> None:
    base = Subscription("s", "S", "t", SubscriptionState.DISABLED, OWNER)
    assert "reactivate" in azure.refusal(base, "t")
    assert "another tenant" in azure.refusal(base, "other")
    eligible = Subscription("s", "S", "t", SubscriptionState.ENABLED, READER, eligible="Owner")
    assert "Privileged Identity Management" in azure.refusal(eligible, "t")


@pytest.mark.parametrize(
    ("name", "word"),
    [("", "1 to 90"), ("a b", "a space"), ("a/b", "“/”"), ("x" * 91, "91"), ("rg.", "period")],
)
def test_a_bad_group_name_is_told_in_words(name: str, word: str) -> None:
    problem = azure.group_name_problem(name)
    assert problem is not None
    assert word in problem


def test_a_group_that_exists_is_to_be_chosen_not_created() -> None:
    assert azure.group_name_problem("RG-Backup", ["rg-backup"]) is not None
    assert azure.group_name_problem("rg-m365backup (prod)".replace(" ", "_"), []) is None


@given(some.text(max_size=30))
def test_a_policy_name_is_fine_or_the_rule_is_told(name: str) -> None:
    problem = policies.name_problem(name, ["Mail"])
    text = name.strip()
    fine = 0 < len(text) <= POLICY_NAME_MAX and text.isprintable() and text.casefold() != "mail"
    assert (problem is None) is fine


def test_the_report_names_what_is_missing_and_who_can_grant_it() -> None:
    report = Readiness(
        "t",
        (held("SharePoint Administrator"), held("Exchange Administrator", How.ELIGIBLE)),
        (Subscription("s", "Sandbox", "t", SubscriptionState.ENABLED, READER, access="Reader"),),
        BackupService(Probe.OFF),
        NOW,
    )
    lacking = readiness.missing(report, pim_link="https://pim")
    assert [m.blocks for m in lacking] == ["Policies for Exchange", "Billing", "Turn on"]
    assert lacking[0].who == "you, in Privileged Identity Management"
    assert lacking[0].link == "https://pim"


@pytest.mark.parametrize("probe", list(Probe))
def test_every_answer_of_the_service_has_its_own_consequence(probe: Probe) -> None:
    report = Readiness(
        "t",
        (held("Global Administrator"),),
        (Subscription("s", "P", "t", SubscriptionState.ENABLED, OWNER),),
        BackupService(probe),
        NOW,
    )
    told = [m.what for m in readiness.missing(report)]
    assert bool(told) is (probe is not Probe.ANSWERS)
    assert report.service.on is (probe is Probe.ANSWERS)


def test_unknown_sizes_make_an_open_estimate_not_a_low_one() -> None:
    some_known = cost.estimate([10**12, None])
    assert some_known.words == "about 150.00 USD a month, plus 1 unit of unknown size"
    assert cost.estimate([None]).words == "size unknown, so the cost is unknown"


@given(some.integers(min_value=0, max_value=10**15))
def test_a_size_is_told_in_at_most_ten_characters(size: int) -> None:
    assert len(cost.size_words(size)) <= 10
