"""The YAML below a policy file: plain values, lists and keys, each with its line. Above it nobody knows the library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from m365backup_tui.domain.policy_file_syntax import what_is_wrong

LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What the YAML library counts as the end of a line."""

_SHARED = re.compile(r"(?:^|[\s\[{,])[&*][^\s,\]}]|<<\s*:", re.MULTILINE)
"""Text that may hold an anchor, an alias or a merge key: only then it is looked at closely."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """`text` as it stands in the file, without its quotation marks. `kind`: str, int, float, bool, null, timestamp."""

    text: str
    kind: str
    line: int

    @property
    def empty(self) -> bool:
        return self.kind == "null"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: tuple[Tree, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping. `lines`: where each key stands; `doubles`: (key, line, first line) of keys that stand twice."""

    values: dict[str, Tree]
    line: int
    lines: dict[str, int] = field(default_factory=dict)
    doubles: tuple[tuple[str, int, int], ...] = ()

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)

    def get(self, key: str) -> Tree | None:
        """None too where nothing stands after the colon."""
        value = self.values.get(key)
        return None if isinstance(value, Scalar) and value.empty else value


Tree = Scalar | Items | Keys


class NoYaml(Exception):
    """What cannot be read at all: (line, sentence) for every place."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def load(text: str) -> Tree | None:
    """None for a file without content. Raises NoYaml."""
    node = compose(text)
    try:
        return None if node is None else _tree(node)
    except RecursionError:
        raise NoYaml((1, _TOO_DEEP)) from None


def compose(text: str) -> Any:
    """The YAML library's own nodes, with their places; None for a file without content. Raises NoYaml."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    yaml = YAML(typ="safe", pure=True)
    try:
        if _SHARED.search(text) and (shared := tuple(_shared(yaml, text))):
            raise NoYaml(*dict.fromkeys(shared))
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise NoYaml(what_is_wrong(error, LINE_END.split(text))) from None
    except ReaderError as error:
        line = len(LINE_END.findall(text[: error.position])) + 1
        raise NoYaml(
            (line, "There is a character here that no text file has: type the line again.")
        ) from None
    except RecursionError:
        raise NoYaml((1, _TOO_DEEP)) from None
    except (YAMLError, ValueError, IndexError, AttributeError) as error:
        raise NoYaml((1, f"This is no YAML: {type(error).__name__}.")) from None


_TOO_DEEP = "Brackets or lists stand inside each other too deeply to be a policy file."
_SPELT_OUT = "Policy files spell everything out: no anchors (&), aliases (*) or merge keys (<<). Write it here in full."


def _shared(yaml: Any, text: str) -> Iterator[tuple[int, str]]:
    """Anchors, aliases and merge keys. They are refused before anything is built: nested ones grow without limit."""
    from ruamel.yaml.tokens import AliasToken, AnchorToken, ScalarToken

    for token in yaml.scan(text):
        merge = isinstance(token, ScalarToken) and token.plain and token.value == "<<"
        if merge or isinstance(token, AliasToken | AnchorToken):
            yield token.start_mark.line + 1, _SPELT_OUT


def _tree(node: Any) -> Tree:
    line = node.start_mark.line + 1
    if node.id == "scalar":
        return Scalar(node.value, _kind(node), line)
    if node.id == "sequence":
        return Items(tuple(_tree(one) for one in node.value), line)
    values: dict[str, Tree] = {}
    lines: dict[str, int] = {}
    doubles: list[tuple[str, int, int]] = []
    for key, value in node.value:
        name = str(key.value) if key.id == "scalar" else "?"
        at = key.start_mark.line + 1
        if name in lines:
            doubles.append((name, at, lines[name]))
            continue
        lines[name] = at
        values[name] = _tree(value)
    return Keys(values, line, lines, tuple(doubles))


def _kind(node: Any) -> str:
    return str(node.tag).rpartition(":")[2]
