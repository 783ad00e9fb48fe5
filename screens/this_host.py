"""How this host is reached over SSH, as far as it knows itself: for the line that forwards a port."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """`user`: "" where the system has no name for it. `ssh_port`: the port of the SSH server, 0 when unknown.
    `remote`: the person sits at another machine."""

    name: str
    user: str = ""
    ssh_port: int = 0
    remote: bool = True


def this_host(environ: Mapping[str, str] | None = None) -> Host:
    """What the system says. SSH_CONNECTION is "client port server port" (sshd(8)), and lost in an old tmux."""
    seen = os.environ if environ is None else environ
    connection = seen.get("SSH_CONNECTION", "").split()
    port = connection[3] if len(connection) == 4 and connection[3].isdigit() else "0"
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a uid without a name, as in some containers
        user = ""
    remote = any(seen.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
    return Host(socket.gethostname(), user, int(port), remote)
