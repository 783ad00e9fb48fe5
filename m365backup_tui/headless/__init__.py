"""The commands without a screen: the same use cases as the wizard, their events printed instead of drawn."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import io
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout, suppress

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    Forbidden,
    NotController,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.headless.ending import Ending, one_document
from m365backup_tui.headless.output import OutputFailed, told_apart
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.options import Options
from m365backup_tui.session import CannotStart

FAILED, USAGE, ACT_FIRST, INTERRUPTED = 1, 2, 3, 130
_RESUMABLE = ("apply", "resume")
_NOT_WRITTEN = "Standard output cannot be written"

Command = Callable[[Sitting, argparse.Namespace], Awaitable[int]]


def run(name: str, arguments: argparse.Namespace, options: Options) -> int:
    """Runs one command to its exit code. Messages for people go to standard error, results to standard output; with
    `--json` exactly one document, an error one where there is no result."""
    if options.verbose:
        _log_to_standard_error()
    printed = io.StringIO()
    with redirect_stdout(printed) if options.json else told_apart():
        ending = _ended(name, arguments, options)
    if ending.words:
        _say(ending.words)
    try:
        if options.json:
            print(one_document(printed.getvalue(), ending))
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where what goes wrong can be said
    except (
        BrokenPipeError
    ):  # whoever read our output has gone: nothing to say, and nowhere to say it
        _nowhere()
        return FAILED
    except OSError as error:  # a full disk
        _nowhere()
        _say(f"{_NOT_WRITTEN}: {error.strerror}. What was done stays done.")
        return FAILED
    return ending.code


def _ended(name: str, arguments: argparse.Namespace, options: Options) -> Ending:
    try:
        if name == "runs":
            from m365backup_tui.headless.runs import runs

            return Ending(runs(options, arguments.run, arguments.export))
        if name == "doctor":
            from m365backup_tui.headless.doctor import doctor

            return Ending(doctor(options))
        if name == "schema":
            from m365backup_tui.headless.schema import schema

            return Ending(schema(arguments))
        if name == "completion":
            from m365backup_tui.headless.completion import completion

            return Ending(completion(arguments))
        return asyncio.run(_run(_command(name), arguments, options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        goes_on = " `m365backup-tui resume` goes on with what was begun."
        return Ending(INTERRUPTED, f"Interrupted.{goes_on if name in _RESUMABLE else ''}")
    except (Usage, CannotStart, SomebodyMustAct, CloudError) as error:
        return _told(error)
    except BrokenPipeError:
        _nowhere()
        return Ending(FAILED)
    except OutputFailed as error:
        _nowhere()
        return Ending(FAILED, f"{_NOT_WRITTEN}: {error.why}. What was done stays done.")
    except Exception as error:
        return _crashed(error, options)


async def _run(command: Command, arguments: argparse.Namespace, options: Options) -> Ending:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and task is not None:
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, task.cancel)
    async with Sitting(options) as sitting:
        try:
            return Ending(await command(sitting, arguments), told=sitting.told)
        except ConsentNeeded as error:
            from m365backup_tui.headless.consenting import asked_for

            raise await asked_for(sitting, error) from error


def _told(error: Usage | CannotStart | SomebodyMustAct | CloudError) -> Ending:
    if isinstance(error, Usage):
        return Ending(USAGE, str(error), error.problems)
    if isinstance(error, SomebodyMustAct):
        return Ending(ACT_FIRST, str(error))
    if isinstance(error, CannotStart):
        return Ending(FAILED, str(error))
    from m365backup_tui.work.messages import advice

    words = f"{error.what} {advice(error, keys=False)}".strip()
    return Ending(ACT_FIRST if isinstance(error, _SOMEBODY) else FAILED, words)


_SOMEBODY = (
    NotSignedIn,
    ConsentNeeded,
    StepUpNeeded,
    SignInRefused,
    Forbidden,  # a role is missing
    NotController,
)


def _crashed(error: Exception, options: Options) -> Ending:
    """A fault of ours: a report without values, one sentence, and no traceback on the terminal."""
    from m365backup_tui.terminal.crash import write_report

    path = write_report(error, options.folder / "crashes")
    where = f"A report without your data is in {path}." if path else "No report could be written."
    return Ending(
        FAILED,
        f"Something in this program broke. {where} What was done is recorded: "
        "`m365backup-tui runs` shows it, `m365backup-tui resume` goes on.",
    )


def _log_to_standard_error() -> None:
    """`--verbose`: what the program and the SDKs log, without secrets."""
    from m365backup_tui.cloud.redact import RedactingFilter

    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    logging.getLogger("m365backup_tui").setLevel(logging.DEBUG)


def _nowhere() -> None:
    """Python flushes standard output at exit and would end with code 120."""
    import os

    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _say(words: str) -> None:
    with suppress(OSError):  # a dropped line: nobody is there to read it, the code still tells
        print(words, file=sys.stderr)


_COMMANDS = {
    "accounts": "accounts:accounts",
    "apply": "apply:apply",
    "check": "check:check",
    "edit": "edit:edit",
    "export": "export:export",
    "plan": "apply:plan",
    "resume": "resume:resume",
    "signin": "accounts:signin",
    "signout": "accounts:signout",
    "status": "status:status",
}
"""Command -> module and function here, imported when it is run."""


def _command(name: str) -> Command:
    module, _, function = _COMMANDS[name].partition(":")
    found = importlib.import_module(f"{__name__}.{module}")
    command: Command = getattr(found, function)
    return command
