"""Keyrings for tests: one that works, one that never answers."""

from __future__ import annotations

import threading


class Ring:
    """A keyring that works, shared by all sign-ins of a test. `asked`: how often it was read."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.items[service, username]


class Hanging(Ring):
    """Never answers: only a deadline ends the question."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait()
        return None
