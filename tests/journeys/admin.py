"""A first-time admin at a terminal: presses keys only, waits for words only, and counts the keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.journeys.terminal import Terminal
from tests.practice.stored import rows_on_disk

ROOT = str(Path(__file__).parents[2])
SLOW = 90.0  # seconds: two busy cores, the first import of the Graph models


class Admin:
    def __init__(self, terminal: Terminal, state_dir: Path) -> None:
        self.terminal = terminal
        self.state_dir = state_dir
        self.keys = 0

    def press(self, *keys: str) -> None:
        self.keys += len(keys)
        self.terminal.press(*keys)

    def type(self, text: str) -> None:
        self.keys += len(text)
        self.terminal.send(text)

    def sees(self, words: str, timeout: float = SLOW) -> str:
        return self.terminal.wait_for(words, timeout)

    def reads(self, *words: str, timeout: float = SLOW) -> None:
        self.terminal.reads(*words, timeout=timeout)

    def is_kept(self, words: str, timeout: float = SLOW) -> None:
        """The progress file says so: a robot is quicker than the quarter second after which it is written."""
        file = self.state_dir / "practice" / "progress.json"
        self.terminal.wait_until(lambda _: file.exists() and words in file.read_text(), timeout)

    # --- the steps ------------------------------------------------------------------------------------------------

    def signs_in(self) -> None:
        """As far as the permission check, which follows by itself unless a run is unfinished."""
        self.is_approved()
        self.terminal.wait_until(
            lambda text: "Checked at" in text or "An unfinished run" in text, SLOW
        )

    def is_approved(self) -> None:
        self.sees("Guided set-up")
        self.press("enter")
        self.sees("Still valid for")
        self.press("p")
        self.sees("Who sits at the browser?")
        self.press("enter")

    def onboards_up_to_the_review(self) -> None:
        self.signs_in()
        self.prepares_billing()
        self.turns_on()
        self.chooses_three_of_each()
        self.reviews()

    def prepares_billing(self) -> None:
        self.chooses_where_to_bill()
        self.press("enter")
        self.sees("Azure is ready for billing")

    def chooses_where_to_bill(self) -> None:
        self.sees("You can set up everything")
        self.press("enter")
        self.sees("One Azure subscription can pay")
        self.press("enter")
        self.sees("Create a new one")
        self.press("enter")
        self.sees("Name of the new group")
        self.press("enter")
        self.sees("Choose the region")
        self.press("down", "enter")
        self.sees("This will be written to Azure")

    def turns_on(self) -> None:
        self.press("enter")
        self.sees("Before the admin center")
        self.press("a")
        self.sees("Turn backup on in the Microsoft 365 admin center")
        self.press("t")
        self.sees("Microsoft 365 Backup is turned on")

    def chooses_three_of_each(self) -> None:
        self.press("enter")
        self.sees("Choose what to protect")
        for product in ("OneDrive", "SharePoint", "Exchange"):
            self.press("enter")
            self.sees(f"Name the new {product} policy")
            self.press("enter")
            self.sees("[ ]")
            self.press("space", "space", "space")
            self.sees("Space Choose")
            self.press("enter")
            self.sees("Review")

    def reviews(self) -> None:
        self.press("v")
        self.sees("Nothing of this is written to Microsoft 365 yet")
        self.sees("6 requests")

    def applies(self) -> None:
        self.type("apply")
        self.press("enter")

    # --- what the practice tenant says ----------------------------------------------------------------------------

    @property
    def ready(self) -> dict[str, Any]:
        found = self.state_dir / "practice-tenant" / "ready.json"
        document: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
        return document

    def control(self, method: str, path: str, body: Any = None) -> Any:
        ready = self.ready
        with requests.Session() as session:
            session.trust_env = False
            session.verify = ready["ca_file"]
            url = f"{ready['control'].rstrip('/')}/{path}"
            answer = session.request(method, url, json=body, timeout=10)
            answer.raise_for_status()
            return answer.json() if answer.content else None


def policies_on_disk(state_dir: Path) -> dict[str, dict[str, Any]]:
    """The practice tenant's policies as it saved them, by name: also after everything was killed."""
    rows = rows_on_disk(state_dir / "practice-tenant", "policies")
    return {str(row["displayName"]): row for row in rows}


@contextmanager
def at_the_wizard(
    state_dir: Path,
    *options: str,
    env: Mapping[str, str] | None = None,
    cols: int = 80,
    rows: int = 24,
    program: str = "m365backup_tui",
) -> Iterator[Admin]:
    argv = [sys.executable, "-m", program, "--practice", "--state-dir", str(state_dir)]
    with Terminal([*argv, *options], cols, rows, env=env, cwd=ROOT) as terminal:
        yield Admin(terminal, state_dir)


@contextmanager
def at_a_quick_edit(state_dir: Path) -> Iterator[Admin]:
    """Quick edit of a tenant that has the policies of the example, at their list: Adele Vance signed in by code."""
    program = [sys.executable, "-m", "m365backup_tui", "apply", "examples/onboarding.yaml"]
    onboarding = [*program, "--practice", "--yes", "--state-dir", str(state_dir)]
    subprocess.run(onboarding, check=True, capture_output=True, timeout=90, cwd=ROOT)
    with at_the_wizard(state_dir, "edit") as admin:
        admin.sees("Still valid for")
        admin.press("p")
        admin.sees("Who sits at the browser?")
        admin.press("enter")
        admin.reads("active: 3 of 3", "› ✓ OneDrive All accounts")
        yield admin
