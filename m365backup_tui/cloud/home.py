"""One home of a sign-in: the folder and the key of its token files; and what can be said of any such folder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from m365backup_tui.cloud.tokens import TokenFile, UnsafeFolderError, remove, safe_folder
from m365backup_tui.domain.session import KeptIn, TokenHome

MEMORY_ONLY = "Your sign-in is kept in memory only and ends when you leave."
SEALED = "Your sign-in is kept encrypted on this host; "
_OURS = ("tokens-*.bin*", ".tokens-*", "passphrase.*", ".key-*", ".try-*")


@dataclass(frozen=True, slots=True)
class Home:
    """What was found. `key`: None where nothing is written, or not yet."""

    told: TokenHome
    folder: Path
    key: bytes | None = field(default=None, repr=False)

    def file(self, profile_key: str, client_id: str) -> TokenFile | None:
        """The token file of one application; None where everything stays in memory."""
        if self.key is None:
            return None
        path = self.folder / f"tokens-{client_id[:8]}.bin"
        return TokenFile(path, self.key, profile_key, client_id, self.told.kept_in)

    def same_place(self, other: Home) -> bool:
        """Whether both keep the same files."""
        return (self.told.kept_in, self.folder) == (other.told.kept_in, other.folder)


def in_memory(why: str, folder: Path) -> Home:
    """Nothing is written, and `why` that is so."""
    return Home(TokenHome(KeptIn.MEMORY, f"{why} {MEMORY_ONLY}".strip()), folder)


def cannot_keep(folder: Path) -> str:
    """Why nothing can be kept in `folder`, in a sentence; "" when it can. Makes the folder."""
    try:
        safe_folder(folder)
        with tempfile.TemporaryFile(prefix=".try-", dir=folder):
            return ""
    except UnsafeFolderError as error:
        return str(error)
    except OSError as error:
        return f"The folder {folder} cannot be written: {error.strerror or type(error).__name__}."


def clear(folder: Path) -> list[str]:
    """Delete every token file, key file and scrap in `folder`; sentences on what could not be deleted."""
    failed: list[str] = []
    for pattern in _OURS:
        for path in folder.glob(pattern):
            try:
                remove(path)
            except OSError as error:
                failed.append(f"The file {path} could not be deleted: {error.strerror}.")
    return failed
