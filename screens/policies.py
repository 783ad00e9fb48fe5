"""Policies: what is protected today, what you are about to change, and what you could add."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.facts import FIRST_POINTS, PRICE, RPO
from m365backup_tui.domain.last_seen import not_there, policy_named
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.base import HelpText, Key, Link
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views.policy_rows import (
    REVIEW,
    about,
    headline,
    next_row,
    policy_rows,
    why_not_managed,
)
from m365backup_tui.screens.views.seen_words import SIGNING_IN, as_it_was, why_no_review
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_COLUMNS = (
    Column("Product", 10),
    Column("Policy", 20),
    Column("State"),
)
_HOW = (
    "A policy says which accounts, sites or mailboxes are backed up. Enter opens one or makes a new "
    "one. Nothing is written to Microsoft 365 until you confirm it on the review page."
)


class PoliciesScreen(StepScreen):
    """One list for everything; new policies and changes become drafts, and V reviews them."""

    AT = StepId.POLICIES
    STEP = str(StepId.POLICIES)
    SHORT = True

    def __init__(self) -> None:
        super().__init__()
        self._forgotten: Draft | None = None
        self._read = False  # whether the policies are listed
        self._not_there = ""  # what the command line named and the tenant has not got

    def content(self) -> Iterable[Widget]:
        """The list, and under it what a policy is."""
        yield RowList(_COLUMNS, marks=True, header=True, id="policies")
        yield Prose(_HOW, classes="about")

    def heading(self, view: State) -> str:
        """Where the person is; before that what became of what the command line named."""
        old = as_it_was(view, view.policies) if view.seen else ""
        parts = (self._not_there, headline(view), old)
        return " ".join(part for part in parts if part)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter opens; V goes on once there is something to review."""
        change = self._draft_here(view)
        row = self.query_one("#policies", RowList).current
        ran = view.run is not None and view.run.over
        return (
            Key("enter", "Review" if row and row.id == REVIEW else "Open"),
            *self.trouble_keys(view),
            Key(
                "v",
                "Review",
                do="review",
                enabled=bool(view.drafts) and not why_no_review(view),
                why_not=why_no_review(view)
                or "Nothing to review yet: press Enter on a row and choose something.",
            ),
            Key("k", "Coverage", do="coverage", enabled=not view.waking, why_not=SIGNING_IN),
            *((Key("l", "Last run", do="last_run"),) if ran else ()),
            Key(
                "x",
                "Forget",
                do="forget",
                enabled=change is not None,
                why_not="There is no change to forget on this row.",
            ),
            Key(
                "u",
                "Undo forget",
                do="undo",
                enabled=self._forgotten is not None,
                why_not="Nothing was forgotten.",
            ),
            Key("r", "Read again", do="reload", enabled=not view.waking, why_not=SIGNING_IN),
        )

    def help(self) -> HelpText:
        """What policies are."""
        links = self.view.place.links
        return HelpText(
            "The policies of your tenant and the changes that you are preparing.",
            f"{RPO.dated}. {FIRST_POINTS.dated}. A unit can be in one policy only. "
            f"Charged are protected gigabytes: {PRICE.dated}.",
            (
                ("X", "forget the change of this row (U brings it back)"),
                ("K", "what nothing protects, what is named twice, what is gone"),
                (
                    "L",
                    "what the last run did, to try the failed again or undo it; once there was one",
                ),
            ),
            (Link("Policies in the admin center", links.policies),) if links.policies else (),
        )

    def load(self, state: State) -> None:
        """Read the policies when they are missing, or older than the run that changed them."""
        if stale(state):
            # Once for each run and each person: as the first page of a quick edit this one stays for the sitting.
            who = state.signed_in.account.object_id if state.signed_in else ""
            run = state.run.id if state.run else ""
            self.once(f"policies {who} {run}", self.wizard.load_policies)

    def waits(self, state: State) -> Remote[Any] | None:
        """The reading of policies."""
        return state.policies

    def usual(self, state: State) -> str:
        """How long it takes."""
        return "usually a few seconds"

    def at_rest(self, state: State) -> str:
        """What X just did."""
        if self._forgotten is not None:
            return f"Forgotten: {self._forgotten.name}. U brings it back."
        return ""

    def explain(self, view: State, row_id: str | None) -> str:
        """All about one row, on wide terminals."""
        return about(view, row_id) or _HOW

    def render_view(self, view: State) -> None:
        """The list from the state."""
        super().render_view(view)
        rows = policy_rows(view)
        arrived = not self._read and view.policies.value is not None
        self._read = self._read or arrived
        # What was read comes above "New policy": the cursor begins at the top, not where that row was pushed to.
        listing = self.query_one("#policies", RowList)
        listing.show(rows, cursor=rows[0].id if arrived and listing.cursor == 0 else None)
        if view.policies.value is not None and view.wanted[0] and not view.wanted_shown:
            self._show_wanted(view, view.policies.value)

    def _show_wanted(self, view: State, policies: tuple[Policy, ...]) -> None:
        """What the command line named: the policy's page, or the cursor at the service and why not."""
        service, name = view.wanted
        product = Product(service)
        found = policy_named(policies, product, name) if name else None
        reason = why_not_managed(view, product)
        if found is not None and reason:
            self._not_there = f"{product.label} “{found.name}” is not opened. {reason}"
        elif found is not None:
            self._not_there = ""
            self.call_later(self._open_policy, found)
        elif name:
            self._not_there = not_there(policies, product, name)
        rows = policy_rows(view)
        mine = [row for row in rows if row.cells and str(row.cells[0]) == product.label]
        here = next((row for row in rows if found and row.id == f"policy:{found.id}"), None)
        if (row := here or next(iter(mine), None)) is not None:
            self.query_one("#policies", RowList).show(rows, cursor=row.id)
        self.wizard.wanted_shown()

    @on(RowList.Moved, "#policies")
    def _here(self) -> None:
        self.show_keys()

    @on(RowList.Chosen, "#policies")
    async def _open(self, event: RowList.Chosen) -> None:
        kind, _, rest = event.row_id.partition(":")
        if kind == REVIEW:
            self.action_review()
        elif kind == "new":
            await self._edit(Product(rest))
        elif kind == "draft":
            draft = next((d for d in self.view.drafts if d.key == rest), None)
            if draft is not None:
                await self._edit(draft.product, draft.key)
        elif (policy := self._policy(rest)) is not None:
            await self._open_policy(policy)

    async def _edit(self, product: Product, key: str = "") -> None:
        if self.view.waking:
            self.say(SIGNING_IN, "warn")
            return
        from m365backup_tui.screens.policy_editor import PolicyEditorScreen

        await self.open(PolicyEditorScreen(product, key), lambda _: self._after(product))

    async def _open_policy(self, policy: Policy) -> None:
        from m365backup_tui.screens.policy_detail import PolicyDetailScreen

        await self.open(PolicyDetailScreen(policy))

    def _after(self, product: Product) -> None:
        """A policy was made: the cursor waits at what is probably next. Nothing chosen: it stays."""
        view = self.view
        if any(d.product is product and d.add for d in view.drafts):
            rows = policy_rows(view)
            self.query_one("#policies", RowList).show(rows, cursor=next_row(view, product))
        else:
            self.say("Nothing was chosen, so nothing was kept.")

    def _policy(self, policy_id: str) -> Policy | None:
        return next((p for p in self.view.policies.value or () if p.id == policy_id), None)

    def _draft_here(self, view: State) -> Draft | None:
        row = self.query_one("#policies", RowList).current
        kind, _, rest = row.id.partition(":") if row else ("", "", "")
        for draft in view.drafts:
            if (kind == "draft" and draft.key == rest) or (
                kind == "policy" and draft.policy_id == rest
            ):
                return draft
        return None

    def action_review(self) -> None:
        """V: to the review."""
        if reason := why_no_review(self.view):
            self.say(reason, "warn")
        else:
            self.wizard.next()

    def action_last_run(self) -> None:
        """L: what the last run did; Esc leads back here."""
        self.wizard.go(StepId.DONE)

    def action_reload(self) -> None:
        """R: read the policies anew."""
        self.again("policies", self.wizard.load_policies)

    async def action_coverage(self) -> None:
        """K: what is protected, and what is not."""
        from m365backup_tui.screens.coverage import CoverageScreen

        await self.open(CoverageScreen())

    def action_forget(self) -> None:
        """X: drop the change of this row; U brings it back."""
        draft = self._draft_here(self.view)
        if draft is not None:
            self._forgotten = draft
            self.wizard.drop_draft(draft.key)

    def action_undo(self) -> None:
        """U: bring back what X dropped."""
        if self._forgotten is not None:
            draft, self._forgotten = self._forgotten, None
            self.wizard.put_draft(draft)


def stale(state: State) -> bool:
    """True when the policies must be read: never read, or read before the last run ended."""
    read = state.policies
    if read.value is None or read.at is None:
        return not read.busy and read.error is None
    ended = state.run.ended if state.run else None
    return ended is not None and read.at < ended and not read.busy
