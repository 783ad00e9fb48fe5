"""The list of a run: every request of a short one; of a long one what matters now, policy by policy. Rows are made
when they are looked at: 2,000 requests with 100,000 failures must not stop the keys."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.screens.views.policy_rows import counts_words
from m365backup_tui.screens.views.run_progress import Part, part_words, parts
from m365backup_tui.screens.widgets.rows import Row

SHORT = 30
"""Up to so many requests are all listed."""
ROOM = 51
"""Cells of the first column at 80 columns."""

MARKS = {
    Outcome.DONE: "ok",
    Outcome.ACCEPTED: "current",
    Outcome.PARTLY: "warn",
    Outcome.REFUSED: "no",
    Outcome.UNKNOWN: "no",
    Outcome.NOT_SENT: "dot",
    Outcome.WAITING: "dot",
    Outcome.SENDING: "current",
    Outcome.READING_BACK: "current",
}
_WORDS = {
    Outcome.ACCEPTED: "service works on it",
    Outcome.PARTLY: "partly",
    Outcome.UNKNOWN: "unknown: not confirmed",
    Outcome.READING_BACK: "checking what happened",
}
_NOW = (Outcome.SENDING, Outcome.READING_BACK)
_TROUBLE = (Outcome.PARTLY, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_SENT)


class RunRows:
    """A `RowSource` of pieces: (how many rows, what makes one)."""

    def __init__(self, pieces: Iterator[tuple[int, Callable[[int], Row]]]) -> None:
        self._starts: list[int] = []
        self._makers: list[Callable[[int], Row]] = []
        self._count = 0
        for count, maker in pieces:
            if count:
                self._starts.append(self._count)
                self._makers.append(maker)
                self._count += count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return (self[index] for index in range(self._count))

    def __getitem__(self, index: int, /) -> Row:
        if not 0 <= index < self._count:
            raise IndexError(index)
        at = bisect_right(self._starts, index) - 1
        return self._makers[at](index - self._starts[at])


def run_rows(run: Run) -> RunRows:
    """What matters, in the order in which it matters; last what is to be known of the tenant's lock."""
    return RunRows(chain(_short(run) if len(run.writes) <= SHORT else _long(run), _remarks(run)))


def _remarks(run: Run) -> Iterator[tuple[int, Callable[[int], Row]]]:
    yield len(run.remarks), lambda i: Row(f"remark:{i}", (run.remarks[i],), mark="warn")


def _short(run: Run) -> Iterator[tuple[int, Callable[[int], Row]]]:
    for state in run.writes:
        yield from _write(state)
    yield len(run.watched), lambda i: _watch_row(run.watched[i])
    yield _failures(run.unit_failures, "unit")


def _long(run: Run) -> Iterator[tuple[int, Callable[[int], Row]]]:
    """The request on its way, a line for each policy, then jobs and what did not go well."""
    for state in run.writes:
        if state.outcome in _NOW:
            yield from _write(state)
    whole = parts(run)
    yield len(whole), lambda i: _part_row(whole[i], run.phase)
    for state in run.writes:
        if state.outcome is Outcome.ACCEPTED:
            yield from _write(state)
    for state in run.writes:
        if state.outcome in _TROUBLE:
            yield from _write(state)
    yield _failures(run.unit_failures, "unit")


def _write(state: WriteState) -> Iterator[tuple[int, Callable[[int], Row]]]:
    yield 1, lambda _: _write_row(state)
    if state.note:
        yield 1, lambda _: _note_row(state)
    yield _failures(state.failed, state.write.id)


def _failures(failed: Sequence[FailedItem], where: str) -> tuple[int, Callable[[int], Row]]:
    return len(failed), lambda i: _failed_row(failed[i], where, i)


def _write_row(state: WriteState) -> Row:
    outcome = _WORDS.get(state.outcome, state.outcome.value)
    words = capital(state.write.words)
    return Row(f"write:{state.write.id}", (words, outcome), mark=MARKS[state.outcome])


def _note_row(state: WriteState) -> Row:
    return Row(f"note:{state.write.id}", (f"   {state.note}",), tone="dim")


def _failed_row(item: FailedItem, where: str, number: int) -> Row:
    words = f"   {called(item)}: {item.reason}"
    return Row(f"failed:{where}:{number}", (words, "failed"), mark="no")


def _watch_row(policy: Policy) -> Row:
    words = f"{policy.product.label} “{policy.name}”: {counts_words(policy)}"
    return Row(f"watch:{policy.id}", (words, policy.status.words), mark=_watch_mark(policy))


def _part_row(part: Part, phase: RunPhase) -> Row:
    """One policy of a long run."""
    mark, state = "dot", "waiting"
    if part.over == part.writes:
        if part.working:
            mark, state = "current", _WORDS[Outcome.ACCEPTED]
        elif part.policy is not None and phase is not RunPhase.WRITING:
            mark, state = _watch_mark(part.policy), part.policy.status.words
        else:
            mark, state = "ok", "done"
        if (part.troubled or part.failed) and mark == "ok":
            mark, state = "warn", "partly" if state == "done" else state
    elif part.over:
        mark, state = "current", "being written"
    return Row(
        f"part:{part.product}:{part.name}", (capital(part_words(part, phase)), state), mark=mark
    )


def _watch_mark(policy: Policy) -> str:
    if not policy.resting:
        return "current"
    return "warn" if policy.counts and policy.counts.failed else "ok"


def called(item: FailedItem) -> str:
    """People by their address, sites by their name."""
    by_name = item.address.startswith("https://") or not item.address
    return item.name or item.key if by_name else item.address


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def in_full(run: Run, row_id: str) -> str:
    """What a line of the list had no room for at 80 columns: a reason, a note, a long name; else ""."""
    kind, _, rest = row_id.partition(":")
    match kind:
        case "write":
            state = next((w for w in run.writes if w.write.id == rest), None)
            return _write_in_full(state) if state else ""
        case "watch":
            policy = next((p for p in run.watched if p.id == rest), None)
            return _if_long(str(_watch_row(policy).cells[0])) if policy else ""
        case "part":
            for part in parts(run):
                if f"{part.product}:{part.name}" == rest:
                    return _if_long(capital(part_words(part, run.phase)))
            return ""
        case "note":
            return next((w.note for w in run.writes if w.write.id == rest), "")
        case "remark":
            return run.remarks[int(rest)] if int(rest) < len(run.remarks) else ""
        case "failed":
            item = item_of(run, row_id)
            return item.reason if item else ""
    return ""


def _write_in_full(state: WriteState) -> str:
    if state.outcome is Outcome.ACCEPTED:
        return f"Accepted, the service works on it: {state.write.words}."
    return _if_long(capital(state.write.words))


def _if_long(words: str) -> str:
    return f"{words}." if len(words) > ROOM else ""


def item_of(run: Run, row_id: str) -> FailedItem | None:
    """The failed unit that a line is about."""
    kind, _, rest = row_id.partition(":")
    where, _, number = rest.rpartition(":")
    if kind != "failed" or not number.isdigit():
        return None
    items: Sequence[FailedItem] = run.unit_failures
    if where != "unit":
        items = next((w.failed for w in run.writes if w.write.id == where), ())
    return items[int(number)] if int(number) < len(items) else None
