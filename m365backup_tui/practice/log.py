"""The request log: every request in order, for tests that count what a client really sent."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, or one part of a `$batch`.

    `scopes` are held, `scopes_used` let the request through. `status` is what the service itself
    answered, also when a late fault hid it; 0 when it never heard of the request. `changed` says
    what it changed, None for a read. `body` is sha256 hex. `faults` had an effect. `early`: so many
    seconds before the end of a Retry-After.
    """

    seq: int
    time: str
    persona: str | None
    oid: str | None
    client_id: str | None
    scopes: tuple[str, ...]
    scopes_used: tuple[str, ...]
    method: str
    path: str
    status: int
    client_request_id: str | None
    changed: str | None
    body: str | None
    faults: tuple[str, ...]
    early: float | None


class RequestLog:
    """Entries in memory, oldest dropped beyond `KEPT`."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._last = 0

    def next_seq(self) -> int:
        """Numbers are given when a request arrives, so order is arrival order."""
        self._last += 1
        return self._last

    def add(self, entry: Entry) -> None:
        """Keep an answered request."""
        self._entries.append(entry)

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Entries after `seq`, in order of arrival."""
        newer = (entry for entry in self._entries if entry.seq > seq)
        return [asdict(entry) for entry in sorted(newer, key=lambda entry: entry.seq)]

    def clear(self) -> None:
        """Forget the entries; numbering goes on."""
        self._entries.clear()
