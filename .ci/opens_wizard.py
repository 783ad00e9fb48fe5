"""Run a command on a real pseudo-terminal of 80x24 and wait until the wizard has drawn its first page, then leave.

Exit 0 when the welcome page came, and Ctrl+Q and Enter ended the program with 0.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.journeys.terminal import Terminal


def main() -> int:
    started = time.monotonic()
    with Terminal(sys.argv[1:], cols=80, rows=24) as terminal:
        terminal.wait_for("Guided set-up", timeout=300)
        print(f"welcome page after {time.monotonic() - started:.1f} s")
        print(terminal.text())
        terminal.send("\x11")
        terminal.wait_for("Leave", timeout=20)
        terminal.send("\r")
        code = terminal.wait_exit(timeout=30)
    print(f"ended with {code}")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
