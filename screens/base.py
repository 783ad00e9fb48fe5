"""The base of the wizard's steps: a page that watches a view-model and repaints what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from textual import on
from textual.message import Message

from m365backup_tui.screens.help_text import HelpText, Link
from m365backup_tui.screens.page import BACK, HELP, LEAVE, Page
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.stepbar import StepBar, StepMark, StepRail, StepState
from m365backup_tui.screens.widgets.titlebar import TitleBar, TitleFacts

__all__ = [
    "BACK",
    "HELP",
    "LEAVE",
    "Chrome",
    "HelpText",
    "Key",
    "Link",
    "StepMark",
    "StepState",
    "TitleFacts",
    "Viewer",
    "WizardScreen",
]

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Viewer(Protocol[V_co]):
    """Where a screen looks: the newest view-model, and a call whenever it changed."""

    def view(self) -> V_co:
        """The newest view-model."""
        ...

    def subscribe(self, callback: Callable[[Any], None], /) -> Callable[[], None]:
        """Call `callback(view)` after every change; the returned function ends that."""
        ...


@dataclass(frozen=True, slots=True)
class Chrome:
    """What lines 1 and 2 show: the title facts and the steps with their state."""

    title: TitleFacts = field(default_factory=TitleFacts)
    steps: tuple[StepMark, ...] = ()


class WizardScreen(Page[None], Generic[V]):
    """One step of the wizard. It composes once, and then shows each new view-model.

    A subclass gives `STEP`, `heading`, `keys`, `body`, `render_view` and `help`; it may give
    `status`, `explain`, `copyable` and `chrome`. What the person decides leaves through
    `intend(value)`, a `WizardScreen.Intent` message that the app hands to the store. A change of
    the view is shown once per turn of the loop, in one batch, however many events caused it.

    Example::

        class Billing(WizardScreen[BillingView]):
            STEP = "billing"

            def heading(self, view: BillingView) -> str:
                return "Choose the subscription that pays for the backup."

            def keys(self, view: BillingView) -> tuple[Key, ...]:
                return (
                    Key("enter", "Use this one"),
                    Key("r", "Check again", do="reload", enabled=not view.busy,
                        why_not="The list is still loading."),
                )

            def body(self) -> Iterable[Widget]:
                yield RowList((Column("Subscription"),), marks=True, id="subscriptions")

            def render_view(self, view: BillingView) -> None:
                rows = [Row(s.id, (s.name,), mark="ok") for s in view.subscriptions]
                self.query_one("#subscriptions", RowList).show(rows)

            @on(RowList.Chosen, "#subscriptions")
            def _choose(self, event: RowList.Chosen) -> None:
                self.intend(ChooseSubscription(event.row_id))

            def action_reload(self) -> None:
                self.intend(LoadSubscriptions())
    """

    TITLED = True
    STEP: ClassVar[str] = ""
    """The id of the step in steps.py."""

    class Back(Message):
        """The person pressed Esc; the app decides what lies behind this step."""

        def __init__(self, step: str) -> None:
            super().__init__()
            self.step = step

    class Intent(Message):
        """What the person decided: a plain value for the store."""

        def __init__(self, step: str, intent: object) -> None:
            super().__init__()
            self.step = step
            self.intent = intent

    def __init__(self, viewer: Viewer[V], chrome: Callable[[V], Chrome] | None = None) -> None:
        """`chrome` says what the title and step bars show, unless the subclass overrides it."""
        super().__init__()
        self.viewer = viewer
        self._chrome = chrome
        self._unsubscribe: Callable[[], None] | None = None
        self._due = False

    # What a subclass gives

    def heading(self, view: V) -> str:
        """One sentence: what there is to decide here."""
        return ""

    def keys(self, view: V) -> tuple[Key, ...]:
        """The keys of this step, main thing first."""
        return ()

    def render_view(self, view: V) -> None:
        """Put the view into the widgets; their `show` methods repaint only what changed."""

    def status(self, view: V) -> str:
        """The status line, or the empty string to leave what `say` put there."""
        return ""

    def explain(self, view: V, row_id: str | None) -> str:
        """What the right third says on wide terminals about the row under the cursor."""
        return ""

    def chrome(self, view: V) -> Chrome:
        """What lines 1 and 2 show."""
        return self._chrome(view) if self._chrome else Chrome()

    # What a subclass calls

    def intend(self, intent: object) -> None:
        """Tell the app what the person decided."""
        self.post_message(self.Intent(self.STEP, intent))

    @property
    def view(self) -> V:
        """The newest view-model."""
        return self.viewer.view()

    # How it works

    def page_keys(self) -> tuple[Key, ...]:
        """The keys for the newest view."""
        return self.keys(self.view)

    def on_mount(self) -> None:
        """Show the first view and watch for more."""
        self._unsubscribe = self.viewer.subscribe(self._changed)
        self.show_view()

    def on_unmount(self) -> None:
        """Stop watching."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def on_screen_resume(self) -> None:
        """Show what changed while another page lay on top."""
        self.show_view()

    def _changed(self, *_: object) -> None:
        # A page below another one is shown anew when it comes back: no work for it with every tick above.
        if not self._due and self.is_running and self.is_current:
            self._due = True
            self.call_later(self.show_view)

    def show_view(self) -> None:
        """Show the newest view now, in one batch."""
        self._due = False
        if not self.is_attached or self._unsubscribe is None:
            return
        view = self.view
        with self.app.batch_update():
            chrome = self.chrome(view)
            self.query_one("#title", TitleBar).show(chrome.title)
            self.query_one("#steps", StepBar).show(chrome.steps)
            self.query_one("#rail", StepRail).show(chrome.steps)
            self.head(self.heading(view))
            self.render_view(view)
            status = self.status(view)
            if status:
                self.say(status)
            self.show_keys()
            self._explain(view)
        self.call_after_refresh(self.show_more_below)

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        self._explain(self.view)

    @on(RowList.Refused)
    def _refused(self, event: RowList.Refused) -> None:
        self.say(event.reason, "warn")

    def _explain(self, view: V) -> None:
        row = self.focused.current if isinstance(self.focused, RowList) else None
        text = self.explain(view, row.id if row else None)
        self.query_one("#explains", Prose).show(text)

    def action_back(self) -> None:
        """Esc: ask the app to go one step back."""
        self.post_message(self.Back(self.STEP))
