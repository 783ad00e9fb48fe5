"""Who signed in here: names for the list of accounts, and who was last. A small file of its own, never a token.

The token cache knows the accounts, not the names of their organizations, and not in which order they came.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from m365backup_tui import last_seen_names
from m365backup_tui.domain.session import Account
from m365backup_tui.whole_file import write_whole

NAME = "accounts.json"
MOST = 50
_VERSION = 1
_FIELDS = ("tenant_id", "object_id", "username", "name", "tenant_name")


class KnownAccounts:
    """`folder`: the folder of one profile in the state folder. Blocking; a file that cannot be read or written costs
    names and the order, nothing else."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._read: tuple[Account, ...] | None = None

    def all(self) -> tuple[Account, ...]:
        """The one who was last comes first."""
        if self._read is None:
            self._read = _load(self._path)
        return self._read

    def named(self, account: Account) -> Account:
        """With the name of the organization, where it was learned."""
        for known in self.all():
            if known.same_as(account):
                return replace(account, tenant_name=account.tenant_name or known.tenant_name)
        return account

    def remember(self, account: Account) -> None:
        """`account` is the last one now."""
        self._read = None  # another process may have written meanwhile
        named = self.named(account)
        rest = [one for one in self.all() if not one.same_as(account)]
        if (named, *rest) != self.all():
            self._keep([named, *rest][:MOST])

    def forget(self, account: Account | None = None) -> None:
        """`account`, or everybody; and what is kept of what they saw of their tenants."""
        last_seen_names.forget(self._path.parent, account.key if account else None)
        self._read = None
        rest = [one for one in self.all() if account and not one.same_as(account)]
        if len(rest) != len(self.all()):
            self._keep(rest)

    def _keep(self, accounts: Sequence[Account]) -> None:
        self._read = tuple(accounts)
        try:
            if not accounts:
                self._path.unlink(missing_ok=True)
                return
            document = {"version": _VERSION, "accounts": [asdict(one) for one in accounts]}
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(document, ensure_ascii=False, indent=1).encode())
        except OSError:  # a full disk, a folder of somebody else: the names stay until the end
            return


def choose(
    kept: Sequence[Account], wanted: Account | None, before: Sequence[Account]
) -> Account | None:
    """Of those `kept`: `wanted`, or who was last of `before`, or the only one there is. Never a guess among several."""
    if wanted is not None:
        return next((one for one in kept if one.same_as(wanted)), None)
    for last in before:
        for one in kept:
            if one.same_as(last):
                return one
    return kept[0] if len(kept) == 1 else None


def _load(path: Path) -> tuple[Account, ...]:
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        listed = document["accounts"] if document["version"] == _VERSION else []
        found = [_account([_text(one[name]) for name in _FIELDS]) for one in listed]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(one for one in found if one.tenant_id and one.object_id)


def _account(texts: list[str]) -> Account:
    tenant_id, object_id, username, name, tenant_name = texts
    return Account(tenant_id, object_id, username, name, tenant_name)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return value
