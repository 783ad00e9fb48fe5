"""All that the practice tenant's backup side says, held against two third parties.

A walk reaches every route with a request that is let through; each answer is judged by the models
of the installed msgraph-sdk and, where it is at hand, by the API description: names of fields and
types, members of enums, kinds of values, success codes, the error envelope. The same exchanges,
spoiled on purpose, show that both judges see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
import requests
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

from tests.practice import sdk_calls, sdk_models
from tests.practice.all_routes import every_route
from tests.practice.conftest import Controls, web_session
from tests.practice.contract import Contract, contract
from tests.practice.deviations import deviations
from tests.practice.documented_codes import success_codes
from tests.practice.northwind import SUB_PRODUCTION
from tests.practice.recording import Exchange, Recorded, recorded_practice
from tests.practice.walk_backup import (
    SERVICES,
    walk_control,
    walk_notifications,
    walk_pending_control,
    walk_policies,
)
from tests.practice.walk_restore import walk_browsing, walk_restore
from tests.practice.walking import BACKUP, OWN_APP, Walk

UNKNOWN = "11111111-2222-4333-8444-555555555555"
# Dynamic rules, the only ones that can be changed or undone, are not for SharePoint (graph.md §7).
NEVER_LET_THROUGH = {
    f"{method} {BACKUP}/sharePointProtectionPolicies/{{id}}/siteInclusionRules/{{rule}}{action}"
    for method, action in (("PATCH", ""), ("POST", "/deleteAndUnprotect"))
}
# Printed by some pages, in no model: graph.md §15 item 10.
PRINTED = re.compile(r"\.user\.email: Identity has no such field$")
# An error's date has no offset (the printed envelope of graph.md §3).
PRINTED_DATE = re.compile(r"innerError\.date: is no datetime but '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'$")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """A tenant in which every backup route was used."""
    with (
        recorded_practice(tmp_path_factory.mktemp("walk") / "tenant") as found,
        web_session(found.ready) as web,
    ):
        controls = Controls(found.ready)
        walk_everything(found, controls, web)
        controls.close()
        yield found


def walk_everything(found: Recorded, controls: Controls, web: requests.Session) -> None:
    """First who controls backup, then what an administrator does with it, then what is refused."""
    billing = {
        "persona": "global-admin",
        "application": OWN_APP,
        "subscription_id": SUB_PRODUCTION,
        "resource_group": f"{SUB_PRODUCTION}/rg-m365-billing",
        "region": "westeurope",
    }
    walk_control(Walk(found.ready, controls, web, own_app=True), billing)
    controls.reset()
    controls.turn_backup_on()
    walk_pending_control(Walk(found.ready, controls, web, own_app=True))
    admin = Walk(found.ready, controls, web)
    walk_notifications(admin)
    kept = {service.name: walk_policies(admin, service) for service in SERVICES}
    controls.advance("P3D")
    for service in SERVICES:
        walk_restore(admin, service, kept[service.name])
    browsing = Walk(found.ready, controls, web, persona="sharepoint-admin")
    for service in SERVICES[1:]:
        walk_browsing(browsing, service, kept[service.name])
    for method, path in backup_routes():
        address = re.sub(r"\{\w+\}", UNKNOWN, path)
        for token in (admin.token, browsing.token, "nonsense"):
            web.request(
                method,
                found.ready["base_url"] + address,
                json={"nonsense": 1} if method in ("POST", "PATCH") else None,
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            )


def backup_routes() -> list[tuple[str, str]]:
    """Method and template of every backup route of the application."""
    return [(one.method, one.path) for one in every_route() if one.path.startswith(BACKUP)]


@pytest.fixture(scope="module")
def exchanges(walked: Recorded) -> list[Exchange]:
    return walked.under(BACKUP)


@pytest.fixture(scope="module")
def judge() -> Contract:
    found = contract()
    if found is None:
        pytest.skip("the API description is not on this machine")
    return found


def sdk_problems(one: Exchange, status: int, answer: object) -> list[str]:
    """What the SDK's models and graph.md's success codes do not know in an answer."""
    if status >= 400:
        if not isinstance(answer, dict) or not isinstance(answer.get("error"), dict):
            return ["$: is no error"]
        needed = ("code", "message", "innerError")
        found = [f"$.error: has no {name}" for name in needed if not answer["error"].get(name)]
        problems = sdk_models.problems(ODataError, answer)
        return found + [one for one in problems if not PRINTED_DATE.search(one)]
    codes = success_codes(one.method, one.path)
    found = [] if status in codes else [f"$: answered with {status}, not {sorted(codes)}"]
    call = sdk_calls.call_or_twin(one.method, template(one))
    assert call is not None, one
    assert not isinstance(call.answers, str), one
    if call.answers is None:
        return found if answer is None else [*found, "$: has a body"]
    problems = sdk_models.problems(call.answers, answer)
    return found + [one for one in problems if not PRINTED.search(one)]


def template(one: Exchange) -> str:
    """The route with `{id}` for each key, as sdk_calls wants it."""
    return re.sub(r"(?<=/)\{\w+\}(?=/|$)", "{id}", one.route.removeprefix("/v1.0"))


def description_problems(judge: Contract, one: Exchange, status: int, answer: object) -> list[str]:
    """What the API description and graph.md's success codes do not know in an answer."""
    known = judge.operation(one.method, one.path.removeprefix("/v1.0"))
    if known is None:
        return []
    found = judge.answer_problems(known[1], status, answer)
    if status < 400 and status not in success_codes(one.method, one.path):
        found.append(f"$: answered with {status}")
    return found


