"""Protection policies and units of the practice tenant through the real msgraph-sdk."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import requests
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.models.exchange_protection_policy import ExchangeProtectionPolicy
from msgraph.generated.models.mailbox_protection_unit import MailboxProtectionUnit
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.protection_policy_status import ProtectionPolicyStatus
from msgraph.generated.models.protection_unit_status import ProtectionUnitStatus
from msgraph.generated.solutions.backup_restore.restore_points.restore_points_request_builder import (
    RestorePointsRequestBuilder,
)

from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import MailboxKind
from tests.practice.conftest import Controls
from tests.practice.graph_client import (
    WIZARD_SCOPES,
    Rest,
    graph_client,
    graph_token,
    own_app_token,
)

BACKUP = "/solutions/backupRestore"
POLICIES = f"{BACKUP}/protectionPolicies"
EXCHANGE = f"{BACKUP}/exchangeProtectionPolicies"
ONEDRIVE = f"{BACKUP}/oneDriveForBusinessProtectionPolicies"
SHAREPOINT = f"{BACKUP}/sharePointProtectionPolicies"


@pytest.fixture(scope="module")
def mailboxes(company: Company) -> list[str]:
    return [
        user.id
        for user in company.users()
        if user.mailbox in (MailboxKind.USER, MailboxKind.SHARED) and not user.hybrid
    ]


@pytest.fixture(scope="module")
def sites(company: Company) -> list[str]:
    return [site.id for site in company.sites() if site.protectable]


@pytest.fixture
def token(ready: dict[str, Any], controls: Controls) -> str:
    return graph_token(ready, controls)


@pytest.fixture
def rest(ready: dict[str, Any], token: str, browser: requests.Session) -> Rest:
    return Rest(ready, token, browser)


def _units(*ids: str, field: str = "directoryObjectId") -> list[dict[str, str]]:
    return [{field: one} for one in ids]


def _exchange(rest: Rest, ids: list[str], name: str = "Mailboxes") -> str:
    body = {"displayName": name, "mailboxProtectionUnits": _units(*ids)}
    status, made = rest.call("POST", EXCHANGE, body)
    assert status == 201, made
    return str(made["id"])


def _sharepoint(rest: Rest, ids: list[str], name: str = "Sites") -> str:
    body = {"displayName": name, "siteProtectionUnits": _units(*ids, field="siteId")}
    status, made = rest.call("POST", SHAREPOINT, body)
    assert status == 201, made
    return str(made["id"])


def _policy(rest: Rest, policy: str) -> dict[str, Any]:
    status, found = rest.call("GET", f"{POLICIES}/{policy}")
    assert status == 200, found
    return found


async def test_a_policy_lives_from_create_to_delete(
    ready: dict[str, Any], token: str, controls: Controls, mailboxes: list[str]
) -> None:
    async with graph_client(ready, token) as graph:
        backup = graph.solutions.backup_restore
        wanted = [MailboxProtectionUnit(directory_object_id=one) for one in mailboxes[:3]]
        made = await backup.exchange_protection_policies.post(
            ExchangeProtectionPolicy(display_name="Finance", mailbox_protection_units=wanted)
        )
        assert made is not None
        assert made.id
        assert made.status is ProtectionPolicyStatus.Inactive
        assert [setting.interval for setting in made.retention_settings or []] == [
            "R/PT10M",
            "R/P1W",
        ]
        one = backup.protection_policies.by_protection_policy_base_id(made.id)
        started = await one.activate.post()
        assert started is not None
        assert started.status is ProtectionPolicyStatus.Updating
        with pytest.raises(ODataError) as refused:
            await one.activate.post()
        assert refused.value.response_status_code == 403
        assert refused.value.error is not None
        assert refused.value.error.code == "PolicyActionNotAllowed"
        controls.advance("PT1H")
        active = await one.get()
        assert isinstance(active, ExchangeProtectionPolicy)
        assert active.status is ProtectionPolicyStatus.Active
        listed = await backup.exchange_protection_policies.by_exchange_protection_policy_id(
            made.id
        ).mailbox_protection_units.get()
        assert listed is not None
        assert {unit.status for unit in listed.value or []} == {ProtectionUnitStatus.Protected}
        assert {unit.directory_object_id for unit in listed.value or []} == set(mailboxes[:3])
        stopped = await one.deactivate.post()
        assert stopped is not None
        assert stopped.status is ProtectionPolicyStatus.Updating
        with pytest.raises(ODataError):
            await one.delete()
        controls.advance("PT1H")
        await one.delete()
        with pytest.raises(ODataError) as gone:
            await one.get()
        assert gone.value.response_status_code == 404


def test_counts_agree_with_the_units_while_they_become_protected(
    rest: Rest, controls: Controls, sites: list[str]
) -> None:
    policy = _sharepoint(rest, sites[:5])
    status, started = rest.call("POST", f"{POLICIES}/{policy}/activate")
    assert (status, started["status"]) == (202, "updating")
    seen: list[int] = []
    for _ in range(9):
        counts = _policy(rest, policy)["protectionPolicyArtifactCount"]
        _, listed = rest.call("GET", f"{SHAREPOINT}/{policy}/siteProtectionUnits")
        states = [unit["status"] for unit in listed["value"]]
        assert counts == {
            "total": 5,
            "completed": states.count("protected"),
            "inProgress": states.count("protectRequested"),
            "failed": 0,
        }
        seen.append(counts["completed"])
        controls.advance("PT2M")
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == 5
    assert len(set(seen)) > 3, seen
    assert _policy(rest, policy)["status"] == "active"


def test_a_room_ends_with_an_error_and_the_policy_says_so(
    rest: Rest, controls: Controls, company: Company, mailboxes: list[str]
) -> None:
    room = next(user.id for user in company.users() if user.mailbox is MailboxKind.ROOM)
    policy = _exchange(rest, [mailboxes[0], room])
    rest.call("POST", f"{POLICIES}/{policy}/activate")
    controls.advance("PT1H")
    found = _policy(rest, policy)
    assert found["status"] == "activeWithErrors"
    assert found["protectionPolicyArtifactCount"]["failed"] == 1
    _, listed = rest.call("GET", f"{EXCHANGE}/{policy}/mailboxProtectionUnits")
    errors = {unit["directoryObjectId"]: unit["error"] for unit in listed["value"]}
    assert errors[mailboxes[0]] is None
    assert errors[room]["code"] == "InvalidArtifactId"


def test_one_unit_fails_when_the_scenario_says_so(
    rest: Rest, controls: Controls, mailboxes: list[str]
) -> None:
    controls.scenarios({"id": "partial-failure"})
    policy = _exchange(rest, mailboxes[:4])
    rest.call("POST", f"{POLICIES}/{policy}/activate")
    controls.scenarios()
    controls.advance("PT1H")
    counts = _policy(rest, policy)["protectionPolicyArtifactCount"]
    assert (counts["completed"], counts["failed"]) == (3, 1)


async def test_a_delta_answers_item_by_item(
    ready: dict[str, Any], token: str, rest: Rest, controls: Controls, mailboxes: list[str]
) -> None:
    other = _exchange(rest, [mailboxes[9]], "Other")
    policy = _exchange(rest, mailboxes[:2])
    rest.call("POST", f"{POLICIES}/{policy}/activate")
    controls.advance("PT1H")
    _, listed = rest.call("GET", f"{EXCHANGE}/{policy}/mailboxProtectionUnits")
    leaving = listed["value"][0]
    unknown = "11111111-2222-4333-8444-555555555555"
    change = ExchangeProtectionPolicy(display_name="Renamed")
    change.additional_data = {
        "mailboxProtectionUnits@delta": [
            {"directoryObjectId": mailboxes[2]},
            {"directoryObjectId": mailboxes[9]},
            {"directoryObjectId": unknown},
            {"@removed": {"reason": "changed"}, "id": leaving["id"]},
            {"@removed": {"reason": "changed"}, "id": unknown[:-1] + "6"},
        ]
    }
    async with graph_client(ready, token) as graph:
        policies = graph.solutions.backup_restore.exchange_protection_policies
        answer = await policies.by_exchange_protection_policy_id(policy).patch(change)
    assert answer is not None
    assert answer.display_name == "Renamed"
    results = answer.additional_data["mailboxProtectionUnits@delta"]
    added, taken, missing, removed, not_there = results
    assert (added["status"], removed["status"]) == ("protectRequested", "removeRequested")
    failures = [one["@Core.DataModificationException"] for one in (taken, missing, not_there)]
    assert [one["info"]["code"] for one in failures] == [
        "ProtectionUnitAlreadyExists",
        "ProtectionUnitNotFound",
        "ProtectionUnitNotFound",
    ]
    assert [one["failedOperation"] for one in failures] == ["add", "add", "remove"]
    assert other in failures[0]["info"]["message"]
    assert _policy(rest, policy)["status"] == "updating"
    controls.advance("PT1H")
    assert _policy(rest, policy)["protectionPolicyArtifactCount"]["total"] == 2
    _, alone = rest.call("GET", f"{BACKUP}/protectionUnits/{leaving['id']}")
    assert (alone["status"], alone["policyId"]) == ("unprotected", None)


def test_a_create_that_is_wrong_changes_nothing(rest: Rest, mailboxes: list[str]) -> None:
    taken = _exchange(rest, [mailboxes[0]], "First")

    def refused(body: dict[str, Any]) -> tuple[int, str]:
        return rest.code("POST", EXCHANGE, body)

    def units(*ids: str) -> dict[str, Any]:
        return {"displayName": "x", "mailboxProtectionUnits": _units(*ids)}

    assert refused(units(*mailboxes[:51])) == (413, "ProtectionUnitsLimitBreached")
    assert refused(units(mailboxes[1], mailboxes[1])) == (400, "DuplicateProtectionUnitInList")
    assert refused(units("nobody")) == (400, "InvalidProtectionUnitId")
    assert refused(units(taken)) == (400, "InvalidProtectionUnitId")
    assert refused({"displayName": ""}) == (400, "InvalidDisplayName")
    assert refused({"displayName": "x" * 1025}) == (400, "InvalidDisplayName")
    assert refused({"displayName": "x", "colour": "red"}) == (400, "InvalidCreateRequest")
    user_id = {"displayName": "x", "mailboxProtectionUnits": [{"userId": mailboxes[1]}]}
    assert refused(user_id) == (400, "InvalidCreateRequest")
    status, answer = rest.call("POST", EXCHANGE, units(mailboxes[1], mailboxes[0]))
    assert (status, answer["error"]["code"]) == (409, "ProtectionUnitAlreadyExists")
    assert "'First'" in answer["error"]["message"]
    _, listed = rest.call("GET", POLICIES)
    assert [policy["id"] for policy in listed["value"]] == [taken]


def test_a_patch_that_is_wrong_changes_nothing(rest: Rest, mailboxes: list[str]) -> None:
    policy = _exchange(rest, mailboxes[:1])
    path, delta = f"{EXCHANGE}/{policy}", "mailboxProtectionUnits@delta"
    many = {delta: _units(*mailboxes[1:52])}
    assert rest.code("PATCH", path, many) == (413, "ProtectionUnitsLimitBreached")
    twice = {delta: _units(mailboxes[1], mailboxes[1])}
    assert rest.code("PATCH", path, twice) == (400, "DuplicateProtectionUnitInList")
    assert rest.code("PATCH", path, {"status": "active"}) == (400, "BadRequest")
    assert rest.code("PATCH", path, {"displayName": ""}) == (400, "InvalidDisplayName")
    assert _policy(rest, policy)["protectionPolicyArtifactCount"]["total"] == 1


@pytest.mark.parametrize("verb", ["GET", "DELETE", "PATCH"])
def test_policies_that_do_not_exist(rest: Rest, verb: str) -> None:
    body = {"displayName": "x"} if verb == "PATCH" else None
    assert rest.code(verb, f"{EXCHANGE}/nonsense", body) == (400, "InvalidPolicyId")
    unknown = f"{EXCHANGE}/11111111-2222-4333-8444-555555555555"
    assert rest.code(verb, unknown, body) == (404, "PolicyNotFound")


def test_a_policy_of_one_product_is_not_found_under_another(
    rest: Rest, mailboxes: list[str]
) -> None:
    policy = _exchange(rest, mailboxes[:1])
    assert rest.code("GET", f"{SHAREPOINT}/{policy}") == (404, "PolicyNotFound")


@pytest.mark.parametrize(
    ("persona", "visible", "forbidden"),
    [
        ("backup-admin", {"exchangeProtectionPolicy", "sharePointProtectionPolicy"}, []),
        ("exchange-admin", {"exchangeProtectionPolicy"}, [ONEDRIVE, SHAREPOINT]),
        ("sharepoint-admin", {"sharePointProtectionPolicy"}, [EXCHANGE]),
    ],
)
def test_roles_decide_which_products_are_seen(
    ready: dict[str, Any],
    rest: Rest,
    controls: Controls,
    browser: requests.Session,
    mailboxes: list[str],
    sites: list[str],
    persona: str,
    visible: set[str],
    forbidden: list[str],
) -> None:
    _exchange(rest, mailboxes[:1])
    _sharepoint(rest, sites[:1])
    other = Rest(ready, graph_token(ready, controls, persona), browser)
    _, listed = other.call("GET", POLICIES)
    assert {one["@odata.type"].removeprefix("#microsoft.graph.") for one in listed["value"]} == (
        visible
    )
    for path in forbidden:
        assert other.call("GET", path)[0] == 403
        assert other.call("POST", path, {"displayName": "x"})[0] == 403


@pytest.mark.parametrize("persona", ["no-role", "pim-eligible"])
def test_without_an_active_role_everything_is_refused(
    ready: dict[str, Any], controls: Controls, browser: requests.Session, persona: str
) -> None:
    rest = Rest(ready, graph_token(ready, controls, persona), browser)
    assert rest.code("GET", POLICIES) == (403, "AccessDenied")


def test_reading_and_writing_need_their_scopes(
    ready: dict[str, Any], controls: Controls, browser: requests.Session
) -> None:
    reader = graph_token(
        ready, controls, scopes=("User.Read", "BackupRestore-Configuration.Read.All")
    )
    nobody = graph_token(ready, controls, scopes=("User.Read",))
    assert Rest(ready, reader, browser).call("GET", POLICIES)[0] == 200
    body = {"displayName": "x"}
    denied = (403, "Authorization_RequestDenied")
    assert Rest(ready, reader, browser).code("POST", EXCHANGE, body) == denied
    assert Rest(ready, nobody, browser).code("GET", POLICIES) == denied
    assert Rest(ready, nobody, browser).code("GET", BACKUP) == denied


def test_while_backup_is_off_policies_are_refused(rest: Rest, controls: Controls) -> None:
    controls.turn_backup_on(status="disabled")
    assert rest.code("GET", POLICIES) == (403, "ServiceDisabled")
    assert rest.code("POST", EXCHANGE, {"displayName": "x"}) == (403, "ServiceDisabled")


def test_while_changes_are_locked_policies_can_only_be_read(
    rest: Rest, controls: Controls, mailboxes: list[str]
) -> None:
    policy = _exchange(rest, mailboxes[:1])
    controls.turn_backup_on(status="protectionChangeLocked")
    assert _policy(rest, policy)["status"] == "inactive"
    locked = (403, "ProtectionChangeLocked")
    assert rest.code("POST", f"{POLICIES}/{policy}/activate") == locked
    assert rest.code("DELETE", f"{POLICIES}/{policy}") == locked


def test_the_service_root_is_closed_to_graph_powershell_and_open_to_others(
    ready: dict[str, Any], rest: Rest, controls: Controls, browser: requests.Session
) -> None:
    assert rest.code("GET", BACKUP) == (403, "Forbidden")
    scopes = (*WIZARD_SCOPES, "BackupRestore-Control.ReadWrite.All")
    token = graph_token(ready, controls, scopes=scopes)
    writer = Rest(ready, token, browser)
    assert writer.code("POST", f"{BACKUP}/enable", {}) == (403, "Forbidden")
    assert writer.code("POST", f"{BACKUP}/serviceApps", {}) == (403, "Forbidden")
    other = Rest(ready, own_app_token(ready, token), browser)
    status, found = other.call("GET", BACKUP)
    assert (status, found["serviceStatus"]["status"]) == (200, "enabled")
    assert found["serviceStatus"]["backupServiceConsumer"] == "firstparty"
    assert other.code("POST", f"{BACKUP}/enable", {}) == (400, "InvalidAppOwnerTenantId")


def test_the_legacy_generation_allows_one_active_policy_a_product(
    rest: Rest, controls: Controls, mailboxes: list[str], sites: list[str]
) -> None:
    controls.scenarios({"id": "legacy-generation"})
    first = _exchange(rest, mailboxes[:1], "First")
    second = _exchange(rest, mailboxes[1:2], "Second")
    assert rest.call("POST", f"{POLICIES}/{first}/activate")[0] == 202
    again = rest.code("POST", f"{POLICIES}/{second}/activate")
    assert again == (403, "PolicyActionNotAllowed")
    body = {"displayName": "Third"}
    assert rest.code("POST", EXCHANGE, body) == (409, "PolicyCreationNotAllowed")
    _sharepoint(rest, sites[:1])


async def test_unit_casts_and_offboarding(
    ready: dict[str, Any], token: str, rest: Rest, controls: Controls, mailboxes: list[str]
) -> None:
    policy = _exchange(rest, mailboxes[:1])
    headers = HeadersCollection()
    headers.add("Prefer", "include-unknown-enum-members")
    asks = RequestConfiguration[Any](headers=headers)
    async with graph_client(ready, token) as graph:
        units = graph.solutions.backup_restore.protection_units
        cast = await units.graph_mailbox_protection_unit.get()
        assert cast is not None
        [unit] = cast.value or []
        assert unit.id
        one = units.by_protection_unit_base_id(unit.id)
        with pytest.raises(ODataError) as refused:
            await one.offboard.post()
        assert refused.value.error is not None
        assert refused.value.error.code == "OperationNotAllowed"
        rest.call("DELETE", f"{POLICIES}/{policy}")
        plain = await one.offboard.post()
        assert plain is not None
        assert plain.status is ProtectionUnitStatus.UnknownFutureValue
        known = await one.get(request_configuration=asks)
        assert known is not None
        assert known.status is ProtectionUnitStatus.OffboardRequested
        await one.cancel_offboard.post()
        controls.advance("PT1H")
        back = await one.get()
    assert back is not None
    assert back.status is ProtectionUnitStatus.Unprotected
    status, sites_only = rest.call("GET", f"{BACKUP}/protectionUnits/graph.siteProtectionUnit")
    assert (status, sites_only["value"]) == (200, [])


def test_lists_page_filter_and_refuse(rest: Rest, mailboxes: list[str]) -> None:
    for number in range(3):
        _exchange(rest, mailboxes[number * 2 : number * 2 + 2], f"Policy {number}")
    _, first = rest.call("GET", f"{POLICIES}?$top=2")
    assert len(first["value"]) == 2
    _, second = rest.call("GET", first["@odata.nextLink"].split("/v1.0")[1])
    assert [one["displayName"] for one in second["value"]] == ["Policy 2"]
    assert "@odata.nextLink" not in second
    _, named = rest.call("GET", f"{POLICIES}?$filter=displayName eq 'Policy 1'")
    assert [one["displayName"] for one in named["value"]] == ["Policy 1"]
    policy = named["value"][0]["id"]
    _, own = rest.call("GET", f"{BACKUP}/protectionUnits?$filter=policyId eq '{policy}'")
    assert {unit["directoryObjectId"] for unit in own["value"]} == set(mailboxes[2:4])
    long = " or ".join(f"id eq '{one}'" for one in mailboxes[:20])
    refused = rest.code("GET", f"{BACKUP}/protectionUnits?$filter={long}")
    assert refused == (400, "FilterLengthExceeded")
    assert rest.code("GET", f"{POLICIES}?$skip=1") == (400, "BadRequest")


async def test_restore_points_appear_with_protection_and_end_with_it(
    ready: dict[str, Any], controls: Controls, rest: Rest, mailboxes: list[str]
) -> None:
    scopes = ("User.Read", "BackupRestore-Search.Read.All")
    token = graph_token(ready, controls, scopes=scopes)
    policy = _exchange(rest, mailboxes[:1])
    _, listed = rest.call("GET", f"{EXCHANGE}/{policy}/mailboxProtectionUnits")
    unit = listed["value"][0]["id"]
    asks = RequestConfiguration[Any](
        query_parameters=RestorePointsRequestBuilder.RestorePointsRequestBuilderGetQueryParameters(
            expand=[f"protectionUnit($filter=id eq '{unit}')"],
            filter="protectionDateTime lt 2099-01-01T00:00:00Z",
        )
    )

    async def points() -> list[Any]:
        async with graph_client(ready, token) as graph:
            restore_points = graph.solutions.backup_restore.restore_points
            found = await restore_points.get(request_configuration=asks)
        assert found is not None
        return [point.protection_date_time for point in found.value or []]

    assert await points() == []
    rest.call("POST", f"{POLICIES}/{policy}/activate")
    controls.advance("PT65M")
    first = await points()
    assert first == sorted(first, reverse=True)
    assert len(first) == 4  # protected after half an hour, then every ten minutes
    rest.call("POST", f"{POLICIES}/{policy}/deactivate")
    controls.advance("PT1H")
    assert await points() == first
    assert rest.code("GET", f"{BACKUP}/restorePoints") == (403, "Authorization_RequestDenied")


def test_a_create_lost_on_the_way_back_is_found_in_the_list(
    rest: Rest, controls: Controls, mailboxes: list[str]
) -> None:
    controls.scenarios({"id": "commit-then-504"})
    body = {"displayName": "Once", "mailboxProtectionUnits": _units(*mailboxes[:2])}
    assert rest.call("POST", EXCHANGE, body)[0] == 504
    _, listed = rest.call("GET", POLICIES)
    assert [one["displayName"] for one in listed["value"]] == ["Once"]
    assert rest.code("POST", EXCHANGE, body) == (409, "ProtectionUnitAlreadyExists")


def _model(name: str) -> Any:
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    module = importlib.import_module(f"msgraph.generated.models.{snake}")
    return getattr(module, name[0].upper() + name[1:])


def _strange_keys(shown: dict[str, Any]) -> set[str]:
    fields = _model(shown["@odata.type"].removeprefix("#microsoft.graph."))()
    return {key for key in shown if "@" not in key} - set(fields.get_field_deserializers())


def test_everything_shown_exists_in_the_sdk_model(
    rest: Rest, mailboxes: list[str], sites: list[str]
) -> None:
    exchange, sharepoint = _exchange(rest, mailboxes[:1]), _sharepoint(rest, sites[:1])
    site_rule = {"siteExpression": "((displayName -contains 'Legal'))"}
    rule = rest.call("POST", f"{SHAREPOINT}/{sharepoint}/siteInclusionRules", site_rule)
    body = {"displayName": "j", "mailboxes": ["a@b.example"]}
    path = f"{EXCHANGE}/{exchange}/mailboxProtectionUnitsBulkAdditionJobs"
    job = rest.call("POST", path, body)
    assert (rule[0], job[0]) == (201, 201)
    shown = [rule[1], job[1]]
    shown += rest.call("GET", POLICIES)[1]["value"]
    shown += rest.call("GET", f"{BACKUP}/protectionUnits")[1]["value"]
    assert len(shown) == 6
    assert [_strange_keys(one) for one in shown] == [set()] * 6
    counts = _model("protectionPolicyArtifactCount")().get_field_deserializers()
    assert set(shown[2]["protectionPolicyArtifactCount"]) <= set(counts)
