"""`practice serve`: runs the practice tenant on loopback TLS until it is told to stop."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import filelock
import trustme
from aiohttp import web

from m365backup_tui.practice.arm.world import SUBSCRIPTIONS
from m365backup_tui.practice.company_model import DOMAIN, TENANT_ID
from m365backup_tui.practice.entra.scopes import AZURE_CLI_CLIENT, GRAPH_CLIENT
from m365backup_tui.practice.personas import PERSONAS, persona_by_key
from m365backup_tui.practice.scenarios import SCENARIOS
from m365backup_tui.practice.server import build_app
from m365backup_tui.practice.state import STATE_FILE, remove_state
from m365backup_tui.practice.tenant import Tenant, open_tenant

LOCK_SECONDS = 5.0
STOP_SECONDS = 2.0
CA_FILE = "practice-ca.pem"


def main(argv: list[str]) -> int:
    """`serve` with its options, `reset` or `scenarios`. Returns the exit code."""
    options = _parser().parse_args(argv)
    if options.command == "scenarios":
        for name, says in SCENARIOS.items():
            print(f"{name:22} {says}")
        return 0
    if options.command == "reset":
        return _reset(options.state_dir)
    if options.persona_auto and persona_by_key(options.persona_auto) is None:
        print(f"There is no persona called {options.persona_auto!r}.", file=sys.stderr)
        return 2
    if options.pace is not None and not 0 < options.pace < float("inf"):
        print("The pace is above nought.", file=sys.stderr)
        return 2
    if options.state_dir is None:
        with tempfile.TemporaryDirectory(prefix="m365backup-practice-") as folder:
            return _serve(Path(folder), options)
    return _serve(options.state_dir, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="m365backup-tui practice", description="A practice tenant on this machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the practice tenant until you stop it")
    serve.add_argument(
        "--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)"
    )
    serve.add_argument("--state-dir", type=Path, help="keep the tenant in this folder")
    serve.add_argument("--ready-file", type=Path, help="write the ready document to this file too")
    serve.add_argument("--pace", type=float, help="how many times faster waits are (default: 300)")
    serve.add_argument("--scenario", action="append", default=[], help="switch a scenario on")
    serve.add_argument("--persona-auto", metavar="KEY", help="sign this person in without a page")
    serve.add_argument("--watch-stdin", action="store_true", help="stop when stdin is closed")
    reset = commands.add_parser("reset", help="start a practice tenant over")
    reset.add_argument("--state-dir", type=Path, required=True, help="the folder it is kept in")
    commands.add_parser("scenarios", help="list the scenarios")
    return parser


def _serve(folder: Path, options: argparse.Namespace) -> int:
    os.umask(0o077)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _locked(folder):
            tenant = open_tenant(
                folder, options.pace, tuple(options.scenario), options.persona_auto
            )
            return asyncio.run(_run(tenant, folder, options))
    except filelock.Timeout:
        print(_busy(folder), file=sys.stderr)
    except ValueError as wrong:
        print(str(wrong), file=sys.stderr)
    except OSError as wrong:
        print(f"The practice tenant cannot start: {wrong}.", file=sys.stderr)
    return 1


def _reset(folder: Path) -> int:
    if not (folder / STATE_FILE).exists():
        print(f"There is no practice tenant in {folder}.", file=sys.stderr)
        return 1
    try:
        with _locked(folder):
            remove_state(folder)
    except filelock.Timeout:
        print(_busy(folder), file=sys.stderr)
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
    _stop_on_signals(loop, stop)
    if options.watch_stdin:
        _stop_when_stdin_ends(loop, stop)
    async with listening(tenant, build_app(tenant), folder, options.port) as document:
        _say_ready(document, options.ready_file)
        await stop.wait()
    return 0


@contextlib.asynccontextmanager
async def listening(
    tenant: Tenant, app: web.Application, folder: Path, port: int = 0
) -> AsyncIterator[dict[str, Any]]:
    """`app` answers on 127.0.0.1 while the block runs (port 0: a free one); gives the ready document.

    A new authority is made in `folder`. What changed is saved before the end.
    """
    listener = _listen(port)
    tenant.base_url = f"https://localhost:{listener.getsockname()[1]}"
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener, ssl_context=_tls(folder)).start()
        yield ready_document(tenant, folder / CA_FILE)
    finally:
        await runner.cleanup()
        tenant.state.save_if_changed()


def ready_document(tenant: Tenant, ca_file: Path) -> dict[str, Any]:
    """What a client needs to know (design/command-line.md)."""
    base = tenant.base_url
    return {
        "base_url": base,
        "authority": f"{base}/organizations",
        "graph": f"{base}/v1.0",
        "arm": base,
        "portal": f"{base}/portal/",
        "control": f"{base}/control/",
        "ca_file": str(ca_file.resolve()),
        "tenant_id": TENANT_ID,
        "domain": DOMAIN,
        "client_ids": {"graph": GRAPH_CLIENT, "arm": AZURE_CLI_CLIENT},
        "personas": [
            {"key": p.key, "name": p.name, "upn": p.upn, "oid": p.oid, "says": p.says}
            for p in PERSONAS
        ],
        "subscriptions": [
            {"id": sub.id, "name": sub.name, "state": sub.state, "tenant_id": sub.tenant_id}
            for sub in SUBSCRIPTIONS
        ],
        "pid": os.getpid(),
    }


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _tls(folder: Path) -> ssl.SSLContext:
    # A new authority every start, trusted by nobody but who reads this file.
    authority = trustme.CA(organization_name="m365backup-tui practice tenant")
    path = folder / CA_FILE
    scratch = path.with_suffix(".new")
    scratch.write_bytes(authority.cert_pem.bytes())
    scratch.chmod(0o600)
    scratch.replace(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
    return context


def _say_ready(document: dict[str, Any], ready_file: Path | None) -> None:
    text = json.dumps(document)
    if ready_file is not None:
        scratch = ready_file.with_name(ready_file.name + ".new")
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(ready_file)
    print(text, flush=True)


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: the loop has no signal handlers of its own
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def _stop_when_stdin_ends(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """The parent holds the other side of the pipe: its end is our end."""

    def watch() -> None:
        # os.read, not sys.stdin: a thread inside a buffered reader upsets Python's own ending.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                continue
        with contextlib.suppress(RuntimeError):  # the loop may have closed in the meantime
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, name="watch-stdin", daemon=True).start()
