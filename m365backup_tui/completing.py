"""What the shell is told when Tab is pressed: commands, options, runs, policies, files.

The shell waits for each answer, so nothing but the standard library, argcomplete and our parser is imported here.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from m365backup_tui.options import Options
from m365backup_tui.parsing import Parser
from m365backup_tui.twins import WrongTwin, switched_on

Completer = Callable[..., Iterable[str]]


def answer() -> None:
    """Answers the shell and ends the process. Returns only where no shell asks."""
    from argcomplete.completers import SuppressCompleter
    from argcomplete.finders import CompletionFinder

    from m365backup_tui.arguments import make_parser

    parser = make_parser()
    equip(parser)
    finder = CompletionFinder(default_completer=SuppressCompleter())
    finder(parser, always_complete_options=False)


def equip(parser: Parser) -> None:
    """Says of each option and word what completes it."""
    for command in (parser, *parser.commands().values()):
        for action in command._actions:
            completer = _completer(command, action)
            if completer is not None:
                action.completer = completer  # type: ignore[attr-defined]  # where argcomplete looks


def _completer(parser: argparse.ArgumentParser, action: argparse.Action) -> Completer | None:
    if action.dest in ("scenario", "scenario_again"):
        return _scenarios
    if action.dest == "state_dir":
        return _folders
    if action.type is Path:
        return _files
    if action.dest == "run":
        return _runs
    if action.dest == "policy":
        return _policies
    return None


def _runs(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Ids of the runs of this cloud, as their records are named."""
    found = _folder(parsed_args).glob("*/runs/*.jsonl")
    return sorted(one.stem for one in found if one.stem.startswith(prefix))


def _policies(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """As this host saw them last; nothing is asked of anybody."""
    from m365backup_tui.last_seen_names import names_of_policies

    known = names_of_policies(_folder(parsed_args), getattr(parsed_args, "service", None) or "")
    return [name for name in known if name.startswith(prefix)]


def _scenarios(prefix: str, **_: Any) -> list[str]:
    """As the practice tenant lists them; it is a program of its own, so this takes half a second."""
    from m365backup_tui.scenarios import names

    return [name for name in names() if name.startswith(prefix)]


def _files(prefix: str, **_: Any) -> list[str]:
    """Names in the folder that is being typed; a folder ends with its slash, to go on in it."""
    return _named(prefix, lambda _: True)


def _folders(prefix: str, **_: Any) -> list[str]:
    return _named(prefix, os.DirEntry.is_dir)


def _named(prefix: str, wanted: Callable[[os.DirEntry[str]], bool]) -> list[str]:
    typed, begins = os.path.split(prefix)
    shown = prefix[: len(prefix) - len(begins)]
    try:
        with os.scandir(os.path.expanduser(typed) or ".") as entries:
            return sorted(
                f"{shown}{one.name}{'/' if one.is_dir() else ''}"
                for one in entries
                if one.name.startswith(begins)
                and (begins.startswith(".") or not one.name.startswith("."))
                and wanted(one)
            )
    except OSError:
        return []


def _folder(parsed: argparse.Namespace) -> Path:
    """What the cloud that is meant keeps on disk."""
    try:
        practice = getattr(parsed, "practice", None) or switched_on("practice", os.environ)
    except WrongTwin:
        practice = False
    options = Options(practice=practice, state_dir=getattr(parsed, "state_dir", None))
    return options.folder / options.place
