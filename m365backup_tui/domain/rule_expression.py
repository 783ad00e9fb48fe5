"""The expressions of inclusion rules: made from choices, read back into words; only the documented grammar.

Source: graph.md §7. Mailbox and drive rules name groups by id, site rules compare name, address and last change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SiteField(StrEnum):
    """What a site rule can compare. Values are Graph's names."""

    NAME = "displayName"
    ADDRESS = "webUrl"
    CHANGED = "lastModifiedDateTime"


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison: name or address contains `text`, or changed since `text` (an ISO date or time)."""

    field: SiteField
    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Several conditions: all of them with `every`, else any of them."""

    every: bool
    parts: tuple[Condition, ...]


Condition = Compare | Joined


@dataclass(frozen=True, slots=True)
class Groups:
    """The ids of the groups whose members are meant, lower case."""

    ids: tuple[str, ...]


Parsed = Groups | Compare | Joined

_GROUPS = re.compile(r"\(\s*memberOf\s+-any\s+\(\s*group\.id\s+-in\s+\[([^\]]*)\]\s*\)\s*\)")
_ID = re.compile(r"'([0-9a-fA-F-]{36})'")
_TOKEN = re.compile(r"\s*('[^']*'|[A-Za-z]+|-[a-z]+|[()])")
_DEEPEST = 20


def group_expression(ids: Sequence[str]) -> str:
    """`(memberOf -any (group.id -in ['id', 'id']))`."""
    listed = ", ".join(f"'{one}'" for one in ids)
    return f"(memberOf -any (group.id -in [{listed}]))"


def site_expression(condition: Condition) -> str:
    """Each comparison in parentheses, and each joining of them."""
    if isinstance(condition, Compare):
        operator = "-ge" if condition.field is SiteField.CHANGED else "-contains"
        return f"({condition.field} {operator} '{condition.text}')"
    joint = " -and " if condition.every else " -or "
    return f"({joint.join(site_expression(part) for part in condition.parts)})"


def parse(expression: str) -> Parsed | None:
    """What an expression says; None for anything outside the documented grammar."""
    text = expression.strip()
    match = _GROUPS.fullmatch(text)
    if match is not None:
        found = [_ID.fullmatch(part.strip()) for part in match[1].split(",")]
        return Groups(tuple(one[1].lower() for one in found if one)) if all(found) else None
    tokens, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        tokens.append(token[1])
        at = token.end()
    try:
        condition, end = _bracket(tokens, 0, 0)
    except (ValueError, IndexError):
        return None
    return condition if end == len(tokens) else None


def canonical(expression: str) -> str:
    """The same text for the same meaning: order of ids and of joined conditions, spaces and case do not count."""
    parsed = parse(expression)
    if parsed is None:
        return " ".join(expression.split())
    if isinstance(parsed, Groups):
        return group_expression(sorted(set(parsed.ids)))
    return site_expression(_sorted(parsed))


def expression_words(expression: str, names: Mapping[str, str] | None = None) -> str:
    """An expression as people say it; one of unknown grammar as it is. `names`: group id (lower case) -> name."""
    parsed = parse(expression)
    if parsed is None:
        return expression.strip() or "a rule without an expression"
    if isinstance(parsed, Groups):
        return f"members of {_group_words(parsed.ids, names or {})}"
    return f"sites {condition_words(parsed)}"


def condition_words(condition: Condition) -> str:
    """`whose name has “finance” or whose address has “legal”`."""
    if isinstance(condition, Compare):
        match condition.field:
            case SiteField.NAME:
                return f"whose name has “{condition.text}”"
            case SiteField.ADDRESS:
                return f"whose address has “{condition.text}”"
            case SiteField.CHANGED:
                return f"that changed on or after {condition.text.partition('T')[0]}"
    joint = " and " if condition.every else " or "
    parts = [
        f"({condition_words(part)})" if isinstance(part, Joined) else condition_words(part)
        for part in condition.parts
    ]
    return joint.join(parts)


def list_words(parts: Sequence[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def _group_words(ids: Sequence[str], names: Mapping[str, str]) -> str:
    known = [names[one] for one in ids if one in names]
    unknown = len(ids) - len(known)
    if not known:
        return f"{unknown} group{'' if unknown == 1 else 's'}"
    if unknown:
        known.append(f"{unknown} more")
    return list_words(known)


def _sorted(condition: Condition) -> Condition:
    if isinstance(condition, Compare):
        text = condition.text
        if condition.field is SiteField.CHANGED:
            return Compare(condition.field, text)
        return Compare(condition.field, text.casefold())
    found: set[Condition] = set()
    for part in condition.parts:
        one = _sorted(part)
        same_joint = isinstance(one, Joined) and one.every is condition.every
        found.update(one.parts if isinstance(one, Joined) and same_joint else (one,))
    parts = sorted(found, key=site_expression)
    return parts[0] if len(parts) == 1 else Joined(condition.every, tuple(parts))


def _bracket(tokens: Sequence[str], at: int, depth: int) -> tuple[Condition, int]:
    """ "(" (comparison | bracket {joint bracket}) ")"; joints are read from left to right, as they stand."""
    if tokens[at] != "(" or depth > _DEEPEST:
        raise ValueError
    found: Condition
    if tokens[at + 1] != "(":
        found, at = _compare(tokens[at + 1 : at + 4]), at + 4
    else:
        found, at = _bracket(tokens, at + 1, depth + 1)
        while tokens[at] in ("-or", "-and"):
            every = tokens[at] == "-and"
            part, at = _bracket(tokens, at + 1, depth + 1)
            found = _join(every, found, part)
    if tokens[at] != ")":
        raise ValueError
    return found, at + 1


def _join(every: bool, left: Condition, right: Condition) -> Joined:
    before = left.parts if isinstance(left, Joined) and left.every is every else (left,)
    after = right.parts if isinstance(right, Joined) and right.every is every else (right,)
    return Joined(every, (*before, *after))


def _compare(tokens: Sequence[str]) -> Compare:
    name, operator, value = tokens
    field, text = SiteField(name), value[1:-1]
    wanted = "-ge" if field is SiteField.CHANGED else "-contains"
    if operator != wanted or not value.startswith("'"):
        raise ValueError
    if field is SiteField.CHANGED:
        datetime.fromisoformat(text)
    return Compare(field, text)
