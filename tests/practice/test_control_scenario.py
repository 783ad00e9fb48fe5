"""`PUT /control/scenarios/{name}`: one scenario on or off, and everything else in force as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.conftest import Controls

Ready = dict[str, Any]


def on(controls: Controls) -> set[str]:
    """The scenarios in force."""
    listed = controls.call("GET", "scenarios").json()
    return {str(s["id"]) for s in listed if s["kind"] == "scenario" and s["on"]}


def faults(controls: Controls) -> list[tuple[str, str]]:
    """Id and operation of the faults in force."""
    listed = controls.call("GET", "faults").json()["in_force"]
    return [(str(fault["id"]), str(fault["operation"])) for fault in listed]


def turn(controls: Controls, name: str, body: Any) -> int:
    """Switch; the status of the answer."""
    status: int = controls.call("PUT", f"scenarios/{name}", body).status_code
    return status


def test_one_is_switched_and_the_rest_stays(fresh_practice: Ready, controls: Controls) -> None:
    controls.call("POST", "faults", {"id": "H4", "operation": "arm"}).raise_for_status()
    assert turn(controls, "sites-closed", {"on": True}) == 204
    assert turn(controls, "throttled", {"on": True}) == 204
    assert on(controls) == {"sites-closed", "throttled"}
    assert faults(controls) == [("H4", "arm"), ("H1", "service")]
    assert turn(controls, "throttled", {"on": True}) == 204  # twice is once
    assert len(faults(controls)) == 2
    assert turn(controls, "throttled", {"on": False}) == 204
    assert on(controls) == {"sites-closed"}
    assert faults(controls) == [("H4", "arm")]


def test_one_whose_fault_is_gone_already_can_still_be_ended(
    fresh_practice: Ready, controls: Controls
) -> None:
    turn(controls, "throttled", {"on": True})
    controls.call("DELETE", "faults").raise_for_status()
    assert turn(controls, "throttled", {"on": False}) == 204
    assert on(controls) == set()


@pytest.mark.parametrize("body", [None, {}, {"on": 1}, {"on": True, "rate": 1}, []])
def test_a_body_that_says_nothing_is_refused_in_a_sentence(
    fresh_practice: Ready, controls: Controls, body: Any
) -> None:
    answer = controls.call("PUT", "scenarios/throttled", body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert on(controls) == set()


def test_nobody_has_this_name(fresh_practice: Ready, controls: Controls) -> None:
    assert turn(controls, "no-such-day", {"on": True}) == 404
