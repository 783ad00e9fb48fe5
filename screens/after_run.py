"""What can be done once a run is over: try the failed again, save them as a list, undo. For Apply and Done alike."""

from __future__ import annotations

from typing import Any

from m365backup_tui.domain.again import lost_count, retriable
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.screens.again import AgainScreen
from m365backup_tui.screens.base import Key
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views.run_words import refused
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.state import Remote, State


class AfterRunScreen(StepScreen):
    """A page that shows a run. Its keys only once the run is over."""

    def __init__(self) -> None:
        super().__init__()
        self._file_before: Remote[str] | None = None

    def after_keys(self, run: Run | None) -> tuple[Key, ...]:
        """T, G and X where there is something to try or to save; U where something was done."""
        if run is None or not run.over:
            return ()
        keys: list[Key] = []
        if run.phase is RunPhase.PARTLY and (count := retriable(run)):
            keys.append(Key("t", f"Try {count:,} again", do="try_again"))
        if run.phase is RunPhase.PARTLY and (requests := len(refused(run))):
            what = "request" if requests == 1 else "requests"
            keys.append(Key("g", f"Send {requests:,} {what} again", do="send_again"))
        if count := lost_count(run):
            keys.append(Key("x", f"Save {count:,} as CSV", do="save_failed"))
        if run.finished and run.written:
            keys.append(Key("u", "Undo this run", do="undo"))
        return tuple(keys)

    def waits(self, state: State) -> Remote[Any] | None:
        """The writing of the list, once it was asked for here."""
        return state.failed_file if self._file_before is not None else None

    def saved_spans(self, view: State) -> list[Span]:
        """Where the list is, in the tone of news."""
        saved = view.failed_file
        if self._file_before is None or saved is self._file_before or saved.busy or saved.error:
            return []
        return [(f"Saved to {saved.value}. The page for lists (I) reads it again.\n", "ok")]

    async def action_try_again(self) -> None:
        """T: just the units that were refused, as a plan of their own."""
        await self._open_again(undo=False)

    async def action_undo(self) -> None:
        """U: reverse the run, as a plan of its own."""
        await self._open_again(undo=True)

    async def _open_again(self, *, undo: bool) -> None:
        if self.view.run is not None:
            await self.open(AgainScreen(self.view.run, undo=undo))

    def action_send_again(self) -> None:
        """G: the requests that were refused as a whole; the state leads back to the run's page."""
        if self.view.run is not None:
            self.wizard.resume(self.view.run)

    def action_save_failed(self) -> None:
        """X: what did not make it, with reasons, as a list."""
        if self.view.run is not None:
            self._file_before = self.view.failed_file
            self.wizard.save_failed(self.view.run)
