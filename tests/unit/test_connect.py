"""A profile put together: nothing is asked of the network, no SDK is loaded, everything is closed again."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.cloud.connect import connect
from m365backup_tui.cloud.profiles import global_profile
from m365backup_tui.domain.errors import Broken
from m365backup_tui.journal.runs import FileRuns

COMPOSE = """
import asyncio, resource, socket, sys
from pathlib import Path

def no_network(*_, **__):
    raise AssertionError("the network was asked")

socket.getaddrinfo = socket.create_connection = no_network

from m365backup_tui.cloud.connect import connect
from m365backup_tui.cloud.profiles import global_profile
from m365backup_tui.journal.runs import FileRuns

async def compose():
    folder = Path(sys.argv[1])
    runs = FileRuns(folder / "runs", "a test")
    tools, close = await connect(global_profile(), folder, runs, None, lambda *_: None)
    print(tools.stand_in, await tools.identity.resume())
    await close()

asyncio.run(compose())
heavy = {"msgraph", "kiota_http", "azure", "httpx", "aiohttp", "textual"}
print(sorted(heavy & set(sys.modules)))
print(resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_microsofts_profile_is_put_together_without_network_and_sdk(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPOSE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},  # no D-Bus: nobody's own keyring
    )
    assert done.returncode == 0, done.stderr
    someone, modules, core = done.stdout.splitlines()
    assert someone == "None None"
    assert modules == "[]"
    assert core == "(0, 0)", "a core file would hold every token"


async def test_a_composition_that_fails_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    profile = replace(global_profile(), ca_file=tmp_path / "missing.pem")
    runs = FileRuns(tmp_path / "runs", "a test")
    with pytest.raises(Broken, match=r"missing\.pem"):
        await connect(profile, tmp_path, runs, None, lambda *_: None)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), thread.name
