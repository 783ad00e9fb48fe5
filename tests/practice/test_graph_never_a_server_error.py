"""Whatever a client sends to the practice Graph, the answer is never a 5xx."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.graph_client import (
    WIZARD_SCOPES,
    Rest,
    graph_token,
    own_app_token,
    turn_backup_on,
)

BACKUP = "/solutions/backupRestore"
SCOPES = (
    *WIZARD_SCOPES,
    "BackupRestore-Control.ReadWrite.All",
    "BackupRestore-Search.Read.All",
    "Directory.Read.All",
    "Files.Read.All",
)
PRODUCTS = (("exchange", "mailbox"), ("oneDriveForBusiness", "drive"), ("sharePoint", "site"))
PATHS = [
    "/me",
    "/users",
    "/groups",
    "/users/x",
    "/groups/x",
    "/groups/x/members",
    "/me/memberOf",
    "/me/drive",
    "/sites",
    "/sites/x",
    "/sites/a:b",
    "/sites/,,",
    "/organization",
    "/subscribedSkus",
    "/directoryRoles",
    "/directoryObjects/getByIds",
    "/$batch",
    "/reports/x",
    "/reports/getMailboxUsageDetail(period=1)",
    "/roleManagement/directory/roleAssignments",
] + [
    f"{BACKUP}{tail}"
    for tail in [
        "",
        "/enable",
        "/serviceApps",
        "/emailNotificationsSetting",
        "/protectionUnits",
        "/restorePoints",
    ]
]
JUNK: tuple[Any, ...] = (
    None,
    [],
    {},
    "x",
    1,
    True,
    -1,
    1e99,
    "\u0000",
    [1],
    [None],
    [[]],
    [{}],
    [{"directoryObjectId": 5}],
    [{"siteId": None}],
    [{"siteId": "a,b,c"}],
    [{"@removed": 5}],
    [{"@removed": {}, "id": 5}],
)
KEYS = [
    "displayName",
    "mailboxProtectionUnits",
    "driveProtectionUnits",
    "siteProtectionUnits",
    "mailboxProtectionUnits@delta",
    "siteProtectionUnits@delta",
    "mailboxExpression",
    "siteExpression",
    "isAutoApplyEnabled",
    "mailboxes",
    "directoryObjectIds",
    "siteIds",
    "siteWebUrls",
    "drives",
    "requests",
    "ids",
    "types",
    "appOwnerTenantId",
    "isEnabled",
    "additionalEvents",
    "recipients",
    "@odata.type",
]
PART_KEYS = ["id", "url", "method", "headers", "body", "dependsOn"]
OPTIONS = [
    "$filter",
    "$search",
    "$orderby",
    "$top",
    "$skiptoken",
    "$select",
    "$count",
    "$expand",
    "foo",
]
VALUES = [
    "",
    "'",
    "displayName eq",
    "id eq 'x'",
    "(((",
    "not",
    "createdDateTime gt 2020-01-01",
    "accountEnabled gt 5",
    "id in ()",
    "groupTypes/any(c:c eq 'x')",
    "accountEnabled/any(c:c eq 'x')",
    "id gt null",
    "displayName le 5",
    "-5",
    "0",
    "99999999999",
    "abc",
    "YWZ0ZXI6LTU=",
    '"displayName:"',
    '"a"',
    "displayName desc, x",
    "²",
    "*",
    "protectionUnit($filter=id eq 'x')",
    "status eq 'protected' or policyId ne null",
    "siteId in ('a','b')",
    "status",
    "siteName desc",
    "mailboxProtectionUnits,driveProtectionUnits",
    "YXQ6MTI=",
    "YXQ6LTk5",
    "\u0000",
    "startswith(email,'\ud83d\ude00')",
]


_ONE_GROUP = "(memberOf -any (group.id -in ['11111111-2222-4333-8444-555555555555']))"
RULES = {
    "mailbox": _ONE_GROUP,
    "drive": _ONE_GROUP,
    "site": "(displayName -contains 'Finance')",
}


@pytest.fixture
def callers(
    fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> Iterator[list[Rest]]:
    turn_backup_on(controls)
    token = graph_token(fresh_practice, controls, scopes=SCOPES)
    own = own_app_token(fresh_practice, token)
    yield [Rest(fresh_practice, one, browser) for one in (token, own)]
    controls.reset()


def _paths(rest: Rest) -> list[str]:
    paths = list(PATHS)
    for product, unit in PRODUCTS:
        base = f"{BACKUP}/{product}ProtectionPolicies"
        _, policy = rest.call("POST", base, {"displayName": "x"})
        one = f"{base}/{policy['id']}"
        paths += [base, f"{base}/zz", one, f"{one}/{unit}ProtectionUnits"]
        paths += [f"{one}/{unit}InclusionRules", f"{one}/{unit}InclusionRules/zz"]
        paths += [f"{one}/{unit}ProtectionUnitsBulkAdditionJobs"]
        rule_body = {f"{unit}Expression": RULES[unit], "isAutoApplyEnabled": unit != "site"}
        status, rule = rest.call("POST", f"{one}/{unit}InclusionRules", rule_body)
        assert status == 201, rule
        rules = f"{one}/{unit}InclusionRules/{rule['id']}"
        paths += [rules, f"{rules}/run", f"{rules}/deleteAndUnprotect"]
        generic = f"{BACKUP}/protectionPolicies/{policy['id']}"
        paths += [generic, f"{generic}/activate", f"{generic}/deactivate"]
        paths += [f"{BACKUP}/{unit}ProtectionUnits"]
        paths += [f"{BACKUP}/protectionUnits/graph.{unit}ProtectionUnit"]
    user = rest.call("GET", "/users?$top=1")[1]["value"][0]["id"]
    body = {"displayName": "x", "driveProtectionUnits": [{"directoryObjectId": user}]}
    assert rest.call("POST", f"{BACKUP}/oneDriveForBusinessProtectionPolicies", body)[0] == 201
    listed = rest.call("GET", f"{BACKUP}/protectionUnits")[1]["value"][0]["id"]
    one = f"{BACKUP}/protectionUnits/{listed}"
    paths += [one, f"{one}/offboard", f"{one}/cancelOffboard"]
    return [*paths, f"{BACKUP}/driveProtectionUnits/{listed}"]


def _body(draw: random.Random) -> Any:
    kind = draw.randrange(4)
    if kind == 0:
        return draw.choice(JUNK)
    if kind == 1:
        part = {draw.choice(PART_KEYS): draw.choice(JUNK) for _ in range(4)}
        return {"requests": [part | {"id": "1", "method": "GET"}]}
    named = {"displayName": "x"} if kind == 2 else {}
    return named | {draw.choice(KEYS): draw.choice(JUNK) for _ in range(kind)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nonsense_is_answered_in_graphs_shape(callers: list[Rest], seed: int) -> None:
    draw = random.Random(seed)
    paths = _paths(callers[0])
    statuses: dict[int, int] = {}
    for _ in range(600):
        method = draw.choice(("GET", "GET", "POST", "PATCH", "PUT", "DELETE"))
        path, body = draw.choice(paths), None if method == "GET" else _body(draw)
        options = [(draw.choice(OPTIONS), draw.choice(VALUES)) for _ in range(draw.choice((0, 1)))]
        query = "&".join(f"{name}={value}" for name, value in options)
        consistency = draw.choice(("eventual", ""))
        status, answer = draw.choice(callers).call(
            method, f"{path}?{query}" if query else path, body, ConsistencyLevel=consistency
        )
        said = (seed, method, path, query, body, status, answer)
        assert status < 500, said
        assert status < 400 or set(answer["error"]) >= {"code", "message", "innerError"}, said
        statuses[status] = statuses.get(status, 0) + 1
    assert {200, 400, 404} <= set(statuses), statuses
