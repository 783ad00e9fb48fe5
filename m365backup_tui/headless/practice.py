"""`practice reset`: the practice tenant starts over the next time it is used."""

from __future__ import annotations

import sys

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
            print("The practice tenant is in use: leave that program first.", file=sys.stderr)
            return 1
    for path in (tenant, folder / "practice"):
        shutil.rmtree(path, ignore_errors=True)
    for ending in ("", "-wal", "-shm", "-journal"):
        served.with_name(served.name + ending).unlink(missing_ok=True)
    print("The practice tenant starts over.")
    return 0
