"""How long Entra asked to be left alone: Retry-After of its 429 and 5xx answers, which MSAL keeps to itself.

MSAL 1.39 answers from memory while Retry-After runs and tells nobody until when (throttled_http_client.py, auth.md
§1.1). Whoever waits has to know: the wait is shown, and one may leave meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from m365backup_tui.cloud.answers import Answer, wait_until
from m365backup_tui.cloud.refusals import UNTIL, calling_entra
from m365backup_tui.domain.errors import Remedy, Throttled, Unreachable

T = TypeVar("T")


class Patience:
    """Of one MSAL application. `clock`: aware UTC. `refusals`: MSAL's memory of them (its `http_cache`)."""

    def __init__(self, clock: Callable[[], datetime], refusals: dict[str, Any]) -> None:
        self._clock = clock
        self._refusals = refusals
        self._until: datetime | None = None
        self._times = 0

    def note(self, response: Any, *_: Any, **__: Any) -> None:
        """A hook of requests: looks at every answer. A 5xx without Retry-After is trouble, no request to wait."""
        if response.request.method != "POST":
            return  # discovery, not the token endpoint
        status = int(response.status_code)
        headers = {str(name).lower(): str(value) for name, value in response.headers.items()}
        if status == 429 or (status >= 500 and "retry-after" in headers):
            answer = Answer(status, headers=headers)
            self._until = wait_until(answer, self._clock(), self._times)
            self._times += 1
        else:
            self._until, self._times = None, 0

    def forget(self) -> None:
        """Let the next call ask again, whatever was asked for."""
        self._until, self._times = None, 0
        self._refusals.clear()

    def ask_anew(self, work: Callable[[], T]) -> T:
        """The same where a person begins something or waits for it: MSAL 1.39 would repeat a failure of its own memory,
        for five seconds after a 5xx (throttled_http_client.py). What Entra asked to wait for still holds."""
        if self._until is None:
            self._refusals.clear()
        return self.ask(work)

    def ask(self, work: Callable[[], T]) -> T:
        """One MSAL call. Throttled with its `until` instead of Unreachable where Entra said when to come back; an
        answer with `error` carries it under `UNTIL`."""
        if self._until is not None and self._clock() >= self._until:
            self._until = None  # how often it was busy is kept: the next guess is longer
            self._refusals.clear()
        try:
            answer = calling_entra(work)
        except Unreachable as error:
            if self._until is None or not error.code:  # no code: it was not Entra that failed
                raise
            what = "Microsoft's sign-in service asks to wait."
            raise Throttled(what, error.code, until=self._until, remedy=Remedy.WAIT) from error
        if isinstance(answer, dict) and "error" in answer and self._until is not None:
            answer[UNTIL] = self._until
        return answer
