"""A text for somebody else as a file that only this user reads (0600 from the start)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.events import SAVED, Event
from m365backup_tui.ports import Tools
from m365backup_tui.work.saving import saving


def save_text(tools: Tools, text: str, path: Path) -> AsyncIterator[Event]:
    """Events on SAVED: the path of the new file, or Rejected naming it. An existing file stays."""
    return saving(tools, SAVED, "Writing the file", lambda: write_text(path, text))


def write_text(path: Path, text: str, mode: int = 0o600, *, overwrite: bool = False) -> Path:
    """The path written to, `~` resolved; of this mode from the start. Raises Rejected naming the file."""
    path = path.expanduser()
    flags = os.O_CREAT | os.O_WRONLY | (os.O_TRUNC if overwrite else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, mode), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Rejected(f"{path} exists already: choose another name.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Rejected(f"{path} cannot be written: {why}.") from error
    return path
