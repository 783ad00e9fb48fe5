"""What the practice tenant says beside backup, held against the models of the installed SDKs.

Graph's directory, roles, sites, reports and applications against msgraph-sdk; Azure's groups, resources,
providers, tags and errors against azure-mgmt-resource, which has no models for subscriptions, rights,
locks and policies (those are held to azure.md by their own tests).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from azure.mgmt.resource.resources import models
from msgraph.generated.models.mailbox_settings import MailboxSettings
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

from tests.practice import arm_models, sdk_calls, sdk_models
from tests.practice.all_routes import every_route
from tests.practice.conftest import Controls, web_session
from tests.practice.deviations import deviations
from tests.practice.recording import Exchange, Recorded, recorded_practice
from tests.practice.walk_azure import walk_azure
from tests.practice.walk_directory import walk_directory
from tests.practice.walking import BACKUP, Walk

UNKNOWN = "11111111-2222-4333-8444-555555555555"
# As in test_names_of_the_sdk: an owner's e-mail and an error's date are so on Microsoft's pages.
PRINTED = re.compile(
    r"\.user\.email: Identity has no such field$"
    r"|innerError\.date: is no datetime but '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'$"
)
# Answers of Azure by path; a list of one model is a page.
AZURE: tuple[tuple[str, Any], ...] = (
    (r".*/resourcegroups/[^/]+", models.ResourceGroup),
    (r".*/resourcegroups", [models.ResourceGroup]),
    (r".*/tagNames", [models.TagDetails]),
    (r".*/tags/default", models.TagsResource),
    (r".*/resourceTypes", [models.ProviderResourceType]),
    (r".*/resources", [models.GenericResourceExpanded]),
    (r".*/resourcegroups/[^/]+/providers/[^/]+/[^/]+/[^/]+", models.GenericResource),
    (r"(/subscriptions/[^/]+)?/providers", [models.Provider]),
    (r"(/subscriptions/[^/]+)?/providers/[^/]+(/(un)?register)?", models.Provider),
)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """A tenant in which all of that was used, and asked for things that are not there."""
    with (
        recorded_practice(tmp_path_factory.mktemp("walk") / "tenant") as found,
        web_session(found.ready) as web,
    ):
        controls = Controls(found.ready)
        azure = Walk(found.ready, controls, web, service="arm")
        walk_azure(azure)
        graph = Walk(found.ready, controls, web)
        for known in every_route():
            if known.service not in ("graph", "arm") or known.path.startswith(BACKUP):
                continue
            token = azure.token if known.service == "arm" else graph.token
            path = re.sub(r"\{\w+\}", UNKNOWN, known.path)
            web.request(
                known.method,
                found.ready["base_url"] + path,
                params={"api-version": known.versions[-1]} if known.versions else {"$top": "x"},
                json=None if known.method == "GET" else {},
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            )
        controls.call("POST", "reset").raise_for_status()
        walk_directory(Walk(found.ready, controls, web))
        controls.close()
        yield found


def is_graph(one: Exchange) -> bool:
    return one.path.startswith("/v1.0/")


def problems(one: Exchange, status: int, answer: Any) -> list[str]:
    """What the models do not know in an answer."""
    found = _graph(one, status, answer) if is_graph(one) else _azure(one, status, answer)
    return [problem for problem in found if not PRINTED.search(problem)]


def _graph(one: Exchange, status: int, answer: Any) -> list[str]:
    if status >= 400:
        return _error(answer, ("code", "message", "innerError")) or list(
            sdk_models.problems(ODataError, answer)
        )
    if one.path.endswith("/userPurpose"):  # a single property, which the SDK never asks for
        known = sdk_models.fields(MailboxSettings)["userPurpose"]
        fine = isinstance(answer, dict) and set(answer) <= {"@odata.context", "value"}
        return (
            [] if fine and answer.get("value") in sdk_models.members(known.of) else ["$: is none"]
        )
    call = sdk_calls.call_or_twin(one.method, template(one))
    assert call is not None, one
    if status == 204 or not isinstance(call.answers, type):  # counts and reports are texts
        return [] if answer is None else ["$: has a body"]
    return list(sdk_models.problems(call.answers, answer))


def _azure(one: Exchange, status: int, answer: Any) -> list[str]:
    if status >= 400:
        return _error(answer, ("code", "message")) or list(
            arm_models.problems(models.ErrorResponse, answer["error"])
        )
    if status in (202, 204):
        return [] if answer is None else ["$: has a body"]
    kind = next((k for pattern, k in AZURE if re.fullmatch(pattern, one.path, re.IGNORECASE)), None)
    if not isinstance(kind, list):
        return ["$: has no body"] if answer is None else list(arm_models.problems(kind, answer))
    if not isinstance(answer, dict) or not {"value"} <= set(answer) <= {"value", "nextLink"}:
        return ["$: is no page"]
    return list(arm_models.problems(list[kind[0]], answer["value"]))  # type: ignore[valid-type]


def _error(answer: Any, needed: tuple[str, ...]) -> list[str]:
    if not isinstance(answer, dict) or set(answer) != {"error"}:
        return ["$: is no error"]
    error = answer["error"]
    if not isinstance(error, dict):
        return ["$.error: is no object"]
    return [f"$.error: has no {name}" for name in needed if not error.get(name)]


def template(one: Exchange) -> str:
    """The route as sdk_calls wants it: `{id}` for keys, calls as they were made."""
    path = one.path if "{call}" in one.route else one.route
    path = path.removeprefix("/v1.0").replace("/sites/{key}", "/sites/{id}")
    path = path.replace("{key}", "(appId='x')")
    return re.sub(r"(?<=/)\{\w+\}(?=/|$)", "{id}", path)


def judged(walked: Recorded) -> list[Exchange]:
    """What there are models for: all of Graph but batches, and of Azure what AZURE names."""
    return [
        one
        for one in walked.exchanges
        if (is_graph(one) and not one.path.endswith("/$batch"))
        or (
            one.path.startswith(("/subscriptions", "/providers"))
            and (one.status >= 400 or any(_named(one, pattern) for pattern, _ in AZURE))
        )
    ]


def _named(one: Exchange, pattern: str) -> bool:
    return re.fullmatch(pattern, one.path, re.IGNORECASE) is not None


def test_every_graph_route_beside_backup_lets_somebody_through(walked: Recorded) -> None:
    every = {
        f"{known.method} {known.path}"
        for known in every_route()
        if known.service == "graph" and not known.path.startswith(BACKUP)
    }
    through = {f"{one.method} {one.route}" for one in walked.exchanges if one.status < 400}
    assert len(every) > 100
    assert every - through == set()


def test_every_answer_is_made_of_the_names_of_the_sdks(walked: Recorded) -> None:
    wrong = {
        f"{one} {problem}"
        for one in judged(walked)
        for problem in problems(one, one.status, one.answer)
    }
    assert wrong == set()
    assert {
        pattern for pattern, _ in AZURE if not any(_named(o, pattern) for o in judged(walked))
    } == set()
    print(f"\n{len(judged(walked))} answers")


def test_every_accepted_body_is_made_of_the_names_of_the_sdk(walked: Recorded) -> None:
    wrong = set()
    for one in walked.exchanges:
        if one.status < 300 and one.body and is_graph(one) and not one.path.endswith("$batch"):
            call = sdk_calls.call_or_twin(one.method, template(one))
            assert call is not None, one
            assert call.sends is not None, one
            wrong |= {f"{one} {problem}" for problem in sdk_models.problems(call.sends, one.body)}
    assert wrong == set()


def test_spoiled_answers_are_found(walked: Recorded) -> None:
    found: Counter[str] = Counter()
    missed = []
    for one in judged(walked):
        if one.status < 400 and one.answer is None:
            continue
        for kind, status, answer in deviations(one):
            # Not the models' to know: success codes, Azure's values, `type` where it is a text.
            text = re.match(r"/v1.0/(organization|servicePrincipals)", one.path)
            if kind == "success code" or (kind == "bad enum" and (text or not is_graph(one))):
                continue
            found[kind.rstrip("0123456789 ")] += 1
            if not problems(one, status, answer):
                missed.append(f"{one} {kind}")
    assert missed == []
    print(f"\n{found.total()} spoiled answers: {dict(found)}")
