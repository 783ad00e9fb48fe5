"""Token files for tests."""

from __future__ import annotations

from pathlib import Path

from m365backup_tui.cloud.sealing import Entries
from m365backup_tui.cloud.tokens import TokenFile
from m365backup_tui.domain.session import KeptIn

KEY = bytes(range(32))
HELD: Entries = {"RefreshToken": {"rt-1": {"secret": "canary-refresh-token"}}}


def token_file(
    folder: Path,
    key: bytes = KEY,
    profile: str = "p",
    client: str = "c",
    source: KeptIn = KeptIn.KEYRING,
) -> TokenFile:
    return TokenFile(folder / "tokens.bin", key, profile, client, source)
