"""Whatever a client sends to the practice Azure, the answer is never a 5xx, and refusals have a code."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from m365backup_tui.practice.arm.call import Route
from m365backup_tui.practice.arm.kinds import ALL_VERSIONS, KINDS, NAMESPACES
from m365backup_tui.practice.arm.routes import ROUTES
from m365backup_tui.practice.personas import OWNER
from tests.practice.azure_calls import AUTH, PRODUCTION, Azure
from tests.practice.conftest import Controls
from tests.practice.northwind import PERSONAS, SUB_PRODUCTION

Ready = dict[str, Any]

TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="/?#%\\"), min_size=1, max_size=9
).filter(lambda text: text not in (".", ".."))
GUIDS = st.sampled_from([PERSONAS[0].oid, OWNER, "0" * 8 + "-0000-0000-0000-" + "0" * 12])
PARTS: dict[str, st.SearchStrategy[str]] = {
    "sub": st.sampled_from([SUB_PRODUCTION] * 6 + ["x", "0" * 36]),
    "group": st.sampled_from(["rg-m365-billing", "rg-app-05", "rg-locked", "rg-new"]) | TEXT,
    "namespace": st.sampled_from(NAMESPACES) | TEXT,
    "kind": st.sampled_from([kind.type for kind in KINDS.values()]) | TEXT,
    "resource": st.sampled_from(["one", "two"]) | TEXT,
    "name": GUIDS | TEXT,
    "place": st.sampled_from(["westeurope", "global"]) | TEXT,
}
KEYS = st.sampled_from(
    [
        "location",
        "tags",
        "properties",
        "spoTenantId",
        "spoTenantUrl",
        "friendlyName",
        "service",
        "identityType",
        "identityId",
        "feature",
        "scope",
        "featuresToAdd",
        "level",
        "notes",
        "roleDefinitionId",
        "principalId",
        "principalType",
        "requestType",
        "scheduleInfo",
        "expiration",
        "duration",
        "permissions",
        "actions",
        "notActions",
        "assignableScopes",
        "roleName",
        "policyDefinitionId",
        "parameters",
        "value",
        "notScopes",
        "enforcementMode",
        "operation",
        "resourceDetails",
        "resourceContent",
        "type",
        "pendingFields",
        "field",
        "values",
        "name",
        "managedBy",
        "appId",
        "description",
        "timeframe",
        "dataset",
        "aggregation",
        "grouping",
        "granularity",
        "timePeriod",
        "from",
        "to",
        "filter",
        "function",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | GUIDS
    | st.just("\ud800")  # half a character: JSON can carry it, UTF-8 cannot
    | st.sampled_from(
        ["westeurope", "Merge", "Delete", "ReadOnly", "SelfActivate", "Microsoft.Syntex/accounts"]
    )
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=14,
)
QUERY = st.dictionaries(
    st.sampled_from(["$filter", "$top", "$skiptoken", "$expand", "forceDeletionTypes"]),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "5",
            "²",
            "9999999",
            "zz",
            "c3",
            "atScope()",
            "asTarget()",
            "assignedTo('x')",
            "principalId eq 'x'",
            "resourceType eq 'a'",
            "name eq 'a' or tagName eq 'b'",
            "name eq 'a' and",
            "roleName eq ''",
            "tagName eq 'a' and tagValue eq ''",
        ]
    ),
    max_size=2,
)
QUICK = settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def azure(practice: Ready) -> Iterator[Azure]:
    """The Owner; the tenant starts over before and after."""
    controls = Controls(practice)
    controls.reset()
    yield Azure(practice, controls)
    controls.reset()
    controls.close()


@st.composite
def paths(draw: st.DrawFn, known: Route) -> str:
    """A path that the route takes."""
    template = known.pattern.pattern.replace("\\", "")
    for name, strategy in PARTS.items():
        template = template.replace(f"(?P<{name}>[^/]+)", draw(strategy))
    return template


def check(answer: requests.Response, method: str) -> None:
    """No server error, and a refusal in ARM's shape."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and method != "HEAD":
        error = answer.json()["error"]
        assert error["code"]
        assert error["message"]


@QUICK
@given(data=st.data())
def test_every_route_answers_or_refuses(
    azure: Azure, controls: Controls, data: st.DataObject
) -> None:
    known = data.draw(st.sampled_from(ROUTES))
    method = data.draw(st.sampled_from([known.method] * 8 + ["PUT", "GET", "OPTIONS", "DELETE"]))
    version = data.draw(st.sampled_from(sorted(known.versions)))
    body = json.dumps(data.draw(BODIES)).encode()
    raw = data.draw(st.sampled_from([body] * 6 + [b"", b"{", b"\xff", b"[" * 3000]))
    answer = azure._web.request(
        method,
        azure._ready["arm"].rstrip("/") + data.draw(paths(known)),
        params={"api-version": version, **data.draw(QUERY)},
        data=raw,
        headers={**azure._headers, "Content-Type": "application/json"},
        timeout=10,
    )
    if answer.status_code == 429:
        controls.advance("PT30S")
    check(answer, method)


@QUICK
@given(
    kind=st.sampled_from(list(KINDS.values())),
    version=st.sampled_from(ALL_VERSIONS),
    location=st.sampled_from(["westeurope", "global", "West US 2", "", None, 3]),
    properties=BODIES,
    tags=BODIES,
)
def test_resources_are_made_or_refused(
    azure: Azure,
    controls: Controls,
    kind: Any,
    version: str,
    location: Any,
    properties: Any,
    tags: Any,
) -> None:
    path = f"{PRODUCTION}/resourceGroups/rg-app-06/providers/{kind.full}/x"
    body = {"location": location, "properties": properties, "tags": tags}
    for method in ("PUT", "PATCH", "GET", "DELETE"):
        answer = azure.call(method, path, body, version=version)
        if answer.status_code == 429:
            controls.advance("PT30S")
        check(answer, method)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/subscriptions//",
        f"{PRODUCTION}/resourcegroups/..%2f..%2fx",
        f"{PRODUCTION}/{AUTH}/roleAssignments/%00",
        f"{PRODUCTION}/providers/Microsoft.Syntex/accounts/a/b/c/d/e",
        "/subscriptions/" + "x" * 5000,
    ],
)
def test_odd_paths_are_refused(azure: Azure, path: str) -> None:
    for method in ("GET", "PUT", "POST", "DELETE", "PATCH"):
        check(azure.call(method, path, {}, version="2022-12-01"), method)


@pytest.mark.parametrize("value", ['"\\ud800"', '{"x": NaN}', '["\\udfff"]', "1e999"])
def test_what_no_state_could_keep_is_refused_and_nothing_is_broken(
    azure: Azure, value: str
) -> None:
    group = f"{PRODUCTION}/resourcegroups/rg-app-07"
    answer = azure._web.request(
        "PUT",
        azure._ready["arm"].rstrip("/") + group,
        params={"api-version": "2025-04-01"},
        data=f'{{"location": "westeurope", "tags": {{"a": {value}}}}}'.encode(),
        headers={**azure._headers, "Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 400
    assert azure.get(group)["tags"] == {}
