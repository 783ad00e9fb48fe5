"""BackupApp: the wizard on a terminal. Shows the screen of the step that the State stands at, and nothing else."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from m365backup_tui.screens.base import Key, WizardScreen
from m365backup_tui.screens.chrome import GO_WRONG_KEY
from m365backup_tui.steps import StepId
from m365backup_tui.terminal.host import TerminalApp, style_paths
from m365backup_tui.terminal.profile import TerminalProfile

if TYPE_CHECKING:
    from textual.screen import Screen

    from m365backup_tui.state import State
    from m365backup_tui.wizard import Wizard

# Step -> module and class, imported when first shown: the first frame needs the welcome page only.
SCREENS: dict[StepId, tuple[str, str]] = {
    StepId.WELCOME: ("welcome", "WelcomeScreen"),
    StepId.SIGN_IN: ("sign_in", "SignInScreen"),
    StepId.PERMISSIONS: ("permissions", "PermissionsScreen"),
    StepId.SUBSCRIPTION: ("subscription", "SubscriptionScreen"),
    StepId.GROUP: ("group", "GroupScreen"),
    StepId.REGION: ("region", "RegionScreen"),
    StepId.PREPARE: ("prepare", "PrepareScreen"),
    StepId.TURN_ON: ("turn_on", "TurnOnScreen"),
    StepId.POLICIES: ("policies", "PoliciesScreen"),
    StepId.REVIEW: ("review", "ReviewScreen"),
    StepId.APPLY: ("apply", "ApplyScreen"),
    StepId.DONE: ("done", "DoneScreen"),
}

_PAGES_ON_TOP = ("policy_detail", "policy_editor", "by_name", "picker", "rule", "coverage")
"""Not needed for the first frame of a quick edit, and soon after it."""

GO_WRONG = Key(GO_WRONG_KEY, "Practice: make something go wrong", do="app.go_wrong")
ACCOUNTS = Key("f8", "Accounts on this host", do="app.accounts")

_AFTER_FIRST_FRAME = 0.05  # seconds

Hook = Callable[[], Awaitable[None]]


def screen_for(at: StepId) -> WizardScreen[State]:
    """A new screen of this step."""
    module, name = SCREENS[at]
    found = importlib.import_module(f"m365backup_tui.screens.{module}")
    screen = getattr(found, name)()
    assert isinstance(screen, WizardScreen)  # noqa: S101 - the table above is ours
    return screen


def _load_screens() -> None:
    """All pages, before they are asked for: on the loop an import costs the next key up to 30 ms."""
    for module in (*(module for module, _ in SCREENS.values()), *_PAGES_ON_TOP):
        importlib.import_module(f"m365backup_tui.screens.{module}")


class BackupApp(TerminalApp[int]):
    """`opened` runs after the first frame: it starts the cloud."""

    CSS_PATH = style_paths("steps.tcss")
    TITLE = "m365backup-tui"

    def __init__(
        self,
        wizard: Wizard,
        profile: TerminalProfile | None = None,
        *,
        opened: Hook | None = None,
    ) -> None:
        super().__init__(profile)
        self.wizard = wizard
        self._after_frame = opened
        self._shown: StepId | None = None
        self._bottom: StepId | None = None
        self._menu: Screen[None] | None = None
        self._moving = asyncio.Lock()
        self._opening: asyncio.Task[None] | None = None

    @property
    def keys_everywhere(self) -> tuple[Key, ...]:
        """The accounts; and what the cloud profile adds: where others can be played, things can be made to go wrong."""
        why = "The connection is still starting: press it again in a moment."
        accounts = replace(ACCOUNTS, enabled=self.wizard.ready, why_not=why)
        if not self.wizard.state.place.stand_in:
            return (accounts,)
        why = "The practice tenant is still starting: press it again in a moment."
        return (accounts, replace(GO_WRONG, enabled=self.wizard.ready, why_not=why))

    def action_accounts(self) -> None:
        """F8: the sign-in page, with who is kept on this host on top of it; Esc leads back to where one was."""
        before = self.wizard.state.at
        self.wizard.go(StepId.SIGN_IN)
        # Not in the key's own turn: it belongs to the page that goes, and nothing would ever end.
        self.call_later(self._show_accounts, before is not StepId.SIGN_IN)

    async def _show_accounts(self, visiting: bool) -> None:
        await self._show()
        show = getattr(self.screen, "open_accounts", None)
        if show is not None:
            await show(visiting=visiting)

    async def action_go_wrong(self) -> None:
        """F9: open the practice menu on top of whatever is shown, and close it again."""
        from m365backup_tui.screens.practice_menu import PracticeMenuScreen

        if self._menu is None:
            self._menu = PracticeMenuScreen()
            await self.open_page(self._menu, self._menu_left)
        elif self.screen is self._menu:
            self._menu.dismiss(None)

    def _menu_left(self, _: None) -> None:
        """A step that came meanwhile is shown now: the menu is not taken from under somebody's hands."""
        self._menu = None
        self.call_later(self._show)

    def get_default_screen(self) -> Screen[Any]:
        """The first page is the bottom of the stack: no empty screen is laid out and sent before it."""
        self._shown = self._bottom = self.wizard.state.at
        return screen_for(self._bottom)

    def on_mount(self) -> None:
        self.wizard.store.watch(self._changed)
        self.call_after_refresh(self._first_frame)

    def _first_frame(self) -> None:
        gc.collect()  # every slotted dataclass leaves a twin behind (20 ms, before anybody can have typed)
        gc.freeze()  # what is left lives as long as the program: never look at it again
        gc.enable()  # see cli.main
        # Only when the first page is on the terminal: what comes now would slow it down.
        self.set_timer(_AFTER_FIRST_FRAME, self._open)

    def _open(self) -> None:
        if self._after_frame is not None and self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._opened(self._after_frame))

    async def _opened(self, hook: Hook) -> None:
        try:
            await hook()
            await asyncio.to_thread(_load_screens)
        except Exception as error:  # whatever it is, the crash handler reports it
            self._handle_exception(error)

    async def finish(self) -> None:
        """After the terminal was given back: end what still runs."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self.wizard.store.close()

    def _changed(self, old: State, new: State) -> None:
        if old.at is not new.at:
            self.call_later(self._show)

    async def _show(self) -> None:
        """Bring the screen of the current step to the front; pages on top of the old one go with it."""
        async with self._moving:
            at = self.wizard.state.at
            if at is self._shown or self._menu is not None:
                return
            self._shown = at
            down_to = 1 if at is self._bottom else 2
            with self.batch_update():
                while len(self.screen_stack) > down_to:
                    await self.pop_screen()
                if at is self._bottom:
                    return
                if len(self.screen_stack) == 2:
                    await self.switch_screen(screen_for(at))
                else:
                    await self.push_screen(screen_for(at))

    def crashed(self, error: BaseException) -> None:
        """A bug in a use case ends the wizard as a bug in a screen does: a report, no locals, what is kept is kept."""
        if isinstance(error, Exception):
            self._handle_exception(error)

    async def on_wizard_screen_back(self, message: WizardScreen.Back) -> None:
        """Esc on a step: one step back; on the first one it asks whether to leave."""
        message.stop()
        before = self.wizard.state.at
        self.wizard.back()
        if self.wizard.state.at is before:
            await self.run_action("screen.leave")
