"""A practice tenant's list of what can go wrong, by hand: short, with one of every kind."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.rehearsal import (
    EarlyReturn,
    Extra,
    InForce,
    Mishap,
    Rehearsal,
)
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW

REQUESTS = ("graph", "arm", "entra", "service", "any", "create policy", "change policy")
THROTTLED = Mishap(
    "H1",
    "Too many requests",
    "The service asks the caller to slow down and come back later (429).",
    "any",
    "service",
    extras=(Extra("retry_after", "seconds of Retry-After", "a whole number from 0 to 86400", "1"),),
)
PROVIDER = Mishap(
    "Z3",
    "Provider never registers",
    "The resource provider stays in the state Registering.",
    "arm",
    "arm",
    lasting=True,
)
BLOCKED = Mishap(
    "A3",
    "Conditional Access blocks",
    "A rule of the organization forbids this sign-in (AADSTS53003).",
    "entra",
    "entra",
)
CLOSED = Mishap(
    "reports-concealed",
    "Names concealed",
    "Usage reports hide the names of people and sites.",
    named=True,
)
QUIET = Rehearsal((CLOSED, THROTTLED, BLOCKED, PROVIDER), REQUESTS)
BUSY = replace(
    QUIET,
    in_force=(
        InForce(1, "H1", "Too many requests", "service", times=1, over=True, seen=4, struck=1),
        InForce(2, "A3", "Conditional Access blocks", "entra", every=True, nth=3, seen=2),
    ),
    early=(EarlyReturn("GET /v1.0/sites", 2, 1.5),),
)


def at(rehearsal: Rehearsal | None, base: State | None = None) -> State:
    """A step on the practice tenant, with this list read already."""
    state = base or states.permissions(states.report(), place=states.PRACTICE)
    return replace(state, rehearsal=Remote(rehearsal, NOW) if rehearsal else Remote())
