"""docs/reference.md and the man page, made of the parser: `python -m tests.reference` writes both.

`tests/unit/test_reference.py` fails when either is no longer what the parser says.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from m365backup_tui.arguments import EVERYWHERE, make_parser
from m365backup_tui.help_pages import EXITS, PAGES, Page
from m365backup_tui.parsing import EVERYBODYS, Parser
from m365backup_tui.practice.serve_options import parser as practice_parser
from tests.reference_man import man_page
from tests.reference_words import OTHERS, TWINS

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, MAN = DOCS / "reference.md", DOCS / "m365backup-tui.1"

_HEAD = """\
# Reference

Every command, option, exit code and variable. Made from the program by `python -m tests.reference`: change the program,
not this page. The same is on the man page (`man m365backup-tui`, or `man -l docs/m365backup-tui.1` from here) and in
`m365backup-tui COMMAND --help`.

An option is written out in full. Wrong usage ends with code 2, one sentence, and the nearest word that is known.
"""

_TWINS_HEAD = """\
## Variables of the environment

What stands on the command line beats the environment. A switch is on with `1`, `yes`, `on` or `true`, off with `0`,
`no`, `off`, `false` or nothing; any other value ends with code 2 and names the variable.
"""


def reference() -> str:
    """The page in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    parser = make_parser()
    yield _HEAD
    yield "## Commands\n"
    yield from _table(("Command", "Does"), ((f"[`{n}`](#{n})", p.short) for n, p in PAGES.items()))
    yield f"\n## {EVERYWHERE.capitalize()}\n"
    yield from _options(parser, everybodys=True)
    yield ""
    yield _TWINS_HEAD
    yield from _table(("Variable", "Means"), ((f"`{name}`", text) for name, text in TWINS))
    yield "\nHonoured too:\n"
    yield from _table(("Variable", "Means"), ((_coded(name), text) for name, text in OTHERS))
    yield "\n## Exit codes\n"
    yield from _table(("Code", "Means"), ((str(code), text) for code, text in EXITS.items()))
    for name, page in PAGES.items():
        yield from _command(parser.of(name), name, page)
    yield from _serving()


def _command(parser: Parser, name: str, page: Page) -> Iterator[str]:
    yield f"\n## {name}\n"
    yield from ("```text", parser.format_usage().removeprefix("usage: ").rstrip(), "```\n")
    for text in (page.does, f"Needs: {page.needs}"):
        yield textwrap.fill(text, 118, break_on_hyphens=False) + "\n"
    options = list(_options(parser, everybodys=False))
    if options:
        yield from (*options, "")
    yield from _table(("Code", "Means"), ((str(code), text) for code, text in page.told_exits()))
    yield "\n```sh"
    for example in page.examples:
        yield from (f"# {example.says}", example.command)
    yield "```"


def _serving() -> Iterator[str]:
    """`practice serve` is a program of its own, with options of its own."""
    (action,) = (a for a in practice_parser()._actions if a.choices and a.dest == "command")
    assert isinstance(action.choices, dict)
    serve = action.choices["serve"]
    yield "\n## practice serve\n"
    rows = (
        (", ".join(_called(a.option_strings, a.metavar)), str(a.help))
        for a in serve._actions
        if a.option_strings and a.dest != "help"
    )
    yield from _table(("Option", "Does"), rows)


def _options(parser: Parser, *, everybodys: bool) -> Iterator[str]:
    rows = [
        (", ".join(_called(a.option_strings or [""], a.metavar)), str(a.help))
        for a in parser._actions
        if a.dest not in ("help", "command", "version")
        and bool(getattr(a, EVERYBODYS, False)) is everybodys
    ]
    return _table(("Option", "Does"), rows) if rows else iter(())


def _called(names: Sequence[str], metavar: object) -> Iterator[str]:
    for name in names:
        words = f"{name} {metavar or ''}".strip()
        yield f"`{words}`"


def _coded(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _table(head: tuple[str, str], rows: object) -> Iterator[str]:
    yield f"| {head[0]} | {head[1]} |"
    yield "|---|---|"
    for first, second in rows:  # type: ignore[attr-defined]
        yield f"| {first} | {second.replace('|', chr(92) + '|')} |"


def main() -> int:
    os.environ["COLUMNS"] = "80"  # a narrow terminal narrows the lines of usage
    for path, text in ((PAGE, reference()), (MAN, man_page())):
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(DOCS.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
