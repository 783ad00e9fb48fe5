"""Trouble told in place: what happened, what it means, what to press; the request id only when asked for."""

from __future__ import annotations

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import ended


def trouble_spans(
    error: CloudError, sign: str, details: bool = False, meaning: str = "", again: str = "F5"
) -> list[Span]:
    """The error as spans for a Prose; `sign` is the mark for "no" on this terminal. `meaning` takes the place of
    the general advice where a page knows more about this error; `again` is the key that reads again there."""
    from m365backup_tui.work.messages import advice  # not for the first frame

    spans: list[Span] = [(f"{sign} ", "error"), (f"{error.what}\n", "strong")]
    meaning = meaning or advice(error, again=again)
    if meaning:
        spans.append((f"{meaning}\n", "plain"))
    if details:
        spans.append((f"{details_of(error)}\n", "dim"))
    return ended(spans)


def details_of(error: CloudError) -> str:
    """What support asks for, on lines of their own."""
    from m365backup_tui.domain.sign_in_numbers import page_of  # not for the first frame

    lines = [
        f"Kind: {type(error).__name__}",
        f"Code: {error.code or 'none: there was no answer'}",
        f"Request id: {error.request_id or 'none'}",
    ]
    if error.correlation_id:
        lines.append(f"Correlation id: {error.correlation_id}")
    if error.at is not None:
        lines.append(f"Time: {error.at:%Y-%m-%d %H:%M:%S} UTC")
    if page := page_of(error.code):
        lines.append(f"About the code: {page}")
    return "\n".join(lines)
