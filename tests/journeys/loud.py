"""Starts the program with every logger at DEBUG and writes down each access token it is given.

`python loud.py FOLDER [--crash] ARGUMENTS`: FOLDER gets `issued.txt` (the tokens), `raw.log` (what was logged) and
`kept.log` (the same behind the program's own filter). `--crash`: the permission check breaks with a token in hand.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from m365backup_tui.cloud.profiles import Resource
from m365backup_tui.cloud.redact import RedactingFilter
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.work import check_access


class Loud(logging.Logger):
    """Nothing that the program does makes it quieter."""

    def setLevel(self, level: int | str) -> None:
        super().setLevel(logging.DEBUG)


class WritesDown(SignIn):
    """The sign-in of the program; what it hands out is also written down."""

    issued: Path

    async def token(self, *words: Any, **more: Any) -> tuple[str, int]:
        token, until = await super().token(*words, **more)
        with self.issued.open("a", encoding="utf-8") as file:
            file.write(f"{token}\n")
        return token, until


async def _breaks(tools: Any, account: Any) -> AsyncIterator[Any]:
    token, _ = await tools.identity._sign_in.token(Resource.GRAPH, ("User.Read",))
    raise RuntimeError(f"broke while holding {token}")
    yield  # makes it what the real one is: an asynchronous generator


def main(folder: Path, words: list[str]) -> int:
    from m365backup_tui import cli
    from m365backup_tui.cloud import connect

    logging.setLoggerClass(Loud)
    logging.getLogger().setLevel(logging.DEBUG)
    for name, filters in (("raw.log", ()), ("kept.log", (RedactingFilter(),))):
        handler = logging.FileHandler(folder / name, encoding="utf-8")
        for one in filters:
            handler.addFilter(one)
        logging.getLogger().addHandler(handler)
    WritesDown.issued = folder / "issued.txt"
    connect.SignIn = WritesDown  # type: ignore[attr-defined]  # what the composition makes
    if "--crash" in words:
        words.remove("--crash")
        check_access.check = _breaks
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
