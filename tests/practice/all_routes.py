"""Every route that the practice tenant's application really has, asked from the application itself."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import cache

from m365backup_tui.practice.arm.routes import ROUTES
from m365backup_tui.practice.faults.operations import service_of
from m365backup_tui.practice.server import build_app
from m365backup_tui.practice.tenant import open_tenant


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """`path` has its keys as `{name}`. `versions`: the api-versions of a route of Azure."""

    service: str
    path: str
    method: str
    versions: tuple[str, ...] = ()


@cache
def every_route() -> tuple[Known, ...]:
    """The router's routes and those of ARM's own table."""
    return tuple(sorted({*asyncio.run(_routed()), *_azure()}))


async def _routed() -> set[Known]:
    found = set()
    for route in build_app(open_tenant(None)).router.routes():
        path = route.resource.canonical if route.resource else ""
        if route.method not in ("*", "HEAD"):  # HEAD comes with GET; the rest is ARM's
            found.add(Known(service_of(path), path, route.method))
    return found


def _azure() -> set[Known]:
    # "(?P<name>[^/]+)" is how arm.routing writes down a key.
    return {
        Known(
            "arm",
            re.sub(r"\(\?P<(\w+)>\[\^/\]\+\)", r"{\1}", route.pattern.pattern).replace("\\", ""),
            route.method,
            tuple(sorted(route.versions)),
        )
        for route in ROUTES
    }
