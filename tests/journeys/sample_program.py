"""The sample step as a program, started as the product is: first the profile, then Textual."""

from __future__ import annotations

import os
import sys

from m365backup_tui.terminal.profile import prepare_environment


def main() -> int:
    """Draw the sample until it is left; the exit code."""
    profile = prepare_environment(os.environ)
    from tests.screens.sample import SampleApp

    app = SampleApp(profile)
    app.run(mouse=profile.mouse)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
