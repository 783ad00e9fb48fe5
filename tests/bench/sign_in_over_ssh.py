"""How long signing in takes over a real sshd: from the approval to the next page, and from Esc to the page before.

`python -m tests.bench.sign_in_over_ssh [--runs N]`. At 80x24, LANG=C, NO_COLOR; the practice tenant runs on
the same machine.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.journeys.admin import Admin
from tests.journeys.outside_browser import ADMINS_MACHINE, address_copied, comes_back, signs_in
from tests.journeys.sshd import Sshd, free_port, jump_host

PENDING = "Still valid for"
_CODE = re.compile(r"^ 2  Type   (.+)$", re.MULTILINE)


def once(host: Sshd, state: Path, port: int, way: str) -> tuple[float, float]:
    """Seconds from the approval to the next page, and from Esc to the page before."""
    argv = [sys.executable, "-m", "m365backup_tui", "--practice", "--state-dir", str(state)]
    with host.login(argv, forward=[f"{ADMINS_MACHINE}:{port}:127.0.0.1:{port}"]) as terminal:
        admin = Admin(terminal, state)
        admin.sees("Guided set-up")
        admin.press("enter")
        admin.sees(PENDING)
        started = time.monotonic()
        admin.press("escape")
        admin.sees("Guided set-up")
        cancelled = time.monotonic() - started
        admin.press("enter")
        page = admin.sees(PENDING)
        if way == "browser":
            back = signs_in(admin, address_copied(admin))
            started = time.monotonic()
            comes_back(back)
        else:
            found = _CODE.search(page)
            assert found is not None, page
            code = found[1].replace(" ", "")
            admin.control("POST", f"device-codes/{code}/approve", {"persona": "global-admin"})
            started = time.monotonic()
        terminal.wait_until(lambda text: "Sign in: " not in text, 60)
        arrived = time.monotonic() - started
        admin.sees("Checked at")
        terminal.press("ctrl+q")
        admin.sees("Leave now?")
        terminal.press("enter")
        terminal.wait_exit(30)
    return arrived, cancelled


def main() -> None:
    """Print the medians and the worst."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name, jump_host(Path(name)) as host:
        for way in ("browser", "code"):
            state, port = Path(name) / way, free_port()
            state.mkdir(mode=0o700)
            (state / "settings.toml").write_text(
                f'[practice.sign_in]\nport = {port}\nway = "{way}"\n'
            )
            seen = [once(host, state, port, way) for _ in range(runs)]
            for what, number in (("approval to the next page", 0), ("Esc to the page before", 1)):
                times = [one[number] for one in seen]
                print(
                    f"{way}: {what}: median {statistics.median(times):.2f} s, "
                    f"worst {max(times):.2f} s of {runs}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
