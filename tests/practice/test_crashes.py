"""Killed at any record, cut at any byte: a resumed run leaves the tenant as an uninterrupted one does, byte for byte.

The figures are printed (`pytest -rP`). M365BACKUP_TUI_EXAMPLES=1000 kills at every record, in both ways.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from m365backup_tui.domain.plan import Act
from m365backup_tui.practice.company.lookups import Company
from tests.practice.backup_control import CONTROL_SCOPES
from tests.practice.conftest import Controls, start_practice, stop_practice
from tests.practice.crash_scene import Scene, prepare, runner
from tests.practice.graph_client import graph_token

KILLS = int(os.environ.get("M365BACKUP_TUI_EXAMPLES", "8"))
SLOW = 600  # an hour of the service in six seconds
pytestmark = pytest.mark.timeout(3600 if KILLS > 100 else 300)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, company: Company) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("crashes")
    server, ready = start_practice(folder / "tenant")
    controls = Controls(ready)
    try:
        controls.turn_backup_on()
        token = graph_token(ready, controls, scopes=CONTROL_SCOPES)
        plan = asyncio.run(prepare(ready, controls, token, company, folder))
        with runner() as process:
            yield Scene(ready, controls, token, plan, process)
    finally:
        controls.close()
        stop_practice(server)


@dataclass(frozen=True, slots=True)
class Ideal:
    """What a run that nothing interrupts comes to: the end state, what was carried out, and how many records."""

    state: str
    writes: tuple[str, ...]
    records: int


@pytest.fixture(scope="module")
def ideal(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Ideal:
    since = scene.put_back()
    folder = tmp_path_factory.mktemp("ideal")
    told = scene.run("apply", folder, here=True)
    assert told["phase"] == "done", told
    sent, done = scene.writes(since)
    assert sent == done
    (record,) = folder.rglob("runs/*.jsonl")
    return Ideal(scene.order_free(), tuple(done), record.read_bytes().count(b"\n"))


def test_an_uninterrupted_run_sends_what_was_planned_and_a_second_one_nothing(
    scene: Scene, ideal: Ideal, tmp_path: Path
) -> None:
    plan = scene.plan
    assert len(plan.writes) >= 30
    assert {w.act for w in plan.writes} == set(Act), "a kind of write is missing from the plan"
    assert len(ideal.writes) == plan.requests
    print(f"requests planned {plan.requests}, sent {len(ideal.writes)}, records {ideal.records}")
    scene.put_back()
    assert "Everybody" in ideal.state
    assert "Everybody" not in scene.order_free()
    assert scene.run("apply", tmp_path / "first")["phase"] == "done"
    since = scene.last_request()
    again = scene.run("apply", tmp_path / "second")
    assert again["phase"] == "failed"
    assert "changed since this plan was made" in again["note"]
    assert scene.writes(since) == ([], [])
    assert scene.run("go on", tmp_path / "first")["phase"] == "nothing to resume"
    assert scene.writes(since) == ([], [])
    assert scene.order_free() == ideal.state


def test_killed_at_any_record_a_resumed_run_ends_as_an_uninterrupted_one(
    scene: Scene, ideal: Ideal, tmp_path: Path
) -> None:
    every = [(n, how) for n in range(1, ideal.records + 1) for how in ("before", "after")]
    # Of few, every second one is "before" and every second one "after".
    chosen = [every[i * len(every) // KILLS // 2 * 2 + i % 2] for i in range(KILLS)]
    chosen = every if len(every) <= KILLS else chosen
    sent = done = 0
    for n, how in chosen:
        since = scene.put_back()
        folder = tmp_path / f"{how}-{n}"
        assert scene.run("apply", folder, n, how)["killed"], (n, how)
        told = scene.run("go on", folder)
        assert told["phase"] == ("nothing to resume" if (n, how) == every[-1] else "done"), (
            n,
            how,
            told,
        )
        round_sent, round_done = scene.writes(since)
        assert sorted(round_done) == sorted(ideal.writes), (n, how)
        assert scene.order_free() == ideal.state, (n, how)
        sent, done = sent + len(round_sent), done + len(round_done)
    intended = len(chosen) * len(ideal.writes)
    print(
        f"SIGKILL at {len(chosen)} of {len(every)} places in {ideal.records} records: end state equal in all; "
        f"committed writes per intended write {done / intended:.3f}, sent per planned {sent / intended:.3f}"
    )
    assert done == sent == intended


def test_killed_while_the_service_is_waited_for_it_ends_the_same(
    scene: Scene, ideal: Ideal, tmp_path: Path
) -> None:
    """Policies that are not ready wait in lanes: which of them is next is the service's doing, what stands is not."""
    scene.put_back()
    scene.controls.call("POST", "clock", {"pace": SLOW}).raise_for_status()
    scene.controls.call("POST", "snapshots/slow").raise_for_status()
    ends: list[str] = []
    some = range(2, ideal.records, 3) if KILLS > 100 else (ideal.records - 22, ideal.records - 9)
    for n in (0, *some):
        since = scene.put_back("slow")
        folder = tmp_path / f"slow-{n}"
        told = scene.run("apply", folder, n, "before")
        if n:
            assert told["killed"]
            told = scene.run("go on", folder)
        assert told["phase"] == "done", (n, told)
        sent, done = scene.writes(since)
        assert len(sent) == len(done) == len(ideal.writes), n
        ends.append(scene.order_free())
    assert set(ends) == {ends[0]}
    print(f"SIGKILL at {len(ends) - 1} records of a run that waits: end state equal in all")


def test_killed_twice_a_resumed_run_ends_as_an_uninterrupted_one(
    scene: Scene, ideal: Ideal, tmp_path: Path
) -> None:
    """The second process dies as well, and a third one goes on."""
    for n, m in ((2, 2), (ideal.records // 2, 3), (ideal.records - 2, 1)):
        since = scene.put_back()
        folder = tmp_path / f"{n}-{m}"
        assert scene.run("apply", folder, n, "before")["killed"]
        assert scene.run("go on", folder, m, "before")["killed"]
        assert scene.run("go on", folder)["phase"] == "done"
        assert sorted(scene.writes(since)[1]) == sorted(ideal.writes)
        assert scene.order_free() == ideal.state


def test_a_record_cut_at_any_byte_of_its_last_line_ends_as_an_uninterrupted_run(
    scene: Scene, ideal: Ideal, tmp_path: Path
) -> None:
    """Every byte of every kind of last line is cut in tests/unit/test_journal_cut.py; here the real SDK goes on."""
    cuts = 0
    for n in (1, 2, 3, ideal.records):
        for part in (0.0, 0.5, 1.0) if KILLS > 100 else (0.0, 1.0) if n in (1, 3) else (0.5,):
            since = scene.put_back()
            folder = tmp_path / f"{n}-{part}"
            assert scene.run("apply", folder, n)["killed"]
            (path,) = folder.rglob("runs/*.jsonl")
            data = path.read_bytes()
            last = len(data.splitlines(keepends=True)[-1])
            path.write_bytes(data[: len(data) - round(1 + part * (last - 1))])
            told = scene.run("go on", folder)
            # Without its end alone the closing line is still whole: nothing is left to do.
            over = n == ideal.records and part == 0.0
            assert told["phase"] == ("nothing to resume" if over else "done"), told
            assert sorted(scene.writes(since)[1]) == sorted(ideal.writes), (n, part)
            assert scene.order_free() == ideal.state, (n, part)
            cuts += 1
    print(f"{cuts} cuts of a last line: end state equal in all")
