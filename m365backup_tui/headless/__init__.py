"""The commands without a screen: the same use cases as the wizard, their events printed instead of drawn."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.options import Options
from m365backup_tui.session import CannotStart

FAILED, USAGE, ACT_FIRST, INTERRUPTED = 1, 2, 3, 130
_RESUMABLE = ("apply", "resume")

Command = Callable[[Sitting, argparse.Namespace], Awaitable[int]]


def run(name: str, arguments: argparse.Namespace, options: Options) -> int:
    """Runs one command to its exit code. Messages for people go to standard error, results to standard output."""
    if options.verbose:
        _log_to_standard_error()
    try:
        if name == "runs":
            from m365backup_tui.headless.runs import runs

            code = runs(options, arguments.run, arguments.export)
        elif name == "doctor":
            from m365backup_tui.headless.doctor import doctor

            code = doctor(options)
        elif name == "schema":
            from m365backup_tui.headless.schema import schema

            code = schema(arguments)
        elif name == "completion":
            from m365backup_tui.headless.completion import completion

            code = completion(arguments)
        else:
            code = asyncio.run(_run(_command(name), arguments, options))
        sys.stdout.flush()  # here, where what goes wrong can be said
        return code
    except (KeyboardInterrupt, asyncio.CancelledError):
        goes_on = " `m365backup-tui resume` goes on with what was begun."
        return _say(f"Interrupted.{goes_on if name in _RESUMABLE else ''}", INTERRUPTED)
    except (Usage, CannotStart, SomebodyMustAct, CloudError) as error:
        return _told(error)
    except (
        BrokenPipeError
    ):  # whoever read our output has gone: nothing to say, and nowhere to say it
        _nowhere()
        return FAILED
    except Exception as error:
        return _crashed(error, options)


async def _run(command: Command, arguments: argparse.Namespace, options: Options) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and task is not None:
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, task.cancel)
    async with Sitting(options) as sitting:
        return await command(sitting, arguments)


def _told(error: Usage | CannotStart | SomebodyMustAct | CloudError) -> int:
    if isinstance(error, Usage):
        return _say(str(error), USAGE)
    if isinstance(error, SomebodyMustAct):
        return _say(str(error), ACT_FIRST)
    if isinstance(error, CannotStart):
        return _say(str(error), FAILED)
    from m365backup_tui.work.messages import advice

    acts = isinstance(error, NotSignedIn | ConsentNeeded | StepUpNeeded | SignInRefused)
    words = f"{error.what} {advice(error, keys=False)}".strip()
    return _say(words, ACT_FIRST if acts else FAILED)


def _crashed(error: Exception, options: Options) -> int:
    """A fault of ours: a report without values, one sentence, and no traceback on the terminal."""
    from m365backup_tui.terminal.crash import write_report

    path = write_report(error, options.folder / "crashes")
    where = f"A report without your data is in {path}." if path else "No report could be written."
    return _say(
        f"Something in this program broke. {where} What was done is recorded: "
        "`m365backup-tui runs` shows it, `m365backup-tui resume` goes on.",
        FAILED,
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


def _say(words: str, code: int) -> int:
    with suppress(OSError):  # a dropped line: nobody is there to read it, the code still tells
        print(words, file=sys.stderr)
    return code


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
