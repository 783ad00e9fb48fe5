"""Generated sequences of what admins want, and one shard of 1,000 of them carried out against the practice tenant.

A sequence has one to three rounds; a round is a plan of up to three wishes and its run, with another admin, a fault, a
stop or a broken-off program in between. A failure is printed as the smallest sequence that shows it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.practice.conftest import Controls
from tests.practice.examples import EXAMPLES
from tests.practice.sequence_expected import Tally
from tests.practice.sequence_model import Act, Fault, Meddling, Round, Want
from tests.practice.sequence_world import opened

Ready = dict[str, Any]
EACH = 250 * max(1, EXAMPLES // 4)  # 1,000 in all; more at night, as the other generated tests

WANTS = st.builds(
    Want,
    st.sampled_from((Act.NEW, Act.ADD, Act.MOVE, *Act)),
    st.integers(0, 4),
    st.integers(1, 3),
    st.booleans(),
)
# Reads and writes alike, then only what changes something; the tenant decides which request is the nth.
FAULTS = st.one_of(
    st.builds(
        Fault, st.sampled_from(("H1", "H5", "T5", "H3", "H4")), st.just("graph"), st.integers(1, 9)
    ),
    st.builds(
        Fault,
        st.sampled_from(("H6", "T6")),
        st.just("graph"),  # strikes only what changes something, whatever it is
        st.integers(1, 4),
    ),
    st.builds(
        Fault,
        st.sampled_from(("H1", "H5", "T5", "H6", "T6", "B12")),
        st.sampled_from(
            (
                "create policy",
                "change policy",
                "change policy",
                "activate policy",
                "deactivate policy",
                "start bulk job",
                "create rule",
                "delete policy",
            )
        ),
        st.integers(1, 2),
    ),
)
ROUNDS = st.builds(
    Round,
    st.lists(WANTS, min_size=1, max_size=3).map(tuple),
    st.none() | st.none() | st.sampled_from(Meddling),
    st.integers(0, 3),
    st.none() | FAULTS,
    st.just(0) | st.just(0) | st.integers(1, 12),
    st.booleans(),
)
SEQUENCES = st.integers(0, 9).flatmap(lambda n: st.tuples(*[ROUNDS] * (1, 2, 3)[(n > 7) + (n > 8)]))


def play_shard(ready: Ready, controls: Controls, shard: int) -> Tally:
    """One shard; its figures. Raises on the first promise that was not kept."""
    with asyncio.Runner() as runner:
        opening = opened(ready, controls)
        world = runner.run(opening.__aenter__())

        @seed(shard)
        @settings(
            max_examples=EACH,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        @given(SEQUENCES)
        def sequence(rounds: tuple[Round, ...]) -> None:
            runner.run(world.play(rounds))

        try:
            sequence()
        finally:
            runner.run(opening.__aexit__(None, None, None))
    assert world.tally.sequences >= EACH
    return world.tally
