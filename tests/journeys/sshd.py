"""A real OpenSSH server on loopback: own host key, own user key, own port, as the user who runs the tests.

Nothing of this machine's own SSH set-up is read or changed. Works as root and as anybody else; a server that does not
run as root can log in nobody but its own user, which is who comes.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.journeys.admin import ROOT
from tests.journeys.terminal import INHERITED, Terminal

# Beside the usual folders: /usr/sbin is on few people's path.
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")
INSTALLED = bool(SSHD and shutil.which("ssh") and shutil.which("ssh-keygen"))
WHY_NOT = "needs openssh-server and openssh-client (`.ci/run` installs them)"

START_SECONDS = 10.0
# What an admin's session on a plain jump host has: no UTF-8, no colour wanted.
PLAIN = {"LANG": "C", "NO_COLOR": "1"}

_CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
PrintMotd no
PrintLastLog no
X11Forwarding no
ClientAliveInterval {alive}
ClientAliveCountMax 1
LogLevel VERBOSE
"""


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def listening(port: int) -> bool:
    """Whether somebody answers on this port of the loopback."""
    with socket.socket() as asked:
        asked.settimeout(1)
        return asked.connect_ex(("127.0.0.1", port)) == 0


class Sshd:
    """A running server; `jump_host` makes one."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.folder, self.port, self.process = folder, port, process
        self._number = 0

    def argv(
        self, remote: Sequence[str], env: Mapping[str, str], forward: Sequence[str] = ()
    ) -> list[str]:
        """The client's command line; `forward`: what stands after each -L."""
        user = pwd.getpwuid(os.geteuid()).pw_name
        options = [
            *("-F", "none", "-i", str(self.folder / "user_key"), "-p", str(self.port)),
            *("-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}"),
            *("-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR"),
            *(
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "ExitOnForwardFailure=yes",
                "-o",
                "EscapeChar=none",
            ),
        ]
        for one in forward:
            options += ["-L", one]
        base = {name: os.environ[name] for name in INHERITED if name in os.environ}
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in {**base, **env}.items())
        # The shell outlives the hang-up (`trap :`, which a child does not inherit) and writes down how it ended.
        script = (
            f"cd {shlex.quote(ROOT)}; trap : HUP; echo $$ >{self._note('shell')}; "
            f"env {given} {shlex.join(remote)}; echo $? >{self._note('code')}"
        )
        return ["ssh", "-tt", *options, f"{user}@127.0.0.1", script]

    def login(
        self,
        remote: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        forward: Sequence[str] = (),
        cols: int = 80,
        rows: int = 24,
    ) -> Terminal:
        """An ssh client in a terminal of its own that runs `remote` on the host."""
        self._number += 1
        # A person's ssh client has their terminal and language; nothing of it reaches the host but TERM.
        return Terminal(
            self.argv(remote, {**PLAIN, **(env or {})}, forward), cols, rows, env={"LC_ALL": "C"}
        )

    def ended_with(self, timeout: float = 20.0) -> int:
        """The exit code of the last remote program, once it has ended."""
        note = self._note("code")
        end = time.monotonic() + timeout
        while not (note.exists() and note.read_text().strip()):
            assert time.monotonic() < end, "the remote program still runs"
            self._pause()
        return int(note.read_text())

    def sessions(self) -> list[psutil.Process]:
        """What the server started for the logins that are open now."""
        return psutil.Process(self.process.pid).children()

    def drop(self) -> None:
        """The server's end of every connection dies, as when a bastion cuts it."""
        for session in self.sessions():
            session.kill()

    def remote(self) -> list[psutil.Process]:
        """Everything that the last login started on the host, the shell first; also without its server."""
        shell = psutil.Process(int(self._note("shell").read_text()))
        return [shell, *shell.children(recursive=True)]

    def _note(self, what: str) -> Path:
        return self.folder / f"{what}-{self._number}"

    def _pause(self) -> None:
        """A moment of waiting for another process, cut short by this server's end."""
        try:
            self.process.wait(0.02)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError("the SSH server has ended")


@contextmanager
def jump_host(folder: Path, *, alive: int = 0) -> Iterator[Sshd]:
    """A server until the block ends, and nothing of it after. `alive`: seconds of ClientAliveInterval."""
    for key in ("host_key", "user_key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]
        subprocess.run([*command, str(folder / key)], check=True)
    if os.geteuid() == 0:  # where a server that runs as root locks up its unprivileged part
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port = free_port()
    config = folder / "sshd_config"
    config.write_text(_CONFIG.format(port=port, folder=folder, alive=alive), encoding="ascii")
    assert SSHD is not None
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log
        )
    server = Sshd(folder, port, process)
    try:
        _wait_for(server)
        yield server
    finally:
        left = psutil.Process(process.pid).children(recursive=True)
        for one in left:
            one.kill()
        process.terminate()
        process.wait(10)


def _wait_for(server: Sshd) -> None:
    end = time.monotonic() + START_SECONDS
    while not listening(server.port):
        said = (server.folder / "sshd.log").read_text(errors="replace")
        if server.process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the SSH server did not start:\n{said}")
        server._pause()
