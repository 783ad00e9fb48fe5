"""Paths as Graph reads them: without regard to case, a key also in brackets, a slash at the end.

aiohttp's router takes a path to the letter, so what it does not know is read once more here. That
these spellings are answered is a choice; Microsoft's own pages print them for links that a client
may follow (`/backuprestore`, `/ProtectionPolicies/{id}`, `protectionPolicies('{id}')`: graph.md §10
and §15 item 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.handling import Handler

ROOT = "/v1.0/"
_KEY = re.compile(r"(?<=\w)\((?:'|%27)([^'()/]*)(?:'|%27)\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """A registered path: how it is recognised, how it is written, with which methods."""

    pattern: re.Pattern[str]
    written: str
    methods: frozenset[str]


def add_other_paths(app: web.Application) -> None:
    """Register what is left under /v1.0; the last of Graph's routes."""
    known = [_known(one) for one in app.router.resources() if one.canonical.startswith(ROOT)]

    async def other(request: web.Request) -> web.StreamResponse:
        for path in _readings(request.rel_url.raw_path):
            found = [(one, match) for one in known if (match := one.pattern.fullmatch(path))]
            for one, match in found:
                if request.method not in one.methods:
                    continue
                inner, handler = await _again(request, one.written.format_map(match.groupdict()))
                if handler is other:  # a function's name, which is part of a key for the router
                    continue
                try:
                    return await handler(inner)
                finally:
                    request.update(inner)  # who called, for the log
            methods = frozenset[str]().union(*(one.methods for one, _ in found))
            if methods and request.method not in methods:
                raise _not_allowed(methods)
        raise no_segment(request.path.rstrip("/").rpartition("/")[2])

    app.router.add_route("*", f"{ROOT}{{rest:.*}}", other)


async def routed(
    request: web.Request, url: URL, method: str, headers: Mapping[str, str], body: bytes
) -> tuple[web.Request, Handler]:
    """A copy of a request that was read, with these in place of its own, and its handler."""
    # aiohttp has no public way to hand a body or a route to such a copy.
    kept, request._read_bytes = request._read_bytes, None
    # Bytes that are no UTF-8 came as half characters, which clone cannot write.
    plain = CIMultiDict((_plain(name), _plain(text)) for name, text in headers.items())
    inner = request.clone(rel_url=url, method=method, headers=plain)
    request._read_bytes, inner._read_bytes = kept, body
    match = await request.app.router.resolve(inner)
    match.add_app(request.app)
    inner._match_info = match
    return inner, match.handler


def _plain(text: str) -> str:
    return text.encode(errors="replace").decode()


async def _again(request: web.Request, path: str) -> tuple[web.Request, Handler]:
    query = request.rel_url.raw_query_string
    url = URL(f"{path}?{query}" if query else path, encoded=True)
    return await routed(request, url, request.method, request.headers, await request.read())


def _known(resource: web.AbstractResource) -> Known:
    info = resource.get_info()
    text = info["pattern"].pattern if "pattern" in info else re.escape(info["path"])
    methods = frozenset(route.method for route in resource)
    written = info["formatter"] if "pattern" in info else info["path"]
    return Known(re.compile(text, re.IGNORECASE), written, methods)


def _readings(path: str) -> Iterator[str]:
    yield path
    plain = _KEY.sub(r"/\1", path).rstrip("/")
    if plain != path:
        yield plain


def no_segment(name: str) -> GraphError:
    """400 for a path that leads nowhere."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{name}'.")


def _not_allowed(methods: frozenset[str]) -> GraphError:
    return GraphError(
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
        headers={"Allow": ", ".join(sorted(methods))},
    )
