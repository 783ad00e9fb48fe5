"""Large drafts on disk: a log that follows every change, survives a torn save and costs a line a tick."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from m365backup_tui import events as ev
from m365backup_tui import progress, progress_units
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import KeptIn, SignedIn, TokenHome
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import Restored
from m365backup_tui.keeper import Keeper
from m365backup_tui.progress_units import UnitLogs
from m365backup_tui.state import State
from m365backup_tui.store import Store
from tests.unit.fakes import ACCOUNT, START

UNITS = tuple(
    Candidate(Product.ONEDRIVE, f"k{n}", f"Zoë {n}", "z@b.example", n, START.date(), policy="p" * n)
    for n in range(9)
)
DRAFT = Draft(Product.ONEDRIVE, "Everyone")
SIGNED_IN = SignedIn(ACCOUNT, TokenHome(KeptIn.MEMORY, ""), START)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_units, "LARGE", 3)
    monkeypatch.setattr(progress_units, "_BLOCK", 2)
    monkeypatch.setattr(progress_units, "_BREATH", 0)


def state_with(*adds: tuple[Candidate, ...]) -> State:
    drafts = tuple(replace(DRAFT, name=f"P{n}", add=add) for n, add in enumerate(adds))
    return State(signed_in=SIGNED_IN, drafts=drafts)


choices = some.lists(some.lists(some.sampled_from(UNITS)).map(tuple), min_size=1, max_size=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(choices, min_size=1, max_size=6))
def test_what_was_saved_last_is_read_again_whatever_was_saved_before(
    tmp_path: Path, saved: list[list[tuple[Candidate, ...]]]
) -> None:
    path = tmp_path / "progress.json"
    logs = UnitLogs(path)
    for adds in saved:
        state = state_with(*adds)
        progress.save(path, state, logs)
        assert progress.load(path, ACCOUNT) == Restored(state.answers, state.drafts, state.at)
    named = sum(len(add) >= 3 for add in saved[-1])
    assert len(list(tmp_path.glob("*.units"))) == named
    progress.clear(path)
    assert list(tmp_path.iterdir()) == []


def test_a_tick_adds_one_line_and_a_removal_another(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    logs = UnitLogs(path)
    progress.save(path, state_with(UNITS[:6]), logs)
    (log,) = tmp_path.glob("*.units")
    assert len(log.read_text().splitlines()) == 3
    progress.save(path, state_with(UNITS[:7]), logs)
    progress.save(path, state_with(UNITS[1:7]), logs)
    lines = log.read_text().splitlines()
    assert len(lines) == 5
    assert lines[-1] == '{"gone": [0]}'
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_save_that_was_cut_off_after_the_log_leaves_the_older_choice(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    logs = UnitLogs(path)
    progress.save(path, state_with(UNITS[:6]), logs)
    logs.keep(state_with(UNITS[:8]).drafts)  # the power goes before the progress file is replaced
    left = progress.load(path, ACCOUNT)
    assert left is not None
    assert left.drafts[0].add == UNITS[:6]


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_a_log_that_is_not_whole_is_set_aside_with_the_file_that_names_it(
    tmp_path: Path, cut: int
) -> None:
    path = tmp_path / "progress.json"
    progress.save(path, state_with(UNITS[:6]))
    (log,) = tmp_path.glob("*.units")
    log.write_bytes(log.read_bytes()[:cut])
    assert progress.load(path, ACCOUNT) is None
    assert path.with_name("progress.json.unreadable").exists()


async def test_the_keeper_restores_a_large_draft_beside_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    progress.save(path, state_with(UNITS))
    store = Store()
    keeper = Keeper(store, path)
    store.send(ev.SignedInNow(SIGNED_IN))
    assert not store.state.drafts
    await keeper.flush()
    assert store.state.drafts[0].add == UNITS


async def test_a_choice_made_while_the_old_one_is_read_wins(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    progress.save(path, state_with(UNITS))
    store = Store()
    keeper = Keeper(store, path)
    store.send(ev.SignedInNow(SIGNED_IN))
    mine = replace(DRAFT, name="Mine", add=UNITS[:1])
    store.send(ev.DraftPut(mine))
    await keeper.flush()
    assert store.state.drafts == (mine,)
