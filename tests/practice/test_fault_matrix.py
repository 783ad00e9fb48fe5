"""Every reading request that the product makes, times every fault that can strike it.

A cell ends done (what is found is what there is), or said (it is not, and the person is told so), or refused (with a
sentence and a next step), and after the fault it is done. Never: another exception, a hang, a wrong value without a
word, a call before the time that the service named, a secret in a sentence, a write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.practice.matrix_cells import Kind
from tests.practice.matrix_reads import FLOWS
from tests.practice.matrix_scene import ON, Witness, build
from tests.practice.matrix_stage import Stage, stage_in
from tests.practice.matrix_table import READS, cells_of
from tests.practice.matrix_verdicts import Board, Clean, judge_read


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("matrix")
    with stage_in(folder) as made:
        yield made


@pytest.fixture(scope="module")
def witness(stage: Stage) -> Iterator[Witness]:
    found = build(stage)
    yield found
    found.close()


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    found = Board("reading requests")
    yield found
    print(found.table())


@pytest.fixture(scope="module")
def clean(stage: Stage, witness: Witness) -> Clean:
    return Clean(stage)


@pytest.mark.parametrize("kind", READS, ids=lambda kind: kind.name.replace(" ", "-"))
def test_every_fault_of_a_reading_request(
    stage: Stage, clean: Clean, board: Board, kind: Kind
) -> None:
    stage.back_to(ON)
    wrong: list[str] = []
    for cell in cells_of(kind):
        verdict = judge_read(stage, clean, FLOWS[kind.flow], cell)
        board.add(cell, verdict)
        if verdict.wrong:
            wrong.append(f"{cell}: {verdict.wrong}")
    assert not wrong, "\n" + "\n".join(wrong)
