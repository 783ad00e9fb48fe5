"""`python -m m365backup_tui`."""

import sys

from m365backup_tui.cli import main

sys.exit(main())
