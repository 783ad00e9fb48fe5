"""For every test of a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy this host is; what has a budget is timed by tests of its own.
settings.register_profile("busy host", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy host")


@pytest.fixture(autouse=True, scope="session")
def core_dumps_stay_allowed() -> Iterator[None]:
    """Not even root can always raise the limit again: one test that connects in this process would decide what every
    later one sees. What the product does is tested in processes of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("connect", "core_dumps"):  # the one has it by name, `doctor` asks the other
            patch.setattr(f"m365backup_tui.cloud.{module}.forbid_core_dumps", lambda: None)
        yield


@pytest.fixture(autouse=True)
def umask_stays() -> Iterator[None]:
    """`practice serve` closes its files to others for as long as its process lives; here that is the worker's."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
