"""Odd queries against directory, sites and roles: refused or answered, never a server error."""

from __future__ import annotations

import base64
import random
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token

LISTS = (
    "/users",
    "/groups",
    "/users/$count",
    "/sites",
    "/me",
    "/me/drives",
    "/me/memberOf",
    "/me/transitiveMemberOf/microsoft.graph.group",
    "/groups/{group}/members",
    "/groups/{group}/transitiveMembers/microsoft.graph.user",
    "/groups/{group}/members/microsoft.graph.user/$count",
    "/roleManagement/directory/roleAssignments",
    "/roleManagement/directory/roleDefinitions",
    "/roleManagement/directory/transitiveRoleAssignments",
    "/organization",
    "/subscribedSkus",
)
OPTIONS = ("$filter", "$search", "$orderby", "$top", "$skiptoken", "$select", "$expand", "$count")
_WORDS = (
    "displayName id mail eq ne not in ( ) 'a' ' '' null true 5 2021-01-01 startswith endswith "
    "contains /any( x:x groupTypes assignedLicenses/any(x:x/skuId and or , : \\ % * - $count asc "
    'desc createdDateTime AND OR " "displayName:a" "mail: members members($select=id) 999 0 -1 '
    "99999999999999999999999 2021-13-45T99:99Z 0001-01-01T00:00:00+14:00 \x00 \ud83d é ٣"
)
WORDS = _WORDS.split()
POSITIONS = ("1", "-1", "x", "", "٣", "00", "9" * 30)


@pytest.fixture
def rest(practice: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    scopes = ("Directory.Read.All", "Sites.Read.All", "Files.Read.All")
    return Rest(practice, graph_token(practice, controls, scopes=scopes), browser)


@pytest.mark.parametrize("seed", range(4))
def test_an_odd_query_is_refused_or_answered(rest: Rest, seed: int) -> None:
    rng = random.Random(seed)
    _, groups = rest.call("GET", "/groups?$top=1")
    seen = set()
    for _ in range(80):
        asked = {name: _value(rng, name) for name in rng.sample(OPTIONS, rng.randint(1, 3))}
        query = "&".join(f"{name}={text}" for name, text in asked.items())
        path = rng.choice(LISTS).format(group=groups["value"][0]["id"])
        header = {"ConsistencyLevel": "eventual"} if rng.random() < 0.7 else {}
        status, answer = rest.call("GET", f"{path}?{query}", None, **header)
        assert status in (200, 400), (path, query, answer)
        seen.add(status)
    assert seen == {200, 400}


def _value(rng: random.Random, name: str) -> str:
    if name == "$skiptoken":
        return base64.urlsafe_b64encode(f"at:{rng.choice(POSITIONS)}".encode()).decode()
    if name == "$count":
        return rng.choice(("true", "false", "x"))
    text = " ".join(rng.choices(WORDS, k=rng.randint(1, 5)))
    return quote(text, errors="surrogatepass")


@pytest.mark.parametrize("key", ["%ED%A0%80", "%00", "..%2F..", "a" * 3000, "'%27--", "é", "%F0"])
def test_a_key_that_names_nothing_is_not_found(rest: Rest, key: str) -> None:
    for path in ("/users/{}", "/users/{}/drive", "/sites/{}"):
        status, answer = rest.call("GET", path.format(key))
        assert status == 404, (path, answer)
    for path in ("/groups/{}", "/groups/{}/members"):  # an id of another form than a GUID
        assert rest.code("GET", path.format(key)) == (400, "Request_BadRequest")
