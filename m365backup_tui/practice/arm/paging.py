"""Lists as ARM gives them: `value`, `nextLink`, `$top` and `$skiptoken`."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.errors import ArmError

PAGE = 20
LONGEST_TOP = 5  # digits: a longer number is no number of items


def listing(value: list[dict[str, Any]]) -> web.Response:
    """A list in one page."""
    return web.json_response({"value": value})


def paged(call: Call, value: list[dict[str, Any]]) -> web.Response:
    """A page of the list; the next one begins after the last id of this one.

    choice: pages have 20 items at most. Raises 400 (the codes' names are UNVERIFIED).
    """
    top = call.option("$top")
    if top is not None and not _is_count(top):
        raise ArmError(400, "InvalidTopInQueryString", f"$top '{top}' is not above nought.")
    size = min(int(top), PAGE) if top else PAGE
    start = _start(call, value)
    page = value[start : start + size]
    answer: dict[str, Any] = {"value": page}
    if start + size < len(value):
        kept = [
            (key, text) for key, text in call.request.query.items() if key.lower() != "$skiptoken"
        ]
        query = urlencode([*kept, ("$skiptoken", _token(page[-1]))])
        answer["nextLink"] = f"{call.tenant.base_url}{call.path}?{query}"
    return web.json_response(answer)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_TOP and int(text) > 0


def _token(item: dict[str, Any]) -> str:
    return str(item["id"]).lower().encode().hex()


def _start(call: Call, value: list[dict[str, Any]]) -> int:
    # After the item named, or where it was: an item deleted meanwhile loses nobody the rest.
    token = call.option("$skiptoken")
    if token is None:
        return 0
    try:
        last = bytes.fromhex(token).decode()
    except ValueError:
        last = ""
    if not last:
        raise ArmError(400, "InvalidSkipToken", "The $skiptoken was not issued here.")
    return next((nr for nr, item in enumerate(value) if item["id"].lower() > last), len(value))
