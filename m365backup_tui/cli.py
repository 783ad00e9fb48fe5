"""The commands: read the arguments, compose, hand over. No logic, and no Textual for anything but the wizard."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from m365backup_tui import __version__
from m365backup_tui.options import Options, switched_on

HEADLESS_TWIN = "m365backup-tui apply examples/onboarding.yaml --practice --yes"

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes are a promise (command-line page): 0 done, 1 failed, 2 usage, 3 somebody has to act first,
    5 partly applied, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["practice"] and words[1:2] in (["serve"], ["scenarios"]):
        # A program of its own that shares nothing with the client: hand over before anything else is loaded.
        os.execv(  # noqa: S606 - our own interpreter and module
            sys.executable, [sys.executable, "-m", "m365backup_tui.practice", *words[1:]]
        )
    arguments = _parser().parse_args(words)
    options = _options(arguments)
    if arguments.no_color:
        os.environ["NO_COLOR"] = "1"
    match arguments.command:
        case None | "edit":
            try:
                return _wizard(options)
            except KeyboardInterrupt:  # before there was a screen to take the key
                return INTERRUPTED
        case "practice":
            from m365backup_tui.headless.practice import reset

            return reset(options)
        case command:
            from m365backup_tui.headless import run

            return run(command, arguments, options)


def _wizard(options: Options) -> int:
    gc.disable()  # until the first frame: imports make garbage collection run a tenth of the start
    from m365backup_tui.terminal.profile import prepare_environment

    profile = prepare_environment(os.environ)
    if profile.dumb:
        why = f"{profile.dumb[0].upper()}{profile.dumb[1:]}"
        print(f"{why}: `{HEADLESS_TWIN}` does the same job from a file.", file=sys.stderr)
        return 2
    from m365backup_tui.main_screen import show

    return show(options, profile)


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        practice=arguments.practice,
        scenarios=tuple(arguments.scenario or ()),
        state_dir=arguments.state_dir,
        tenant=arguments.tenant,
        json=arguments.json,
        yes=arguments.yes,
        verbose=arguments.verbose,
        quick=arguments.command == "edit",
    )


def _parser() -> argparse.ArgumentParser:
    common = _common()
    parser = argparse.ArgumentParser(
        prog="m365backup-tui",
        description="Set up and change Microsoft 365 Backup from a terminal. Without a command: the wizard.",
        parents=[common],
        epilog="Try it without an account: m365backup-tui --practice",
    )
    parser.add_argument("--version", action="version", version=f"m365backup-tui {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[_common(again=True)])

    command("edit", "quick edit: straight to the policies")
    command("check", "what you may do, what is missing and who can grant it")
    command("doctor", "this host: terminal, keyring, network, clock, settings; what to mend")
    plan = command("plan", "what `apply` would do; writes nothing to the tenant")
    plan.add_argument("file", type=Path, metavar="FILE", help="a policy file, or a saved plan")
    plan.add_argument(
        "-o", "--output", type=Path, metavar="PLAN", help="save the plan, for `apply PLAN`"
    )
    apply = command("apply", "carry out a policy file: billing, policies, until they are protected")
    apply.add_argument("file", type=Path, metavar="FILE", help="a policy file, or a saved plan")
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
    practice = command("practice", "the practice tenant on its own")
    practice.add_argument(
        "what",
        choices=("serve", "reset", "scenarios"),
        help="serve it for any client, start it over, or list the bad days that can be rehearsed",
    )
    return parser


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
    switch("--json", "one JSON document on standard output")
    switch("--yes", "carry out the plan without asking")
    switch("--verbose", "say more on standard error")
    switch("--no-color", "no colour (as NO_COLOR=1)")
    return parser
