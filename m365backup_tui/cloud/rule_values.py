"""Graph's inclusion rules as domain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from m365backup_tui.cloud.authors import author_from, moment
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus

EXPRESSION = {
    Product.EXCHANGE: "mailboxExpression",
    Product.ONEDRIVE: "driveExpression",
    Product.SHAREPOINT: "siteExpression",
}


def rule_from(item: Mapping[str, Any], product: Product) -> Rule:
    """A rule. A status that is missing or not known is UNKNOWN, never taken for done (rule R7)."""
    error = item.get("error")
    code, text = _error(error) if isinstance(error, dict) else ("", "")
    return Rule(
        product=product,
        id=_text(item, "id"),
        expression=_text(item, EXPRESSION[product]),
        dynamic=item.get("isAutoApplyEnabled") is True,
        status=_status(item.get("status")),
        error_code=code,
        error=text,
        modified=moment(item.get("lastModifiedDateTime")),
        by=author_from(item.get("lastModifiedBy")),
    )


def _status(value: object) -> RuleStatus:
    lower = str(value or "").lower()
    return next((s for s in RuleStatus if s.value.lower() == lower), RuleStatus.UNKNOWN)


def _error(error: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message; where there are details their number too, so that nobody takes one for all."""
    code, text = _text(error, "code"), _text(error, "message")
    details = error.get("details")
    if isinstance(details, list) and len(details) > 1:
        text = f"{text} ({len(details)} problems in all)".strip()
    if not code and not text:
        return "", ""
    return code or "UnknownError", text


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
