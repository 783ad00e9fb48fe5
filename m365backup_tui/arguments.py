"""The command line as data for argparse: the one source of `--help`, the man page, the reference and completion.

Names and exit codes are a promise to users (command-line page). Nothing but the standard library is imported here: a
shell asks this file at every press of Tab.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from m365backup_tui import __version__
from m365backup_tui.options import switched_on

SERVICES = ("exchange", "onedrive", "sharepoint")
SHELLS = ("bash", "zsh", "fish", "powershell")

Add = Callable[[str, str], argparse.ArgumentParser]


def make_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    parser = argparse.ArgumentParser(
        prog="m365backup-tui",
        description="Set up and change Microsoft 365 Backup from a terminal. Without a command: the wizard.",
        parents=[_common()],
        epilog="Try it without an account: m365backup-tui --practice",
    )
    parser.add_argument("--version", action="version", version=f"m365backup-tui {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[_common(again=True)])

    _edit(command)
    _looking(command)
    _policies(command)
    _runs(command)
    _signing_in(command)
    _practice(command)
    _program(command)
    return parser


def _edit(command: Add) -> None:
    edit = command("edit", "quick edit: straight to the policies, or into one of them")
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
    command("check", "what you may do, what is missing and who can grant it")
    status = command("status", "service status, policies, how many units are protected")
    status.add_argument(
        "--coverage",
        action="store_true",
        help="count what no policy protects too (reads everything)",
    )
    command("doctor", "this host: terminal, keyring, network, clock, settings; what to mend")


def _policies(command: Add) -> None:
    export = command("export", "the tenant's policies as a policy file")
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
    plan = command("plan", "what `apply` would do; writes nothing to the tenant")
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
    apply = command("apply", "carry out a policy file: billing, policies, until they are protected")
    apply.add_argument("file", type=Path, metavar="FILE", help="a policy file, or a saved plan")


def _runs(command: Add) -> None:
    resume = command("resume", "go on with an interrupted run")
    resume.add_argument("run", nargs="?", default="", metavar="RUN")
    runs = command("runs", "what was done, by whom, with which request ids")
    runs.add_argument("run", nargs="?", default="", metavar="RUN")
    runs.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="RUN as an evidence report (FILE.txt or FILE.json)",
    )


def _signing_in(command: Add) -> None:
    signin = command("signin", "sign in without the wizard; what is kept serves every command")
    signin.add_argument("--way", choices=("code", "browser"), help="a code, or a browser")
    signin.add_argument("--another", action="store_true", help="add another account")
    signout = command("signout", "forget a sign-in on this host")
    signout.add_argument("--all", action="store_true", help="every account of this host")
    signout.add_argument(
        "--everywhere", action="store_true", help="end your sign-ins on every device (a lost host)"
    )
    for one in (signin, signout):
        one.add_argument("--account", metavar="NAME", help="this one, as `accounts` shows it")
    command("accounts", "who is signed in on this host, and where that is kept")


def _practice(command: Add) -> None:
    practice = command("practice", "the practice tenant on its own")
    practice.add_argument(
        "what",
        choices=("serve", "reset", "scenarios"),
        help="serve it for any client, start it over, or list the bad days that can be rehearsed",
    )


def _program(command: Add) -> None:
    schema = command(
        "schema", "the JSON Schema of the policy file, or of what a command prints with --json"
    )
    schema.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="without it: which ones there are"
    )
    completion = command(
        "completion", "a script that lets the shell complete commands, options and names"
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def _common(*, again: bool = False) -> argparse.ArgumentParser:
    """Options that mean the same everywhere. `again`: after a command, where an absent option must not undo one
    given before it."""
    parser = argparse.ArgumentParser(
        add_help=False, argument_default=argparse.SUPPRESS if again else None
    )

    def option(*names: str, default: object = None, **how: object) -> None:
        parser.add_argument(*names, default=argparse.SUPPRESS if again else default, **how)  # type: ignore[arg-type]

    def switch(name: str, text: str) -> None:
        on = switched_on("M365BACKUP_TUI_" + name[2:].replace("-", "_").upper())
        option(name, action="store_true", default=on, help=text)

    env = os.environ.get
    switch("--practice", "use the built-in practice tenant instead of Microsoft's cloud")
    option(
        "--scenario",
        action="append",
        default=(env("M365BACKUP_TUI_SCENARIO") or "").split(),
        metavar="NAME",
        help="a bad day to rehearse (practice)",
    )
    option("--state-dir", type=Path, metavar="DIR", help="where answers, runs and tokens are kept")
    option(
        "--tenant",
        default=env("M365BACKUP_TUI_TENANT") or "organizations",
        metavar="DOMAIN",
        help="sign in to this tenant (a domain such as contoso.onmicrosoft.com)",
    )
    passphrase = env("M365BACKUP_TUI_PASSPHRASE_FILE")
    option(
        "--passphrase-file",
        type=Path,
        default=Path(passphrase) if passphrase else None,
        metavar="FILE",
        help="opens a kept sign-in that a passphrase guards, where nobody can be asked",
    )
    switch("--json", "one JSON document on standard output")
    switch("--yes", "carry out the plan without asking")
    switch(
        "--plain", "linear text instead of a drawn screen: for screen readers and dumb terminals"
    )
    switch("--verbose", "say more on standard error")
    switch("--no-color", "no colour (as NO_COLOR=1)")
    return parser
