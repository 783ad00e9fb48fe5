"""`python -m m365backup_tui.practice serve ...`."""

import sys

from m365backup_tui.practice.serve import main

sys.exit(main(sys.argv[1:]))
