"""The commands: read the arguments, compose, hand over. No logic, and no Textual for anything but the wizard."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from m365backup_tui.arguments import make_parser
from m365backup_tui.options import Options

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
    arguments = make_parser().parse_args(words)
    options = _options(arguments)
    if arguments.no_color:
        os.environ["NO_COLOR"] = "1"
    match arguments.command:
        case None | "edit" if not _one_line(arguments):
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
        plain=arguments.plain,
        passphrase_file=arguments.passphrase_file,
        quick=arguments.command == "edit",
        opens=_opens(arguments),
    )


def _opens(arguments: argparse.Namespace) -> tuple[str, str]:
    if arguments.command != "edit":
        return "", ""
    return arguments.service or "", arguments.policy or ""


def _one_line(arguments: argparse.Namespace) -> bool:
    """An edit that says what to change: no screen is needed for it."""
    found = vars(arguments)
    names = ("add", "remove", "add_from", "remove_from", "rename", "activate", "pause")
    return arguments.command == "edit" and any(found[name] for name in names)
