"""An account that several people use is noticed; one person with several windows is not taken for several."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from m365backup_tui.cloud.shared_host import not_ours, shared

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="accounts of POSIX")


class Host:
    """A made-up /proc. The processes belong to whoever runs this test, as they do on a shared account."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "self").mkdir(parents=True)
        self.next = 100

    def logged_in_as(self, uid: int) -> None:
        (self.folder / "self" / "loginuid").write_text(str(uid))

    def process(self, name: str, parent: int = 1, **environ: str) -> int:
        self.next += 1
        place = self.folder / str(self.next)
        place.mkdir()
        (place / "comm").write_text(f"{name}\n")
        (place / "stat").write_text(f"{self.next} ({name} (x) 1) S {parent} 1 1 0")
        words = [f"{key}={value}".encode() for key, value in environ.items()]
        (place / "environ").write_bytes(b"\0".join([b"A=B", *words, b""]))
        return self.next

    def login(self, address: str, daemon: str = "sshd") -> int:
        server = self.process(daemon)
        return self.process("bash", server, SSH_CONNECTION=f"{address} 50000 10.0.0.1 22")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "proc")


def test_one_login_is_one_person(host: Host) -> None:
    host.login("192.0.2.1")
    assert shared({}, host.folder) == ""


def test_several_windows_and_logins_from_one_address_are_one_person(host: Host) -> None:
    host.login("192.0.2.1")
    host.login("192.0.2.1")
    tmux = host.process("tmux: server")
    host.process("bash", tmux, SSH_CONNECTION="192.0.2.1 40000 10.0.0.1 22")
    assert shared({}, host.folder) == ""


def test_what_tmux_remembers_of_a_connection_that_ended_does_not_count(host: Host) -> None:
    host.login("192.0.2.1")
    tmux = host.process("tmux: server", SSH_CONNECTION="198.51.100.7 40000 10.0.0.1 22")
    host.process("bash", tmux, SSH_CONNECTION="198.51.100.7 40000 10.0.0.1 22")
    assert shared({}, host.folder) == ""


@pytest.mark.parametrize("daemon", ["sshd", "sshd-session"])
def test_two_addresses_may_be_two_people(host: Host, daemon: str) -> None:
    host.login("192.0.2.1", daemon)
    host.login("198.51.100.7", daemon)
    assert shared({}, host.folder) == "This account is in use from 2 addresses at the same time."


def test_who_came_by_sudo_or_from_another_account_is_told_so(host: Host) -> None:
    assert "sudo" in shared({"SUDO_USER": "somebody"}, host.folder)
    host.logged_in_as(os.getuid() + 1)
    assert "changed to this account" in shared({}, host.folder)
    host.logged_in_as(os.getuid())
    assert shared({}, host.folder) == ""
    host.logged_in_as(4294967295)  # a service or a container: nobody logged in
    assert shared({}, host.folder) == ""


def test_a_host_without_proc_is_no_obstacle(tmp_path: Path) -> None:
    assert shared({}, tmp_path / "nothing") == ""


def test_a_process_that_ends_while_it_is_looked_at_is_no_obstacle(host: Host) -> None:
    (host.folder / str(host.login("192.0.2.1")) / "environ").unlink()
    (host.folder / "999").mkdir()
    assert shared({}, host.folder) == ""


def test_the_home_of_somebody_else_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not_ours({"HOME": str(tmp_path)}) == ""
    assert not_ours({}) == ""
    assert not_ours({"HOME": "/no/such/home"}) == ""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert "belongs to somebody else" in not_ours({"HOME": str(tmp_path)})


def test_a_program_that_sshd_started_itself_counts_by_its_own_environment(host: Host) -> None:
    """Without core dumps its environment in /proc is closed to it."""
    host.login("192.0.2.1")
    server = host.process("sshd")
    host.next = os.getpid() - 1
    ours = host.folder / str(host.process("m365backup-tui", server))
    (ours / "environ").unlink()
    environ = {"SSH_CONNECTION": "198.51.100.7 40000 10.0.0.1 22"}
    assert "2 addresses" in shared(environ, host.folder)
