"""schemathesis over every documented operation of the API description, against a running practice tenant.

The requests are made by the description, half of them with ids that are there, so that they get
beyond the first check. Each answer must be one that the description knows: no server error, the
schema of the status (judged by schemathesis and by tests.practice.contract, which is stricter), a
documented success code, and for a refusal a status that graph.md §9 or the table below has for that
operation. The same request without a token must be answered with 401.

Not asked: that every request made by the description is let through (schemathesis' positive data
acceptance). The description types ids, expressions and filters as texts, and most texts are none.

M365BACKUP_TUI_EXAMPLES=50 is the nightly figure of examples for each operation.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from ruamel.yaml import YAML
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.practice.conftest import Controls
from tests.practice.contract import FILE, Contract, contract
from tests.practice.documented_codes import refusal_is_documented, success_codes
from tests.practice.examples import EXAMPLES
from tests.practice.living_ids import LivingIds, collect
from tests.practice.walking import Walk

Json = dict[str, Any]
# Requests that break the description are dear to make: one for every so many that keep to it.
WRONG_FOR_RIGHT = 4
CHECKS: Any = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def description() -> Json:
    """The documented operations, with references nullable: OpenAPI 3.0 cannot say so, the CSDL does."""
    document: Json = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    for path, item in list(document["paths"].items()):
        kept = {verb: one for verb, one in item.items() if not one.get("x-generator-artefact")}
        document["paths"][path] = kept
        if not kept:
            del document["paths"][path]
    for schema in document["components"]["schemas"].values():
        for part in (schema, *schema.get("allOf", ())):
            for name, one in part.get("properties", {}).items():
                if "$ref" in one:
                    part["properties"][name] = {"allOf": [one], "nullable": True}
    return document


@dataclass(slots=True)
class Judged:
    """What came of it: statuses in all, and everything that should not have been."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    requests: int = 0
    operations: int = 0


class Prober:
    """Sends the cases of an operation and judges the answers."""

    def __init__(
        self, ready: Json, web: requests.Session, token: str, judge: Contract, living: LivingIds
    ) -> None:
        self._ready, self._web, self._judge, self._living = ready, web, judge, living
        self._token = {"Authorization": f"Bearer {token}"}
        self._draw = random.Random(365)
        self.judged = Judged()

    def probe(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        """So many requests for this operation."""

        @seed(365)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Case[Any]) -> None:
            lively = mode is GenerationMode.POSITIVE and self._draw.random() < 0.7
            self._send(self._living.put_into(case, self._draw) if lively else case, mode)

        one()

    def _send(self, case: Case[Any], mode: GenerationMode) -> None:
        answer = self._call(case, self._token)
        self.judged.requests += 1
        self.judged.statuses[answer.status_code] += 1
        checks = [*CHECKS]
        if answer.status_code < 500 or not documented(case, answer.status_code):
            checks.append(not_a_server_error)  # one 500 is documented
        if mode is GenerationMode.NEGATIVE:
            checks.append(negative_data_rejection)
        try:
            case.validate_response(answer, checks=checks)
        except (FailureGroup, Failure) as found:
            self._report(case, answer, str(found))
        self._judge_further(case, answer)
        if self.judged.requests % 5 == 0:
            bare = self._call(case, {})
            if bare.status_code != 401:
                self._report(case, bare, "answered without a token")

    def _call(self, case: Case[Any], headers: dict[str, str]) -> Any:
        return case.call(
            base_url=self._ready["graph"],
            session=self._web,
            headers=headers,
            timeout=20,
            verify=self._ready["ca_file"],
        )

    def _judge_further(self, case: Case[Any], answer: Any) -> None:
        method, path = case.operation.method.upper(), case.operation.path
        body = answer.json() if answer.content else None
        status = answer.status_code
        described = self._judge.paths[path][method.lower()]
        for problem in self._judge.answer_problems(described, status, body):
            self._report(case, answer, problem)
        if status < 400:
            if status not in success_codes(method, path):
                self._report(case, answer, "is no documented success code")
        elif not documented(case, status):
            self._report(case, answer, f"status {status} is not in the table")

    def _report(self, case: Case[Any], answer: Any, what: str) -> None:
        asked = f"{case.method} {case.formatted_path} {case.query} {case.body!r:.300}"
        said = answer.text[:300] if answer.content else ""
        self.judged.wrong.append(f"{asked} -> {answer.status_code} {said}: {what[:400]}")


def documented(case: Case[Any], status: int) -> bool:
    """Whether the table has this refusal for the case's operation."""
    return refusal_is_documented(case.operation.method.upper(), case.operation.path, status)


@pytest.fixture
def prober(fresh_practice: Json, controls: Controls, browser: requests.Session) -> Iterator[Prober]:
    judge = contract()
    if judge is None:
        pytest.skip("the API description is not on this machine")
    controls.turn_backup_on()
    walk = Walk(fresh_practice, controls, browser)
    living = collect(walk)
    yield Prober(fresh_practice, browser, walk.token, judge, living)
    controls.reset()


def _can_be_broken(operation: Any) -> bool:
    """Whether a request can break the description at all: by its body or a typed query option."""
    raw = operation.definition.raw
    return "requestBody" in raw or any(p["in"] == "query" for p in raw.get("parameters", ()))


@pytest.mark.timeout(120 + 20 * EXAMPLES)
def test_every_documented_operation_keeps_to_the_description(prober: Prober) -> None:
    judged = prober.judged
    operations: Any = schemathesis.openapi.from_dict(description()).get_all_operations()
    for found in operations:
        operation = found.ok()
        judged.operations += 1
        prober.probe(operation, GenerationMode.POSITIVE, EXAMPLES)
        if _can_be_broken(operation):
            wrong = max(1, EXAMPLES // WRONG_FOR_RIGHT)
            prober.probe(operation, GenerationMode.NEGATIVE, wrong)
    print(
        f"\n{judged.operations} operations, {judged.requests} requests, "
        f"{len(judged.wrong)} findings, {dict(sorted(judged.statuses.items()))}"
    )
    assert judged.wrong == []
    assert judged.operations == 119  # graph.md §16: 265 operations, 146 of them artefacts
    assert {200, 201, 202, 204, 400, 403, 404} <= set(judged.statuses)