def test_every_backup_route_lets_somebody_through(exchanges: list[Exchange]) -> None:
    every = {f"{method} {path}" for method, path in backup_routes()}
    through = {f"{one.method} {one.route}" for one in exchanges if one.status < 400}
    assert len(every) > 140
    assert every - through == NEVER_LET_THROUGH
    print(f"\n{len(exchanges)} exchanges, {len(through)} of {len(every)} routes answered")


def test_every_answer_is_made_of_the_names_of_the_sdk(exchanges: list[Exchange]) -> None:
    wrong = {
        f"{one.method} {one.route} {one.status} {problem}"
        for one in exchanges
        for problem in sdk_problems(one, one.status, one.answer)
    }
    assert wrong == set()


def test_every_accepted_request_is_made_of_the_names_of_the_sdk(exchanges: list[Exchange]) -> None:
    wrong: set[str] = set()
    bodies = 0
    for one in exchanges:
        if one.status >= 400 or not one.body:
            continue
        call = sdk_calls.call_or_twin(one.method, template(one))
        assert call is not None, one
        assert call.sends is not None, one
        bodies += 1
        wrong |= {
            f"{one.method} {one.route} {p}" for p in sdk_models.problems(call.sends, one.body)
        }
    assert wrong == set()
    assert bodies > 60


def test_every_answer_is_as_the_description_has_it(
    exchanges: list[Exchange], judge: Contract
) -> None:
    wrong, described = set(), set()
    for one in exchanges:
        known = judge.operation(one.method, one.path.removeprefix("/v1.0"))
        if known is None:
            continue
        described.add(f"{one.method} {known[0]}")
        problems = description_problems(judge, one, one.status, one.answer)
        if one.status < 400:
            problems += judge.request_problems(known[1], one.query, one.body)
        wrong |= {f"{one} {problem}" for problem in problems}
    assert wrong == set()
    documented = {
        f"{verb.upper()} {path}"
        for verb, path, operation in judge.operations()
        if not operation.get("x-generator-artefact")
    }
    assert documented - described == set()
    print(f"\n{len(described)} described operations, {len(documented)} of them documented")


def test_spoiled_answers_are_found_by_both_judges(
    exchanges: list[Exchange], judge: Contract
) -> None:
    found: Counter[str] = Counter()
    missed: list[str] = []
    done: set[str] = set()
    for one in exchanges:
        for kind, status, answer in deviations(one):
            key = f"{one.method} {one.route} {one.status} {kind}"
            if key in done:
                continue
            done.add(key)
            if not sdk_problems(one, status, answer):
                missed.append(f"SDK: {key}")
            described = judge.operation(one.method, one.path.removeprefix("/v1.0")) is not None
            if described and not description_problems(judge, one, status, answer):
                missed.append(f"description: {key}")
            found[kind.rstrip("0123456789 ")] += 1
    assert missed == []
    assert len(found) >= 13
    assert all(count >= 5 for count in found.values()), found
    print(f"\n{found.total()} spoiled answers: {dict(found)}")
