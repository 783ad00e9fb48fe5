"""`$filter` of the resource lists: conditions on resourceType, name, location, resourceGroup and tags."""

import re
from collections.abc import Callable
from typing import Any

from m365backup_tui.practice.arm.scopes import group_of
from m365backup_tui.practice.arm.world import plain_region
from m365backup_tui.practice.errors import ArmError

Item = dict[str, Any]
Test = Callable[[Item], bool]

_COMPARE = re.compile(
    r"(resourceType|name|location|resourceGroup|tagName|tagValue)\s+(eq|ne)\s+'((?:[^']|'')*)'",
    re.IGNORECASE,
)
_PART = re.compile(
    r"substringof\(\s*'((?:[^']|'')*)'\s*,\s*(name|resourceGroup)\s*\)", re.IGNORECASE
)
_JOIN = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)
LONGEST = 4000


def resource_test(text: str) -> Test:
    """The test that a filter stands for. Raises 400 InvalidFilterInQueryString (name UNVERIFIED).

    choice: `and` and `or` are not mixed in one filter, and there are no parentheses.
    """
    wanted = text.strip()
    tests: list[Test] = []
    joins: set[str] = set()
    at = 0
    while len(wanted) <= LONGEST:
        found = _COMPARE.match(wanted, at) or _PART.match(wanted, at)
        if not found:
            break
        tests.append(_test(found))
        at = found.end()
        if at == len(wanted):
            if len(joins) > 1:
                break
            return _all(tests) if "or" not in joins else _any(tests)
        join = _JOIN.match(wanted, at)
        if not join:
            break
        joins.add(join.group(1).lower())
        at = join.end()
    raise ArmError(400, "InvalidFilterInQueryString", f"The filter '{text}' is not supported.")


def _all(tests: list[Test]) -> Test:
    return lambda item: all(test(item) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda item: any(test(item) for test in tests)


def _test(found: re.Match[str]) -> Test:
    if found.re is _PART:
        piece, name = found.group(1).replace("''", "'").lower(), found.group(2).lower()
        return lambda item: any(piece in value for value in _values(item, name))
    name, operator, value = found.groups()
    name, value = name.lower(), value.replace("''", "'").lower()
    if name == "location":
        value = plain_region(value)
    equal = operator.lower() == "eq"
    return lambda item: (value in _values(item, name)) is equal


def _values(item: Item, name: str) -> list[str]:
    if name == "resourcetype":
        return [item["type"].lower()]
    if name == "resourcegroup":
        return [group_of(item["id"]) or ""]
    if name == "tagname":
        return [tag.lower() for tag in item["tags"]]
    if name == "tagvalue":
        return [text.lower() for text in item["tags"].values()]
    return [str(item[name]).lower()]
