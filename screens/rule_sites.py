"""The words of a rule for sites: typed as plain words, read back as a sentence while they are typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from textual import events, on
from textual.widget import Widget

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.rule_limits import LIMITS, rule_problems, rules_that_stay, word_problem
from m365backup_tui.domain.rules import RuleWish, SiteWish, SiteWord
from m365backup_tui.screens.base import BACK, HelpText, Key
from m365backup_tui.screens.rule_preview import RulePreviewScreen
from m365backup_tui.screens.sub_page import HELP_WHILE_TYPING, SubPage
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import State

_LINES = ("#name", "#address", "#since")


class RuleSitesScreen(SubPage):
    """`taken` is the rule once it is in the draft; `wish` what is typed now."""

    ALONE = True
    ALWAYS = (HELP_WHILE_TYPING, BACK)

    def __init__(self, draft: Draft, sites: SiteWish | None = None) -> None:
        super().__init__()
        self.taken: RuleWish | None = None
        self.wish = RuleWish(draft.product, False, sites=sites or SiteWish())
        self._draft = draft

    def content(self) -> Iterable[Widget]:
        """Three lines, the choice between any and all, and the rule as a sentence."""
        sites = self.wish.sites or SiteWish()
        since = sites.changed_since.isoformat() if sites.changed_since else ""
        yield Entry("Name has:   ", _joined(sites, False), validator=_words_problem, id="name")
        yield Entry("Address has:", _joined(sites, True), validator=_words_problem, id="address")
        yield Entry(
            "Changed on or after:",
            since,
            validator=self._since_problem,
            placeholder="any day, or 2026-01-31",
            id="since",
        )
        yield RowList((Column("", 12), Column("")), id="joint", classes="short")
        yield Prose(id="sentence", classes="above")

    def on_mount(self) -> None:
        """Begin in the first line."""
        self.query_one("#name", Entry).focus()

    # What is shown

    def heading(self, view: State) -> str:
        """What to type."""
        return f"Type words that the sites have; commas between them, {LIMITS.keywords} at most."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter goes on from wherever the cursor is."""
        if isinstance(self.focused, RowList):
            return (Key("enter", "Any or all"), Key("tab", "Next line"))
        return (Key("enter", "See which sites"), Key("tab", "Next line"))

    def help(self) -> HelpText:
        """How the words are read."""
        return HelpText(
            "The rule looks for each word anywhere in the name or the address of a site, in small or capital "
            f"letters. A word has {LIMITS.shortest} to {LIMITS.longest} characters and no quotation marks.",
            "The address is the whole link of the site: a word that is in your tenant's name matches every site.",
            (("Up, Down", "from line to line"),),
        )

    def render_view(self, view: State) -> None:
        """The sentence, or what is wrong."""
        super().render_view(view)
        every = self.wish.sites is not None and self.wish.sites.every
        words = "all of them must be there" if every else "any one of them is enough"
        self.query_one("#joint", RowList).show((Row("joint", ("Words", words)),))
        place = self.query_one("#sentence", Prose)
        problems = self._problems(view)
        empty = self.wish.sites is None or self.wish.sites.condition is None
        if self._wrong_line is not None:
            place.show("")  # the line itself says what is wrong
        elif empty:
            place.show("Nothing is chosen yet. The words you type appear here as a sentence.")
        elif problems:
            place.show([(problems[0], "error")])
        else:
            place.show(f"{self.wish.words[:1].upper()}{self.wish.words[1:]}.")

    @property
    def _wrong_line(self) -> str | None:
        """The first line with an error."""
        return next(
            (line for line in _LINES if self.query_one(line, Entry).error is not None), None
        )

    def _problems(self, view: State) -> tuple[str, ...]:
        read = view.rules.value
        mine = read is not None and read.policy_id == self._draft.policy_id
        there = rules_that_stay(read.rules if read and mine else (), self._draft.end_rules)
        return rule_problems(self.wish, there, drafted=self._draft.rules)

    # What is done

    @on(Entry.Edited)
    def _edited(self) -> None:
        name, address, since = (self.query_one(line, Entry).value for line in _LINES)
        words = (
            *(SiteWord(word) for word in _split(name)),
            *(SiteWord(word, address=True) for word in _split(address)),
        )
        sites = replace(self.wish.sites or SiteWish(), words=words, changed_since=_day(since))
        self.wish = replace(self.wish, sites=sites)
        self.show_view()

    @on(RowList.Chosen, "#joint")
    def _switched(self) -> None:
        sites = self.wish.sites or SiteWish()
        self.wish = replace(self.wish, sites=replace(sites, every=not sites.every))
        self.show_view()

    @on(Entry.Entered)
    async def _entered(self) -> None:
        wrong, problems = self._wrong_line, self._problems(self.view)
        if wrong is not None:
            self.query_one(wrong, Entry).focus()
        elif problems:
            self.say(problems[0], "warn")
        else:
            page = RulePreviewScreen(self._draft, self.wish)
            await self.open(page, lambda _: self._seen(page))

    def _seen(self, page: RulePreviewScreen) -> None:
        if page.taken:
            self.taken = self.wish
            self.dismiss(None)

    async def on_key(self, event: events.Key) -> None:
        """Up and down go from line to line."""
        if event.key == "down":
            self.focus_next()
            event.stop()
        elif event.key == "up":
            self.focus_previous()
            event.stop()

    def _since_problem(self, text: str) -> str | None:
        if not text.strip():
            return None
        day = _day(text)
        if day is None:
            return "Type the day as year-month-day, such as 2026-01-31."
        if day > self.now().date():
            return "This day has not come yet: no site has changed since."
        return None


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _joined(sites: SiteWish, address: bool) -> str:
    return ", ".join(word.text for word in sites.words if word.address is address)


def _words_problem(text: str) -> str | None:
    for word in _split(text):
        problem = word_problem(word)
        if problem is not None:
            return f"“{word}”: {problem}"
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
