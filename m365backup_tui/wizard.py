"""What a person can ask for: every screen and key ends in one of these methods.

Each sends an event to the store or starts a use case there. No screen knows more of the program than this and State.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from m365backup_tui import events as ev
from m365backup_tui import state as st
from m365backup_tui import steps, work
from m365backup_tui.domain.azure import normalise_region
from m365backup_tui.domain.products import Product
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store
from m365backup_tui.wizard_again import AgainWizard
from m365backup_tui.wizard_applications import ApplicationsWizard
from m365backup_tui.wizard_lists import ListWizard
from m365backup_tui.wizard_quick import QuickWizard
from m365backup_tui.wizard_rules import RuleWizard
from m365backup_tui.wizard_sign_in import SignInWizard

if TYPE_CHECKING:
    from m365backup_tui.domain.billing import AzurePlan, Node
    from m365backup_tui.domain.coverage import Kind
    from m365backup_tui.domain.plan import Draft
    from m365backup_tui.domain.policies import Policy
    from m365backup_tui.domain.rehearsal import Change
    from m365backup_tui.domain.run import Run
    from m365backup_tui.domain.units import Candidate
    from m365backup_tui.ports import Tools


class Wizard(QuickWizard, SignInWizard, ApplicationsWizard, AgainWizard, ListWizard, RuleWizard):
    """`tools` may arrive after the first frame (the practice tenant takes a second to start): until then the
    welcome page is all there is, and `ready` is False."""

    def __init__(self, store: Store, tools: Tools | None = None) -> None:
        self.store = store
        self._tools = tools
        self.found: asyncio.Task[None] | None = None  # the search for the account of last time
        self._led: set[StepId] = set()  # where a quick edit went on by itself: once each

    @property
    def state(self) -> st.State:
        return self.store.state

    @property
    def ready(self) -> bool:
        return self._tools is not None

    @property
    def tools(self) -> Tools:
        if self._tools is None:
            raise RuntimeError("the wizard was asked for something before its cloud was there")
        return self._tools

    def equip(self, tools: Tools, place: st.Place) -> None:
        """The cloud is there: look for the account of last time and for an unfinished run."""
        self._tools = tools
        self.store.send(ev.Placed(place))
        self.found = self.store.perform("find-account", work.sign_in.find_account(tools))
        self.found.add_done_callback(self._lead)

    # --- moving ---------------------------------------------------------------------------------------------------

    def start(self, *, quick: bool = False) -> None:
        self.store.send(ev.Started(quick))
        self.next()
        self._go_on()

    def next(self) -> None:
        self.store.send(ev.Went(steps.following(self.state)))

    def go(self, to: StepId) -> None:
        self.store.send(ev.Went(to))

    def back(self) -> None:
        self.store.send(ev.Back())

    # --- permissions ----------------------------------------------------------------------------------------------

    def check_access(self) -> None:
        """Reads everything anew; remembered refusals are forgotten first."""
        if self.state.signed_in is not None:
            account = self.state.signed_in.account
            task = self.store.perform("check", work.check_access.check(self.tools, account))
            task.add_done_callback(self._lead)

    # --- billing --------------------------------------------------------------------------------------------------

    def choose_subscription(self, subscription_id: str) -> None:
        self._answer(replace(self.state.answers, subscription_id=subscription_id))
        self.store.send(ev.Dropped(ev.GROUPS))
        self.store.send(ev.Dropped(ev.PROVIDER))

    def load_groups(self) -> None:
        subscription = self.state.answers.subscription_id
        self.store.perform("groups", work.set_up_billing.load_groups(self.tools, subscription))

    def choose_group(self, name: str, location: str, *, new: bool = False) -> None:
        answers = self.state.answers
        self._answer(
            replace(answers, group=name, group_location=normalise_region(location), new_group=new)
        )

    def load_provider(self) -> None:
        subscription = self.state.answers.subscription_id
        self.store.perform("provider", work.set_up_billing.load_provider(self.tools, subscription))

    def choose_region(self, region: str) -> None:
        answers = self.state.answers
        # A group that does not exist yet is made where the billing lives: one question less.
        location = region if answers.new_group else answers.group_location
        self._answer(replace(answers, region=region, group_location=location))

    @property
    def azure_plan(self) -> AzurePlan:
        return work.set_up_billing.azure_plan(self.state)

    def prepare_azure(self) -> None:
        self.store.perform(
            "prepare", work.set_up_billing.prepare(self.tools, self.state, self.azure_plan)
        )

    # --- turn on --------------------------------------------------------------------------------------------------

    def choose_node(self, node: Node) -> None:
        self._answer(replace(self.state.answers, node=node))

    def accept_terms(self) -> None:
        self.store.perform("terms", work.turn_on.accept_terms(self.tools, self.state))

    def watch_billing(self) -> None:
        """Look now, and go on looking until Graph says that backup is on. Called again: look at once."""
        self.store.perform("billing", work.turn_on.watch(self.tools, self.state))

    def play_admin_center(self) -> None:
        """Takes the place of the running watch and goes on watching itself."""
        self.store.perform("billing", work.turn_on.play_admin_center(self.tools, self.state))

    # --- policies -------------------------------------------------------------------------------------------------

    def load_policies(self) -> None:
        task = self.store.perform("policies", work.browse.load_policies(self.tools))
        task.add_done_callback(self._lead)

    def open_policy(self, policy: Policy) -> None:
        opened = self.state.opened.value
        self.store.perform("opened", work.browse.open_policy(self.tools, policy, opened))

    def search_service(self, product: Product, words: str) -> None:
        """What Microsoft 365 itself finds; a newer search takes the place of an older one."""
        self.store.perform("found", work.browse.search(self.tools, product, words))

    def load_catalog(self, product: Product) -> None:
        """Everything that can be protected; kept for the session, `read again` reads anew."""
        known = self.state.catalog(product).value
        reading = work.browse.load_catalog(self.tools, product, known)
        self.store.perform(f"catalog-{product}", reading)

    def _known(self, product: Product) -> Sequence[Candidate]:
        catalog = self.state.catalog(product).value
        return catalog if catalog is not None and catalog.complete else ()

    def read_coverage(self, *, anew: bool = False) -> None:
        """What no policy protects, what is named twice, what is gone. `anew`: what exists is read again too."""
        self.store.perform("coverage", work.coverage.read(self.tools, self.state, anew=anew))

    def save_coverage(self, product: Product, kinds: Sequence[Kind]) -> None:
        """The units of these kinds, as a file in the person's home."""
        coverage = self.state.coverage.value
        found = coverage.of(product) if coverage is not None else None
        if coverage is not None and found is not None:
            saving = work.coverage_file.save(self.tools, found, kinds, coverage.names, Path.home())
            self.store.perform("coverage-file", saving)

    def put_draft(self, draft: Draft, *, replaces: str = "") -> None:
        self.store.send(ev.DraftPut(draft, replaces))

    def drop_draft(self, key: str) -> None:
        self.store.send(ev.DraftDropped(key))

    # --- plan and apply -------------------------------------------------------------------------------------------

    def make_plan(self) -> None:
        self.store.perform("plan", work.planning.make(self.tools, self.state))

    def apply(self) -> None:
        """Carries out the plan on screen, and no other."""
        plan = self.state.plan.value
        if plan is not None and self.state.signed_in is not None:
            account = self.state.signed_in.account
            self.store.perform("run", work.applying.apply(self.tools, plan, account))

    def resume(self, run: Run) -> None:
        if self.state.signed_in is not None:
            account = self.state.signed_in.account
            self.store.perform("run", work.applying.resume(self.tools, run.id, account))

    def stop(self) -> None:
        """Ends after the write that is on its way; nothing is cut off in the middle."""
        self.tools.runs.ask_to_stop()

    def save_policy_file(self, path: Path) -> None:
        self.store.perform("save", work.exporting.save(self.tools, self.state, path))

    def save_plan(self, path: Path) -> None:
        """The plan on screen as a file that `m365backup-tui apply` carries out."""
        plan = self.state.plan.value
        if plan is not None:
            self.store.perform("save", work.saved_plan.save(self.tools, plan, path))

    # --- practice: make something go wrong -------------------------------------------------------------------------

    def look_at_rehearsal(self) -> None:
        self.store.perform("rehearsal", work.rehearsing.look(self.tools))

    def rehearse(self, change: Change) -> None:
        """Takes effect at once; what is on afterwards is read again."""
        self.store.perform("rehearsal", work.rehearsing.carry_out(self.tools, change))

    def _answer(self, answers: st.Answers) -> None:
        self.store.send(ev.Answered(answers))
