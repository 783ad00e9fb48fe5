"""Every fault of reliability-and-peers.md §6.4, one row each: what a client sees, that the log names it,
that it ends, and what it has done to the tenant.

More about single faults: test_faults_*, test_azure_faults, test_backup_faults, test_sign_in_challenges.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import httpx
import pytest

from m365backup_tui.practice.faults import CATALOGUE
from tests.practice.backup_control import APPS, in_days, tenant_id
from tests.practice.conftest import Controls
from tests.practice.fault_clients import ME, POLICIES
from tests.practice.fault_scene import TENANT_WIDE, UNITS, Scene, fresh, scene_of
from tests.practice.graph_client import own_app_token
from tests.practice.signing_in import public_client

Ready = dict[str, Any]
Sight = Callable[[Scene], None]

BROKEN = (httpx.ReadError, httpx.RemoteProtocolError)
USERS = "/v1.0/users?$top=5"
NEW = {"displayName": "New"}
GROUP = "PUT /subscriptions/{sub}/resourcegroups/rg-new"
PLACED = {"location": "westeurope"}
ACCOUNT = "PUT /subscriptions/{sub}/resourceGroups/rg-m365-billing/providers/Microsoft.Syntex/accounts/mine"
PAYS = {
    "location": "westeurope",
    "properties": {
        "friendlyName": "Mine",
        "service": "SPO",
        "identityType": "App",
        "identityId": "11111111-2222-3333-4444-555555555555",
        "feature": "RaaS",
        "scope": "Global",
    },
}
# Nothing of these reaches the service, so no log entry can name them.
SHUT = ("T1", "T3", "T4")


def refuses(request: str, status: int, code: str, body: Any = None, **headers: str) -> Sight:
    """The request is answered with this status and error code."""

    def look(at: Scene) -> None:
        answer = at.call(request, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
        for name, value in headers.items():
            assert answer.headers.get(name.replace("_", "-"), "") == value

    return look


def fails(
    error: Any, request: str = f"GET {ME}", body: Any = None, match: str | None = None
) -> Sight:
    """The connection fails."""

    def look(at: Scene) -> None:
        with pytest.raises(error, match=match):
            at.call(request, body)

    return look


def breaks(error: Any) -> Sight:
    """As `fails`, for what only shows in time: half a second is enough."""

    def look(at: Scene) -> None:
        at.web.timeout = httpx.Timeout(0.5)
        with pytest.raises(error):
            at.call(f"GET {ME}")
        at.web.timeout = httpx.Timeout(5)

    return look


def shows(request: str, true: Callable[[httpx.Response], bool]) -> Sight:
    """The request works, but something about its answer is true."""

    def look(at: Scene) -> None:
        answer = at.call(request)
        assert true(answer), (answer.headers, answer.text)

    return look


def hears(**wanted: Any) -> Sight:
    """A sign-in by device code is refused with these parts of the answer."""

    def look(at: Scene) -> None:
        answer = at.sign_in()
        assert {name: answer.get(name) for name in wanted} == wanted

    return look


def once_committed(late: Sight) -> Sight:
    """The client is told of a failure, and the policy is there, once."""

    def look(at: Scene) -> None:
        late(at)
        at.off()
        found = [one["displayName"] for one in at.call(f"GET {POLICIES}").json()["value"]]
        assert found == ["Finance", "New"]

    return look


def _next(answer: httpx.Response) -> str:
    return str(answer.json()["@odata.nextLink"])


def _early(at: Scene) -> None:
    at.on("H1 times=1 retry_after=30")
    assert at.call(f"GET {ME}").status_code == 429
    assert at.call(f"GET {ME}").status_code == 429
    callers = at.controls.call("GET", "early").json()["callers"]
    assert [(one["path"], one["calls"]) for one in callers] == [(ME, 1)]
    at.controls.advance("PT31S")
    assert at.call(f"GET {ME}").status_code == 200


def _repeating(at: Scene) -> None:
    first = at.call(f"GET {USERS}")
    assert _next(at.call(f"GET {_path(_next(first))}")) == _next(first)


def _empty(at: Scene) -> None:
    first = at.call(f"GET {USERS}")
    assert first.json()["value"] == []
    assert len(at.call(f"GET {_path(_next(first))}").json()["value"]) == 5


def _path(link: str) -> str:
    return "/v1.0" + link.partition("/v1.0")[2]


def _late_to_be_seen(at: Scene) -> None:
    made = at.call(f"POST {POLICIES}", NEW).json()["id"]
    assert [at.call(f"GET {POLICIES}/{made}").status_code for _ in "12"] == [404, 200]


def _late_in_lists(at: Scene) -> None:
    at.call(f"POST {POLICIES}", NEW)
    lists = [at.call(f"GET {POLICIES}").json()["value"] for _ in "12"]
    assert [len(one) for one in lists] == [1, 2]


def _azure_wants_more(at: Scene) -> None:
    refuses(GROUP, 401, "InvalidAuthenticationToken", PLACED)(at)
    assert at.call(f"GET {ME}").status_code == 200


def _other_organization(at: Scene) -> None:
    assert at.sign_in()["id_token_claims"]["tid"] != tenant_id(at.ready)


def _kept(number: int) -> Sight:
    def look(at: Scene) -> None:
        at.off()
        app = public_client(at.ready)
        at.sign_in(app)
        at.on("A5" if number == 50173 else "A6")
        azure = ["https://management.azure.com/user_impersonation"]
        answer = app.acquire_token_silent_with_error(azure, app.get_accounts()[0])
        assert answer["error_codes"] == [number]

    return look


def _two_accounts(at: Scene) -> None:
    at.off()
    app = public_client(at.ready)
    at.sign_in(app)
    at.on("A7")
    at.sign_in(app)
    names = {one["username"].partition("@")[0] for one in app.get_accounts()}
    assert len(names) == 2, names
    at.sign_in(app)
    assert len(app.get_accounts()) == 2


def _no_subscription(at: Scene) -> None:
    assert at.call("GET /subscriptions").json()["value"] == []


def _stuck(at: Scene) -> None:
    found = at.call("GET /subscriptions/{sub}/providers/Microsoft.Syntex").json()
    assert found["registrationState"] == "Registering"


def _account_ends(end: str) -> Sight:
    def look(at: Scene) -> None:
        assert at.call(ACCOUNT, PAYS).status_code == 201
        at.controls.advance("PT1H")
        found = at.call(ACCOUNT.replace("PUT", "GET")).json()
        assert found["properties"]["provisioningState"] == end

    return look


def _drained(at: Scene) -> None:
    answers = [at.call("GET /subscriptions/{sub}/resourcegroups") for _ in range(3)]
    left = [one.headers["x-ms-ratelimit-remaining-subscription-reads"] for one in answers]
    assert (left, answers[2].status_code) == (["1", "0", "0"], 429)


def _turning_on(status: int, code: str) -> Sight:
    """`enable` by an application that has become the controller."""

    def look(at: Scene) -> None:
        mine = replace(at, tokens=(own_app_token(at.ready, at.tokens[0]), at.tokens[1]))
        made = mine.call(f"POST /v1.0{APPS}", {})
        assert made.status_code == 201, made.text
        begins = {"effectiveDateTime": in_days(at.controls, 10)}
        mine.call(f"POST /v1.0{APPS}/{made.json()['id']}/activate", begins)
        at.controls.advance("P11D")
        owner = {"appOwnerTenantId": tenant_id(at.ready)}
        refuses(f"POST {TENANT_WIDE}/enable", status, code, owner)(mine)

    return look


def _exception(code: str) -> Sight:
    def look(at: Scene) -> None:
        answer = at.add(at.people[1])
        found = answer[f"{UNITS}@delta"][0]["@Core.DataModificationException"]["info"]["code"]
        assert (answer["status"], found) == (200, code)

    return look


def _not_ready(at: Scene) -> None:
    _exception("ProtectionUnitNotFound")(at)
    assert at.add(at.people[1])[f"{UNITS}@delta"][0]["status"] == "unprotected"


def _ends_as(status: str, error: str = "") -> Sight:
    def look(at: Scene) -> None:
        assert at.activate().status_code == 202
        assert at.status() == status
        units = at.call(f"GET {POLICIES}/{{policy}}/{UNITS}").json()["value"]
        codes = [unit["error"]["code"] for unit in units if unit.get("error")]
        assert not error or codes == [error]

    return look


def _bulk(at: Scene) -> dict[str, Any]:
    jobs = f"{POLICIES}/{{policy}}/{UNITS}BulkAdditionJobs"
    wave = {"displayName": "Wave", "mailboxes": at.addresses[1:3]}
    made = at.call(f"POST {jobs}", wave)
    assert made.status_code == 201, made.text
    at.controls.advance("P1D")
    answer = at.call(f"GET {jobs}/{made.json()['id']}")
    return {"code": answer.status_code, **answer.json()}


def _not_found_in_bulk(at: Scene) -> None:
    job = _bulk(at)
    assert (job["status"], job["error"]["code"]) == (
        "completedWithErrors",
        "ProtectionResourcesNotFound",
    )
    lost = [(one["code"], one["target"]) for one in job["error"]["details"]]
    assert lost == [("EmailNotFound", at.addresses[1])]


def _vanished(at: Scene) -> None:
    assert _bulk(at)["code"] == 404


def _held(at: Scene) -> None:
    unit = at.call(f"GET {POLICIES}/{{policy}}/{UNITS}").json()["value"][0]["id"]
    body = {f"{UNITS}@delta": [{"@removed": {"reason": "changed"}, "id": unit}]}
    refuses(f"PATCH {POLICIES}/{{policy}}", 400, "ProtectionUnitActionNotAllowed", body)(at)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _is_proxy(status: int, answer: httpx.Response) -> bool:
    return answer.status_code == status and answer.headers["Via"] == "1.1 proxy.invalid"


def _dripped(answer: httpx.Response) -> bool:
    # A tenth of a second's bytes a time, and no wait after the last of them.
    return answer.elapsed.total_seconds() >= (len(answer.content) - 200) / 2000 > 0


def _ahead(answer: httpx.Response) -> float:
    return (parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)).total_seconds()


POLICY = f"POST {POLICIES}"

# The words that switch it on, and what is seen then.
TABLE: tuple[tuple[str, Sight], ...] = (
    ("T1", fails(httpx.ConnectError, match="refused")),
    ("T2 operation='list users'", shows(f"GET {USERS}", lambda a: ".invalid/" in _next(a))),
    *((f"T3 variant={one}", fails(httpx.ConnectError)) for one in ("authority", "name", "expired")),
    ("T4", breaks(httpx.ConnectTimeout)),
    ("T5", fails(BROKEN, POLICY, NEW)),
    ("T6", once_committed(fails(BROKEN, POLICY, NEW))),
    ("T7", breaks(httpx.ReadTimeout)),
    ("T8", shows(f"GET {ME}", lambda a: not _is_json(a.text))),
    *(
        (f"T9 status={one}", shows(f"GET {ME}", partial(_is_proxy, one)))
        for one in (200, 204, 304, 407, 502)
    ),
    ("T10 bytes_per_second=2000", shows(f"GET {ME}", _dripped)),
    (
        "T11 least=0.05 most=0.06",
        shows(f"GET {ME}", lambda a: a.elapsed.total_seconds() >= 0.05),
    ),
    ("T12 skew=600", shows(f"GET {ME}", lambda a: 590 < _ahead(a) < 610)),
    ("T12 skew=-600", shows(f"GET {ME}", lambda a: -610 < _ahead(a) < -590)),
    ("H1", refuses(f"GET {ME}", 429, "TooManyRequests", Retry_After="1")),
    *(
        (f"H1 retry_after={one}", refuses(f"GET {ME}", 429, "TooManyRequests", Retry_After=one))
        for one in ("30", "200")
    ),
    ("H1 retry_after=absent", refuses(f"GET {ME}", 429, "TooManyRequests", Retry_After="")),
    (
        "H1 retry_after=9 retry_after_as=date",
        shows(f"GET {ME}", lambda a: a.headers["Retry-After"].endswith(" GMT")),
    ),
    ("H2", _early),
    ("H3", refuses(f"GET {ME}", 500, "InternalServerError")),
    ("H4", refuses(f"GET {ME}", 502, "BadGateway")),
    ("H5 retry_after=7", refuses(f"GET {ME}", 503, "ServiceUnavailable", Retry_After="7")),
    ("H6", once_committed(refuses(POLICY, 504, "GatewayTimeout", NEW))),
    ("H7", refuses(POLICY, 409, "Conflict", NEW)),
    ("H7 status=412", refuses(POLICY, 412, "PreconditionFailed", NEW)),
    ("H8", refuses(f"GET {ME}", 401, "InvalidAuthenticationToken")),
    ("H9", refuses(f"GET {ME}", 403, "Authorization_RequestDenied")),
    ("H10", refuses(POLICY, 403, "AccessDenied", NEW)),
    ("H11", shows(f"GET {POLICIES}", lambda a: "practiceInvented" in a.text)),
    ("H12", shows(f"GET {POLICIES}", lambda a: "practiceUnknown" in a.text)),
    ("H13 variant=relative", shows(f"GET {USERS}", lambda a: _next(a).startswith("/v1.0/"))),
    ("H13 variant=empty", _empty),
    ("H13 variant=repeating", _repeating),
    ("H14 reads=1", _late_to_be_seen),
    ("H15 reads=1", _late_in_lists),
    ("A aadsts=50126 operation=get-token", hears(error_codes=[50126])),
    ("A1 variant=pending", hears(error="authorization_pending")),
    ("A1 variant=slow_down", hears(error="slow_down")),
    ("A1 variant=expired", hears(error="expired_token")),
    ("A1 variant=declined", hears(error="authorization_declined")),
    ("A2 operation=arm", _azure_wants_more),
    ("A3", hears(error_codes=[53003])),
    ("A4", _other_organization),
    ("A5", _kept(50173)),
    ("A6", _kept(70000)),
    ("A7", _two_accounts),
    ("Z1", _no_subscription),
    ("Z2", refuses(GROUP, 403, "AuthorizationFailed", PLACED)),
    ("Z3", refuses(ACCOUNT, 403, "RequestDisallowedByPolicy", PAYS)),
    ("Z4", _stuck),
    ("Z5", refuses(ACCOUNT, 400, "LocationNotAvailableForResourceType", PAYS)),
    ("Z6 variant=elsewhere", refuses(GROUP, 409, "InvalidResourceGroupLocation", PLACED)),
    ("Z6 variant=deleting", refuses(GROUP, 409, "ResourceGroupBeingDeleted", PLACED)),
    *(
        (f"Z7 variant={one}", refuses(GROUP, 409, "ReadOnlyDisabledSubscription", PLACED))
        for one in ("disabled", "spending-limit")
    ),
    ("Z8 status=Failed", _account_ends("Failed")),
    ("Z8 status=Canceled", _account_ends("Canceled")),
    ("Z9", refuses(ACCOUNT, 400, "InvalidResourceLocation", PAYS)),
    ("Z10 remaining=2", _drained),
    ("B1", refuses(f"GET {POLICIES}", 403, "ServiceDisabled")),
    ("B2", refuses(f"GET {POLICIES}", 409, "DataStoreNotInitialized")),
    ("B3", _turning_on(403, "UnableToReadBillingProfile")),
    ("B4", refuses(POLICY, 403, "ProtectionChangeLocked", NEW)),
    ("B5", refuses(f"GET {POLICIES}", 403, "OperationNotAllowed")),
    ("B6", refuses(POLICY, 403, "OperationNotAllowed", NEW)),
    ("B7 variant=protection", refuses(POLICY, 403, "ProtectionChangeLocked", NEW)),
    ("B7 variant=restore", refuses(POLICY, 403, "ProtectionChangeLocked", NEW)),
    ("B8", refuses(f"GET {POLICIES}", 403, "ServiceDisabled")),
    ("B9 limit=1", refuses(POLICY, 409, "PolicyCreationNotAllowed", NEW)),
    ("B10", _exception("ProtectionUnitAlreadyExists")),
    (
        "B11",
        refuses(
            f"PATCH {POLICIES}/{{policy}}",
            413,
            "ProtectionUnitsLimitBreached",
            {f"{UNITS}@delta": [{"directoryObjectId": "11111111-2222-3333-4444-555555555555"}]},
        ),
    ),
    ("B12 code=UnknownError", _exception("UnknownError")),
    ("B13", refuses(POLICY, 500, "PolicySaveFailed", NEW)),
    (
        "B14",
        refuses(
            f"POST {TENANT_WIDE}/protectionPolicies/{{policy}}/activate",
            403,
            "PolicyActionNotAllowed",
        ),
    ),
    ("B15", _ends_as("updating")),
    ("B16", _ends_as("activeWithErrors")),
    ("B17", _not_found_in_bulk),
    ("B18", _vanished),
    ("B19", _held),
    ("B20 reads=1", _not_ready),
    ("B21", refuses(f"PATCH {POLICIES}/{{policy}}", 404, "PolicyNotFound", NEW)),
    ("B22", _ends_as("activeWithErrors", "QuotaExceeded")),
)


@pytest.fixture(scope="module")
def stage(practice: Ready) -> Iterator[Scene]:
    controls = Controls(practice)
    with scene_of(practice, controls) as scene:
        yield scene
    controls.close()


@pytest.fixture
def scene(stage: Scene) -> Iterator[Scene]:
    yield fresh(stage)
    stage.off()


def test_the_table_has_every_fault_and_every_variant() -> None:
    words = [words for words, _ in TABLE]
    assert {one.split()[0] for one in words} == CATALOGUE.keys()
    for known in CATALOGUE.values():
        for option in known.options:
            for variant in option.words if option.name in ("variant", "status") else ():
                assert any(f"{known.id} {option.name}={variant}" in one for one in words), variant


@pytest.mark.parametrize(("words", "sight"), TABLE, ids=[words for words, _ in TABLE])
def test_a_fault_is_seen_named_in_the_log_and_over_when_it_ends(
    scene: Scene, words: str, sight: Sight
) -> None:
    fault = words.split()[0]
    seq = max([entry["seq"] for entry in scene.controls.log()], default=0)
    number = scene.on(words)
    sight(scene)
    named = [entry for entry in scene.controls.log(seq) if fault in entry["faults"]]
    assert bool(named) is (fault not in SHUT)
    in_force = scene.controls.call("GET", "faults").json()["in_force"]
    struck = [one["struck"] for one in in_force if one["number"] == number]
    assert fault in SHUT or struck in ([], [0]) or struck[0] >= 1
    scene.off()
    assert scene.call(f"GET {ME}").status_code == 200
    fresh(scene)  # what was made meanwhile is gone again; without the fault the rest works
    assert scene.call(POLICY, NEW).status_code == 201
    assert scene.call(GROUP, PLACED).status_code == 201
    assert "access_token" in scene.sign_in()


REFUSALS = ("T5", "H1", "H3", "H4", "H5", "H7", "H8", "H9", "H10", "B9", "B11", "B13", "Z2", "Z3")


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_leaves_the_tenant_as_it_was(scene: Scene, fault: str) -> None:
    before = scene.without_faults()
    words, sight = next(row for row in TABLE if row[0].split()[0] == fault)
    scene.on(words)
    sight(scene)
    assert scene.without_faults() == before


def test_the_door_shuts_behind_the_nth_request(scene: Scene) -> None:
    scene.on("T1 nth=2 operation=read-me")
    assert [scene.call(f"GET {ME}").status_code for _ in "12"] == [200, 200]
    with pytest.raises(httpx.ConnectError, match="refused"):
        scene.call(f"GET {ME}")
    scene.off()
    assert scene.call(f"GET {ME}").status_code == 200


def test_billing_breaks_in_the_middle_of_a_run(scene: Scene) -> None:
    scene.on("B8 nth=2 operation=create-policy")
    assert scene.call(POLICY, {"displayName": "First"}).status_code == 201
    refuses(POLICY, 403, "ServiceDisabled", {"displayName": "Second"})(scene)
    refuses(f"GET {POLICIES}", 403, "ServiceDisabled")(scene)
    named = [entry["faults"] for entry in scene.controls.log() if entry["faults"]]
    assert named[-2:] == [["B8"], ["B8"]]
    scene.off()
    assert len(scene.call(f"GET {POLICIES}").json()["value"]) == 2


@pytest.mark.parametrize(
    ("words", "struck"),
    [
        ("H4 nth=2", [2]),
        ("H4 every=2", [2, 4, 6]),
        ("H4 nth=3 times=2", [3, 4]),
        ("H4 operation=read-me", [1, 2, 3, 4, 5, 6]),
        ("H4 operation=list-users", []),
        ("H4 rate=0", []),
    ],
)
def test_when_it_strikes(scene: Scene, words: str, struck: list[int]) -> None:
    scene.on(words)
    statuses = [scene.call(f"GET {ME}").status_code for _ in range(6)]
    assert [nr for nr, status in enumerate(statuses, 1) if status == 502] == struck


def test_it_is_over_when_its_time_is(scene: Scene) -> None:
    scene.on("H4 after=PT1M for=PT1M")
    seen = []
    for _ in range(3):
        seen.append(scene.call(f"GET {ME}").status_code)
        scene.controls.advance("PT1M")
    assert seen == [200, 502, 200]
