"""Homes of a sign-in for tests: a folder of their own, a keyring that is a dictionary, and threads that end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.home import Home
from m365backup_tui.cloud.homes import Homes
from m365backup_tui.cloud.sealing import Entries

HELD: Entries = {"RefreshToken": {"rt-1": {"secret": "canary-refresh-token"}}}
NO_KERNEL = kernel_key.why_not()
Make = Callable[..., Homes]


def write(home: Home, held: Entries = HELD) -> None:
    file = home.file("p", "12345678-client")
    assert file is not None
    file.update({}, held)


def read(home: Home) -> Any:
    file = home.file("p", "12345678-client")
    return file.load().entries if file else None
