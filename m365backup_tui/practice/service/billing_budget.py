"""The optional budget of a billing policy: mail at some percentages, nothing is ever stopped
(admin-center.md §1.3)."""

from collections.abc import Mapping
from typing import Any

from m365backup_tui.practice.errors import ArmError

PERIODS = ("month", "quarter", "year")
MOST_ALERTS = 4  # besides the one at 100 %


def read_budget(form: Mapping[str, str]) -> dict[str, Any] | None:
    """Amount in whole USD, period and alert percentages of a form; None without an amount.

    Raises ArmError 400 that names the field.
    """
    amount = form.get("budget_amount", "").strip()
    if not amount:
        return None
    if not _whole(amount, digits=9) or int(amount) == 0:
        raise ArmError(
            400, "BadBudget", "The budget's amount is a whole number of USD, 1 to 999999999."
        )
    period = form.get("budget_period", "month")
    if period not in PERIODS:
        raise ArmError(400, "BadBudget", f"The reset period is one of {', '.join(PERIODS)}.")
    words = form.get("budget_alerts", "").replace(",", " ").replace("%", " ").split()
    if not all(_whole(word, digits=2) and int(word) for word in words):
        raise ArmError(400, "BadBudget", "Alerts are whole numbers from 1 to 99.")
    alerts = sorted({int(word) for word in words})
    if len(alerts) > MOST_ALERTS:
        raise ArmError(400, "BadBudget", f"There may be {MOST_ALERTS} alerts besides 100 %.")
    return {"amount": int(amount), "period": period, "alerts": [*alerts, 100]}


def _whole(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits
