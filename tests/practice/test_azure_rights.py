"""Rights in the practice Azure: judged from role assignments, whoever they were given to."""

import re
import uuid
from typing import Any

import pytest
import requests

from m365backup_tui.practice.arm.call import Route
from m365backup_tui.practice.arm.routes import ROUTES
from m365backup_tui.practice.personas import CONTRIBUTOR, OWNER, READER
from tests.practice.azure_calls import AUTH, BILLING, PRODUCTION, Azure, refusal
from tests.practice.conftest import Controls
from tests.practice.northwind import BACKUP_GROUP_ID, SUB_FABRIKAM, SUB_PRODUCTION

Ready = dict[str, Any]


@pytest.fixture
def owner(fresh_practice: Ready, controls: Controls) -> Azure:
    """The Owner of the production subscription."""
    return Azure(fresh_practice, controls)


def role(role_id: str, oid: str, kind: str = "User") -> dict[str, str]:
    """The properties of a role assignment."""
    definition = f"{PRODUCTION}/{AUTH}/roleDefinitions/{role_id}"
    return {"roleDefinitionId": definition, "principalId": oid, "principalType": kind}


def test_a_role_on_one_group_opens_that_group_and_nothing_else(
    owner: Azure, fresh_practice: Ready, controls: Controls
) -> None:
    guest = Azure(fresh_practice, controls, "no-role")
    assert guest.value("/subscriptions") == []
    assert refusal(guest.call("GET", BILLING)) == (403, "AuthorizationFailed")
    name = str(uuid.uuid4())
    given = owner.put(f"{BILLING}/{AUTH}/roleAssignments/{name}", role(CONTRIBUTOR, guest.oid))
    assert given.status_code == 201, given.text
    assert [sub["subscriptionId"] for sub in guest.value("/subscriptions")] == [SUB_PRODUCTION]
    assert [group["name"] for group in guest.value(f"{PRODUCTION}/resourcegroups")] == [
        "rg-m365-billing"
    ]
    assert guest.get(f"{PRODUCTION}/providers/Microsoft.Syntex")["registrationState"]
    assert guest.value(f"{BILLING}/{AUTH}/permissions")[0]["actions"] == ["*"]
    for method, path in (
        ("GET", f"{PRODUCTION}/{AUTH}/permissions"),
        ("POST", f"{PRODUCTION}/providers/Microsoft.Syntex/register"),
        ("PUT", f"{PRODUCTION}/resourcegroups/rg-other"),
        ("DELETE", f"{BILLING}/{AUTH}/roleAssignments/{name}"),
    ):
        refused = guest.call(method, path, {"location": "westeurope"})
        assert refusal(refused) == (403, "AuthorizationFailed"), path
    assert owner.call("DELETE", f"{BILLING}/{AUTH}/roleAssignments/{name}").status_code == 200
    assert owner.call("DELETE", f"{BILLING}/{AUTH}/roleAssignments/{name}").status_code == 204
    assert guest.value("/subscriptions") == []


def test_a_reader_may_hold_more_on_one_group(fresh_practice: Ready, controls: Controls) -> None:
    reader = Azure(fresh_practice, controls, "exchange-admin")
    own = f"{PRODUCTION}/resourceGroups/rg-app-01"
    actions = [entry["actions"] for entry in reader.value(f"{own}/{AUTH}/permissions")]
    assert sorted(actions) == [["*"], ["*/read"]]
    assert reader.call("PATCH", own, {"tags": {"a": "b"}}).status_code == 200
    assert refusal(reader.call("PATCH", BILLING, {"tags": {}})) == (403, "AuthorizationFailed")


@pytest.mark.parametrize(
    ("persona", "method", "path", "action"),
    [
        ("exchange-admin", "PUT", "resourcegroups/rg-x", "resourceGroups/write"),
        ("exchange-admin", "DELETE", "resourcegroups/rg-app-02", "resourceGroups/delete"),
        ("exchange-admin", "POST", "providers/Microsoft.Syntex/register", "register/action"),
        ("exchange-admin", "POST", "providers/Microsoft.Syntex/unregister", "unregister/action"),
        ("exchange-admin", "PUT", "providers/Microsoft.Resources/tags/default", "tags/write"),
        ("backup-admin", "PUT", f"{AUTH}/locks/mine", "locks/write"),
        ("backup-admin", "DELETE", f"{AUTH}/locks/mine", "locks/delete"),
        ("backup-admin", "PUT", f"{AUTH}/roleDefinitions/x", "roleDefinitions/write"),
        ("backup-admin", "PUT", f"{AUTH}/roleAssignments/x", "roleAssignments/write"),
        ("backup-admin", "PUT", f"{AUTH}/policyAssignments/x", "policyAssignments/write"),
    ],
)
def test_the_refusal_names_the_action_that_is_missing(
    fresh_practice: Ready, controls: Controls, persona: str, method: str, path: str, action: str
) -> None:
    answer = Azure(fresh_practice, controls, persona).call(method, f"{PRODUCTION}/{path}", {})
    assert refusal(answer) == (403, "AuthorizationFailed")
    assert action in answer.json()["error"]["message"]


