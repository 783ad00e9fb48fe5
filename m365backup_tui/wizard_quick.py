"""The way of a quick edit: a part of `Wizard`. It leads by itself to the policies, and shows what was seen last until
that is read anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m365backup_tui import events as ev
from m365backup_tui import work
from m365backup_tui.domain.products import Product
from m365backup_tui.steps import StepId

if TYPE_CHECKING:
    import asyncio

    from m365backup_tui.domain.policies import Policy
    from m365backup_tui.ports import Tools
    from m365backup_tui.state import State
    from m365backup_tui.store import Store

NO_SIGN_IN = "The sign-in of last time does not hold any more: sign in, then it goes on here."


class QuickWizard:
    """Nothing is planned or written from what an earlier sitting saw: the review opens once the check was made."""

    store: Store
    _led: set[StepId]  # where a quick edit went on by itself: once each

    if TYPE_CHECKING:

        @property
        def tools(self) -> Tools: ...
        @property
        def state(self) -> State: ...
        def go(self, to: StepId) -> None: ...
        def check_access(self) -> None: ...
        def load_policies(self) -> None: ...

    def wanted_shown(self) -> None:
        """What the command line named was opened, or why not was told."""
        self.store.send(ev.WantedShown())

    def name_units(self, policy: Policy, words: str, *, removing: bool) -> None:
        """What a name, an address or a list means for this policy; a newer question takes the place of an older."""
        asked = work.by_name.look(self.tools, policy, words, removing=removing)
        self.store.perform("named", asked)

    def _lead(self, done: asyncio.Task[None]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._go_on()

    def _go_on(self) -> None:
        """A quick edit goes from the sign-in to the check and from there to the policies by itself, once each, as
        long as there is nothing to decide: no unfinished run, backup turned on, something to manage."""
        state = self.state
        if state.seen is not None:
            self._read_anew(state)
            return
        if not state.quick or state.at in self._led:
            return
        if state.at is StepId.SIGN_IN and state.signed_in and state.unfinished is None:
            self._led.add(state.at)
            self.go(StepId.PERMISSIONS)
        elif state.at is StepId.PERMISSIONS and state.readiness.value is not None:
            self._led.add(state.at)
            if state.backup_on and state.products:
                self.go(StepId.POLICIES)

    def _read_anew(self, state: State) -> None:
        """The check and the policies, while what was seen last is looked at; the page reads the opened one itself.
        Where that does not work the way is the usual one: sign-in, check, policies."""
        assert state.seen is not None  # noqa: S101 - the caller looked
        began = state.readiness.busy or state.readiness.value or self.store.running("check")
        if state.signed_in is None:
            self._give_up(StepId.SIGN_IN, NO_SIGN_IN)
        elif state.unfinished is not None:
            self._give_up(StepId.SIGN_IN)
        elif state.readiness.error is not None:
            self._give_up(StepId.PERMISSIONS)
        elif not began:
            self.check_access()
            self.load_policies()
        elif state.readiness.value is not None:
            service = state.wanted[0]
            managed = state.products and (not service or Product(service) in state.products)
            if not (state.backup_on and managed):
                self._give_up(StepId.PERMISSIONS)
            elif state.policies.error is None and state.policies.at != state.seen.at:
                self.store.send(ev.SeenEnded())

    def _give_up(self, to: StepId, why: str = "") -> None:
        """The usual way instead; it leads to the policy too. What was marked stays."""
        self.store.send(ev.SeenEnded(kept=False, why=why))
        self.go(to)
