"""Whether what a command printed with --json fits the schema that the program publishes for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import jsonschema_rs

from m365backup_tui.headless.schema import text_of

BY_COMMAND = {
    "check": ("check",),
    "status": ("status",),
    "export": ("export",),
    "plan": ("plan",),
    "apply": ("run",),
    "edit": ("run",),
    "resume": ("run",),
    "runs": ("runs", "evidence"),  # the file of --export
    "signin": ("signin", "message"),  # --keep memory with nobody to keep
    "accounts": ("accounts",),
    "signout": ("signout",),
    "doctor": ("doctor",),
    "schema": ("schemas",),
    "serve": ("practice-ready",),
    "scenarios": ("practice-scenarios",),
    "reset": ("message",),
}
"""Command -> the schemas that its result may have. Each may print an error instead."""


def check(words: Sequence[str], document: Any) -> str:
    """The name of the schema that the document fits. AssertionError, with every reason, when there is none."""
    command = next((BY_COMMAND[word] for word in words if word in BY_COMMAND), None)
    assert command is not None, f"no schema is known for {words}"
    wanted = ("error",) if isinstance(document, dict) and "error" in document else command
    wrong = {name: list(problems(name, document)) for name in wanted}
    fitting = [name for name, found in wrong.items() if not found]
    assert fitting, f"{' '.join(words)} printed what fits none of {wrong}"
    return fitting[0]


def problems(name: str, document: Any) -> Iterator[str]:
    """What is wrong with the document, a line each; nothing when it fits."""
    for error in validator(name).iter_errors(document):
        yield f"{'/'.join(map(str, error.instance_path)) or '.'}: {error.message}"


@cache
def validator(name: str) -> jsonschema_rs.Validator:
    found: jsonschema_rs.Validator = jsonschema_rs.validator_for(
        text_of(name), validate_formats=True
    )
    return found
