"""Members and memberships over HTTP, held against the company: direct, nested, cast, counted."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from m365backup_tui.practice.company.lookups import Company
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token
from tests.practice.northwind import BACKUP_GROUP_ID
from tests.practice.test_directory_queries import HEADER, everything


@pytest.fixture
def rest(practice: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    return Rest(practice, graph_token(practice, controls, scopes=("Directory.Read.All",)), browser)


def _id(company: Company, name: str) -> str:
    return next(group.id for group in company.groups() if group.display_name == name)


@pytest.mark.parametrize("name", ["SG Legal", "SG All staff", "SG Empty", "DL Legal"])
@pytest.mark.parametrize("nav", ["members", "transitiveMembers"])
def test_members_are_all_there_and_counted(
    rest: Rest, company: Company, name: str, nav: str
) -> None:
    key = _id(company, name)
    wanted = set(company.members(key) if nav == "members" else company.transitive_members(key))
    found, total = everything(rest, f"/groups/{key}/{nav}?$count=true&$top=150")
    assert [one["id"] for one in found] == list(dict.fromkeys(one["id"] for one in found))
    assert {one["id"] for one in found} == wanted
    assert total == len(wanted)
    for kind, known in (("user", company.user), ("group", company.group)):
        cast = f"/groups/{key}/{nav}/microsoft.graph.{kind}"
        ours = {one for one in wanted if known(one)}
        found, total = everything(rest, f"{cast}?$count=true&$top=999&$orderby=displayName")
        assert {one["id"] for one in found} == ours
        assert total == len(ours)
        assert rest.text(f"{cast}/$count", **HEADER) == (200, str(len(ours)))
    assert rest.text(f"/groups/{key}/{nav}/$count", **HEADER) == (200, str(len(wanted)))


def test_a_cast_of_members_is_searched_and_filtered(rest: Rest, company: Company) -> None:
    key = _id(company, "SG All staff")
    path = f"/groups/{key}/transitiveMembers/microsoft.graph.user"
    query = '$search="displayName:ann"&$filter=accountEnabled eq true&$count=true'
    found, _ = everything(rest, f"{path}?{query}")
    below = company.transitive_members(key)
    assert {one["id"] for one in found} == {
        user.id
        for user in company.users()
        if user.id in below and user.account_enabled and "ann" in _firsts(user.display_name)
    }
    assert rest.code("GET", path) == (400, "Request_UnsupportedQuery")
    assert rest.code("GET", f"{path}/$count") == (400, "Request_BadRequest")
    status, _ = rest.call("GET", f"/groups/{key}/members?$filter=id eq 'x'", None, **HEADER)
    assert status == 400


def _firsts(name: str) -> set[str]:
    return {word[:3].lower() for word in name.split()}


def test_groups_bring_their_first_members_when_asked(rest: Rest, company: Company) -> None:
    key = _id(company, "SG Legal")
    _, group = rest.call("GET", f"/groups/{key}?$select=id&$expand=members($select=id,displayName)")
    assert set(group) == {"@odata.context", "id", "members"}
    assert [one["id"] for one in group["members"]] == list(company.members(key)[:20])
    assert set(group["members"][0]) == {"@odata.type", "id", "displayName"}
    plain = "$select=displayName&$expand=members($select=displayName)"
    _, group = rest.call("GET", f"/groups/{key}?{plain}")
    assert set(group) == {"@odata.context", "displayName", "members"}
    assert set(group["members"][0]) == {"@odata.type", "displayName"}
    _, listed = rest.call("GET", f"/groups?$top=3&{plain}")
    assert all(set(one) == {"displayName", "members"} for one in listed["value"])
    _, listed = rest.call("GET", "/groups?$top=3&$expand=members")
    assert all("members" in one for one in listed["value"])
    assert rest.code("GET", "/groups?$expand=owners") == (400, "BadRequest")
    status, _ = rest.call("GET", "/groups?$expand=members&$count=true", None, **HEADER)
    assert status == 400


def test_what_a_person_belongs_to_follows_nested_groups(rest: Rest, company: Company) -> None:
    user = next(user for user in company.users() if user.department == "Legal" and user.mail)
    for nav, deep in (("memberOf", False), ("transitiveMemberOf", True)):
        wanted = {
            group.id
            for group in company.groups()
            if user.id
            in (company.transitive_members(group.id) if deep else company.members(group.id))
        }
        found, total = everything(rest, f"/users/{user.id}/{nav}?$count=true")
        assert {one["id"] for one in found} == wanted
        assert total == len(wanted)
        cast = f"/users/{user.upn}/{nav}/microsoft.graph.group?$count=true"
        found, _ = everything(rest, f"{cast}&$filter=mailEnabled eq true")
        assert {one["id"] for one in found} == {
            key for key in wanted if (group := company.group(key)) and group.mail
        }
    legal, staff = _id(company, "SG Legal"), _id(company, "SG All staff")
    _, above = rest.call("GET", f"/groups/{_id(company, 'SG Legal leads')}/transitiveMemberOf")
    assert {one["id"] for one in above["value"]} == {legal, staff}


def test_a_group_that_carries_a_role_says_so(rest: Rest) -> None:
    _, found = rest.call("GET", f"/groups/{BACKUP_GROUP_ID}/memberOf")
    assert [one["displayName"] for one in found["value"]] == ["Microsoft 365 Backup Administrator"]
    _, roles = rest.call("GET", "/directoryRoles")
    backup = next(one for one in roles["value"] if "Backup" in one["displayName"])
    _, one = rest.call("GET", f"/directoryRoles/{backup['id']}")
    assert one["roleTemplateId"] == backup["roleTemplateId"]
    _, holders = rest.call("GET", f"/directoryRoles/{backup['id']}/members")
    assert [one["id"] for one in holders["value"]] == [BACKUP_GROUP_ID]
    assert rest.code("GET", "/directoryRoles?$top=1") == (400, "BadRequest")


def test_assignments_through_groups_are_found_by_person(
    rest: Rest, practice: dict[str, Any]
) -> None:
    person = next(one for one in practice["personas"] if one["key"] == "backup-admin")
    _, me = rest.call("GET", f"/users/{person['upn']}")
    path = "/roleManagement/directory/transitiveRoleAssignments"
    query = f"?$filter=principalId eq '{me['id']}'&$count=true&$expand=roleDefinition,principal"
    _, found = rest.call("GET", path + query, None, **HEADER)
    assert [one["principal"]["id"] for one in found["value"]] == [BACKUP_GROUP_ID]
    assert found["value"][0]["roleDefinition"]["displayName"].startswith("Microsoft 365 Backup")
    assert rest.code("GET", path) == (400, "Request_UnsupportedQuery")
    base = "/roleManagement/directory/roleAssignments"
    _, one = rest.call("GET", f"{base}/{found['value'][0]['id']}")
    assert one["principalId"] == BACKUP_GROUP_ID
    assert rest.code("GET", f"{base}/nothing") == (404, "Request_ResourceNotFound")
    assert rest.code("GET", f"{base}?$expand=directoryScope") == (400, "BadRequest")
    _, roles = rest.call("GET", "/roleManagement/directory/roleDefinitions?$top=2")
    assert len(roles["value"]) == 2
    assert "@odata.nextLink" in roles


def test_many_ids_are_resolved_at_once(rest: Rest, company: Company) -> None:
    people = [user.id for user in list(company.users())[:998]]
    group, nobody = _id(company, "SG Legal"), "00000000-0000-4000-8000-000000000000"
    path = "/directoryObjects/getByIds"
    status, found = rest.call("POST", path, {"ids": [*people, group.upper(), nobody]})
    assert status == 200
    assert {one["id"] for one in found["value"]} == {*people, group}
    _, only = rest.call("POST", path, {"ids": [people[0], group], "types": ["Group"]})
    assert [one["id"] for one in only["value"]] == [group]
    assert "accountEnabled" in found["value"][0]  # all properties, not the default ones
    wrong: tuple[dict[str, Any], ...]
    wrong = ({}, {"ids": []}, {"ids": people + people}, {"ids": [1]}, {"ids": "x"}, {"ids": ["x"]})
    for body in wrong:
        assert rest.code("POST", path, body) == (400, "Request_BadRequest")
    assert rest.code("POST", path, {"ids": people[:1], "types": "user"}) == (
        400,
        "Request_BadRequest",
    )
