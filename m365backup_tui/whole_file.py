"""A file is replaced in one step: whoever reads it finds the old one or the new one, whole, and so does a crash."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes, scrap: str = "") -> None:
    """0600, and on disk before it has its name. `scrap`: how the name of a half written one begins, "" for
    `.<name>-`. Blocks; OSError, and then nothing is left of it."""
    scrap = scrap or f".{path.name}-"
    descriptor, name = tempfile.mkstemp(prefix=scrap, dir=path.parent)  # 0600, follows no link
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
