"""`practice serve`: runs the practice tenant on loopback TLS until it is told to stop."""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import filelock

from m365backup_tui.practice.backup.seed import arrange
from m365backup_tui.practice.clock import check_pace
from m365backup_tui.practice.faults import CATALOGUE, Fault, read_file, read_words
from m365backup_tui.practice.listening import PortTaken, listening
from m365backup_tui.practice.personas import PERSONA_KEYS
from m365backup_tui.practice.scenarios import SCENARIOS, TITLES
from m365backup_tui.practice.serve_options import parser
from m365backup_tui.practice.server import build_app
from m365backup_tui.practice.state import UnreadableState, remove_state
from m365backup_tui.practice.stopping import (
    stop_on_signals,
    stop_when_parent_ends,
    stop_when_stdin_ends,
)
from m365backup_tui.practice.tenant import Tenant, open_tenant

LOCK_SECONDS = 5.0


def main(argv: list[str]) -> int:
    """`serve` with its options, `reset` or `scenarios`. Returns the exit code."""
    options = parser().parse_args(argv)
    if options.command == "scenarios":
        return _print(_listed(as_json=options.json))
    if options.command == "reset":
        return _reset(options.state_dir)
    if options.persona_auto and options.persona_auto not in PERSONA_KEYS:
        return _wrong(f"There is no persona called {options.persona_auto!r}.")
    try:
        if options.pace is not None:
            check_pace(options.pace)
    except ValueError as wrong:
        return _wrong(str(wrong))
    if options.state_dir is None:
        with tempfile.TemporaryDirectory(prefix="m365backup-practice-") as folder:
            return _serve(Path(folder), options)
    return _serve(options.state_dir, options)


def _listed(*, as_json: bool) -> str:
    if as_json:
        named = [(name, TITLES[name], says) for name, says in SCENARIOS.items()]
        found = [*named, *((known.id, known.title, known.says) for known in CATALOGUE.values())]
        return json.dumps([{"name": n, "title": t, "says": s} for n, t, s in found], indent=2)
    lines = [f"{name:22} {says}" for name, says in SCENARIOS.items()]
    lines += [f"{known.id:22} {known.title}: {known.says}" for known in CATALOGUE.values()]
    return "\n".join(lines)


def _print(text: str) -> int:
    """The exit code: 1 where nobody takes it (`| head`, a full disk)."""
    try:
        print(text, flush=True)
    except OSError as wrong:
        # At its end Python writes out what is left; that would fail once more, and be told as a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(wrong, BrokenPipeError):
            print(f"The list cannot be written: {wrong.strerror}.", file=sys.stderr)
        return 1
    return 0


def _faults(options: argparse.Namespace) -> list[Fault]:
    """Those of the files, then those in words. Raises ValueError, OSError for a file."""
    found = [fault for file in options.faults for fault in read_file(file)]
    return [*found, *(read_words(words) for words in options.fault)]


def _wrong(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def _serve(folder: Path, options: argparse.Namespace) -> int:
    os.umask(0o077)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder):
            tenant = open_tenant(
                folder,
                options.pace,
                tuple(options.scenario),
                options.persona_auto,
                faults=_faults(options),
                size=options.size,
                company=options.company,
            )
            arrange(tenant)
            return asyncio.run(_run(tenant, folder, options))
    except filelock.Timeout:
        print(_busy(folder), file=sys.stderr)
    except (UnreadableState, PortTaken) as wrong:
        print(str(wrong), file=sys.stderr)
    except ValueError as wrong:
        return _wrong(str(wrong))
    except OSError as wrong:
        print(f"The practice tenant cannot start: {wrong}.", file=sys.stderr)
    return 1


def _reset(folder: Path) -> int:
    if not folder.is_dir():
        print(f"There is no practice tenant in {folder}.", file=sys.stderr)
        return 1
    try:
        with _locked(folder):
            removed = remove_state(folder)
    except filelock.Timeout:
        print(_busy(folder), file=sys.stderr)
        return 1
    if not removed:
        print(f"There is no practice tenant in {folder}.", file=sys.stderr)
        return 1
    print(f"The practice tenant in {folder} starts over next time.", file=sys.stderr)
    return 0


def _locked(folder: Path) -> filelock.BaseFileLock:
    return filelock.FileLock(folder / "practice.lock", timeout=LOCK_SECONDS)


def _busy(folder: Path) -> str:
    return f"Another practice tenant is using {folder}. Stop it first."


async def _run(tenant: Tenant, folder: Path, options: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    stop_on_signals(loop, stop)
    if options.watch_stdin:
        stop_when_stdin_ends(loop, stop)
    async with listening(tenant, build_app(tenant), folder, options.port) as document:
        _say_ready(document, options.ready_file)
        # Modules, routes and the company stay: a collection that looked through all of them would
        # hold up every long page by 25 ms.
        gc.freeze()
        gc.enable()
        if options.outlive_parent:
            await stop.wait()
        else:
            await stop_when_parent_ends(stop)
    return 0


def _say_ready(document: dict[str, Any], ready_file: Path | None) -> None:
    text = json.dumps(document)
    if ready_file is not None:
        # Beside and renamed: whoever waits for the file finds all of it.
        scratch = ready_file.with_name(f"{ready_file.name}.{os.getpid()}.new")
        try:
            scratch.write_text(text, encoding="utf-8")
            scratch.replace(ready_file)
        finally:
            scratch.unlink(missing_ok=True)
    with contextlib.suppress(BrokenPipeError):  # nobody reads it: the file or the log will do
        print(text, flush=True)
