"""Garbage is collected once, in the pause after the last key."""

from __future__ import annotations

from collections.abc import Callable

from m365backup_tui.terminal.tidy import PAUSE, Tidy


class Clock:
    """Stands in for `loop.call_later`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[Due] = []

    def later(self, seconds: float, call: Callable[[], object]) -> Due:
        self.due.append(Due(self, self.now + seconds, call))
        return self.due[-1]

    def go(self, seconds: float) -> None:
        self.now += seconds
        for one in [d for d in self.due if d.at <= self.now]:
            self.due.remove(one)
            one.call()


class Due:
    def __init__(self, clock: Clock, at: float, call: Callable[[], object]) -> None:
        self.clock, self.at, self.call = clock, at, call

    def cancel(self) -> None:
        self.clock.due.remove(self)


def test_not_while_keys_keep_coming_then_once() -> None:
    clock, collected = Clock(), []
    tidy = Tidy(clock.later, lambda: collected.append(clock.now))
    for _ in range(10):
        tidy.touch()
        clock.go(PAUSE / 2)
    assert collected == []
    clock.go(PAUSE / 2)
    clock.go(100 * PAUSE)
    assert len(collected) == 1


def test_nothing_after_the_end() -> None:
    clock, collected = Clock(), []
    tidy = Tidy(clock.later, lambda: collected.append(clock.now))
    tidy.touch()
    tidy.stop()
    clock.go(2 * PAUSE)
    assert collected == []
