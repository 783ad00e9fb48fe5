"""What is kept between sittings: a round trip for anything, and no crash on any file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from m365backup_tui import progress
from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import KeptIn, SignedIn, TokenHome
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.events import Restored
from m365backup_tui.state import Answers, State
from m365backup_tui.steps import StepId
from tests.unit.fakes import ACCOUNT, START, candidate

words = some.text(max_size=12)
candidates = some.builds(
    Candidate,
    some.sampled_from(Product),
    words,
    words,
    words,
    some.none() | some.integers(0, 10**15),
    some.none() | some.dates(),
    words,
    words,
    words,
)
units = some.builds(
    ProtectionUnit,
    some.sampled_from(Product),
    words,
    words,
    words,
    words,
    some.sampled_from(UnitStatus),
    words,
    words,
    some.booleans(),
)
drafts = some.builds(
    Draft,
    some.sampled_from(Product),
    words,
    words,
    words,
    some.lists(candidates, max_size=3).map(tuple),
    some.lists(units, max_size=3).map(tuple),
    some.sampled_from(Power),
)
answers = some.builds(
    Answers,
    words,
    words,
    words,
    some.booleans(),
    words,
    some.sampled_from(Node),
    some.none() | some.datetimes(timezones=some.just(UTC)),
)
SIGNED_IN = SignedIn(ACCOUNT, TokenHome(KeptIn.MEMORY, ""), START)
SOME = State(
    signed_in=SIGNED_IN,
    at=StepId.POLICIES,
    answers=Answers("sub", "group", region="westeurope", terms_at=START),
    drafts=(Draft(Product.EXCHANGE, "Mail", add=(candidate(Product.EXCHANGE, "ann"),)),),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    answers=answers, drafts=some.lists(drafts, max_size=3).map(tuple), at=some.sampled_from(StepId)
)
def test_whatever_was_answered_comes_back_as_it_was(
    tmp_path: Path, answers: Answers, drafts: tuple[Draft, ...], at: StepId
) -> None:
    path = tmp_path / "progress.json"
    progress.save(path, State(at=at, answers=answers, drafts=drafts))
    assert progress.load(path) == Restored(answers, drafts, at)


def test_nothing_saved_is_nothing_to_restore(tmp_path: Path) -> None:
    assert progress.load(tmp_path / "progress.json") is None


def test_a_file_cut_off_anywhere_is_set_aside_and_never_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    progress.save(path, SOME)
    data = path.read_bytes()
    for cut in range(0, len(data), 7):
        path.write_bytes(data[:cut])
        assert progress.load(path) is None
        assert not path.exists()
        assert path.with_name("progress.json.unreadable").read_bytes() == data[:cut]


@pytest.mark.parametrize(
    "foreign", [b"[]", b"{}", b"\xff\xfe\x00", b"null", b'{"version": 99}', b"7"]
)
def test_a_file_of_another_program_or_version_is_set_aside(tmp_path: Path, foreign: bytes) -> None:
    path = tmp_path / "progress.json"
    path.write_bytes(foreign)
    assert progress.load(path) is None
    assert not path.exists()


def test_a_later_version_of_the_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    progress.save(path, SOME)
    path.write_text(path.read_text().replace('"version": 1', '"version": 99'))
    assert progress.load(path) is None
    assert not path.exists()


def test_the_file_is_private_and_names_the_account(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "progress.json"
    progress.save(path, SOME)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.parent.parent.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["progress.json"]
    assert progress.known_account(path) == ACCOUNT


def test_what_another_person_left_is_not_offered(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    progress.save(path, SOME)
    assert progress.load(path, replace(ACCOUNT, object_id="somebody else")) is None
    assert progress.load(path, replace(ACCOUNT, name="new name")) is not None
    progress.clear(path)
    assert progress.load(path, ACCOUNT) is None
