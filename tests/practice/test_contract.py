"""Both sides against the third party: what the client sends and what the practice tenant answers, whole job."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from tests.practice.conftest import Controls, web_session
from tests.practice.contract import ROOT, Contract, contract
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token
from tests.practice.recording import Exchange, Recorded, recorded_practice
from tests.practice.whole_job import WholeJob

V1 = "/v1.0"


@pytest.fixture(scope="module")
def judge() -> Contract:
    found = contract()
    if found is None:
        pytest.skip("the API description is not on this machine")
    return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recorded, int]]:
    """A tenant on which the whole job was done, still running, and how many exchanges that took."""
    folder = tmp_path_factory.mktemp("whole-job")
    with recorded_practice(folder / "tenant") as found:
        asyncio.run(_whole_job(folder / "state", found))
        yield found, len(found.exchanges)


@pytest.fixture(scope="module")
def job(recorded: tuple[Recorded, int]) -> list[Exchange]:
    """Every backup exchange of an onboarding and of an edit that uses each kind of change."""
    found, count = recorded
    return [one for one in found.exchanges[:count] if one.path.startswith(f"{V1}{ROOT}")]


async def _whole_job(folder: Path, recorded: Recorded) -> None:
    async with WholeJob(folder, recorded.ready) as job:
        await job.onboard()
        policies = await job.policies()
        assert set(policies) == set(ALL_PRODUCTS)
        drafts = []
        for product, policy in policies.items():
            held = await job.tools.backup.units(product, policy.id)
            taken = {unit.key for unit in held}
            async for page in job.tools.directory.candidates(product):
                free = [c for c in page if c.key not in taken and not c.unsupported]
                if free:
                    break
            drafts.append(
                Draft(
                    product,
                    f"{product.label} new",
                    policy.id,
                    policy.name,
                    tuple(free[:1]),
                    held[:1],
                )
            )
        await job.edit(*drafts)
        policies = await job.policies()
        for power in (Power.PAUSE, Power.ACTIVATE):
            exchange = policies[Product.EXCHANGE]
            await job.edit(
                Draft(Product.EXCHANGE, exchange.name, exchange.id, exchange.name, power=power)
            )


def test_the_job_used_every_write_of_the_wizard(job: list[Exchange]) -> None:
    writes = [one for one in job if one.method != "GET"]
    kinds = {f"{w.method} {re.sub(r'[0-9a-f-]{36}', '*', w.path)}" for w in writes}
    collections = [
        f"{V1}{ROOT}/{product}ProtectionPolicies"
        for product in ("exchange", "oneDriveForBusiness", "sharePoint")
    ]
    assert kinds == {
        *(f"POST {path}" for path in collections),
        *(f"PATCH {path}/*" for path in collections),
        f"POST {V1}{ROOT}/protectionPolicies/*/activate",
        f"POST {V1}{ROOT}/protectionPolicies/*/deactivate",
    }
    bodies = str([w.body for w in writes])
    assert "@removed" in bodies
    assert "Exchange new" in bodies


def test_every_request_of_the_job_is_described(job: list[Exchange], judge: Contract) -> None:
    problems: list[str] = []
    for one in job:
        found = judge.operation(one.method, one.path.removeprefix(V1))
        if found is None:
            problems.append(f"{one}: not described")
            continue
        _, operation = found
        if operation.get("x-generator-artefact"):
            problems.append(f"{one}: an artefact of the generator, no page describes it")
        if operation.get("x-in-msgraph-sdk") is False:
            problems.append(f"{one}: not in the SDK")
        problems += [f"{one}: {p}" for p in judge.request_problems(operation, one.query, one.body)]
    assert sorted(set(problems)) == []


def test_every_answer_of_the_job_is_as_described(job: list[Exchange], judge: Contract) -> None:
    problems: list[str] = []
    for one in job:
        found = judge.operation(one.method, one.path.removeprefix(V1))
        assert found is not None, one
        problems += [f"{one}: {p}" for p in judge.answer_problems(found[1], one.status, one.answer)]
    assert sorted(set(problems)) == []


def test_the_tokens_of_the_job_carry_a_documented_scope(
    job: list[Exchange], judge: Contract
) -> None:
    lacking: list[str] = []
    for one in job:
        found = judge.operation(one.method, one.path.removeprefix(V1))
        assert found is not None, one
        rights = found[1].get("x-permissions", {}).get("delegated")
        if rights is None or one.status == 403:
            continue
        if not one.scopes & {*rights["leastPrivileged"], *rights["other"]}:
            lacking.append(f"{one}: {sorted(one.scopes)}")
    assert lacking == []


def test_what_other_clients_use_is_answered_as_described(
    recorded: tuple[Recorded, int], judge: Contract
) -> None:
    """Rules, bulk jobs, single units, offboarding, notifications: not the wizard's, but the same service."""
    found, _ = recorded
    controls = Controls(found.ready)
    scopes = (
        *WIZARD_SCOPES,
        "BackupRestore-Control.ReadWrite.All",
        "BackupRestore-Search.Read.All",
    )
    token = graph_token(found.ready, controls, scopes=scopes)
    before = len(found.exchanges)
    with web_session(found.ready) as web:
        rest = Rest(found.ready, token, web)
        for collection, units, rules, jobs, expression in KINDS:
            _use(rest, f"{ROOT}/{collection}", units, rules, jobs, expression, controls)
        rest.call("GET", f"{ROOT}/emailNotificationsSetting")
        rest.call("PATCH", f"{ROOT}/emailNotificationsSetting", {"isEnabled": False})
        rest.call("GET", f"{ROOT}/serviceApps")
        rest.call("GET", f"{ROOT}/protectionUnits?$top=3&$count=true")
    controls.close()
    problems: list[str] = []
    seen: set[str] = set()
    for one in found.exchanges[before:]:
        if not one.path.startswith(f"{V1}{ROOT}"):
            continue
        known = judge.operation(one.method, one.path.removeprefix(V1))
        assert known is not None, one
        assert one.status < 300, (one, one.answer)
        seen.add(f"{one.method} {known[0]}")
        problems += [f"{one}: {p}" for p in judge.request_problems(known[1], one.query, one.body)]
        problems += [f"{one}: {p}" for p in judge.answer_problems(known[1], one.status, one.answer)]
    assert sorted(set(problems)) == []
    assert len(seen) > 40


