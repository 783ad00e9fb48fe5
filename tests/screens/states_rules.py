"""States by hand for inclusion rules: groups found, rules of a policy, counts of what one would take."""

from __future__ import annotations

from datetime import date, timedelta

from m365backup_tui.domain.groups import GroupKind, GroupRef, GroupSize
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_preview import GroupSizes, RulePreview
from m365backup_tui.domain.rules import (
    FoundGroups,
    PolicyRules,
    Rule,
    RuleStatus,
    RuleWish,
    SiteWish,
    SiteWord,
)
from m365backup_tui.state import Remote, State
from tests.screens import states_policies as s
from tests.screens.harness import NOW

FINANCE = GroupRef("0b5f3c52-0000-4000-8000-000000000001", "Finance", "", GroupKind.SECURITY)
LEGAL = GroupRef(
    "0b5f3c52-0000-4000-8000-000000000002",
    "Legal and Compliance",
    "legal@contoso.com",
    GroupKind.DISTRIBUTION,
)
PROJECT = GroupRef(
    "0b5f3c52-0000-4000-8000-000000000003",
    "Project Falcon",
    "falcon@contoso.com",
    GroupKind.MICROSOFT_365,
)
EMEA = GroupRef("0b5f3c52-0000-4000-8000-000000000004", "Finance EMEA", "", GroupKind.SECURITY)
NORDIC = GroupRef("0b5f3c52-0000-4000-8000-000000000005", "Nordic", "", GroupKind.SECURITY)
GROUPS = (EMEA, FINANCE, LEGAL, NORDIC, PROJECT)

ONCE = RuleWish(Product.ONEDRIVE, False, (FINANCE, LEGAL))
STEP = RuleWish(Product.ONEDRIVE, True, (FINANCE,))
SITES = RuleWish(
    Product.SHAREPOINT,
    False,
    sites=SiteWish(
        (SiteWord("finance"), SiteWord("legal", address=True)), False, date(2026, 1, 31)
    ),
)

IN_STEP = Rule(
    Product.ONEDRIVE,
    "r-1",
    RuleWish(Product.ONEDRIVE, True, (LEGAL,)).expression,
    True,
    RuleStatus.COMPLETED,
    groups=(LEGAL,),
)
RAN = Rule(
    Product.ONEDRIVE,
    "r-2",
    RuleWish(Product.ONEDRIVE, False, (NORDIC,)).expression,
    False,
    RuleStatus.COMPLETED_WITH_ERRORS,
    "invalidGroupId",
    "There is no group '0b5f3c52-0000-4000-8000-000000000005'.",
    groups=(NORDIC,),
)
BUSY = Rule(
    Product.ONEDRIVE,
    "r-3",
    RuleWish(Product.ONEDRIVE, False, (PROJECT,)).expression,
    False,
    RuleStatus.ACTIVE,
)
RULES = PolicyRules("p-1", (IN_STEP, RAN, BUSY))

COUNTED = RulePreview(
    STEP.key,
    complete=True,
    looked_at=247,
    matches=247,
    fresh=212,
    here=20,
    elsewhere=(("Field staff", 8), ("Leadership", 4)),
    skipped=3,
    left_out=5,
    size=310_000_000_000,
    unknown_sizes=12,
    groups=GroupSizes(((FINANCE.id, GroupSize(252, 0)),)),
)


def ruled(**changes: object) -> State:
    """The policy “Everyone” with three rules, and the groups that a first search gives."""
    given: dict[str, object] = {
        "rules": Remote(RULES, NOW),
        "rule_groups": Remote(FoundGroups("", GROUPS), NOW),
    }
    return s.detail(**{**given, **changes})


def fresh(**changes: object) -> State:
    """No policy yet; groups are there to be chosen."""
    given: dict[str, object] = {"rule_groups": Remote(FoundGroups("", GROUPS), NOW)}
    return s.policies(**{**given, **changes})


COUNTING: Remote[RulePreview] = Remote(
    None, since=NOW - timedelta(seconds=4), note="Looking who is in the groups"
)
