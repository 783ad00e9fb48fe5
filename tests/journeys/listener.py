"""A person at a dumb terminal in plain mode: types lines, hears what is printed, sees no screen."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.admin import ROOT, SLOW, Admin
from tests.journeys.terminal import Terminal

DUMB = {"TERM": "dumb"}


class Listener(Admin):
    """`hears` waits for words that came after the last line typed; `types` is one line and Enter."""

    def __init__(self, terminal: Terminal, state_dir: Path) -> None:
        super().__init__(terminal, state_dir)
        self._from = 0
        self.lines = 0

    @property
    def all(self) -> str:
        """Everything that was printed."""
        return self.terminal.output.decode().replace("\r", "")

    @property
    def news(self) -> str:
        """What was printed since the last line typed."""
        return self.terminal.output[self._from :].decode(errors="replace").replace("\r", "")

    def hears(self, words: str, timeout: float = SLOW) -> str:
        """Wait for these words, and for the prompt after them."""

        def heard(_: str) -> bool:
            _, found, after = self.news.partition(words)
            return bool(found) and after.endswith("\n> ")

        try:
            self.terminal.wait_until(heard, timeout)
        except AssertionError:
            raise AssertionError(f"“{words}” was not heard; what was:\n{self.news}") from None
        return self.news

    def types(self, line: str = "") -> None:
        self.lines += 1
        self._from = self.terminal.mark()
        self.terminal.send(f"{line}\n")

    def after(self, words: str, line: str = "") -> str:
        """Hear these words, then answer."""
        heard = self.hears(words)
        self.types(line)
        return heard

    def comes_to_the_permissions(self, person: str = "1") -> None:
        self.after("Guided set-up")
        self.after("Still valid for", "p")
        self.after("Who sits at the browser?", person)

    def comes_to_the_policies(self) -> None:
        self.comes_to_the_permissions()
        self.after("You can set up everything")
        self.after("One Azure subscription can pay")
        self.after("Create a new one", "1")
        self.after("Type a text for the field Name of the new group")
        self.after("Choose the region", "2")
        self.after("This will be written to Azure")
        self.after("Azure is ready for billing")
        self.after("Before the admin center", "a")
        self.after("Turn backup on in the Microsoft 365 admin center", "t")
        self.after("Microsoft 365 Backup is turned on")
        self.hears("Choose what to protect")

    def row_of(self, words: str) -> str:
        """The number of the row that has these words."""
        return next(
            line.partition(".")[0]
            for line in self.news.splitlines()
            if words in line and line[:1].isdigit()
        )

    def keeps_the_sign_in(self, passphrase: str) -> None:
        """From the permission check."""
        self.after("You can set up everything", "back")
        self.after("k: Keep elsewhere", "k")
        self.hears("With a passphrase of mine")
        self.types(self.row_of("With a passphrase of mine"))
        self.after("Type a text for the field New passphrase. It is not shown.", passphrase)
        self.after("Type a text for the field Once more. It is not shown.", passphrase)
        self.hears("Done.")

    def drafts_a_policy(self, row: str = "1", units: str = "1 2 4") -> None:
        self.types(row)
        self.after("Name the new")
        self.after("; not chosen", units)
        self.after("; chosen")


@contextmanager
def in_plain_mode(
    state_dir: Path,
    *words: str,
    env: Mapping[str, str] = DUMB,
    asked_for: bool = True,
    program: str = "m365backup_tui",
    width: int = 1_000,
) -> Iterator[Listener]:
    """`width`: of the terminal; so wide that no sentence is broken, unless a test looks at that. `asked_for`: with
    `--plain`, and not only because the terminal is a dumb one."""
    options = ["--practice", "--state-dir", str(state_dir), *(["--plain"] if asked_for else [])]
    argv = [sys.executable, "-m", program, *words, *options]
    with Terminal(argv, width, 24, env=env, cwd=ROOT) as terminal:
        yield Listener(terminal, state_dir)
