"""One run per tenant: among processes, among the people of one computer, and among hosts that share a disk."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import BaseFileLock

from m365backup_tui.domain.errors import Conflict
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.journal import holder, host_lock
from m365backup_tui.journal.beat import Beat
from m365backup_tui.journal.host_lock import HostLock, shared_place
from m365backup_tui.journal.lock import TenantLock
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.journal.tenant_locks import Meeting
from tests.unit.fakes import ACCOUNT, START, TENANT, FakeBackup, onboarding

PLAN = onboarding(FakeBackup())
OTHER_KERNEL = "another-kernel"


def lock(folder: Path, who: str = "test") -> TenantLock:
    return TenantLock(folder, who)


def left_behind(folder: Path, age: timedelta, boot: str = OTHER_KERNEL) -> Path:
    """The note of a holder that is not there any more; its last sign of life so long ago."""
    folder.mkdir(exist_ok=True)
    note = folder / "run.holder"
    facts = {
        "holder": "wizard",
        "pid": 4711,
        "host": "jump2",
        "boot": boot,
        "user": "bob",
        "started": "2026-11-21T08:00:00+00:00",
    }
    note.write_text(json.dumps(facts))
    seen = (holder.now_on(folder) - age).timestamp()
    os.utime(note, (seen, seen))
    return note


# --- hosts that share a disk --------------------------------------------------------------------------------------


def test_a_holder_on_another_host_is_respected_although_its_flock_is_not_seen(
    tmp_path: Path,
) -> None:
    left_behind(tmp_path, timedelta(minutes=3))
    with pytest.raises(Conflict) as caught:
        lock(tmp_path).take(START)
    words = caught.value.what
    assert "wizard, started 2026-11-21 08:00 UTC by bob on jump2 (process 4711), last seen" in words
    assert "cannot be seen from this computer" in words
    gone = holder.now_on(tmp_path) + timedelta(minutes=7)
    assert any(f"after {gone + timedelta(minutes=m):%H:%M} UTC" in words for m in (-1, 0, 1))
    left_behind(tmp_path, timedelta(minutes=3), boot=holder.boot() or "x")
    assert lock(tmp_path).take(START) != ()  # refused before, so its flock was given back


def test_a_holder_without_a_sign_of_life_is_taken_over_and_that_is_said(tmp_path: Path) -> None:
    left_behind(tmp_path, holder.STALE + timedelta(seconds=1))
    mine = lock(tmp_path)
    (remark,) = mine.take(START)
    assert remark.startswith("Took over from wizard, started 2026-11-21 08:00 UTC by bob on jump2")
    assert "no sign of life" in remark
    assert mine.take(START) == ()
    assert json.loads((tmp_path / "run.holder").read_text())["pid"] == os.getpid()


def test_a_dead_process_of_this_kernel_is_taken_over_at_once(tmp_path: Path) -> None:
    left_behind(tmp_path, timedelta(0), boot=holder.boot())
    (remark,) = lock(tmp_path).take(START)
    assert remark.endswith("that process is gone.")


def test_whoever_was_taken_over_sends_nothing_more(tmp_path: Path) -> None:
    """A computer that slept: its process wakes up and believes that it still holds the lock."""
    asleep = FileRuns(tmp_path, "laptop")
    run_id = asleep.begin(PLAN, ACCOUNT, START)
    asleep.intend(run_id, PLAN.writes[0].id, START)
    left_behind(tmp_path / "other", timedelta(0)).replace(tmp_path / TENANT / "run.holder")
    with pytest.raises(Conflict, match="another computer took over"):
        asleep.intend(run_id, PLAN.writes[1].id, START)
    asleep.end(Run(run_id, PLAN, START, RunPhase.STOPPED), START)
    assert (tmp_path / TENANT / "run.holder").exists()  # theirs, and left to them


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_kept_to_one_by_the_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(self: BaseFileLock, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(BaseFileLock, "acquire", refuse)
    first, second = lock(tmp_path, "first"), lock(tmp_path, "second")
    assert first.take(START) == (
        "The disk of the state folder has no locks: a note stands in for one.",
    )
    with pytest.raises(Conflict, match="first, started"):
        second.take(START)
    first.give_back()
    assert len(second.take(START)) == 1
    second.give_back()
    left_behind(tmp_path, holder.STALE)
    assert "Took over" in lock(tmp_path).take(START)[0]
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_signs_of_life_come_from_a_thread_and_end_with_the_lock(tmp_path: Path) -> None:
    calls, seen = [], threading.Event()

    def sign() -> None:
        calls.append(threading.current_thread().name)
        seen.set()

    beat = Beat(sign, 0.001)
    beat.start()
    beat.start()
    assert seen.wait(10)
    beat.stop()
    beat.stop()
    assert set(calls) == {"sign of life"}
    mine = lock(tmp_path)
    mine.touch()  # of nothing
    mine.take(START)
    note = tmp_path / "run.holder"
    os.utime(note, (0, 0))
    mine.touch()
    assert note.stat().st_mtime > 0


# --- people of one computer ---------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """As /run/lock is: everybody may write, nobody may remove another's file."""
    found = tmp_path / "run-lock"
    found.mkdir()
    found.chmod(0o1777)
    return found


