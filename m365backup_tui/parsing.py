"""How the command line is read and refused: one sentence, the nearest known word, exit code 2.

Nothing but the standard library is imported here, and a guess is made only where something was mistyped.
"""

from __future__ import annotations

import argparse
import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

WIDTH = 80
EVERYBODYS = "everybodys"
"""The mark of an option that every command has."""

_REQUIRED = re.compile(r"the following arguments are required: (.+)")
_ARGUMENT = re.compile(r"argument ([^:]+): (.+)", re.DOTALL)


class Refused(Exception):
    """Wrong usage: the sentence that says what is wrong, and where help is. Exit code 2."""


class Help(argparse.RawDescriptionHelpFormatter):
    """At most 80 wide, also on a wide terminal: lines that can be read, and the same text everywhere."""

    def __init__(self, prog: str, *args: Any, **how: Any) -> None:
        how["width"] = min(WIDTH, max(40, shutil.get_terminal_size((WIDTH, 24)).columns))
        how.setdefault("max_help_position", 28)
        super().__init__(prog, *args, **how)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any = None) -> None:
        """The line of usage names what is a command's own; options that are everybody's stand below."""
        own = [one for one in actions if not getattr(one, EVERYBODYS, False)]
        super().add_usage(usage, own, groups, prefix)


class Parser(argparse.ArgumentParser):
    """An option is written out in full: a shortened one would change its meaning when a new option comes."""

    def __init__(self, *args: Any, **how: Any) -> None:
        how.setdefault("formatter_class", Help)
        how["allow_abbrev"] = False
        super().__init__(*args, **how)

    def parse_args(  # type: ignore[override]  # narrower: nobody here hands in a namespace of a type of their own
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Raises Refused where a word is not known or one is missing."""
        self._look_before_the_command(args or ())
        found, strange = self.parse_known_args(args, namespace)
        if strange:
            self._strange(strange[0], getattr(found, "command", None))
        return found

    def error(self, message: str) -> NoReturn:
        """`message` in argparse's words; said in ours."""
        self.refuse(_ours(message))

    def refuse(self, sentence: str) -> NoReturn:
        """Raises Refused: the sentence, and where help is."""
        raise Refused(f"{sentence} `{self.prog} --help` says what there is.")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(one) for one in action.choices]
        what = "/".join(action.option_strings) or str(action.metavar or action.dest)
        if isinstance(action, argparse._SubParsersAction):
            sentence = f"{value} is not a command.{nearest(str(value), known)}"
        else:
            kind = f"known to {what}" if action.option_strings else f"a {what}"
            near = nearest(str(value), known) or f" There is {listed(known)}."
            sentence = f"{value} is not {kind}.{near}"
        raise argparse.ArgumentError(None, sentence)

    def _look_before_the_command(self, words: Iterable[str]) -> None:
        """A mistyped option in front would make its value look like the command."""
        for word in words:
            if not word.startswith("-") or word == "--":
                return
            if word.partition("=")[0] not in self._option_string_actions:
                self._strange(word, None)

    def _strange(self, word: str, command: str | None) -> NoReturn:
        parser = self.of(command) if command else self
        name = f"`{parser.prog}`"
        if not word.startswith("-"):
            parser.refuse(f"{word} is one word too many for {name}.")
        option = word.partition("=")[0]
        near = nearest(option, list(parser._option_string_actions))
        parser.refuse(f"{option} is not an option of {name}.{near}")

    def of(self, command: str) -> Parser:
        """The parser of one command. Raises KeyError."""
        return self.commands()[command]

    def commands(self) -> dict[str, Parser]:
        """Every command by name; empty for a command itself."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return dict(action.choices)
        return {}


def nearest(word: str, known: Sequence[str]) -> str:
    """ " Did you mean ...?", or nothing where nothing is near."""
    from m365backup_tui.domain.nearest import nearest_word

    found = nearest_word(word, known)
    return f" Did you mean {found}?" if found else ""


def listed(known: Sequence[str]) -> str:
    """`a, b or c`."""
    *first, last = known
    return f"{', '.join(first)} or {last}" if first else last


def wrapped(text: str, indent: str = "") -> str:
    """Paragraphs, each filled to the width of a help page."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join(
        textwrap.fill(
            one,
            WIDTH - 2,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
            break_long_words=False,
        )
        for one in paragraphs
    )


def _ours(message: str) -> str:
    if found := _REQUIRED.fullmatch(message):
        return f"{found[1]} is missing."
    if found := _ARGUMENT.fullmatch(message):
        what, rule = found[1], found[2]
        if rule.startswith("expected"):
            return f"{what} needs a value after it."
        if rule.startswith("not allowed with argument "):
            return f"{what} does not go with {rule.removeprefix('not allowed with argument ')}."
        if rule.startswith("ignored explicit argument "):
            return f"{what} takes no value."
        return f"{what}: {rule}."
    return message if message.endswith((".", "?")) else f"{message}."
