"""The practice tenant's directory, sites and reports through the real msgraph-sdk."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import requests
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.products import Product
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_client, graph_token

EVENTUAL = "ConsistencyLevel"


@pytest.fixture(scope="module")
def token(practice: dict[str, Any]) -> str:
    found = Controls(practice)
    found.reset()
    answer = graph_token(practice, found)
    found.close()
    return answer


@pytest.fixture
def rest(practice: dict[str, Any], token: str, browser: requests.Session) -> Rest:
    return Rest(practice, token, browser)


def _users_query(
    eventual: bool = True, **values: Any
) -> RequestConfiguration[UsersRequestBuilder.UsersRequestBuilderGetQueryParameters]:
    headers = HeadersCollection()
    if eventual:
        headers.add(EVENTUAL, "eventual")
    return RequestConfiguration(
        query_parameters=UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(**values),
        headers=headers,
    )


async def test_the_sdk_reads_me_and_my_roles(practice: dict[str, Any], token: str) -> None:
    async with graph_client(practice, token) as graph:
        me = await graph.me.get()
        roles = await graph.me.transitive_member_of.graph_directory_role.get()
    assert me is not None
    assert me.display_name == "Adele Vance"
    assert roles is not None
    assert [role.role_template_id for role in roles.value or []] == [
        "62e90394-69f5-4237-9190-012177145e10"
    ]


async def test_user_search_pages_through_next_link(practice: dict[str, Any], token: str) -> None:
    query = _users_query(
        search='"displayName:ann"',
        count=True,
        top=10,
        select=["id", "displayName", "userPrincipalName", "accountEnabled", "userType"],
    )
    async with graph_client(practice, token) as graph:
        first = await graph.users.get(request_configuration=query)
        assert first is not None
        assert first.odata_next_link
        follow = _users_query()
        second = await graph.users.with_url(first.odata_next_link).get(request_configuration=follow)
    assert second is not None
    assert first.odata_count
    assert first.odata_count > 10
    assert second.odata_count is None
    names = [user.display_name or "" for user in (first.value or []) + (second.value or [])]
    assert names == sorted(names, key=str.lower)
    assert all(any(word.startswith("ann") for word in n.lower().split()) for n in names)
    assert (first.value or [])[0].user_type in ("Member", "Guest")


@pytest.mark.parametrize(
    "path",
    [
        '/users?$search="displayName:ann"',
        "/users?$filter=userType ne 'Guest'&$count=true",
        "/users?$filter=startswith(displayName,'A')&$orderby=displayName",
        "/me/memberOf/graph.directoryRole",
    ],
)
def test_advanced_queries_need_the_consistency_header(rest: Rest, path: str) -> None:
    assert rest.code("GET", path) == (400, "Request_UnsupportedQuery")


def test_a_count_without_the_header_is_ignored_in_a_list_and_refused_as_a_path(rest: Rest) -> None:
    """Microsoft's page on advanced queries, "Error handling"."""
    status, listed = rest.call("GET", "/users?$count=true&$top=2")
    assert (status, len(listed["value"]), "@odata.count" in listed) == (200, 2, False)
    assert rest.code("GET", "/users/$count") == (400, "Request_BadRequest")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/users?$skip=10", "BadRequest"),
        ("/users?$filter=shoeSize eq 42", "Request_UnsupportedQuery"),
        ("/users?$filter=startswith(displayName", "Request_BadRequest"),
        ("/users?$select=shoeSize", "BadRequest"),
        ("/users?$top=5000", "Request_UnsupportedQuery"),
        ("/users?$skiptoken=rubbish", "BadRequest"),
    ],
)
def test_a_query_that_graph_does_not_know_is_refused(rest: Rest, path: str, code: str) -> None:
    assert rest.code("GET", path) == (400, code)


def test_filters_mean_what_they_say(rest: Rest) -> None:
    clause = "startswith(displayName,'Info') and accountEnabled eq false"
    _, found = rest.call("GET", f"/users?$filter={clause}&$select=id,displayName,accountEnabled")
    assert found["value"]
    for user in found["value"]:
        assert user["displayName"].startswith("Info")
        assert user["accountEnabled"] is False
    address = found["value"][0]["displayName"].lower().replace(" ", "")
    status, one = rest.call("GET", f"/users/{address}@northwindlabs.example")
    assert (status, one["id"]) == (200, found["value"][0]["id"])


def test_groups_show_their_kind_and_members(rest: Rest) -> None:
    status, found = rest.call(
        "GET", '/groups?$search="displayName:SG All"&$top=1', ConsistencyLevel="eventual"
    )
    assert status == 200
    group = found["value"][0]
    assert (group["securityEnabled"], group["mailEnabled"]) == (True, False)
    _, direct = rest.call("GET", f"/groups/{group['id']}/members")
    assert {one["@odata.type"] for one in direct["value"]} == {"#microsoft.graph.group"}
    path = f"/groups/{group['id']}/transitiveMembers/microsoft.graph.user?$count=true&$top=5"
    _, people = rest.call("GET", path, ConsistencyLevel="eventual")
    assert people["@odata.count"] > 2000
    assert len(people["value"]) == 5
    _, unified = rest.call("GET", "/groups?$filter=groupTypes/any(c:c eq 'Unified')")
    assert unified["value"]
    assert all(one["groupTypes"] == ["Unified"] for one in unified["value"])


