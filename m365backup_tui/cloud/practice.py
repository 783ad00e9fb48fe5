"""The client's hold on the practice tenant: start it, stop it, and play the person at the browser.

The server is a process of its own that is only talked to (`practice serve`, design/command-line.md).
It ends when its standard input ends, so it never outlives this program, whatever happens to it.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from m365backup_tui.cloud import practice_browser
from m365backup_tui.cloud.loading import load_http
from m365backup_tui.domain.errors import Broken, Forbidden, NotFound, Rejected, Unreachable
from m365backup_tui.domain.session import Persona

if TYPE_CHECKING:
    import httpx

START_SECONDS = 20.0
STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_TAIL_LINES = 8


@dataclass(frozen=True, slots=True)
class PracticeProcess:
    """A running practice tenant; `ready` is what it printed (addresses, CA file, personas)."""

    ready: Mapping[str, Any]
    log_file: Path
    _process: subprocess.Popen[bytes]

    @property
    def running(self) -> bool:
        """Whether the server still lives."""
        return self._process.poll() is None

    def let_go(self) -> None:
        """Tell it to end and do not wait: for signal handlers and atexit."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()

    async def stop(self) -> None:
        """End it and wait; killed when it does not listen."""
        self.let_go()
        if not await _ended(self._process, STOP_SECONDS):
            self._process.terminate()
            if not await _ended(self._process, STOP_SECONDS):
                self._process.kill()
                await _ended(self._process, STOP_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def start_practice(
    state_dir: Path,
    pace: float | None = None,
    scenarios: Sequence[str] = (),
    *,
    deadline: float = START_SECONDS,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> PracticeProcess:
    """Start the practice tenant whose state is in `state_dir` and wait until it answers.

    `pace`: how many times faster than documented the service is. Raises Broken with the end of the
    log when it does not come up within `deadline` seconds.
    """
    ready_file, log_file = _prepared(state_dir)
    command = [sys.executable, "-m", "m365backup_tui.practice", "serve", "--port", "0"]
    command += ["--state-dir", str(state_dir), "--watch-stdin", "--ready-file", str(ready_file)]
    command += [] if pace is None else ["--pace", f"{pace:g}"]
    for name in scenarios:
        command += ["--scenario", name]
    process = _spawn(command, log_file)
    until = time.monotonic() + deadline
    try:
        while (ready := _read_ready(ready_file)) is None:
            if process.poll() is not None:
                raise Broken(_failure("The practice tenant ended while it was starting.", log_file))
            if time.monotonic() > until:
                raise Broken(_failure("The practice tenant did not start in time.", log_file))
            await sleep(_LOOK_SECONDS)
    except BaseException:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()
        raise
    return PracticeProcess(ready, log_file, process)


def _prepared(state_dir: Path) -> tuple[Path, Path]:
    state_dir.mkdir(parents=True, mode=0o700, exist_ok=True)
    ready_file = state_dir / "ready.json"
    ready_file.unlink(missing_ok=True)
    return ready_file, state_dir / "practice.log"


def _spawn(command: list[str], log_file: Path) -> subprocess.Popen[bytes]:
    """A session of its own: Ctrl+C in the terminal is for the wizard, not for the server."""
    descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    with os.fdopen(descriptor, "wb") as log:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and module, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=os.name == "posix",
            creationflags=flags,
        )


def _read_ready(path: Path) -> Mapping[str, Any] | None:
    try:
        ready = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # not there yet, or half written
        return None
    return ready if isinstance(ready, dict) else None


def _failure(what: str, log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    tail = "\n".join(lines[-_TAIL_LINES:])
    return f"{what} It last said:\n{tail}" if tail else f"{what} Its log {log_file} is empty."


async def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True


class PracticeStandIn:
    """The people around the wizard: whoever types the code, and whoever clicks in the admin center."""

    def __init__(self, ready: Mapping[str, Any], tls: ssl.SSLContext) -> None:
        """`tls`: the context of the practice profile (`transport.tls_context`)."""
        self._ready = ready
        self._tls = tls
        self._http: httpx.AsyncClient | None = None

    def personas(self) -> tuple[Persona, ...]:
        """Who can sign in."""
        listed: list[Mapping[str, Any]] = list(self._ready["personas"])
        return tuple(
            Persona(
                key=str(one["key"]),
                name=str(one.get("name", "")),
                username=str(one.get("upn") or one.get("username") or ""),
                roles=tuple(str(role) for role in one.get("roles") or [one.get("says", "")]),
            )
            for one in listed
        )

    async def approve(self, user_code: str, persona_key: str) -> None:
        """`persona_key` types the code in a browser and agrees."""
        await self.control("POST", _of_code(user_code, "approve"), {"persona": persona_key})

    async def decline(self, user_code: str) -> None:
        """Somebody types the code and declines."""
        await self.control("POST", _of_code(user_code, "decline"), {})

    async def browse(self, url: str, persona_key: str | None) -> str:
        """`persona_key` signs in at `url`, None declines: see `practice_browser.browse`."""
        return await practice_browser.browse(self._tls, url, persona_key)

    async def follow(self, address: str) -> None:
        """Open the address at which the browser ended."""
        await practice_browser.follow(address)

    async def play_admin_center(
        self, node: str, subscription_id: str, resource_group: str, region: str, persona: str
    ) -> None:
        """Save billing and turn on, as `persona` would; `node`: `setup` (older) or `billing`."""
        body = {
            "node": node,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
            "region": region,
            "persona": persona,
        }
        await self.control("POST", "admin-center", body)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the control endpoint; the answer's JSON, or None when it is empty."""
        await asyncio.to_thread(load_http)
        import httpx

        if self._http is None:
            base = str(self._ready["control"]).rstrip("/") + "/"
            self._http = httpx.AsyncClient(base_url=base, verify=self._tls, trust_env=False)
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise Unreachable("The practice tenant does not answer.") from error
        if answer.is_error:
            kind = {403: Forbidden, 404: NotFound}.get(answer.status_code, Rejected)
            raise kind(*_said(answer))
        return answer.json() if answer.content else None

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None


def _of_code(user_code: str, what: str) -> str:
    return f"device-codes/{user_code}/{what}"


def _said(answer: httpx.Response) -> tuple[str, str]:
    """The sentence and the code of an error answer."""
    status = str(answer.status_code)
    try:
        body = answer.json()
        return str(body["error"]), str(body.get("code", status))
    except (ValueError, KeyError, TypeError):
        return f"The practice tenant refused with HTTP {status}.", status
