"""`python -m m365backup_tui.practice serve ...`."""

import gc
import os
import sys

# The wizard waits for the start, so it leaves out what is of no use to a server.
# Nothing that is made until it listens becomes garbage: looking for some begins then (serve.py).
gc.disable()
# aiohttp, when imported, reads the machine's authorities for a client that is not used here: 25 ms.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

from m365backup_tui.practice.serve import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
