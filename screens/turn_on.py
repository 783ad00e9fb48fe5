"""Turn on: terms, the hand-over to the admin center with every value, and watching until Graph says yes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.facts import BUDGET, SUBSCRIPTION_FIXED, TERMS_M365
from m365backup_tui.screens.help_text import HelpText, Link
from m365backup_tui.screens.link_page import LinkPage
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views import turn_on as shown
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.paint import marks_of
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.words import clock_time
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_SIGNS = ("ok", "warn", "no", "dot")


class TurnOnScreen(StepScreen):
    """Only looks: there is no public call that turns first-party backup on (admin-center.md 1.5)."""

    STEP = AT = StepId.TURN_ON
    ALONE = True

    def content(self) -> Iterable[Widget]:
        """Terms, or the way and what was seen of it."""
        yield Prose(id="way")
        yield Prose(id="seen")
        yield Prose(id="patience")

    def heading(self, view: State) -> str:
        """Where you are."""
        return shown.heading(view)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Accept, look, and on the practice tenant play the admin center."""
        if shown.by_third_party(view):
            return (Key("r", "Look again", do="look"), *self.trouble_keys(view))
        if view.backup_on:
            return (Key("enter", "Continue", do="go_on"),)
        if view.answers.terms_at is None:
            why = "Press A to accept the terms first."
            return (
                Key("a", "Accept the terms", do="accept"),
                Key("q", "QR code", do="picture"),
                Key("enter", "Continue", enabled=False, why_not=why),
            )
        keys = [
            *self.trouble_keys(view),
            Key("r", "Look now", do="look"),
            Key("n", "Other way", do="node"),
            Key("q", "QR code", do="picture"),
            Key(
                "enter",
                "Continue",
                do="go_on",
                enabled=False,
                why_not="Not yet: Microsoft Graph does not say that backup is on.",
            ),
        ]
        if view.place.stand_in:
            keys.insert(0, Key("t", "Play it", do="play"))
        return tuple(keys)

    def load(self, state: State) -> None:
        """Watch, once the terms are accepted."""
        accepted = state.answers.terms_at is not None
        if accepted and not state.backup_on and not shown.by_third_party(state):
            if state.billing.busy or state.billing.error is not None:
                return
            self.once("watch", self.wizard.watch_billing)

    def waits(self, state: State) -> Remote[Any] | None:
        """The looks at Azure and Graph."""
        return state.billing

    def at_rest(self, state: State) -> str:
        """When the terms were accepted."""
        at = state.answers.terms_at
        return f"Terms accepted at {clock_time(at)}." if at and not state.backup_on else ""

    def render_view(self, view: State) -> None:
        """Terms first; then the way and what was seen; in the end that it is on."""
        super().render_view(view)
        third, on = shown.by_third_party(view), view.backup_on
        handing_over = not (third or on) and view.answers.terms_at is not None
        way = self.query_one("#way", Prose)
        if third:
            way.show(shown.third_party())
        elif on:
            way.show("Policies can be made now. Press Enter to choose what to protect.")
        else:
            way.show(shown.path(view) if handing_over else shown.terms())
        seen = self.query_one("#seen", Prose)
        seen.display = handing_over or (on and view.billing.value is not None)
        width = marks_of(self).width
        signs = {name: self.sign(name).ljust(width) for name in _SIGNS}
        seen.show(shown.seen_spans(view, signs))
        patience = self.query_one("#patience", Prose)
        patience.display = handing_over
        patience.show(shown.patience())

    def copyable(self) -> str:
        """The terms while they are to be accepted, then the link into the admin center."""
        view = self.view
        if view.backup_on or shown.by_third_party(view):
            return ""
        return shown.link(view) if view.answers.terms_at else TERMS_M365.text

    async def action_picture(self) -> None:
        """Q: the link as a QR code, for another device."""
        view = self.view
        title = "Open the admin center" if view.answers.terms_at else "Read the terms"
        await self.open(LinkPage(f"{title} on another device.", self.copyable()))

    def action_accept(self) -> None:
        """A: note that the terms were accepted here."""
        self.wizard.accept_terms()

    def action_node(self) -> None:
        """N: the other of the two ways through the admin center."""
        other = Node.SETUP if self.view.answers.node is Node.BILLING else Node.BILLING
        self.wizard.choose_node(other)

    def action_look(self) -> None:
        """R: look now."""
        self.again("watch", self.wizard.watch_billing)

    def action_play(self) -> None:
        """T: on the practice tenant, do what a person does in the admin center."""
        self._begun.add("watch")
        self.wizard.play_admin_center()

    def action_go_on(self) -> None:
        """Enter: the next step."""
        self.wizard.next()

    def kept(self) -> str:
        """Leaving while the admin center works."""
        return (
            "Your answers are kept. What you did in the admin center goes on without the wizard; "
            "come back at any time and it looks again."
        )

    def help(self) -> HelpText:
        """Why the admin center, and which of the two ways."""
        return HelpText(
            "Microsoft offers no public call that turns Microsoft 365 Backup on for its own tools. "
            "The wizard shows the way, the values and what it has seen so far, and goes on when "
            "Microsoft Graph answers.",
            "Two ways exist. Organisations that start after 2026-04-01 use Billing > Pay-as-you-go; "
            "those from before may still have it under Setup. N switches between them. "
            f"{SUBSCRIPTION_FIXED.dated}. {BUDGET.dated}.",
            (),
            (
                Link("Admin center, newer way", self.view.place.links.billing_node),
                Link("Admin center, older way", self.view.place.links.setup_node),
            ),
        )
