"""By rule: the three ways to say what a policy protects, explained; and the rules it has, to be ended or run again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleEnd, RuleRun, RuleWish, SiteWish
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views.drafting import draft_named
from m365backup_tui.screens.views.rule_words import (
    Way,
    end_of,
    no_steps,
    rule_meaning,
    rule_state,
    way_meaning,
    way_short,
    why_busy,
)
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State

_COLUMNS = (Column(""), Column("", 26))


class RuleScreen(SubPage):
    """`wants_list` is True when the page was closed by choosing the list: the page below opens its picker then."""

    ALONE = True

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.wants_list = False
        self._draft_then = draft
        self._chosen: dict[bool, tuple[GroupRef, ...]] = {}  # groups ticked and not added yet
        self._sites: SiteWish | None = None  # the same for words
        self._go_to: str | None = None  # row that the cursor goes to: what was just added
        self._out: RuleWish | None = None  # what D took out last

    def content(self) -> Iterable[Widget]:
        """Ways and rules in one list; what the row under the cursor means."""
        yield RowList(_COLUMNS, marks=True, id="rows", classes="short")
        yield Prose(id="meaning", classes="above")

    # What is shown

    @property
    def _product(self) -> Product:
        return self._draft_then.product

    def _draft(self, view: State) -> Draft:
        blank = replace(self._draft_then, rules=(), end_rules=(), run_rules=())
        return draft_named(view, self._draft_then.key) or blank

    def _rules(self, view: State) -> tuple[Rule, ...]:
        """Those that the tenant has, once they are read."""
        read = view.rules.value
        mine = read is not None and read.policy_id == self._draft_then.policy_id
        return read.rules if read is not None and mine else ()

    @property
    def _at(self) -> str:
        row = self.query_one("#rows", RowList).current
        return row.id if row else ""

    def _rule_here(self, view: State) -> Rule | None:
        at = self._at.removeprefix("rule:")
        return next((r for r in self._rules(view) if r.id == at), None)

    def _wish_here(self, view: State) -> RuleWish | None:
        at = self._at.removeprefix("wish:")
        return next((w for w in self._draft(view).rules if w.key == at), None)

    def heading(self, view: State) -> str:
        """Whose choice this is."""
        return f"Say what “{self._draft(view).name}” protects: by a list or by a rule."

    def keys(self, view: State) -> tuple[Key, ...]:
        """What can be done with the row under the cursor."""
        rule, wish = self._rule_here(view), self._wish_here(view)
        again = (Key("r", "Read again", do="reload"),) if self._draft_then.policy_id else ()
        if self._out is not None:  # not U, which ends a rule here
            again = (Key("z", "Put it back", do="put_back"), *again)
        if wish is not None:
            return (Key("enter", "Look"), Key("d", "Take it out", do="take_out"), *again)
        if rule is None:
            return (Key("enter", "Choose this way"), *self.trouble_keys(view), *again)
        busy, end = why_busy(rule), end_of(rule, self._draft(view))
        only_dynamic = "Only a rule that keeps in step can let go of what it holds: remove the units in the list."
        return (
            Key(
                "e",
                "Keep the rule" if end and not end.unprotect else "End, units stay",
                do="end",
                enabled=not busy,
                why_not=busy,
            ),
            Key(
                "u",
                "Keep the rule" if end and end.unprotect else "End, units too",
                do="release",
                enabled=not busy and rule.dynamic,
                why_not=busy or only_dynamic,
            ),
            Key(
                "a",
                "Run again",
                do="run",
                enabled=not busy and not rule.dynamic,
                why_not=busy or "A rule that keeps in step runs by itself, about once a day.",
            ),
            *again,
        )

    def help(self) -> HelpText:
        """The difference once more, and the ends of a rule."""
        return HelpText(
            "A list is what you tick. A rule that runs once is looked up by the service when you apply. "
            "A rule that keeps in step is looked up about once a day and adds and removes by itself.",
            "Whether a rule keeps in step is fixed when it is made. Nothing is written here: rules wait "
            "for the review like everything else.",
            (
                ("E", "end a rule; what it protects stays in the policy"),
                ("U", "end a rule that keeps in step; new backups of what only it holds stop"),
                ("A", "run a rule once more, for what has come since"),
                ("D", "take a rule out that is not applied yet; Z puts it back"),
            ),
        )

    def load(self, state: State) -> None:
        """The rules of an existing policy, once."""
        if self._draft_then.policy_id:
            self.once("rules", self._read)

    def waits(self, state: State) -> Remote[Any] | None:
        """The reading of the rules."""
        return state.rules if self._draft_then.policy_id else None

    def on_mount(self) -> None:
        """Begin in the list."""
        self.query_one("#rows", RowList).focus()

    def render_view(self, view: State) -> None:
        """Ways first, then rules that wait, then those that the tenant has."""
        super().render_view(view)
        draft = self._draft(view)
        ways = [
            Row(
                way,
                (way.words, way_short(way)),
                disabled=no_steps(self._product) if way is Way.STEP else "",
            )
            for way in Way
        ]
        wishes = [
            Row(f"wish:{wish.key}", (_upper(wish.words), "new: waits for the review"), mark="ok")
            for wish in draft.rules
        ]
        rules = [
            Row(
                f"rule:{rule.id}",
                (_upper(rule.words), rule_state(rule, draft)),
                mark="dot",
                tone="warn" if rule.error_code or end_of(rule, draft) else "plain",
            )
            for rule in self._rules(view)
        ]
        self.query_one("#rows", RowList).show((*ways, *wishes, *rules), cursor=self._go_to)
        self._go_to = None
        self._show_meaning(view)

    @on(RowList.Moved, "#rows")
    def _read_row(self) -> None:
        self._show_meaning(self.view)
        self.show_keys()

    def _show_meaning(self, view: State) -> None:
        rule, wish = self._rule_here(view), self._wish_here(view)
        if rule is not None:
            words = rule_meaning(rule, self._draft(view))
        elif wish is not None:
            words = (
                f"{_upper(wish.words)}. It is not in Microsoft 365 yet: it is added when you apply."
            )
        elif self._at in list(Way):
            words = no_steps(self._product) if self._at == Way.STEP else ""
            words = words or way_meaning(Way(self._at), self._product)
        else:
            words = ""
        self.query_one("#meaning", Prose).show(words)

    # What is done

    @on(RowList.Chosen, "#rows")
    async def _chosen_row(self, event: RowList.Chosen) -> None:
        from m365backup_tui.screens.rule_groups import RuleGroupsScreen
        from m365backup_tui.screens.rule_preview import RulePreviewScreen
        from m365backup_tui.screens.rule_sites import RuleSitesScreen

        draft, wish = self._draft(self.view), self._wish_here(self.view)
        if event.row_id == Way.LIST:
            self.wants_list = True
            self.dismiss(None)
        elif event.row_id in (Way.ONCE, Way.STEP) and self._product is Product.SHAREPOINT:
            sites = RuleSitesScreen(draft, self._sites)
            await self.open(sites, lambda _: self._back_from_sites(sites))
        elif event.row_id in (Way.ONCE, Way.STEP):
            dynamic = event.row_id == Way.STEP
            groups = RuleGroupsScreen(draft, dynamic, self._chosen.get(dynamic, ()))
            await self.open(groups, lambda _: self._back_from_groups(groups))
        elif wish is not None:
            await self.open(RulePreviewScreen(draft, wish, there=True))

    def _back_from_groups(self, page: Any) -> None:
        self._chosen[page.dynamic] = () if page.taken else page.groups
        self._added(page.taken)

    def _back_from_sites(self, page: Any) -> None:
        self._sites = None if page.taken else page.wish.sites
        self._added(page.taken)

    def _added(self, wish: RuleWish | None) -> None:
        if wish is not None:
            self._go_to = f"wish:{wish.key}"
            self.show_view()

    def at_rest(self, state: State) -> str:
        """What D just did."""
        return f"Taken out: {self._out.words}. Z puts it back." if self._out is not None else ""

    def action_take_out(self) -> None:
        """D: forget a rule that was not applied yet."""
        wish, draft = self._wish_here(self.view), self._draft(self.view)
        if wish is not None:
            self._out = wish
            self.wizard.put_draft(replace(draft, rules=tuple(w for w in draft.rules if w != wish)))
            self.show_view()

    def action_put_back(self) -> None:
        """Z: the rule that D took out is in the draft again."""
        wish, draft = self._out, self._draft(self.view)
        self._out = None
        if wish is not None and wish not in draft.rules:
            self.wizard.put_draft(replace(draft, rules=(*draft.rules, wish)))
        self._added(wish)

    def action_end(self) -> None:
        """E: end it, or not after all; what it protects stays."""
        self._end(unprotect=False)

    def action_release(self) -> None:
        """U: end it together with what only it holds, or not after all."""
        self._end(unprotect=True)

    def _end(self, *, unprotect: bool) -> None:
        rule, draft = self._rule_here(self.view), self._draft(self.view)
        if rule is None:
            return
        before = end_of(rule, draft)
        others = tuple(end for end in draft.end_rules if end.rule.id != rule.id)
        if before is None or before.unprotect is not unprotect:
            others = (*others, RuleEnd(rule, unprotect))
        run = tuple(r for r in draft.run_rules if r.rule.id != rule.id)
        self.wizard.put_draft(replace(draft, end_rules=others, run_rules=run))

    def action_run(self) -> None:
        """A: run it once more, or not after all."""
        rule, draft = self._rule_here(self.view), self._draft(self.view)
        if rule is None:
            return
        others = tuple(run for run in draft.run_rules if run.rule.id != rule.id)
        if len(others) == len(draft.run_rules):
            others = (*others, RuleRun(rule))
        ends = tuple(end for end in draft.end_rules if end.rule.id != rule.id)
        self.wizard.put_draft(replace(draft, run_rules=others, end_rules=ends))

    def _read(self) -> None:
        self.wizard.load_rules(self._product, self._draft_then.policy_id)

    def action_reload(self) -> None:
        """R: read the rules anew."""
        self.again("rules", self._read)


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]
