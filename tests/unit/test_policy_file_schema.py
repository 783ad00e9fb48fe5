"""The JSON Schema of the policy file: what we write fits it, and what does not fit it our reader refuses too."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.notifications import MOST_RECIPIENTS
from m365backup_tui.domain.policy_file import UNITS_KEY, PolicyFile, Wanted
from m365backup_tui.domain.policy_file_notifications import EVENTS, KEYS, ROLES
from m365backup_tui.domain.policy_file_reading import BILLING, TOP, parse
from m365backup_tui.domain.policy_file_rules import GROUP_KEYS, MATCH, SITE_KEYS
from m365backup_tui.domain.policy_file_writing import as_data, as_yaml, dump
from m365backup_tui.domain.products import ALL_PRODUCTS
from m365backup_tui.domain.rule_limits import LIMITS
from tests.unit.policy_files import policy_files

TOP_FOLDER = Path(__file__).resolve().parents[2]
FILE = TOP_FOLDER / "m365backup_tui" / "schemas" / "policy-file.json"
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
OLDER = jsonschema_rs.Draft7Validator(
    {**SCHEMA, "$schema": "http://json-schema.org/draft-07/schema#"}
)
"""As editors read it that know no newer draft."""
MODELINE = "# yaml-language-server: $schema="
"""Editors with a YAML language server take the schema from this comment (its own convention)."""
EXAMPLES = sorted((TOP_FOLDER / "examples").glob("*.yaml"))


def plain(data: Any) -> Any:
    """As an editor sees it: a day is text."""
    return json.loads(json.dumps(data, default=str))


def test_the_schema_is_one_that_editors_take() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["$id"]
    assert SCHEMA["title"]
    assert [path for path, one in properties(SCHEMA) if not described(one)] == []


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        for key, one in schema.get("properties", {}).items():
            if "then" not in path:
                yield f"{path}/{key}", one
        for key, one in schema.items():
            if key not in ("if", "then"):
                yield from properties(one, f"{path}/{key}")
    elif isinstance(schema, list):
        for n, one in enumerate(schema):
            yield from properties(one, f"{path}/{n}")


def described(schema: Any) -> bool:
    return bool(schema.get("description"))


def test_keys_values_and_limits_are_those_of_the_reader() -> None:
    known, ruled = SCHEMA["properties"], SCHEMA["$defs"]
    assert tuple(known) == TOP
    assert tuple(known["billing"]["properties"]) == BILLING
    assert known["billing"]["properties"]["node"]["enum"] == [*(n.value for n in Node), None]
    said = known["notifications"]["properties"]
    assert tuple(said) == KEYS
    assert said["events"]["enum"] == [*EVENTS, None]
    roles, addresses = said["recipients"]["oneOf"]
    assert roles["enum"] == [*ROLES, None]
    assert addresses["maxItems"] == MOST_RECIPIENTS
    assert set(known["policies"]["properties"]) == {str(p) for p in ALL_PRODUCTS}
    for product in ALL_PRODUCTS:
        policy = ruled[f"{product}Policy"]["properties"]
        assert UNITS_KEY[product] in policy
        assert policy["state"]["enum"] == [*(w.value for w in Wanted), None]
    groups = ruled["groupRule"]
    assert tuple(groups["properties"]) == GROUP_KEYS
    assert groups["properties"]["groups"]["oneOf"][1]["maxItems"] == LIMITS.dynamic_groups
    most = groups["then"]["properties"]["groups"]["oneOf"][1]["maxItems"]
    assert most == LIMITS.static_groups
    words = ruled["siteRule"]["properties"]
    assert tuple(words) == SITE_KEYS
    assert words["match"]["enum"] == [*MATCH, None]
    text, several, _ = words["name_has"]["oneOf"]
    assert (text["minLength"], several["maxItems"]) == (LIMITS.shortest, LIMITS.keywords)


@settings(max_examples=80, deadline=None)
@given(file=policy_files())
def test_every_file_that_is_written_fits_the_schema(file: PolicyFile) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(plain(as_data(file)))] == []


_TEXTS = [
    " ",
    "x",
    "a@b.example",
    "https://x.example",
    "active",
    "all",
    "none",
    "2026-01-31",
    "20260131",
    "",
]
_LISTS: list[Any] = [[], ["x"], ["a@b.example"], [[]], {}, {"x": 1}]
JUNK = some.sampled_from([None, True, 0, 1, 7, 1.5, *_TEXTS, *_LISTS])


@settings(max_examples=80, deadline=None)
@given(file=policy_files(), data=some.data())
def test_what_does_not_fit_the_schema_is_refused_by_the_reader(
    file: PolicyFile, data: some.DataObject
) -> None:
    document = plain(as_data(file))
    for _ in range(data.draw(some.integers(1, 2))):
        places = list(walk(document))
        parent, key = data.draw(some.sampled_from(places))
        how = data.draw(some.sampled_from(["replace", "delete", "rename", "double"]))
        if how == "delete":
            del parent[key]
        elif how == "rename" and isinstance(parent, dict):
            parent[data.draw(some.sampled_from(["unprotect", "sites", "groups", "x"]))] = (
                parent.pop(key)
            )
        elif how == "double" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        else:
            parent[key] = copy.deepcopy(data.draw(JUNK))
        if not list(walk(document)):
            break
    assert OLDER.is_valid(document) == VALIDATOR.is_valid(document)
    if not VALIDATOR.is_valid(document):
        assert not isinstance(parse(as_yaml(document), "f.yaml"), PolicyFile), document


def walk(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document, as what holds it and the key there."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in list(items):
        yield value, key
        if isinstance(one, dict | list):
            yield from walk(one)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_names_the_schema_and_fits_it(path: Path) -> None:
    from ruamel.yaml import YAML

    text = path.read_text(encoding="utf-8")
    (line,) = [one for one in text.splitlines() if one.startswith(MODELINE)]
    assert (path.parent / line.removeprefix(MODELINE)).resolve() == FILE
    document = plain(YAML(typ="safe", pure=True).load(text))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


def test_a_day_is_a_day_in_both() -> None:
    text = "version: 1\npolicies:\n  sharepoint:\n    - name: A\n      rules:\n"
    good = f"{text}        - changed_since: {date(2026, 1, 31)}\n"
    assert isinstance(parse(good, "f"), PolicyFile)
    assert dump(parse(good, "f")).endswith("changed_since: 2026-01-31\n")  # type: ignore[arg-type]
    for bad in ("20260131", "2026-W05-6", "2026-02-30", "31.01.2026"):
        assert isinstance(parse(good.replace("2026-01-31", bad), "f"), tuple)
