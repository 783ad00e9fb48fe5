"""How a command ended, and the one JSON document that `--json` promises, whatever happened."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from m365backup_tui.domain.policy_file import FileProblem


@dataclass(frozen=True, slots=True)
class Ending:
    """`words`: what a person is told at the end, "" for nothing. `problems`: what is wrong with a file. `told`: what
    was said last before, for a command that ends without words of its own."""

    code: int
    words: str = ""
    problems: tuple[FileProblem, ...] = ()
    told: str = ""


def one_document(printed: str, ending: Ending) -> str:
    """What goes to standard output with `--json`: what the command printed; where it printed nothing, the error."""
    text = printed if printed.strip() else _dumped(_without_result(ending))
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:  # an escape of JSON says the same, and every reader knows it
        text = json.dumps(json.loads(text), indent=2)
    return text.rstrip("\n")


def problems_as_data(problems: Iterable[FileProblem]) -> list[dict[str, object]]:
    """`problems` of the documents: what is wrong with a file."""
    return [
        {"file": one.file, "line": one.line, "field": one.field, "rule": one.rule}
        for one in problems
    ]


def _without_result(ending: Ending) -> dict[str, object]:
    message = ending.words or ending.told
    if ending.code == 0:
        return {"message": message}
    error: dict[str, object] = {"code": ending.code, "message": message}
    error["problems"] = problems_as_data(ending.problems)
    return {"error": error}


def _dumped(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
