"""Cost queries of the practice Azure: they follow from the sizes of the protected units."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from m365backup_tui.practice.company.opening import build_company
from tests.practice.azure_calls import BILLING, PRODUCTION, Azure, refusal
from tests.practice.conftest import Controls
from tests.practice.northwind import SUB_PRODUCTION, SUB_SANDBOX
from tests.practice.restoring import artifacts, protect, rest_as

Ready = dict[str, Any]
QUERY = "providers/Microsoft.CostManagement/query"
SUM = {"totalCost": {"name": "Cost", "function": "Sum"}}


@pytest.fixture
def protected(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> dict[str, int]:
    """Backup is paid for and on; three mailboxes and two sites are protected: bytes by service."""
    now = datetime.fromisoformat(controls.call("GET", "clock").json()["now"])
    morning = (now + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    # Far from midnight, so that everything is protected on one day.
    at = {"at": f"{morning:%Y-%m-%dT%H:%M:%SZ}"}
    controls.call("POST", "clock", at).raise_for_status()
    made = controls.admin_center(
        node="billing",
        subscription_id=SUB_PRODUCTION,
        resource_group="rg-m365-billing",
        region="westeurope",
        persona="global-admin",
    )
    assert made.status_code < 300, made.text
    controls.advance("PT2H")
    rest = rest_as(fresh_practice, controls, browser)
    company = build_company(365, "MEDIUM")
    people, sites = artifacts("exchange", 3), artifacts("sharePoint", 2)
    protect(rest, controls, "exchange", people)
    protect(rest, controls, "sharePoint", sites)
    users = [user for key in people if (user := company.user(key))]
    mail = sum(user.mailbox_bytes + (user.archive_bytes or 0) for user in users)
    web = sum(site.bytes for key in sites if (site := company.site(key)))
    return {"Exchange": mail, "SharePoint": web}


def ask(azure: Azure, scope: str = PRODUCTION, **dataset: Any) -> dict[str, Any]:
    """The properties of a query over half a year from today on and a month before."""
    today = datetime.now(UTC)
    first, last = today - timedelta(days=31), today + timedelta(days=180)
    body = {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": first.isoformat(), "to": last.isoformat()},
        "dataset": {"aggregation": SUM, **dataset},
    }
    answer = azure.call("POST", f"{scope}/{QUERY}", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["properties"]
    return found


def day_cost(size: int, day: date) -> float:
    """What a day of so many bytes costs."""
    return size / 2**30 * 0.15 / monthrange(day.year, day.month)[1]


def test_a_day_costs_its_share_of_the_list_price(
    protected: dict[str, int], fresh_practice: Ready, controls: Controls
) -> None:
    azure = Azure(fresh_practice, controls)
    assert ask(azure)["rows"] == []  # the first day is not over
    start = date.fromisoformat(controls.call("GET", "clock").json()["now"][:10])
    controls.advance("P3D")
    by_day = ask(azure, granularity="Daily", grouping=[{"type": "TagKey", "name": "ServiceType"}])
    names = [column["name"] for column in by_day["columns"]]
    assert names == ["Cost", "TagKey", "TagValue", "UsageDate", "Currency"]
    expected = {
        (service, int(f"{start + timedelta(days=nr):%Y%m%d}")): day_cost(
            size, start + timedelta(days=nr)
        )
        for service, size in protected.items()
        for nr in range(3)
    }
    seen = {(row[2], row[3]): row[0] for row in by_day["rows"]}
    assert seen == pytest.approx(expected)
    (total,) = ask(azure)["rows"]
    assert total == [pytest.approx(sum(expected.values())), "USD"]


def test_costs_belong_to_the_billing_resource_and_its_group(
    protected: dict[str, int], fresh_practice: Ready, controls: Controls
) -> None:
    azure = Azure(fresh_practice, controls)
    controls.advance("P2D")
    grouping = [{"type": "Dimension", "name": "ResourceId"}]
    ((_, identity, currency),) = ask(azure, grouping=grouping)["rows"]
    assert currency == "USD"
    assert azure.get(identity)["type"] == "Microsoft.Syntex/accounts"
    only = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [identity]}}
    other = {"dimensions": {"name": "ResourceId", "operator": "In", "values": ["/x"]}}
    exchange = {"tags": {"name": "servicetype", "operator": "In", "values": ["Exchange"]}}
    assert len(ask(azure, BILLING, filter=only)["rows"]) == 1
    assert ask(azure, BILLING, filter=other)["rows"] == []
    assert len(ask(azure, BILLING, filter={"or": [other, exchange]})["rows"]) == 1
    assert ask(azure, BILLING, filter={"and": [other, exchange]})["rows"] == []
    assert ask(azure, f"{PRODUCTION}/resourceGroups/rg-app-01")["rows"] == []
    assert ask(azure, f"/subscriptions/{SUB_SANDBOX}")["rows"] == []


def test_reading_costs_needs_its_right(fresh_practice: Ready, controls: Controls) -> None:
    guest = Azure(fresh_practice, controls, "no-role")
    assert refusal(guest.call("POST", f"{PRODUCTION}/{QUERY}", {}))[0] == 403
    reader = Azure(fresh_practice, controls, "exchange-admin")
    assert refusal(reader.call("POST", f"{PRODUCTION}/{QUERY}", {})) == (400, "BadRequest")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Forecast"},
        {"timeframe": "Sometime"},
        {"timeframe": "Custom", "timePeriod": {"from": "x", "to": "y"}},
        {"timeframe": "Custom", "timePeriod": {"from": "2027-01-02T00:00:00Z"}},
        {"dataset": None},
        {"dataset": {"aggregation": {}}},
        {"dataset": {"aggregation": {"a": {"name": "Love", "function": "Sum"}}}},
        {"dataset": {"aggregation": SUM, "granularity": "Hourly"}},
        {"dataset": {"aggregation": SUM, "grouping": [{"type": "Dimension", "name": "Mood"}]}},
        {"dataset": {"aggregation": SUM, "filter": {"not": {}}}},
    ],
)
def test_a_wrong_question_is_refused(
    fresh_practice: Ready, controls: Controls, change: dict[str, Any]
) -> None:
    azure = Azure(fresh_practice, controls)
    good = {"type": "Usage", "timeframe": "MonthToDate", "dataset": {"aggregation": SUM}}
    assert azure.call("POST", f"{PRODUCTION}/{QUERY}", good).json()["properties"]["rows"] == []
    refused = azure.call("POST", f"{PRODUCTION}/{QUERY}", good | change)
    assert refusal(refused) == (400, "BadRequest")
