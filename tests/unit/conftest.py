"""Fixtures that several unit tests need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.homes import Homes
from m365backup_tui.cloud.keyring_key import item_name
from m365backup_tui.domain.session import KeptIn
from tests.unit.home_making import NO_KERNEL, Make
from tests.unit.rings import Ring


@pytest.fixture
def home_folder(tmp_path: Path) -> Iterator[Path]:
    found = tmp_path / "signin"
    yield found
    if not NO_KERNEL:
        kernel_key.revoke(f"m365backup-tui:{item_name('p', found)}")


@pytest.fixture
async def make_homes(
    home_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Make]:
    """Whoever runs the tests may have a folder of their login: it is not looked at."""
    monkeypatch.setattr("m365backup_tui.cloud.until_logout._OF_LOGINS", tmp_path / "none")
    workers: list[DaemonWorker] = []

    def build(
        keep: KeptIn | None = None,
        ring: Ring | None = None,
        seconds: float = 3.0,
        environ: dict[str, str] | None = None,
    ) -> Homes:
        workers.append(DaemonWorker("test"))
        backends = () if ring is None else (("a test keyring", lambda: ring),)
        seen = {"XDG_RUNTIME_DIR": str(tmp_path / "no such folder")} if environ is None else environ
        return Homes("p", home_folder, workers[-1], seen, backends, seconds, keep=lambda: keep)

    yield build
    for one in workers:
        one.close()
