"""Single fields of a policy file: their types, known keys and values, and a guess at what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from m365backup_tui.domain.nearest import nearest_word
from m365backup_tui.domain.policy_file import FileProblem
from m365backup_tui.domain.policy_file_syntax import odd_blank
from m365backup_tui.domain.policy_file_yaml import Items, Keys, Scalar, Tree

_YES = frozenset({"yes", "on", "y", "true", "1"})
_NO = frozenset({"no", "off", "n", "false", "0"})
_LONGEST_SHOWN = 60


def guess(word: str, allowed: Sequence[str]) -> str:
    """The allowed word that is nearest to what was written, "" for none. A key of a file may be far off."""
    return nearest_word(word, allowed, 0.5)


def shown(text: str) -> str:
    """A value inside a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"


@dataclass
class Fields:
    """Collects problems while it reads, so that all of them are shown at once."""

    name: str
    problems: list[FileProblem] = field(default_factory=list)

    def add(self, line: int, place: str, rule: str) -> None:
        self.problems.append(FileProblem(self.name, line, place, rule))

    def keys(
        self,
        parent: Keys,
        allowed: Sequence[str],
        place: str,
        elsewhere: Mapping[str, str] | None = None,
    ) -> None:
        """Unknown keys, and keys that stand twice. `elsewhere`: sentences for keys that belong to another place."""
        for key, line in parent.lines.items():
            if key in allowed:
                continue
            if blank := odd_blank(key):
                self.add(line, f"{place}{shown(key)}", blank)
                continue
            hint = (elsewhere or {}).get(key, "")
            if not hint:
                close = guess(key, allowed)
                hint = f"Did you mean “{close}”?" if close else f"Known are {', '.join(allowed)}."
            self.add(line, f"{place}{shown(key)}", f"This key is unknown here. {hint}")
        for key, line, first in parent.doubles:
            rule = f"Line {first} has this key already: keep one of the two."
            self.add(line, f"{place}{shown(key)}", rule)

    def misspelt(self, parent: Keys, key: str, allowed: Sequence[str]) -> bool:
        """A key that is told to be unknown is probably meant to be this one: so this one is not told to be missing."""
        return any(guess(one, allowed) == key for one in parent.lines if one not in allowed)

    def text(self, parent: Keys, key: str, place: str, *, needed: str = "") -> str:
        """ "" where there is none; then `needed` is the problem, if given."""
        value = parent.get(key)
        if value is None:
            if needed:
                self.add(parent.line_of(key), place, needed)
            return ""
        text = self.one(value, parent.line_of(key), place)
        if text is not None and not text and needed:
            self.add(parent.line_of(key), place, needed)
        return text or ""

    def one(self, value: Tree, line: int, place: str) -> str | None:
        """A value that has to be text; None after a problem."""
        if not isinstance(value, Scalar):
            self.add(line, place, "Write one text here, not a list or keys of its own.")
            return None
        if value.kind != "str":
            said = f"“{shown(value.text)}” is no text: write it in quotation marks."
            if value.empty:
                said = "Nothing stands here: fill it in or delete the line."
            self.add(value.line, place, said)
            return None
        text = value.text.strip()
        if not text.isprintable():
            self.add(value.line, place, "It has a character that cannot be shown: type it again.")
            return None
        return text

    def choice(self, parent: Keys, key: str, place: str, allowed: Sequence[str]) -> str:
        """One of the allowed words; "" where nothing stands, or after a problem."""
        value = parent.get(key)
        if value is None:
            return ""
        if isinstance(value, Scalar):
            if value.text in allowed:
                return value.text
            close = guess(value.text, allowed)
            hint = f" Did you mean “{close}”?" if close else ""
            said = f"“{shown(value.text)}” is not one of: {', '.join(allowed)}.{hint}"
        else:
            said = f"Write one of: {', '.join(allowed)}."
        self.add(parent.line_of(key), place, said)
        return ""

    def switch(self, parent: Keys, key: str, place: str) -> bool | None:
        """true or false; None where nothing stands, or after a problem."""
        value = parent.get(key)
        if value is None:
            return None
        if isinstance(value, Scalar):
            word = value.text.casefold()
            if value.kind == "bool":
                return word == "true"
            meant = "true" if word in _YES else "false" if word in _NO else ""
            hint = f" Did you mean “{meant}”?" if meant else ""
            self.add(value.line, place, f"“{shown(value.text)}”: write true or false.{hint}")
        else:
            self.add(parent.line_of(key), place, "Write true or false.")
        return None

    def listed(
        self, parent: Keys, key: str, place: str, each: str, *, alone: bool = False
    ) -> Iterator[tuple[Tree, int, str]]:
        """(value, line, its place) of a list. `each`: what one line of it is; `alone`: one text alone will do too."""
        value = parent.get(key)
        if value is None:
            return
        if alone and isinstance(value, Scalar):
            yield value, value.line, place
            return
        if not isinstance(value, Items):
            rule = f"Write a list: one {each} a line, each after “- ”."
            self.add(parent.line_of(key), place, rule)
            return
        for n, item in enumerate(value.values):
            yield item, item.line, f"{place}[{n + 1}]"

    def texts(
        self, parent: Keys, key: str, place: str, each: str, *, alone: bool = False
    ) -> Iterator[tuple[str, int, str]]:
        """(text, line, its place) of a list of texts, those that are none being told."""
        for value, line, where in self.listed(parent, key, place, each, alone=alone):
            text = self.one(value, line, where)
            if text == "":
                self.add(line, where, f"There is no {each} here: fill it in or delete the line.")
            elif text is not None:
                yield text, line, where
