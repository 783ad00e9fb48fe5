"""Homes of a sign-in for tests: a folder of their own, a keyring that is a dictionary, and threads that end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.home import Home
from m365backup_tui.cloud.homes import Homes
from m365backup_tui.cloud.sealing import Entries

HELD: Entries = {"RefreshToken": {"rt-1": {"secret": "canary-refresh-token"}}}
NO_KERNEL = kernel_key.why_not()
Make = Callable[..., Homes]


class Ring:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.items[service, username]


class Hanging(Ring):
    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait()
        return None


def write(home: Home, held: Entries = HELD) -> None:
    file = home.file("p", "12345678-client")
    assert file is not None
    file.update({}, held)


def read(home: Home) -> Any:
    file = home.file("p", "12345678-client")
    return file.load().entries if file else None
