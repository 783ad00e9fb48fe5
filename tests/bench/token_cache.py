"""What keeping a sign-in costs: `python -m tests.bench.token_cache`. Prints milliseconds, median and 95th percentile.

The caches have the sizes of auth.md §3.5, everything in them saved (real ones leave access tokens out and are smaller).
The last lines ask for a keyring where there is none, where its bus is gone and, with gnome-keyring, where it answers.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from m365backup_tui.cloud import kernel_key, passphrase
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.homes import Homes
from m365backup_tui.cloud.sealing import Entries
from m365backup_tui.cloud.shared_host import shared
from m365backup_tui.cloud.tokens import TokenFile
from m365backup_tui.domain.session import KeptIn

ROUNDS = 200
NAME = f"m365backup-tui:bench:{os.getpid()}"
UNLOCKED = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;"


def measure(what: str, work: Callable[[], object], rounds: int = ROUNDS) -> None:
    """Print how long `work` takes."""
    taken: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    late = taken[min(len(taken) - 1, int(len(taken) * 0.95))]
    print(f"{what:<48} {statistics.median(taken):9.2f} {late:9.2f}")


def cache(size: int) -> Entries:
    """A cache that is `size` bytes as compact JSON, nearly; in entries of the size of a refresh token."""
    count = size // 1750
    return {
        "RefreshToken": {f"rt-{n}": {"secret": secrets.token_urlsafe(1275)} for n in range(count)}
    }


def files(folder: Path) -> None:
    for source in (KeptIn.KEYRING, KeptIn.LOGOUT, KeptIn.PASSPHRASE):
        for kilobytes in (16, 27):
            file = TokenFile(
                folder / source / "tokens.bin", secrets.token_bytes(32), "p", "c", source
            )
            held = cache(kilobytes * 1000)
            measure(f"save {kilobytes} kB, {source.value}", lambda f=file, h=held: f.update({}, h))  # type: ignore[misc]
            measure(f"load {kilobytes} kB, {source.value}", file.load)


def keys(folder: Path) -> None:
    if why := kernel_key.why_not():
        print(why)
    else:
        measure("kernel key: add", lambda: kernel_key.add(NAME, bytes(32), seconds=60))
        measure("kernel key: read", lambda: kernel_key.read(NAME))
        kernel_key.revoke(NAME)
    path = folder / "sealed" / "passphrase.key"
    measure(
        "passphrase: seal (scrypt)",
        lambda: passphrase.write_key(path, bytes(32), "correct horse", "p"),
        10,
    )
    measure(
        "passphrase: open (scrypt)", lambda: passphrase.read_key(path, "correct horse", "p"), 10
    )
    measure("is this account shared", lambda: shared({}), 20)


async def look(folder: Path) -> None:
    """How long finding a home takes in this process, as it was started."""
    worker = DaemonWorker("bench")
    homes = Homes("p", folder, worker, {}, keep=lambda: KeptIn.KEYRING)
    for turn in ("first", "second"):
        started = time.perf_counter()
        home = await homes.find()
        took = (time.perf_counter() - started) * 1000
        print(f"{turn} time {took:.0f} ms ({home.told.kept_in.value})", end="; ")
    worker.close()


def looks() -> None:
    command = [sys.executable, "-m", "tests.bench.token_cache", "look"]
    bare = {"PATH": os.environ["PATH"], "HOME": tempfile.mkdtemp(), "LC_ALL": "C.UTF-8"}
    stale = {**bare, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"}
    _told("find, no D-Bus", command, bare)
    _told("find, stale bus", command, stale)
    if shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session"):
        script = ["dbus-run-session", "--", "bash", "-c", f'{UNLOCKED} "$@"', "session"]
        _told("find, gnome-keyring", [*script, *command], bare)
    shutil.rmtree(bare["HOME"])


def _told(what: str, command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    print(f"{what:<24} {done.stdout.strip() or done.stderr[-300:]}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[1:] == ["look"]:
            asyncio.run(look(Path(folder) / "signin"))
            return
        print(f"{'':<48} {'median ms':>9} {'p95 ms':>9}")
        files(Path(folder))
        keys(Path(folder))
    looks()


if __name__ == "__main__":
    main()
