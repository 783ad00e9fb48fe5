"""Values to plain data and back: what a record of this or another version may hold, and where it is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.domain.plan import Plan, UnitRef, Write
from m365backup_tui.domain.run import WriteState
from m365backup_tui.journal.codec import Foreign, from_data, to_data
from tests.unit.fakes import FakeBackup, onboarding


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    size: int | None = None
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class One:
    """A single field, which is read another way than several."""

    leaves: tuple[Leaf, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    colour: Colour
    at: datetime
    day: date | None
    on: bool
    one: One = field(default_factory=One)


TREE = Tree(
    Colour.RED,
    datetime(2026, 11, 21, 12, tzinfo=UTC),
    date(2026, 11, 21),
    True,
    One((Leaf("a", 1, 0.5), Leaf("b"))),
)


def data(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(to_data(TREE)))
    return {**found, **changed}


def test_a_value_comes_back_as_it_was() -> None:
    assert from_data(Tree, data()) == TREE
    assert from_data(Tree, {**data(), "of a later version": [1]}) == TREE
    plan = onboarding(FakeBackup(), 60)
    assert from_data(Plan, json.loads(json.dumps(to_data(plan)))) == plan


def test_what_is_absent_takes_its_default() -> None:
    without = data()
    del without["one"]
    assert from_data(Tree, without).one == One()
    assert from_data(Leaf, {"name": "a", "share": 1}) == Leaf("a", None, 1.0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"colour": "blue"}, "Tree.colour: 'blue' is unknown to this version"),
        ({"at": "yesterday"}, "Tree.at: 'yesterday' is unknown to this version"),
        ({"at": 7}, "Tree.at: datetime was expected"),
        ({"on": 1}, "Tree.on: bool was expected"),
        ({"one": []}, "Tree.one: an object was expected"),
        ({"one": {"leaves": {}}}, "Tree.one.leaves: a list was expected"),
        ({"one": {"leaves": [{"name": "a"}, {}]}}, "Tree.one.leaves[1]: a field is missing"),
        ({"one": {"leaves": [{"name": "a", "size": True}]}}, "leaves[0].size: int was expected"),
        ({"one": {"leaves": [{"name": None}]}}, "leaves[0].name: str was expected"),
        ({"one": {"leaves": [{"name": "a", "share": "x"}]}}, "share: float was expected"),
    ],
)
def test_what_has_another_shape_is_named_with_its_place(
    changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(Foreign) as caught:
        from_data(Tree, data(**changed))
    assert words in str(caught.value)
    assert str(caught.value).startswith("Tree.")


def test_no_value_without_a_way_to_write_it() -> None:
    with pytest.raises(TypeError, match="no way to write"):
        to_data(object())
    with pytest.raises(TypeError, match="no way to write"):
        to_data(Tree)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "size", "leaves", "one", "write", "units"]), inner
        )
    ),
    max_leaves=8,
)


@given(_JSON, st.sampled_from([Tree, One, Leaf, Plan, Write, UnitRef, WriteState]))
def test_any_data_is_read_or_refused_with_a_reason(found: Any, kind: type[Any]) -> None:
    reason = ""
    try:
        value = from_data(kind, found)
    except Foreign as error:
        reason = str(error)
    if reason:
        assert reason.startswith(kind.__name__)
    else:
        assert from_data(kind, json.loads(json.dumps(to_data(value)))) == value
