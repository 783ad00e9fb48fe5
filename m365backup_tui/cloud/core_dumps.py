"""No picture of the memory on disk when the process dies: it would hold every token (auth.md §4.2).

Two locks, because one is not enough. The limit of zero stops core files, but a kernel that hands cores to a program
(systemd-coredump, apport: a `|` in core_pattern) does not look at it. The dumpable flag stops those too, and keeps
other programs of the same user from reading our memory (measured: docs/security.md). Not covered: root, swap and
hibernation, Windows' error reporting, and a program that we start: it inherits the limit, but its flag is set anew.
"""

from __future__ import annotations

import sys

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4  # linux/prctl.h


def forbid_core_dumps() -> None:
    """For this process, and by the limit for those it starts from now on. Call it before there is a token.

    Nothing where there are no core files (Windows), and never an error: a host that forbids it still gets a sign-in.
    """
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # downwards, which everybody may
    if sys.platform.startswith("linux"):
        _prctl(_PR_SET_DUMPABLE, 0)


def dumpable() -> bool | None:
    """Whether the kernel may still write or hand over this process's memory; None where that cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    found = _prctl(_PR_GET_DUMPABLE, 0)
    return None if found is None else found != 0


def _prctl(option: int, value: int) -> int | None:
    """Python 3.11 has no name for it."""
    try:
        import ctypes

        answer = int(ctypes.CDLL(None).prctl(option, value, 0, 0, 0))
    except (ImportError, OSError, AttributeError):  # a Python without ctypes, a libc without prctl
        return None
    return None if answer < 0 else answer