def test_a_user_access_administrator_gives_access_but_has_none(
    owner: Azure, fresh_practice: Ready, controls: Controls
) -> None:
    root_only = Azure(fresh_practice, controls, "no-azure")
    assert root_only.value("/subscriptions") == []
    assert root_only.call("POST", f"/{AUTH}/elevateAccess").status_code == 200
    names = [sub["displayName"] for sub in root_only.value("/subscriptions")]
    assert "Northwind Labs Production" in names
    assert "Fabrikam Shared" not in names  # the root is this directory's own
    group = {"location": "westeurope"}
    refused = root_only.call("PUT", f"{PRODUCTION}/resourcegroups/rg-mine", group)
    assert refusal(refused) == (403, "AuthorizationFailed")
    path = f"{PRODUCTION}/{AUTH}/roleAssignments/{uuid.uuid4()}"
    assert root_only.put(path, role(OWNER, root_only.oid)).status_code == 201
    made = root_only.call("PUT", f"{PRODUCTION}/resourcegroups/rg-mine", group)
    assert made.status_code == 201
    other = Azure(fresh_practice, controls, "sharepoint-admin")
    assert refusal(other.call("POST", f"/{AUTH}/elevateAccess")) == (403, "AuthorizationFailed")


def test_a_custom_role_gives_exactly_its_actions_less_its_not_actions(
    owner: Azure, fresh_practice: Ready, controls: Controls
) -> None:
    guest = Azure(fresh_practice, controls, "no-role")
    role_id = str(uuid.uuid4())
    definition = f"{PRODUCTION}/{AUTH}/roleDefinitions/{role_id}"
    body = {
        "roleName": "Backup billing",
        "type": "CustomRole",
        "description": "Prepares billing.",
        "assignableScopes": [PRODUCTION],
        "permissions": [
            {
                "actions": ["Microsoft.Syntex/*", "Microsoft.Resources/subscriptions/*/read"],
                "notActions": ["Microsoft.Syntex/*/delete"],
            }
        ],
    }
    assert owner.put(definition, body).status_code == 201
    assert owner.get(definition)["properties"]["type"] == "CustomRole"
    assignment = f"{PRODUCTION}/{AUTH}/roleAssignments/{uuid.uuid4()}"
    assert owner.put(assignment, role(role_id, guest.oid)).status_code == 201
    assert guest.call("POST", f"{PRODUCTION}/providers/Microsoft.Syntex/register").ok
    syntex = f"{BILLING}/providers/Microsoft.Syntex/accounts/mine"
    assert refusal(guest.call("DELETE", syntex)) == (403, "AuthorizationFailed")
    assert refusal(guest.call("GET", syntex)) == (404, "ResourceNotFound")
    assert refusal(guest.call("GET", f"{PRODUCTION}/{AUTH}/locks"))[0] == 403
    in_use = owner.call("DELETE", definition)
    assert refusal(in_use) == (409, "RoleDefinitionHasAssignments")
    assert owner.call("DELETE", assignment).status_code == 200
    assert owner.call("DELETE", definition).status_code == 200
    assert owner.call("DELETE", definition).status_code == 204


def test_assignments_are_filtered_as_documented(owner: Azure) -> None:
    listed = f"{PRODUCTION}/{AUTH}/roleAssignments"
    everything = owner.value(listed)
    at_scope = owner.value(listed, filter="atScope()")
    assert {item["properties"]["scope"] for item in at_scope} == {PRODUCTION}
    assert len(everything) == len(at_scope) + 1  # and one on a single resource group
    direct = owner.value(listed, filter=f"principalId eq '{BACKUP_GROUP_ID}'")
    assert [item["properties"]["principalType"] for item in direct] == ["Group"]
    group = f"{PRODUCTION}/resourceGroups/rg-app-01/{AUTH}/roleAssignments"
    narrow = owner.value(group, filter="atScope()")
    assert len(narrow) == len(everything)  # inherited ones hold there too
    elsewhere = f"{BILLING}/{AUTH}/roleAssignments"
    assert len(owner.value(elsewhere)) == len(at_scope)
    refused = owner.call("GET", listed, filter=f"assignedTo('{BACKUP_GROUP_ID}')")
    assert refusal(refused) == (400, "UnsupportedFilter")
    assert owner.value(f"/subscriptions/{SUB_FABRIKAM}/{AUTH}/roleAssignments") == []
    assert owner.value(f"/subscriptions/{SUB_FABRIKAM}/{AUTH}/permissions")[0]["actions"] == ["*"]


