"""Every write that the product sends, times every fault that can strike it; and the reads that go with a run.

A cell ends done, or refused before any write, or stopped with the exact next step, and then resumed to the same end
state. Committed writes per intended write, by the server's own log: 1.000, also where the work was done and the answer
lost (T6, H6).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from m365backup_tui.practice.faults import CATALOGUE
from tests.practice.matrix_cells import Kind
from tests.practice.matrix_jobs import Jobs
from tests.practice.matrix_kinds import (
    AZURE,
    BUILDERS,
    NOT_APPLICABLE,
    azure_calls,
    builders,
)
from tests.practice.matrix_reads import FLOWS
from tests.practice.matrix_runs import Right, fresh, judge_azure, judge_run
from tests.practice.matrix_scene import OFF, ON, Witness, build
from tests.practice.matrix_stage import Stage, stage_in
from tests.practice.matrix_table import READS, cells_of
from tests.practice.matrix_table_writes import BESIDE, WRITES, cells_of_job
from tests.practice.matrix_verdicts import Board
from tests.practice.whole_job import EXAMPLE, WholeJob


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
    found = Board("writing requests")
    yield found
    print(found.table())


@pytest.fixture(scope="module")
def jobs(stage: Stage, witness: Witness) -> Jobs:
    return Jobs(stage, witness)


@pytest.fixture(scope="module")
def right(stage: Stage, witness: Witness, jobs: Jobs) -> Right:
    return Right(stage, witness, jobs)


@pytest.mark.parametrize("kind", [*WRITES, *BESIDE], ids=lambda kind: kind.name.replace(" ", "-"))
def test_every_fault_of_a_run(
    stage: Stage, witness: Witness, jobs: Jobs, right: Right, board: Board, kind: Kind
) -> None:
    wrong: list[str] = []
    for cell in cells_of_job(kind):
        if kind.flow == "prepare":
            verdict = judge_azure(stage, cell, board)
        else:
            verdict = judge_run(stage, witness, jobs, right, cell, board)
        board.add(cell, verdict)
        if verdict.wrong:
            wrong.append(f"{cell}: {verdict.wrong}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_product_sends_no_kind_of_request_that_the_matrix_does_not_have(
    stage: Stage, witness: Witness
) -> None:
    """By the server's own log of every use case, a whole job among them, and by the code that makes requests."""
    kinds = (*READS, *WRITES, *BESIDE)
    before = stage.controls.log()
    fresh(stage, OFF)
    seq = stage.seq()
    stage.run(_whole_job(stage))
    fresh(stage, ON)
    for flow in FLOWS.values():
        stage.new_store()
        stage.run(flow(stage))
    log = [one for one in stage.controls.log(seq) if not _of_a_person(one["path"])]
    unknown = {
        f"{one['method']} {one['path'].partition('?')[0]}"
        for one in log
        if not any(kind.is_of(one["method"], one["path"]) for kind in kinds)
    }
    assert not unknown
    log += before  # what every kind of run sent
    never = {k.name for k in kinds if not any(k.is_of(one["method"], one["path"]) for one in log)}
    assert never <= {"policies of a product", "a billing resource"}  # only a fault leads there
    assert builders() == BUILDERS.keys()
    assert azure_calls() == len(AZURE)
    assert {*BUILDERS.values(), *AZURE} <= {kind.name for kind in kinds}


def test_every_fault_has_a_cell_or_a_reason_why_not() -> None:
    cells = [c for k in READS for c in cells_of(k)]
    cells += [c for k in (*WRITES, *BESIDE) for c in cells_of_job(k)]
    assert CATALOGUE.keys() == {c.fault for c in cells} ^ NOT_APPLICABLE.keys()
    kinds = [k.name for k in (*READS, *WRITES, *BESIDE)]
    assert len(set(kinds)) == len(kinds)


async def _whole_job(stage: Stage) -> None:
    path = (
        stage.folder / "small.yaml"
    )  # without the example's last site, which no policy takes here
    lines = EXAMPLE.read_text("utf-8").splitlines()
    path.write_text("\n".join(one for one in lines if "/EngineeringArchive" not in one), "utf-8")
    async with WholeJob(stage.folder / "whole-job", stage.ready) as job:
        await job.onboard(path)


def _of_a_person(path: str) -> bool:
    """A person's browser, and the pages of the admin center."""
    return path.startswith(("/portal", "/common/oauth2/deviceauth"))