async def test_onedrive_absence_is_a_404(
    practice: dict[str, Any], controls: Controls, rest: Rest
) -> None:
    _, rooms = rest.call("GET", "/users?$filter=startswith(displayName,'Room')&$top=1")
    async with graph_client(practice, graph_token(practice, controls)) as graph:
        mine = await graph.me.drive.get()
        with pytest.raises(ODataError) as refused:
            await graph.users.by_user_id(rooms["value"][0]["id"]).drive.get()
    assert mine is not None
    assert mine.quota is not None
    assert mine.quota.used
    assert refused.value.response_status_code == 404


@pytest.mark.parametrize(
    ("persona", "active", "eligible"),
    [("backup-admin", ["Group"], 0), ("pim-eligible", [], 1), ("no-role", [], 0)],
)
async def test_pim_tells_eligible_from_active(
    practice: dict[str, Any], controls: Controls, persona: str, active: list[str], eligible: int
) -> None:
    async with graph_client(practice, graph_token(practice, controls, persona)) as graph:
        directory = graph.role_management.directory
        now = await directory.role_assignment_schedule_instances.filter_by_current_user_with_on(
            "principal"
        ).get()
        later = await directory.role_eligibility_schedule_instances.filter_by_current_user_with_on(
            "principal"
        ).get()
    assert now is not None
    assert later is not None
    assert [one.member_type for one in now.value or []] == active
    assert len(later.value or []) == eligible


