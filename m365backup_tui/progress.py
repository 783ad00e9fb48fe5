"""What the wizard needs to go on where it stopped: who, which step, the answers and the drafts. Never a token."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.session import Account
from m365backup_tui.events import Restored
from m365backup_tui.journal.codec import from_data, to_data
from m365backup_tui.journal.record import make_folder
from m365backup_tui.progress_units import LogRef, UnitLogs, read_log
from m365backup_tui.state import Answers, State
from m365backup_tui.steps import StepId

_VERSION = 1
_WITH_LOGS = 2  # some drafts have their units in logs of their own (progress_units)


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    at: StepId
    answers: Answers
    drafts: tuple[Draft, ...] = ()
    account: Account | None = None
    logs: tuple[LogRef, ...] = ()


def save(path: Path, state: State, logs: UnitLogs | None = None) -> None:
    """Replaces the file in one step (0600): a crash leaves the old one or the new one. Raises OSError.

    `logs`: those that an earlier save of this process went on with.
    """
    account = state.signed_in.account if state.signed_in else state.known
    make_folder(path.parent)
    logs = logs or UnitLogs(path)
    refs = logs.keep(state.drafts)
    logged = {ref.draft for ref in refs}
    drafts = tuple(replace(d, add=()) if n in logged else d for n, d in enumerate(state.drafts))
    version = _WITH_LOGS if refs else _VERSION
    _write(path, _Kept(version, state.at, state.answers, drafts, account, refs))
    logs.sweep(refs)


def _write(path: Path, kept: _Kept) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(to_data(kept), file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load(path: Path, account: Account | None = None) -> Restored | None:
    """What was saved; None when there is nothing, or nothing of `account` (compared when given).

    A file that cannot be read is set aside as `<name>.unreadable`, so that it is not met again.
    """
    kept = _read(path)
    if kept is None or (account is not None and not account.same_as(kept.account)):
        return None
    drafts = list(kept.drafts)
    try:
        for ref in kept.logs:
            drafts[ref.draft] = replace(
                drafts[ref.draft], add=read_log(path.parent, ref, drafts[ref.draft])
            )
    except (OSError, ValueError, IndexError, TypeError):
        _set_aside(path)
        return None
    return Restored(kept.answers, tuple(drafts), kept.at)


def has_logs(path: Path) -> bool:
    """Whether there are large drafts, which take a moment to read."""
    kept = _read(path)
    return kept is not None and bool(kept.logs)


def known_account(path: Path) -> Account | None:
    """Whose progress it is."""
    kept = _read(path)
    return kept.account if kept else None


def turn_to(path: Path, account: Account) -> None:
    """Before `account` goes on here: what is kept of somebody else is put aside for when they come back, and what was
    put aside of `account` is taken up again. Raises OSError."""
    kept = _read(path)
    if kept is not None and kept.account is not None and not account.same_as(kept.account):
        _move(kept, path, _aside(path, kept.account))
    mine = _aside(path, account)
    if not path.exists() and (kept := _read(mine)) is not None:
        _move(kept, mine, path)


def was_put_aside(path: Path, account: Account) -> bool:
    """Whether something of `account` waits for `turn_to`."""
    return _aside(path, account).exists()


def _aside(path: Path, account: Account) -> Path:
    whose = hashlib.sha256(" ".join(account.key).encode()).hexdigest()[:16]
    return path.with_name(f"{path.stem}-{whose}{path.suffix}")


def _move(kept: _Kept, old: Path, new: Path) -> None:
    """The logs first, under both names until the new file names them: a crash in between loses nothing."""
    refs: list[LogRef] = []
    for ref in kept.logs:
        name = ref.file.replace(old.name, new.name, 1)
        new.with_name(name).unlink(missing_ok=True)
        os.link(old.with_name(ref.file), new.with_name(name))
        refs.append(replace(ref, file=name))
    _write(new, replace(kept, logs=tuple(refs)))
    clear(old)


def clear(path: Path) -> None:
    path.unlink(missing_ok=True)
    UnitLogs(path).sweep(())


def _read(path: Path) -> _Kept | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        _set_aside(path)
        return None
    except OSError:
        return None  # unreadable by right or by disk: nothing to go on from, nothing to set aside
    try:
        kept = from_data(_Kept, json.loads(text))
    except (ValueError, RecursionError):  # Foreign and JSONDecodeError are ValueErrors
        _set_aside(path)
        return None
    if kept.version not in (_VERSION, _WITH_LOGS):
        _set_aside(path)
        return None
    return kept


def _set_aside(path: Path) -> None:
    try:
        path.replace(path.with_name(f"{path.name}.unreadable"))
    except OSError:
        return
