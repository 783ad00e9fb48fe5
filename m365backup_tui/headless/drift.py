"""`plan --drift`: the differences between tenant and file as text of 80 columns, and as part of the JSON document."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.drift import TO_END, TO_GO, Difference, Drift, Kind, Place, Told
from m365backup_tui.headless.moments import iso

LISTED = 10
"""Items of one kind that the text names; the rest is counted. The JSON document has all."""
_WIDTH = 79

_HEADS = {
    Kind.POLICY_MISSING: "The tenant has no policy of this name; in the file it has {in_file}.",
    Kind.POLICY_EXTRA: "In the tenant ({in_tenant}), not in the file; made {when}.",
    Kind.NAME: "Written “{in_file}” in the file, “{in_tenant}” in the tenant.",
    Kind.STATE: "In the file {in_file}, in the tenant {in_tenant}.",
    Kind.UNKNOWN_ADDRESS: "In the file, but not found: {amount}.",
    Kind.UNIT_MISSING: "In the file, in no policy of the tenant: {amount}.",
    Kind.UNIT_ELSEWHERE: "In the file here, in the tenant in another policy: {amount}.",
    Kind.UNIT_EXTRA: "In the tenant, not in the file: {amount}.",
    Kind.RULE_MISSING: "In the file, not in the tenant: {rules}.",
    Kind.RULE_EXTRA: "In the tenant, not in the file: {rules}.",
    Kind.NOTIFICATIONS: "In the file: {in_file}. In the tenant: {in_tenant}.",
}
_MENDED = {
    Kind.POLICY_MISSING: "`apply` creates it.",
    Kind.STATE: "`apply` makes it {in_file}.",
    Kind.UNIT_MISSING: "`apply` adds what is listed:",
    Kind.UNIT_ELSEWHERE: "`apply` moves what is listed:",
    Kind.UNIT_EXTRA: "`apply` takes out what is listed:",
    Kind.RULE_MISSING: "`apply` adds what is listed:",
    Kind.RULE_EXTRA: "`apply` ends what is listed:",
    Kind.NOTIFICATIONS: "`apply` changes them.",
}
_LEFT = {
    Kind.POLICY_MISSING: "`apply` does not create it while the file has problems.",
    Kind.POLICY_EXTRA: "`apply` leaves it alone: `export` writes it into a file.",
    Kind.NAME: '`apply` leaves it: `edit {service} "{policy}" --rename` changes the tenant.',
    Kind.STATE: "`apply` does not change it while the file has problems.",
    Kind.UNKNOWN_ADDRESS: "`apply` refuses the file until they are corrected or taken out of it:",
    Kind.UNIT_MISSING: "`apply` does not add what is listed while the file has problems:",
    Kind.UNIT_ELSEWHERE: "`apply` does not move what is listed: write it under `remove` of the policy that has "
    "it, or leave it out here:",
    Kind.UNIT_EXTRA: "`apply` leaves what is listed alone: name it in the file, write it under `remove`, or write "
    "`exact: true`:",
    Kind.RULE_MISSING: "`apply` does not add what is listed while the file has problems:",
    Kind.RULE_EXTRA: "`apply` leaves what is listed alone: write it under `rules` or `end_rules`:",
    Kind.NOTIFICATIONS: "`apply` does not change them while the file has problems.",
}
_ASKED = {
    Kind.UNIT_EXTRA: "`apply` does not take out what is listed while the file has problems:",
    Kind.RULE_EXTRA: "`apply` does not end what is listed while the file has problems:",
}
"""Of what the file wants to be gone, and `apply` refuses to touch for now."""
_DATED = (Kind.UNIT_EXTRA, Kind.RULE_EXTRA)
"""Kinds whose items say when and by whom; once for all where that is the same."""
_SINGLE = (Kind.POLICY_MISSING, Kind.POLICY_EXTRA, Kind.NAME, Kind.STATE, Kind.NOTIFICATIONS)
"""Kinds that a policy has at most once: all that there is to say stands in the head."""


def as_text(drift: Drift, file: str) -> list[str]:
    """The report: the same words every night while nothing changes, and no time of the run in it."""
    lines = [_summary(drift, file)]
    for place, found in groupby(drift.differences, key=lambda d: (d.product, d.policy)):
        lines += ["", *_policy(place, list(found), drift)]
    if drift.told:
        lines += ["", "No difference, but worth a look (no new backups of these now):"]
        lines += [line for told in drift.told for line in _told(told)]
    return [part for line in lines for part in _wrapped(line)]


def left_alone(drift: Drift) -> str:
    """For a plain `plan`: how much more there is. "" where nothing was seen."""
    n = drift.left
    if not n:
        return ""
    return (
        f"At least {n:,} more {'difference' if n == 1 else 'differences'} between tenant and file that `apply` "
        "leaves alone: `plan --drift` lists them."
    )


def as_data(drift: Drift) -> list[dict[str, object]]:
    """`differences` of `plan --json`; the keys are a promise."""
    return [
        {
            "service": str(one.product) if one.product else "tenant",
            "policy": one.policy,
            "kind": str(one.kind),
            "what": one.what,
            "in_file": one.in_file,
            "in_tenant": one.in_tenant,
            "since": iso(one.since),
            "by": None if one.by == NOBODY else one.by.words,
            "mended_by_apply": one.mended,
        }
        for one in drift.differences
    ]


def told_as_data(drift: Drift) -> list[dict[str, object]]:
    """`without_new_backups` of `plan --drift --json`."""
    return [
        {
            "service": str(one.product),
            "policy": one.policy,
            "units": one.units,
            "of": one.of,
            "what": one.words,
        }
        for one in drift.told
    ]


def _summary(drift: Drift, file: str) -> str:
    n, left = len(drift.differences), drift.left
    if not n:
        return f"No difference: the tenant is as {file} says."
    what = "1 difference" if n == 1 else f"{n:,} differences"
    head = f"{what} between {file} and the tenant"
    if not left:
        return f"{head}: `apply` mends {'it' if n == 1 else 'all of them'}."
    if left == n:
        return f"{head}: `apply` mends none of them."
    return f"{head}: `apply` mends {n - left:,} and leaves {left:,} alone."


def _policy(place: Place, found: Sequence[Difference], drift: Drift) -> Iterator[str]:
    product, name = place
    yield f"{product.label} “{name}”" if product else "E-mail notifications of the tenant"
    if place in drift.changed and found[0].kind is not Kind.POLICY_EXTRA:
        yield f"  The policy was changed last {_when(*drift.changed[place])}."
    apart = sorted(found, key=_sort)  # stable: inside a group the order stays
    for (_, _, asked), some in groupby(apart, key=_sort):
        yield from _group(asked, list(some))


def _sort(one: Difference) -> tuple[int, bool, bool]:
    return list(Kind).index(one.kind), not one.mended, one.in_file in (TO_GO, TO_END)


def _group(asked: bool, found: Sequence[Difference]) -> Iterator[str]:
    first, n = found[0], len(found)
    kind, mended = first.kind, first.mended
    words = {
        "in_file": first.in_file,
        "in_tenant": first.in_tenant,
        "when": _when(first.since, first.by),
        "amount": first.product.amount(n) if first.product else "",
        "rules": "1 rule" if n == 1 else f"{n} rules",
        "service": str(first.product),
        "policy": first.policy,
    }
    after = (_MENDED if mended else _ASKED if asked else _LEFT).get(
        kind, "`apply` leaves it alone."
    )
    yield f"  {_HEADS[kind].format(**words)} {after.format(**words)}"
    if kind in _SINGLE:
        return
    alike = kind in _DATED and n > 1 and len({(one.since, one.by) for one in found}) == 1
    for one in found[:LISTED]:
        yield f"    - {one.what}" if alike else f"    - {_item(one)}"
    if n > LISTED:
        yield f"    - and {n - LISTED:,} more; --json lists all"
    if alike:
        yield f"    All {words['when']}."


def _item(one: Difference) -> str:
    match one.kind:
        case Kind.UNKNOWN_ADDRESS:
            return f"{one.what}: {one.in_tenant}"
        case Kind.UNIT_MISSING | Kind.RULE_MISSING:
            return one.what if one.in_tenant != "being removed" else f"{one.what}: being removed"
        case Kind.UNIT_ELSEWHERE:
            return f"{one.what}: {one.in_tenant} {_when(one.since, one.by)}"
    return f"{one.what}, {_when(one.since, one.by)}"


def _told(told: Told) -> Iterator[str]:
    of = told.product.amount(told.of)
    yield f"  {told.product.label} “{told.policy}”: {told.units:,} of {of}: {told.words}."


def _when(since: datetime | None, by: Author) -> str:
    """`since 2026-11-03 09:15 UTC, by Ada Pennyworth (ada@contoso.com)`."""
    at = f"{since.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if since else ""
    if by == NOBODY:
        return (
            f"on {at}, the service does not say by whom" if at else "when and by whom is not said"
        )
    return f"on {at}, by {by.words}" if at else f"by {by.words}"


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    hang = "  " if line.lstrip().startswith("- ") else ""
    return textwrap.wrap(
        line.strip(),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
