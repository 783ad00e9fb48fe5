"""A policy file on disk, with the CSV files beside it: long lists go there, nobody else's file is ever written over."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.policy_file import PolicyFile, PolicyWish, Source
from m365backup_tui.domain.policy_file_writing import dump
from m365backup_tui.domain.products import Product
from m365backup_tui.work.text_file import write_text

MOST_INLINE = 50
"""Addresses of one policy that stand in the file itself; more of them go to a CSV beside it."""
HEADERS = {
    Product.EXCHANGE: "User principal name",
    Product.ONEDRIVE: "User principal name",
    Product.SHAREPOINT: "Site URL",
}
"""Header of the lists written here; our own list reader knows them, as it knows the reports they are taken from."""
_MODE = 0o644
_NAMES = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written: the policy file, and the CSV files beside it."""

    path: Path
    lists: tuple[Path, ...] = ()


async def keep(
    path: Path, file: PolicyFile, head: Sequence[str], *, overwrite: bool = False
) -> Kept:
    """Writes the file, and long lists beside it. Raises Rejected naming the file; nothing is left half done."""
    return await asyncio.to_thread(_keep, path, file, head, overwrite)


def write(path: Path, text: str, overwrite: bool = False) -> Path:
    """The path written to, `~` resolved. Raises Rejected naming the file."""
    return write_text(path, text, _MODE, overwrite=overwrite)


def replace_text(path: Path, text: str) -> None:
    """The whole new text or the whole old one, never half of each; its mode stays, and a link still leads to it.
    Raises Rejected naming the file."""
    real = Path(os.path.realpath(path))
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, stat.S_IMODE(real.stat().st_mode))
        os.replace(temporary, real)
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        raise Rejected(f"{path} cannot be written: {error.strerror or error}.") from error


def as_csv(product: Product, addresses: Sequence[str]) -> str:
    """One column under a header."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([HEADERS[product]])
    rows.writerows([one] for one in addresses)
    return out.getvalue()


def _keep(path: Path, file: PolicyFile, head: Sequence[str], overwrite: bool) -> Kept:
    path = path.expanduser()
    if not overwrite and path.exists():
        raise Rejected(f"{path} exists already: choose another name.")
    lists: list[Path] = []
    try:
        wishes = [_outside(path, wish, lists) for wish in file.policies]
        text = dump(replace(file, policies=tuple(wishes)), head)
        return Kept(write(path, text, overwrite), tuple(lists))
    except Rejected:
        for one in lists:  # a list that no file names is of no use
            with suppress(OSError):
                one.unlink()
        raise


def _outside(path: Path, wish: PolicyWish, lists: list[Path]) -> PolicyWish:
    """The policy with its long list in a CSV."""
    if len(wish.units) <= MOST_INLINE:
        return wish
    where = new_list(path, wish.product, wish.name, [entry.address for entry in wish.units])
    lists.append(where)
    return replace(wish, units=(), sources=(*wish.sources, Source(where.name)))


def new_list(path: Path, product: Product, name: str, addresses: Sequence[str]) -> Path:
    """A new CSV beside the policy file, under a name that nothing has. Raises Rejected."""
    text = as_csv(product, addresses)
    for candidate in _free_names(path, product, name):
        try:
            return write(candidate, text)
        except Rejected:
            if not candidate.exists():  # something else than the name
                raise
    raise Rejected(f"{path.parent} has too many files of this name: choose another folder.")


def _free_names(path: Path, product: Product, name: str) -> Iterator[Path]:
    plain = re.sub(r"[^\w-]+", "-", name).strip("-_").casefold()[:40] or "policy"
    stem = f"{path.stem}-{product}-{plain}"
    for n in range(1, _NAMES):
        candidate = path.with_name(f"{stem}.csv" if n == 1 else f"{stem}-{n}.csv")
        if not candidate.exists() and not candidate.is_symlink():
            yield candidate
