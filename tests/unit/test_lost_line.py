"""A terminal that is gone: output is let go, the app is told once, and closing waits for nobody."""

from __future__ import annotations

import queue
import threading
from typing import Any

from textual.driver import Driver

from m365backup_tui.terminal.lost_line import lasting


class Writer(threading.Thread):
    """Like Textual's output thread: reads a small queue until it is told to end, or dies on its terminal."""

    def __init__(self, room: int, *, dies: bool) -> None:
        super().__init__(daemon=True)
        self._queue: queue.Queue[str | None] = queue.Queue(room)
        self.dies = dies
        self.written: list[str] = []

    def run(self) -> None:
        while (text := self._queue.get()) is not None:
            if self.dies:
                return
            self.written.append(text)


class App:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def exit(self, **how: Any) -> None:
        """Only named, never called here."""

    def call_later(self, _call: Any, **how: Any) -> None:
        self.calls.append(how)


class Base(Driver):
    """A platform driver whose writes would block: none may reach it."""

    def __init__(self, app: App, writer: Writer) -> None:
        self._app = app  # type: ignore[assignment]  # a stand-in
        self._writer_thread = writer

    def write(self, data: str) -> None:
        raise AssertionError("went round the guard")

    def start_application_mode(self) -> None: ...
    def disable_input(self) -> None: ...
    def stop_application_mode(self) -> None: ...


def driver_with(writer: Writer) -> tuple[Driver, App]:
    app = App()
    return lasting(Base)(app, writer), app  # type: ignore[arg-type, call-arg]  # a stand-in


def test_output_goes_through_in_order_while_the_terminal_is_there() -> None:
    writer = Writer(2, dies=False)
    writer.start()
    driver, app = driver_with(writer)
    for n in range(50):
        driver.write(str(n))
    driver.close()
    assert writer.written == [str(n) for n in range(50)]
    assert app.calls == []


def test_a_dead_terminal_blocks_nothing_and_ends_the_app_once() -> None:
    writer = Writer(2, dies=True)
    writer.start()
    driver, app = driver_with(writer)
    for n in range(50):
        driver.write(str(n))
    driver.close()
    assert app.calls == [{"return_code": 130}]
