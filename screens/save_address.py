"""Save the address of a browser sign-in as a file that only this user reads."""

from __future__ import annotations

from pathlib import Path

from m365backup_tui.screens.base import HelpText
from m365backup_tui.screens.save_file import SaveFileScreen
from m365backup_tui.state import State
from m365backup_tui.steps import StepId


class SaveAddressScreen(SaveFileScreen):
    """Asks where; the sign-in goes on waiting meanwhile."""

    AT = StepId.SIGN_IN
    PROPOSED = "~/m365backup-sign-in.txt"

    def heading(self, view: State) -> str:
        """What the file is."""
        return "Save the address to open as a file (0600: only you can read it)."

    def help(self) -> HelpText:
        """What to do with it."""
        return HelpText(
            "Copy the file to a computer with a browser, and open the address that is in it.",
            "The address is good for this one attempt. Delete the file afterwards.",
        )

    def keep(self, path: Path) -> None:
        """Begin to write the file."""
        self.wizard.save_address(path)
