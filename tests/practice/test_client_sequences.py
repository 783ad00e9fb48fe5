"""1,000 generated sequences of what admins want, against a model: the first half (a worker each, for speed)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.conftest import Controls
from tests.practice.sequence_shards import play_shard


@pytest.mark.timeout(900)
@pytest.mark.parametrize("shard", [0, 1])
def test_the_tenant_ends_as_the_model_says(
    ready: dict[str, Any], controls: Controls, shard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = play_shard(ready, controls, shard)
    with capsys.disabled():
        print(f"\n  sequences, shard {shard}: {tally}")