def runs(folder: Path, place: Path | None, who: str = "test", cloud: str = "global") -> FileRuns:
    return FileRuns(folder, who, meeting=Meeting(place, cloud))


def test_another_state_folder_of_this_computer_is_refused_naming_the_first(
    tmp_path: Path, place: Path
) -> None:
    first, second = runs(tmp_path / "ada", place, "wizard"), runs(tmp_path / "bob", place, "apply")
    run_id = first.begin(PLAN, ACCOUNT, START)
    assert second.holder(TENANT).startswith("wizard, started 2026-11-21 11:45 UTC by ")
    assert first.holder(TENANT) == ""
    with pytest.raises(Conflict, match=r"going on: wizard, started .* Wait until it has ended"):
        second.begin(PLAN, ACCOUNT, START)
    assert list((tmp_path / "bob").rglob("*.jsonl")) == []
    assert not (tmp_path / "bob" / TENANT / "run.holder").exists()
    first.end(Run(run_id, PLAN, START, RunPhase.DONE), START)
    assert second.holder(TENANT) == ""
    assert second.begin(PLAN, ACCOUNT, START)


def test_practice_another_cloud_and_another_tenant_do_not_hold_each_other_up(
    tmp_path: Path, place: Path
) -> None:
    runs(tmp_path / "a", place).begin(PLAN, ACCOUNT, START)
    assert runs(tmp_path / "b", place, cloud="other").begin(PLAN, ACCOUNT, START)
    assert FileRuns(tmp_path / "c", "practice").begin(PLAN, ACCOUNT, START)
    assert HostLock(place, "global", "another-tenant", "x").take(START) == ()


def test_the_file_can_be_locked_by_those_who_may_only_read_it(place: Path) -> None:
    mine = HostLock(place, "global", TENANT, "test")
    before = os.umask(0o077)
    try:
        mine.take(START)
    finally:
        os.umask(before)
    modes = {p.suffix: stat.S_IMODE(p.stat().st_mode) for p in place.iterdir()}
    assert modes == {".lock": 0o644, ".holder": 0o644}
    mine.give_back()
    mine.give_back()
    (file,) = place.iterdir()
    file.chmod(0o444)
    assert HostLock(place, "global", TENANT, "next").take(START) == ()


def _link(file: Path) -> None:
    file.symlink_to("/etc/passwd")


def _pipe(file: Path) -> None:
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("trap", [_link, _pipe, _folder])
def test_a_trap_in_the_shared_place_is_told_and_no_more(
    tmp_path: Path, place: Path, trap: Callable[[Path], None]
) -> None:
    trap(place / f"m365backup-tui-global-{TENANT}.lock")
    found = runs(tmp_path / "ada", place)
    run_id = found.begin(PLAN, ACCOUNT, START)
    (remark,) = found.remarks(run_id)
    assert remark.startswith("Runs of other people on this computer cannot be seen: ")
    line = json.loads(Path(found.path(run_id)).read_text().splitlines()[0])
    assert line["remarks"] == [remark]
    assert found.evidence(run_id, START)["who"][0]["remarks"] == [remark]


@pytest.mark.parametrize("trap", [_link, _pipe, _folder])
def test_a_trap_as_holder_note_is_shown_harmlessly(
    place: Path, trap: Callable[[Path], None]
) -> None:
    first = HostLock(place, "global", TENANT, "first")
    first.take(START)
    note = place / f"m365backup-tui-global-{TENANT}.{os.getuid()}.holder"
    note.unlink()
    trap(note)
    with pytest.raises(Conflict, match="a holder that left no name"):
        HostLock(place, "global", TENANT, "second").take(START)


