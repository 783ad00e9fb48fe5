"""The memory of the process is neither written nor handed over when it dies, nor read by its neighbours."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the flag of the process is Linux's"
)

# In a process of its own: nobody can take a lowered limit back.
FORBID = """
import resource
from m365backup_tui.cloud.core_dumps import dumpable, forbid_core_dumps
print(dumpable())
forbid_core_dumps()
forbid_core_dumps()
print(dumpable(), resource.getrlimit(resource.RLIMIT_CORE))
"""

# A neighbour tries to read our environment, as any program of the same user may by default. Root may always, so root
# becomes somebody else first; that alone clears the flag, which is set again.
NEIGHBOUR = """
import ctypes, os, resource, sys  # all of them before we are somebody else, who may not read them
from m365backup_tui.cloud.core_dumps import dumpable, forbid_core_dumps
flag = ctypes.CDLL(None).prctl
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
    flag(4, 1, 0, 0, 0)
assert dumpable()
if sys.argv[1] == "forbidden":
    forbid_core_dumps()
ours = os.getpid()
sys.stdout.flush()
if os.fork() == 0:
    flag(4, 1, 0, 0, 0)
    try:
        open(f"/proc/{ours}/environ", "rb").read()
        print("read")
    except PermissionError:
        print("refused")
    sys.stdout.flush()
    os._exit(0)
os.wait()
"""


def said(program: str, *words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**os.environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_limit_and_flag_are_taken_away_and_twice_does_no_harm() -> None:
    assert said(FORBID) == ["True", "False (0, 0)"]


@pytest.mark.parametrize(("how", "outcome"), [("as it is", "read"), ("forbidden", "refused")])
def test_a_neighbour_of_the_same_user_cannot_read_our_memory(how: str, outcome: str) -> None:
    assert said(NEIGHBOUR, how) == [outcome]