GROUP_RULE = "(memberOf -any (group.id -in ['{group}']))"
KINDS = [
    (
        f"{product}ProtectionPolicies",
        f"{kind}ProtectionUnits",
        f"{kind}InclusionRules",
        f"{kind}ProtectionUnitsBulkAdditionJobs",
        {f"{kind}Expression": rule},
    )
    for product, kind, rule in (
        ("exchange", "mailbox", GROUP_RULE),
        ("oneDriveForBusiness", "drive", GROUP_RULE),
        (
            "sharePoint",
            "site",
            "((displayName -contains 'Archive') -or (webUrl -contains 'legal'))",
        ),
    )
]


def _use(
    rest: Rest,
    collection: str,
    units: str,
    rules: str,
    jobs: str,
    expression: dict[str, str],
    controls: Controls,
) -> None:
    """Everything that is documented for one product's policies, their units, rules and jobs."""
    (policy,) = rest.call("GET", collection)[1]["value"]
    path = f"{collection}/{policy['id']}"
    ((name, text),) = expression.items()
    if "{group}" in text:
        group = "/groups?$top=1&$filter=securityEnabled eq true&$select=id,displayName"
        text = text.replace("{group}", rest.call("GET", group)[1]["value"][0]["id"])
    rule = rest.call("POST", f"{path}/{rules}", {name: text})[1]
    unit = rest.call("GET", f"{path}/{units}?$top=1")[1]["value"][0]
    key = "siteIds" if "site" in units else "directoryObjectIds"
    value = unit.get("siteId") or unit.get("directoryObjectId")
    job = rest.call("POST", f"{path}/{jobs}", {"displayName": "Wave 1", key: [value, "nobody"]})[1]
    controls.advance("P1D")
    kind = units.removesuffix("s")
    for read in (
        path,
        f"{path}/{rules}",
        f"{path}/{rules}/{rule['id']}",
        f"{path}/{jobs}",
        f"{path}/{jobs}/{job['id']}",
        f"{path}/{units}/{unit['id']}",
        f"{ROOT}/{units}",
        f"{ROOT}/{units}/{unit['id']}",
        f"{ROOT}/protectionPolicies/{policy['id']}",
        f"{ROOT}/protectionUnits/{unit['id']}",
        f"{ROOT}/protectionUnits/graph.{kind}",
        f"{ROOT}/protectionUnits/{unit['id']}/graph.{kind}",
        f"{ROOT}/restorePoints?$top=2&$filter=protectionDateTime lt 2030-01-01T00:00:00Z"
        f"&$expand=protectionUnit($filter=id eq '{unit['id']}')",
    ):
        rest.call("GET", read)
    rest.call("POST", f"{path}/{rules}/{rule['id']}/run")
    controls.advance("P1D")
    rest.call("DELETE", f"{path}/{rules}/{rule['id']}")
    rest.call(
        "PATCH", path, {f"{units}@delta": [{"@removed": {"reason": "changed"}, "id": unit["id"]}]}
    )
    controls.advance("P1D")
    rest.call("POST", f"{ROOT}/protectionUnits/{unit['id']}/offboard")
    rest.call("POST", f"{ROOT}/protectionUnits/{unit['id']}/cancelOffboard")


