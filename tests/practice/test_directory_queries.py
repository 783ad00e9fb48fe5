"""Queries of directory lists: every answer is held against the company itself, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests

from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import User
from m365backup_tui.practice.company.words import asked_words, words_of
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token

HEADER = {"ConsistencyLevel": "eventual"}


@pytest.fixture
def rest(practice: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    scopes = ("User.ReadBasic.All", "Group.ReadBasic.All", "GroupMember.ReadBasic.All")
    return Rest(practice, graph_token(practice, controls, scopes=scopes), browser)


def everything(rest: Rest, path: str) -> tuple[list[dict[str, Any]], int]:
    """All pages of a list, and the count that the first one names."""
    status, answer = rest.call("GET", path, None, **HEADER)
    assert status == 200, answer
    found, total = list(answer["value"]), answer["@odata.count"]
    while "@odata.nextLink" in answer:
        link = answer["@odata.nextLink"].partition("/v1.0")[2]
        status, answer = rest.call("GET", link, None, **HEADER)
        assert status == 200, answer
        assert "@odata.count" not in answer
        found += answer["value"]
    return found, total


def fold(text: str | None) -> str:
    return (text or "").lower()


FILTERS: list[tuple[str, Callable[[User], bool]]] = [
    ("accountEnabled eq false", lambda u: not u.account_enabled),
    ("userType ne 'guest'", lambda u: u.user_type != "Guest"),
    ("userType in ('Guest','Nobody')", lambda u: u.user_type == "Guest"),
    ("startswith(displayName,'AN')", lambda u: fold(u.display_name).startswith("an")),
    ("not startswith(displayName,'a')", lambda u: not fold(u.display_name).startswith("a")),
    ("endsWith(mail,'@adventure-works.example')", lambda u: u.user_type == "Guest"),
    ("department eq null", lambda u: u.department is None),
    ("department ne 'Legal'", lambda u: u.department != "Legal"),
    ("not(department eq 'Legal')", lambda u: u.department != "Legal"),
    (
        "department eq 'Legal' and (officeLocation eq 'Oslo' or officeLocation eq 'Porto')",
        lambda u: u.department == "Legal" and u.office in ("Oslo", "Porto"),
    ),
    (
        "not(department eq 'Legal' or accountEnabled eq false) and jobTitle ne null",
        lambda u: u.department != "Legal" and u.account_enabled and u.job_title is not None,
    ),
    ("onPremisesSyncEnabled eq true", lambda u: u.hybrid),
    ("onPremisesSyncEnabled ne true", lambda u: not u.hybrid),
    ("createdDateTime ge 2025-06-01", lambda u: u.created.isoformat() >= "2025-06-01"),
    ("createdDateTime le 2025-06-01T07:59:59Z", lambda u: u.created.isoformat() < "2025-06-01"),
    ("displayName ge 'yar'", lambda u: fold(u.display_name) >= "yar"),
    (
        "assignedLicenses/any(x:x/skuId eq 66b55226-6b4f-492c-910c-a3b7a3c9d993)",
        lambda u: u.sku_id == "66b55226-6b4f-492c-910c-a3b7a3c9d993",
    ),
    ("assignedLicenses/$count eq 0", lambda u: u.sku_id is None),
    ("surname eq 'Müller'", lambda u: u.surname == "Müller"),
    ("displayName eq 'O''Hara'", lambda u: False),
]


@pytest.mark.parametrize(("clause", "test"), FILTERS, ids=[clause for clause, _ in FILTERS])
def test_a_filter_finds_exactly_whom_it_means(
    rest: Rest, company: Company, clause: str, test: Callable[[User], bool]
) -> None:
    path = f"/users?$filter={quote(clause)}&$count=true&$top=333&$select=id"
    found, total = everything(rest, path)
    assert {one["id"] for one in found} == {user.id for user in company.users() if test(user)}
    assert len(found) == total
    status, text = rest.text(f"/users/$count?$filter={quote(clause)}", **HEADER)
    assert (status, text) == (200, str(total))


SEARCHES: list[tuple[str, Callable[[User], bool]]] = [
    ('"displayName:ann"', lambda u: _has(u, "ann")),
    ('"displayName:A"', lambda u: _has(u, "a")),
    ('"displayName:smi ann"', lambda u: _has(u, "smi") and _has(u, "ann")),
    ('"displayName:(guest)"', lambda u: _has(u, "guest")),
    ('"displayName:nobody at all"', lambda u: False),
    (
        '"displayName:ann" AND "department:legal"',
        lambda u: _has(u, "ann") and fold(u.department).startswith("legal"),
    ),
    (
        '"surname:zimm" OR "displayName:ann" AND "userPrincipalName:ann.b"',
        lambda u: (
            fold(u.surname).startswith("zimm") or (_has(u, "ann") and u.upn.startswith("ann.b"))
        ),
    ),
    (
        '("surname:zimm" OR "displayName:ann") AND "mail:ann.b"',
        lambda u: (
            (fold(u.surname).startswith("zimm") or _has(u, "ann"))
            and fold(u.mail).startswith("ann.b")
        ),
    ),
]


def _has(user: User, beginning: str) -> bool:
    return any(word.startswith(beginning) for word in words_of(user.display_name))


@pytest.mark.parametrize(("text", "test"), SEARCHES, ids=[text for text, _ in SEARCHES])
def test_a_search_finds_words_by_their_beginnings(
    rest: Rest, company: Company, text: str, test: Callable[[User], bool]
) -> None:
    path = f"/users?$search={quote(text)}&$count=true&$orderby=displayName&$top=40"
    found, total = everything(rest, path)
    assert {one["id"] for one in found} == {user.id for user in company.users() if test(user)}
    assert len(found) == total
    names = [fold(one["displayName"]) for one in found]
    assert names == sorted(names)


def test_search_and_filter_together_mean_both(rest: Rest, company: Company) -> None:
    search, clause = quote('"displayName:ann"'), quote("accountEnabled eq true")
    found, _ = everything(rest, f"/users?$search={search}&$filter={clause}&$count=true")
    wanted = {user.id for user in company.users() if _has(user, "ann") and user.account_enabled}
    assert {one["id"] for one in found} == wanted


@pytest.mark.parametrize(
    ("sorting", "key"),
    [
        ("displayName", "displayName"),
        ("displayName desc", "displayName"),
        ("userPrincipalName", "userPrincipalName"),
        ("userPrincipalName desc", "userPrincipalName"),
        ("createdDateTime", "createdDateTime"),
    ],
)
def test_sorting_holds_over_all_pages(rest: Rest, company: Company, sorting: str, key: str) -> None:
    path = f"/users?$orderby={quote(sorting)}&$count=true&$top=500"
    found, total = everything(rest, f"{path}&$select=id,{key}")
    values = [fold(one[key]) for one in found]
    assert values == sorted(values, reverse=sorting.endswith("desc"))
    assert len({one["id"] for one in found}) == total == company.fact("users")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("$filter=contains(displayName,'a')&$count=true", "Request_UnsupportedQuery"),
        ("$filter=department gt 'a'&$count=true", "Request_UnsupportedQuery"),
        ("$filter=startswith(userType,'G')", "Request_UnsupportedQuery"),
        ("$filter=accountEnabled eq null&$count=true", "Request_UnsupportedQuery"),
        ("$filter=businessPhones/any(p:p eq '1')", "Request_UnsupportedQuery"),
        ("$filter=assignedLicenses/$count eq 1&$count=true", "Request_UnsupportedQuery"),
        ("$filter=accountEnabled eq 'yes'", "Request_BadRequest"),
        ("$filter=createdDateTime ge yesterday", "Request_BadRequest"),
        ("$filter=id eq 5", "Request_BadRequest"),
        ("$filter=", "Request_BadRequest"),
        ("$filter=" + "(" * 500 + "id eq 'x'" + ")" * 500, "Request_BadRequest"),
        ("$filter=" + " or ".join(["id eq 'x'"] * 16), "Request_UnsupportedQuery"),
        ("$filter=id in (" + ",".join(["'x'"] * 16) + ")", "Request_UnsupportedQuery"),
        ("$orderby=department&$count=true", "Request_UnsupportedQuery"),
        ("$orderby=displayName sideways", "Request_UnsupportedQuery"),
        ("$search=ann", "Request_BadRequest"),
        ('$search="ann"', "Request_BadRequest"),
        ('$search="displayName:"', "Request_BadRequest"),
        ('$search="displayName:a" and "displayName:b"', "Request_BadRequest"),
        ('$search=("displayName:a"', "Request_BadRequest"),
        ('$search="shoeSize:42"', "Request_UnsupportedQuery"),
        ('$search="displayName:a"&$orderby=userPrincipalName', "Request_UnsupportedQuery"),
        ("$top=0", "Request_UnsupportedQuery"),
        ("$top=1000", "Request_UnsupportedQuery"),
        ("$skiptoken=YXQ6bm9ib2R5", "BadRequest"),
    ],
)
def test_a_query_outside_the_documented_ones_is_refused(rest: Rest, query: str, code: str) -> None:
    status, answer = rest.call("GET", f"/users?{quote(query, safe='=&$')}", None, **HEADER)
    assert (status, answer["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    "clause",
    [
        "userType ne 'Guest'",
        "not startswith(displayName,'a')",
        "endswith(mail,'x')",
        "officeLocation eq 'Oslo'",
        "department eq null",
    ],
)
def test_advanced_filters_need_both_header_and_count(rest: Rest, clause: str) -> None:
    path = f"/users?$filter={quote(clause)}"
    for counted, header in (("", HEADER), ("&$count=true", {})):
        status, answer = rest.call("GET", path + counted, None, **header)
        assert (status, answer["error"]["code"]) == (400, "Request_UnsupportedQuery")


def test_groups_are_filtered_by_what_they_are(rest: Rest, company: Company) -> None:
    lists = quote("mailEnabled eq true and securityEnabled eq false")
    found, _ = everything(rest, f"/groups?$filter={lists}&$count=true")
    wanted = {group.id for group in company.groups() if group.mail}
    assert {one["id"] for one in found} == wanted
    kind = quote("NOT groupTypes/any(c:c eq 'Unified') and mailEnabled eq true")
    found, _ = everything(rest, f"/groups?$filter={kind}&$count=true")
    assert {one["id"] for one in found} == {
        group.id for group in company.groups() if group.kind == "distribution"
    }


def test_words_are_divided_as_microsoft_describes() -> None:
    assert words_of("hello world") == {"hello", "world"}
    assert words_of("HelloWorld") == {"hello", "world"}
    assert words_of("HELLOworld") == {"helloworld"}
    assert words_of("hello.world") == {"hello", "world", "helloworld"}
    assert words_of("hello123world") == {"hello", "123", "world"}
    assert asked_words("hello-world") == {"hello", "world"}
    assert words_of("") == words_of(" - ") == set()


def test_what_is_selected_comes_and_nothing_else(rest: Rest) -> None:
    _, me = rest.call("GET", "/me?$select=displayName,mail")
    assert set(me) == {"@odata.context", "displayName", "mail"}
    _, people = rest.call("GET", "/users?$top=2&$select=displayName")
    assert [set(one) for one in people["value"]] == [{"displayName"}, {"displayName"}]


def test_ids_of_no_form_are_refused(rest: Rest) -> None:
    assert rest.code("GET", "/groups/SG Legal") == (400, "Request_BadRequest")
    known = "11111111-2222-4333-8444-555555555555"
    assert rest.code("GET", f"/groups/{known}") == (404, "Request_ResourceNotFound")
