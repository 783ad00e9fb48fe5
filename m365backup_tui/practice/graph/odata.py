"""OData over HTTP: reads query options strictly, and writes pages with @odata.nextLink."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aiohttp import web

from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import filters
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.tenant import tenant_of

LIST_OPTIONS = frozenset({"$select", "$top", "$skiptoken", "$filter", "$orderby", "$count"})
# Rows of a page, and the most that $top may ask for. Documented for users and groups; for backup lists
# and site searches, of which no page says it, the same is a choice (UNVERIFIED, graph.md §17 C).
USUAL_PAGE, MOST_PAGE = 100, 999
# More and/or terms than this are refused; the number is UNVERIFIED (graph.md §6).
MOST_FILTER_TERMS = 15


@dataclass(frozen=True, slots=True)
class Query:
    """The query options of one request, by lower-cased name with the dollar sign."""

    options: dict[str, str]
    advanced: bool

    def get(self, name: str) -> str | None:
        """The option's text, None when absent."""
        return self.options.get(name)

    def as_counted(self) -> Query:
        """The same query for a /$count, which stands for $count=true."""
        return Query({**self.options, "$count": "true"}, self.advanced)

    def without_count(self) -> Query:
        """The same query without $count."""
        kept = {name: value for name, value in self.options.items() if name != "$count"}
        return Query(kept, self.advanced)

    @property
    def counted(self) -> bool:
        """Whether `$count=true` is there."""
        return (self.options.get("$count") or "").lower() == "true"


def read_query(
    request: web.Request, allowed: Iterable[str] = (), properties: frozenset[str] | None = None
) -> Query:
    """The options; 400 for any the operation does not know or that comes twice, for a $count that
    is neither true nor false, and for a $select of something else than `properties`."""
    accepted, options = set(allowed), {}
    for name, value in request.query.items():
        known = name.lower() if name.startswith("$") else f"${name.lower()}"
        if known not in accepted:
            raise GraphError(
                400, "BadRequest", f"The query specified in the URI is not valid: '{name}'."
            )
        if known in options:
            raise GraphError(400, "BadRequest", f"Query option '{name}' was given twice.")
        options[known] = value
    if options.get("$count", "true").lower() not in ("true", "false"):
        raise GraphError(400, "BadRequest", f"Invalid value '{options['$count']}' for $count.")
    if properties is not None and "$select" in options:
        check_select(options["$select"], properties)
    eventual = request.headers.get("ConsistencyLevel", "").lower() == "eventual"
    return Query(options, eventual)


def check_select(wanted: str, properties: Iterable[str]) -> None:
    """400 for a property that the type does not have."""
    known = {name.lower() for name in properties} | {"*"}
    for name in wanted.split(","):
        if name.strip().lower() not in known:
            raise GraphError(
                400, "BadRequest", f"Could not find a property named '{name.strip()}'."
            )


