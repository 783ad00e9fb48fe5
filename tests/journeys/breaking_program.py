"""The product with one fault put into it, named by BREAK: what the person sees then is the product's own doing."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from typing import Any

SECRET = "CANARY-" + "x" * 8


class Fault(Exception):
    """Nobody expects this one."""


async def failing_use_case(*_: object) -> AsyncIterator[Any]:
    """A use case that holds a secret in a local variable when it breaks."""
    token = SECRET
    raise Fault(f"access_token={token}")
    yield


def failing_screen(*_: object) -> None:
    token = SECRET
    raise Fault(f"access_token={token}")


def main() -> int:
    """Breaks what BREAK names, then runs the product with the arguments given."""
    from m365backup_tui import cli, work

    match os.environ["BREAK"]:
        case "use case":
            work.check_access.check = failing_use_case  # type: ignore[assignment]
        case "screen":
            from m365backup_tui.screens.permissions import PermissionsScreen

            PermissionsScreen.on_mount = failing_screen  # type: ignore[assignment,method-assign]
        case other:
            raise ValueError(other)
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
