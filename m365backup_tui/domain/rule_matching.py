"""Which sites a rule's words would select, judged on this side: an estimate, the service decides by its own reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from m365backup_tui.domain.rule_expression import Compare, Condition, SiteField

Test = Callable[[str, str, date | None], bool | None]
"""(name, web address, last activity) -> selected; None where that is not known."""


def site_test(condition: Condition) -> Test:
    """A test of (name, web address, last activity). None: not known, because the site has no date of last activity.

    "Changed" is judged by the day of the last activity: what the service compares is lastModifiedDateTime.
    """
    if isinstance(condition, Compare):
        return _compare_test(condition)
    tests = [site_test(part) for part in condition.parts]
    every = condition.every

    def test(name: str, address: str, active: date | None) -> bool | None:
        unsure = False
        for one in tests:
            found = one(name, address, active)
            if found is None:
                unsure = True
            elif found is not every:
                return not every
        return None if unsure else every

    return test


def _compare_test(compare: Compare) -> Test:
    wanted = compare.text.casefold()
    match compare.field:
        case SiteField.NAME:
            return lambda name, address, active: wanted in name.casefold()
        case SiteField.ADDRESS:
            return lambda name, address, active: wanted in address.casefold()
        case SiteField.CHANGED:
            since = datetime.fromisoformat(compare.text).date()
            return lambda name, address, active: None if active is None else active >= since
