"""Add to a policy, or take out of it, by typing: a name, an address, or the path of a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.base import BACK, HelpText, Key
from m365backup_tui.screens.sub_page import HELP_WHILE_TYPING, SubPage
from m365backup_tui.screens.views.by_name_words import done_words, move_words
from m365backup_tui.screens.views.drafting import change_words, draft_for
from m365backup_tui.screens.views.finding import barred_by, other_drafts, too_many
from m365backup_tui.screens.views.seen_words import why_no_review
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose, Span
from m365backup_tui.state import NamedUnits, Remote, State
from m365backup_tui.steps import StepId


class ByNameScreen(SubPage):
    """Enter looks up what the line says and puts it into the policy's draft, if it means one thing. What other policies
    hold moves only at a second Enter."""

    ALWAYS = (HELP_WHILE_TYPING, BACK)

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        # Typed before there was a sign-in to ask with.
        self._typed_early: tuple[str, bool] | None = None
        # What was known when it was asked; None: nothing is.
        self._before: Remote[NamedUnits] | None = None
        # For these words, at a second Enter.
        self._moves: tuple[str, tuple[Candidate, ...]] = ("", ())
        self._said: list[Span] = []

    def content(self) -> Iterable[Widget]:
        """Two lines, then what came of it and what waits."""
        one = self._policy.product.unit
        like = "a URL" if self._policy.product is Product.SHAREPOINT else "an address"
        hint = f"{_a(one)} by name or {like}, or the path of a list"
        yield Entry("Add:   ", placeholder=hint, id="add")
        yield Entry("Remove:", placeholder=hint, id="remove")
        yield Prose(id="said", classes="above")
        yield Prose(id="wanted", classes="above")

    def heading(self, view: State) -> str:
        """Which policy it is about."""
        return f"Add to {self._policy.product.label} “{self._policy.name}”, or take something out, by typing."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter is for the line that has the cursor."""
        late = why_no_review(view)
        what = "Remove it" if self._removing else "Add it"
        if not self._line.value.strip():
            what = "Done"
        elif self._moves[1] and self._moves[0] == self._line.value:
            what = "Move it here"
        return (
            Key("enter", what),
            Key("tab", "Other line"),
            *self.trouble_keys(view),
            Key(
                "ctrl+r",
                "Review",
                do="review",
                enabled=bool(view.drafts) and not late,
                why_not=late or "Nothing to review yet.",
            ),
        )

    def help(self) -> HelpText:
        """What can be typed."""
        return HelpText(
            "Type a name, or words of it, and press Enter. One match is taken at once; for several, type more of the "
            "name, or the address. A list is a file with one address a line, or a CSV with a column of addresses.",
            "Nothing is sent before the review. What another policy protects moves here only after a second Enter: "
            "until it has joined, no new backups are made of it.",
            (("Enter", "on an empty line: back to the policy"), ("Tab", "from Add to Remove")),
        )

    def on_mount(self) -> None:
        """Begin in the first line."""
        self.query_one("#add", Entry).focus()

    def load(self, state: State) -> None:
        """What was typed before the sign-in was taken up again."""
        if self._typed_early is not None:
            (words, removing), self._typed_early = self._typed_early, None
            self._ask(words, removing=removing)

    def waits(self, state: State) -> Remote[Any] | None:
        """The look-up, once something was asked for here."""
        return state.named if self._before is not None else None

    def render_view(self, view: State) -> None:
        """What came of it, and what waits to be applied."""
        super().render_view(view)
        named = view.named
        came = self._before is not None and named is not self._before and not named.busy
        if came and named.error is None and named.value is not None:
            self._before = None
            self._take(view, named.value)
        draft = draft_for(self.view, self._policy)
        self.query_one("#said", Prose).show(self._said)
        waiting = "" if draft.empty else f"Waiting to be applied: {change_words(draft)}."
        self.query_one("#wanted", Prose).show(waiting)

    # What is done

    @property
    def _removing(self) -> bool:
        line = self.query_one("#remove", Entry)
        return self.focused is not None and line in self.focused.ancestors

    @property
    def _line(self) -> Entry:
        return self.query_one("#remove" if self._removing else "#add", Entry)

    @on(Entry.Edited)
    def _edited(self) -> None:
        self._moves = ("", ())
        self.show_keys()

    @on(Entry.Entered)
    def _entered(self, event: Entry.Entered) -> None:
        words = event.value
        if not words.strip():
            self.dismiss(None)
        elif self._moves[1] and self._moves[0] == words:
            moves, self._moves = self._moves[1], ("", ())
            self._put(self.view, moves, ())
            self._tell(done_words(self._policy.product, moves, (), ()), "ok")
            self._line.value = ""
        elif self.view.waking or not self.wizard.ready:
            self._typed_early = (words, self._removing)
            self._tell("Your sign-in is being taken up again; then it is looked up.", "plain")
        else:
            self._ask(words, removing=self._removing)

    def _ask(self, words: str, *, removing: bool) -> None:
        self._said, self._before = [], self.view.named
        self.wizard.name_units(self._policy, words, removing=removing)

    def _take(self, view: State, found: NamedUnits) -> None:
        """What was found goes into the draft; what speaks against the rest is said."""
        barred = barred_by(other_drafts(view, draft_for(view, self._policy)))
        add = tuple(unit for unit in found.add if unit.key not in barred)
        problems = list(found.problems)
        problems += [f"{u.name}: {barred[u.key]}" for u in found.add if u.key in barred]
        moves = tuple(unit for unit in found.moves if unit.key not in barred)
        self._moves = (found.words, moves) if moves else ("", ())
        if reason := self._put(view, add, found.remove):
            problems, add = [reason, *problems], ()
        said: list[Span] = []
        if add or found.remove:
            words = done_words(self._policy.product, add, found.remove, found.notes)
            said.append((words, "ok"))
        elif found.notes and not problems and not moves:
            said.append((" ".join(found.notes), "plain"))
        if moves:
            said.append((move_words(moves), "warn"))
        said += [(problem, "warn") for problem in problems]
        self._said = [(f"{text}\n", tone) for text, tone in said]
        line = self.query_one("#remove" if found.removing else "#add", Entry)
        if not problems and not moves and line.value == found.words:
            line.value = ""

    def _put(self, view: State, add: tuple[Candidate, ...], remove: tuple[Any, ...]) -> str:
        """Into the draft, each once; why not, where the policy would hold too many."""
        draft: Draft = draft_for(view, self._policy)
        keys, ids = {unit.key for unit in draft.add}, {unit.id for unit in draft.remove}
        fresh = tuple(unit for unit in add if unit.key not in keys)
        gone = tuple(unit for unit in remove if unit.id not in ids)
        held = self._policy.counts.total if self._policy.counts else 0
        count = held + len(draft.add) + len(fresh) - len(draft.remove) - len(gone)
        if fresh and (reason := too_many(self._policy.product, count)):
            return reason
        if fresh or gone:
            changed = replace(draft, add=(*draft.add, *fresh), remove=(*draft.remove, *gone))
            self.wizard.put_draft(changed)
        return ""

    def _tell(self, words: str, tone: str) -> None:
        self._said = [(words, tone)]
        self.show_view()

    def action_review(self) -> None:
        """Ctrl+R: straight to the review."""
        self.wizard.go(StepId.REVIEW)


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
