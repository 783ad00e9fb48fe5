"""The steps in order: what each needs, when it is complete, and where a resumed wizard begins.

The step bar shows one entry per `bar` word; several steps may share one (choosing a subscription, a group, a region).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m365backup_tui.state import State


class StepId(StrEnum):
    WELCOME = "welcome"
    SIGN_IN = "sign-in"
    PERMISSIONS = "permissions"
    SUBSCRIPTION = "subscription"
    GROUP = "resource-group"
    REGION = "region"
    PREPARE = "prepare-azure"
    TURN_ON = "turn-on"
    POLICIES = "policies"
    REVIEW = "review"
    APPLY = "apply"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """`blocked` says in a sentence why the step cannot be entered, "" when it can. `complete` is derived from
    the state alone, so that it is true again after a restart."""

    id: StepId
    bar: str
    title: str
    blocked: Callable[[State], str]
    complete: Callable[[State], bool]


def _free(_: State) -> str:
    return ""


def _signed_in(state: State) -> str:
    return "" if state.signed_in else "Sign in first."


def _checked(state: State) -> str:
    if blocked := _signed_in(state):
        return blocked
    return "" if state.readiness.value else "The permission check comes first."


def _subscription(state: State) -> str:
    if blocked := _checked(state):
        return blocked
    return "" if state.chosen_subscription else "Choose a subscription first."


def _group(state: State) -> str:
    if blocked := _subscription(state):
        return blocked
    return "" if state.answers.group else "Choose a resource group first."


def _region(state: State) -> str:
    if blocked := _group(state):
        return blocked
    return "" if state.answers.region else "Choose a region first."


def _prepared(state: State) -> str:
    """Turn on can be looked at as soon as it is known to be on; otherwise Azure must be ready."""
    if blocked := _checked(state):
        return blocked
    if state.backup_on:
        return ""
    if blocked := _region(state):
        return blocked
    return "" if state.azure_ready else "Azure is not prepared yet."


def _on(state: State) -> str:
    if blocked := _checked(state):
        return blocked
    return "" if state.backup_on else "Microsoft 365 Backup is not turned on yet."


def _policies(state: State) -> str:
    """What an earlier sitting saw can be looked at; only the review waits until it was read anew."""
    return "" if state.seen else _on(state)


def _drafted(state: State) -> str:
    if blocked := _on(state):
        return blocked
    return "" if state.drafts else "Choose something to protect or change first."


def _running(state: State) -> str:
    if blocked := _signed_in(state):
        return blocked
    return "" if state.run else "Nothing has been applied yet."


def _ran(state: State) -> str:
    if blocked := _running(state):
        return blocked
    return "" if state.run and state.run.over else "The run is still going on."


STEPS: tuple[Step, ...] = (
    Step(StepId.WELCOME, "", "Welcome", _free, lambda s: s.started),
    Step(StepId.SIGN_IN, "Sign in", "Sign in", _free, lambda s: s.signed_in is not None),
    Step(
        StepId.PERMISSIONS,
        "Permissions",
        "Permission check",
        _signed_in,
        lambda s: s.readiness.value is not None,
    ),
    Step(
        StepId.SUBSCRIPTION,
        "Billing",
        "Azure subscription",
        _checked,
        lambda s: s.backup_on or s.chosen_subscription is not None,
    ),
    Step(
        StepId.GROUP,
        "Billing",
        "Resource group",
        _subscription,
        lambda s: s.backup_on or s.answers.group != "",
    ),
    Step(
        StepId.REGION, "Billing", "Region", _group, lambda s: s.backup_on or s.answers.region != ""
    ),
    Step(
        StepId.PREPARE,
        "Billing",
        "Prepare Azure",
        _region,
        lambda s: s.backup_on or s.azure_ready,
    ),
    Step(StepId.TURN_ON, "Turn on", "Billing and Turn on", _prepared, lambda s: s.backup_on),
    Step(
        StepId.POLICIES, "Policies", "Policies", _policies, lambda s: bool(s.drafts) or s.run_done
    ),
    # With new drafts after a run the review is open again: an old run must not lead past it.
    Step(StepId.REVIEW, "Apply", "Review", _drafted, lambda s: s.run is not None and not s.drafts),
    Step(StepId.APPLY, "Apply", "Apply", _running, lambda s: s.run_done),
    Step(StepId.DONE, "Apply", "Done", _ran, lambda s: s.run_done),
)
_INDEX = {step.id: n for n, step in enumerate(STEPS)}


def step(step_id: StepId) -> Step:
    return STEPS[_INDEX[step_id]]


def following(state: State) -> StepId:
    """Where Enter leads: the next step in order that is not complete and can be entered, else the next one."""
    here = _INDEX[state.at]
    for candidate in STEPS[here + 1 :]:
        if not candidate.complete(state) and not candidate.blocked(state):
            return candidate.id
        if not candidate.complete(state):
            break
    after = STEPS[here + 1 :]
    return next((c.id for c in after if not c.blocked(state)), state.at)


def reachable(state: State, wanted: StepId) -> StepId:
    """`wanted`, or the latest earlier step that can be entered: where a resumed wizard begins."""
    for candidate in reversed(STEPS[: _INDEX[wanted] + 1]):
        if not candidate.blocked(state):
            return candidate.id
    return StepId.WELCOME


@dataclass(frozen=True, slots=True)
class BarEntry:
    label: str
    done: bool
    current: bool
    blocked: str


def bar(state: State) -> tuple[BarEntry, ...]:
    """The step bar: an entry is done when all its steps are complete, blocked while none can be entered."""
    entries: list[BarEntry] = []
    here = step(state.at).bar
    for label in dict.fromkeys(s.bar for s in STEPS if s.bar):
        members = [s for s in STEPS if s.bar == label]
        reasons = [s.blocked(state) for s in members]
        entries.append(
            BarEntry(
                label=label,
                done=all(s.complete(state) for s in members),
                current=label == here,
                blocked="" if "" in reasons else reasons[0],
            )
        )
    return tuple(entries)
