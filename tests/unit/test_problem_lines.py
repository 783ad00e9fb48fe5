"""Problems of a policy file as text: in the order of files and lines, and a long list's faults counted."""

from __future__ import annotations

from m365backup_tui.domain.policy_file import FileProblem
from m365backup_tui.headless.problem_lines import TOLD, as_lines, in_order
from m365backup_tui.headless.sitting import Usage


def problem(file: str, line: int) -> FileProblem:
    return FileProblem(file, line, "mailboxes", "wrong")


def test_files_in_the_order_they_came_up_and_lines_in_theirs() -> None:
    mixed = [
        problem("job.yaml", 9),
        problem("b.csv", 7),
        problem("job.yaml", 2),
        problem("b.csv", 3),
    ]
    places = [(one.file, one.line) for one in in_order(mixed)]
    assert places == [("job.yaml", 2), ("job.yaml", 9), ("b.csv", 3), ("b.csv", 7)]


def test_a_list_that_is_wrong_as_a_whole_is_no_wall_of_text() -> None:
    many = [problem("b.csv", n) for n in range(20_000)]
    wrong = Usage.of([problem("job.yaml", 1), *many])
    lines = str(wrong).splitlines()
    assert len(lines) == TOLD + 2
    assert lines[0].startswith("job.yaml, line 1: ")
    assert lines[-1] == "b.csv: 19,900 more problems; --json lists all."
    assert len(wrong.problems) == 20_001
    assert list(as_lines(many[:TOLD])) == [str(one) for one in many[:TOLD]]
