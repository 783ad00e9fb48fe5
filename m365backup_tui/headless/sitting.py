"""One headless sitting: a store, a session, and the same use cases as on screen, run to their end."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from m365backup_tui.domain.errors import CloudError, NotSignedIn, StepUpNeeded
from m365backup_tui.domain.session import Account
from m365backup_tui.events import Event
from m365backup_tui.headless.problem_lines import as_lines, in_order
from m365backup_tui.options import Options
from m365backup_tui.ports import Tools
from m365backup_tui.seen_keeper import SeenKeeper
from m365backup_tui.session import Session
from m365backup_tui.state import State
from m365backup_tui.store import Store
from m365backup_tui.wizard import Wizard
from m365backup_tui.work import check_access
from m365backup_tui.work.heard import heard

if TYPE_CHECKING:
    from m365backup_tui.domain.policy_file import FileProblem


class Usage(Exception):
    """Exit 2: the command or the file is wrong; the message lists every problem, `problems` those of a file."""

    def __init__(self, message: str, problems: Sequence[FileProblem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[FileProblem]) -> Self:
        """What is wrong with a file, one problem a line."""
        return cls("\n".join(as_lines(problems)), in_order(problems))


class SomebodyMustAct(Exception):
    """Exit 3: not signed in, a role is missing, or the admin center has to be used; the message says what to do."""


class Sitting:
    """`say` narrates on standard error; results are the commands' own business."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.store = Store()
        self.wizard = Wizard(self.store)
        self.told = ""  # what was said last
        self.plays = ""  # the user name of who is played at the browser (practice)
        self._seen = SeenKeeper(self.store, self.folder)
        self._heard: Tools | None = None
        self._session = Session(
            options, self.wizard, "m365backup-tui without a screen", alone=False
        )

    async def __aenter__(self) -> Self:
        if self.options.practice:
            self.say("PRACTICE: this is the built-in practice tenant, not Microsoft's cloud.")
        await self._session.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._seen.end()
        finally:
            await self.store.close()
            await self._session.close()

    @property
    def state(self) -> State:
        return self.store.state

    @property
    def tools(self) -> Tools:
        """Those of the wizard. What they read of policies is kept for the next quick edit and for the shell."""
        if self._heard is None:
            self._heard = heard(self.wizard.tools, self._seen)
        return self._heard

    @property
    def account(self) -> Account:
        """Who is signed in; only after `signed_in` or `checked`."""
        if self.state.signed_in is None:
            raise SomebodyMustAct("Not signed in.")
        return self.state.signed_in.account

    @property
    def folder(self) -> Path:
        """What this cloud keeps on disk."""
        return self.options.folder / self.options.place

    @property
    def may_ask(self) -> bool:
        return sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """A sentence on standard error. Whoever read it may have gone (`| head`): that stops no work."""
        self.told = text
        with suppress(OSError):
            print(text, file=sys.stderr, flush=True)

    async def do(self, work: AsyncIterator[Event]) -> State:
        """The use case to its end, its events into the state."""
        async for event in work:
            self.store.send(event)
        return self.state

    def confirm(self, question: str, option: str = "--yes") -> bool:
        """Asks on a terminal; without one nothing waits (command-line promise)."""
        if self.options.yes:
            return True
        if not self.may_ask:
            raise Usage(f"{question} There is no terminal to ask on: add {option} to agree.")
        from m365backup_tui.headless.interruptible import interruptible

        with interruptible():
            print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
            answer = sys.stdin.readline()
        return answer.strip().lower() in ("y", "yes")

    # --- the first two steps, which every command needs -----------------------------------------------------------

    async def signed_in(self) -> Account:
        """The account of last time; on a terminal a device code; practising with --yes, the first persona."""
        if self.wizard.found is not None:  # the session looks for an account as it opens
            await self.wizard.found
        if self.state.signed_in is None:
            from m365backup_tui.headless.unlocking import unlock

            await unlock(self)
        if self.state.signed_in is None:
            await self._sign_in()
            if self.state.signed_in is not None:
                self.say(self.state.signed_in.home.why)
        if self.state.signed_in is None:
            raise SomebodyMustAct(
                "Not signed in: nothing is kept on this host, or it is no longer accepted. Run `m365backup-tui signin` "
                "on a terminal of this host, then run this again."
                if self.tools.stand_in is None
                else "Not signed in. Add --yes: the practice tenant plays the person who signs in."
            )
        account = self.state.signed_in.account
        self.say(f"Signed in as {account.username} ({account.tenant_name or account.tenant_id}).")
        return account

    async def _sign_in(self, needs: CloudError | None = None) -> None:
        from m365backup_tui.headless.coming_in import come_in

        await come_in(self, needs)

    async def checked(self) -> State:
        """The readiness report. Where Azure wants a sign-in of its own, that comes in between (auth.md 2.4)."""
        account = await self.signed_in()
        state = await self.do(check_access.check(self.tools, account))
        report = state.readiness.value
        if report is not None and isinstance(report.azure_error, NotSignedIn | StepUpNeeded):
            self.say(report.azure_error.what)
            await self._sign_in(report.azure_error)
            state = await self.do(check_access.check(self.tools, account))
        if state.readiness.value is None and state.readiness.error is not None:
            raise state.readiness.error
        return state