def reply(
    body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """A JSON answer as Graph labels it."""
    response = web.json_response(body, status=status, headers=headers)
    response.headers["Content-Type"] = "application/json; odata.metadata=minimal; charset=utf-8"
    response.headers["OData-Version"] = "4.0"
    return response


def no_content() -> web.StreamResponse:
    """204."""
    return web.Response(status=204)


async def read_body(request: web.Request) -> Record:
    """The JSON object in the body; 400 for anything else. An empty body is an empty object."""
    raw = await request.read()
    if not raw.strip():
        return {}
    if request.content_type != "application/json":
        raise GraphError(400, "BadRequest", "The Content-Type must be application/json.")
    try:
        body = json.loads(raw)
        # Neither halves of surrogate pairs nor NaN can be stored or sent on.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(body, dict):
        raise GraphError(400, "BadRequest", "The request payload must be a JSON object.")
    return body


def select(item: Record, query: Query, always: tuple[str, ...] = ("@odata.type",)) -> Record:
    """The item with the properties that $select names, and no id unless it is one of them, as the
    pages of users and sites print it; `always` are kept."""
    wanted = query.get("$select")
    if not wanted or wanted.strip() == "*":
        return item
    return {key: item[key] for key in _kept(wanted, tuple(item), always)}


@lru_cache(maxsize=256)  # the same for every item of a page, or nearly
def _kept(wanted: str, keys: tuple[str, ...], always: tuple[str, ...]) -> tuple[str, ...]:
    names = {name.strip().lower() for name in wanted.split(",")}
    return tuple(key for key in keys if key.lower() in names or key in always)


def context(request: web.Request, what: str) -> str:
    """An @odata.context for this server."""
    return f"{tenant_of(request).base_url}/v1.0/$metadata#{what}"


def shape(items: list[Record], query: Query, names: frozenset[str]) -> list[Record]:
    """The items filtered and ordered by the query's $filter and $orderby."""
    clause = query.get("$filter")
    if clause is not None:
        if filters.terms(clause) > MOST_FILTER_TERMS:
            raise GraphError(400, "FilterLengthExceeded", "The filter joins too many conditions.")
        test = filters.compile_filter(clause, names)
        try:
            items = [item for item in items if test(item)]
        except TypeError:
            raise GraphError(
                400, "BadRequest", f"The filter compares values of different kinds: {clause}"
            ) from None
    sorting = query.get("$orderby")
    return filters.order(items, sorting, names) if sorting else items


def page(
    request: web.Request, what: str, items: list[Record], query: Query, usual: int = USUAL_PAGE
) -> Record:
    """One page of `items`: `usual` rows unless $top (1 to MOST_PAGE) says otherwise."""
    size, start = _number(query.get("$top"), usual), _start(query.get("$skiptoken"))
    answer: Record = {"@odata.context": context(request, what)}
    if query.counted and start == 0:
        answer["@odata.count"] = len(items)
    answer["value"] = [select(item, query) for item in items[start : start + size]]
    if start + size < len(items):
        answer["@odata.nextLink"] = _link(request, f"after:{start + size}")
    return answer


def page_from(
    request: web.Request,
    what: str,
    query: Query,
    fetch: Callable[[str | None, int], list[tuple[str, Record]]],
    count: Callable[[], int] | None = None,
) -> Record:
    """One page of a list too big to build: `fetch(after, limit)` gives (position, item) pairs.

    `after` is the position of the last item shown, None at the beginning. It comes out of the
    nextLink, so `fetch` must expect any text there and raise ValueError for what it never gave.
    """
    size, after = _number(query.get("$top"), USUAL_PAGE), _position(query.get("$skiptoken"))
    answer: Record = {"@odata.context": context(request, what)}
    if query.counted and count is not None and after is None:
        answer["@odata.count"] = count()
    try:
        found = fetch(after, size + 1)
    except ValueError:
        raise _bad_token() from None
    answer["value"] = [select(item, query) for _, item in found[:size]]
    if len(found) > size:
        answer["@odata.nextLink"] = _link(request, f"at:{found[size - 1][0]}")
    return answer


def link_after(request: web.Request, position: str, path: str | None = None) -> str:
    """A nextLink that goes on after this position: for a page that stopped before its end, or, with
    `path`, for another list than the one asked for."""
    if path is None:
        return _link(request, f"at:{position}")
    return f"{tenant_of(request).base_url}{path}?$skiptoken={_token(f'at:{position}')}"


def _token(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode()


def _position(token: str | None) -> str | None:
    if token is None:
        return None
    word, _, position = _decoded(token).partition(":")
    if word != "at":
        raise _bad_token()
    return position


def _bad_token() -> GraphError:
    return GraphError(400, "BadRequest", "The skip token is not valid.")


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (ValueError, binascii.Error):
        raise _bad_token() from None


def _number(text: str | None, usual: int) -> int:
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST_PAGE:
        raise GraphError(400, "BadRequest", f"$top must be a number from 1 to {MOST_PAGE}.")
    return int(text)


def _start(token: str | None) -> int:
    if token is None:
        return 0
    word, _, number = _decoded(token).partition(":")
    if word != "after" or not (number.isascii() and number.isdigit()):
        raise _bad_token()
    return int(number)


def _link(request: web.Request, position: str) -> str:
    token = _token(position)
    query = [(k, v) for k, v in request.query.items() if k.lower() not in ("$skiptoken",)]
    url = request.rel_url.with_query([*query, ("$skiptoken", token)])
    return f"{tenant_of(request).base_url}{url}"
