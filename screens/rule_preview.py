"""What a rule would take now, what is not settled about it, and the decision to add it to the draft."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from textual.widget import Widget

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.rule_limits import rule_cautions, rule_problems, rules_that_stay
from m365backup_tui.domain.rule_preview import RulePreview
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views.drafting import draft_named
from m365backup_tui.screens.views.rule_words import looked_words, preview_spans
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import Remote, State

NO_UNITS = (
    "This new policy would begin without a unit of its own. Whether the service takes that is "
    "UNVERIFIED: choose at least one from the list to be sure."
)


class RulePreviewScreen(SubPage):
    """`taken` is True when the rule was put into the draft. With `there` it is in the draft: only looked at."""

    ALONE = True

    def __init__(self, draft: Draft, wish: RuleWish, *, there: bool = False) -> None:
        super().__init__()
        self.taken = False
        self._draft_then = draft
        self._wish = wish
        self._there = there

    def content(self) -> Iterable[Widget]:
        """The rule in words, the counts, what they rest on, what to know."""
        yield Prose(id="rule")
        yield Prose(id="counts", classes="above")
        yield Prose(id="basis", classes="above")
        yield Prose(id="problems", classes="above")
        yield Prose(id="cautions", classes="above")

    # What is shown

    def _draft(self, view: State) -> Draft:
        return draft_named(view, self._draft_then.key) or self._draft_then

    def _preview(self, view: State) -> RulePreview | None:
        found = view.rule_preview.value
        return found if found is not None and found.key == self._wish.key else None

    def _problems(self, view: State) -> tuple[str, ...]:
        if self._there:
            return ()
        read, preview = view.rules.value, self._preview(view)
        mine = read is not None and read.policy_id == self._draft_then.policy_id
        rules = rules_that_stay(read.rules if read and mine else (), self._draft(view).end_rules)
        whole = preview is not None and preview.complete and self._wish.sites is None
        return rule_problems(
            self._wish,
            rules,
            drafted=self._draft(view).rules,
            sizes=preview.groups.as_dict() if preview else None,
            people=preview.people if preview and whole else None,
        )

    def heading(self, view: State) -> str:
        """For which policy."""
        return f"What this rule would take for “{self._draft(view).name}” now."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter adds it; the counting need not be over."""
        problems = self._problems(view)
        add = Key(
            "enter",
            "Add this rule",
            do="take",
            enabled=not problems,
            why_not=problems[0] if problems else "",
        )
        return (
            Key("enter", "Done", do="back") if self._there else add,
            *self.trouble_keys(view),
            Key("r", "Count again", do="reload"),
        )

    def help(self) -> HelpText:
        """How sure this is."""
        return HelpText(
            "The counts are made here from what your account can see now: members of the groups, or names and "
            "addresses of the sites in the list. They are an estimate.",
            "The service decides by its own data when the rule runs. What another policy holds stays there: a "
            "unit is in one policy only.",
        )

    def load(self, state: State) -> None:
        """People can be looked up at once; sites are compared when the list is there."""
        if self._wish.sites is None:
            self.once("look", self._look)
            return
        catalog = state.catalog(self._wish.product)
        whole = catalog.value is not None and catalog.value.complete
        if whole:
            self.once("look", self._look)
        elif catalog.error is not None:
            self.once("look at some", self._look)
        elif not catalog.busy:
            self.once("sites", self._read_sites)

    def waits(self, state: State) -> Remote[Any] | None:
        """The list of sites first, then the counting."""
        if self._wish.sites is not None:
            catalog = state.catalog(self._wish.product)
            if catalog.busy or (catalog.error is not None and not state.rule_preview.busy):
                return catalog
        return state.rule_preview

    def usual(self, state: State) -> str:
        """One need not wait."""
        return "you need not wait for it"

    def render_view(self, view: State) -> None:
        """The counts as they come."""
        super().render_view(view)
        words, preview = self._wish.words, self._preview(view)
        self.query_one("#rule", Prose).show([(f"{words[:1].upper()}{words[1:]}.", "strong")])
        self.query_one("#counts", Prose).show(
            preview_spans(preview, self._wish) if preview else "Not counted yet."
        )
        self._fill("#basis", [looked_words(preview, self._wish)] if preview else [])
        self._fill("#problems", list(self._problems(view)), "error")
        cautions = list(rule_cautions(self._wish))
        if self._draft(view).new and not self._draft(view).add:
            cautions.append(NO_UNITS)
        self._fill("#cautions", cautions)

    def _fill(self, name: str, found: list[str], tone: str = "plain") -> None:
        place = self.query_one(name, Prose)
        place.show([("\n".join(found), tone)])
        place.display = bool(found)

    # What is done

    def action_take(self) -> None:
        """Enter: into the draft."""
        draft = self._draft(self.view)
        self.taken = True
        self.wizard.put_draft(replace(draft, rules=(*draft.rules, self._wish)))
        self.dismiss(None)

    def action_back(self) -> None:
        """Esc: a count that still runs is not wanted any more."""
        if self.view.rule_preview.busy:
            self.wizard.stop_preview()
        super().action_back()

    def _look(self) -> None:
        self.wizard.preview_rule(self._wish, self._draft_then.old_name)

    def _read_sites(self) -> None:
        self.wizard.load_catalog(self._wish.product)

    def action_reload(self) -> None:
        """R: count again."""
        self.again("look", self._look)
