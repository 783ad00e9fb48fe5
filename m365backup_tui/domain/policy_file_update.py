"""Brings the text of a policy file up to date: what changed is changed where it stands, all other lines stay.

The YAML library says where each value stands; lines are then replaced, taken out or added, so comments, order, quoting
and blank lines are those of the file. Values in brackets or braces that change are written anew as lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.policy_file_writing import as_data, as_yaml, dump
from m365backup_tui.domain.policy_file_yaml import LINE_END, compose

Data = Mapping[str, Any]


def update(text: str, file: PolicyFile) -> str:
    """The text with the file's content. What differs in case or in the order of a list only, stays as it is written.
    A text that is up to date comes back unchanged; one that cannot be changed in places is written anew below the
    comments that it begins with. The text must be a policy file without problems."""
    old = parse(text, file.name)
    if not isinstance(old, PolicyFile):
        raise ValueError("the text is no policy file")
    was, want = as_data(old), as_data(file)
    if same(was, want):
        return text
    patch = _Patch(_lines(text))
    try:
        patch.mapping(compose(text), was, want)
    except _Whole:
        return _anew(text, file)
    found = patch.text()
    again = parse(found, file.name)
    fits = isinstance(again, PolicyFile) and same(as_data(again), want)
    return found if fits else _anew(text, file)


def same(one: Any, other: Any) -> bool:
    """By meaning: case, a slash at the end and the order of lists do not count."""
    return bool(_settled(one) == _settled(other))


def _settled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _settled(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted((_settled(one) for one in value), key=repr)
    return value.casefold().rstrip("/") if isinstance(value, str) else value


def _anew(text: str, file: PolicyFile) -> str:
    head = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        head.append(line.removeprefix("#").removeprefix(" "))
    return dump(file, head)


class _Whole(Exception):
    """It cannot be changed in places."""


@dataclass
class _Patch:
    """Edits by line number, 0 = first: `put` replaces a line, `gone` takes it out, `after` adds below it."""

    lines: Sequence[str]
    put: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    after: dict[int, list[str]] = field(default_factory=dict)

    def mapping(self, node: Any, was: Data, want: Data) -> None:
        if node.id != "mapping" or node.flow_style or not node.value:
            raise _Whole
        pairs = {key.value: (key, value) for key, value in node.value}
        for key, (start, value) in pairs.items():
            if key in was and key not in want:
                self._without(start, value)
        missing = {}
        for key, value in want.items():
            if key in was and same(was[key], value):
                continue
            if key in pairs:
                self._value(*pairs[key], was.get(key), value)
            else:
                missing[key] = value
        if missing:
            self._below(_last(node), node.value[0][0].start_mark.column, as_yaml(missing))

    def _value(self, key: Any, node: Any, was: Any, want: Any) -> None:
        block = node.id != "scalar" and not node.flow_style
        kept = deepcopy((self.put, self.gone, self.after))
        try:
            if isinstance(was, Mapping) and isinstance(want, Mapping) and want and block:
                return self.mapping(node, was, want)
            if isinstance(was, list) and isinstance(want, list) and node.id == "sequence" and block:
                return self._items(node, was, want)
        except _Whole:
            self.put, self.gone, self.after = kept
        if node.id == "scalar" and not isinstance(want, list | Mapping) and self._word(node, want):
            return None
        start = key.start_mark
        self._replace(start.line, start.column, _last(node), as_yaml({key.value: want}))
        return None

    def _word(self, node: Any, want: Any) -> bool:
        """A single value on a single line: what stands before and behind it stays."""
        start, end = node.start_mark, node.end_mark
        if start.line != end.line or start.column == end.column or node.style in ("|", ">"):
            return False
        line = self.lines[start.line]
        word = as_yaml({"x": want}).removeprefix("x: ").rstrip("\n")
        self.put[start.line] = f"{line[: start.column]}{word}{line[end.column :]}"
        return "\n" not in word

    def _items(self, node: Any, was: Sequence[Any], want: Sequence[Any]) -> None:
        if len(node.value) != len(was):
            raise _Whole
        left = {_name(one): one for one in want}
        column = self._dash(node.value[0])[1]
        for item, before in zip(node.value, was, strict=True):
            now = left.pop(_name(before), None)
            if now is None:
                self._take_out(self._dash(item)[0], _last(item))
            elif not same(before, now):
                self._item(item, before, now)
        if left:
            text = "".join(line[2:] for line in as_yaml(list(left.values())).splitlines(True))
            self._below(_last(node), column, text)

    def _item(self, item: Any, was: Data, want: Data) -> None:
        kept = deepcopy((self.put, self.gone, self.after))
        try:
            self.mapping(item, was, want)
        except _Whole:
            self.put, self.gone, self.after = kept
            start = item.start_mark
            self._replace(start.line, start.column, _last(item), as_yaml(want))

    def _dash(self, item: Any) -> tuple[int, int]:
        """Line and column of the dash before an item."""
        line, before = (
            item.start_mark.line,
            self.lines[item.start_mark.line][: item.start_mark.column],
        )
        while not before.strip() and line > 0:
            line -= 1
            before = self.lines[line].partition(" #")[0].rstrip()
        if before.strip() != "-":
            raise _Whole
        return line, before.index("-")

    # --- lines ---

    def _without(self, key: Any, value: Any) -> None:
        mark = key.start_mark
        if self.lines[mark.line][: mark.column].strip():  # it stands behind a dash
            raise _Whole
        self._take_out(mark.line, _last(value))

    def _take_out(self, first: int, last: int) -> None:
        self.gone |= set(range(first, last + 1))

    def _replace(self, first: int, column: int, last: int, text: str) -> None:
        before = self.lines[first][:column]
        found = _indented(text, column)
        self._take_out(first + 1, last)
        self.put[first] = f"{before}{found[0][column:].rstrip()}{_ending(self.lines[first])}"
        self.after[first] = found[1:] + self.after.get(first, [])

    def _below(self, line: int, column: int, text: str) -> None:
        self.after.setdefault(line, []).extend(_indented(text, column))

    def text(self) -> str:
        """The lines with the edits; new lines end as the first one does."""
        end = "\r\n" if self.lines[0].endswith("\r\n") else "\n"
        found: list[str] = []
        for n, line in enumerate(self.lines):
            new = [f"{one.rstrip()}{end}" for one in self.after.get(n, [])]
            if n not in self.gone:
                kept = self.put.get(n, line)
                bare = not LINE_END.search(kept[-2:])
                found.append(f"{kept}{end}" if bare and new else kept)
            found += new
        return "".join(found)


def _ending(line: str) -> str:
    end = LINE_END.search(line[-2:])
    return end[0] if end else ""


def _indented(text: str, column: int) -> list[str]:
    return [" " * column + line for line in text.splitlines(keepends=True)]


def _name(value: Any) -> str:
    """What tells one item from the others: a policy by its name."""
    if isinstance(value, Mapping) and "name" in value:
        return str(value["name"]).casefold()
    return repr(_settled(value))


def _last(node: Any) -> int:
    """The last line of a node, without the comments and blank lines behind it."""
    if node.id == "scalar":
        end = node.end_mark
        return int(end.line if end.column or end.line == node.start_mark.line else end.line - 1)
    if node.flow_style or not node.value:
        return int(node.end_mark.line)
    tail = node.value[-1]
    return max(_last(part) for part in (tail if isinstance(tail, tuple) else (tail,)))


def _lines(text: str) -> list[str]:
    found, start = [], 0
    for end in LINE_END.finditer(text):
        found.append(text[start : end.end()])
        start = end.end()
    return [*found, text[start:]] if start < len(text) or not found else found
