"""Lists of units, rules and jobs: pages by position, filters, counts, sorting, expansion, casts."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from m365backup_tui.practice.backup.policies import create_policy
from m365backup_tui.practice.backup.products import EXCHANGE, ONEDRIVE, PRODUCTS, SHAREPOINT
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.graph import backup_unit_lists
from m365backup_tui.practice.graph.backup_access import Visit
from m365backup_tui.practice.graph.backup_unit_filter import read_filter
from m365backup_tui.practice.graph.backup_unit_lists import Scope, page_of_units, whole_tenant
from tests.practice.backup_engine import engine
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token

BACKUP = "/solutions/backupRestore"
UNITS = f"{BACKUP}/protectionUnits"


@pytest.fixture
def rest(ready: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    return Rest(ready, graph_token(ready, controls), browser)


@pytest.fixture
def filled(rest: Rest, company: Company) -> dict[str, str]:
    """One policy of each product; ids by product."""
    users = [user for user in company.users() if user.mailbox == "user" and user.drive_url]
    keys = {
        EXCHANGE: [user.id for user in users[:7]],
        ONEDRIVE: [user.id for user in users[5:10]],
        SHAREPOINT: [site.id for site in company.sites() if site.protectable][:4],
    }
    made: dict[str, str] = {}
    for product in PRODUCTS:
        units = [{product.unit_key: key} for key in keys[product]]
        body = {"displayName": product.key, product.unit_nav: units}
        status, policy = rest.call("POST", f"{BACKUP}/{product.collection}", body)
        assert status == 201, policy
        made[product.key] = policy["id"]
    return made


def _all(rest: Rest, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    link: str | None = path
    while link:
        status, page = rest.call("GET", link)
        assert status == 200, page
        found += page["value"]
        link = page["@odata.nextLink"].split("/v1.0")[1] if "@odata.nextLink" in page else None
    return found


def test_pages_put_together_are_the_whole_list(rest: Rest, filled: dict[str, str]) -> None:
    whole = rest.call("GET", f"{UNITS}?$count=true")[1]
    assert whole["@odata.count"] == len(whole["value"]) == 16
    for size in (1, 3, 16, 17):
        assert [one["id"] for one in _all(rest, f"{UNITS}?$top={size}")] == [
            one["id"] for one in whole["value"]
        ]
    sites = _all(rest, f"{BACKUP}/siteProtectionUnits?$top=3")
    assert [one["policyId"] for one in sites] == [filled["sharePoint"]] * 4
    below = f"{BACKUP}/exchangeProtectionPolicies/{filled['exchange']}/mailboxProtectionUnits"
    assert len(_all(rest, f"{below}?$top=2")) == 7


def test_what_is_added_and_removed_between_pages_moves_nothing_else(
    rest: Rest, filled: dict[str, str]
) -> None:
    path = f"{BACKUP}/exchangeProtectionPolicies/{filled['exchange']}"
    below = f"{path}/mailboxProtectionUnits"
    _, first = rest.call("GET", f"{below}?$top=3")
    gone = {"@removed": {"reason": "changed"}, "id": first["value"][0]["id"]}
    assert rest.call("PATCH", path, {"mailboxProtectionUnits@delta": [gone]})[0] == 200
    rest_of_it = _all(rest, first["@odata.nextLink"].split("/v1.0")[1])
    assert len(rest_of_it) == 4
    assert not {one["id"] for one in rest_of_it} & {one["id"] for one in first["value"]}


@pytest.mark.parametrize(
    ("clause", "count"),
    [
        ("status eq 'unprotected'", 16),
        ("status ne 'unprotected'", 0),
        ("status in ('protected','unprotected')", 16),
        ("not (status eq 'unprotected')", 0),
        ("siteId ne null", 4),
        ("directoryObjectId eq null", 4),
        ("offboardRequestedDateTime eq null", 16),
        ("createdDateTime gt 2020-01-01T00:00:00Z", 16),
        ("createdDateTime lt 2020-01-01T00:00:00Z", 0),
        ("contains(siteWebUrl,'https://') and policyId ne null", 4),
        ("startsWith(email,'%') or endsWith(email,'_')", 0),
        ("protectionSources eq 'manual'", 16),
        ("status eq 'UNPROTECTED'", 16),
        ("displayName eq 'O''Hara'", 0),
    ],
)
def test_filters_and_their_counts(
    rest: Rest, filled: dict[str, str], clause: str, count: int
) -> None:
    _, page = rest.call("GET", f"{UNITS}?$filter={clause}&$count=true")
    assert page["@odata.count"] == count, page
    assert len(page["value"]) == count


def test_filters_find_single_units(rest: Rest, filled: dict[str, str], company: Company) -> None:
    unit = rest.call("GET", f"{BACKUP}/mailboxProtectionUnits")[1]["value"][6]
    both = f"directoryObjectId eq '{unit['directoryObjectId'].upper()}'"
    assert len(rest.call("GET", f"{UNITS}?$filter={both}")[1]["value"]) == 2
    for clause in (
        f"id eq '{unit['id']}'",
        f"{both} and policyId eq '{filled['exchange']}'",
        f"email eq '{unit['email'].upper()}' and policyId eq '{filled['exchange']}'",
        f"id in ('{unit['id']}')",
    ):
        assert [one["id"] for one in rest.call("GET", f"{UNITS}?$filter={clause}")[1]["value"]] == [
            unit["id"]
        ], clause
    site = rest.call("GET", f"{BACKUP}/siteProtectionUnits")[1]["value"][0]
    for clause in (f"siteId eq '{site['siteId']}'", f"siteWebUrl eq '{site['siteWebUrl']}'"):
        assert rest.call("GET", f"{UNITS}?$filter={clause}")[1]["value"] == [site], clause


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("$filter=id eq 'x'", "InvalidProtectionUnitId"),
        ("$filter=" + " or ".join(["status eq 'x'"] * 20), "FilterLengthExceeded"),
        ("$filter=nothing eq 'x'", "BadRequest"),
        ("$filter=status eq", "BadRequest"),
        ("$filter=status gt null", "BadRequest"),
        ("$filter=status eq 5", "BadRequest"),
        ("$filter=status eq true", "BadRequest"),
        ("$filter=status/any(s:s eq 'protected')", "BadRequest"),
        ("$filter=contains(createdDateTime,'2026')", "BadRequest"),
        ("$filter=createdDateTime gt 'now'", "BadRequest"),
        ("$filter=createdDateTime gt 9999-99-99", "BadRequest"),
        ("$filter=" + "(" * 900 + "status eq 'x'" + ")" * 900, "BadRequest"),
        ("$orderby=nothing", "BadRequest"),
        ("$orderby=status sideways", "BadRequest"),
        ("$top=0", "BadRequest"),
        ("$top=1000", "BadRequest"),
        ("$skiptoken=YXQ6eA==", "BadRequest"),
        ("$skiptoken=YXQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ==", "BadRequest"),
        ("$expand=policy", "BadRequest"),
        ("$search=x", "BadRequest"),
        ("$skip=1", "BadRequest"),
    ],
)
def test_what_no_page_documents_is_refused(rest: Rest, query: str, code: str) -> None:
    assert rest.code("GET", f"{UNITS}?{query}") == (400, code)


def test_units_can_be_sorted(rest: Rest, filled: dict[str, str]) -> None:
    names = [one["siteName"] for one in _all(rest, f"{BACKUP}/siteProtectionUnits")]
    path = f"{BACKUP}/siteProtectionUnits?$top=3&$orderby=siteName desc"
    assert [one["siteName"] for one in _all(rest, path)] == sorted(names, key=str.lower)[::-1]


def test_a_policy_can_be_expanded(rest: Rest, filled: dict[str, str]) -> None:
    path = f"{BACKUP}/sharePointProtectionPolicies/{filled['sharePoint']}"
    rule = {"siteExpression": "(displayName -contains 'Legal')"}
    assert rest.call("POST", f"{path}/siteInclusionRules", rule)[0] == 201
    expand = "siteProtectionUnits,siteInclusionRules,siteProtectionUnitsBulkAdditionJobs"
    status, shown = rest.call("GET", f"{path}?$expand={expand}&$select=displayName")
    assert status == 200
    assert len(shown["siteProtectionUnits"]) == 4
    assert shown["siteInclusionRules"][0]["siteExpression"] == rule["siteExpression"]
    assert shown["siteProtectionUnitsBulkAdditionJobs"] == []
    assert "status" not in shown
    assert rest.code("GET", f"{path}?$expand=mailboxProtectionUnits") == (400, "BadRequest")


def test_a_unit_is_patched_without_properties_only(rest: Rest, filled: dict[str, str]) -> None:
    unit = rest.call("GET", f"{BACKUP}/siteProtectionUnits")[1]["value"][0]
    path = f"{BACKUP}/siteProtectionUnits/{unit['id']}"
    status, shown = rest.call("PATCH", path, {"@odata.type": unit["@odata.type"]})
    assert (status, shown["siteId"]) == (200, unit["siteId"])
    assert rest.code("PATCH", path, {"status": "protected"}) == (400, "BadRequest")
    wrong = f"{BACKUP}/mailboxProtectionUnits/{unit['id']}"
    assert rest.code("PATCH", wrong, {}) == (404, "ProtectionUnitNotFound")
    assert rest.code("PATCH", f"{BACKUP}/siteProtectionUnits/x", {}) == (
        400,
        "InvalidProtectionUnitId",
    )


@pytest.mark.parametrize("prefix", ["graph.", "microsoft.graph."])
def test_casts_of_policies_and_units(rest: Rest, filled: dict[str, str], prefix: str) -> None:
    kind = f"{prefix}exchangeProtectionPolicy"
    _, listed = rest.call("GET", f"{BACKUP}/protectionPolicies/{kind}")
    assert [one["id"] for one in listed["value"]] == [filled["exchange"]]
    one = f"{BACKUP}/protectionPolicies/{filled['exchange']}/{kind}"
    assert rest.call("GET", one)[1]["id"] == filled["exchange"]
    other = f"{BACKUP}/protectionPolicies/{filled['sharePoint']}/{kind}"
    assert rest.code("GET", other) == (404, "PolicyNotFound")
    cast = f"{UNITS}/{prefix}driveProtectionUnit"
    assert len(rest.call("GET", cast)[1]["value"]) == 5


def test_a_filtered_page_looks_at_so_many_units_only(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = engine()
    sites = [site for site in tenant.tenant.company.sites() if site.protectable][:30]
    units = [{"siteId": site.id} for site in sites]
    create_policy(
        tenant.world(), SHAREPOINT, {"displayName": "Sites", "siteProtectionUnits": units}
    )
    monkeypatch.setattr(backup_unit_lists, "MOST_LOOKED_AT", 7)
    visit = Visit(tenant.world(), PRODUCTS, evolved=True)
    found: list[str] = []
    after: str | None = None
    pages = 0
    while True:
        rows, stopped = page_of_units(
            visit, whole_tenant(visit), read_filter(f"siteName eq '{sites[20].name}'"), after, 5
        )
        found += [unit["siteId"] for _, unit in rows]
        pages += 1
        if stopped is None:
            break
        after = str(stopped)
    assert sites[20].id in found
    assert pages == Scope((SHAREPOINT,)).size(visit.world) // 7 + 1 == len(sites) // 7 + 1 > 3
