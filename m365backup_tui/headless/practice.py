"""`practice reset`: the practice tenant starts over the next time it is used."""

from __future__ import annotations

import sys

from m365backup_tui.headless.ending import Ending, one_document
from m365backup_tui.options import Options


def reset(options: Options) -> int:
    """Removes the practice tenant's stored state and the runs and sign-in that belonged to it."""
    import shutil

    from filelock import FileLock, Timeout

    folder = options.folder
    tenant = folder / "practice-tenant"
    served = folder / "practice-tenant.db"  # `practice serve --state-dir` keeps it right there
    for lock in (*tenant.glob("*.lock"), *folder.glob("practice.lock")):
        try:
            with FileLock(lock, timeout=0):
                pass
        except Timeout:
            return _said(options, "The practice tenant is in use: leave that program first.", 1)
    for path in (tenant, folder / "practice"):
        shutil.rmtree(path, ignore_errors=True)
    for ending in ("", "-wal", "-shm", "-journal"):
        served.with_name(served.name + ending).unlink(missing_ok=True)
    return _said(options, "The practice tenant starts over.", 0)


def _said(options: Options, words: str, code: int) -> int:
    if options.json:
        print(one_document("", Ending(code, words)))
    if code or not options.json:
        print(words, file=sys.stderr if code else sys.stdout)
    return code
