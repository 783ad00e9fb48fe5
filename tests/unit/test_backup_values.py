"""Graph's backup answers become domain values; what is missing or new is unknown, never done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from m365backup_tui.cloud.authors import moment
from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.backup_values import (
    policy_from,
    product_of,
    refusals_from,
    retention_words,
    service_from,
    unit_from,
)
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.domain.errors import Broken, CloudError, Forbidden, ServiceOff, Unreachable
from m365backup_tui.domain.policies import Counts, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.service import Consumer, Probe
from m365backup_tui.domain.units import ItemRefusal, UnitStatus


@pytest.mark.parametrize(
    ("kind", "product"),
    [
        ("#microsoft.graph.exchangeProtectionPolicy", Product.EXCHANGE),
        ("#microsoft.graph.oneDriveForBusinessProtectionPolicy", Product.ONEDRIVE),
        ("#Microsoft.Graph.SharePointProtectionPolicy", Product.SHAREPOINT),
        ("#microsoft.graph.teamsProtectionPolicy", None),
        (None, None),
    ],
)
def test_the_product_of_a_policy(kind: str | None, product: Product | None) -> None:
    assert product_of({"@odata.type": kind}) is product


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", PolicyStatus.ACTIVE),
        ("ActiveWithErrors", PolicyStatus.ACTIVE_WITH_ERRORS),
        ("offboarded", PolicyStatus.UNKNOWN),
        ("unknownFutureValue", PolicyStatus.UNKNOWN),
        (None, PolicyStatus.UNKNOWN),
    ],
)
def test_the_status_of_a_policy(status: str | None, expected: PolicyStatus) -> None:
    assert policy_from({"id": "p", "status": status}, Product.EXCHANGE).status is expected


def test_a_policy_with_everything_the_service_prints() -> None:
    policy = policy_from(
        {
            "id": "p1",
            "displayName": "Board",
            "status": "updating",
            "isEnabled": True,
            "createdDateTime": "2015-06-19T12-01-03.4512345Z",  # as the pages print it
            "protectionPolicyArtifactCount": {
                "total": 5,
                "completed": 2,
                "inProgress": 2,
                "failed": 1,
            },
            "retentionSettings": [
                {"interval": "R/PT10M", "period": "P2W"},
                {"interval": "R/P1W", "period": "P1Y"},
            ],
        },
        Product.SHAREPOINT,
    )
    assert policy.counts == Counts(5, 2, 2, 1)
    assert policy.created == "2015-06-19T12:01:03.451234Z"
    assert policy.retention == "every 10 minutes for 2 weeks, then every week for 1 year"
    assert policy.enabled is True


def test_a_policy_with_next_to_nothing() -> None:
    policy = policy_from({"id": "p1", "createdDateTime": "yesterday"}, Product.SHAREPOINT)
    assert (policy.name, policy.counts, policy.created, policy.retention) == ("", None, "", "")
    assert policy.enabled is None


def test_a_unit_without_computed_names_and_with_an_error() -> None:
    unit = unit_from(
        {
            "id": "u1",
            "directoryObjectId": "ABC",
            "displayName": None,
            "status": "unprotected",
            "error": {"code": "QuotaExceeded", "message": "Full."},
            "protectionSources": "manual,dynamicRule",
        },
        Product.EXCHANGE,
    )
    assert (unit.key, unit.name, unit.address) == ("abc", "", "")
    assert (unit.error_code, unit.error, unit.by_rule) == ("QuotaExceeded", "Full.", True)
    assert unit.status is UnitStatus.UNPROTECTED


def test_a_unit_whose_error_is_empty_has_none() -> None:
    unit = unit_from({"id": "u1", "siteId": "h,a,b", "error": {}}, Product.SHAREPOINT)
    assert (unit.error_code, unit.error, unit.status) == ("", "", UnitStatus.UNKNOWN)


def failed(code: str, **names: str) -> dict[str, object]:
    info = {"code": code, "message": "No."}
    return {
        **names,
        "@Core.DataModificationException": {"info": info, "responseCode": 409},
    }


def test_refused_items_are_named_by_what_was_sent() -> None:
    answer = {
        "mailboxProtectionUnits@delta": [
            {"id": "unit-new", "directoryObjectId": "a", "status": "protectRequested"},
            failed("ProtectionUnitAlreadyExists", directoryObjectId="B"),
            failed("Invalid", **{"@contentId": "unit-9"}),
            failed("ProtectionUnitNotFound"),
        ]
    }
    sent = [("a", ""), ("b", ""), ("unit-9", ""), ("d", "")]
    assert refusals_from(answer, Product.EXCHANGE, sent) == (
        ItemRefusal("b", "ProtectionUnitAlreadyExists", "No."),
        ItemRefusal("unit-9", "Invalid", "No."),
        ItemRefusal("d", "ProtectionUnitNotFound", "No."),
    )


def test_an_item_with_an_error_object_counts_as_refused() -> None:
    answer = {
        "siteProtectionUnits@delta": [{"siteId": "s", "error": {"code": "InvalidArtifactId"}}]
    }
    assert refusals_from(answer, Product.SHAREPOINT, [("s", "")]) == (
        ItemRefusal("s", "InvalidArtifactId", ""),
    )


def test_an_answer_without_results_refuses_nothing() -> None:
    assert refusals_from({}, Product.ONEDRIVE, [("a", "")]) == ()


def test_a_unit_that_leaves_with_an_error_of_its_protection_was_not_refused() -> None:
    left = {
        "id": "u1",
        "directoryObjectId": "a",
        "status": "removeRequested",
        "error": {"code": "InvalidArtifactId", "message": "Room mailboxes are not supported."},
    }
    answer = {"mailboxProtectionUnits@delta": [left]}
    assert refusals_from(answer, Product.EXCHANGE, [("u1", "")]) == ()
    stays = {"mailboxProtectionUnits@delta": [{**left, "status": "unprotected"}]}
    (refusal,) = refusals_from(stays, Product.EXCHANGE, [("u1", "")])
    assert (refusal.key, refusal.code) == ("u1", "InvalidArtifactId")


def test_the_state_of_the_service() -> None:
    seen = service_from(
        {
            "serviceStatus": {
                "status": "protectionChangeLocked",
                "disableReason": "invalidBillingProfile",
                "backupServiceConsumer": "thirdParty",
                "gracePeriodDateTime": "2026-12-03T00:00:00Z",
            }
        }
    )
    assert (seen.probe, seen.consumer) == (Probe.LOCKED, Consumer.THIRD_PARTY)
    assert seen.disable_reason == "invalidBillingProfile"
    assert seen.grace_until == datetime(2026, 12, 3, tzinfo=UTC)
    assert not seen.on


@pytest.mark.parametrize(
    ("status", "on"), [("enabled", True), ("disabled", False), ("halfway", False)]
)
def test_only_enabled_is_on(status: str, on: bool) -> None:
    assert service_from({"serviceStatus": {"status": status}}).on is on


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T09:00:00Z", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-11-21T09:00:00.123456789Z", datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-21T10:00:00+01:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-11-21T09:00:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_moments(text: str | None, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_retention_that_cannot_be_read_says_nothing() -> None:
    assert retention_words([{"interval": "often", "period": "P2W"}]) == ""
    assert retention_words(["P2W"]) == ""


class _Answers:
    """GraphCalls whose policies are refused as off and whose root answers, or is refused too."""

    def __init__(self, root: dict[str, Any] | CloudError) -> None:
        self._root = root

    async def get(self, scopes: Any, build: Any, doing: str) -> dict[str, Any]:
        if doing == "reading the backup policies":
            raise ServiceOff("Microsoft 365 Backup is not turned on.", "ServiceDisabled", "req-1")
        if isinstance(self._root, CloudError):
            raise self._root
        return self._root


@pytest.mark.parametrize(
    ("root", "probe", "reason"),
    [
        (
            {"serviceStatus": {"status": "disabled", "disableReason": "invalidBillingProfile"}},
            Probe.OFF,
            "invalidBillingProfile",
        ),
        ({"serviceStatus": {"status": "protectionChangeLocked"}}, Probe.LOCKED, ""),
        ({"serviceStatus": {"status": "enabled"}}, Probe.OFF, ""),
        (Forbidden("Microsoft keeps this to its own applications."), Probe.OFF, ""),
        (Unreachable("Microsoft could not answer (HTTP 500)."), Probe.OFF, ""),
    ],
)
async def test_a_service_that_is_off_is_asked_why(
    root: dict[str, Any] | CloudError, probe: Probe, reason: str
) -> None:
    seen = await GraphBackup(cast(GraphCalls, _Answers(root))).probe()
    assert (seen.probe, seen.disable_reason, seen.on) == (probe, reason, False)
    assert (seen.said, seen.request_id) == ("Microsoft 365 Backup is not turned on.", "req-1")


class _ListsPolicies:
    """GraphCalls whose policies are listed and whose root fails."""

    def __init__(self, root: CloudError) -> None:
        self._root = root

    async def get(self, scopes: Any, build: Any, doing: str) -> dict[str, Any]:
        if doing == "reading the backup policies":
            return {"value": []}
        raise self._root


@pytest.mark.parametrize(
    ("error", "probe", "on"),
    [
        (Unreachable("Microsoft could not answer (HTTP 500)."), Probe.UNREACHABLE, False),
        (Broken("The answer could not be read."), Probe.UNKNOWN, False),
        (Forbidden("Microsoft keeps this to its own applications."), Probe.ANSWERS, True),
    ],
)
async def test_a_service_that_lists_policies_is_on_unless_its_state_could_not_be_read(
    error: CloudError, probe: Probe, on: bool
) -> None:
    seen = await GraphBackup(cast(GraphCalls, _ListsPolicies(error))).probe()
    assert (seen.probe, seen.on) == (probe, on)
    assert bool(seen.said) is not on
