"""Graph's backup answers as domain values: policies, units, item refusals, the service's state. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from m365backup_tui.cloud.authors import author_from, moment
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.service import BackupService, Consumer, Probe
from m365backup_tui.domain.units import ItemRefusal, ProtectionUnit, UnitStatus

Json = Mapping[str, Any]

FAILED = "@Core.DataModificationException"


@dataclass(frozen=True, slots=True)
class Words:
    """How Graph spells one product (graph.md §2.2, §2.3)."""

    policy_type: str
    unit_nav: str
    unit_key: str
    name: str
    address: str

    @property
    def delta(self) -> str:
        return f"{self.unit_nav}@delta"


WORDS: dict[Product, Words] = {
    Product.EXCHANGE: Words(
        "exchangeProtectionPolicy",
        "mailboxProtectionUnits",
        "directoryObjectId",
        "displayName",
        "email",
    ),
    Product.ONEDRIVE: Words(
        "oneDriveForBusinessProtectionPolicy",
        "driveProtectionUnits",
        "directoryObjectId",
        "displayName",
        "email",
    ),
    Product.SHAREPOINT: Words(
        "sharePointProtectionPolicy", "siteProtectionUnits", "siteId", "siteName", "siteWebUrl"
    ),
}
_PROBE_BY_STATUS = {
    "disabled": Probe.OFF,
    "protectionchangelocked": Probe.LOCKED,
    "restorelocked": Probe.LOCKED,
}
_BY_TYPE = {words.policy_type.lower(): product for product, words in WORDS.items()}


def product_of(item: Json) -> Product | None:
    """By `@odata.type`; None for a kind of policy that this version does not know."""
    kind = str(item.get("@odata.type") or "").rpartition(".")[2].lower()
    return _BY_TYPE.get(kind)


def policy_from(item: Json, product: Product) -> Policy:
    """A policy. A status that is missing or not known is UNKNOWN, never taken for done (rule R7)."""
    return Policy(
        product=product,
        id=_text(item, "id"),
        name=_text(item, "displayName"),
        status=_policy_status(item.get("status")),
        counts=_counts(item.get("protectionPolicyArtifactCount")),
        created=_moment_text(item.get("createdDateTime")),
        created_by=author_from(item.get("createdBy")),
        changed=moment(item.get("lastModifiedDateTime")),
        changed_by=author_from(item.get("lastModifiedBy")),
        retention=retention_words(item.get("retentionSettings") or ()),
        enabled=enabled if isinstance(enabled := item.get("isEnabled"), bool) else None,
    )


def unit_from(item: Json, product: Product) -> ProtectionUnit:
    """A unit. Names and addresses are computed by the service and may be missing: then they are ""."""
    words = WORDS[product]
    code, text = _error(item.get("error"))
    return ProtectionUnit(
        product=product,
        id=_text(item, "id"),
        key=_text(item, words.unit_key).lower(),
        name=_text(item, words.name),
        address=_text(item, words.address),
        status=_unit_status(item.get("status")),
        error_code=code,
        error=text,
        by_rule=_by_rule(item),
        since=moment(item.get("createdDateTime")),
        by=author_from(item.get("createdBy")),
    )


def holding_from(item: Json, product: Product) -> Holding | None:
    """Where a unit is held; None for one that no policy holds any more."""
    words = WORDS[product]
    key, policy_id = _text(item, words.unit_key).lower(), _text(item, "policyId")
    if not (key and policy_id):
        return None
    return Holding(
        product=product,
        key=key,
        policy_id=policy_id,
        unit_id=_text(item, "id"),
        by_rule=_by_rule(item),
        status=_unit_status(item.get("status")),
        name=_text(item, words.name),
        address=_text(item, words.address),
        since=moment(item.get("createdDateTime")),
        by=author_from(item.get("createdBy")),
    )


def refusals_from(
    answer: Json, product: Product, sent: Sequence[tuple[str, str]]
) -> tuple[ItemRefusal, ...]:
    """Items that a policy PATCH refused inside its 200. `sent`: (key or unit id, address) in the order of the request.

    An item names itself by its key or id; one that names neither is taken by its place.
    """
    words = WORDS[product]
    results = answer.get(words.delta)
    if not isinstance(results, list):
        return ()
    known = {key.lower(): key for key, _ in sent}
    found: list[ItemRefusal] = []
    for place, item in enumerate(results):
        if not isinstance(item, dict):
            continue
        code, text = _failure(item)
        if not code:
            continue
        names = (_text(item, words.unit_key), _text(item, "id"), _text(item, "@contentId"))
        key = next((known[n.lower()] for n in names if n.lower() in known), "")
        if not key and len(results) == len(sent):
            key = sent[place][0]
        found.append(ItemRefusal(key or next((n for n in names if n), ""), code, text))
    return tuple(found)


def service_from(answer: Json) -> BackupService:
    """GET root's `serviceStatus`, for a service that lists its policies. Unknown words are kept as they are."""
    status = answer.get("serviceStatus")
    if not isinstance(status, dict):
        return BackupService(Probe.ANSWERS)
    probe = _PROBE_BY_STATUS.get(_text(status, "status").lower(), Probe.ANSWERS)
    reason = _text(status, "disableReason")
    return BackupService(
        probe=probe,
        status=_text(status, "status"),
        consumer=_consumer(_text(status, "backupServiceConsumer")),
        disable_reason="" if reason.lower() == "none" else reason,
        grace_until=moment(status.get("gracePeriodDateTime")),
        restore_until=moment(status.get("restoreAllowedTillDateTime")),
    )


