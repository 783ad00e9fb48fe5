"""Review: everything that will be written, what it costs, what cannot be undone; a typed word starts it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.facts import COUNTED
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.screens.base import BACK, LEAVE, HelpText, Key
from m365backup_tui.screens.save_file import SaveFileScreen, SavePlanScreen
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.sub_page import HELP_WHILE_TYPING
from m365backup_tui.screens.views.plan_words import (
    APPLY,
    asked,
    asks,
    before,
    busy_words,
    irrevocable,
    plan_spans,
    writes_as,
    wrong,
)
from m365backup_tui.screens.views.run_words import since_spans
from m365backup_tui.screens.welcome import progress_of
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.paint import marks_of
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId


class ReviewScreen(StepScreen):
    """Typing is done in one line: first the names of policies that lose units, last the word `apply`."""

    AT = StepId.REVIEW
    ALONE = True
    STEP = str(StepId.REVIEW)
    ALWAYS = (HELP_WHILE_TYPING, BACK, LEAVE)
    AUTO_FOCUS = ""  # the line is focused when it is shown: letters are keys until then

    def __init__(self) -> None:
        super().__init__()
        self._typed = 0  # how many of the asked words were typed
        self._plan_key = ""
        self._drafts: object = None
        self._version = 0  # of the drafts: comparing 100,000 units at every key would be felt
        self._sent = False
        self._run_before: Run | None = None

    def content(self) -> Iterable[Widget]:
        """The plan, then the line to type into."""
        yield Prose(id="plan")
        yield Prose(id="irrevocable")
        yield Prose(id="ask")
        yield Entry(">", validator=self._check, patient=True, id="word")

    def heading(self, view: State) -> str:
        """Nothing has happened yet."""
        if view.plan.error is not None and view.unfinished is not None:
            return (
                f"A run was not finished ({progress_of(view.unfinished)}): Ctrl+G goes on with it. "
                "As a new plan this cannot be applied."
            )
        if view.plan.error is not None:
            return "This cannot be applied: press Esc to change it. Nothing was written."
        if view.plan.value is None:
            return "The plan is being made. That writes nothing."
        return before(view)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter goes on once the word is there."""
        go_on = (Key("ctrl+g", "Go on with the run", do="go_on"),) if view.unfinished else ()
        if view.plan.error is not None:
            again = Key("r", "Make the plan again", do="again")
            return (*go_on, again, *self.trouble_keys(view))
        if view.plan.value is None or view.plan.busy:
            why = "The plan is still being made."
            return (Key("enter", "Apply", enabled=False, why_not=why),)
        word = self._word(view)
        label = "Apply" if word in ("", APPLY) else "Confirm"
        return (
            Key("enter", label),
            *go_on,
            Key("ctrl+o", "Save plan", do="save_plan"),
            Key("ctrl+s", "Policy file", do="save"),
            Key("f5", "Plan again", do="read_again"),
        )

    def help(self) -> HelpText:
        """What happens on Enter."""
        return HelpText(
            "The list of everything that will be written, in this order, and nothing else.",
            "Applying starts when you type apply. Before the first request the policies are read again: if "
            f"somebody changed them meanwhile, nothing is written and you come back here. "
            "The permission to write is asked for then and not before: where it is lacking, nothing is written, and "
            "the page says who can grant it. "
            f"{COUNTED.dated}.",
            (
                ("Esc", "back to the policies; the drafts stay"),
                ("PgDn", "read on in a long plan"),
                ("Ctrl+O", "save exactly this plan, to be read or applied by somebody else"),
                ("Ctrl+S", "save what is wanted as a policy file, for any tenant"),
            ),
        )

    def load(self, state: State) -> None:
        """Make the plan once for these drafts; while a run is going on, its page is the place to be."""
        if state.run is not None and not state.run.over:
            self.wizard.go(StepId.APPLY)
            return
        plan = state.plan
        missing = plan.value is None and plan.error is None and bool(state.drafts)
        if (missing or outdated(state)) and not plan.busy:
            self.once(self._key(state), self.wizard.make_plan)

    def waits(self, state: State) -> Remote[Any] | None:
        """The making of the plan."""
        return state.plan

    def usual(self, state: State) -> str:
        """How long it takes."""
        return "usually a few seconds; nothing is written"

    def at_rest(self, state: State) -> str:
        """After Enter."""
        return "Starting." if self._sent else ""

    def render_view(self, view: State) -> None:
        """The plan and what is to be typed next."""
        super().render_view(view)
        plan, marks = view.plan.value, marks_of(self)
        ready = plan is not None and view.plan.error is None and not view.plan.busy
        for name in ("plan", "irrevocable", "ask", "word"):
            self.query_one(f"#{name}").display = ready
        if not ready:
            self.set_focus(None)
        if plan is None or not ready:
            return
        if self._plan_key != plan.made_at.isoformat():
            self._plan_key, self._typed = plan.made_at.isoformat(), 0
        warn = marks.sign("warn")
        spans = [*since_spans(view, marks.sign("dot")), *plan_spans(plan, warn)]
        if view.unfinished is not None:
            left = (
                f"A run was not finished ({progress_of(view.unfinished)}): Ctrl+G goes on with it"
            )
            spans.insert(0, (f" {warn} {left}\n", "warn"))
        if view.holder.value:
            spans.insert(0, (f" {warn} {busy_words(view.holder.value)}\n", "warn"))
        self.query_one("#plan", Prose).show(spans)
        self.query_one("#irrevocable", Prose).show(irrevocable(plan))
        self.query_one("#ask", Prose).show(
            [(f"\n{writes_as(view)}\n", "plain"), (asked(plan, self._typed), "strong")]
        )
        if self.focused is None:
            self.query_one("#word", Entry).focus(scroll_visible=False)
        if self._sent and view.run is not None and view.run != self._run_before:
            self._sent = False
            self.wizard.next()  # also when it is over already, as one that could not begin

    def _key(self, state: State) -> str:
        if state.drafts is not self._drafts:
            self._drafts, self._version = state.drafts, self._version + 1
        made = state.plan.value.made_at.isoformat() if state.plan.value else ""
        return f"plan:{self._version}:{made}"

    def _word(self, view: State) -> str:
        plan = view.plan.value
        if plan is None:
            return ""
        words = asks(plan)
        return words[min(self._typed, len(words) - 1)]

    def _check(self, typed: str) -> str | None:
        return wrong(self._word(self.view), typed)

    @on(Entry.Edited, "#word")
    def _see(self, event: Entry.Edited) -> None:
        event.entry.scroll_visible(animate=False)

    @on(Entry.Entered, "#word")
    def _entered(self, event: Entry.Entered) -> None:
        view = self.view
        plan = view.plan.value
        if plan is None or self._sent:
            return
        self._typed += 1
        if self._typed < len(asks(plan)):
            event.entry.value = ""
            self.show_view()
            return
        self._sent = True
        self._run_before = view.run
        self.wizard.apply()
        self.say("Starting.")

    def action_go_on(self) -> None:
        """Ctrl+G: the run that was not finished, instead of a new one."""
        self.resume_unfinished()
        self.say("Opening the unfinished run.")

    async def action_read_again(self) -> None:
        """F5: make the plan anew."""
        self.action_again()

    def action_again(self) -> None:
        """R and F5: make the plan anew, for instance after somebody else changed a policy."""
        self._typed = 0
        self.again(self._key(self.view), self.wizard.make_plan)

    async def action_save(self) -> None:
        """Ctrl+S: keep the job as a file."""
        await self.open(SaveFileScreen())

    async def action_save_plan(self) -> None:
        """Ctrl+O: keep exactly this plan as a file."""
        await self.open(SavePlanScreen())


def outdated(state: State) -> bool:
    """True when this plan was tried and the tenant had moved on: only a new plan helps."""
    plan, run = state.plan.value, state.run
    if plan is None or run is None or run.phase is not RunPhase.FAILED or run.written:
        return False
    return run.plan.made_at == plan.made_at
