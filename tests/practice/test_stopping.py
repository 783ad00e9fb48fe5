"""The server ends when its parent lets go, also while a long request holds its loop."""

import subprocess
import sys

# A loop that is held for a minute, as by one statement over a million rows.
BLOCKED = """
import asyncio, threading
from m365backup_tui.practice.stopping import stop_when_stdin_ends

async def main():
    stop_when_stdin_ends(asyncio.get_running_loop(), asyncio.Event())
    print("held", flush=True)
    threading.Event().wait(60)

asyncio.run(main())
"""
SECONDS = 10.0  # two on an idle machine


def test_a_loop_that_is_held_does_not_keep_the_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BLOCKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == b"held\n"
            server.stdin.close()
            assert server.wait(SECONDS) == 0
        finally:
            server.kill()
