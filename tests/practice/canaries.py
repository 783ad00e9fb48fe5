"""What is secret during a sign-in, found in the memory of this process, and everything that might give it away."""

from __future__ import annotations

import gc
import logging
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msal  # type: ignore[import-untyped]  # msal has no py.typed

from m365backup_tui.cloud.redact import RedactingFilter
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.terminal import crash
from m365backup_tui.work.messages import advice

NEEDLE = 24  # characters: a secret that a cut or a line break has shortened is found too
_FLOW = ("device_code", "code_verifier", "state", "nonce")
_LOUD: tuple[str, ...] = (
    "msal",
    "urllib3",
    "requests",
    "httpx",
    "httpcore",
    "h2",
    "hpack",
    "azure",
    "kiota",
    "kiota_http",
    "msgraph",
    "aiohttp",
    "asyncio",
    "m365backup_tui",
)

# The practice tenant, and the person at the browser whom the client can play there.
_NOT_THE_CLIENT = ("m365backup_tui.practice", "m365backup_tui.cloud.practice")


def ours() -> list[Any]:
    """Every living value of the client's own classes."""
    found = []
    for one in gc.get_objects():
        module = str(getattr(type(one), "__module__", ""))
        if module.startswith("m365backup_tui.") and not module.startswith(_NOT_THE_CLIENT):
            found.append(one)
    return found


class Canaries:
    """The secrets seen so far; `look` again whenever there may be new ones."""

    def __init__(self) -> None:
        self._found: set[str] = set()

    def add(self, *texts: str) -> None:
        self._found |= {text for text in texts if len(text) >= 8}

    def look(self) -> None:
        """Through MSAL's caches and the sign-ins that are under way."""
        for cache in [one for one in gc.get_objects() if isinstance(one, msal.TokenCache)]:
            for entries in list(cache._cache.values()):
                for entry in list(entries.values()):
                    self.add(
                        *_pieces(str(entry.get("secret", ""))), str(entry.get("client_info", ""))
                    )
        for one in ours():
            flow = getattr(one, "flow", None)
            if isinstance(flow, dict):
                self.add(*(str(flow[name]) for name in _FLOW if flow.get(name)))

    def in_text(self, text: str) -> list[str]:
        """Which of them stand in `text`, if only with their telling part."""
        return [secret for secret in self._found if secret[:NEEDLE] in text]

    def __len__(self) -> int:
        return len(self._found)


def _pieces(token: str) -> Iterable[str]:
    """A JWT is known by its payload and by its signature; its header is the same for all."""
    return token.split(".")[1:] if token.startswith("eyJ") else (token,)


class Ear(logging.Handler):
    """Everything that is logged, as it came and behind the program's filter."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.raw: list[str] = []
        self.kept: list[str] = []
        self._filter = RedactingFilter()

    def emit(self, record: logging.LogRecord) -> None:
        self.raw.append(self.format(logging.makeLogRecord(vars(record))))
        masked = logging.makeLogRecord(vars(record))
        self._filter.filter(masked)
        self.kept.append(self.format(masked))


@contextmanager
def all_ears() -> Iterator[Ear]:
    """Every logger at DEBUG, every warning as a log line."""
    ear, root = Ear(), logging.getLogger()
    before = {name: logging.getLogger(name).level for name in ("", *_LOUD)}
    with warnings.catch_warnings():
        logging.captureWarnings(True)
        root.addHandler(ear)
        try:
            for name in before:
                logging.getLogger(name).setLevel(logging.DEBUG)
            yield ear
        finally:
            logging.captureWarnings(False)
            root.removeHandler(ear)
            for name, level in before.items():
                logging.getLogger(name).setLevel(level)


def told_of(error: BaseException) -> Iterator[str]:
    """Every way in which an error may reach a person, a log or a file."""
    yield repr(error)
    yield "".join(traceback.format_exception(error))
    yield crash.report(error)
    if isinstance(error, CloudError):
        yield error.what
        yield advice(error)
