"""Opens the practice company: a fictitious organisation, the same for the same seed and size.

It lives in an SQLite file of its own, made once and never changed afterwards, and is attached to
the tenant's database as `company`.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from m365backup_tui.practice.company import tables
from m365backup_tui.practice.company.build import build
from m365backup_tui.practice.company.identity import NORTHWIND, Identity
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.size import Size, read_size


def attach(
    db: sqlite3.Connection,
    folder: Path | None,
    seed: int,
    size: str,
    identity: Identity = NORTHWIND,
) -> Company:
    """Attach the company of this seed and size to `db`, making it first when it is not there.

    With a folder it is kept in a file there. Raises ValueError for an unknown size, OSError when
    the file cannot be written. `db` must not be in a transaction.
    """
    wanted = read_size(size)
    if folder is None:
        db.execute("ATTACH ':memory:' AS company")
        build(db, seed, wanted, identity)
        db.commit()
        return Company(db, identity)
    whose = "" if identity == NORTHWIND else f"{identity.key}-"
    file = folder / f"company-{whose}{seed}-{wanted.name.lower()}.db"
    if not _is_whole(file):
        _make(file, seed, wanted, identity)
    # The tenant's connection was opened with uri=True; nothing may write here.
    db.execute("ATTACH ? AS company", (f"{file.resolve().as_uri()}?mode=ro",))
    db.execute("PRAGMA company.cache_size = -32768")
    return Company(db, identity)


def build_company(seed: int = 1, size: str = "MEDIUM", identity: Identity = NORTHWIND) -> Company:
    """The company alone, in memory. Raises ValueError for an unknown size."""
    return attach(sqlite3.connect(":memory:", check_same_thread=False), None, seed, size, identity)


def _is_whole(file: Path) -> bool:
    if not file.exists():
        return False
    with contextlib.closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
        try:
            found = db.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
        except sqlite3.Error:  # damaged or of something else: it can always be made again
            return False
    return found is not None and found[0] == tables.FORMAT


def _make(file: Path, seed: int, size: Size, identity: Identity) -> None:
    # Beside the place and then renamed, so that there is a whole company or none.
    scratch = file.with_suffix(".making")
    scratch.unlink(missing_ok=True)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with contextlib.closing(sqlite3.connect(":memory:")) as db:
            db.execute("ATTACH ? AS company", (str(scratch),))
            db.execute("PRAGMA company.journal_mode = OFF")
            db.execute("PRAGMA company.synchronous = OFF")
            db.execute("PRAGMA company.cache_size = -131072")
            build(db, seed, size, identity)
            db.commit()
        os.fsync(handle)
        scratch.replace(file)
    except sqlite3.Error as wrong:
        raise OSError(f"The practice company cannot be written to {file}: {wrong}") from wrong
    finally:
        os.close(handle)
        scratch.unlink(missing_ok=True)
