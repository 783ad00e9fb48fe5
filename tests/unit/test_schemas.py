"""The published schemas: valid, described, listed, shipped, and no key that was promised ever goes away."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from m365backup_tui.headless.schema import names, schema, text_of
from m365backup_tui.headless.sitting import Usage
from tests.documents import BY_COMMAND

PROMISED = Path(__file__).parent / "promised_keys.txt"
# design/command-line.md, "Shapes that scripts rely on", word for word.
ON_THE_PAGE = {
    "status": {
        "tenant",
        "account",
        "service",
        "service.status",
        "service.consumer",
        "service.billing",
        "policies",
        "policies[].service",
        "policies[].name",
        "policies[].id",
        "policies[].status",
        "policies[].units",
        "policies[].units.total",
        "policies[].units.protected",
    },
    "plan": {"changes", "requests", "effects", "cost"},
    "run": {"run", "result", "items"},
    "practice-ready": {
        "base_url",
        "authority",
        "graph",
        "arm",
        "portal",
        "control",
        "ca_file",
        "tenant_id",
        "domain",
        "client_ids",
        "personas",
        "subscriptions",
    },
}
OURS = [name for name in names() if name != "policy-file"]


def loaded(name: str) -> Any:
    return json.loads(text_of(name))


def required(part: Any, whole: Any, path: str = "") -> Iterator[str]:
    """Every key that a document must have: `policies[].units.total`."""
    if "$ref" in part:
        part = whole["$defs"][part["$ref"].rpartition("/")[2]]
    for key in part.get("required", ()):
        yield f"{path}{key}"
    for key, inner in part.get("properties", {}).items():
        yield from required(inner, whole, f"{path}{key}.")
    if "items" in part:
        yield from required(part["items"], whole, f"{path.rstrip('.')}[].")
    if isinstance(part.get("additionalProperties"), dict):
        yield from required(part["additionalProperties"], whole, f"{path}*.")


def lines() -> set[str]:
    return {f"{name} {key}" for name in OURS for key in required(loaded(name), loaded(name))}


@pytest.mark.parametrize("name", names())
def test_it_is_a_schema_of_2020_12_with_a_name_of_its_own(name: str) -> None:
    found = loaded(name)
    jsonschema_rs.meta.validate(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"]
    assert found["title"]


def test_ids_and_titles_are_given_once() -> None:
    for key in ("$id", "title"):
        found = [loaded(name)[key] for name in names()]
        assert sorted(set(found)) == sorted(found)


@pytest.mark.parametrize("name", OURS)
def test_every_key_is_described_and_more_may_come(name: str) -> None:
    def look(part: Any, path: str) -> None:
        assert part.get("additionalProperties") is not False, path
        for key, inner in part.get("properties", {}).items():
            described = inner.get("description") or "$ref" in inner
            assert described, f"{path}.{key}"
            look(inner, f"{path}.{key}")
        for key in ("items", "additionalProperties"):
            if isinstance(part.get(key), dict):
                look(part[key], f"{path}[]")

    found = loaded(name)
    assert "More keys may come" in found["description"]
    look(found, name)
    for key, inner in found.get("$defs", {}).items():
        look(inner, f"{name}.{key}")


@pytest.mark.parametrize("name", sorted(ON_THE_PAGE))
def test_what_the_command_line_page_names_is_required(name: str) -> None:
    assert ON_THE_PAGE[name] <= set(required(loaded(name), loaded(name)))


def test_no_promised_key_goes_away_and_no_new_one_is_forgotten() -> None:
    promised = set(PROMISED.read_text(encoding="utf-8").splitlines())
    assert promised - lines() == set(), "a script may rely on these: they stay"
    assert lines() - promised == set(), f"a new promise: add it to {PROMISED.name}"


def test_runs_lists_what_run_describes() -> None:
    one, listed = loaded("run"), loaded("runs")["items"]
    assert {k: v for k, v in listed["properties"].items() if k != "chain"} == one["properties"]
    assert set(one["required"]) <= set(listed["required"])


def test_every_command_has_schemas_that_exist() -> None:
    named = {name for found in BY_COMMAND.values() for name in found}
    assert named | {"error", "policy-file"} >= set(names())
    assert named <= set(names())


def test_the_command_prints_a_schema_as_it_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema(argparse.Namespace(name="status", json=False)) == 0
    assert json.loads(capsys.readouterr().out) == loaded("status")


def test_without_a_name_it_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema(argparse.Namespace(name="", json=False)) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == names()
    assert all(len(line) <= 80 for line in listed)
    assert schema(argparse.Namespace(name="", json=True)) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in document] == names()


def test_an_unknown_name_is_wrong_usage_with_a_guess() -> None:
    with pytest.raises(Usage, match="Did you mean status") as caught:
        schema(argparse.Namespace(name="statu", json=False))
    assert "accounts" in str(caught.value)
    with pytest.raises(Usage, match="no schema"):
        schema(argparse.Namespace(name="../options", json=False))
