"""Graph's rules as values: every documented status, unknown ones, errors, dates with dashes."""

from __future__ import annotations

from typing import Any

import pytest

from m365backup_tui.cloud.rule_values import rule_from
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleStatus

RULE: dict[str, Any] = {
    "@odata.type": "#microsoft.graph.mailboxProtectionRule",
    "id": "r-1",
    "status": "completed",
    "isAutoApplyEnabled": True,
    "mailboxExpression": "(memberOf -any (group.id -in ['x']))",
    "lastModifiedDateTime": "2026-06-19T12-01-03.45Z",
}


@pytest.mark.parametrize("status", [s for s in RuleStatus if s is not RuleStatus.UNKNOWN])
def test_every_documented_status_is_known(status: RuleStatus) -> None:
    assert rule_from({**RULE, "status": status.value}, Product.EXCHANGE).status is status
    assert rule_from({**RULE, "status": status.upper()}, Product.EXCHANGE).status is status


@pytest.mark.parametrize("status", ["unknownFutureValue", "", None, 7])
def test_any_other_status_is_never_taken_for_done(status: object) -> None:
    rule = rule_from({**RULE, "status": status}, Product.EXCHANGE)
    assert rule.status is RuleStatus.UNKNOWN
    assert not rule.status.over


def test_only_true_is_dynamic_and_a_date_with_dashes_is_read() -> None:
    rule = rule_from(RULE, Product.EXCHANGE)
    assert rule.dynamic
    assert rule.modified is not None
    assert (rule.modified.hour, rule.modified.minute) == (12, 1)
    assert not rule_from({**RULE, "isAutoApplyEnabled": None}, Product.EXCHANGE).dynamic


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (None, "", ""),
        ({}, "", ""),
        ({"code": "invalidGroupId", "message": "Gone."}, "invalidGroupId", "Gone."),
        ({"message": "Gone."}, "UnknownError", "Gone."),
        (
            {"code": "x", "message": "Gone.", "details": [{"code": "a"}, {"code": "b"}]},
            "x",
            "Gone. (2 problems in all)",
        ),
    ],
)
def test_errors(error: object, code: str, text: str) -> None:
    rule = rule_from({**RULE, "error": error}, Product.EXCHANGE)
    assert (rule.error_code, rule.error) == (code, text)


def test_another_products_expression_is_not_taken() -> None:
    assert rule_from(RULE, Product.ONEDRIVE).expression == ""