def test_a_built_in_assignment_can_be_taken_away(
    owner: Azure, fresh_practice: Ready, controls: Controls
) -> None:
    people = Azure(fresh_practice, controls, "backup-admin")
    assert people.call("PATCH", BILLING, {"tags": {"a": "b"}}).status_code == 200
    listed = f"{PRODUCTION}/{AUTH}/roleAssignments"
    (mine,) = owner.value(listed, filter=f"assignedTo('{people.oid}')")
    assert owner.call("DELETE", mine["id"]).status_code == 200
    assert refusal(owner.call("GET", mine["id"])) == (404, "RoleAssignmentNotFound")
    assert refusal(people.call("GET", BILLING)) == (403, "AuthorizationFailed")


@pytest.mark.parametrize(
    ("name", "change", "refused"),
    [
        ("x", {}, (400, "InvalidRoleAssignmentId")),
        (None, {"principalId": str(uuid.uuid4())}, (400, "PrincipalNotFound")),
        (None, {"roleDefinitionId": "nothing"}, (404, "RoleDefinitionDoesNotExist")),
        (None, {"principalType": "Group"}, (400, "UnmatchedPrincipalType")),
    ],
)
def test_a_wrong_assignment_is_refused(
    owner: Azure, name: str | None, change: dict[str, str], refused: tuple[int, str]
) -> None:
    path = f"{BILLING}/{AUTH}/roleAssignments/{name or uuid.uuid4()}"
    assert refusal(owner.put(path, {**role(READER, owner.oid), **change})) == refused


def test_the_same_assignment_is_made_once(owner: Azure) -> None:
    one, two = (f"{BILLING}/{AUTH}/roleAssignments/{uuid.uuid4()}" for _ in range(2))
    assert owner.put(one, role(READER, owner.oid)).status_code == 201
    assert owner.put(one, role(READER, owner.oid)).status_code == 200
    assert refusal(owner.put(two, role(READER, owner.oid))) == (409, "RoleAssignmentExists")
    changed = owner.put(one, role(OWNER, owner.oid))
    assert refusal(changed) == (400, "RoleAssignmentUpdateNotPermitted")


def test_an_eligible_role_is_activated_for_some_hours(
    fresh_practice: Ready, controls: Controls
) -> None:
    person = Azure(fresh_practice, controls, "pim-eligible")
    group = f"{PRODUCTION}/resourcegroups/rg-pim"
    body = {"location": "westeurope"}
    assert refusal(person.call("PUT", group, body)) == (403, "AuthorizationFailed")
    request = f"{PRODUCTION}/{AUTH}/roleAssignmentScheduleRequests/{uuid.uuid4()}"
    wanted = {
        **role(OWNER, person.oid),
        "requestType": "SelfActivate",
        "justification": "Set-up",
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT2H"}},
    }
    answer = person.put(request, wanted)
    assert (answer.status_code, answer.json()["properties"]["status"]) == (201, "Provisioned")
    assert person.call("PUT", group, body).status_code == 201
    controls.advance("PT2H1M")
    assert refusal(person.call("PUT", group, body)) == (403, "AuthorizationFailed")
    not_mine = person.put(request, {**wanted, **role(CONTRIBUTOR, person.oid)})
    assert refusal(not_mine) == (400, "RoleAssignmentRequestPolicyValidationFailed")


def test_deny_assignments_are_empty_and_filtered(owner: Azure) -> None:
    path = f"{PRODUCTION}/{AUTH}/denyAssignments"
    assert owner.value(path, filter="atScope()") == []
    assert refusal(owner.call("GET", path, filter="assignedTo('x')"))[1] == "UnsupportedFilter"


def filled(pattern: str) -> str:
    """A path of a route's pattern, about things that may or may not exist."""
    parts = {
        "sub": SUB_PRODUCTION,
        "group": "rg-m365-billing",
        "namespace": "Microsoft.Syntex",
        "kind": "accounts",
        "resource": "mine",
        "name": str(uuid.UUID(int=7)),
        "place": "westeurope",
    }
    return re.sub(r"\(\?P<(\w+)>\[\^/\]\+\)", lambda part: parts[part.group(1)], pattern).replace(
        "\\", ""
    )


@pytest.mark.parametrize(
    "known", ROUTES, ids=lambda known: f"{known.method} {known.pattern.pattern}"
)
def test_no_route_lets_a_stranger_in_or_a_reader_write(
    fresh_practice: Ready, controls: Controls, browser: requests.Session, known: Route
) -> None:
    path, version = filled(known.pattern.pattern), max(known.versions)
    if known.by_type:
        version = "2023-01-04-preview"
    address = fresh_practice["arm"].rstrip("/") + path
    nobody = browser.request(known.method, address, params={"api-version": version}, timeout=10)
    assert nobody.status_code == 401
    if not path.startswith("/subscriptions/"):
        return
    stranger = Azure(fresh_practice, controls, "no-role")
    bare = stranger.call(known.method, path, {}, version=version)
    assert bare.status_code in (400, 403), bare.text
    reader = Azure(fresh_practice, controls, "exchange-admin")
    if known.method in ("PUT", "PATCH", "DELETE") and "ScheduleRequests" not in path:
        assert reader.call(known.method, path, {}, version=version).status_code == 403
    assert not any(entry["changed"] for entry in controls.log())
