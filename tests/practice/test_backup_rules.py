"""Inclusion rules and bulk addition jobs of the practice tenant."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import requests
from msgraph.generated.models.mailbox_protection_units_bulk_addition_job import (
    MailboxProtectionUnitsBulkAdditionJob,
)
from msgraph.generated.models.protection_units_bulk_job_status import ProtectionUnitsBulkJobStatus

from m365backup_tui.practice.backup.rule_grammar import ExpressionError, group_ids, site_condition
from m365backup_tui.practice.backup.tables import register_functions
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import Group, MailboxKind
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_client, graph_token

BACKUP = "/solutions/backupRestore"
POLICIES = f"{BACKUP}/protectionPolicies"
EXCHANGE = f"{BACKUP}/exchangeProtectionPolicies"
SHAREPOINT = f"{BACKUP}/sharePointProtectionPolicies"


@pytest.fixture
def token(ready: dict[str, Any], controls: Controls) -> str:
    return graph_token(ready, controls)


@pytest.fixture
def rest(ready: dict[str, Any], token: str, browser: requests.Session) -> Rest:
    return Rest(ready, token, browser)


def _policy(rest: Rest, path: str, name: str = "Policy") -> str:
    status, made = rest.call("POST", path, {"displayName": name})
    assert status == 201, made
    return str(made["id"])


def _group(company: Company, name: str) -> Group:
    return next(group for group in company.groups() if group.display_name == name)


def _members_of(*ids: str) -> str:
    return "(memberOf -any (group.id -in [{}]))".format(", ".join(f"'{one}'" for one in ids))


def _mailbox_ids(company: Company, keys: frozenset[str] | tuple[str, ...]) -> set[str]:
    users = (company.user(key) for key in keys)
    return {user.id for user in users if user and user.mailbox is not MailboxKind.NONE}


def _selected(company: Company, expression: str) -> set[str]:
    register_functions(company.db)
    condition = site_condition(expression)
    statement = f"SELECT s.id FROM company.site s WHERE {condition.sql}"
    return {row[0] for row in company.db.execute(statement, condition.values)}


def _unit_ids(rest: Rest, policy: str) -> set[str]:
    _, listed = rest.call("GET", f"{EXCHANGE}/{policy}/mailboxProtectionUnits?$top=999")
    return {unit["directoryObjectId"] for unit in listed["value"]}


@pytest.mark.parametrize(
    "expression",
    [
        "((displayName -contains 'Finance') -or (webUrl -contains 'legal'))",
        "(((displayName -contains 'Fin') -and (webUrl -contains 'sites')) "
        "-or (lastModifiedDateTime -ge '2026-01-31T00:00:00Z'))",
        "(displayName -contains 'Finance')",
    ],
)
def test_documented_site_expressions_are_read(company: Company, expression: str) -> None:
    found = _selected(company, expression)
    assert 0 < len(found) < len(list(company.sites()))


def test_and_or_and_dates_select_the_right_sites(company: Company) -> None:
    found = _selected(
        company,
        "((displayName -contains 'legal') -and (lastModifiedDateTime -ge '2026-10-01T00:00:00Z'))",
    )
    wanted = {
        site.id
        for site in company.sites()
        if "legal" in site.name.lower()
        and site.last_activity
        and site.last_activity >= date(2026, 10, 1)
    }
    assert found == wanted
    assert wanted


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "displayName -contains 'Finance'",
        "(displayName -contains 'Fi')",
        "(displayName -contains 'O''Neil')",
        "(displayName -like 'Finance')",
        "(title -contains 'Finance')",
        "((displayName -contains 'Finance') -xor (webUrl -contains 'legal'))",
        "((displayName -contains 'Finance')",
        "((displayName -contains 'Finance')) trailing",
        "(lastModifiedDateTime -ge 'yesterday')",
        "(" + " -or ".join(f"(webUrl -contains 'word{n}')" for n in range(11)) + ")",
        "(" * 5000 + "webUrl -contains 'deep'" + ")" * 5000,
    ],
)
def test_anything_else_is_no_site_expression(expression: str) -> None:
    with pytest.raises(ExpressionError):
        site_condition(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "(memberOf -any (group.id -in []))",
        "(memberOf -any (group.id -in ['Finance']))",
        "(memberOf -all (group.id -in ['11111111-2222-4333-8444-555555555555']))",
        "memberOf -any (group.id -in ['11111111-2222-4333-8444-555555555555'])",
    ],
)
def test_anything_else_is_no_group_expression(expression: str) -> None:
    with pytest.raises(ExpressionError):
        group_ids(expression)


def test_a_static_rule_flattens_nested_groups(
    rest: Rest, controls: Controls, company: Company
) -> None:
    group = _group(company, "SG Finance")
    policy = _policy(rest, EXCHANGE)
    rules = f"{EXCHANGE}/{policy}/mailboxInclusionRules"
    status, rule = rest.call("POST", rules, {"mailboxExpression": _members_of(group.id)})
    assert (status, rule["status"], rule["isAutoApplyEnabled"]) == (201, "active", False)
    assert _unit_ids(rest, policy) == set()
    controls.advance("PT1H")
    _, done = rest.call("GET", f"{rules}/{rule['id']}")
    assert done["status"] == "completed"
    assert _unit_ids(rest, policy) == _mailbox_ids(company, company.transitive_members(group.id))
    assert rest.call("POST", f"{rules}/{rule['id']}/run")[0] == 202
    busy = rest.code("POST", f"{rules}/{rule['id']}/run")
    assert busy == (400, "ProtectionRuleActionNotAllowed")
    controls.advance("PT1H")
    change = {"mailboxExpression": _members_of(group.id)}
    refused = rest.code("PATCH", f"{rules}/{rule['id']}", change)
    assert refused == (400, "PatchNotAllowedForStaticRule")
    assert rest.call("DELETE", f"{rules}/{rule['id']}")[0] == 204
    assert len(_unit_ids(rest, policy)) > 50


def test_a_dynamic_rule_holds_its_units_until_it_goes(
    rest: Rest, controls: Controls, company: Company
) -> None:
    group, other = _group(company, "SG Legal leads"), _group(company, "SG Sales leads")
    policy = _policy(rest, EXCHANGE)
    rules = f"{EXCHANGE}/{policy}/mailboxInclusionRules"
    body = {"mailboxExpression": _members_of(group.id), "isAutoApplyEnabled": True}
    _, rule = rest.call("POST", rules, body)
    assert rest.code("POST", rules, body) == (400, "InvalidInclusionRuleCreateRequest")
    controls.advance("PT1H")
    assert _unit_ids(rest, policy) == _mailbox_ids(company, company.members(group.id)) != set()
    _, listed = rest.call("GET", f"{EXCHANGE}/{policy}/mailboxProtectionUnits")
    unit = listed["value"][0]
    assert unit["protectionSources"] == "dynamicRule"
    delta = {
        "mailboxProtectionUnits@delta": [{"@removed": {"reason": "changed"}, "id": unit["id"]}]
    }
    refused = rest.code("PATCH", f"{EXCHANGE}/{policy}", delta)
    assert refused == (400, "ProtectionUnitActionNotAllowed")
    one = f"{rules}/{rule['id']}"
    assert rest.code("POST", f"{one}/run") == (400, "RunNotAllowedForDynamicRule")
    change = {"mailboxExpression": _members_of(other.id)}
    _, changed = rest.call("PATCH", one, change)
    assert changed["status"] == "unknownFutureValue"
    _, known = rest.call("GET", one, Prefer="include-unknown-enum-members")
    assert known["status"] == "updateRequested"
    busy = rest.code("PATCH", one, change)
    assert busy == (422, "InvalidProtectionRuleStatusForDynamicRuleEdit")
    controls.advance("PT1H")
    assert _unit_ids(rest, policy) == _mailbox_ids(company, company.members(other.id))
    assert rest.call("POST", f"{one}/deleteAndUnprotect")[0] == 202
    controls.advance("PT1H")
    assert rest.code("GET", one) == (404, "ProtectionRuleNotFound")
    assert _unit_ids(rest, policy) == set()


def test_rules_that_cannot_be_made(rest: Rest) -> None:
    exchange, sharepoint = _policy(rest, EXCHANGE), _policy(rest, SHAREPOINT)
    mailbox = f"{EXCHANGE}/{exchange}/mailboxInclusionRules"
    site = f"{SHAREPOINT}/{sharepoint}/siteInclusionRules"
    ids = [f"11111111-2222-4333-8444-{number:012d}" for number in range(101)]
    many = {"mailboxExpression": _members_of(*ids), "isAutoApplyEnabled": True}
    assert rest.code("POST", mailbox, many) == (413, "InvalidRuleExpressionGroupLimitExceeded")
    four = {"mailboxExpression": _members_of(*ids[:4])}
    assert rest.code("POST", mailbox, four) == (400, "InvalidRuleExpression")
    dynamic = {"siteExpression": "(webUrl -contains 'legal')", "isAutoApplyEnabled": True}
    assert rest.code("POST", site, dynamic) == (400, "InvalidInclusionRuleCreateRequest")
    assert rest.code("POST", site, {}) == (400, "InvalidInclusionRuleCreateRequest")
    wrong = {"siteExpression": "(webUrl -like 'legal')"}
    assert rest.code("POST", site, wrong) == (400, "InvalidRuleExpression")


def test_an_unknown_group_shows_in_the_rules_error(rest: Rest, controls: Controls) -> None:
    policy = _policy(rest, EXCHANGE)
    rules = f"{EXCHANGE}/{policy}/mailboxInclusionRules"
    unknown = "11111111-2222-4333-8444-555555555555"
    _, rule = rest.call("POST", rules, {"mailboxExpression": _members_of(unknown)})
    controls.advance("PT1H")
    _, done = rest.call("GET", f"{rules}/{rule['id']}")
    assert (done["status"], done["error"]["code"]) == ("completedWithErrors", "invalidGroupId")


def test_units_of_a_rule_join_an_active_policy_protected(
    rest: Rest, controls: Controls, company: Company
) -> None:
    policy = _policy(rest, SHAREPOINT)
    assert rest.call("POST", f"{POLICIES}/{policy}/activate")[0] == 202
    controls.advance("PT1H")
    _, empty = rest.call("GET", f"{POLICIES}/{policy}")
    assert (empty["status"], empty["protectionPolicyArtifactCount"]["total"]) == ("active", 0)
    rule = {"siteExpression": "(displayName -contains 'Legal')"}
    rest.call("POST", f"{SHAREPOINT}/{policy}/siteInclusionRules", rule)
    controls.advance("PT11M")
    _, busy = rest.call("GET", f"{POLICIES}/{policy}")
    assert busy["status"] == "updating"
    controls.advance("PT1H")
    _, done = rest.call("GET", f"{POLICIES}/{policy}")
    wanted = [one for one in company.sites() if "legal" in one.name.lower() and one.protectable]
    assert done["status"] == "active"
    assert done["protectionPolicyArtifactCount"]["completed"] == len(wanted) > 10


async def test_a_bulk_job_adds_what_it_finds_and_names_the_rest(
    ready: dict[str, Any], token: str, rest: Rest, controls: Controls, company: Company
) -> None:
    policy = _policy(rest, EXCHANGE)
    people = [user for user in company.users() if user.mailbox is MailboxKind.USER][:3]
    path = f"{EXCHANGE}/{policy}/mailboxProtectionUnitsBulkAdditionJobs"
    async with graph_client(ready, token) as graph:
        builder = graph.solutions.backup_restore.mailbox_protection_units_bulk_addition_jobs
        made = await builder.with_url(ready["graph"] + path).post(
            MailboxProtectionUnitsBulkAdditionJob(
                display_name="Wave 1",
                mailboxes=[people[0].upn.upper(), "ghost@northwindlabs.example"],
                directory_object_ids=[people[1].id, people[2].id],
            )
        )
        assert made is not None
        assert made.status is ProtectionUnitsBulkJobStatus.Active
        controls.advance("PT1H")
        jobs = await graph.solutions.backup_restore.exchange_protection_policies.by_exchange_protection_policy_id(
            policy
        ).mailbox_protection_units_bulk_addition_jobs.get()
    assert jobs is not None
    [job] = jobs.value or []
    assert job.status is ProtectionUnitsBulkJobStatus.CompletedWithErrors
    assert job.mailboxes is None
    assert job.error is not None
    assert job.error.code == "ProtectionResourcesNotFound"
    assert [(one.code, one.target) for one in job.error.details or []] == [
        ("EmailNotFound", "ghost@northwindlabs.example")
    ]
    assert _unit_ids(rest, policy) == {user.id for user in people}


def test_a_site_job_names_the_address_only_in_the_sentence(
    rest: Rest, controls: Controls, company: Company
) -> None:
    policy = _policy(rest, SHAREPOINT)
    path = f"{SHAREPOINT}/{policy}/siteProtectionUnitsBulkAdditionJobs"
    ghost = "https://northwindlabs.sharepoint.com/sites/Ghost"
    body = {"displayName": "w", "siteWebUrls": [list(company.sites())[1].web_url + "/", ghost]}
    _, job = rest.call("POST", path, body)
    controls.advance("PT1H")
    _, done = rest.call("GET", f"{path}/{job['id']}")
    [detail] = done["error"]["details"]
    assert "code" not in done["error"]
    assert detail["code"] == "SiteUrlNotFound"
    assert "target" not in detail
    assert ghost in detail["message"]


def test_jobs_have_limits(rest: Rest) -> None:
    policy = _policy(rest, EXCHANGE)
    path = f"{EXCHANGE}/{policy}/mailboxProtectionUnitsBulkAdditionJobs"
    assert rest.code("POST", path, {"displayName": "x"})[0] == 400
    many = {"displayName": "x", "mailboxes": ["a@b.example"] * 50_001}
    assert rest.code("POST", path, many)[0] == 413