def test_another_persons_words_cannot_steer_the_terminal_nor_fill_it(place: Path) -> None:
    first = HostLock(place, "global", TENANT, "\x1b[2J\nall is well" + "x" * 500)
    first.take(START)
    with pytest.raises(Conflict) as caught:
        HostLock(place, "global", TENANT, "second").take(START)
    assert caught.value.what.isprintable()
    assert len(caught.value.what) < 400
    note = place / f"m365backup-tui-global-{TENANT}.{os.getuid()}.holder"
    for text in ("", "[]", "{", '{"holder": 7, "pid": [], "started": {}}', "x" * 10_000):
        note.write_text(text)
        with pytest.raises(Conflict, match="Another run for this tenant is going on"):
            HostLock(place, "global", TENANT, "second").take(START)


def test_a_note_under_another_persons_number_is_passed_over(place: Path) -> None:
    first = HostLock(place, "global", TENANT, "the real one")
    first.take(START)
    forged = place / f"m365backup-tui-global-{TENANT}.{os.getuid() + 1}.holder"
    forged.write_text(json.dumps({"holder": "forged"}))
    os.utime(forged, (2**31, 2**31))
    with pytest.raises(Conflict, match="the real one"):
        HostLock(place, "global", TENANT, "second").take(START)


def _as_somebody_else(place: str, uid: int, answer: multiprocessing.Queue[str]) -> None:
    os.setgid(uid)
    os.setuid(uid)
    try:
        lock = HostLock(Path(place), "global", TENANT, f"person {uid}")
        told = lock.take(START)
        answer.put(f"taken {told}")
        lock.give_back()
    except Conflict as error:
        answer.put(error.what)


@pytest.mark.skipif(os.getuid() != 0, reason="needs another person, whom only root can play")
def test_other_people_meet_at_one_file_whoever_made_it() -> None:
    with tempfile.TemporaryDirectory(prefix="journal-lock-") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder) / "lock"
        place.mkdir()
        place.chmod(0o1777)
        assert another(place, 65534) == "taken ()"
        (file,) = place.iterdir()
        assert file.stat().st_uid == 65534
        mine = HostLock(place, "global", TENANT, "root's")
        assert mine.take(START) == ()
        assert "root's, started 2026-11-21 11:45 UTC by root" in another(place, 65533)
        mine.give_back()
        assert another(place, 65533) == "taken ()"


def another(place: Path, uid: int) -> str:
    """What another person is told who takes the lock and gives it back."""
    context = multiprocessing.get_context("fork")
    answer: multiprocessing.Queue[str] = context.Queue()
    child = context.Process(target=_as_somebody_else, args=(str(place), uid, answer))
    child.start()
    told = answer.get(timeout=30)
    child.join(30)
    return told


def test_a_lock_file_that_was_removed_is_noticed(tmp_path: Path, place: Path) -> None:
    found = runs(tmp_path / "ada", place)
    run_id = found.begin(PLAN, ACCOUNT, START)
    found.intend(run_id, PLAN.writes[0].id, START)
    (place / f"m365backup-tui-global-{TENANT}.lock").unlink()
    with pytest.raises(Conflict, match="not ours any more"):
        found.intend(run_id, PLAN.writes[1].id, START)


def test_a_computer_without_a_shared_place_says_so(tmp_path: Path) -> None:
    found = runs(tmp_path / "ada", None)
    run_id = found.begin(PLAN, ACCOUNT, START)
    assert "no folder that all people share" in found.remarks(run_id)[0]


def test_the_shared_place_is_roots_sticky_and_open_to_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mode in (0o1777, 0o777, 0o1755):
        (tmp_path / f"{mode:o}").mkdir()
        (tmp_path / f"{mode:o}").chmod(mode)
    (tmp_path / "file").touch()
    names = ("nowhere", "file", "777", "1755", "1777")
    monkeypatch.setattr(host_lock, "_PLACES", tuple(str(tmp_path / n) for n in names))
    roots = os.getuid() == 0
    assert shared_place() == (tmp_path / "1777" if roots else None)
