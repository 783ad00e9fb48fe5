"""For every test of a worker."""

from __future__ import annotations

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
        patch.setattr("m365backup_tui.cloud.connect.forbid_core_dumps", lambda: None)
        yield
