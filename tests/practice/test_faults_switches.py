"""Switching faults on: the catalogue, the words and files they are read from, and when they are due."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given, settings
from hypothesis import strategies as st

from m365backup_tui.practice.faults import CATALOGUE, Faults, read_file, read_words
from m365backup_tui.practice.faults.operations import NAMED, read_operation, strikes
from m365backup_tui.practice.faults.switch import read_fault
from m365backup_tui.practice.scenarios import Scenarios
from m365backup_tui.practice.tenant import open_tenant
from tests.practice.conftest import Controls

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REMOTE = {
    *(f"T{nr}" for nr in range(1, 13)),
    *(f"H{nr}" for nr in range(1, 16)),
    *(f"A{nr}" for nr in range(1, 8)),
    *(f"Z{nr}" for nr in range(1, 11)),
    *(f"B{nr}" for nr in range(1, 23)),
}


class Bench:
    """Switches with a clock of their own."""

    def __init__(self, *wanted: dict[str, Any]) -> None:
        self.meta: dict[str, Any] = {"scenarios": [], "faults": []}
        self.now = NOON
        self.faults = Faults(lambda: self.meta, lambda: self.now)
        for item in wanted:
            self.faults.add(item)

    def due(self, fault_id: str, count: int, path: str = "/v1.0/me") -> list[int]:
        """Which of `count` like requests are struck, counted from 1."""
        return [
            nr
            for nr in range(1, count + 1)
            if self.faults.due(fault_id, make_mocked_request("GET", path))
        ]


def test_every_remote_fault_of_the_list_is_there_and_says_what_it_is() -> None:
    assert CATALOGUE.keys() >= REMOTE
    assert CATALOGUE.keys() - REMOTE == {"A"}
    for known in CATALOGUE.values():
        assert known.says.endswith(".")
        assert known.title
        assert read_fault({"id": known.id})["id"] == known.id


def test_the_nth_request_is_struck_as_often_as_asked() -> None:
    assert Bench({"id": "H3", "nth": 3, "times": 2}).due("H3", 8) == [3, 4]


def test_one_strike_unless_told_otherwise() -> None:
    assert Bench({"id": "H3", "nth": 2}).due("H3", 5) == [2]
    assert Bench({"id": "H3"}).due("H3", 3) == [1, 2, 3]
    assert Bench({"id": "H8"}).due("H8", 3) == [1]


@pytest.mark.parametrize("wanted", [{"every": 5}, {"every": True, "nth": 5}])
def test_every_fifth(wanted: dict[str, Any]) -> None:
    assert Bench({"id": "H1", **wanted}).due("H1", 15) == [5, 10, 15]


def test_the_throttled_scenario_is_every_fifth() -> None:
    bench = Bench()
    Scenarios(lambda: bench.meta, bench.faults).put([{"id": "throttled"}])
    assert bench.due("H1", 15) == [5, 10, 15]


def test_a_rate_strikes_the_same_requests_in_every_run() -> None:
    wanted = {"id": "H5", "rate": 0.3}
    first = Bench(wanted).due("H5", 200)
    assert first == Bench(wanted).due("H5", 200)
    assert 30 <= len(first) <= 90


def test_only_the_operation_is_struck() -> None:
    bench = Bench({"id": "H3", "operation": "GET /v1.0/groups*"})
    assert bench.due("H3", 2, "/v1.0/me") == []
    assert bench.due("H3", 2, "/v1.0/Groups/1") == [1, 2]
    assert bench.faults.due("H3", make_mocked_request("POST", "/v1.0/groups")) is None


def test_two_of_an_id_count_each_for_itself() -> None:
    bench = Bench({"id": "H3", "nth": 2}, {"id": "H3", "nth": 3})
    assert bench.due("H3", 5) == [2, 3]
    assert [fault["seen"] for fault in bench.faults.listing()] == [5, 5]


def test_asking_twice_counts_a_request_once() -> None:
    bench = Bench({"id": "B13", "nth": 1})
    request = make_mocked_request("POST", "/v1.0/solutions/backupRestore/sitePolicies")
    assert bench.faults.due("B13", request)
    assert bench.faults.due("B13", request)
    assert [fault["struck"] for fault in bench.faults.listing()] == [1]


def test_one_that_was_withdrawn_waits_for_the_next_request() -> None:
    bench = Bench({"id": "H5", "nth": 1})
    request = make_mocked_request("GET", "/v1.0/me")
    fault = bench.faults.due("H5", request)
    assert fault is not None
    bench.faults.withdraw(fault, request)
    assert bench.due("H5", 3) == [1]


@pytest.mark.parametrize("fault", ["H6", "H7", "T6"])
def test_what_changes_something_is_meant_unless_a_read_is_named(fault: str) -> None:
    bench = Bench({"id": fault, "nth": 1})
    assert bench.due(fault, 2) == []
    assert bench.faults.due(fault, make_mocked_request("POST", "/v1.0/me"))
    assert Bench({"id": fault, "operation": "read me"}).due(fault, 1) == [1]


@pytest.mark.parametrize("fault", ["B8", "T1"])
def test_a_situation_can_begin_with_the_nth_request_and_stays(fault: str) -> None:
    bench = Bench({"id": fault, "nth": 2, "operation": "read me"})
    there = []
    for path in ("/v1.0/me", "/v1.0/groups", "/v1.0/me", "/v1.0/groups"):
        with bench.faults.judging(make_mocked_request("GET", path)):
            there.append(bench.faults.on(fault) is not None)
    assert there == [False, False, True, True]
    (listed,) = bench.faults.listing()
    assert (listed["seen"], listed["struck"], listed["open"], listed["over"]) == (2, 2, True, False)


def test_counts_outlive_a_new_start(tmp_path: Path) -> None:
    """A fault that was to strike once must not strike again because the server was started again."""
    first = open_tenant(tmp_path, size="SMALL", faults=[read_words("H3 times=1"), {"id": "H1"}])
    assert first.faults.remove(1)  # what comes back gets new numbers, and keeps its own counts
    number = first.faults.add({"id": "H5", "times": 1})
    assert first.faults.due("H5", make_mocked_request("GET", "/v1.0/me"))
    first.faults.counts.keep(first.state.db)
    first.state.save_if_changed()
    before = first.state.canonical()
    first.state.close()
    again = open_tenant(tmp_path)
    listed = {one["id"]: one for one in again.faults.listing()}
    assert number == 3
    assert {key: (one["seen"], one["struck"], one["over"]) for key, one in listed.items()} == {
        "H1": (0, 0, False),
        "H5": (1, 1, True),
    }
    assert again.faults.due("H5", make_mocked_request("GET", "/v1.0/me")) is None
    assert "fault_count" not in before
    again.state.close()


def test_a_time_window_is_on_the_tenants_clock() -> None:
    bench = Bench({"id": "Z4", "after": "PT10M", "for": "PT1H"})
    open_at = []
    for minutes in (0, 9, 10, 69, 70):
        bench.now = NOON + timedelta(minutes=minutes)
        open_at.append(
            (bench.faults.on("Z4") is not None, len(bench.due("Z4", 1, "/subscriptions")))
        )
    assert open_at == [(False, 0), (False, 0), (True, 1), (True, 1), (False, 0)]


def test_what_was_switched_on_survives_a_new_start_and_damage_does_not() -> None:
    bench = Bench({"id": "Z4", "for": "PT1H"}, {"id": "H1", "retry_after": 30})
    stored = json.loads(json.dumps(bench.meta))
    stored["faults"] += [{"id": "made-up"}, {"id": "H1", "nth": "x"}, 5, None]
    again = Faults(lambda: stored, lambda: NOON + timedelta(minutes=30))
    again.recount()
    assert stored == bench.meta
    assert again.on("Z4") is not None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "starts with an id"),
        ("X1", "no fault called 'X1'"),
        ("H1 nth=0", "nth is a whole number from 1"),
        ("H1 nth=1.5", "nth is a whole number from 1"),
        ("H1 times=-1", "times is a whole number from 1"),
        ("H1 every=false nth=no", "nth is a whole number"),
        ("H1 rate=1.1", "rate is a number from 0 to 1"),
        ("H1 rate=NaN", "rate is a number from 0 to 1"),
        ("H1 retry_after=soon", "retry_after is a whole number from 0 to 86400, or absent"),
        ("H1 retry_after_as=words", "retry_after_as is seconds or date"),
        ("H1 operation=create-polcy", "Did you mean 'create policy'"),
        ("H1 operation='FETCH /x'", "'FETCH' is no method"),
        ("H1 for=5", "not a duration"),
        ("H1 for=P200000D", "a hundred years at most"),
        ("H1 nth=1 nth=2", "not one option"),
        ("H9 colour=red", "H9 takes no colour; it takes operation"),
        ("T1 rate=0.5", "T1 takes no rate; it takes operation, nth, after, for"),
        ("T1 operation=graph", "operation goes with nth only"),
        ("B1 operation=list-policies", "operation goes with nth only"),
        ("T1 nth=0", "nth is a whole number from 1"),
        ("H7 status=410", "H7: status is 409 or 412"),
        ("A6 variant=locked", "A6 takes no variant"),
        ("T9 status=99", "status is a whole number from 200 to 599"),
        ("H1 'open", "starts with an id"),
    ],
)
def test_wrong_words_are_refused_naming_field_and_rule(words: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_words(words)


def test_words_and_files_say_the_same(tmp_path: Path) -> None:
    wanted = read_words("H1 operation=create-policy nth=3 retry_after=30 retry_after_as=date")
    assert (wanted["operation"], wanted["nth"], wanted["times"]) == ("create policy", 3, 1)
    yaml = tmp_path / "faults.yaml"
    yaml.write_text(
        "- id: H1\n  operation: create policy\n  nth: 3\n  retry_after: 30\n"
        "  retry_after_as: date\n- {id: T7, rate: 0.1}\n"
    )
    one, two = read_file(yaml)
    assert one == wanted
    assert two["rate"] == 0.1
    as_json = tmp_path / "faults.json"
    as_json.write_text(json.dumps([wanted, two]))
    assert read_file(as_json) == [one, two]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- id: [", "neither YAML nor JSON"),
        ("id: H1", "not a list of faults"),
        ("[{id: H1}, {id: H1, nth: 0}]", "fault 2: nth is a whole number from 1"),
        ("[5]", "fault 1: A fault is an object with an id"),
        ("- !!python/object:os.system {}", "neither YAML nor JSON"),
    ],
)
def test_wrong_files_are_refused_naming_the_entry(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=says):
        read_file(file)


@pytest.mark.parametrize("operation", sorted(NAMED))
def test_named_operations_are_read_and_strike_their_own_requests(operation: str) -> None:
    assert read_operation(operation.replace(" ", "-").upper()) == operation
    method, _, path = NAMED[operation].partition(" ")
    for part, text in (("{id}", "x"), ("{kind}", "site"), ("{version}", "v1.0"), ("{rest}", "a/b")):
        path = path.replace(part, text)
    method = "POST" if method == "*" else method
    assert strikes(operation, method, path)
    assert strikes(operation, method, path.upper() + "/")
    assert not strikes(operation, method, path + "/x/y/z/nothing") or "{rest}" in NAMED[operation]
    assert not strikes(operation, "OPTIONS", path) or NAMED[operation].startswith("*")


@pytest.mark.parametrize("fault", sorted(CATALOGUE))
def test_every_way_to_switch_it_on_means_the_same(tmp_path: Path, fault: str) -> None:
    wanted = read_words(fault)
    file = tmp_path / "faults.yaml"
    file.write_text(f"- id: {fault}\n")
    bench = Bench({"id": fault}, wanted, *read_file(file))
    ways = bench.faults.in_force()
    Scenarios(lambda: bench.meta, bench.faults).put([{"id": fault}])
    ways += bench.faults.in_force()
    assert len(ways) == 4
    assert all({**way, "number": 0} == {**wanted, "number": 0} for way in ways)


def test_a_fault_offers_the_requests_of_its_service() -> None:
    offered = CATALOGUE["Z3"].describe()["requests"]
    assert offered[0] == "arm"
    assert {"create resource group", "register provider"} < set(offered)
    assert not {"graph", "service", "create policy"} & set(offered)
    assert set(CATALOGUE["H1"].describe()["requests"]) > set(NAMED)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(["id", "operation", "nth", "every", "rate", "times", "after", "for", "x"]),
        st.none()
        | st.booleans()
        | st.integers(-2, 3)
        | st.floats()
        | st.sampled_from(["H1", "T3", "service", "GET /", "PT1S", "", "P9W", "\x00"])
        | st.lists(st.integers(), max_size=1),
    )
)
def test_whatever_is_asked_for_is_a_fault_or_refused_in_words(item: dict[str, Any]) -> None:
    try:
        fault = read_fault(item)
    except ValueError as wrong:
        refusal = str(wrong)
    else:
        refusal = ""
    if refusal:
        assert refusal.endswith((".", "?"))
        return
    assert read_fault(fault) == fault
    assert json.loads(json.dumps(fault)) == fault


def test_the_controls_list_add_and_remove(
    fresh_practice: dict[str, Any], controls: Controls
) -> None:
    added = controls.call("POST", "faults", {"id": "H1", "operation": "graph", "retry_after": 2})
    assert (added.status_code, added.json()["number"]) == (201, 1)
    assert controls.call("POST", "faults", {"id": "T7"}).json()["number"] == 2
    found = controls.call("GET", "faults").json()
    assert {known["id"] for known in found["catalogue"]} == CATALOGUE.keys()
    assert [fault["id"] for fault in found["in_force"]] == ["H1", "T7"]
    assert "create policy" in found["operations"]
    assert controls.call("DELETE", "faults/1").status_code == 204
    assert controls.call("DELETE", "faults/1").status_code == 404
    assert controls.call("POST", "faults", {"id": "H1"}).json()["number"] == 3
    assert controls.call("DELETE", "faults").status_code == 204
    assert controls.call("GET", "faults").json()["in_force"] == []
    for method, path, body in (
        ("POST", "faults", {"id": "H1", "nth": 0}),
        ("POST", "faults", []),
        ("DELETE", "faults/one", None),
    ):
        refused = controls.call(method, path, body)
        assert refused.status_code == 400
        assert refused.json()["error"].endswith(".")


def test_every_id_is_a_scenario_too(fresh_practice: dict[str, Any], controls: Controls) -> None:
    controls.scenarios({"id": "H6"}, {"id": "sites-closed"}, {"id": "Z8", "status": "Canceled"})
    listed = controls.call("GET", "scenarios").json()
    assert {one["id"] for one in listed if one["on"]} == {"H6", "sites-closed", "Z8"}
    controls.scenarios(*listed)  # such a list may be sent back as it came
    assert controls.call("GET", "scenarios").json() == listed
    controls.reset()
