"""Reads faults from a file (YAML or JSON) and from words on the command line."""

import json
import shlex
from pathlib import Path
from typing import Any

from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.faults.switch import read_fault


def read_file(path: Path) -> list[Fault]:
    """The faults of a YAML or JSON file: a list of objects as `POST /control/faults` takes them.

    Raises ValueError naming the entry and the rule, OSError when the file cannot be read.
    """
    # Here, because a start without such a file need not wait for it.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        items = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{path} is neither YAML nor JSON: {wrong}") from wrong
    if not isinstance(items, list):
        raise ValueError(f"{path} is not a list of faults.")
    found: list[Fault] = []
    for nr, item in enumerate(items, 1):
        try:
            found.append(read_fault(item))
        except ValueError as wrong:
            raise ValueError(f"{path}, fault {nr}: {wrong}") from wrong
    return found


def read_words(text: str) -> Fault:
    """`H1 operation=graph nth=3 retry_after=30` as a fault. Raises ValueError naming the rule."""
    try:
        first, *rest = shlex.split(text)
    except ValueError as wrong:
        raise ValueError(
            f"{text!r} is no fault such as 'H1 nth=3': it starts with an id."
        ) from wrong
    item: dict[str, Any] = {"id": first}
    for word in rest:
        name, sign, value = word.partition("=")
        if not sign or not name or name in item:
            raise ValueError(f"{word!r} is not one option such as nth=3.")
        item[name] = _value(value)
    return read_fault(item)


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
