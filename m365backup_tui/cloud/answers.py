"""An error answer of Graph or of Azure, and what it means whoever of the two gave it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from m365backup_tui.cloud.challenges import sign_in_again
from m365backup_tui.domain.errors import CloudError, OutcomeUnknown, Throttled, Unreachable

FIRST_WAIT_SECONDS = 5.0  # when a 429 names no time; doubled with every attempt
LONGEST_GUESS_SECONDS = 120.0

GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """An error answer, whatever class carried it. Header names are in lower case."""

    status: int
    code: str = ""
    message: str = ""
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


def later_or_again(
    answer: Answer,
    who: str,
    doing: str,
    *,
    write: bool,
    now: datetime,
    attempt: int,
    scopes: Sequence[str],
) -> CloudError | None:
    """To wait (429, 503 with a time), trouble on `who`'s side (5xx, 408), or to sign in again (401); None for all
    other answers. `now` is aware UTC; `attempt` counts from 0."""
    status, code, seen = answer.status, answer.code, answer.request_id
    if status == 429 or (status == 503 and not write and answer.header("retry-after")):
        until = wait_until(answer, now, attempt)
        return Throttled(f"{who} asks to wait before {doing}.", code or "429", seen, until)
    if (status >= 500 and status != 501) or status == 408:
        if write:
            what = f"{who} answered {doing} with an error of its own (HTTP {status})."
            return OutcomeUnknown(what, code or str(status), seen)
        what = f"{who} could not answer {doing} (HTTP {status})."
        return Unreachable(what, code or str(status), seen)
    if status == 401:
        return sign_in_again(who, code, seen, answer.headers, scopes)
    return None


def wait_until(answer: Answer, now: datetime, attempt: int = 0) -> datetime:
    """When to call again: Retry-After as seconds or as a date (measured against the service's own clock, as ours may
    be wrong); a doubling guess where the service names none."""
    text = answer.header("retry-after").strip()
    if text.isdigit():
        return now + timedelta(seconds=int(text))
    then, there = _http_date(text), _http_date(answer.header("date"))
    if then is not None and (there is not None or then > now):  # a date that is past helps nobody
        return now + max(then - (there or now), timedelta(0))
    return now + timedelta(seconds=min(FIRST_WAIT_SECONDS * 2**attempt, LONGEST_GUESS_SECONDS))


def quoted(answer: Answer, sentence: str) -> str:
    """`sentence` with what the service said behind it."""
    said = without_ids(answer.message)
    return f"{sentence.rstrip('.')}: {said}" if said else sentence


def without_ids(text: str) -> str:
    """The service's sentence with its GUIDs left out, for people."""
    tidy = re.sub(rf"\s*\(\s*{GUID.pattern}\s*\)", "", text, flags=re.IGNORECASE)
    return GUID.sub("…", tidy).strip()


def cap(text: str) -> str:
    """With a capital letter at the front."""
    return text[:1].upper() + text[1:]


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except (ValueError, TypeError):
        return None
