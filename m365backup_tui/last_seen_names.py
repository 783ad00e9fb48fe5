"""Where it is kept what was last seen of a tenant, and the names of its policies. Standard library only: the shell's
completion asks this file at every press of Tab."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

ROOT = "last-seen"
POLICIES = "policies.json"
VERSION = 1


def names_of_policies(folder: Path, service: str) -> tuple[str, ...]:
    """Names of the policies of a service (`exchange`, `onedrive`, `sharepoint`) as whoever signed in last saw them, in
    alphabetical order. `folder`: that of one cloud profile in the state folder. Never raises: () where nothing is
    kept or it cannot be read."""
    key = last_account(folder)
    if key is None:
        return ()
    try:
        document: Any = json.loads((account_folder(folder, key) / POLICIES).read_text("utf-8"))
        if document["version"] != VERSION:
            return ()
        found = {str(one["name"]) for one in document["policies"] if one["product"] == service}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(sorted(found, key=str.casefold))


def last_account(folder: Path) -> tuple[str, str] | None:
    """(tenant id, object id) of who signed in here last (cloud/known_accounts.py writes that), None if nobody."""
    try:
        document: Any = json.loads((folder / "accounts.json").read_text("utf-8"))
        first = document["accounts"][0]
        return str(first["tenant_id"]), str(first["object_id"])
    except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None


def account_folder(folder: Path, key: tuple[str, str]) -> Path:
    """What is kept of one account (tenant id, object id); the folder's name tells neither."""
    return folder / ROOT / hashlib.sha256(" ".join(key).encode()).hexdigest()[:16]


def forget(folder: Path, key: tuple[str, str] | None = None) -> None:
    """Remove what is kept of this account, or of everybody. Blocks; what cannot be removed stays, unused: nothing is
    shown of an account that is not the last one known."""
    gone = account_folder(folder, key) if key else folder / ROOT
    shutil.rmtree(gone, ignore_errors=True)
