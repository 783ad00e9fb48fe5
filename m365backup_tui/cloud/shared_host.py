"""Whether the account of this host is one person's alone (auth.md §4.1). If not, nothing is kept unasked.

Several people on one account cannot be told from one person with several windows for certain. What counts here are
living SSH connections from different addresses: windows of tmux share one connection, and what tmux remembers of
connections that ended does not count, because only a direct child of a living sshd is looked at. Root alone is no sign:
who became root by sudo or su is seen by that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_NOT_SET = 4294967295  # the audit system's word for "nobody logged in here"


def not_ours(environ: Mapping[str, str]) -> str:
    """A sentence when the home folder is another person's, so that nothing may be kept at all; else ""."""
    home = environ.get("HOME", "")
    if not home or not hasattr(os, "geteuid"):
        return ""
    try:
        owner = os.stat(home).st_uid
    except OSError:
        return ""
    return "" if owner == os.geteuid() else f"The home folder {home} belongs to somebody else."


def shared(environ: Mapping[str, str], proc: Path = Path("/proc")) -> str:
    """A sentence when other people may use this account too, else "". Blocks for some milliseconds on a busy host."""
    if environ.get("SUDO_USER"):
        return "You are here through sudo."
    if not hasattr(os, "getuid"):
        return ""
    if _came_from_another(proc):
        return "You changed to this account from another one."
    addresses = _addresses(proc, environ)
    if len(addresses) > 1:
        return f"This account is in use from {len(addresses)} addresses at the same time."
    return ""


def _came_from_another(proc: Path) -> bool:
    try:
        login = int((proc / "self" / "loginuid").read_text())
    except (OSError, ValueError):
        return False
    return login not in (_NOT_SET, os.getuid())


def _addresses(proc: Path, environ: Mapping[str, str]) -> set[str]:
    """From where living SSH connections of this user come. A process without core dumps, as we are, shows its
    environment in /proc to nobody: ours is known."""
    found: set[str] = set()
    try:
        numbers = [name for name in os.listdir(proc) if name.isdigit()]
    except OSError:
        return found
    for number in numbers:
        place = proc / number
        try:
            if int(number) == os.getpid():
                if _is_child_of_sshd(proc, place):
                    found |= _named(environ.get("SSH_CONNECTION", ""))
            elif os.stat(place).st_uid == os.getuid() and _is_child_of_sshd(proc, place):
                found |= _address(place)
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile, or is closed to us
    return found


def _is_child_of_sshd(proc: Path, place: Path) -> bool:
    parent = _after_name(place).split()[1]
    name = (proc / parent / "comm").read_text(errors="replace")
    return name.startswith("sshd")  # sshd, and sshd-session since OpenSSH 9.8


def _after_name(place: Path) -> str:
    return (place / "stat").read_text(errors="replace").rpartition(")")[2]


def _address(place: Path) -> set[str]:
    for line in (place / "environ").read_bytes().split(b"\0"):
        if line.startswith(b"SSH_CONNECTION="):
            return _named(line.partition(b"=")[2].decode(errors="replace"))
    return set()


def _named(connection: str) -> set[str]:
    """The client's address in SSH_CONNECTION."""
    return {connection.split(" ")[0]} - {""}
