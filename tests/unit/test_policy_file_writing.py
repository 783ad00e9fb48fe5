"""Writing policy files: a round trip for every field."""

from __future__ import annotations

from hypothesis import given, settings

from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.policy_file_writing import dump
from tests.unit.policy_files import policy_files


@settings(max_examples=80, deadline=None)
@given(file=policy_files())
def test_any_file_that_is_written_reads_back_as_it_was(file: PolicyFile) -> None:
    assert parse(dump(file, ["A comment."]).encode(), "f.yaml") == file
