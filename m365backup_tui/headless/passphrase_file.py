"""`--passphrase-file`: the passphrase of a kept sign-in from a file, for cron and systemd credentials."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from m365backup_tui.headless.sitting import Usage

_MOST = 4096  # bytes that are looked at; a passphrase is one line


def read_passphrase(path: Path, environ: Mapping[str, str]) -> str:
    """The first line, without its end. Raises Usage: the file cannot be read, is empty, or others can read it. The
    message never holds what the file says."""
    try:
        # Not blocking: a pipe that nobody writes to would hold the command for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no name of a file"
        raise Usage(f"--passphrase-file {path} cannot be read: {why}.") from None
    try:
        _is_guarded(path, os.fstat(handle), environ)
        begins = os.read(handle, _MOST)
    except OSError as error:
        raise Usage(f"--passphrase-file {path} cannot be read: {error.strerror}.") from None
    finally:
        os.close(handle)
    first, end, _ = begins.partition(b"\n")
    if not end and len(begins) == _MOST:
        raise Usage(f"--passphrase-file {path}: its first line is too long for a passphrase.")
    try:
        line = first.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise Usage(f"--passphrase-file {path}: its first line is not text in UTF-8.") from None
    if not line:
        raise Usage(
            f"--passphrase-file {path}: its first line is empty; the passphrase goes there."
        )
    return line


def _is_guarded(path: Path, found: os.stat_result, environ: Mapping[str, str]) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Usage(f"--passphrase-file {path} is not a regular file.")
    if os.name != "posix":  # who may read it is said in another way there, and not looked at
        return
    if found.st_uid not in (os.geteuid(), 0):
        raise Usage(f"--passphrase-file {path} belongs to somebody else; it has to be yours.")
    if stat.S_IMODE(found.st_mode) & 0o077 and not _of_the_service(path, environ):
        raise Usage(
            f"--passphrase-file {path} can be read by others on this host: `chmod 600 {path}` makes it yours alone."
        )


def _of_the_service(path: Path, environ: Mapping[str, str]) -> bool:
    """systemd keeps the credentials of a service in a folder that this service alone can enter (systemd.exec,
    LoadCredential=); an access list may show there as a right of the group."""
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        return False
    try:
        return Path(path).resolve().is_relative_to(Path(folder).resolve(strict=True))
    except OSError:
        return False
