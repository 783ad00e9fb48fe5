"""A small wizard step for tests of the frame, the widgets and the driver; no product logic.

`python -m tests.journeys.sample_program` draws it in a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.screens.base import (
    Chrome,
    HelpText,
    Key,
    Link,
    StepMark,
    StepState,
    TitleFacts,
    WizardScreen,
)
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, LazyRows, Row
from m365backup_tui.terminal.host import TerminalApp
from m365backup_tui.terminal.profile import TerminalProfile

COUNT = 200_000
TITLE = TitleFacts(
    tenant="contoso.onmicrosoft.com", account="Alex Wilber (Global Administrator)", practice=True
)
STEPS = (
    StepMark("signin", "Sign in", StepState.DONE),
    StepMark("permissions", "Permissions", StepState.ATTENTION),
    StepMark("billing", "Billing", StepState.CURRENT),
    StepMark("turnon", "Turn on"),
    StepMark("policies", "Policies"),
    StepMark("apply", "Apply", StepState.BLOCKED),
)
NAMES = ("Finance", "財務 North", "Café Ré", "Zażółć", "Sales [draft]")


@dataclass(frozen=True, slots=True)
class Sites:
    """The view-model: which rows are chosen, and whether something is running."""

    chosen: frozenset[str] = frozenset()
    busy: bool = False


class Store:
    """The smallest thing that fulfils `Viewer[Sites]`."""

    def __init__(self) -> None:
        self.value = Sites()
        self.watchers: list[Callable[[Any], None]] = []

    def view(self) -> Sites:
        return self.value

    def subscribe(self, callback: Callable[[Any], None], /) -> Callable[[], None]:
        self.watchers.append(callback)
        return lambda: self.watchers.remove(callback)

    def put(self, value: Sites) -> None:
        self.value = value
        for watcher in list(self.watchers):
            watcher(value)


class SitesScreen(WizardScreen[Sites]):
    """Search, list and a sentence."""

    STEP = "billing"

    def heading(self, view: Sites) -> str:
        return f"Choose the sites to protect. {len(view.chosen)} chosen."

    def keys(self, view: Sites) -> tuple[Key, ...]:
        return (
            Key("enter", "Continue", do="go"),
            Key("space", "Choose"),
            Key(
                "r",
                "Check again",
                do="check_again",
                enabled=not view.busy,
                why_not="Still checking.",
            ),
        )

    def help(self) -> HelpText:
        return HelpText(
            "Choose sites here.",
            "What you leave out is not backed up.",
            (("/", "Search"),),
            (Link("Backup overview", "https://learn.microsoft.com/microsoft-365/backup/"),),
        )

    def body(self) -> Iterable[Widget]:
        yield Entry("Search", validator=no_digits, id="search")
        yield RowList(
            (Column("Site"), Column("Path", 24, drop=1), Column("Size", 9, align="right")),
            boxes=True,
            marks=True,
            header=True,
            id="sites",
        )
        yield Prose("Sites that a rule adds later are protected as well.", id="note")

    def render_view(self, view: Sites) -> None:
        rows = LazyRows(COUNT, lambda index: site(index, view.chosen))
        self.query_one("#sites", RowList).show(rows)

    def explain(self, view: Sites, row_id: str | None) -> str:
        return f"Site {row_id} has not been backed up yet." if row_id else ""

    def copyable(self) -> str:
        return "https://contoso.sharepoint.com/sites/finance"

    @on(RowList.Toggled, "#sites")
    def _toggled(self, event: RowList.Toggled) -> None:
        self.intend(event.row_id)

    def action_go(self) -> None:
        self.say("Went on.", "ok")

    def action_check_again(self) -> None:
        self.say("Checked again.", "ok")


def no_digits(value: str) -> str | None:
    """A validator for tests."""
    return "Leave digits out." if any(char.isdigit() for char in value) else None


def site(index: int, chosen: frozenset[str]) -> Row:
    """Row `index`; every seventh from the fourth on is disabled."""
    return Row(
        str(index),
        (f"{NAMES[index % len(NAMES)]} {index}", f"/sites/s{index}", f"{index}.2 GB"),
        checked=str(index) in chosen,
        mark="ok" if index % 2 else "warn",
        disabled="Already in the policy Projects." if index % 7 == 3 else "",
    )


class SampleApp(TerminalApp[int]):
    """Shows the step; toggles what the step asks for."""

    def __init__(self, profile: TerminalProfile | None = None) -> None:
        super().__init__(profile)
        self.store = Store()
        self.went_back: list[str] = []

    async def on_mount(self) -> None:
        await self.open_page(SitesScreen(self.store, lambda _: Chrome(TITLE, STEPS)))

    @on(WizardScreen.Intent)
    def _intent(self, event: WizardScreen.Intent) -> None:
        view = self.store.view()
        self.store.put(replace(view, chosen=view.chosen ^ {str(event.intent)}))

    @on(WizardScreen.Back)
    def _back(self, event: WizardScreen.Back) -> None:
        self.went_back.append(event.step)

    def key_f9(self) -> None:
        """Break on purpose, with a secret in a local variable."""
        access_token = "eyJhbGciOi.CANARY-SECRET.sig"
        raise RuntimeError(f"service said no to Bearer {access_token}")


def shown(app: TerminalApp[Any]) -> str:
    """What the app shows, a line a row, without blanks at line ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(part.text for part in strip).rstrip() for strip in strips)
