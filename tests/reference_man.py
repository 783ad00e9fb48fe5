"""The man page, made of the parser by argparse-manpage, and what that leaves out: exit codes, examples, environment."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from argparse_manpage.manpage import Manpage  # type: ignore[import-untyped]  # ships no types

from m365backup_tui import __version__
from m365backup_tui.arguments import EVERYWHERE, make_parser
from m365backup_tui.help_pages import EXITS, PAGES, PROGRAM, Page
from m365backup_tui.parsing import Parser
from tests.reference_words import ENVIRONMENT, FILES

DATE = "2026-11-22"  # of the last change to the text, not of the day on which it is made
WIDTH = 78


def man_page() -> str:
    """m365backup-tui(1) in roff."""
    parser = make_parser()
    parser.epilog = None
    for command in parser.commands().values():
        _without_common_options(command)
    data = {"description": PROGRAM.short, "prog": parser.prog, "date": DATE}
    made = Manpage(parser, _data=data, format="single-commands-section")
    lines = str(made).replace(".SH\nCOMMANDS", ".SH COMMANDS").splitlines()
    return "\n".join([*_body(lines), *_ending()]) + "\n"


def _without_common_options(parser: Parser) -> None:
    """They stand once in front."""
    groups = [one for one in parser._action_groups if one.title != EVERYWHERE]
    parser._action_groups[:] = groups


def _body(lines: list[str]) -> Iterator[str]:
    yield f'.TH M365BACKUP-TUI 1 "{DATE}" "m365backup-tui {__version__}" "User Commands"'
    page: Page | None = None
    usage = False
    for line in _tidied(lines[1:]):
        if found := re.match(r"\.S[SH] (?:\\fBm365backup\\-tui (\w+)\\fR)?", line):
            yield from _told_of(page)
            page = PAGES[found[1]] if found[1] else None
        if line.startswith("usage: "):
            usage = True
            yield ".nf"
            line = line.removeprefix("usage: ")
        elif usage and (not line or line.startswith(".")):
            usage = False
            yield ".fi"
        if usage:
            yield line.replace(" " * 27, " " * 8)
        elif len(line) > WIDTH and not line.startswith("."):
            yield from textwrap.wrap(line, WIDTH, break_on_hyphens=False, break_long_words=False)
        else:
            yield line
    yield from _told_of(page)


def _tidied(lines: list[str]) -> Iterator[str]:
    """An empty line in roff is an empty line on the page; in front of a macro it is one too many."""
    for n, line in enumerate(lines):
        following = lines[n + 1] if n + 1 < len(lines) else ""
        if line or (following and not following.startswith(".")):
            yield line or ".PP"


def _told_of(page: Page | None) -> Iterator[str]:
    if page is not None:
        yield from (".PP", ".nf", *(_roff(line) for line in page.epilog.splitlines()), ".fi")


def _ending() -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for code, text in EXITS.items():
        yield from (".TP", f".B {code}", _roff(text))
    yield ".SH ENVIRONMENT"
    for name, text in ENVIRONMENT:
        yield from (".TP", f".B {_roff(name)}", *_filled(text))
    yield ".SH FILES"
    for name, text in FILES:
        yield from (".TP", f".I {_roff(name)}", *_filled(text))
    yield ".SH EXAMPLES"
    yield ".nf"
    for example in PROGRAM.examples:
        yield from (_roff(example.command), _roff(f"    {example.says}"))
    yield ".fi"


def _filled(text: str) -> list[str]:
    return [_roff(line) for line in textwrap.wrap(text, 72, break_on_hyphens=False)]


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