POLICY = {
    "@odata.type": "#microsoft.graph.exchangeProtectionPolicy",
    "id": "2f5f4b0e-0b55-4f3c-9c39-6f5b8f0c1d11",
    "displayName": "Mailboxes",
    "status": "active",
    "createdDateTime": "2026-11-03T09:15:22.1234567Z",
    "retentionSettings": [{"interval": "R/PT10M", "period": "P2W"}],
}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"status": "dirty"}, "dirty"),
        ({"createdDateTime": "2026-11-03T09-15-22Z"}, "createdDateTime"),
        ({"owner": "nobody"}, "owner"),
        ({"@odata.type": "#microsoft.graph.mailboxProtectionPolicy"}, "is not one of"),
        ({"displayName": 7}, "7"),
    ],
)
def test_the_judge_finds_a_wrong_policy_in_a_mixed_list(
    judge: Contract, wrong: dict[str, object], words: str
) -> None:
    found = judge.operation("GET", f"{ROOT}/protectionPolicies")
    assert found is not None
    assert judge.answer_problems(found[1], 200, {"value": [POLICY]}) == []
    problems = judge.answer_problems(found[1], 200, {"value": [{**POLICY, **wrong}]})
    assert words in "".join(problems)


def test_the_judge_finds_wrong_requests(judge: Contract) -> None:
    found = judge.operation("PATCH", f"{ROOT}/exchangeProtectionPolicies/some-id")
    assert found is not None
    assert found[0].endswith("/exchangeProtectionPolicies/{exchangeProtectionPolicy-id}")
    delta = "mailboxProtectionUnits@delta"
    good = {delta: [{"directoryObjectId": "a"}, {"@removed": {"reason": "changed"}, "id": "b"}]}
    assert judge.request_problems(found[1], {}, good) == []
    assert judge.request_problems(found[1], {}, None) != []
    assert judge.request_problems(found[1], {}, {delta: [{"userId": "a"}]}) != []
    assert judge.request_problems(found[1], {}, {"driveProtectionUnits@delta": []}) != []
    assert judge.request_problems(found[1], {"$top": "1"}, good) != []
    assert judge.operation("POST", f"{ROOT}/exchangeProtectionPolicies/some-id") is None
