"""A checked list in words: what is good, how it was read, and what is wrong with which row."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.widgets.rows import LazyRows, Row


def source_words(product: Product) -> str:
    """At the moment of choice: what a list, or a group, takes and what it does not."""
    if product is Product.SHAREPOINT:
        return "Takes the sites that the list names now. By words: a rule, G on the policy's page."
    return "Takes who is in the list or group now. To keep in step: a rule, G on the policy's page."


def summary(check: ListCheck) -> str:
    """`38 of 40 rows of list.csv can be protected; 2 have a problem.`"""
    rows = "members" if check.of_group else "rows"
    found = f"{len(check.good):,} of {check.rows:,} {rows} of {check.source} can be protected"
    if not check.problems:
        return f"{found}: press Enter to take them."
    one = len(check.problems) == 1
    return f"{found}; {len(check.problems):,} {'has' if one else 'have'} a problem."


def read_words(check: ListCheck, chosen: Sequence[Candidate]) -> str:
    """How the list was read, and how many of its units are chosen already. `list.csv: UTF-16, semicolons, ...`"""
    how = check.read_as.words if check.read_as else "as it is now"
    keys = {unit.key for unit in chosen}
    there = sum(unit.key in keys for unit in check.good) if keys else 0
    moved = sum(bool(unit.policy) for unit in check.good)
    notes = [f"{check.source}: {how}."]
    if moved:
        one = "moves here from another policy" if moved == 1 else "move here from other policies"
        notes.append(f"{moved:,} of the good ones {one}.")
    if there:
        notes.append(f"{there:,} of the good ones {'is' if there == 1 else 'are'} chosen already.")
    return " ".join(notes)


def none_words(check: ListCheck) -> str:
    """Why there is nothing to take, when there is nothing."""
    if check.good:
        return ""
    if check.moves:
        return "Other policies hold what could be taken: T moves it here. The list below says for each row why."
    if check.problems:
        return (
            "Nothing can be taken. The list below says for each row why; E goes back to the text."
        )
    return (
        "No address was found: the list is empty, or holds only a header. E goes back to the text."
    )


def rule_words(problem: RowProblem) -> str:
    """`Row 3, nobody@contoso.com: No mailbox has this address.`"""
    value = f", {problem.value}" if problem.value else ""
    return f"Row {problem.row}{value}: {problem.rule}"


def result_rows(check: ListCheck) -> LazyRows:
    """First the good ones in one row, then every problem."""
    head = int(bool(check.good))

    def row_at(index: int) -> Row:
        if index < head:
            words = f"Take {check.product.amount(len(check.good))}"
            return Row("take", ("", "", words, "Press Enter"), tone="accent")
        problem = check.problems[index - head]
        cells = (str(problem.row), problem.column, problem.value, problem.rule)
        return Row(str(index - head), cells)

    return LazyRows(head + len(check.problems), row_at)
