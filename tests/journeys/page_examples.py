"""The examples of a documentation page: what to run, what it prints, and the files it uses."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_RUN = re.compile(
    r"<!-- run(?:: (?P<needs>\w+))? -->\n```sh\n(?P<script>.*?)```\n"
    r"(?:<!-- prints -->\n```text\n(?P<prints>.*?)```\n)?",
    re.DOTALL,
)
_FILE = re.compile(r"<!-- file: (?P<name>[\w.-]+) -->\n```\w+\n(?P<text>.*?)```\n", re.DOTALL)
_BEGINS, _ENDS = "@@ example {} begins", "@@ example {} ends"
PATIENCE = 180.0  # seconds for all of them, with two busy cores


@dataclass(frozen=True, slots=True)
class Example:
    """One block to run. `needs` names a program that not every machine has."""

    number: int
    needs: str | None
    script: str
    prints: str


def examples_of(page: str) -> list[Example]:
    """In order; they share one shell, as the page's reader does."""
    return [
        Example(number, found["needs"], found["script"], found["prints"] or "")
        for number, found in enumerate(_RUN.finditer(page), 1)
    ]


def files_of(page: str) -> dict[str, str]:
    """Files that the page prints, by name."""
    return {found["name"]: found["text"] for found in _FILE.finditer(page)}


def run(
    examples: list[Example], folder: Path, env: Mapping[str, str]
) -> tuple[dict[int, str], str]:
    """What each printed on standard output, and standard error of all. Ends where one fails."""
    parts = ["set -eu -o pipefail"]
    for one in examples:
        parts += [f"echo '{_BEGINS.format(one.number)}'", one.script]
        parts.append(f"echo '{_ENDS.format(one.number)}'")
    ended = subprocess.run(
        ["bash", "-c", "\n".join(parts)],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    printed = {}
    for one in examples:
        begins, ends = _BEGINS.format(one.number), _ENDS.format(one.number)
        found = re.search(f"^{begins}\n(.*?)^{ends}$", ended.stdout, re.DOTALL | re.MULTILINE)
        if found:
            printed[one.number] = found[1]
    return printed, ended.stderr
