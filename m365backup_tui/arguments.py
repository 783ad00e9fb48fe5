"""The command line as data for argparse: the one source of `--help`, the man page, the reference and completion.

Names and exit codes are a promise to users (command-line page). Nothing but the standard library is imported here: a
shell asks this file at every press of Tab. What help says of each command stands in `help_pages.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from m365backup_tui import __version__
from m365backup_tui.help_pages import PAGES, PROGRAM
from m365backup_tui.parsing import EVERYBODYS, Parser

SERVICES = ("exchange", "onedrive", "sharepoint")
SHELLS = ("bash", "zsh", "fish", "powershell")
PLACES = ("keyring", "until-logout", "passphrase", "memory")
EVERYWHERE = "options that mean the same everywhere"

Add = Callable[[str], argparse.ArgumentParser]


def make_parser() -> Parser:
    """Every command with its options. Nothing of the environment is in it: `twins.fill_in` adds that."""
    parser = Parser(
        prog="m365backup-tui",
        description=PROGRAM.description,
        parents=[_common()],
        epilog=PROGRAM.epilog,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(name: str) -> argparse.ArgumentParser:
        page = PAGES[name]
        return commands.add_parser(
            name,
            help=page.short,
            description=page.description,
            epilog=page.epilog,
            parents=[_common(again=True)],
        )

    _edit(command)
    _looking(command)
    _policies(command)
    _runs(command)
    _signing_in(command)
    _practice(command)
    _program(command)
    return parser


def _edit(command: Add) -> None:
    edit = command("edit")
    edit.add_argument(
        "service",
        nargs="?",
        choices=SERVICES,
        metavar="SERVICE",
        help="exchange, onedrive or sharepoint",
    )
    edit.add_argument("policy", nargs="?", metavar="POLICY", help="the policy's name")
    for name, text in (
        ("--add", "protect this one too: a name, an address or a URL (may be repeated)"),
        ("--remove", "take this one out (may be repeated)"),
    ):
        edit.add_argument(name, action="append", default=[], metavar="NAME", help=text)
    for name, text in (
        ("--add-from", "protect what this CSV lists (may be repeated)"),
        ("--remove-from", "take out what this CSV lists (may be repeated)"),
    ):
        edit.add_argument(name, action="append", default=[], type=Path, metavar="FILE", help=text)
    edit.add_argument("--rename", metavar="NEW-NAME", help="call the policy this")
    power = edit.add_mutually_exclusive_group()
    power.add_argument("--activate", action="store_true", help="let backups run")
    power.add_argument(
        "--pause", action="store_true", help="stop new backups; those already made stay"
    )


def _looking(command: Add) -> None:
    command("check")
    status = command("status")
    status.add_argument(
        "--coverage",
        action="store_true",
        help="count what no policy protects too (reads everything)",
    )
    status.add_argument(
        "--units",
        action="store_true",
        help="count the units of every policy by status, however many there are (reads them all)",
    )
    command("doctor")


def _policies(command: Add) -> None:
    export = command("export")
    export.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write it there; large lists become CSV files beside it",
    )
    export.add_argument(
        "--update",
        action="store_true",
        help="bring an existing FILE up to date; its comments and order stay",
    )
    plan = command("plan")
    plan.add_argument("file", type=Path, metavar="FILE", help="a policy file, or a saved plan")
    plan.add_argument(
        "-o", "--output", type=Path, metavar="PLAN", help="save the plan, for `apply PLAN`"
    )
    plan.add_argument(
        "--drift",
        action="store_true",
        help="every difference between tenant and file, also those that `apply` leaves alone; any of them gives 4",
    )
    plan.add_argument(
        "--coverage",
        action="store_true",
        help="count what no policy protects too (reads everything)",
    )
    apply = command("apply")
    apply.add_argument("file", type=Path, metavar="FILE", help="a policy file, or a saved plan")


def _runs(command: Add) -> None:
    resume = command("resume")
    resume.add_argument(
        "run", nargs="?", default="", metavar="RUN", help="as `runs` lists it (default: the newest)"
    )
    runs = command("runs")
    runs.add_argument("run", nargs="?", default="", metavar="RUN", help="this one, in full")
    runs.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="RUN as an evidence report (FILE.txt or FILE.json)",
    )


def _signing_in(command: Add) -> None:
    signin = command("signin")
    signin.add_argument("--way", choices=("code", "browser"), help="a code, or a browser")
    signin.add_argument(
        "--keep", choices=PLACES, help="where this and every later sign-in is kept on this host"
    )
    signin.add_argument("--another", action="store_true", help="add another account")
    signout = command("signout")
    signout.add_argument("--all", action="store_true", help="every account of this host")
    signout.add_argument(
        "--everywhere", action="store_true", help="end your sign-ins on every device (a lost host)"
    )
    for one in (signin, signout):
        one.add_argument("--account", metavar="NAME", help="this one, as `accounts` shows it")
    command("accounts")


def _practice(command: Add) -> None:
    practice = command("practice")
    practice.add_argument(
        "what",
        choices=("serve", "reset", "scenarios"),
        metavar="WHAT",
        help="serve: for any client. reset: start over. scenarios: list the bad days that can be rehearsed",
    )


def _program(command: Add) -> None:
    schema = command("schema")
    schema.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="without it: which ones there are"
    )
    completion = command("completion")
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def _common(*, again: bool = False) -> Parser:
    """Options that mean the same everywhere. `again`: after a command, where an absent option must not undo one
    given before it."""
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS if again else None)
    group = parser.add_argument_group(EVERYWHERE)

    def option(name: str, text: str, **how: object) -> None:
        how["default"] = argparse.SUPPRESS if again else None
        action = group.add_argument(name, help=text, **how)  # type: ignore[arg-type]
        setattr(action, EVERYBODYS, True)

    def switch(name: str, text: str) -> None:
        option(name, text, action="store_true")

    switch("--practice", "use the built-in practice tenant instead of Microsoft's cloud")
    option(
        "--scenario",
        "a bad day to rehearse, with --practice (may be repeated)",
        action="append",
        metavar="NAME",
        dest="scenario_again" if again else "scenario",
    )
    option("--state-dir", "where answers, runs and tokens are kept", type=Path, metavar="DIR")
    option(
        "--tenant",
        "sign in to this tenant (a domain such as contoso.onmicrosoft.com)",
        metavar="DOMAIN",
    )
    option(
        "--passphrase-file",
        "opens a kept sign-in that a passphrase guards, where nobody can be asked; for `signin --keep passphrase` the "
        "passphrase to keep it with",
        type=Path,
        metavar="FILE",
    )
    switch("--json", "one JSON document on standard output, and nothing else there")
    switch("--yes", "carry out the plan without asking")
    switch(
        "--plain", "linear text instead of a drawn screen: for screen readers and dumb terminals"
    )
    switch("--verbose", "say more on standard error")
    switch("--no-color", "no colour (as NO_COLOR=1)")
    if not again:
        group.add_argument("--version", action="version", version=f"m365backup-tui {__version__}")
    return parser
