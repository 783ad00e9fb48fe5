"""Keeps on disk what was last seen of a tenant (0600 in 0700), one folder an account. Names and addresses, never a
token. Blocking; trouble with the disk costs quickness at the next start, nothing else."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from m365backup_tui.domain.last_seen import POLICIES_KEPT, UNITS_KEPT, SeenPolicies, SeenUnits
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.last_seen_names import POLICIES, VERSION, account_folder
from m365backup_tui.whole_file import write_whole

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError)
# Seconds: what nobody opened goes before what somebody opened in this time.
_UNOPENED = 30 * 86400.0
_UNIT = ("id", "key", "name", "address", "status", "error_code", "error", "by_rule")


def write_policies(folder: Path, seen: SeenPolicies) -> None:
    """`folder`: that of one cloud profile. Units of policies that are gone go too."""
    document = {
        "version": VERSION,
        "account": asdict(seen.account),
        "at": seen.at.isoformat(),
        "opens_alone": seen.opens_alone,
        "policies": [_policy_data(p) for p in seen.policies],
    }
    place = account_folder(folder, seen.account.key)
    _write(place / POLICIES, document)
    there = {_units_file(place, p.id).name for p in seen.policies}
    for path in _unit_files(place):
        if path.name not in there:
            _remove(path)


def read_policies(folder: Path, key: tuple[str, str]) -> SeenPolicies | None:
    """None where nothing is kept or it cannot be read. `key`: tenant id and object id of the account."""
    try:
        document = _read(account_folder(folder, key) / POLICIES)
        account = Account(**document["account"])
        policies = tuple(_policy(one) for one in document["policies"])
        alone = document["opens_alone"] is True
        seen = SeenPolicies(account, _time(document["at"]), alone, policies)
    except _UNREADABLE:
        return None
    return seen if account.key == key else None


def write_units(
    folder: Path, key: tuple[str, str], policy_id: str, seen: SeenUnits, *, opened: bool = True
) -> None:
    """The first UNITS_KEPT of what a policy holds; the oldest file goes when there are too many. `opened`: by a person;
    what was only read takes nobody's place, and keeps its own among the others."""
    place = account_folder(folder, key)
    path = _units_file(place, policy_id)
    age = _age(path)
    if not opened and not age and len(_unit_files(place)) >= POLICIES_KEPT:
        return
    units = seen.units[:UNITS_KEPT]
    document = {
        "version": VERSION,
        "at": seen.at.isoformat(),
        "product": units[0].product if units else "",
        "left_out": len(seen.units) - len(units) + seen.left_out,
        "units": [[getattr(unit, name) for name in _UNIT] for unit in units],
    }
    _write(path, document)
    if not opened:
        with suppress(OSError):
            before = age or _age(path) - _UNOPENED
            os.utime(path, (before, before))
    for old in sorted(_unit_files(place), key=_age)[:-POLICIES_KEPT]:
        _remove(old)


def read_units(folder: Path, key: tuple[str, str], policy_id: str) -> SeenUnits | None:
    """None where nothing is kept of this policy or it cannot be read."""
    try:
        document = _read(_units_file(account_folder(folder, key), policy_id))
        rows = document["units"]
        product = Product(document["product"]) if rows else None
        units = tuple(_unit(product, row) for row in rows) if product else ()
        return SeenUnits(_time(document["at"]), units, int(document["left_out"]))
    except _UNREADABLE:
        return None


def _policy_data(policy: Policy) -> dict[str, Any]:
    counts = policy.counts
    return {
        "product": policy.product,
        "id": policy.id,
        "name": policy.name,
        "status": policy.status,
        "counts": asdict(counts) if counts else None,
        "created": policy.created,
        "retention": policy.retention,
    }


def _policy(data: dict[str, Any]) -> Policy:
    counts = Counts(**data["counts"]) if data["counts"] else None
    product, status = Product(data["product"]), PolicyStatus(data["status"])
    texts = [_text(data[name]) for name in ("id", "name", "created", "retention")]
    return Policy(product, texts[0], texts[1], status, counts, texts[2], texts[3])


def _unit(product: Product, row: list[Any]) -> ProtectionUnit:
    unit_id, key, name, address, status, code, error, by_rule = row
    texts = (_text(unit_id), _text(key), _text(name), _text(address))
    return ProtectionUnit(
        product, *texts, UnitStatus(status), _text(code), _text(error), by_rule is True
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _time(text: Any) -> datetime:
    at = datetime.fromisoformat(_text(text))
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at


def _units_file(place: Path, policy_id: str) -> Path:
    return place / f"units-{sha256(policy_id.encode()).hexdigest()[:16]}.json"


def _unit_files(place: Path) -> list[Path]:
    return list(place.glob("units-*.json"))


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path) -> dict[str, Any]:
    document: Any = json.loads(path.read_text("utf-8"))
    if not isinstance(document, dict) or document["version"] != VERSION:
        raise ValueError("of another version")
    return document


def _remove(path: Path) -> None:
    """Raises nothing, as `_write`."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _write(path: Path, document: dict[str, Any]) -> None:
    """Raises nothing: a full disk, or a name that is no text, must not end the wizard."""
    try:
        for folder in (path.parents[1], path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, json.dumps(document, ensure_ascii=False).encode())
    except (OSError, UnicodeError):
        return
