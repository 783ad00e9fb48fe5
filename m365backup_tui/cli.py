"""The commands: read the arguments, compose, hand over. No logic, and no Textual for anything but the wizard."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from m365backup_tui import streams
from m365backup_tui.options import Options

HEADLESS_TWIN = (
    "`m365backup-tui apply examples/onboarding.yaml --practice --yes` does the same job from a file"
)
TWIN_OF_EDIT = "`m365backup-tui edit SERVICE POLICY --add NAME --yes` changes a policy without one"

USAGE, INTERRUPTED = 2, 130
AS_FILE = ("completion", "export", "schema")
"""What these print is a file."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes are a promise (command-line page): 0 done, 1 failed, 2 usage, 3 somebody has to act first,
    5 partly applied, 130 interrupted."""
    if "_ARGCOMPLETE" in os.environ:  # the shell waits for this at every press of Tab
        from m365backup_tui.completing import answer

        answer()
    streams.make_sure()
    try:
        return _main(argv)
    except KeyboardInterrupt:  # while a command was still being loaded: nothing has begun yet
        words = sys.argv[1:] if argv is None else argv
        return _interrupted(as_json="--json" in words)
    finally:
        streams.let_go()


def _main(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["practice"] and words[1:2] in (["serve"], ["scenarios"]):
        # A program of its own that shares nothing with the client: hand over before anything else is loaded.
        from m365backup_tui.twins import WrongTwin, switched_on

        try:
            if words[1] == "scenarios" and switched_on("json", os.environ):
                words.append("--json")
        except WrongTwin as wrong:
            return _wrong(str(wrong))
        os.execv(  # noqa: S606 - our own interpreter and module
            sys.executable, [sys.executable, "-m", "m365backup_tui.practice", *words[1:]]
        )
    from m365backup_tui.arguments import make_parser
    from m365backup_tui.parsing import Refused
    from m365backup_tui.twins import WrongTwin, fill_in

    as_json = "--json" in words
    streams.speak(os.environ, as_json=as_json, as_file=False)
    try:
        arguments = make_parser().parse_args(words)
        fill_in(arguments, os.environ)
    except (Refused, WrongTwin) as wrong:
        return _wrong(str(wrong), as_json=as_json)
    options = _options(arguments)
    streams.speak(os.environ, as_json=options.json, as_file=arguments.command in AS_FILE)
    if options.scenarios:
        from m365backup_tui.scenarios import unknown

        if sentence := unknown(options.scenarios):
            return _wrong(sentence, as_json=options.json)
    if arguments.no_color:
        os.environ["NO_COLOR"] = "1"
    match arguments.command:
        case None | "edit" if not _one_line(arguments):
            try:
                return _wizard(options)
            except KeyboardInterrupt:  # before there was a screen to take the key
                return INTERRUPTED
        case "practice":
            return _practice(arguments, options)
        case command:
            from m365backup_tui.headless import run

            return run(command, arguments, options)


def _wizard(options: Options) -> int:
    import gc

    gc.disable()  # until the first frame: imports make garbage collection run a tenth of the start
    from m365backup_tui.terminal.profile import prepare_environment

    profile = prepare_environment(os.environ)
    if profile.dumb and not _two_ways():
        why = f"{profile.dumb[0].upper()}{profile.dumb[1:]}"
        twin = TWIN_OF_EDIT if options.quick else HEADLESS_TWIN
        return _wrong(f"{why}: {twin}.", as_json=options.json)
    if options.plain or profile.dumb:
        gc.enable()
        from m365backup_tui.plain_face import run

        return run(options)
    from m365backup_tui.main_screen import show

    return show(options, profile)


def _two_ways() -> bool:
    """A terminal to read from and to write to, be it a dumb one: enough for linear text."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _practice(arguments: argparse.Namespace, options: Options) -> int:
    if arguments.what != "reset":
        return _wrong(
            f"`practice {arguments.what}` is a program of its own: its options come after these two words, as in "
            f"`m365backup-tui practice {arguments.what} --help`."
        )
    from m365backup_tui.headless.practice import reset

    return reset(options)


def _wrong(sentence: str, *, as_json: bool = False) -> int:
    print(sentence, file=sys.stderr)
    if as_json:
        from m365backup_tui.headless.ending import Ending, one_document

        print(one_document("", Ending(USAGE, sentence)))
    return USAGE


def _interrupted(*, as_json: bool) -> int:
    """Loads nothing more: what was being loaded may be there by half."""
    sentence = "Interrupted."
    print(sentence, file=sys.stderr)
    if as_json:
        import json

        error = {"code": INTERRUPTED, "message": sentence, "problems": []}
        print(json.dumps({"error": error}, indent=2))
    return INTERRUPTED


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        practice=arguments.practice,
        scenarios=tuple(arguments.scenario),
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
