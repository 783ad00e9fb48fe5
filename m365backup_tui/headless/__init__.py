"""The commands without a screen: the same use cases as the wizard, their events printed instead of drawn."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from m365backup_tui.domain.errors import CloudError, ConsentNeeded, NotSignedIn, StepUpNeeded
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.options import Options

INTERRUPTED = 130

Command = Callable[[Sitting, argparse.Namespace], Awaitable[int]]


def run(name: str, arguments: argparse.Namespace, options: Options) -> int:
    """Runs one command to its exit code. Messages for people go to standard error, results to standard output."""
    try:
        return asyncio.run(_run(_command(name), arguments, options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted. `m365backup-tui resume` goes on.", file=sys.stderr)
        return INTERRUPTED


async def _run(command: Command, arguments: argparse.Namespace, options: Options) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and task is not None:
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, task.cancel)
    try:
        async with Sitting(options) as sitting:
            return await command(sitting, arguments)
    except Usage as error:
        return _say(str(error), 2)
    except SomebodyMustAct as error:
        return _say(str(error), 3)
    except CloudError as error:
        from m365backup_tui.work.messages import advice

        acts = isinstance(error, NotSignedIn | ConsentNeeded | StepUpNeeded)
        return _say(f"{error.what} {advice(error, keys=False)}", 3 if acts else 1)


def _say(words: str, code: int) -> int:
    print(words, file=sys.stderr)
    return code


def _command(name: str) -> Command:
    if name == "check":
        from m365backup_tui.headless.check import check

        return check
    if name in ("plan", "apply"):
        from m365backup_tui.headless import apply

        return apply.plan if name == "plan" else apply.apply
    from m365backup_tui.headless import runs

    return runs.resume if name == "resume" else runs.runs