_SPAN = re.compile(
    r"(?:R/)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?"
)
_UNITS = ("year", "month", "week", "day", "hour", "minute")


def retention_words(settings: Sequence[Any]) -> str:
    """`[{"interval":"R/PT10M","period":"P2W"}]` as `every 10 minutes for 2 weeks`; "" if it cannot be read."""
    parts: list[str] = []
    for setting in settings:
        if not isinstance(setting, dict):
            return ""
        interval, period = _span(setting.get("interval")), _span(setting.get("period"))
        if not interval or not period:
            return ""
        parts.append(f"every {interval.removeprefix('1 ')} for {period}")
    return ", then ".join(parts)


def _span(value: object) -> str:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return ""
    counted = [(int(n), unit) for n, unit in zip(match.groups(), _UNITS, strict=True) if n]
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in counted)


def _by_rule(item: Json) -> bool:
    return "dynamicrule" in _text(item, "protectionSources").lower()


_POLICY_STATUSES = {s.value.lower(): s for s in PolicyStatus}
_UNIT_STATUSES = {s.value.lower(): s for s in UnitStatus}  # looked up 100,000 times in a row


def _policy_status(value: object) -> PolicyStatus:
    return _POLICY_STATUSES.get(str(value or "").lower(), PolicyStatus.UNKNOWN)


def _unit_status(value: object) -> UnitStatus:
    return _UNIT_STATUSES.get(str(value or "").lower(), UnitStatus.UNKNOWN)


def _consumer(value: str) -> Consumer:
    return next((c for c in Consumer if c.value == value.lower()), Consumer.UNKNOWN)


def _counts(value: object) -> Counts | None:
    if not isinstance(value, dict):
        return None
    numbers = [value.get(name) for name in ("total", "completed", "inProgress", "failed")]
    return Counts(*(n if isinstance(n, int) else 0 for n in numbers))


def _failure(item: Json) -> tuple[str, str]:
    failed = item.get(FAILED)
    if not isinstance(failed, dict):
        if _unit_status(item.get("status")) is UnitStatus.REMOVE_REQUESTED:
            return "", ""  # it is leaving: the error is an older one, of its protection
        return _error(item.get("error"))
    info = failed.get("info")
    code, text = _error(info)
    return code or str(failed.get("responseCode") or "Failed"), text


def _error(value: object) -> tuple[str, str]:
    """(code, message) of a publicError, ("", "") for none. An error without a code keeps a name for itself."""
    if not isinstance(value, dict) or not value:
        return "", ""
    code, text = _text(value, "code"), _text(value, "message")
    return (code or "UnknownError", text) if code or text else ("", "")


def _moment_text(value: object) -> str:
    found = moment(value)
    return found.isoformat().replace("+00:00", "Z") if found else ""


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