def test_a_role_through_a_group_is_not_a_direct_assignment(
    practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> None:
    rest = Rest(practice, graph_token(practice, controls, "backup-admin"), browser)
    _, me = rest.call("GET", "/me")
    clause = f"principalId eq '{me['id']}'"
    _, direct = rest.call("GET", f"/roleManagement/directory/roleAssignments?$filter={clause}")
    assert direct["value"] == []
    path = "/me/{}/graph.directoryRole?$count=true"
    _, own = rest.call("GET", path.format("memberOf"), ConsistencyLevel="eventual")
    _, deep = rest.call("GET", path.format("transitiveMemberOf"), ConsistencyLevel="eventual")
    assert own["value"] == []
    assert [role["displayName"] for role in deep["value"]] == ["Microsoft 365 Backup Administrator"]


def test_with_user_read_alone_roles_come_without_names(
    practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> None:
    token = graph_token(practice, controls, scopes=("User.Read",))
    rest = Rest(practice, token, browser)
    _, roles = rest.call("GET", "/me/transitiveMemberOf/graph.directoryRole")
    assert [role["roleTemplateId"] for role in roles["value"]] == [None]
    for path in ("/users", "/groups", "/sites?search=a", "/directoryRoles", "/subscribedSkus"):
        assert rest.code("GET", path) == (403, "Authorization_RequestDenied"), path


def test_sites_are_found_by_word_by_address_and_by_id(rest: Rest) -> None:
    _, found = rest.call("GET", "/sites?search=legal&$top=5")
    site = found["value"][0]
    path = site["webUrl"].removeprefix("https://").replace("/", ":/", 1)
    for key in (path, site["id"], site["id"].split(",")[1], path.replace("/", "%2F")):
        status, one = rest.call("GET", f"/sites/{key}")
        assert (status, one.get("id")) == (200, site["id"]), key
    _, everything = rest.call("GET", "/sites?$search=*&$top=999")
    assert len(everything["value"]) == 600
    assert rest.code("GET", "/sites") == (400, "invalidRequest")
    assert rest.code("GET", "/sites/getAllSites") == (403, "accessDenied")
    assert rest.code("GET", "/sites/nowhere.sharepoint.com:/sites/x") == (404, "itemNotFound")


async def test_the_sdk_searches_sites(practice: dict[str, Any], token: str) -> None:
    from msgraph.generated.sites.sites_request_builder import SitesRequestBuilder

    query = RequestConfiguration(
        query_parameters=SitesRequestBuilder.SitesRequestBuilderGetQueryParameters(
            search="finance", top=3
        )
    )
    async with graph_client(practice, token) as graph:
        found = await graph.sites.get(request_configuration=query)
    assert found is not None
    assert len(found.value or []) == 3
    assert all((site.id or "").count(",") == 2 for site in found.value or [])


async def test_the_sdk_follows_the_report_to_its_file(practice: dict[str, Any], token: str) -> None:
    async with graph_client(practice, token) as graph:
        raw = await graph.reports.get_share_point_site_usage_detail_with_period("D30").get()
    assert raw is not None
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == 600
    assert rows[0]["Report Period"] == "30"
    assert any(row["Last Activity Date"] == "" for row in rows)
    assert sum(int(row["Storage Used (Byte)"]) for row in rows) > 2**40


@pytest.mark.parametrize(
    ("scenario", "report", "column", "like"),
    [
        ("reports-concealed", "getMailboxUsageDetail", "User Principal Name", "[0-9A-F]{32}"),
        ("reports-empty-url", "getSharePointSiteUsageDetail", "Site URL", ""),
    ],
)
def test_reports_hide_what_real_ones_hide(
    practice: dict[str, Any],
    controls: Controls,
    browser: requests.Session,
    token: str,
    scenario: str,
    report: str,
    column: str,
    like: str,
) -> None:
    import re

    controls.scenarios({"id": scenario})
    try:
        answer = browser.get(
            f"{practice['graph']}/reports/{report}(period='D7')",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
    finally:
        controls.scenarios()
    assert [step.status_code for step in answer.history] == [302]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows
    assert all(re.fullmatch(like, row[column]) for row in rows)


def test_reports_need_a_role_and_a_known_period(
    practice: dict[str, Any], controls: Controls, rest: Rest, browser: requests.Session
) -> None:
    path = "/reports/getOneDriveUsageAccountDetail(period='{}')"
    assert rest.code("GET", path.format("D31"))[0] == 400
    other = Rest(practice, graph_token(practice, controls, "no-role"), browser)
    assert other.code("GET", path.format("D7"))[0] == 403


def test_a_batch_answers_each_part_by_itself(rest: Rest) -> None:
    parts: list[dict[str, Any]] = [
        {"id": "me", "method": "GET", "url": "/me"},
        {"id": "search", "method": "GET", "url": '/users?$search="displayName:b"&$top=1'},
        {"id": "lost", "method": "GET", "url": "/nowhere"},
    ]
    parts.append({**parts[1], "id": "found", "headers": {EVENTUAL: "eventual"}})
    status, answer = rest.call("POST", "/$batch", {"requests": parts})
    assert status == 200
    by_id = {one["id"]: one for one in answer["responses"]}
    assert {key: one["status"] for key, one in by_id.items()} == {
        "me": 200,
        "search": 400,
        "lost": 400,
        "found": 200,
    }
    assert by_id["me"]["body"]["displayName"] == "Adele Vance"
    many = [{"id": str(n), "method": "GET", "url": "/me"} for n in range(21)]
    assert rest.code("POST", "/$batch", {"requests": many}) == (400, "BadRequest")
    assert rest.code("POST", "/$batch", {"requests": [parts[0]] * 2}) == (400, "BadRequest")


async def test_the_sdk_reads_the_organization_and_its_licences(
    practice: dict[str, Any], token: str
) -> None:
    async with graph_client(practice, token) as graph:
        organizations = await graph.organization.get()
        skus = await graph.subscribed_skus.get()
    assert organizations is not None
    assert [one.id for one in organizations.value or []] == [practice["tenant_id"]]
    assert skus is not None
    assert {sku.sku_part_number for sku in skus.value or []} == {"SPE_E5", "SPE_E3", "SPE_F1"}


def test_closed_sites_are_found_by_nobody_but_stand_in_the_report(
    practice: dict[str, Any], controls: Controls, rest: Rest
) -> None:
    _, before = rest.call("GET", "/sites?$search=*&$top=999")
    controls.scenarios({"id": "sites-closed"})
    try:
        _, after = rest.call("GET", "/sites?$search=*&$top=999")
        open_ids = {site["id"] for site in after["value"]}
        closed = [site for site in before["value"] if site["id"] not in open_ids]
        host, path = closed[0]["webUrl"].removeprefix("https://").split("/", 1)
        for key in (closed[0]["id"], closed[0]["id"].split(",")[1], f"{host}:/{path}"):
            assert rest.code("GET", f"/sites/{key}") == (403, "accessDenied")
    finally:
        controls.scenarios()
    assert 50 < len(closed) < len(open_ids)


async def test_the_client_shows_closed_sites_greyed_and_finds_all_others(
    practice: dict[str, Any], controls: Controls
) -> None:
    """What a delegated admin cannot open must be shown, not missing (usage-reports.md)."""
    controls.scenarios({"id": "sites-closed"})
    try:
        async with graph_calls(practice, controls) as calls:
            directory = GraphDirectory(calls, GraphBackup(calls), lambda: "")
            found = [one async for page in directory.candidates(Product.SHAREPOINT) for one in page]
    finally:
        controls.scenarios()
    closed = [one for one in found if one.key.startswith("report:")]
    assert len(found) == 600
    assert len(closed) > 50
    assert all(one.unsupported and one.address for one in closed)
