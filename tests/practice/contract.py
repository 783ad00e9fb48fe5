"""The API description in ../shared/contract as a judge of single requests and answers.

It is the third party: derived from Microsoft's public CSDL, written by neither side of this project. Stricter than
OpenAPI asks for: a property that the type does not have is a finding, and `@odata.type` decides which type counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator
from ruamel.yaml import YAML

Json = dict[str, Any]

# Beside the checkout, where our own machines have it; whoever clones the project has none, and the tests say so.
_BESIDE = Path(__file__).resolve().parents[3] / "shared"
SHARED = os.environ.get("M365BACKUP_TUI_SHARED") or str(_BESIDE)
FILE = Path(SHARED, "contract", "graph-backuprestore.openapi.yaml")
ROOT = "/solutions/backupRestore"
MODEL = "#/components/schemas/"
VERBS = ("get", "post", "patch", "put", "delete")
_DATE = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)$"  # Edm.DateTimeOffset
_DURATION = r"^-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"
_FORMATS = {"date-time": _DATE, "duration": _DURATION}
# What went wrong with one item of a delta (graph.md §3).
_FAILURE = {
    "type": "object",
    "required": ["info", "failedOperation", "responseCode"],
    "properties": {
        "info": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
            "additionalProperties": False,
        },
        "failedOperation": {"type": "string"},
        "responseCode": {"type": "integer"},
    },
    "additionalProperties": False,
}
# What a service may add to any object (OData JSON format 4.01 §4.5 and §8.5): annotations.
_NOTES: Json = {
    r"^([A-Za-z]+)?@(odata|microsoft\.graph|Core)\.[A-Za-z.]+$": True,
    r"^@Core\.DataModificationException$": _FAILURE,
}
# Printed by some pages and absent from the description: graph.md §15 item 10 (`createdBy.user` with e-mail).
_PRINTED = {"microsoft.graph.identity": {"email": {"type": "string", "nullable": True}}}
# What an item of a delta may carry instead of the type's own properties (graph.md §3).
_REMOVED = {
    "type": "object",
    "required": ["@removed", "id"],
    "properties": {
        "@removed": {"type": "object", "properties": {"reason": {"enum": ["changed", "deleted"]}}},
        "id": {"type": "string"},
        "@odata.type": {"type": "string"},
    },
    "additionalProperties": False,
}
_REFUSED = {
    "type": "object",
    "required": ["@Core.DataModificationException"],
    "properties": {"@Core.DataModificationException": _FAILURE},
}


class Contract:
    """`operation` finds what a request means; `request_problems` and `answer_problems` say what is wrong with it."""

    def __init__(self, document: Json) -> None:
        self.paths: Json = document["paths"]
        schemas: Json = document["components"]["schemas"]
        self._schemas = schemas
        self._errors = document["components"]["responses"]["error"]
        self._patterns = [(_pattern(path), path) for path in sorted(self.paths, key=_generality)]
        strict = {name: self._strict(name) for name in schemas}
        for name in schemas:
            strict[f"{name}!"] = self._by_type(name)
        self._definitions = {"components": {"schemas": strict}}
        self._judges: dict[int, Draft202012Validator] = {}

    def operation(self, method: str, path: str) -> tuple[str, Json] | None:
        """The path template and the operation; `path` as sent, without query and without /v1.0."""
        path = path.replace(
            "/microsoft.graph.", "/graph."
        )  # the description has the SDK's spelling
        for pattern, template in self._patterns:
            if pattern.fullmatch(path) and method.lower() in self.paths[template]:
                return template, self.paths[template][method.lower()]
        return None

    def operations(self) -> Iterator[tuple[str, str, Json]]:
        """(verb, template, operation) of everything that is described."""
        for template, item in self.paths.items():
            for verb in VERBS:
                if verb in item:
                    yield verb, template, item[verb]

    def properties(self, name: str) -> set[str]:
        """The properties of a type of Microsoft Graph, those of its bases too."""
        lineage = self._lineage(self._schemas[f"microsoft.graph.{name}"])
        return {name for schema in lineage for name in schema.get("properties", {})}

    def request_problems(self, operation: Json, query: Json, body: Any) -> list[str]:
        """What the description does not allow in a request's query and JSON body (None: no body)."""
        known = {
            p["name"]: p["schema"] for p in operation.get("parameters", ()) if p["in"] == "query"
        }
        found = [f"query option {name} is not described" for name in query if name not in known]
        for name, value in query.items():
            kind = known.get(name, {}).get("type")
            if kind == "integer" and not value.isdigit():
                found.append(f"query option {name} is no number: {value}")
            if kind == "boolean" and value not in ("true", "false"):
                found.append(f"query option {name} is not true or false: {value}")
        described = operation.get("requestBody")
        if described is None:
            return found + (["a body is not described"] if body is not None else [])
        if body is None:
            return found + (["the body is missing"] if described.get("required") else [])
        return found + self._problems(described["content"]["application/json"]["schema"], body)

    def answer_problems(self, operation: Json, status: int, body: Any) -> list[str]:
        """What the description does not allow in an answer's status and JSON body (None: no body)."""
        answers: Json = operation["responses"]
        answer = answers.get(str(status)) or answers.get(f"{status // 100}XX")
        if answer is None:
            return [f"status {status} is not described"]
        if "$ref" in answer:
            answer = self._errors
        content = answer.get("content")
        if content is None:
            return [] if body is None else ["a body is not described"]
        if body is None:
            return ["the body is missing"]
        return self._problems(content["application/json"]["schema"], body)

    def _problems(self, schema: Json, value: Any) -> list[str]:
        judge = self._judges.get(id(schema))  # schemas live as long as the description
        if judge is None:
            judge = Draft202012Validator({**self._definitions, **self._translated(schema)})
            self._judges[id(schema)] = judge
        found = []
        for error in judge.iter_errors(value):
            at = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.instance_path)
            found.append(f"${at}: {error.message[:300]}")
        return found

    def _strict(self, name: str) -> Json:
        """The type with its inherited properties, and no others."""
        schema = self._schemas[name]
        if "allOf" not in schema and "properties" not in schema:
            return self._translated(schema)
        return self._closed(schema, _PRINTED.get(name, {}))

    def _closed(self, schema: Json, printed: Json) -> Json:
        """An object with the properties of all its parts, and no others."""
        properties: Json = {}
        required: list[str] = []
        for part in self._lineage(schema):
            properties |= part.get("properties", {})
            required += part.get("required", ())
        properties |= printed
        notes: Json = dict(_NOTES)
        for field, described in properties.items():
            if described.get("type") == "array" and "$ref" in described["items"]:
                item = self._translated(described["items"])
                notes[f"^{field}@delta$"] = {
                    "type": "array",
                    "items": {"anyOf": [item, _REMOVED, _REFUSED]},
                }
        if "@odata.nextLink" in properties:
            required.append("value")  # a list always has it; the description leaves that out
        return {
            "type": "object",
            "required": required,
            "properties": {field: self._nullable(one) for field, one in properties.items()},
            "patternProperties": notes,
            "additionalProperties": False,
        }

    def _by_type(self, name: str) -> Json:
        """The type that `@odata.type` names, when it is this one or derived of it; else this one."""
        derived = [one for one in self._schemas if name in self._ancestors(one)]
        if not derived:
            named = {"properties": {"@odata.type": {"enum": [f"#{name}", None]}}}
            return {"allOf": [{"$ref": f"{MODEL}{name}"}, named]}
        names = [name, *derived]
        chosen = [_when(one, {"$ref": f"{MODEL}{one}"}) for one in names]
        unnamed = {
            "if": {"required": ["@odata.type"]},
            "then": {"properties": {"@odata.type": {"enum": [f"#{one}" for one in names]}}},
            # A mixed collection says of each item what it is (graph.md §2.6, polymorphism).
            "else": False if self._abstract(name) else {"$ref": f"{MODEL}{name}"},
        }
        return {"type": "object", "allOf": [*chosen, unnamed]}

    def _translated(self, schema: Json) -> Json:
        """OpenAPI 3.0 to JSON Schema: references to the judged types, `nullable`, formats as patterns."""
        if "$ref" in schema:
            return {"$ref": f"{schema['$ref']}!"}
        if "allOf" in schema:
            return self._closed(schema, {})
        made = {key: value for key, value in schema.items() if key in ("type", "enum", "minimum")}
        if schema.get("x-ms-enum-flags"):  # several, as one text (graph.md §2.6)
            one = "|".join(map(re.escape, made.pop("enum")))
            made["pattern"] = f"^({one})(,({one}))*$"
        if "items" in schema:
            made["items"] = self._translated(schema["items"])
        if "properties" in schema:
            made["properties"] = {k: self._nullable(v) for k, v in schema["properties"].items()}
            made["required"] = schema.get("required", [])
            if not schema.get("additionalProperties"):
                made |= {"patternProperties": _NOTES, "additionalProperties": False}
        for way in ("anyOf", "oneOf"):
            if way in schema:
                made[way] = [self._translated(one) for one in schema[way]]
        if schema.get("format") in _FORMATS:
            made["pattern"] = _FORMATS[schema["format"]]
        if schema.get("nullable"):
            return {"anyOf": [made, {"type": "null"}]}
        return made

    def _nullable(self, schema: Json) -> Json:
        # A reference cannot say `nullable` in OpenAPI 3.0, and in the CSDL all but two of these are.
        made = self._translated(schema)
        return {"anyOf": [made, {"type": "null"}]} if "$ref" in made else made

    def _lineage(self, schema: Json) -> Iterator[Json]:
        for part in schema.get("allOf", [schema]):
            if "$ref" in part:
                yield from self._lineage(self._schemas[part["$ref"].removeprefix(MODEL)])
            else:
                yield part

    def _ancestors(self, name: str) -> set[str]:
        found: set[str] = set()
        for part in self._schemas[name].get("allOf", ()):
            if "$ref" in part:
                base = part["$ref"].removeprefix(MODEL)
                found |= {base, *self._ancestors(base)}
        return found

    def _abstract(self, name: str) -> bool:
        schema = self._schemas[name]
        return any(part.get("x-abstract") for part in (schema, *schema.get("allOf", ())))


@cache
def contract() -> Contract | None:
    """The description, None where it is not at hand (a clone of the project has no shared folder)."""
    if not FILE.exists():
        return None
    return Contract(YAML(typ="safe").load(FILE.read_text(encoding="utf-8")))


def _when(name: str, then: Json) -> Json:
    named = {"properties": {"@odata.type": {"const": f"#{name}"}}, "required": ["@odata.type"]}
    return {"if": named, "then": then}


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", template)
    one = r"(?!graph\.)[^/()]+"  # a key; not a cast, which is a segment of its own
    return re.compile("".join(one if p.startswith("{") else re.escape(p) for p in parts))


def _generality(template: str) -> tuple[int, str]:
    return template.count("{"), template
