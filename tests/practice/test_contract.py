"""Both sides against the third party: what the client sends and what the practice tenant answers, whole job."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from tests.practice.contract import ROOT, Contract, contract
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
def job(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    """Every backup exchange of an onboarding and of an edit that uses each kind of change."""
    folder = tmp_path_factory.mktemp("whole-job")
    with recorded_practice(folder / "tenant") as found:
        asyncio.run(_whole_job(folder / "state", found))
        return found.under(f"{V1}{ROOT}")


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
