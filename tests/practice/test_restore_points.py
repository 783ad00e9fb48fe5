"""Restore points of the practice tenant: list, get, search, and every error of graph.md §9."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from typing import Any

import pytest
import requests
from msgraph.generated.models.restore_point_preference import RestorePointPreference
from msgraph.generated.models.restore_point_tags import RestorePointTags
from msgraph.generated.models.time_period import TimePeriod
from msgraph.generated.solutions.backup_restore.restore_points.search.search_post_request_body import (
    SearchPostRequestBody,
)

from m365backup_tui.practice.clock import from_iso
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_client, graph_token
from tests.practice.restoring import (
    ALL,
    BACKUP,
    CONFIGURE,
    RESTORE,
    SEARCH,
    artifacts,
    every_point,
    points,
    protect,
    rest_as,
)

POINTS = f"{BACKUP}/restorePoints"
SEARCHES = f"{POINTS}/search"
ALWAYS = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2100-01-01T00:00:00Z"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def rest(ready: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    return rest_as(ready, controls, browser)


def list_path(unit: str, when: str = "lt 2100-01-01T00:00:00Z") -> str:
    return (
        f"{POINTS}?$expand=protectionUnit($filter=id eq '{unit}')&$filter=protectionDateTime {when}"
    )


def test_points_come_every_ten_minutes_and_thin_out_to_weeks(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    (unit,) = protect(rest, controls, "sharePoint", artifacts("sharePoint", 1))
    first = points(rest, unit)
    moments = [from_iso(point["protectionDateTime"]) for point in first]
    assert {a - b for a, b in itertools.pairwise(moments)} == {timedelta(minutes=10)}
    controls.advance("P100D")
    found = every_point(rest, ready, unit)
    moments = [from_iso(point["protectionDateTime"]) for point in found]
    dense = [one for one in moments if one > moments[0] - timedelta(days=14)]
    assert len(dense) == 14 * 144
    weekly = [one for one in moments if one not in set(dense)]
    assert {a - b for a, b in itertools.pairwise(weekly)} == {timedelta(days=7)}
    assert len({point["id"] for point in found}) == len(found)
    kept = {
        from_iso(point["expirationDateTime"]) - from_iso(point["protectionDateTime"])
        for point in found
    }
    assert kept == {timedelta(days=14), timedelta(days=365)}
    assert all(point["protectionUnit"]["id"] == unit for point in found)
    assert {point["tags"] for point in found} == {"none", "fastRestore"}


def test_points_stay_when_protection_ends_until_their_time_is_over(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    (unit,) = protect(rest, controls, "exchange", artifacts("exchange", 1))
    policy = rest.call("GET", f"{BACKUP}/protectionUnits/{unit}")[1]["policyId"]
    before = [point["id"] for point in points(rest, unit)]
    assert rest.call("POST", f"{BACKUP}/protectionPolicies/{policy}/deactivate")[0] == 202
    controls.advance("P3D")
    assert [point["id"] for point in points(rest, unit)] == before
    oldest = before[-1]
    controls.advance("P20D")
    assert [point["id"] for point in points(rest, unit)] == [oldest], "the week's point is left"
    controls.advance("P360D")
    assert points(rest, unit) == []
    assert rest.code("GET", f"{POINTS}/{oldest}") == (404, "RestorePointNotFound")


def test_a_unit_that_was_never_protected_has_no_points(ready: dict[str, Any], rest: Rest) -> None:
    body = {
        "displayName": "Never",
        "siteProtectionUnits": [{"siteId": artifacts("sharePoint", 1)[0]}],
    }
    made = rest.call("POST", f"{BACKUP}/sharePointProtectionPolicies", body)[1]
    listed = rest.call(
        "GET", f"{BACKUP}/sharePointProtectionPolicies/{made['id']}/siteProtectionUnits"
    )[1]
    unit = listed["value"][0]["id"]
    assert points(rest, unit) == []
    answer = rest.call(
        "POST", SEARCHES, {"protectionUnitIds": [unit], "protectionTimePeriod": ALWAYS}
    )[1]
    assert (answer["searchResults"], answer["noResultProtectionUnitIds"]) == ([], [unit])


def test_a_point_is_found_again_by_its_id(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    (unit,) = protect(rest, controls, "oneDrive", artifacts("oneDrive", 1))
    listed = points(rest, unit)[1]
    status, plain = rest.call("GET", f"{POINTS}/{listed['id']}")
    assert (status, "protectionUnit" in plain) == (200, False)
    status, full = rest.call("GET", f"{POINTS}/{listed['id'].upper()}?$expand=protectionUnit")
    assert status == 200
    full.pop("@odata.context")
    assert full == listed
    digit = "0" if listed["id"][-1] != "0" else "1"
    for wrong in (UNKNOWN, "x", listed["id"][:-1] + digit, unit, "%00", "é"):
        assert rest.code("GET", f"{POINTS}/{wrong}") == (404, "RestorePointNotFound")


def test_the_filter_is_a_window(ready: dict[str, Any], rest: Rest, controls: Controls) -> None:
    (unit,) = protect(rest, controls, "exchange", artifacts("exchange", 1))
    every = [point["protectionDateTime"] for point in points(rest, unit)]
    third, fifth = every[2], every[4]
    for when, expected in (
        (f"lt {third}", every[3:]),
        (f"le {third}", every[2:]),
        (f"gt {third}", every[:2]),
        (f"ge {fifth} and protectionDateTime le {third}", every[2:5]),
        (f"eq {third}", [third]),
        (f"gt {third} and protectionDateTime lt {third}", []),
    ):
        assert [point["protectionDateTime"] for point in points(rest, unit, when)] == expected, when


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "InvalidSearchRequest"),
        ("?$filter=protectionDateTime lt 2030-01-01T00:00:00Z", "InvalidSearchRequest"),
        ("?$expand=protectionUnit($filter=id eq '{unit}')", "InvalidSearchRequest"),
        ("?$expand=protectionUnit&$filter=protectionDateTime lt 2030-01-01T00:00:00Z",
         "InvalidSearchRequest"),
        ("?$expand=protectionUnit($filter=name eq '{unit}')&$filter=protectionDateTime lt "
         "2030-01-01T00:00:00Z", "InvalidSearchRequest"),
        ("?$expand=protectionUnit($filter=id eq '{unit}')&$filter=protectionDateTime lt soon",
         "InvalidSearchRequest"),
        ("?$expand=protectionUnit($filter=id eq '{unit}')&$filter=tags eq 'none'",
         "InvalidSearchRequest"),
        ("?$expand=protectionUnit($filter=id eq 'made-up')&$filter=protectionDateTime lt "
         "2030-01-01T00:00:00Z", "InvalidProtectionUnitId"),
        ("?$expand=protectionUnit($filter=id eq '{unit}')&$filter=protectionDateTime lt "
         "2030-01-01T00:00:00Z" + " and protectionDateTime lt 2030-01-01T00:00:00Z" * 20,
         "FilterLengthExceeded"),
        ("?$expand=protectionUnit($filter=id eq '{unit}'" + " or id eq '{unit}'" * 20
         + ")&$filter=protectionDateTime lt 2030-01-01T00:00:00Z", "FilterLengthExceeded"),
        ("?$expand=protectionUnit($filter=id eq '{unit}')&$filter=protectionDateTime lt "
         "2030-01-01T00:00:00Z&$orderby=id", "BadRequest"),
        ("?$expand=protectionUnit($filter=id eq '{unit}')&$filter=protectionDateTime lt "
         "2030-01-01T00:00:00Z&$skiptoken=YXQ6OTkgMQ==", "BadRequest"),
        ("?$expand=protectionUnit($filter=id eq '{unit}')&$filter=protectionDateTime lt "
         "2030-01-01T00:00:00Z&$skiptoken=YXQ6eHg=", "BadRequest"),
    ],
)  # fmt: skip
def test_a_list_that_asks_wrongly_is_refused(
    ready: dict[str, Any], rest: Rest, controls: Controls, query: str, code: str
) -> None:
    (unit,) = protect(rest, controls, "exchange", artifacts("exchange", 1))
    assert rest.code("GET", f"{POINTS}{query.replace('{unit}', unit)}") == (400, code)


async def test_search_gives_the_latest_or_the_oldest_of_each_unit(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    sites = protect(rest, controls, "sharePoint", artifacts("sharePoint", 2))
    controls.advance("P5D")
    every = points(rest, sites[0])
    async with graph_client(ready, graph_token(ready, controls, scopes=ALL)) as graph:
        search = graph.solutions.backup_restore.restore_points.search

        async def found(prefer: RestorePointPreference | None, tag: str | None = None) -> Any:
            answer = await search.post(
                SearchPostRequestBody(
                    protection_unit_ids=sites,
                    protection_time_period=TimePeriod(
                        start_date_time=from_iso(ALWAYS["startDateTime"]),
                        end_date_time=from_iso(ALWAYS["endDateTime"]),
                    ),
                    restore_point_preference=prefer,
                    tags=RestorePointTags(tag) if tag else None,
                )
            )
            assert answer is not None
            assert answer.no_result_protection_unit_ids == []
            assert answer.search_response_id
            rows = answer.search_results or []
            assert [row.restore_point.protection_unit.id for row in rows] == sites  # type: ignore[union-attr]
            return rows[0].restore_point

        latest = await found(RestorePointPreference.Latest)
        assert latest.id == every[0]["id"]
        assert (await found(None)).id == every[0]["id"]
        oldest = await found(RestorePointPreference.Oldest)
        assert oldest.id == every[-1]["id"]
        express = await found(RestorePointPreference.Latest, "fastRestore")
        assert express.id == next(one["id"] for one in every if one["tags"] == "fastRestore")


def test_search_names_the_units_without_points_in_that_time(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    units = protect(rest, controls, "exchange", artifacts("exchange", 2))
    body = {
        "protectionUnitIds": units,
        "protectionTimePeriod": {
            "startDateTime": "2020-01-01T00:00:00Z",
            "endDateTime": "2020-01-08T00:00:00Z",
        },
    }
    status, answer = rest.call("POST", SEARCHES, body)
    assert (status, answer["noResultProtectionUnitIds"]) == (200, units)
    mail = {**body, "protectionTimePeriod": ALWAYS, "tags": "fastRestore"}
    answer = rest.call("POST", SEARCHES, mail)[1]
    assert answer["noResultProtectionUnitIds"] == units, "express points are not for mailboxes"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"protectionUnitIds": []}, "InvalidSearchRequest"),
        ({"protectionUnitIds": None}, "InvalidSearchRequest"),
        ({"protectionUnitIds": [5]}, "InvalidSearchRequest"),
        ({"protectionUnitIds": [UNKNOWN] * 1001}, "InvalidSearchRequest"),
        ({"protectionUnitIds": [UNKNOWN]}, "InvalidProtectionUnitId"),
        ({"protectionTimePeriod": None}, "InvalidSearchRequest"),
        ({"protectionTimePeriod": "always"}, "InvalidSearchRequest"),
        ({"protectionTimePeriod": {**ALWAYS, "startDateTime": "2015-06-19T12-01-03.45Z"}},
         "InvalidSearchRequest"),
        ({"protectionTimePeriod": {**ALWAYS, "endDateTime": "2019-01-01T00:00:00Z"}},
         "InvalidSearchRequest"),
        ({"restorePointPreference": "newest"}, "InvalidSearchRequest"),
        ({"restorePointPreference": ["latest"]}, "InvalidSearchRequest"),
        ({"tags": "slow"}, "InvalidSearchRequest"),
        ({"tags": {}}, "InvalidSearchRequest"),
        ({"artifactQuery": {}}, "InvalidSearchRequest"),
        ({"artifactQuery": {"artifactType": "file", "queryExpression": "x"}},
         "InvalidSearchRequest"),
        ({"colour": "red"}, "InvalidSearchRequest"),
    ],
)  # fmt: skip
def test_a_search_that_asks_wrongly_is_refused(
    ready: dict[str, Any], rest: Rest, controls: Controls, change: dict[str, Any], code: str
) -> None:
    (unit,) = protect(rest, controls, "exchange", artifacts("exchange", 1))
    body = {"protectionUnitIds": [unit], "protectionTimePeriod": ALWAYS, **change}
    assert rest.code("POST", SEARCHES, body) == (400, code)


def test_a_granular_mail_search_counts_its_hits(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    mail = protect(rest, controls, "exchange", artifacts("exchange", 1))
    sites = protect(rest, controls, "sharePoint", artifacts("sharePoint", 1))
    query = {"artifactType": "message", "queryExpression": "subject -eq 'Invoice'"}
    body = {"protectionUnitIds": mail, "protectionTimePeriod": ALWAYS, "artifactQuery": query}
    status, answer = rest.call("POST", SEARCHES, body)
    assert status == 200
    count = answer["searchResults"][0]["artifactHitCount"]
    assert 0 <= count <= 1000
    assert rest.call("POST", SEARCHES, body)[1] == answer, "the same question, the same answer"
    refused = {**body, "protectionUnitIds": sites}
    assert rest.code("POST", SEARCHES, refused) == (400, "InvalidSearchRequest")


@pytest.mark.parametrize(
    ("persona", "scopes", "expected"),
    [
        ("global-admin", (SEARCH,), 200),
        ("global-admin", (CONFIGURE,), 403),
        ("global-admin", (RESTORE,), 403),
        ("exchange-admin", (SEARCH,), 200),
        ("sharepoint-admin", (SEARCH,), 403),
        ("no-role", (SEARCH,), 403),
    ],
)
def test_who_may_look(
    ready: dict[str, Any],
    rest: Rest,
    controls: Controls,
    browser: requests.Session,
    persona: str,
    scopes: tuple[str, ...],
    expected: int,
) -> None:
    (unit,) = protect(rest, controls, "exchange", artifacts("exchange", 1))
    point = points(rest, unit)[0]["id"]
    other = rest_as(ready, controls, browser, persona, scopes)
    body = {"protectionUnitIds": [unit], "protectionTimePeriod": ALWAYS}
    assert other.call("GET", list_path(unit))[0] == expected
    assert other.call("GET", f"{POINTS}/{point}")[0] == expected
    assert other.call("POST", SEARCHES, body)[0] == expected


def test_a_page_is_quick_after_a_year_of_points(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    (unit,) = protect(rest, controls, "oneDrive", artifacts("oneDrive", 1))
    controls.advance("P360D")
    points(rest, unit)
    begun = time.monotonic()
    points(rest, unit)
    assert time.monotonic() - begun < 5, "a year is made up once, not for every page"
