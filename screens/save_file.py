"""Save what was done as a policy file for the next tenant, or the plan on screen for who applies it later."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.screens.base import BACK, HelpText, Key
from m365backup_tui.screens.sub_page import HELP_WHILE_TYPING, SubPage
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import Remote, State


class SaveFileScreen(SubPage):
    """Asks where; Enter writes and says where the file is."""

    ALWAYS = (HELP_WHILE_TYPING, BACK)
    PROPOSED = "~/m365backup-policies.yaml"

    def __init__(self) -> None:
        super().__init__()
        self._before: Remote[str] | None = None

    def content(self) -> Iterable[Widget]:
        """The path, then the result."""
        yield Entry("Save to:", self.PROPOSED, validator=_check, patient=True, id="path")
        yield Prose(id="saved")

    def heading(self, view: State) -> str:
        """What the file is."""
        return "Save these policies as a file: names and addresses, no ids, no secrets."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter saves."""
        return (Key("enter", "Save"),)

    def help(self) -> HelpText:
        """What to do with it."""
        return HelpText(
            "A policy file says in YAML which policies there should be and what they protect.",
            "Apply it to this or another tenant with: m365backup-tui apply FILE",
        )

    def on_mount(self) -> None:
        """Straight to the path."""
        self.query_one("#path", Entry).focus()

    def waits(self, state: State) -> Remote[Any] | None:
        """The saving, once it was asked for here."""
        return state.saved if self._before is not None else None

    def render_view(self, view: State) -> None:
        """Where the file is."""
        super().render_view(view)
        saved = view.saved
        there = self._before is not None and saved is not self._before and not saved.busy
        text = f"Saved to {saved.value}. Esc goes back." if there and saved.error is None else ""
        self.query_one("#saved", Prose).show([(text, "ok")])

    def copyable(self) -> str:
        """The path of the file."""
        return self.view.saved.value or ""

    @on(Entry.Entered, "#path")
    def _entered(self, event: Entry.Entered) -> None:
        self._before = self.view.saved
        self.keep(Path(event.value.strip()).expanduser())

    def keep(self, path: Path) -> None:
        """Begin to write the file."""
        self.wizard.save_policy_file(path)


class SavePlanScreen(SaveFileScreen):
    """The same for the plan that the review shows."""

    PROPOSED = "~/m365backup-plan.json"

    def heading(self, view: State) -> str:
        """What the file is."""
        return "Save this plan as a file: exactly these requests, for this tenant, no secrets."

    def help(self) -> HelpText:
        """What to do with it."""
        return HelpText(
            "A saved plan holds every request with names, addresses and ids, and what the tenant looked like.",
            "Somebody else can read it, and apply it to this tenant with: m365backup-tui apply FILE. It is "
            "refused when the tenant has changed since.",
        )

    def keep(self, path: Path) -> None:
        """Begin to write the file."""
        self.wizard.save_plan(path)


def _check(value: str) -> str | None:
    if not value.strip():
        return "Type where to save the file."
    if Path(value.strip()).expanduser().is_dir():
        return "This is a folder: add a file name."
    return None
